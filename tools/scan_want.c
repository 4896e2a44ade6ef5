/*
 * scan_want.c - what a scan is to find out, from its options, its model and
 * what the catalogue remembers of earlier scans
 */
#include "scan_want.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/model.h>

#include "audiopipe.h"
#include "names.h"
#include "term.h"
#include "training.h"

#define CHUNK_BYTES 65536

/* ---- The model ---------------------------------------------------------- */

/* A number for a file's contents, never 0. */
static int number_of_file(const char *path, uint64_t *number, ltrec_error *err)
{
    char *chunk = tool_alloc(CHUNK_BYTES + 8, 1);
    FILE *stream;
    size_t n;
    int status = LTREC_OK;

    errno = 0;
    stream = fopen(path, "rb");
    if (!stream) {
        free(chunk);
        return tool_fail_io(err, "cannot open", path);
    }
    *number = 1;
    while ((n = fread(chunk + 8, 1, CHUNK_BYTES, stream)) > 0) {
        memcpy(chunk, number, 8);
        *number = names_id_of(chunk, n + 8);
    }
    if (ferror(stream))
        status = tool_fail_io(err, "cannot read", path);
    fclose(stream);
    free(chunk);
    *number += *number == 0;
    return status;
}

/* The model that was named, or that of the last scan; NULL for none. */
static int find_model(const struct scan_options *o, struct catalog *catalog,
                      char **path, ltrec_error *err)
{
    char *last = NULL;
    int status = catalog_text(catalog, "model_path", &last, err);

    *path = NULL;
    errno = 0;
    if (status == LTREC_OK && o->model) {
        *path = realpath(o->model, NULL);
        if (!*path)
            status = tool_fail_io(err, "cannot open", o->model);
    } else if (status == LTREC_OK && last) {
        *path = realpath(last, NULL);
        if (!*path)
            term_warn("%s: the model of the last scan is not there; new "
                      "tracks get no factors",
                      last);
    }
    free(last);
    return status;
}

static int note_model(struct scan_want *want, struct catalog *catalog,
                      const ltrec_model *model, ltrec_error *err)
{
    int64_t old;
    int status = catalog_fact(catalog, "model", 0, &old, err);

    if (status != LTREC_OK || (uint64_t)old == want->wanted.model)
        return status;
    status = catalog_set_fact(catalog, "factors_stale", 1, err);
    if (status == LTREC_OK)
        status = catalog_set_fact(catalog, "rank",
                                  (int64_t)ltrec_model_rank(model), err);
    if (status == LTREC_OK)
        status = catalog_set_fact(catalog, "factors_id",
                                  (int64_t)ltrec_model_factors_id(model), err);
    if (status == LTREC_OK)
        status = catalog_set_text(catalog, "model_path", want->model, err);
    if (status == LTREC_OK)
        status = catalog_set_fact(catalog, "model",
                                  (int64_t)want->wanted.model, err);
    return status;
}

/* A model that hears, as the preset says where one was given. */
static int read_model(const struct scan_options *o, const char *path,
                      ltrec_context *ctx, ltrec_frontend_options *frontend,
                      ltrec_model **out, ltrec_error *err)
{
    int status = ltrec_model_load(ctx, path, out, err);

    if (status == LTREC_OK)
        status = model_frontend(ctx, *out, path, frontend, err);
    if (status == LTREC_OK)
        status = preset_agrees(
            ctx, o->preset, frontend,
            o->model ? "the model is" : "the model of the last scan is", err);
    return status;
}

static int take_model(const struct scan_options *o, struct scan_want *want,
                      struct catalog *catalog, ltrec_context *ctx,
                      ltrec_error *err)
{
    ltrec_model *model = NULL;
    int status = number_of_file(want->model, &want->wanted.model, err);

    if (status == LTREC_OK)
        status = read_model(o, want->model, ctx, &want->setup.frontend, &model,
                            err);
    if (status == LTREC_OK)
        status = note_model(want, catalog, model, err);
    ltrec_model_free(model);
    return status;
}

int scan_want_check(const struct scan_options *options, ltrec_error *err)
{
    ltrec_context *ctx = NULL;
    ltrec_model *model = NULL;
    ltrec_frontend_options frontend;
    int status = LTREC_OK;

    if (options->model)
        status = ltrec_context_create(NULL, &ctx, err);
    if (status == LTREC_OK && options->model)
        status =
            read_model(options, options->model, ctx, &frontend, &model, err);
    ltrec_model_free(model);
    ltrec_context_free(ctx);
    return status;
}

