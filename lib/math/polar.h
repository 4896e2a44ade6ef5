/*
 * polar.h - the orthogonal matrix nearest to a square one
 */
#ifndef LTR_MATH_POLAR_H
#define LTR_MATH_POLAR_H

#include <stddef.h>

/*
 * q[n][n] = U V', with m = U S V' the singular value decomposition: of all
 * orthogonal matrices, reflections among them, the one nearest to m[n][n].
 * `m` and `v[n][n]` are overwritten.  Directions of which m says nothing are
 * filled up to some orthogonal matrix, always the same.  Returns the sum of
 * the singular values.
 */
double ltr_polar(double *m, double *v, double *q, size_t n);

#endif /* LTR_MATH_POLAR_H */
