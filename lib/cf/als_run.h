/*
 * als_run.h - one call of ltrec_factorize(), from its plays to its factors
 */
#ifndef LTR_CF_ALS_RUN_H
#define LTR_CF_ALS_RUN_H

#include "base/steps.h"
#include "cf/interactions.h"
#include "cf/sweep.h"

/* What is kept back to see whether an epoch was one for the better. */
struct ltr_validation {
    bool on;
    size_t n;        /* pairs kept back from listeners who are asked */
    size_t n_users;  /* who are asked */
    uint32_t *users; /* [n_users], ascending */
    size_t *starts;  /* [n_users + 1], where the pairs of each begin */
    uint32_t *items; /* [n] */

    /* Of the best epoch so far. */
    float *best_users, *best_items; /* as the sides have them */
    double best;                    /* 0 before there is one */
    size_t best_epoch;              /* counted from 1 */
};

struct ltr_run {
    ltrec_context *ctx;
    const ltrec_interactions *plays;
    ltrec_factorize_options options;
    size_t width; /* of the rows of both sides; see ltr_sweep_width() */
    struct ltr_side users, items;
    struct ltr_pairs by_user, by_item; /* taught, where they differ from */
                                       /* the plays; without ids of theirs */
    struct ltr_validation validation;
    float *priors;   /* the items', or NULL */
    float *scales;   /* the items', or NULL; see struct ltr_side */
    float *variance; /* the items', or NULL */
    double noise;    /* see variance.h */
    struct ltr_sweep sweep;
    struct ltr_steps steps;
    uint64_t epoch_steps;
    ltrec_factorize_report report;
    double *losses; /* [epochs], NaN where nobody asked */

    /* With a checkpoint: sums of what is learned from. */
    uint64_t plays_sum, prior_sum;

    bool with_loss;
};

/* ---- In als_start.c ----------------------------------------------------- */

/* Everything up to the first epoch.  On failure err has said why. */
int ltr_run_prepare(struct ltr_run *run, ltrec_error *err);
void ltr_run_clean_up(struct ltr_run *run);

/* ---- In als_result.c ---------------------------------------------------- */

/* Hand out; the vectors of both sides are gone afterwards. */
int ltr_run_finish(struct ltr_run *run, ltrec_factors **users,
                   ltrec_factors **items, ltrec_error *err);

/* ---- In als_taught.c ---------------------------------------------------- */

/* The pairs to learn from, and those kept back, from the plays. */
int ltr_run_choose_pairs(struct ltr_run *run, ltrec_error *err);

/* ---- In als_judge.c ----------------------------------------------------- */

/*
 * The mean over the pairs kept back of 1 / log2(1 + rank), 0 from 101 on: a
 * pair's rank, from 1, is among all items but those the listener was taught.
 * That is the NDCG at 100 of one item at a time.  Takes a step for each
 * listener; LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED.
 */
int ltr_run_judge(struct ltr_run *run, double *found);

#endif /* LTR_CF_ALS_RUN_H */
