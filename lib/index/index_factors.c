/*
 * index_factors.c - factors into an index
 */
#include "index/index_parts.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"

static int check(const ltrec_index *index, const ltrec_factors *factors,
                 ltrec_error *err)
{
    int status;

    if (!index || !factors)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: needs an index and factors");
    if (ltrec_factors_rank(factors) != index->dim)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: factors of rank %zu, wanted %zu",
                        ltrec_factors_rank(factors), index->dim);
    status =
        ltrec_index_check_model(index, ltrec_factors_model_id(factors), err);
    if (status != LTREC_OK)
        return status;
    return ltrec_index_check_features(
        index, ltrec_factors_feature_version(factors), err);
}

static size_t count_directions(const ltrec_factors *factors)
{
    const float *norms = ltrec_factors_norms(factors);
    size_t n = 0;

    for (size_t i = 0; i < ltrec_factors_count(factors); i++)
        n += norms[i] > 0;
    return n;
}

/* Add copies of the `n` rows that have a direction. */
static int add_some(ltrec_index *index, const ltrec_factors *factors, size_t n,
                    ltrec_error *err)
{
    const float *norms = ltrec_factors_norms(factors);
    const float *from = ltrec_factors_vectors(factors);
    const uint64_t *from_ids = ltrec_factors_ids(factors);
    size_t dim = index->dim, at = 0;
    uint64_t *ids = ltr_alloc(index->ctx, n, sizeof *ids);
    float *vectors = ltr_alloc(index->ctx, n, dim * sizeof *vectors);
    int status;

    if (ids && vectors) {
        for (size_t i = 0; at < n; i++) {
            if (!(norms[i] > 0))
                continue;
            ids[at] = from_ids[i];
            memcpy(vectors + at++ * dim, from + i * dim,
                   dim * sizeof *vectors);
        }
        status = ltrec_index_add(index, n, ids, vectors, err);
    } else {
        status = ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    }
    ltr_free(index->ctx, ids);
    ltr_free(index->ctx, vectors);
    return status;
}

int ltrec_index_add_factors(ltrec_index *index, const ltrec_factors *factors,
                            size_t *n_skipped, ltrec_error *err)
{
    int status = check(index, factors, err);
    size_t count, n;

    if (n_skipped)
        *n_skipped = 0;
    if (status != LTREC_OK)
        return status;
    count = ltrec_factors_count(factors);
    n = count_directions(factors);
    if (n == count)
        status = ltrec_index_add(index, n, ltrec_factors_ids(factors),
                                 ltrec_factors_vectors(factors), err);
    else
        status = add_some(index, factors, n, err);
    if (status != LTREC_OK)
        return status;
    if (n_skipped)
        *n_skipped = count - n;
    if (ltrec_index_model_id(index) == 0 && ltrec_index_count(index) == n)
        atomic_store(&index->model_id, ltrec_factors_model_id(factors));
    if (ltrec_index_feature_version(index) == 0 && n > 0)
        atomic_store(&index->feature_version,
                     ltrec_factors_feature_version(factors));
    return LTREC_OK;
}
