/*
 * solve.h - small symmetric systems
 */
#ifndef LTR_MATH_SOLVE_H
#define LTR_MATH_SOLVE_H

#include <stddef.h>

/*
 * Factor the symmetric positive definite a[n][n] in place into its lower
 * Cholesky triangle; only the lower triangle is read and written.  Returns 0,
 * or the 1-based number of the first row whose pivot is not positive: the
 * matrix is then not positive definite and its contents are lost.
 */
size_t ltr_cholesky(double *a, size_t n);

/* The rows from `first` up to `end`, once all before them are done: for those
 * with something else to do every now and then.  To the same bits. */
size_t ltr_cholesky_rows(double *a, size_t n, size_t first, size_t end);

/*
 * That for several threads: with `done` rows done each of those after them is
 * reduced on its own; rows from `first` up to `end` that have been reduced by
 * all before `first` are then finished.
 */
void ltr_cholesky_reduce(double *a, size_t n, size_t i, size_t done);
size_t ltr_cholesky_finish(double *a, size_t n, size_t first, size_t end);

/* Solve L L' x = b in place, with the triangle ltr_cholesky() left. */
void ltr_cholesky_solve(const double *l, size_t n, double *x);

/* Column `j` of the inverse of L from its diagonal on, column[j] to [n - 1].
 */
void ltr_cholesky_inverse_column(const double *l, size_t n, size_t j,
                                 double *column);

/*
 * The trace of (L L')^-1, with the same triangle: the sum of the squares of
 * the inverse of L.  `scratch` has room for n.
 */
double ltr_cholesky_inverse_trace(const double *l, size_t n, double *scratch);

#endif /* LTR_MATH_SOLVE_H */
