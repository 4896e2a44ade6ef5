/*
 * mel.c - from the bins of a spectrum to mel bands
 *
 * Slaney's scale is that of his Auditory Toolbox (1998): 3 mels per 200 Hz up
 * to 1 kHz, from there 27 mels for every factor of 6.4.  HTK's is that of its
 * book: 2595 log10(1 + f / 700).
 */
#include "dsp/mel.h"

#include <math.h>
#include <stdint.h>

#include "base/context.h"
#include "base/error.h"
#include "dsp/lanes.h"
#include "math/kernels.h"

struct band {
    uint32_t start;  /* the first bin under the triangle */
    uint32_t length; /* bins under it */
};

struct ltr_mel {
    ltrec_context *ctx;
    const struct ltr_lanes *lanes;
    const struct ltr_kernels *kernels;
    size_t n_bands;
    size_t n_bins;
    double bin_hz;
    double *edges; /* [n_bands + 2] Hz: band b lies from b to b + 2 */
    struct band *bands;
    void *weights; /* reals: of all bands, one after the other */
};

/* ---- Scales ------------------------------------------------------------- */

#define SLANEY_HZ_PER_MEL (200.0 / 3)
#define SLANEY_BREAK_HZ 1000.0
#define SLANEY_BREAK_MEL 15.0

static double slaney_step(void)
{
    return log(6.4) / 27;
}

static double to_mel(double hz, int32_t scale)
{
    if (scale == LTREC_MEL_HTK)
        return 2595 * log10(1 + hz / 700);
    if (hz < SLANEY_BREAK_HZ)
        return hz / SLANEY_HZ_PER_MEL;
    return SLANEY_BREAK_MEL + log(hz / SLANEY_BREAK_HZ) / slaney_step();
}

static double to_hz(double mel, int32_t scale)
{
    if (scale == LTREC_MEL_HTK)
        return 700 * (pow(10, mel / 2595) - 1);
    if (mel < SLANEY_BREAK_MEL)
        return mel * SLANEY_HZ_PER_MEL;
    return SLANEY_BREAK_HZ * exp((mel - SLANEY_BREAK_MEL) * slaney_step());
}

/* ---- Triangles ---------------------------------------------------------- */

/* The height of band b's triangle at a bin; 0 outside of it. */
static double height_at(const struct ltr_mel *mel, size_t b, size_t bin)
{
    const double *edge = mel->edges + b;
    double hz = (double)bin * mel->bin_hz;
    double rising = (hz - edge[0]) / (edge[1] - edge[0]);
    double falling = (edge[2] - hz) / (edge[2] - edge[1]);

    return fmax(0, fmin(rising, falling));
}

static void place_edges(struct ltr_mel *mel, const ltrec_frontend_options *o)
{
    double low = to_mel((double)o->fmin_hz, o->scale);
    double high = to_mel((double)o->fmax_hz, o->scale);
    double step = (high - low) / (double)(mel->n_bands + 1);

    for (size_t i = 0; i < mel->n_bands + 2; i++)
        mel->edges[i] = to_hz(low + (double)i * step, o->scale);
}

/* Which bins each band has; returns how many all have, 0 on failure. */
static size_t place_bands(struct ltr_mel *mel, ltrec_error *err)
{
    size_t total = 0;

    for (size_t b = 0; b < mel->n_bands; b++) {
        size_t bin = (size_t)(mel->edges[b] / mel->bin_hz), start;

        while (bin < mel->n_bins && height_at(mel, b, bin) == 0 &&
               (double)bin * mel->bin_hz < mel->edges[b + 2])
            bin++;
        start = bin;
        while (bin < mel->n_bins && height_at(mel, b, bin) > 0)
            bin++;
        if (bin == start) {
            ltr_fail(err, LTREC_ERR_ARGUMENT,
                     "frontend: band %zu of %zu, %.1f to %.1f Hz, holds no "
                     "bin of the transform, which are %.1f Hz apart",
                     b, mel->n_bands, mel->edges[b], mel->edges[b + 2],
                     mel->bin_hz);
            return 0;
        }
        mel->bands[b].start = (uint32_t)start;
        mel->bands[b].length = (uint32_t)(bin - start);
        total += bin - start;
    }
    return total;
}

