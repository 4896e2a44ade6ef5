/*
 * ltrec/factorize.h - from plays to factors
 *
 * Factorizing finds a vector for every listener and every item such that the
 * dot product of the two says how likely it is that the one plays the other.
 * It minimises
 *
 *     sum over played pairs    w (x.y - 1)^2
 *   + alpha0 * sum over all    e (x.y)^2
 *   + sum over listeners       lambda (n + alpha0 N)^nu |x|^2
 *   + sum over items           lambda (n + alpha0 e N)^nu |y - m|^2
 *
 * where w is the confidence that `count` plays give, n the number of pairs in
 * the row, N the rows of the other side and m what the sound of an item
 * promises of it, or 0, and e is 1 unless item_power says otherwise (Hu, Koren
 * and Volinsky 2008; Rendle et al. 2021). docs/factorization.md has the
 * derivation.
 *
 *     ltrec_factorize(ctx, plays, NULL, &users, &items, NULL, &err);
 *
 * Folding in solves the same equation for one listener or item that was not
 * there, with everything else held still.
 */
#ifndef LTREC_FACTORIZE_H
#define LTREC_FACTORIZE_H

#include <ltrec/base.h>
#include <ltrec/factors.h>
#include <ltrec/interactions.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Options ------------------------------------------------------------ */

/* How plays enter the loss. */
enum {
    LTREC_LOSS_IALS = 1, /* as above */
    LTREC_LOSS_HU = 2    /* w + alpha0 for a played pair instead of w, and
                            alpha0 for the others: the form of 2008 */
};

/* The confidence w that comes of a count of plays. */
enum {
    LTREC_CONFIDENCE_CONSTANT = 1, /* alpha */
    LTREC_CONFIDENCE_LINEAR = 2,   /* alpha * count */
    LTREC_CONFIDENCE_LOG = 3       /* alpha * log(1 + count / epsilon) */
};

enum {
    LTREC_SOLVER_CG = 1,      /* conjugate gradient from the last epoch's */
    LTREC_SOLVER_CHOLESKY = 2 /* exact and slow: what the other is held to */
};

/*
 * What folding in with a prior takes a pair that nobody played for.  Something
 * new had no chance to be played by most: with ..._PRIOR that is no evidence,
 * such pairs score as the prior has them, and the first plays move a vector
 * a little; the more has been played, the more of the others have had their
 * chance (`prior_plays`).  With ..._ZERO it is evidence from the first, as
 * when factorizing: one play halves what the prior promised.
 */
enum {
    LTREC_BACKGROUND_PRIOR = 1, /* alpha0 * sum over all of
                                   s (x.(y - m))^2 + (1 - s) (x.y)^2,
                                   s = prior_plays / (prior_plays + n) */
    LTREC_BACKGROUND_ZERO = 2   /* alpha0 * sum over all of (x.y)^2 */
};

typedef struct ltrec_factorize_options {
    size_t size; /* set by ltrec_factorize_options_init() */

    uint32_t rank;      /* floats a vector, 1 to 4096; default 64 */
    uint32_t epochs;    /* passes over both sides; default 16 */
    int32_t form;       /* LTREC_LOSS_...; default LTREC_LOSS_IALS */
    int32_t confidence; /* default LTREC_CONFIDENCE_CONSTANT */
    double lambda;      /* regularisation, above 0; default 0.015 */
    double nu;          /* how it grows with a row's plays, 0 to 1; 1 */

    /*
     * The weight of pairs nobody played.  0, the default, takes ten times
     * what all pairs would have if they shared the weight of the played ones
     * evenly: 10 * pairs / (listeners * items) for constant confidence 1.
     */
    double alpha0;
    double alpha;      /* the weight of pairs somebody played; default 1 */
    double epsilon;    /* plays that make a difference; default 1 */
    double init_scale; /* the first vectors are about this long; 0.1 */
    uint64_t seed;
    int32_t solver; /* LTREC_SOLVER_...; default LTREC_SOLVER_CG */

    /*
     * Of LTREC_SOLVER_CG, a row and epoch, at most 1000.  0, the default,
     * takes 2, or 3 with linear confidence.  On the plays measured in
     * docs/factorization.md, counts of 350,000 among them, either ended within
     * 0.1 % of the exact solver's loss after 16 epochs.
     */
    uint32_t cg_steps;

    /*
     * What is known of items before anybody played them, of the same rank;
     * ids without a row have the prior 0.  Items nobody played come out
     * exactly as they stand here, with 0 plays.  Default NULL.
     */
    const ltrec_factors *item_prior;

    ltrec_progress progress; /* may be NULL */
    void *user;

    int32_t background; /* for folding in; default LTREC_BACKGROUND_PRIOR */

    /*
     * Not 0: the items carry their posterior variance
     * (ltrec_factors_variance()),
     *
     *     noise * trace of the inverse of the item's equations,
     *     noise = loss without regularisation / sum of all weights:
     *
     * what its plays leave open about a vector (docs/factorization.md).  That
     * takes about rank^3 operations an item; default 0.
     */
    int32_t variance;

    /*
     * A file that the run is saved to, replaced whole, after every
     * `checkpoint_every` epochs (default 1) and after the last, and that it
     * goes on from when it is there: with the same bits as if it had never
     * stopped, given the same kernels and library.  More epochs may be asked
     * for than before.  LTREC_ERR_MISMATCH, naming what differs, when the file
     * is of other plays or options; LTREC_ERR_FORMAT when it is damaged.
     * Default NULL.
     */
    const char *checkpoint;
    uint32_t checkpoint_every;

    /*
     * Above 0: stop once that many epochs in a row ranked pairs that were kept
     * back no better than the best before them, and hand out the vectors of
     * that one.  Kept back is one pair of each listener, or with
     * `validation_share` that share of their pairs, at most a half, from about
     * 4,096 listeners, drawn with the seed; never a listener's last.  They
     * are not learned from: to use all plays, factorize again with as many
     * epochs as were best.  The measure is the NDCG at 100 of a kept pair
     * among all items but those learned.  Default 0: no stopping.
     */
    uint32_t patience;
    double validation_share;

    /*
     * Pairs of a listener and an item they turned down, by as many thumbs as
     * the count says: the target of such a pair is -1, not 1, and the
     * confidence that of the count.  They replace plays of the same pair;
     * listeners and items without plays are passed over.  Default NULL.
     */
    const ltrec_interactions *dislikes;

    /*
     * How much more it says when a popular item was not played: pairs nobody
     * played weigh alpha0 times e = n^item_power, n the item's listeners or 1,
     * divided by the mean over all items (He et al. 2016).  0 to 1; default 0:
     * e is 1.
     */
    double item_power;

    /*
     * Of LTREC_BACKGROUND_PRIOR: after so many pairs half of those without a
     * play are taken to have had the chance.  Above 0, INFINITY for never;
     * default 10.
     */
    double prior_plays;
} ltrec_factorize_options;

