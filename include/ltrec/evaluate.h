/*
 * ltrec/evaluate.h - how good the answers are
 *
 * Rankings of items against what listeners turned out to like, distances
 * between vectors, and how far to believe either.
 *
 *     ltrec_evaluation *evaluation;
 *     ltrec_ranking_figures figures;
 *     ltrec_evaluation_create(ctx, n_items, &options, &evaluation, &err);
 *     ltrec_evaluation_add_factors(evaluation, n_users, users, rank, items,
 *                                  train_offsets, train_items, test_offsets,
 *                                  test_items, NULL, NULL, &err);
 *     ltrec_evaluation_figures(evaluation, &figures, sizeof figures);
 *     ltrec_evaluation_free(evaluation);
 *
 * Items are numbers from 0 here, not ids.  docs/evaluation.md has every
 * definition and its source.  Nothing depends on the number of threads.
 */
#ifndef LTREC_EVALUATE_H
#define LTREC_EVALUATE_H

#include <ltrec/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- One ranking -------------------------------------------------------- */

/*
 * `ranked[n]` is a listener's list, best first, each item at most once;
 * `relevant[n_relevant]` what they liked, in ascending order.  All are 0 when
 * nothing is relevant or k is 0.
 */

/* Relevant items in the first k, as a part of min(k, n_relevant). */
LTREC_API double ltrec_ranking_recall(size_t n, const uint32_t *ranked,
                                      size_t n_relevant,
                                      const uint32_t *relevant, size_t k);

/* Gain 1, discount log2(place + 1), the ideal cut at min(k, n_relevant). */
LTREC_API double ltrec_ranking_ndcg(size_t n, const uint32_t *ranked,
                                    size_t n_relevant,
                                    const uint32_t *relevant, size_t k);

/* Precision at each relevant item of the first k / min(k, n_relevant). */
LTREC_API double ltrec_ranking_average_precision(size_t n,
                                                 const uint32_t *ranked,
                                                 size_t n_relevant,
                                                 const uint32_t *relevant,
                                                 size_t k);

/* ---- Many rankings ------------------------------------------------------ */

/* Averages over listeners are collected here. */
typedef struct ltrec_evaluation ltrec_evaluation;

typedef struct ltrec_evaluation_options {
    size_t size; /* set by ltrec_evaluation_options_init() */

    /*
     * [n_items] how much each item was played in training, to know the tail
     * by; read when the evaluation is made.  NULL: no tail is evaluated.
     */
    const float *plays;
    double head;  /* the most played part that is no tail; default 0.2 */
    uint32_t auc; /* not 0: ltrec_evaluation_add_factors() computes it */

    /* Not 0: keep every listener's figures, 64 bytes each. */
    uint32_t listeners;
} ltrec_evaluation_options;

LTREC_API void ltrec_evaluation_options_init(ltrec_evaluation_options *options,
                                             size_t size);

/*
 * NULL `options` means the defaults.  LTREC_ERR_ARGUMENT for no items or more
 * than 2^32 - 1, for plays that are negative or not finite and for a head
 * outside 0 to 1; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_evaluation_create(ltrec_context *ctx, size_t n_items,
                                      const ltrec_evaluation_options *options,
                                      ltrec_evaluation **out,
                                      ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_evaluation_free(ltrec_evaluation *evaluation);

/*
 * Count a listener in: the list made for them, at least 500 long where there
 * are as many candidates, and what was relevant.  A listener for whom nothing
 * is relevant is left out.
 *
 * LTREC_ERR_ARGUMENT for an item past n_items or named twice and for
 * `relevant` out of order, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_evaluation_add(ltrec_evaluation *evaluation, size_t n,
                                   const uint32_t *ranked, size_t n_relevant,
                                   const uint32_t *relevant, ltrec_error *err);

/*
 * Count in `n_users` listeners with factors `users[n_users][rank]`.  For each,
 * all of `items[n_items][rank]` that are not in their training row are ranked
 * by dot product, equal ones by number; what is relevant is their test row,
 * less their training row.  Row u is x_items[x_offsets[u]] up to but not
 * including x_items[x_offsets[u + 1]], ascending.  `train_offsets` NULL: no
 * training rows.  `progress` may be NULL; it counts listeners.
 *
 * Takes 137 bytes an item for each thread of the context.  All or nothing:
 * LTREC_ERR_ARGUMENT for vectors that are not finite and for rows out of
 * order, naming them; LTREC_ERR_CANCELLED, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_evaluation_add_factors(
    ltrec_evaluation *evaluation, size_t n_users, const float *users,
    size_t rank, const float *items, const uint64_t *train_offsets,
    const uint32_t *train_items, const uint64_t *test_offsets,
    const uint32_t *test_items, ltrec_progress progress, void *user,
    ltrec_error *err);

/*
 * Count a listener in for whom every item was scored by something else than
 * factors: scores[n_items], ranked from the highest, equal ones by number.
 * Items in `excluded`, what they played before, and scores that are NaN are
 * never ranked; `relevant`, less `excluded`, is what they liked.  Both ascend.
 *
 * LTREC_ERR_ARGUMENT for either out of order, LTREC_ERR_MEMORY: 4 bytes for
 * each relevant item.
 */
LTREC_API int
ltrec_evaluation_add_scores(ltrec_evaluation *evaluation, const float *scores,
                            size_t n_excluded, const uint32_t *excluded,
                            size_t n_relevant, const uint32_t *relevant,
                            ltrec_error *err);

