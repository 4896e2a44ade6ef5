/*
 * ltrec/path.h - from one track to another, in steps as even as can be
 *
 *     const uint64_t ends[] = {from, to};
 *     ltrec_path(recommender, 2, ends, 25, NULL, ids, similarities, &n, &err);
 *
 * The way is the shortest arc on the sphere from each fixed track to the next
 * (Shoemake 1985).  Points lie evenly on it; for each of them the tracks
 * nearest to it are candidates, and of all ways through one candidate a point
 * the one with the smallest sum of squared angles is taken, of steps and of
 * what candidates are off their points.  docs/recommend.md has what was
 * measured against taking the nearest track at each point.
 *
 * Threads: any number at once.  A call takes 4 bytes a track for each fixed
 * one, and for each place of the way 100 bytes and 24 for each candidate.
 */
#ifndef LTREC_PATH_H
#define LTREC_PATH_H

#include <ltrec/base.h>
#include <ltrec/index.h>
#include <ltrec/recommender.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_path_options {
    size_t size; /* set by ltrec_path_options_init() */

    /* Which tracks may lie between; the fixed ones always may. */
    const ltrec_index_filter *filter;

    uint32_t candidates;    /* a point, 1 to 1024; default 32 */
    uint32_t one_recording; /* not 0, the default: none of which the fixed
                               ones are copies, and no copies side by side */
    double off_path;        /* the weight of what is off the way; default 1 */
} ltrec_path_options;

LTREC_API void ltrec_path_options_init(ltrec_path_options *options,
                                       size_t size);

/*
 * Up to `k` tracks to `ids[k]`: fixed[0] first, fixed[n_fixed - 1] last, the
 * others in their order between, and between them others on the way, no track
 * twice.  `*n_found` is `k`, or less where not as many lie between.
 * similarities[i] = ltrec_similarity() of track i and the first.
 *
 * LTREC_ERR_ARGUMENT, saying which, for fewer than 2 fixed tracks or more
 * than k, one that is not known, has no vector or comes twice, and options out
 * of their range; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_path(const ltrec_recommender *recommender, size_t n_fixed,
                         const uint64_t *fixed, size_t k,
                         const ltrec_path_options *options, uint64_t *ids,
                         float *similarities, size_t *n_found,
                         ltrec_error *err);

/*
 * A cosine as a similarity from 0, opposite, to 1, the same: (1 + cosine) / 2.
 * Always within these, even where rounding made more of a cosine.
 */
LTREC_API double ltrec_similarity(double cosine);

/* The cosine of two tracks of the recommender; LTREC_ERR_ARGUMENT when one is
 * not known or nothing is known of it. */
LTREC_API int ltrec_recommender_cosine(const ltrec_recommender *recommender,
                                       uint64_t a, uint64_t b, double *cosine);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_PATH_H */
