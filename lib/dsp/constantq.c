/*
 * constantq.c - the kernels of a constant-Q transform, one octave of them
 */
#include "dsp/constantq.h"

#include <math.h>
#include <stdlib.h>

#include "base/context.h"
#include "base/error.h"
#include "dsp/kaiser.h"

#define PI 3.141592653589793
#define TWO_PI 6.283185307179586

#define MOST_PER_OCTAVE 96
#define MOST_HOP 65536
#define MOST_TAPS 2048

/* Of a kernel's magnitudes in frequency this share is left out. */
#define LEFT_OUT 0.01

/* How far up a band may reach, of the rate: halving keeps as much. */
#define REACH 0.4

/* ---- Shape -------------------------------------------------------------- */

/* Periods of its frequency that a band's window is long. */
static double periods(const ltrec_frontend_options *o)
{
    double ratio = exp2(2.0 / o->bands_per_octave);

    return (ratio + 1) / (ratio - 1);
}

static double frequency(const ltrec_frontend_options *o, size_t band)
{
    return (double)o->fmin_hz * exp2((double)band / o->bands_per_octave);
}

/* The length of a band's window, in samples at the full rate. */
static double length_of(const ltrec_frontend_options *o, size_t band)
{
    return periods(o) * o->rate_hz / frequency(o, band);
}

void ltr_constantq_shape(struct ltr_constantq *shape,
                         const ltrec_frontend_options *options)
{
    uint32_t per_octave = options->bands_per_octave, bands = options->bands;
    double half;

    shape->bands = bands < per_octave ? bands : per_octave;
    shape->octaves = (bands + shape->bands - 1) / shape->bands;
    half = floor(length_of(options, bands - shape->bands) / 2);
    shape->taps = 4;
    while ((double)shape->taps < 2 * half + 1 && shape->taps <= MOST_TAPS)
        shape->taps *= 2;
}

/* ---- Options ------------------------------------------------------------ */

static int check_counts(const ltrec_frontend_options *o, ltrec_error *err)
{
    uint32_t octaves;

    if (o->bands_per_octave < 1 || o->bands_per_octave > MOST_PER_OCTAVE)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: bands_per_octave is %lu, wanted 1 to %d",
                        (unsigned long)o->bands_per_octave, MOST_PER_OCTAVE);
    if (o->hop < 1 || o->hop > MOST_HOP)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: hop is %lu, wanted 1 to %d",
                        (unsigned long)o->hop, MOST_HOP);
    octaves = (o->bands - 1) / o->bands_per_octave;
    if (octaves >= 32 || o->hop % ((uint32_t)1 << octaves) != 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: hop is %lu, wanted a multiple of 2 for "
                        "each octave below the highest, of which there are "
                        "%lu",
                        (unsigned long)o->hop, (unsigned long)octaves);
    return LTREC_OK;
}

/* Comparisons are written so that NaN fails them. */
static int check_reals(const ltrec_frontend_options *o, ltrec_error *err)
{
    double top = frequency(o, o->bands - 1);
    double reach = top * (1 + 2 / periods(o));
    struct ltr_constantq shape;

    if (!(o->fmin_hz > 0 && reach <= REACH * o->rate_hz))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: fmin_hz is %g and the highest band at %g "
                        "Hz reaches up to %g, wanted above 0 and up to %g",
                        (double)o->fmin_hz, top, reach, REACH * o->rate_hz);
    ltr_constantq_shape(&shape, o);
    if (shape.taps > MOST_TAPS)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: windows of the highest octave are up to "
                        "%.0f samples long, wanted up to %d: fewer bands an "
                        "octave, a higher fmin_hz or a lower rate",
                        length_of(o, o->bands - shape.bands), MOST_TAPS);
    return LTREC_OK;
}

int ltr_constantq_read(ltrec_frontend_options *options, ltrec_error *err)
{
    int status = check_counts(options, err);

    if (status == LTREC_OK)
        status = check_reals(options, err);
    if (status != LTREC_OK)
        return status;
    options->window = 0;
    options->scale = LTREC_MEL_SLANEY;
    options->norm = LTREC_NORM_SLANEY;
    options->centred = 1;
    options->fmax_hz = (float)frequency(options, options->bands);
    return LTREC_OK;
}

/* ---- Kernels ------------------------------------------------------------ */

/* What a kernel is made with, complex numbers all but one. */
struct work {
    size_t taps;
    double *turns;    /* [taps] e^(-2 pi i k / taps) */
    double *filter;   /* [taps] a window and what is under it */
    double *spectrum; /* [taps / 2 + 1] of it, negative ones left out */
    double *sizes;    /* [taps / 2 + 1] real: sorted magnitudes */
};

static void make_turns(struct work *w)
{
    for (size_t k = 0; k < w->taps; k++) {
        w->turns[2 * k] = cos(TWO_PI * (double)k / (double)w->taps);
        w->turns[2 * k + 1] = -sin(TWO_PI * (double)k / (double)w->taps);
    }
}

