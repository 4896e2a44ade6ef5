/*
 * index_reference.h - what a search must answer, by scoring every track
 */
#ifndef INDEX_REFERENCE_H
#define INDEX_REFERENCE_H

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

#include "base/context.h"
#include "base/fpu.h"
#include "math/kernels.h"

struct reference {
    float score;
    uint64_t id;
};

static inline int compare_references(const void *a, const void *b)
{
    const struct reference *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Every track that `passes`, if not NULL, best first; how many. */
static inline size_t scan_reference(const ltrec_context *ctx,
                                    const ltrec_index *index,
                                    const float *query, struct reference *out,
                                    int (*passes)(uint64_t id))
{
    size_t dim = ltrec_index_dim(index), n = ltrec_index_count(index), at = 0;
    float *vector = malloc(dim * sizeof *vector);
    uint64_t *ids = malloc((n + 1) * sizeof *ids);
    double length = 0;
    ltr_fpu saved = ltr_flush_begin();

    for (size_t j = 0; j < dim; j++)
        length += (double)query[j] * (double)query[j];
    ck_assert_int_eq(ltrec_index_ids(index, 0, n, ids), LTREC_OK);
    for (size_t i = 0; i < n; i++) {
        if (passes && !passes(ids[i]))
            continue;
        ck_assert_int_eq(ltrec_index_vector(index, ids[i], vector), LTREC_OK);
        out[at].id = ids[i];
        out[at++].score = ltr_kernels_for(ctx->cpu)->dot(vector, query, dim);
    }
    qsort(out, at, sizeof *out, compare_references);
    for (size_t i = 0; i < at; i++)
        out[i].score =
            (float)fmax(-1, fmin(1, (double)out[i].score / sqrt(length)));
    ltr_flush_end(saved);
    free(vector);
    free(ids);
    return at;
}

static inline void expect_reference(const struct reference *all, size_t n_all,
                                    size_t k, const uint64_t *ids,
                                    const float *found, size_t n)
{
    ck_assert_uint_eq(n, k < n_all ? k : n_all);
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(ids[i], all[i].id);
        ck_assert_mem_eq(&found[i], &all[i].score, sizeof found[i]);
    }
}

#endif /* INDEX_REFERENCE_H */