/* Averages over listeners, each with their own relevant items. */
typedef struct ltrec_ranking_figures {
    size_t size;         /* set by ltrec_evaluation_figures() */
    uint64_t users;      /* with a relevant item: averages are over these,
                            but for those of the tail and auc */
    uint64_t tail_users; /* with a relevant item of the tail */
    double recall_20;
    double recall_50;
    double ndcg_100;
    double map_500;
    double tail_recall_20; /* relevant items of the tail in the first 20 */
    double coverage_20;    /* part of all items in anybody's first 20 */
    double auc; /* probability that a relevant item is before another */
    uint64_t auc_users; /* with an item that is not relevant: whom that is
                           over */
} ltrec_ranking_figures;

/* Pass sizeof *figures.  Averages over nobody are 0. */
LTREC_API void ltrec_evaluation_figures(const ltrec_evaluation *evaluation,
                                        ltrec_ranking_figures *figures,
                                        size_t size);

/* Figures that every listener has one of. */
enum {
    LTREC_FIGURE_RECALL_20 = 1,
    LTREC_FIGURE_RECALL_50 = 2,
    LTREC_FIGURE_NDCG_100 = 3,
    LTREC_FIGURE_MAP_500 = 4,
    LTREC_FIGURE_TAIL_RECALL_20 = 5, /* NaN: no relevant item of the tail */
    LTREC_FIGURE_AUC = 6             /* NaN: not computed, or nothing is
                                        not relevant */
};

/*
 * values[ltrec_ranking_figures.users] = one figure of each listener who has a
 * relevant item, in the order they were counted in: what intervals are made
 * of.  LTREC_ERR_ARGUMENT for a figure that is none; LTREC_ERR_STATE when
 * listeners were not kept; LTREC_ERR_CAPACITY when `capacity` is too small,
 * with `*n`, unless NULL, saying what would do.
 */
LTREC_API int ltrec_evaluation_listeners(const ltrec_evaluation *evaluation,
                                         int32_t figure, size_t capacity,
                                         double *values, size_t *n,
                                         ltrec_error *err);

/* ---- Distances and intervals -------------------------------------------- */

/*
 * distances[n] = 1 - cosine of the rows of `a[n][dim]` and `b[n][dim]`, from
 * 0 to 2, and `*mean` theirs, where not NULL.  Half of it is the scale on
 * which some report it.  LTREC_ERR_ARGUMENT, naming the row, for a vector
 * that is zero or not finite.
 */
LTREC_API int ltrec_cosine_distances(size_t n, size_t dim, const float *a,
                                     const float *b, double *distances,
                                     double *mean, ltrec_error *err);

/*
 * The middle 95 % of the means of `resamples` samples drawn with replacement
 * from `values[n]`: the percentile bootstrap.  1000 resamples will do.
 * LTREC_ERR_ARGUMENT for no values, more than 2^32 - 1, one that is not
 * finite or fewer than 40 resamples; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_bootstrap_mean(ltrec_context *ctx, size_t n,
                                   const double *values, size_t resamples,
                                   uint64_t seed, double *low, double *high,
                                   ltrec_error *err);

/*
 * The same of a[i] - b[i], two results for the same thing: 0 outside of it is
 * a difference.  Fails likewise.
 */
LTREC_API int ltrec_bootstrap_difference(ltrec_context *ctx, size_t n,
                                         const double *a, const double *b,
                                         size_t resamples, uint64_t seed,
                                         double *low, double *high,
                                         ltrec_error *err);

/* ---- Splits ------------------------------------------------------------- */

/*
 * fold[n] = which of `n_folds` each thing is held out in, at random and as
 * even as can be.  Things with equal `groups[n]` - an artist, an album - share
 * a fold; NULL: each is its own.  LTREC_ERR_ARGUMENT for less than 2 folds,
 * more folds than groups or n past 2^32 - 1; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_split_folds(ltrec_context *ctx, size_t n,
                                const uint64_t *groups, uint32_t n_folds,
                                uint64_t seed, uint32_t *fold,
                                ltrec_error *err);

/*
 * Groups for a split that tears no link either: things with equal links[n],
 * not 0 - the recording that several tracks are copies of - bring their groups
 * together, and merged[n] is the least of the groups that came together so.
 * A group that nothing links keeps its number.  `merged` is another array than
 * both.  LTREC_ERR_ARGUMENT when one is NULL or for n past 2^32 - 1;
 * LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_split_merge(ltrec_context *ctx, size_t n,
                                const uint64_t *groups, const uint64_t *links,
                                uint64_t *merged, ltrec_error *err);

/* ---- The linear baseline ------------------------------------------------ */

/*
 * Ridge regression: `weights[d + 1][k]` that minimize the squared error of
 * predicting `y[n][k]` from `x[n][d]`, plus `lambda` times the squares of the
 * weights, the last row, the intercept, excepted.  In double, by the normal
 * equations of whichever is smaller, d or n.
 *
 * LTREC_ERR_ARGUMENT for empty or not finite x, y and lambda and when the
 * equations have no single solution, which a larger lambda cures;
 * LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_ridge_fit(ltrec_context *ctx, size_t n, size_t d,
                              const float *x, size_t k, const float *y,
                              double lambda, float *weights, ltrec_error *err);

/* out[n][k] = what the weights say of x[n][d]; LTREC_ERR_ARGUMENT when d or k
 * is 0. */
LTREC_API int ltrec_ridge_predict(size_t n, size_t d, const float *x, size_t k,
                                  const float *weights, float *out);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_EVALUATE_H */
