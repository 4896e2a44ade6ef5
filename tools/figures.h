/*
 * figures.h - what one recommender came to, with intervals
 *
 * Intervals are 95 % bootstraps over listeners.  Two recommenders are compared
 * listener by listener, so what makes a listener easy or hard cancels.
 */
#ifndef FIGURES_H
#define FIGURES_H

#include <jansson.h>

#include <ltrec/evaluate.h>

#include "tool.h"

/* recall@20, recall@50, ndcg@100, map@500, tail_recall@20 */
#define FIGURES_KINDS 5

struct interval {
    double low, high;
};

struct figures {
    const char *name;
    double mean[FIGURES_KINDS];
    struct interval interval[FIGURES_KINDS];
    double coverage;
    uint64_t users;
    double *listeners[FIGURES_KINDS]; /* [users]; NaN where there is none */

    /* Over another recommender; all 0 until figures_compare(). */
    int compared;
    double difference[FIGURES_KINDS];
    struct interval over[FIGURES_KINDS];
};

/* Take all from an evaluation that kept its listeners; LTREC_ERR_ARGUMENT when
 * there are none. */
int figures_take(ltrec_context *ctx, const ltrec_evaluation *evaluation,
                 const char *name, uint64_t seed, struct figures *out,
                 ltrec_error *err);

/* How much better than `base`, which is about the same listeners. */
int figures_compare(ltrec_context *ctx, struct figures *figures,
                    const struct figures *base, uint64_t seed,
                    ltrec_error *err);

void figures_free(struct figures *figures);

/* ---- Told --------------------------------------------------------------- */

const char *figures_key(size_t kind);

/* The means and the coverage, under the names of the contract. */
void figures_put_means(const struct figures *figures, json_t *object);

/* "ci95" and, once compared, "over_popularity". */
void figures_put_intervals(const struct figures *figures, json_t *object);

/* A table of `n`, the best known first, for people. */
void figures_print(const struct figures *figures, size_t n);

#endif /* FIGURES_H */
