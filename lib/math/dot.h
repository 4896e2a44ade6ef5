/*
 * dot.h - products of double vectors, the same bits wherever they are taken
 */
#ifndef LTR_MATH_DOT_H
#define LTR_MATH_DOT_H

#include <stddef.h>

/* Four sums, so that the additions do not wait for each other. */
static inline double ltr_dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0}, tail = 0;
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        for (size_t lane = 0; lane < 4; lane++)
            sum[lane] += a[i + lane] * b[i + lane];
    for (; i < n; i++)
        tail += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]) + tail;
}

#endif /* LTR_MATH_DOT_H */
