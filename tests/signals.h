/*
 * signals.h - sound for tests, the same on every machine and in Python
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define SIGNALS_TWO_PI 6.283185307179586

/* n samples in [-0.5, 0.5), by a linear congruence; to be freed. */
static inline float *make_noise(size_t n, uint32_t seed)
{
    float *pcm = malloc(n * sizeof *pcm);
    uint32_t x = seed;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        pcm[i] = (float)(x >> 8) / (1 << 24) - 0.5f;
    }
    return pcm;
}

/* n samples at `rate`; to be freed. */
static inline float *make_sine(size_t n, double rate, double hz, double peak)
{
    float *pcm = malloc(n * sizeof *pcm);

    for (size_t i = 0; i < n; i++)
        pcm[i] = (float)(peak * sin(SIGNALS_TWO_PI * hz * (double)i / rate));
    return pcm;
}

#endif /* SIGNALS_H */
