/*
 * vectors.c - factors from the files that may hold them
 */
#include "vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"
#include "number.h"

#define LEAST_CONFIDENCE 0.001

static int read_npy(ltrec_context *ctx, const char *path, ltrec_factors **out,
                    ltrec_error *err)
{
    size_t n, rank;
    float *rows;
    uint64_t *ids;
    int status = npy_read_floats(path, &n, &rank, &rows, err);

    if (status != LTREC_OK)
        return status;
    ids = tool_alloc(n, sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = i;
    status = ltrec_factors_create(ctx, n, rank, ids, rows, NULL, out, err);
    free(ids);
    free(rows);
    return status;
}

int vectors_read(ltrec_context *ctx, const char *path, ltrec_factors **out,
                 ltrec_error *err)
{
    *out = NULL;
    if (npy_is(path))
        return read_npy(ctx, path, out, err);
    return ltrec_factors_load(ctx, path, 0, out, err);
}

int vectors_index(ltrec_context *ctx, const ltrec_factors *factors,
                  double recall, ltrec_index **out, size_t *n_left_out,
                  ltrec_error *err)
{
    ltrec_index_options options;
    int status;

    ltrec_index_options_init(&options, sizeof options);
    options.reserve = ltrec_factors_count(factors);
    options.model_id = ltrec_factors_model_id(factors);
    options.feature_version = ltrec_factors_feature_version(factors);
    options.recall = recall;
    status = ltrec_index_create(ctx, ltrec_factors_rank(factors), &options,
                                out, err);
    if (status == LTREC_OK)
        status = ltrec_index_add_factors(*out, factors, n_left_out, err);
    if (status != LTREC_OK) {
        ltrec_index_free(*out);
        *out = NULL;
    }
    return status;
}

int vectors_queries(const char *path, size_t dim, size_t *n, float **queries,
                    ltrec_error *err)
{
    size_t found;
    int status = npy_read_floats(path, n, &found, queries, err);

    if (status != LTREC_OK || found == dim)
        return status;
    free(*queries);
    *queries = NULL;
    return tool_fail(err, LTREC_ERR_MISMATCH,
                     "%.100s: queries of %zu floats, wanted %zu", path, found,
                     dim);
}

static const char *name_in(const ltrec_factors *factors, uint64_t id)
{
    const char *name = NULL;
    size_t row;

    if (factors && ltrec_factors_find(factors, id, &row) == LTREC_OK)
        name = ltrec_factors_name(factors, row);
    return name ? name : "";
}

int vectors_save(ltrec_context *ctx, const ltrec_factors *factors,
                 const struct names *names, const ltrec_factors *more,
                 const char *path, ltrec_error *err)
{
    size_t n = ltrec_factors_count(factors);
    const uint64_t *ids = ltrec_factors_ids(factors);
    const char **texts = tool_alloc(n, sizeof *texts);
    ltrec_factors_options o;
    ltrec_factors *named;
    int status;

    for (size_t i = 0; i < n; i++) {
        uint32_t number;

        texts[i] = names_find_id(names, ids[i], &number)
                       ? names_text(names, number)
                       : name_in(more, ids[i]);
    }
    ltrec_factors_options_init(&o, sizeof o);
    o.plays = ltrec_factors_plays(factors);
    o.variance = ltrec_factors_variance(factors);
    o.names = texts;
    o.like = factors;
    status =
        ltrec_factors_create(ctx, n, ltrec_factors_rank(factors), ids,
                             ltrec_factors_vectors(factors), &o, &named, err);
    if (status == LTREC_OK)
        status = ltrec_factors_save(named, path, err);
    ltrec_factors_free(named);
    free(texts);
    return status;
}

int vectors_fit(const ltrec_factors *predicted, const char *predicted_path,
                const ltrec_factors *factors, const char *factors_path,
                ltrec_error *err)
{
    uint64_t a = ltrec_factors_feature_version(predicted);
    uint64_t b = ltrec_factors_feature_version(factors);

    if (ltrec_factors_rank(predicted) != ltrec_factors_rank(factors) ||
        ltrec_factors_model_id(predicted) != ltrec_factors_model_id(factors))
        return tool_fail(err, LTREC_ERR_MISMATCH,
                         "%.100s: predictions of other factors than %.100s",
                         predicted_path, factors_path);
    if (a != 0 && b != 0 && a != b)
        return tool_fail(err, LTREC_ERR_MISMATCH,
                         "%.100s: predicted from other features than %.100s",
                         predicted_path, factors_path);
    return LTREC_OK;
}

float vectors_variance(double norm, double confidence)
{
    /* One that says nothing has none that a file could hold. */
    double c = confidence > LEAST_CONFIDENCE ? confidence : LEAST_CONFIDENCE;

    return (float)(norm * norm * (1 - c * c) / (c * c));
}

int vectors_expected(ltrec_context *ctx, const ltrec_factors *predicted,
                     ltrec_factors **out, ltrec_error *err)
{
    size_t n = ltrec_factors_count(predicted);
    size_t rank = ltrec_factors_rank(predicted);
    const float *variance = ltrec_factors_variance(predicted);
    const uint32_t *plays = ltrec_factors_plays(predicted);
    float *vectors = tool_alloc(n, rank * sizeof *vectors);
    const char **names = tool_alloc(n, sizeof *names);
    ltrec_factors_options o;
    int status;

    for (size_t i = 0; i < n; i++) {
        const float *v = ltrec_factors_vectors(predicted) + i * rank;
        double norm = (double)ltrec_factors_norms(predicted)[i], c = 1;

        if (variance && (!plays || plays[i] == 0) && norm > 0)
            c = norm / sqrt(norm * norm + (double)variance[i]);
        for (size_t j = 0; j < rank; j++)
            vectors[i * rank + j] = (float)(c * (double)v[j]);
        names[i] = ltrec_factors_name(predicted, i);
    }
    ltrec_factors_options_init(&o, sizeof o);
    o.names = names;
    o.like = predicted;
    o.feature_version = ltrec_factors_feature_version(predicted);
    status = ltrec_factors_create(ctx, n, rank, ltrec_factors_ids(predicted),
                                  vectors, &o, out, err);
    free(vectors);
    free(names);
    return status;
}

/* ---- What an id is called ----------------------------------------------- */

void titles_of(const struct titles *titles, uint64_t id, const char **name,
               const char **artist, const char **title)
{
    uint32_t number;

    *name = name_in(titles->factors, id);
    if (**name == '\0')
        *name = name_in(titles->more, id);
    *artist = *title = "";
    if (!titles->items ||
        !names_find_id(items_names(titles->items), id, &number))
        return;
    *artist = items_text(titles->items, number, ITEMS_ARTIST);
    *title = items_text(titles->items, number, ITEMS_TITLE);
    if (**name == '\0')
        *name = names_text(items_names(titles->items), number);
}

uint64_t titles_id(const ltrec_index *index, const char *text)
{
    uint64_t id = names_id_of(text, strlen(text));
    int64_t number;

    if (!ltrec_index_contains(index, id) &&
        number_parse_integer(text, strlen(text), &number) == NUMBER_OK &&
        number >= 0 && ltrec_index_contains(index, (uint64_t)number))
        return (uint64_t)number;
    return id;
}
