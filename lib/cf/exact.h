/*
 * exact.h - one row's equations, solved exactly
 *
 *     (alpha0 G + rho I + sum of w v v') x = rho m + sum of pull v
 *
 * in double, by Cholesky.
 */
#ifndef LTR_CF_EXACT_H
#define LTR_CF_EXACT_H

#include <stddef.h>

struct ltr_exact {
    size_t rank;
    double *a; /* [rank][rank], the lower triangle */
    double *b; /* [rank], and then the solution */
};

/* `prior` may be NULL for zeros. */
void ltr_exact_begin(const struct ltr_exact *e, const double *gram,
                     double alpha0, double rho, const float *prior);
void ltr_exact_add(const struct ltr_exact *e, const float *v, double w,
                   double pull);

/* To the right-hand side alpha0 G m: unplayed pairs score as the prior. */
void ltr_exact_expect(const struct ltr_exact *e, const double *gram,
                      double alpha0, const float *prior);

/* Returns 0, or non-zero when rounding left no positive definite matrix. */
int ltr_exact_solve(const struct ltr_exact *e, float *x);

#endif /* LTR_CF_EXACT_H */