/*
 * Add weight * e^(-2 pi i product / taps) to a sum.  taps is a power of two,
 * so that a product that wrapped around has the same rest.
 */
static void add_turned(double *sum, const struct work *w, size_t product,
                       const double *weight)
{
    const double *turn = w->turns + 2 * (product & (w->taps - 1));

    sum[0] += weight[0] * turn[0] - weight[1] * turn[1];
    sum[1] += weight[0] * turn[1] + weight[1] * turn[0];
}

/*
 * The periodic Hann window over 2 half + 1 samples, from -half - 1 on, of sum
 * 1, on e^(i angle n); sample n is at n + taps / 2.
 */
static void make_filter(struct work *w, size_t half, double angle)
{
    double length = (double)(2 * half + 1), sum = length / 2;

    for (size_t j = 0; j <= 2 * half; j++) {
        double n = (double)j - (double)half - 1;
        double hann = (0.5 - 0.5 * cos(TWO_PI * (double)j / length)) / sum;
        double *at = w->filter + 2 * (w->taps / 2 + j - half - 1);

        at[0] = hann * cos(angle * n);
        at[1] = hann * sin(angle * n);
    }
}

static void make_spectrum(struct work *w, size_t half)
{
    size_t first = w->taps / 2 - half - 1;

    for (size_t bin = 0; bin <= w->taps / 2; bin++) {
        double *sum = w->spectrum + 2 * bin;

        sum[0] = sum[1] = 0;
        for (size_t i = first; i <= first + 2 * half; i++)
            add_turned(sum, w, bin * (i - w->taps / 2), w->filter + 2 * i);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The bins that together are less than LEFT_OUT of all become 0. */
static void leave_out(struct work *w)
{
    size_t n = w->taps / 2 + 1, i = 0;
    double sum = 0, left_out, least;

    for (size_t bin = 0; bin < n; bin++) {
        w->sizes[bin] = hypot(w->spectrum[2 * bin], w->spectrum[2 * bin + 1]);
        sum += w->sizes[bin];
    }
    qsort(w->sizes, n, sizeof *w->sizes, by_size);
    for (left_out = w->sizes[0]; left_out < LEFT_OUT * sum;)
        left_out += w->sizes[++i];
    least = w->sizes[i];
    for (size_t bin = 0; bin < n; bin++)
        if (hypot(w->spectrum[2 * bin], w->spectrum[2 * bin + 1]) < least)
            w->spectrum[2 * bin] = w->spectrum[2 * bin + 1] = 0;
}

/*
 * Back in time: that of the bins is reversed, as a correlation wants it.
 * Conjugates of both factors would give the same power.
 */
static void make_kernel(const struct work *w, double gain, double *kernel)
{
    for (size_t i = 0; i < w->taps; i++) {
        double *sum = kernel + 2 * i;

        sum[0] = sum[1] = 0;
        for (size_t bin = 0; bin <= w->taps / 2; bin++)
            if (w->spectrum[2 * bin] != 0 || w->spectrum[2 * bin + 1] != 0)
                add_turned(sum, w, bin * (i - w->taps / 2),
                           w->spectrum + 2 * bin);
        sum[0] *= gain / (double)w->taps;
        sum[1] *= gain / (double)w->taps;
    }
}

int ltr_constantq_kernels(ltrec_context *ctx,
                          const ltrec_frontend_options *options,
                          double *kernels)
{
    struct ltr_constantq shape;
    struct work w;
    double *memory;

    ltr_constantq_shape(&shape, options);
    memory = ltr_alloc(ctx, 6 * shape.taps + 3, sizeof *memory);
    if (!memory)
        return LTREC_ERR_MEMORY;
    w.taps = shape.taps;
    w.turns = memory;
    w.filter = w.turns + 2 * w.taps;
    w.spectrum = w.filter + 2 * w.taps;
    w.sizes = w.spectrum + w.taps + 2;
    make_turns(&w);
    for (size_t b = 0; b < shape.bands; b++) {
        size_t band = options->bands - shape.bands + b;
        double length = length_of(options, band);
        size_t half = (size_t)(length / 2);

        make_filter(&w, half, TWO_PI * periods(options) / length);
        make_spectrum(&w, half);
        leave_out(&w);
        make_kernel(&w, sqrt(length), kernels + 2 * w.taps * b);
    }
    ltr_free(ctx, memory);
    return LTREC_OK;
}

/* ---- Halving ------------------------------------------------------------ */

/* Kaiser's formulas for 120 dB, and a sum of 1/4 on either side. */
#define BETA 12.26

void ltr_constantq_half(double half[LTR_CONSTANTQ_HALF])
{
    double sum = 0;

    for (size_t i = 0; i < LTR_CONSTANTQ_HALF; i++) {
        double distance = (double)(2 * i + 1);

        half[i] = sin(PI / 2 * distance) / distance *
                  ltr_kaiser(distance / (2.0 * LTR_CONSTANTQ_HALF), BETA);
        sum += half[i];
    }
    for (size_t i = 0; i < LTR_CONSTANTQ_HALF; i++)
        half[i] /= 4 * sum;
}
