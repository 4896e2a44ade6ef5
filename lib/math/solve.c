/*
 * solve.c - small symmetric systems
 *
 * In double: this is the reference that the conjugate gradient is held
 * against, and a fold-in or a ridge is solved once, not every epoch.
 */
#include "math/solve.h"

#include <math.h>

#include "math/dot.h"

/* A row by the finished rows from `first` up to `end`. */
static void reduce(const double *a, size_t n, double *row, size_t first,
                   size_t end)
{
    for (size_t j = first; j < end; j++) {
        const double *other = a + j * n;

        row[j] = (row[j] - ltr_dot(row, other, j)) / other[j];
    }
}

void ltr_cholesky_reduce(double *a, size_t n, size_t i, size_t done)
{
    reduce(a, n, a + i * n, 0, done);
}

size_t ltr_cholesky_finish(double *a, size_t n, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        double *row = a + i * n, pivot;

        reduce(a, n, row, first, i);
        pivot = row[i] - ltr_dot(row, row, i);
        if (!(pivot > 0))
            return i + 1;
        row[i] = sqrt(pivot);
    }
    return 0;
}

size_t ltr_cholesky_rows(double *a, size_t n, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        ltr_cholesky_reduce(a, n, i, first);
    return ltr_cholesky_finish(a, n, first, end);
}

size_t ltr_cholesky(double *a, size_t n)
{
    return ltr_cholesky_finish(a, n, 0, n);
}

void ltr_cholesky_solve(const double *l, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - ltr_dot(l + i * n, x, i)) / l[i * n + i];
    for (size_t i = n; i-- > 0;) {
        x[i] /= l[i * n + i];
        for (size_t j = 0; j < i; j++)
            x[j] -= l[i * n + j] * x[i];
    }
}

void ltr_cholesky_inverse_column(const double *l, size_t n, size_t j,
                                 double *column)
{
    column[j] = 1 / l[j * n + j];
    for (size_t i = j + 1; i < n; i++)
        column[i] = -ltr_dot(l + i * n + j, column + j, i - j) / l[i * n + i];
}

double ltr_cholesky_inverse_trace(const double *l, size_t n, double *scratch)
{
    double trace = 0;

    for (size_t j = 0; j < n; j++) {
        ltr_cholesky_inverse_column(l, n, j, scratch);
        for (size_t i = j; i < n; i++)
            trace += scratch[i] * scratch[i];
    }
    return trace;
}