/* ---- The front end ------------------------------------------------------ */

static int take_preset(const struct scan_options *o, struct scan_want *want,
                       struct catalog *catalog, ltrec_error *err)
{
    ltrec_frontend_options *options = &want->setup.frontend;
    int status = LTREC_ERR_STATE;

    if (!o->preset)
        status = catalog_frontend(catalog, options, err);
    /* None yet, or one that this program would make otherwise. */
    if (status == LTREC_ERR_STATE || status == LTREC_ERR_MISMATCH)
        status = ltrec_frontend_options_preset(
            options, sizeof *options, o->preset ? o->preset : "default");
    return status;
}

static int take_frontend(struct scan_want *want, struct catalog *catalog,
                         ltrec_context *ctx, ltrec_error *err)
{
    ltrec_frontend *frontend;
    int status =
        ltrec_frontend_create(ctx, &want->setup.frontend, &frontend, err);

    if (status != LTREC_OK)
        return status;
    want->wanted.features = ltrec_frontend_version(frontend);
    status = catalog_set_frontend(catalog, frontend, err);
    ltrec_frontend_free(frontend);
    return status;
}

/* ---- The rest ----------------------------------------------------------- */

static int take_mel_bits(const struct scan_options *o, struct scan_want *want,
                         struct catalog *catalog, ltrec_error *err)
{
    int64_t bits;
    int status =
        catalog_fact(catalog, "mel_bits", want->model ? 0 : 8, &bits, err);

    if (o->mel_bits >= 0)
        bits = o->mel_bits;
    want->wanted.mel_bits = want->setup.mel_bits = (uint32_t)bits;
    if (status == LTREC_OK)
        status = catalog_set_fact(catalog, "mel_bits", bits, err);
    if (status == LTREC_OK && o->mel_bits == 0)
        status =
            sql_run(catalog_sql(catalog),
                    "UPDATE tracks SET mel_bits = 0 WHERE mel_bits > 0", err);
    return status;
}

/* Asked for once, descriptors are found for what comes later too. */
static int take_describe(const struct scan_options *o, struct scan_want *want,
                         struct catalog *catalog, ltrec_error *err)
{
    int64_t describe;
    int status = catalog_fact(catalog, "describe", 0, &describe, err);

    if (status == LTREC_OK && o->describe && !describe)
        status = catalog_set_fact(catalog, "describe", 1, err);
    want->setup.describe = o->describe || describe;
    if (want->setup.describe)
        want->wanted.described = ltrec_describe_version();
    return status;
}

/* What failed without an ffmpeg has another chance with one. */
static int take_ffmpeg(struct scan_want *want, struct catalog *catalog,
                       ltrec_error *err)
{
    char version[60];
    int64_t had;
    int status = catalog_fact(catalog, "ffmpeg", 1, &had, err);

    want->setup.or_ffmpeg = audiopipe_version(version, sizeof version);
    if (want->setup.or_ffmpeg && !had)
        want->wanted.retry = 1;
    if (status == LTREC_OK)
        status =
            catalog_set_fact(catalog, "ffmpeg", want->setup.or_ffmpeg, err);
    return status;
}

int scan_want_find(const struct scan_options *options, struct catalog *catalog,
                   struct scan_want *want, ltrec_error *err)
{
    ltrec_context *ctx = NULL;
    int status = ltrec_context_create(NULL, &ctx, err);

    memset(want, 0, sizeof *want);
    want->wanted.retry = options->retry;
    want->setup.kernels = options->kernels;
    want->setup.max_seconds = options->max_seconds;
    want->setup.nice = options->nice;
    want->setup.duty = options->duty;
    if (status == LTREC_OK)
        status = find_model(options, catalog, &want->model, err);
    if (status == LTREC_OK)
        status = want->model ? take_model(options, want, catalog, ctx, err)
                             : take_preset(options, want, catalog, err);
    if (status == LTREC_OK)
        status = take_frontend(want, catalog, ctx, err);
    if (status == LTREC_OK)
        status = take_mel_bits(options, want, catalog, err);
    if (status == LTREC_OK)
        status = take_ffmpeg(want, catalog, err);
    if (status == LTREC_OK)
        status = take_describe(options, want, catalog, err);
    want->setup.model = want->model;
    ltrec_context_free(ctx);
    return status;
}

void scan_want_free(struct scan_want *want)
{
    free(want->model);
}
