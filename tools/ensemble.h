/*
 * ensemble.h - the lists of all sources together, and of each of them alone
 *
 * A fifth of the training pairs is held out to fit the weights on; with these
 * everything is trained again on all of them.  Each row then makes lists for
 * the same listeners of the test table.
 */
#ifndef ENSEMBLE_H
#define ENSEMBLE_H

#include <ltrec/factorize.h>
#include <ltrec/itemitem.h>
#include <ltrec/recommender.h>

#include "args.h"
#include "figures.h"
#include "items.h"
#include "listeners.h"
#include "music.h"
#include "split.h"
#include "spread.h"

#define ENSEMBLE_ROWS (LTREC_SOURCES + 2)

/* What is compared: sources asked, and whether the discount is on. */
struct ensemble_row {
    const char *name;
    uint32_t sources;
    int discounted;
    struct figures figures;
    struct spread spread;
};

struct ensemble {
    ltrec_context *ctx;
    struct split plays, inner; /* inner: parts of the training table */
    struct items *items;
    ltrec_factorize_options options;
    int given; /* the weights are: none are fitted */
    double loss, diversity;
    uint32_t per_artist;
    size_t most_listeners;

    struct music *music; /* with tables of content, or NULL */

    ltrec_factors *factors;
    ltrec_factors *content; /* predicted, with `music` */
    float *sure;            /* [rows of content] */
    ltrec_itemitem *itemitem;
    ltrec_recommender *recommender;
    ltrec_recommender_options weights;
    ltrec_recommender_fit_report report;

    struct listeners listeners;
    uint64_t *artists;    /* [items], 0 for unknown; NULL without a table */
    uint32_t *popularity; /* [items], listeners of each */
    float *counts;        /* [items], their plays added up */
    struct ensemble_row rows[ENSEMBLE_ROWS];
    size_t n_rows;
};

/*
 * Read what `args` name, fit, train and evaluate; `ctx`, `options`, `weights`
 * and the numbers after it are set.  The first row is all sources, the second
 * those without a discount.
 */
int ensemble_evaluate(struct ensemble *ensemble, struct args *args,
                      ltrec_error *err);

/* Predictions for the items of ensemble->music from ensemble->factors, by
 * ridge regression: ensemble_content.c. */
int ensemble_content(struct ensemble *ensemble, ltrec_error *err);

/* All but the context. */
void ensemble_free(struct ensemble *ensemble);

#endif /* ENSEMBLE_H */