/* The defaults; docs/factorization.md says what they were chosen on. */
LTREC_API void ltrec_factorize_options_init(ltrec_factorize_options *options,
                                            size_t size);

/* ---- Factorizing -------------------------------------------------------- */

/* How it went.  The caller sets `size`, `losses` and `capacity`. */
typedef struct ltrec_factorize_report {
    size_t size;       /* sizeof(ltrec_factorize_report) */
    double *losses;    /* [capacity] receives the loss after each epoch */
    size_t capacity;   /* epochs there is room for; 0 with a NULL `losses` */
    size_t n_epochs;   /* that were finished */
    size_t n_unplayed; /* items that have nothing but their prior */
    double loss;       /* after the last of them */
    size_t best_epoch; /* with `patience`: the one handed out, from 1; or 0 */
    double validation; /* and its measure on the pairs kept back */
} ltrec_factorize_report;

/*
 * `*users` and `*items` receive a row for every listener and item, in the
 * order of their ids, with the number of pairs in each row as its plays, and
 * one model id for both.  `report` may be NULL, which saves the time of
 * computing losses.  The same options and plays give the same bits at any
 * number of threads.
 *
 * LTREC_ERR_ARGUMENT for an option outside its range or when the numbers
 * overflow, LTREC_ERR_STATE when `plays` is not finished, LTREC_ERR_CANCELLED,
 * LTREC_ERR_MEMORY: it takes about 8 bytes for every float of the result, with
 * a prior 8 more for those of the items, 5 KiB * rank, 12 * rank^2 bytes and
 * 1 MiB for every thread, 48 * rank^2 bytes, and 32 MiB.
 */
LTREC_API int ltrec_factorize(ltrec_context *ctx,
                              const ltrec_interactions *plays,
                              const ltrec_factorize_options *options,
                              ltrec_factors **users, ltrec_factors **items,
                              ltrec_factorize_report *report,
                              ltrec_error *err);

/*
 * The options that made `factors`, as far as folding in needs them, written
 * over the ones in `options`, which have been initialised.
 * LTREC_ERR_ARGUMENT when these factors did not come from ltrec_factorize().
 */
LTREC_API int ltrec_factorize_options_of(const ltrec_factors *factors,
                                         ltrec_factorize_options *options);

/* ---- Folding in --------------------------------------------------------- */

/* Serves one thread at a time; make one for each. */
typedef struct ltrec_foldin ltrec_foldin;

/*
 * Prepare to fold in against `others`: the items, to find a listener, or the
 * listeners, to find an item.  Rows of `others` that nobody played count for
 * nothing, as they did when factorizing.
 *
 * NULL `options` takes those the factors were made with, or the defaults when
 * they came from elsewhere; rank, epochs, seed, solver, item_prior and
 * item_power are not looked at.  Keeps `others` alive.  Takes 16 * rank^2
 * bytes, and for a moment 32 MiB more, and where there was an item_power a
 * copy of the items' vectors.  LTREC_ERR_ARGUMENT for a rank above 4096 or an
 * option outside its range, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_foldin_create(ltrec_context *ctx,
                                  const ltrec_factors *others,
                                  const ltrec_factorize_options *options,
                                  ltrec_foldin **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_foldin_free(ltrec_foldin *foldin);

/*
 * Write to `vector[rank]` what best explains `counts[n]` plays of, or by,
 * `ids[n]`: the exact solution, in double.  `counts` NULL means 1 each, one
 * below 0 says that it was turned down; repeated ids are added up, to nothing
 * where that gives 0; the order does not matter.  `prior[rank]` is
 * what is known already, or NULL for nothing; see LTREC_BACKGROUND_....
 *
 * Ids that `others` does not know, or knows as unplayed, are passed over;
 * `*n_known`, unless NULL, receives how many were not.  When that is 0 the
 * answer is the prior itself, or zeros: no direction at all.
 *
 * LTREC_ERR_ARGUMENT, naming the place, for a count that is 0 or not finite
 * or a prior that is not finite; LTREC_ERR_MEMORY, only for more ids
 * than ever before.
 */
LTREC_API int ltrec_foldin_solve(ltrec_foldin *foldin, size_t n,
                                 const uint64_t *ids, const float *counts,
                                 const float *prior, float *vector,
                                 size_t *n_known, ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_FACTORIZE_H */
