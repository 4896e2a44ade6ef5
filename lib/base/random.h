/*
 * random.h - random numbers that are a function of where they are used
 *
 * There is no state: the number at (seed, stream, counter) is always the
 * same, so a parallel loop draws the same numbers at any thread count and an
 * interrupted training resumes with the bits it would have had.  A stream is
 * one purpose (a layer's dropout in one step, say), a counter one draw.
 */
#ifndef LTR_BASE_RANDOM_H
#define LTR_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* 64 random bits: Philox 2x64 with ten rounds (Salmon et al. 2011). */
uint64_t ltr_random_bits(uint64_t seed, uint64_t stream, uint64_t counter);

/* In [0, 1), a multiple of 2^-24, so that it is exact as a float. */
float ltr_random_uniform(uint64_t seed, uint64_t stream, uint64_t counter);

/* Mean 0, variance 1 (Box and Muller). */
float ltr_random_normal(uint64_t seed, uint64_t stream, uint64_t counter);

/* In [0, n), without bias worth the name; n > 0. */
uint64_t ltr_random_below(uint64_t seed, uint64_t stream, uint64_t counter,
                          uint64_t n);

/* order[n] = a random permutation of 0 .. n - 1 (Fisher and Yates). */
void ltr_random_shuffle(uint64_t seed, uint64_t stream, size_t *order,
                        size_t n);

#endif /* LTR_BASE_RANDOM_H */
