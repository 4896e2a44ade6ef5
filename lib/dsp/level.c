/*
 * level.c - from power to how loud it seems
 */
#include "dsp/level.h"

#include <float.h>
#include <math.h>

#define LOG1P_GAIN 10000.0f

/* With the loop that all others go through: the same bits. */
static float decibels(const struct ltr_signal *signal, float power)
{
    signal->log10(&power, 1, 10);
    return power;
}

/* Below amin lies no music: nothing there may become the reference. */
static void silence(const struct ltr_signal *signal,
                    const ltrec_frontend_options *o, float *x, size_t n)
{
    float level = o->floor_db > 0 ? -o->floor_db : decibels(signal, o->amin);

    for (size_t i = 0; i < n; i++)
        x[i] = level;
}

/* librosa's power_to_db(): the floor hangs below the largest. */
static void to_decibels(const struct ltr_signal *signal,
                        const ltrec_frontend_options *o, float *x, size_t n,
                        float most)
{
    float loudest = decibels(signal, fmaxf(most, o->amin));
    float reference = o->reference == LTREC_REFERENCE_MAX ? loudest : 0;
    float floor = o->floor_db > 0 ? loudest - o->floor_db : -FLT_MAX;

    signal->raise(x, n, o->amin, 0);
    signal->log10(x, n, 10);
    signal->raise(x, n, floor, reference);
}

static void to_log1p(const struct ltr_signal *signal, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float power = 0.5f * x[i] + 0.5f * fabsf(x[i]); /* or 0 */

        x[i] = 1 + LOG1P_GAIN * power;
    }
    signal->log10(x, n, 1);
}

/* What fits in the first level cache between one loop and the next. */
#define SOME 4096

static void some_levels(const struct ltr_signal *signal,
                        const ltrec_frontend_options *o, float *x, size_t n,
                        float most)
{
    if (o->level == LTREC_LEVEL_LOG1P)
        to_log1p(signal, x, n);
    else if (o->reference == LTREC_REFERENCE_MAX && most <= o->amin)
        silence(signal, o, x, n);
    else
        to_decibels(signal, o, x, n, most);
}

int ltr_level(const struct ltr_signal *signal,
              const ltrec_frontend_options *options, float *x, size_t n)
{
    float most = signal->largest(x, n);

    if (isnan(most))
        return LTREC_ERR_ARGUMENT;
    if (options->level == LTREC_LEVEL_NONE)
        return LTREC_OK;
    for (size_t i = 0; i < n; i += SOME)
        some_levels(signal, options, x + i, n - i < SOME ? n - i : SOME, most);
    return LTREC_OK;
}
