/*
 * random.c - random numbers that are a function of where they are used
 *
 * Philox: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", SC 2011.
 */
#include "base/random.h"

#include <math.h>

#define MULTIPLIER UINT64_C(0xD2B74407B1CE6E93)
#define WEYL UINT64_C(0x9E3779B97F4A7C15)
#define ROUNDS 10

/* The high and the low half of a 128-bit product. */
#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low)
{
    wide product = (wide)a * b;

    *low = (uint64_t)product;
    return (uint64_t)(product >> 64);
}
#else
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low)
{
    uint64_t a0 = a & 0xffffffffu, a1 = a >> 32;
    uint64_t b0 = b & 0xffffffffu, b1 = b >> 32;
    uint64_t mid = a1 * b0 + (a0 * b0 >> 32);
    uint64_t carry = a0 * b1 + (mid & 0xffffffffu);

    *low = a * b;
    return a1 * b1 + (mid >> 32) + (carry >> 32);
}
#endif

uint64_t ltr_random_bits(uint64_t seed, uint64_t stream, uint64_t counter)
{
    uint64_t left = counter, right = stream, key = seed;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t low, high = multiply(MULTIPLIER, left, &low);

        left = high ^ key ^ right;
        right = low;
        key += WEYL;
    }
    return left;
}

float ltr_random_uniform(uint64_t seed, uint64_t stream, uint64_t counter)
{
    return (float)(ltr_random_bits(seed, stream, counter) >> 40) * 0x1p-24f;
}

float ltr_random_normal(uint64_t seed, uint64_t stream, uint64_t counter)
{
    const double two_pi = 6.283185307179586;
    uint64_t bits = ltr_random_bits(seed, stream, counter);
    double u = ((double)(bits >> 32) + 0.5) * 0x1p-32; /* never 0 */
    double angle = (double)(bits & 0xffffffffu) * 0x1p-32 * two_pi;

    return (float)(sqrt(-2.0 * log(u)) * cos(angle));
}

uint64_t ltr_random_below(uint64_t seed, uint64_t stream, uint64_t counter,
                          uint64_t n)
{
    uint64_t low;

    return multiply(ltr_random_bits(seed, stream, counter), n, &low);
}

void ltr_random_shuffle(uint64_t seed, uint64_t stream, size_t *order,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)ltr_random_below(seed, stream, i, i);
        size_t moved = order[i - 1];

        order[i - 1] = order[j];
        order[j] = moved;
    }
}
