/*
 * cosine.c - how alike two tracks of a recommender are
 */
#include <ltrec/path.h>

#include <math.h>

#include "base/context.h"
#include "math/kernels.h"
#include "rec/recommender.h"

double ltrec_similarity(double cosine)
{
    return fmax(0, fmin(1, (1 + cosine) / 2));
}

double ltr_rec_cosine(const ltrec_recommender *r, size_t a, size_t b)
{
    const struct ltr_kernels *kernels = ltr_kernels_for(r->ctx->cpu);
    double lengths = (double)r->lengths[a] * (double)r->lengths[b];

    if (!(lengths > 0))
        return 0;
    if (a == b)
        return 1;
    return fmax(
        -1, fmin(1, (double)kernels->dot(r->vectors + a * r->rank,
                                         r->vectors + b * r->rank, r->rank) /
                        lengths));
}

int ltrec_recommender_cosine(const ltrec_recommender *recommender, uint64_t a,
                             uint64_t b, double *cosine)
{
    const ltrec_recommender *r = recommender;
    size_t row_a = r ? ltr_rec_row(r, a) : LTR_NO_ROW;
    size_t row_b = r ? ltr_rec_row(r, b) : LTR_NO_ROW;

    if (!cosine || row_a == LTR_NO_ROW || row_b == LTR_NO_ROW ||
        !(r->lengths[row_a] > 0) || !(r->lengths[row_b] > 0))
        return LTREC_ERR_ARGUMENT;
    *cosine = ltr_rec_cosine(r, row_a, row_b);
    return LTREC_OK;
}
