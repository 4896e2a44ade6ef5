/*
 * level.c - from power to how loud it seems
 */
#include "dsp/level.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LOG1P_GAIN 10000.0f

#define LOG10_2 0.30102999566398120
#define TWO_LOG10_E 0.86858896380650366
#define HALF_ROOT 0x3f3504f3u /* the bits of sqrt(1 / 2) */
#define MANTISSA 23

/*
 * Of x = 2^e m with m within sqrt(2) of 1, e log 2 + log m, where the latter
 * is 2 atanh(t), t = (m - 1) / (m + 1), by the first five terms of its series:
 * what is left out is below 2e-9 of it.  Without branches or calls, so that
 * compilers put it into vectors.
 */
static inline double log10_of(float x)
{
    uint32_t bits, m_bits;
    int32_t e;
    float m;
    double t, square, series;

    memcpy(&bits, &x, sizeof bits);
    e = (int32_t)(bits - HALF_ROOT) >> MANTISSA;
    m_bits = bits - ((uint32_t)e << MANTISSA);
    memcpy(&m, &m_bits, sizeof m);
    t = ((double)m - 1) / ((double)m + 1);
    square = t * t;
    series = 1.0 / 7 + square * (1.0 / 9);
    series = 1.0 / 3 + square * (1.0 / 5 + square * series);
    return e * LOG10_2 + t * (1 + square * series) * TWO_LOG10_E;
}

static inline float decibels(float power)
{
    return (float)(10 * log10_of(power));
}

/* The largest of x[n] and 0; NaN if any is not finite. */
static float largest(const float *x, size_t n)
{
    float most = 0;
    unsigned bad = 0;

    for (size_t i = 0; i < n; i++) {
        bad |= !(fabsf(x[i]) <= FLT_MAX);
        most = x[i] > most ? x[i] : most;
    }
    return bad ? NAN : most;
}

/* Below amin lies no music: nothing there may become the reference. */
static void silence(const ltrec_frontend_options *o, float *x, size_t n)
{
    float level = o->floor_db > 0 ? -o->floor_db : decibels(o->amin);

    for (size_t i = 0; i < n; i++)
        x[i] = level;
}

/* librosa's power_to_db(): the floor hangs below the largest. */
static void to_decibels(const ltrec_frontend_options *o, float *x, size_t n,
                        float most)
{
    float loudest = decibels(fmaxf(most, o->amin));
    float reference = o->reference == LTREC_REFERENCE_MAX ? loudest : 0;
    float floor = o->floor_db > 0 ? loudest - o->floor_db : -FLT_MAX;
    float amin = o->amin;

    for (size_t i = 0; i < n; i++) {
        float level = decibels(x[i] > amin ? x[i] : amin);

        x[i] = (level > floor ? level : floor) - reference;
    }
}

static void to_log1p(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float power = 0.5f * x[i] + 0.5f * fabsf(x[i]); /* or 0 */

        x[i] = (float)log10_of(1 + LOG1P_GAIN * power);
    }
}

int ltr_level(const ltrec_frontend_options *options, float *x, size_t n)
{
    float most = largest(x, n);

    if (isnan(most))
        return LTREC_ERR_ARGUMENT;
    if (options->level == LTREC_LEVEL_DB) {
        if (options->reference == LTREC_REFERENCE_MAX && most <= options->amin)
            silence(options, x, n);
        else
            to_decibels(options, x, n, most);
    } else if (options->level == LTREC_LEVEL_LOG1P) {
        to_log1p(x, n);
    }
    return LTREC_OK;
}
