/*
 * eigen.h - eigenvectors of a symmetric matrix
 */
#ifndef LTR_MATH_EIGEN_H
#define LTR_MATH_EIGEN_H

#include <stddef.h>

#include "base/steps.h"

/* Doubles of work that ltr_eigen() needs. */
size_t ltr_eigen_work(size_t n);

/*
 * The symmetric a[n][n], of which only the lower triangle is read, is V' D V:
 * row i of vectors[n][n] is the eigenvector of values[i].  They come in no
 * order, and are orthogonal to the rounding of doubles; values are exact to
 * that of the largest.  `a` is overwritten.  By all workers, to the same bits
 * at any number of them.  Takes no steps; LTREC_ERR_CANCELLED.
 */
int ltr_eigen(ltrec_context *ctx, size_t n, double *a, double *values,
              double *vectors, double *work, struct ltr_steps *steps);

#endif /* LTR_MATH_EIGEN_H */
