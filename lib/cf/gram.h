/*
 * gram.h - V'V, the part of the equations that all rows share
 */
#ifndef LTR_CF_GRAM_H
#define LTR_CF_GRAM_H

#include <stdbool.h>

#include <ltrec/base.h>

struct ltr_packs;

struct ltr_gram {
    ltrec_context *ctx;
    struct ltr_packs *packs; /* the caller's */
    size_t rank;
    size_t n_parts; /* tasks whose sums are in memory at one time */
    double *total;  /* [rank][rank], the answer */
    double *parts;  /* [n_parts][rank][rank], lower triangles */
    float *scratch; /* for each worker, some rows and their product */

    /* Of the call under way. */
    const float *vectors;
    const bool *skip;
    size_t n, first;
};

/* LTREC_ERR_MEMORY, with nothing to free. */
int ltr_gram_init(ltrec_context *ctx, struct ltr_packs *packs, size_t rank,
                  struct ltr_gram *gram);
void ltr_gram_free(struct ltr_gram *gram);

struct ltr_steps;

/*
 * total = the sum of v v' over vectors[n][rank], less those that `skip`, which
 * may be NULL, names.  The same bits at any thread count.  Takes `n` steps;
 * LTREC_ERR_CANCELLED.
 */
int ltr_gram_compute(struct ltr_gram *gram, const float *vectors, size_t n,
                     const bool *skip, struct ltr_steps *steps);

/*
 * The lower triangle of product[rank][rank], by one worker: the sum of v v'
 * over n of vectors[n][rank], few enough to be summed in float.  Above it
 * stands anything.
 */
void ltr_gram_multiply(struct ltr_packs *packs, const float *vectors, size_t n,
                       size_t rank, float *product, size_t worker);

#endif /* LTR_CF_GRAM_H */
