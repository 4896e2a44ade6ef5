/*
 * signal_loops.h - loops over samples and levels, in plain C
 *
 * Included by one file per instruction set, each compiled for its own, with
 * no product and sum fused: all give the same bits, and the end of an array
 * that is no whole vector those of its beginning.
 */
#include "dsp/signal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dsp/log10.h"

/* ---- Samples ------------------------------------------------------------ */

/* Without their sign the bits of floats are in their order, NaN last. */
static size_t count_bad(const float *x, size_t n)
{
    size_t bad = 0;

    while (n > 0) {
        size_t some = n < 4096 ? n : 4096;
        uint32_t count = 0;

        for (size_t i = 0; i < some; i++) {
            uint32_t bits;

            memcpy(&bits, x + i, sizeof bits);
            count += (bits & 0x7fffffffu) > 0x4f800000u; /* LTR_SIGNAL_MOST */
        }
        bad += count;
        x += some;
        n -= some;
    }
    return bad;
}

/*
 * The sum of two floats, rounded, and halved is their mean, rounded: what
 * doubles give, and four times as fast.
 */
static void mix_stereo(float *restrict out, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (x[2 * i] + x[2 * i + 1]) * 0.5f;
}

/* As integers, whose largest does not depend on the order. */
static float peak(const float *x, size_t n, float least)
{
    uint32_t most;

    memcpy(&most, &least, sizeof most);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7fffffffu;
        most = bits > most ? bits : most;
    }
    memcpy(&least, &most, sizeof least);
    return least;
}

/*
 * Bits of numbers above 0 are in their order as signed integers, too, with
 * those of all below 0 before them.
 */
static float largest(const float *x, size_t n)
{
    int32_t most = 0;
    uint32_t beyond = 0;
    float found;

    for (size_t i = 0; i < n; i++) {
        int32_t bits;

        memcpy(&bits, x + i, sizeof bits);
        beyond |= (bits & 0x7fffffff) >= 0x7f800000;
        most = bits > most ? bits : most;
    }
    memcpy(&found, &most, sizeof found);
    return beyond ? NAN : found;
}

/* ---- Levels ------------------------------------------------------------- */

static void raise_to(float *x, size_t n, float least, float reference)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] > least ? x[i] : least) - reference;
}

static void logarithms(float *x, size_t n, float scale)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)scale * ltr_log10(x[i]));
}

#define SIGNAL_TABLE \
    { \
        .count_bad = count_bad, .mix_stereo = mix_stereo, \
        .log10 = logarithms, .raise = raise_to, .peak = peak, \
        .largest = largest, \
    }
