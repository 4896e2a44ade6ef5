/*
 * index_file_lab.h - an index of MANY tracks, and a path to save it under
 *
 * setup() and teardown() are the fixture.
 */
#ifndef INDEX_FILE_LAB_H
#define INDEX_FILE_LAB_H

#include "check_run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define MANY 150
#define DIM 7

static ltrec_context *ctx;
static ltrec_index *made;
static char folder[64], path[96];

/* MANY tracks of model 77 and features 78, ids scattered over all 64 bits. */
static inline int make(ltrec_context *with, ltrec_index **out)
{
    ltrec_index_options options;
    int status;

    ltrec_index_options_init(&options, sizeof options);
    options.model_id = 77;
    options.feature_version = 78;
    options.reserve = MANY;
    status = ltrec_index_create(with, DIM, &options, out, NULL);
    for (uint64_t i = 0; i < MANY && status == LTREC_OK; i++) {
        uint64_t id = ltr_random_bits(1, 0, i);
        float vector[DIM];

        for (size_t j = 0; j < DIM; j++)
            vector[j] = ltr_random_normal(1, i + 1, j);
        status = ltrec_index_add(*out, 1, &id, vector, NULL);
    }
    return status;
}

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    strcpy(folder, "/tmp/ltrec-index-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/index", folder);
    ck_assert_int_eq(make(ctx, &made), LTREC_OK);
}

static inline void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* and no temporary file stayed */
    ltrec_index_free(made);
    ltrec_context_free(ctx);
}

#endif /* INDEX_FILE_LAB_H */
