/*
 * synth_random.h - random numbers that are a function of what they are for
 *
 * A number is named by a seed, a stream (its purpose) and a counter, so that
 * drawing one more of one kind never shifts those of another: a track keeps
 * its tune when its drums change.
 */
#ifndef SYNTH_RANDOM_H
#define SYNTH_RANDOM_H

#include <math.h>
#include <stdint.h>

/* The finaliser of splitmix64. */
static inline uint64_t synth_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t synth_bits(uint64_t seed, uint64_t stream,
                                  uint64_t counter)
{
    uint64_t x = synth_mix(seed + UINT64_C(0x9e3779b97f4a7c15));

    x = synth_mix(x + stream * UINT64_C(0xd1342543de82ef95) + 1);
    return synth_mix(x + counter * UINT64_C(0x9e3779b97f4a7c15) + 1);
}

/* In (0, 1), so that its logarithm is finite. */
static inline double synth_uniform(uint64_t seed, uint64_t stream,
                                   uint64_t counter)
{
    return ((double)(synth_bits(seed, stream, counter) >> 12) + 0.5) * 0x1p-52;
}

static inline double synth_normal(uint64_t seed, uint64_t stream,
                                  uint64_t counter)
{
    double radius = synth_uniform(seed, stream, 2 * counter);
    double angle = synth_uniform(seed, stream, 2 * counter + 1);

    return sqrt(-2.0 * log(radius)) * cos(6.283185307179586 * angle);
}

/* White noise for inner loops; not good enough to decide anything. */
static inline float synth_noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(int32_t)*state * 0x1p-31f;
}

#endif /* SYNTH_RANDOM_H */
