/*
 * weigh.h - what weights are fitted on: samples.c collects, weigh.c judges
 */
#ifndef LTR_REC_WEIGH_H
#define LTR_REC_WEIGH_H

#include "rec/recommender.h"

struct ltr_candidate {
    float parts[LTREC_SOURCES]; /* of weight 1 */
    float log_plays;
    uint32_t relevant, tail; /* 1 or 0 */
};

/* One listener: candidates in the order of their ids. */
struct ltr_sample {
    size_t user; /* of heldout */
    struct ltr_candidate *candidates;
    size_t n, n_relevant, n_tail;
    double ndcg, tail; /* with the weights last tried */
};

struct ltr_fitting {
    ltrec_recommender all; /* a copy that asks every source */
    const ltrec_interactions *known, *heldout;
    ltrec_recommender_fit_options options;
    unsigned char *tail; /* [n] */
    struct ltr_sample *samples;
    size_t n, first;
    int *statuses; /* [n] of those under way */

    const double *weights; /* being tried */
    double discount;
};

/*
 * Look at the listeners of f->heldout: `samples` and `n`, from `all`, the
 * tables and the options.  Whatever comes of it, ltr_samples_free().
 */
int ltr_samples_take(struct ltr_fitting *f, ltrec_error *err);
void ltr_samples_free(struct ltr_fitting *f);

#endif /* LTR_REC_WEIGH_H */
