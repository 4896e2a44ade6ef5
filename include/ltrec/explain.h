/*
 * ltrec/explain.h - why this track?
 *
 * Contributions add up to what they explain, which the tests hold them to:
 *
 *     a place in a list   score = the sources' addends + discount + boost
 *     a source's addend   shares of what the listener played + the rest
 *     a prediction        similarity = the sum over branches, or over the
 *                         attributes of one
 *
 * Of a listener's score every part is exact, because it is a sum.  Of what a
 * network predicts, parts are Shapley values: what a branch, or an attribute,
 * adds on average over the orders in which they can become known (Shapley
 * 1953; Strumbelj and Kononenko 2014 for the sampling of orders).  Each order
 * adds up exactly, and so does any average.
 *
 * Threads: any number at once, each with a predictor of its own.
 */
#ifndef LTREC_EXPLAIN_H
#define LTREC_EXPLAIN_H

#include <ltrec/base.h>
#include <ltrec/model.h>
#include <ltrec/recommender.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A place in a list -------------------------------------------------- */

/* The caller sets `size`. */
typedef struct ltrec_explanation {
    size_t size; /* sizeof(ltrec_explanation) */

    double score;                  /* as ltrec_recommender_list() has it */
    double sources[LTREC_SOURCES]; /* addends, by LTREC_SOURCE_... */
    double discount;               /* addend, for its plays */
    double boost;                  /* addend, by the options */

    /*
     * Parts of the two sources above that go by what was played:
     * sources[FACTORS] + sources[ITEMITEM] is the shares of all that was
     * played and `unshared`, which puts them on one scale with the other
     * tracks.  Zero shares with LTREC_FUSION_RANK, whose places are no sums.
     */
    double unshared;

    /* How sources[FACTORS] splits between the track's own plays and what its
     * content promises; `of_plays` + `of_content` + its part of `unshared`. */
    double of_plays, of_content;

    /* The cosine that the track's vector is expected to have with the truth,
     * 0 to 1, and the part of it that comes from plays, 0 to 1. */
    double confidence;
    double certainty;
    uint32_t plays;
    uint32_t cold;     /* 1 when nobody played it */
    uint32_t eligible; /* 0 for one that a list would not have had */
} ltrec_explanation;

/*
 * Explain what `track` has, or would have, in a list made for `listener` under
 * `options`; rules that depend on the other places are not looked at.  Of what
 * the listener played, the up to `capacity` with the largest shares go to
 * `because[capacity]` and `shares[capacity]`, and their number to `*n`; both
 * may be NULL with a capacity of 0.
 *
 * LTREC_ERR_ARGUMENT for a track that the recommender doesn't know, and the
 * errors of ltrec_recommender_list().
 */
LTREC_API int ltrec_recommender_explain(
    const ltrec_recommender *recommender, const ltrec_listener *listener,
    const ltrec_list_options *options, uint64_t track,
    ltrec_explanation *explanation, size_t capacity, uint64_t *because,
    double *shares, size_t *n, ltrec_error *err);

/* ---- A prediction ------------------------------------------------------- */

#define LTREC_EXPLAIN_BRANCHES 5 /* audio, MGP, MLG, genre, artist */

/*
 * Which branches make what `predictor` says of `track` similar to
 * `target[rank]`, the vector of another: `parts[i]` for the branch 1 << i, 0
 * for one that is not there, and their sum, the cosine, to `*similarity`.
 * Exact over all orders; runs the predictor up to 31 times.
 *
 * Without anything known the similarity is taken to be 0.  LTREC_ERR_MISMATCH
 * when `rank` is not the model's; LTREC_ERR_ARGUMENT when the target is zero
 * or not finite, and where ltrec_predictor_run() would say so of the track or
 * of a part of it, but for one of which nothing is known; LTREC_ERR_MEMORY.
 * On failure nothing is written.
 */
LTREC_API int ltrec_explain_branches(ltrec_context *ctx,
                                     ltrec_predictor *predictor,
                                     const ltrec_track *track, size_t rank,
                                     const float *target,
                                     double parts[LTREC_EXPLAIN_BRANCHES],
                                     double *similarity, ltrec_error *err);

/*
 * The same for the values of one branch, LTREC_BRANCH_MGP, _MLG or _GENRE:
 * `parts[n]` for its `n` inputs, 0 for those not known, and to `*rest` the
 * similarity without any of them.  `*rest` and the parts add up to
 * `*similarity`.  `orders`, at least 1, are drawn at random from `seed`, each
 * together with its reverse; parts are the more exact the more there are, and
 * always add up.  Runs the predictor 2 * orders times for each known value:
 * leave out a track's sound where that takes too long.
 *
 * Fails as above; LTREC_ERR_MISMATCH also when `n` is not the vocabulary of
 * `branch` in the model, ltrec_model_vocabulary(), and LTREC_ERR_ARGUMENT when
 * the track has no values of it, or for another branch.
 */
LTREC_API int
ltrec_explain_attributes(ltrec_context *ctx, ltrec_predictor *predictor,
                         const ltrec_track *track, uint32_t branch,
                         size_t rank, const float *target, uint32_t orders,
                         uint64_t seed, size_t n, double *parts, double *rest,
                         double *similarity, ltrec_error *err);

/* ---- People and machines ------------------------------------------------ */

/*
 * out[n] = what a person said of each attribute, and where nobody did, NaN,
 * what the machine said.  by_person[n], unless NULL, says which: 1 or 0.
 * Either may be NULL for all unknown; `out` may be one of them.
 */
LTREC_API void ltrec_attributes_merge(size_t n, const float *person,
                                      const float *machine, float *out,
                                      unsigned char *by_person);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_EXPLAIN_H */
