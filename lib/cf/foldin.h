/*
 * foldin.h - inside the folding in, for those who add equations of their own
 */
#ifndef LTR_CF_FOLDIN_H
#define LTR_CF_FOLDIN_H

#include <ltrec/factorize.h>

#include "cf/als_recipe.h"
#include "cf/exact.h"

struct ltrec_foldin {
    ltrec_context *ctx;
    ltrec_factors *others;
    struct ltr_recipe recipe;
    int background;
    double prior_plays;
    bool folds_items; /* known where items are emphasised */
    size_t n_others;  /* that somebody played */
    double *gram;     /* [rank][rank] */
    struct ltr_exact exact;
    uint64_t *keys; /* [capacity], row above count, as in pairs.c */
    size_t capacity;
};

/* The emphasis of the item in a row of `others`; 1 when those are listeners.
 */
double ltr_foldin_emphasis(const ltrec_foldin *foldin, size_t row);

#endif /* LTR_CF_FOLDIN_H */
