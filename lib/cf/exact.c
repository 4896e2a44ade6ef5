/*
 * exact.c - one row's equations, solved exactly
 */
#include "cf/exact.h"

#include "math/solve.h"

void ltr_exact_begin(const struct ltr_exact *e, const double *gram,
                     double alpha0, double rho, const float *prior)
{
    size_t k = e->rank;

    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j <= i; j++)
            e->a[i * k + j] = alpha0 * gram[i * k + j];
        e->a[i * k + i] += rho;
        e->b[i] = prior ? rho * (double)prior[i] : 0;
    }
}

void ltr_exact_add(const struct ltr_exact *e, const float *v, double w,
                   double pull)
{
    size_t k = e->rank;

    for (size_t i = 0; i < k; i++) {
        double *row = e->a + i * k, scaled = w * (double)v[i];

        for (size_t j = 0; j <= i; j++)
            row[j] += scaled * (double)v[j];
        e->b[i] += pull * (double)v[i];
    }
}

void ltr_exact_expect(const struct ltr_exact *e, const double *gram,
                      double alpha0, const float *prior)
{
    size_t k = e->rank;

    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            e->b[i] += alpha0 * gram[i * k + j] * (double)prior[j];
}

int ltr_exact_solve(const struct ltr_exact *e, float *x)
{
    if (ltr_cholesky(e->a, e->rank) != 0)
        return -1;
    ltr_cholesky_solve(e->a, e->rank, e->b);
    for (size_t i = 0; i < e->rank; i++)
        x[i] = (float)e->b[i];
    return 0;
}
