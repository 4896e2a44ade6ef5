/*
 * als_recipe.h - how plays are weighed, the same way by all who ask
 */
#ifndef LTR_CF_ALS_RECIPE_H
#define LTR_CF_ALS_RECIPE_H

#include <ltrec/factorize.h>

/* Equations have the square of it. */
#define LTR_MOST_SOLVED_RANK 4096

struct ltr_recipe {
    int form, confidence;
    double lambda, nu, alpha0, alpha, epsilon;
};

/* Defaults overwritten with a caller's options, all checked. */
int ltr_recipe_options(const ltrec_factorize_options *given,
                       ltrec_factorize_options *out, ltrec_error *err);

struct ltr_recipe ltr_recipe_of(const ltrec_factorize_options *options);

/* As ltr_factors_set_recipe() takes it. */
void ltr_recipe_pack(const struct ltr_recipe *recipe, double *packed);

/* The w of the loss.  A count below 0 is a dislike, of the target -1. */
double ltr_recipe_weight(const struct ltr_recipe *recipe, float count);

/* What a pair of weight w adds, times its vector, to the right-hand side. */
static inline double ltr_recipe_pull(const struct ltr_recipe *recipe, double w)
{
    return recipe->form == LTREC_LOSS_HU ? w + recipe->alpha0 : w;
}

/* 1, or -1 for a dislike. */
static inline double ltr_recipe_target(float count)
{
    return count < 0 ? -1 : 1;
}

/* The regularisation of a row with n pairs, of n_others it could have. */
double ltr_recipe_rho(const struct ltr_recipe *recipe, size_t n,
                      size_t n_others);

#endif /* LTR_CF_ALS_RECIPE_H */
