/*
 * recommend.c - what a listener may like next, by looking at every track
 */
#include <ltrec/recommend.h>

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "index/index_filter.h"
#include "math/kernels.h"
#include "math/topk.h"

#define SCAN_ROWS 256 /* 1 KiB of scores, on the stack */

static const ltrec_recommend_options defaults = {
    .size = sizeof defaults,
    .most_plays = UINT32_MAX,
};

struct listening {
    const struct ltr_kernels *kernels;
    size_t rank;
    const float *listener, *vectors, *norms;
    double length; /* of the listener's vector */
    const uint64_t *ids;
    const uint32_t *plays;
    struct ltr_filter filter;
    ltrec_recommend_options options;
    struct ltr_topk top;
};

void ltrec_recommend_options_init(ltrec_recommend_options *options,
                                  size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

static void offer(struct listening *l, size_t row, float score)
{
    struct ltr_topk *top = &l->top;

    if (!(l->norms[row] > 0))
        return;
    if (l->options.cosine)
        score /= l->norms[row];
    if (top->count == top->k && score < top->scores[0])
        return;
    if (l->plays && l->plays[row] > l->options.most_plays)
        return;
    if (ltr_filter_passes(&l->filter, l->ids[row]))
        ltr_topk_offer(top, score, l->ids[row]);
}

static void scan(struct listening *l, size_t count)
{
    float scores[SCAN_ROWS];

    for (size_t first = 0; first < count; first += SCAN_ROWS) {
        size_t left = count - first;
        size_t rows = left < SCAN_ROWS ? left : SCAN_ROWS;

        l->kernels->dot_rows(scores, l->vectors + first * l->rank, rows,
                             l->listener, l->rank);
        for (size_t r = 0; r < rows; r++)
            offer(l, first + r, scores[r]);
    }
}

static double length_of(const float *v, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    return isfinite(sum) ? sqrt(sum) : 0;
}

/* Read into `l` what the caller gave. */
static int prepare(struct listening *l, const ltrec_factors *items,
                   const ltrec_index_filter *filter,
                   const ltrec_recommend_options *options, ltrec_error *err)
{
    int status;

    l->options = defaults;
    l->rank = ltrec_factors_rank(items);
    l->vectors = ltrec_factors_vectors(items);
    l->norms = ltrec_factors_norms(items);
    l->ids = ltrec_factors_ids(items);
    l->plays = ltrec_factors_plays(items);
    status = ltr_options_read(&l->options, sizeof l->options, options,
                              "recommend", err);
    if (status == LTREC_OK)
        status = ltr_filter_read(&l->filter, filter, err);
    if (status != LTREC_OK)
        return status;
    if (l->options.most_plays < UINT32_MAX && !l->plays)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommend: these factors don't know how much was "
                        "played");
    l->length = length_of(l->listener, l->rank);
    if (l->length == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommend: the listener's vector is zero or not "
                        "finite");
    return LTREC_OK;
}

int ltrec_recommend(ltrec_context *ctx, const ltrec_factors *items,
                    const float *listener, size_t k,
                    const ltrec_index_filter *filter,
                    const ltrec_recommend_options *options, uint64_t *ids,
                    float *scores, size_t *n_found, ltrec_error *err)
{
    struct listening l = {.listener = listener};
    ltr_fpu saved;
    int status;

    if (!n_found)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommend: `n_found` is NULL");
    *n_found = 0;
    if (!ctx || !items || !listener || (k > 0 && (!ids || !scores)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommend: needs a context, items, a listener and "
                        "room for %zu answers",
                        k);
    status = prepare(&l, items, filter, options, err);
    if (status != LTREC_OK || k == 0)
        return status;
    l.kernels = ltr_kernels_for(ctx->cpu);
    ltr_topk_init(&l.top, k, scores, ids);
    saved = ltr_flush_begin();
    scan(&l, ltrec_factors_count(items));
    *n_found = ltr_topk_finish(&l.top);
    for (size_t i = 0; i < *n_found && l.options.cosine; i++)
        scores[i] = (float)fmax(-1, fmin(1, (double)scores[i] / l.length));
    ltr_flush_end(saved);
    return LTREC_OK;
}
