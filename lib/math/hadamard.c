/*
 * hadamard.c - a vector turned so that all its floats are about as large
 */
#include "math/hadamard.h"

#include <math.h>
#include <stdint.h>

#define LANES 8

/* Which of the two transforms draws which signs. */
#define FIRST UINT32_C(0x9e3779b9)
#define SECOND UINT32_C(0x7f4a7c15)

/* The largest power of two up to n. */
static size_t power_of_two(size_t n)
{
    size_t power = 1;

    while (power <= n / 2)
        power *= 2;
    return power;
}

/* Eight bits, well mixed. */
static unsigned draw(uint32_t at)
{
    uint32_t hash = at * UINT32_C(0x9e3779b1);

    hash = (hash ^ hash >> 15) * UINT32_C(0x85ebca77);
    return hash >> 24;
}

/* v[n] times the factor or, as drawn, its opposite. */
static void draw_signs(float *v, size_t n, uint32_t seed, float factor)
{
    static const unsigned bits[LANES] = {1, 2, 4, 8, 16, 32, 64, 128};

    for (size_t i = 0; i < n; i += LANES) {
        unsigned drawn = draw(seed + (uint32_t)(i / LANES));

        for (size_t lane = 0; lane < LANES && (n >= LANES || lane < n); lane++)
            v[i + lane] *= drawn & bits[lane] ? -factor : factor;
    }
}

static void add_and_subtract(float *restrict a, float *restrict b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = a[i], y = b[i];

        a[i] = x + y;
        b[i] = x - y;
    }
}

/* Distances below LANES, in one go. */
static void mix_lanes(float *v)
{
    float a[LANES], b[LANES];

    for (size_t i = 0; i < LANES / 2; i++) {
        a[i] = v[i] + v[i + LANES / 2];
        a[i + LANES / 2] = v[i] - v[i + LANES / 2];
    }
    for (size_t i = 0; i < LANES; i += 4)
        for (size_t j = 0; j < 2; j++) {
            b[i + j] = a[i + j] + a[i + j + 2];
            b[i + j + 2] = a[i + j] - a[i + j + 2];
        }
    for (size_t i = 0; i < LANES; i += 2) {
        v[i] = b[i] + b[i + 1];
        v[i + 1] = b[i] - b[i + 1];
    }
}

/* Of v[n], n a power of two, not divided by the root of n. */
static void transform(float *v, size_t n)
{
    size_t half = n / 2;

    for (; half >= LANES; half /= 2)
        for (size_t i = 0; i < n; i += 2 * half)
            for (size_t j = 0; j < half; j += LANES)
                add_and_subtract(v + i + j, v + i + j + half, LANES);
    if (n >= LANES) {
        for (size_t i = 0; i < n; i += LANES)
            mix_lanes(v + i);
        return;
    }
    for (; half > 0; half /= 2)
        for (size_t i = 0; i < n; i += 2 * half)
            add_and_subtract(v + i, v + i + half, half);
}

void ltr_hadamard(float *v, size_t n)
{
    size_t power = power_of_two(n);
    float scale = (float)(1 / sqrt((double)power));

    if (n == 0)
        return;
    draw_signs(v, power, FIRST, scale);
    transform(v, power);
    draw_signs(v + n - power, power, SECOND, scale);
    transform(v + n - power, power);
}

double ltr_hadamard_error(size_t n)
{
    double steps = 2; /* the factor's own rounding, and that of the product */

    for (size_t power = power_of_two(n); power > 1; power /= 2)
        steps++;
    return 2 * steps * 0x1p-24 * 1.01;
}
