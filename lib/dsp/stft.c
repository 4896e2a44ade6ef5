/*
 * stft.c - the power spectrum of a windowed frame, through KissFFT
 */
#include "dsp/stft.h"

#include <math.h>

#include <kiss_fftr.h>

#include "base/context.h"

#define LEAST 16
#define MOST 65536
#define TWO_PI 6.283185307179586

struct ltr_stft {
    ltrec_context *ctx;
    size_t size;
    float *window;      /* [size] */
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
static int make_plan(struct ltr_stft *stft)
{
    size_t bytes = 0;

    kiss_fftr_alloc((int)stft->size, 0, NULL, &bytes);
    stft->memory = ltr_alloc(stft->ctx, bytes, 1);
    if (!stft->memory)
        return LTREC_ERR_MEMORY;
    stft->plan = kiss_fftr_alloc((int)stft->size, 0, stft->memory, &bytes);
    return stft->plan ? LTREC_OK : LTREC_ERR_MEMORY;
}

/* Periodic: the one whose copies, half a window apart, add up to 1. */
static void make_window(float *window, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        double turn = (double)i / (double)size;

        window[i] = (float)(0.5 - 0.5 * cos(TWO_PI * turn));
    }
}

int ltr_stft_create(ltrec_context *ctx, uint32_t size, struct ltr_stft **out)
{
    struct ltr_stft *stft = ltr_alloc(ctx, 1, sizeof *stft);

    *out = NULL;
    if (!stft)
        return LTREC_ERR_MEMORY;
    stft->ctx = ctx;
    stft->size = size;
    stft->window = ltr_alloc(ctx, size, sizeof *stft->window);
    stft->frame = ltr_alloc(ctx, size, sizeof *stft->frame);
    stft->bins = ltr_alloc(ctx, size / 2 + 1, sizeof *stft->bins);
    if (!stft->window || !stft->frame || !stft->bins ||
        make_plan(stft) != LTREC_OK) {
        ltr_stft_free(stft);
        return LTREC_ERR_MEMORY;
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
    ltr_free(ctx, stft->memory);
    ltr_free(ctx, stft->bins);
    ltr_free(ctx, stft->frame);
    ltr_free(ctx, stft->window);
    ltr_free(ctx, stft);
}

void ltr_stft_power(struct ltr_stft *stft, const float *samples, float *power)
{
    for (size_t i = 0; i < stft->size; i++)
        stft->frame[i] = samples[i] * stft->window[i];
    kiss_fftr(stft->plan, stft->frame, stft->bins);
    for (size_t k = 0; k <= stft->size / 2; k++) {
        kiss_fft_cpx bin = stft->bins[k];

        power[k] = bin.r * bin.r + bin.i * bin.i;
    }
}
