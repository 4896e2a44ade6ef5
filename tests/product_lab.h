/*
 * product_lab.h - numbers to multiply
 */
#ifndef PRODUCT_LAB_H
#define PRODUCT_LAB_H

#include <stdlib.h>

#include "base/random.h"

/* To be freed; others by another stream.  Room for one number more. */
static inline float *numbers(size_t n, unsigned stream)
{
    float *values = malloc((n + 1) * sizeof *values);

    for (size_t i = 0; i < n; i++)
        values[i] = ltr_random_uniform(7, stream, i) - 0.5f;
    return values;
}

/* The same m x k numbers as lines along and across the depth. */
static inline float *transposed(const float *from, size_t m, size_t k)
{
    float *to = malloc(m * k * sizeof *to);

    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < k; j++)
            to[j * m + i] = from[i * k + j];
    return to;
}

#endif /* PRODUCT_LAB_H */
