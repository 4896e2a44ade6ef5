/*
 * hadamard.h - a vector turned so that all its floats are about as large
 *
 * Signs drawn once and for all and a Walsh-Hadamard transform, first of the
 * longest beginning that is a power of two, then of the longest such end: a
 * product of orthogonal matrices, so lengths and angles stay, while what a few
 * floats held is spread over all (Ailon and Chazelle 2009).  Of n floats that
 * takes 2 n log2 n additions, in an order that is fixed: the same bits
 * everywhere.
 */
#ifndef LTR_MATH_HADAMARD_H
#define LTR_MATH_HADAMARD_H

#include <stddef.h>

void ltr_hadamard(float *v, size_t n);

/*
 * How far rounding may take the result, in lengths of v[n].  Every float goes
 * through a sum for each halving and a product for each of two transforms, at
 * 2^-24 each, and an orthogonal matrix does not lengthen what is wrong.
 */
double ltr_hadamard_error(size_t n);

#endif /* LTR_MATH_HADAMARD_H */
