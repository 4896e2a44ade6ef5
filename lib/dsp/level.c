/*
 * level.c - from power to how loud it seems
 */
#include "dsp/level.h"

#include <float.h>
#include <math.h>

#include "dsp/log10.h"

#define LOG1P_GAIN 10000.0f

static inline float decibels(float power)
{
    return (float)(10 * ltr_log10(power));
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

        x[i] = (float)ltr_log10(1 + LOG1P_GAIN * power);
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
