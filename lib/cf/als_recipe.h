/*
 * als_recipe.h - how plays are weighed, the same way by all who ask
 */
#ifndef LTR_CF_ALS_RECIPE_H
#define LTR_CF_ALS_RECIPE_H

#include <stdbool.h>

#include <ltrec/factorize.h>

/* Equations have the square of it. */
#define LTR_MOST_SOLVED_RANK 4096

struct ltr_recipe {
    int form, confidence;
    double lambda, nu, alpha0, alpha, epsilon;
    double power, mean; /* of items; see ltr_recipe_emphasis() */
};

/* Defaults overwritten with a caller's options, all checked. */
int ltr_recipe_options(const ltrec_factorize_options *given,
                       ltrec_factorize_options *out, ltrec_error *err);

struct ltr_recipe ltr_recipe_of(const ltrec_factorize_options *options);

/* As ltr_factors_set_recipe() takes it, for items or for listeners. */
void ltr_recipe_pack(const struct ltr_recipe *recipe, bool items,
                     double *packed);

/* The w of the loss.  A count below 0 is a dislike, of the target -1. */
double ltr_recipe_weight(const struct ltr_recipe *recipe, float count);

/*
 * What alpha0 is multiplied by for an item with n listeners: n^power / mean,
 * with `mean` such that it is 1 on average; 1 always without a power.  An item
 * without any, all of whose pairs were kept back, counts as one with one.
 */
double ltr_recipe_emphasis(const struct ltr_recipe *recipe, size_t n);

/*
 * What a pair of weight w adds, times its vector, to the right-hand side, with
 * the emphasis of its item.
 */
static inline double ltr_recipe_pull(const struct ltr_recipe *recipe, double w,
                                     double emphasis)
{
    return recipe->form == LTREC_LOSS_HU ? w + recipe->alpha0 * emphasis : w;
}

/* 1, or -1 for a dislike. */
static inline double ltr_recipe_target(float count)
{
    return count < 0 ? -1 : 1;
}

/*
 * The regularisation of a row with n pairs, of n_others it could have: of an
 * item with its emphasis, of a listener with 1.
 */
double ltr_recipe_rho(const struct ltr_recipe *recipe, size_t n,
                      size_t n_others, double emphasis);

#endif /* LTR_CF_ALS_RECIPE_H */
