/*
 * ltrec/recommend.h - what a listener may like next
 *
 *     ltrec_index_filter filter;
 *     ltrec_index_filter_init(&filter, sizeof filter);
 *     filter.excluded = played, filter.n_excluded = n_played;
 *     ltrec_recommend(ctx, items, listener, 20, &filter, NULL, ids, scores,
 *                     &n_found, &err);
 *
 * A listener is a vector of the same factorization as the items: a row of the
 * users' factors, or what ltrec_foldin_solve() made of a few plays.  Items are
 * any factors of that space: those of played tracks, or those a model
 * predicted for tracks that nobody has played yet.
 *
 * Threads: any number at once.
 */
#ifndef LTREC_RECOMMEND_H
#define LTREC_RECOMMEND_H

#include <ltrec/base.h>
#include <ltrec/factors.h>
#include <ltrec/index.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_recommend_options {
    size_t size; /* set by ltrec_recommend_options_init() */

    /*
     * Only tracks that at most so many listeners played, 0: that nobody did.
     * Default UINT32_MAX: all.  Needs factors that know.
     */
    uint32_t most_plays;

    /*
     * Not 0: rank by cosine, which does without the length of an item's
     * vector, and so without its popularity.  Default 0: by dot product, what
     * factorizing fitted.
     */
    uint32_t cosine;
} ltrec_recommend_options;

LTREC_API void ltrec_recommend_options_init(ltrec_recommend_options *options,
                                            size_t size);

/*
 * The `k` best of `items` for `listener[rank]`, best first, equal scores by
 * id, into `ids[k]` and `scores[k]`.  `*n_found` is always the smaller of k
 * and the number of tracks that `filter` - NULL: all - and `options` let
 * through.  Rows of zeros, tracks of which nothing is known, are never among
 * them.  Allocates nothing.
 *
 * LTREC_ERR_ARGUMENT when `listener` is zero or not finite, a list of the
 * filter is out of order, or plays are asked for that the factors don't know.
 */
LTREC_API int ltrec_recommend(ltrec_context *ctx, const ltrec_factors *items,
                              const float *listener, size_t k,
                              const ltrec_index_filter *filter,
                              const ltrec_recommend_options *options,
                              uint64_t *ids, float *scores, size_t *n_found,
                              ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_RECOMMEND_H */
