/*
 * model_file_lab.h - a small model in a file of its own
 *
 * For the tests of model files: setup() and teardown() are their fixture.
 */
#ifndef MODEL_FILE_LAB_H
#define MODEL_FILE_LAB_H

#include "check_run.h"

#include <unistd.h>

#include "forged_file.h"
#include "small_model.h"

static ltrec_context *ctx;
static ltrec_model *model;
static char folder[64], path[96];

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    model = small_model(ctx);
    strcpy(folder, "/tmp/ltrec-model-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

static inline void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* and no temporary file stayed */
    ltrec_model_free(model);
    ltrec_context_free(ctx);
}

static inline struct forged saved(const ltrec_model *from)
{
    struct forged file = {malloc(65536), 0};
    ltrec_error err = {0};
    FILE *stream;

    ck_assert_msg(ltrec_model_save(from, path, &err) == LTREC_OK, "%s",
                  err.message);
    stream = fopen(path, "rb");
    file.size = fread(file.bytes, 1, 65536, stream);
    fclose(stream);
    ck_assert_uint_lt(file.size, 65536);
    return file;
}

static inline int parse(const struct forged *file, ltrec_error *err)
{
    ltrec_model *loaded;
    int status =
        ltrec_model_load_memory(ctx, file->bytes, file->size, &loaded, err);

    ck_assert((loaded != NULL) == (status == LTREC_OK));
    ltrec_model_free(loaded);
    return status;
}

#endif /* MODEL_FILE_LAB_H */