static void set_weight(const struct ltr_mel *mel, size_t i, double weight)
{
    if (mel->lanes->bytes == sizeof(float))
        ((float *)mel->weights)[i] = (float)weight;
    else
        ((double *)mel->weights)[i] = weight;
}

static void weigh(struct ltr_mel *mel, int32_t norm)
{
    size_t at = 0;

    for (size_t b = 0; b < mel->n_bands; b++) {
        double width = mel->edges[b + 2] - mel->edges[b];
        double scale = norm == LTREC_NORM_SLANEY ? 2 / width : 1;

        for (uint32_t i = 0; i < mel->bands[b].length; i++)
            set_weight(mel, at++,
                       scale * height_at(mel, b, mel->bands[b].start + i));
    }
}

/* ---- Life cycle --------------------------------------------------------- */

static int fill(struct ltr_mel *mel, const ltrec_frontend_options *o,
                ltrec_error *err)
{
    ltrec_context *ctx = mel->ctx;
    size_t total;

    mel->edges = ltr_alloc(ctx, mel->n_bands + 2, sizeof *mel->edges);
    mel->bands = ltr_alloc(ctx, mel->n_bands, sizeof *mel->bands);
    if (!mel->edges || !mel->bands)
        return ltr_fail(err, LTREC_ERR_MEMORY, "frontend: no memory");
    place_edges(mel, o);
    total = place_bands(mel, err);
    if (total == 0)
        return LTREC_ERR_ARGUMENT;
    mel->weights = ltr_alloc(ctx, total, mel->lanes->bytes);
    if (!mel->weights)
        return ltr_fail(err, LTREC_ERR_MEMORY, "frontend: no memory");
    weigh(mel, o->norm);
    return LTREC_OK;
}

int ltr_mel_create(ltrec_context *ctx, const ltrec_frontend_options *options,
                   struct ltr_mel **out, ltrec_error *err)
{
    struct ltr_mel *mel = ltr_alloc(ctx, 1, sizeof *mel);
    int status;

    *out = NULL;
    if (!mel)
        return ltr_fail(err, LTREC_ERR_MEMORY, "frontend: no memory");
    mel->ctx = ctx;
    mel->lanes = ltr_lanes_for(ctx->cpu, options->precision);
    mel->kernels = ltr_kernels_for(ctx->cpu);
    mel->n_bands = options->bands;
    mel->n_bins = options->window / 2 + 1;
    mel->bin_hz = (double)options->rate_hz / options->window;
    status = fill(mel, options, err);
    if (status != LTREC_OK) {
        ltr_mel_free(mel);
        return status;
    }
    *out = mel;
    return LTREC_OK;
}

void ltr_mel_free(struct ltr_mel *mel)
{
    ltrec_context *ctx;

    if (!mel)
        return;
    ctx = mel->ctx;
    ltr_free(ctx, mel->weights);
    ltr_free(ctx, mel->bands);
    ltr_free(ctx, mel->edges);
    ltr_free(ctx, mel);
}

/* Bands that are turned into parts of rows at once. */
#define SOME 32

void ltr_mel_apply(const struct ltr_mel *mel, const void *power, size_t n_rows,
                   double scale, float *out)
{
    const char *weights = mel->weights, *bins = power;
    size_t bytes = mel->lanes->bytes, lanes = mel->lanes->rows;
    float sums[SOME * LTR_LANES_MOST];

    for (size_t first = 0; first < mel->n_bands; first += SOME) {
        size_t left = mel->n_bands - first, n = left < SOME ? left : SOME;

        for (size_t b = 0; b < n; b++) {
            struct band band = mel->bands[first + b];

            mel->lanes->weigh(sums + b * lanes, weights,
                              bins + band.start * lanes * bytes, band.length);
            weights += band.length * bytes;
        }
        for (size_t i = 0; i < n * lanes && scale != 1; i++)
            sums[i] *= (float)scale;
        mel->kernels->transpose(out + first, mel->n_bands, sums, lanes, n,
                                n_rows);
    }
}
