/*
 * stft.c - the power spectra of windowed frames
 */
#include "dsp/stft.h"

#include <math.h>

#include <kiss_fftr.h>

#include <ltrec/audio.h>

#include "base/context.h"
#include "dsp/fft.h"

#define LEAST 16
#define MOST 65536
#define TWO_PI 6.283185307179586

struct ltr_stft {
    ltrec_context *ctx;
    size_t size;
    double *window;      /* [size] */
    struct ltr_fft *fft; /* in double precision; else NULL, and ... */

    float *frame;       /* [size] samples * window */
    kiss_fft_cpx *bins; /* [size / 2 + 1] */
    void *memory;       /* of the plan, which is at its beginning */
    kiss_fftr_cfg plan; /* holds scratch: one thread at a time */
};

int ltr_stft_accepts(uint32_t size)
{
    uint32_t rest = size;

    if (size < LEAST || size > MOST || size % 2 != 0)
        return 0;
    while (rest % 2 == 0)
        rest /= 2;
    while (rest % 3 == 0)
        rest /= 3;
    while (rest % 5 == 0)
        rest /= 5;
    return rest == 1;
}

/* KissFFT says how much its plan takes, and puts it into our memory. */
static int make_kiss(struct ltr_stft *stft)
{
    ltrec_context *ctx = stft->ctx;
    size_t bytes = 0;

    kiss_fftr_alloc((int)stft->size, 0, NULL, &bytes);
    stft->memory = ltr_alloc(ctx, bytes, 1);
    stft->frame = ltr_alloc(ctx, stft->size, sizeof *stft->frame);
    stft->bins = ltr_alloc(ctx, stft->size / 2 + 1, sizeof *stft->bins);
    if (!stft->memory || !stft->frame || !stft->bins)
        return LTREC_ERR_MEMORY;
    stft->plan = kiss_fftr_alloc((int)stft->size, 0, stft->memory, &bytes);
    return stft->plan ? LTREC_OK : LTREC_ERR_MEMORY;
}

/* Periodic: the one whose copies, half a window apart, add up to 1. */
static void make_window(double *window, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        double turn = (double)i / (double)size;

        window[i] = 0.5 - 0.5 * cos(TWO_PI * turn);
    }
}

int ltr_stft_create(ltrec_context *ctx, uint32_t size, int32_t precision,
                    struct ltr_stft **out)
{
    struct ltr_stft *stft = ltr_alloc(ctx, 1, sizeof *stft);
    int status = LTREC_ERR_MEMORY;

    *out = NULL;
    if (!stft)
        return LTREC_ERR_MEMORY;
    stft->ctx = ctx;
    stft->size = size;
    stft->window = ltr_alloc(ctx, size, sizeof *stft->window);
    if (stft->window)
        status = precision == LTREC_PRECISION_SINGLE
                     ? make_kiss(stft)
                     : ltr_fft_create(ctx, size, &stft->fft);
    if (status != LTREC_OK) {
        ltr_stft_free(stft);
        return status;
    }
    make_window(stft->window, size);
    *out = stft;
    return LTREC_OK;
}

void ltr_stft_free(struct ltr_stft *stft)
{
    ltrec_context *ctx;

    if (!stft)
        return;
    ctx = stft->ctx;
    ltr_free(ctx, stft->bins);
    ltr_free(ctx, stft->frame);
    ltr_free(ctx, stft->memory);
    ltr_fft_free(stft->fft);
    ltr_free(ctx, stft->window);
    ltr_free(ctx, stft);
}

static void kiss_power(struct ltr_stft *stft, const float *samples,
                       double *power)
{
    for (size_t i = 0; i < stft->size; i++)
        stft->frame[i] = samples[i] * (float)stft->window[i];
    kiss_fftr(stft->plan, stft->frame, stft->bins);
    for (size_t k = 0; k <= stft->size / 2; k++) {
        kiss_fft_cpx bin = stft->bins[k];

        power[k * LTR_LANES] = (double)(bin.r * bin.r + bin.i * bin.i);
    }
}

void ltr_stft_power(struct ltr_stft *stft, const float *samples, size_t hop,
                    size_t n_rows, double *power)
{
    if (stft->fft)
        ltr_fft_power(stft->fft, samples, hop, stft->window, power);
    else
        for (size_t r = 0; r < n_rows; r++)
            kiss_power(stft, samples + r * hop, power + r);
}
