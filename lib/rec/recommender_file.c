/*
 * recommender_file.c - tracks and options of a recommender in a file
 */
#include "rec/recommender.h"

#include "base/context.h"
#include "base/error.h"
#include "factors/factors.h"
#include "store/store.h"

#define KIND "recommender"
#define FORMAT 1

enum setting {
    DISCOUNT,
    PRIOR_PLAYS,
    SETTINGS
};

/* ---- Saving ------------------------------------------------------------- */

static void put(struct ltr_writer *w, const char *name, enum ltr_dtype type,
                size_t n, const void *data)
{
    if (data)
        ltr_store_tensor(w, name, type, 1, &n, data);
}

int ltrec_recommender_save(const ltrec_recommender *recommender,
                           const char *path, ltrec_error *err)
{
    const ltrec_recommender *r = recommender;
    double settings[SETTINGS];
    struct ltr_writer *w;
    int status;

    if (!r || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: needs a recommender and a path");
    settings[DISCOUNT] = r->options.discount;
    settings[PRIOR_PLAYS] = r->options.prior_plays;
    status = ltr_store_create(r->ctx, KIND, FORMAT, &w, err);
    if (status != LTREC_OK)
        return status;
    ltr_store_number(w, "ltrec.model", r->model_id);
    if (r->feature_version)
        ltr_store_number(w, "ltrec.feature_version", r->feature_version);
    ltr_store_number(w, "ltrec.fusion", (uint64_t)r->options.fusion);
    put(w, "weights", LTR_F64, LTREC_SOURCES, r->options.weights);
    put(w, "settings", LTR_F64, SETTINGS, settings);
    put(w, "ids", LTR_U64, r->n, r->ids);
    put(w, "plays", LTR_U32, r->n, r->plays);
    put(w, "artists", LTR_U64, r->n, r->artists.keys);
    put(w, "albums", LTR_U64, r->n, r->albums.keys);
    put(w, "recordings", LTR_U64, r->n, r->recordings.keys);
    return ltr_store_save(w, path, err);
}

/* ---- Loading ------------------------------------------------------------ */

static int get(const struct ltr_reader *reader, const char *name,
               enum ltr_dtype type, size_t n, const void **data,
               ltrec_error *err)
{
    size_t shape[] = {n};

    return ltr_store_get(reader, name, type, 1, shape, data, err);
}

/* A tensor of ids that may be missing. */
static int get_keys(const struct ltr_reader *reader, const char *name,
                    size_t n, const uint64_t **keys, ltrec_error *err)
{
    const void *data = NULL;
    int status = LTREC_OK;

    if (ltr_store_has(reader, name))
        status = get(reader, name, LTR_U64, n, &data, err);
    *keys = data;
    return status;
}

static int read_items(const struct ltr_reader *reader,
                      ltrec_recommender_items *items, ltrec_error *err)
{
    size_t shape[] = {LTR_ANY};
    const void *ids, *plays;
    int status = ltr_store_get(reader, "ids", LTR_U64, 1, shape, &ids, err);

    if (status == LTREC_OK)
        status = get(reader, "plays", LTR_U32, shape[0], &plays, err);
    if (status != LTREC_OK)
        return status;
    items->n = shape[0];
    items->ids = ids;
    items->plays = plays;
    status = get_keys(reader, "artists", items->n, &items->artists, err);
    if (status == LTREC_OK)
        status = get_keys(reader, "albums", items->n, &items->albums, err);
    if (status == LTREC_OK)
        status =
            get_keys(reader, "recordings", items->n, &items->recordings, err);
    return status;
}

static int read_options(const struct ltr_reader *reader,
                        ltrec_recommender_options *options, ltrec_error *err)
{
    const void *weights, *settings;
    uint64_t fusion;
    int status = get(reader, "weights", LTR_F64, LTREC_SOURCES, &weights, err);

    if (status == LTREC_OK)
        status = get(reader, "settings", LTR_F64, SETTINGS, &settings, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(reader, "ltrec.fusion", 1, INT32_MAX,
                                       &fusion, err);
    if (status != LTREC_OK)
        return status;
    for (int s = 0; s < LTREC_SOURCES; s++)
        options->weights[s] = ((const double *)weights)[s];
    options->discount = ((const double *)settings)[DISCOUNT];
    options->prior_plays = ((const double *)settings)[PRIOR_PLAYS];
    options->fusion = (int32_t)fusion;
    return LTREC_OK;
}

static int check_model(const struct ltr_reader *reader,
                       const ltrec_recommender_sources *sources,
                       ltrec_error *err)
{
    uint64_t model, features;
    int status = ltr_store_find_number(reader, "ltrec.model", 0, UINT64_MAX,
                                       &model, err);

    if (status == LTREC_OK && model != ltr_rec_model_of(sources))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "recommender: saved with factors of another model");
    if (status == LTREC_OK)
        status = ltr_store_find_number_or(reader, "ltrec.feature_version", 0,
                                          &features, err);
    if (status == LTREC_OK &&
        !ltr_features_fit(features, ltr_rec_features_of(sources)))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "recommender: saved with vectors from other features");
    return status;
}

static int from_reader(ltrec_context *ctx, const struct ltr_reader *reader,
                       const ltrec_recommender_sources *given,
                       ltrec_recommender **out, ltrec_error *err)
{
    ltrec_recommender_sources sources;
    ltrec_recommender_items items;
    ltrec_recommender_options options;
    int status = ltr_rec_sources(given, &sources, err);

    ltrec_recommender_items_init(&items, sizeof items);
    ltrec_recommender_options_init(&options, sizeof options);
    if (status == LTREC_OK)
        status = check_model(reader, &sources, err);
    if (status == LTREC_OK)
        status = read_items(reader, &items, err);
    if (status == LTREC_OK)
        status = read_options(reader, &options, err);
    return status == LTREC_OK ? ltr_rec_build(ctx, &sources, &items, &options,
                                              LTREC_ERR_FORMAT, out, err)
                              : status;
}

int ltr_rec_parse(ltrec_context *ctx, const void *bytes, size_t size,
                  const ltrec_recommender_sources *sources,
                  ltrec_recommender **out, ltrec_error *err)
{
    struct ltr_reader *reader;
    int status = ltr_store_parse(ctx, bytes, size, KIND, FORMAT, &reader, err);

    *out = NULL;
    if (status != LTREC_OK)
        return status;
    status = from_reader(ctx, reader, sources, out, err);
    ltr_store_close(reader);
    return status;
}

int ltrec_recommender_load(ltrec_context *ctx, const char *path,
                           const ltrec_recommender_sources *sources,
                           ltrec_recommender **out, ltrec_error *err)
{
    ltrec_error inner = {0};
    struct ltr_reader *reader;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "recommender: `out` is NULL");
    *out = NULL;
    if (!ctx || !path || !sources)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: needs a context, a path and sources");
    status = ltr_store_open(ctx, path, KIND, FORMAT, 0, &reader, err);
    if (status != LTREC_OK)
        return status;
    status = from_reader(ctx, reader, sources, out, &inner);
    ltr_store_close(reader);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}
