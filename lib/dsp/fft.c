/*
 * fft.c - the power spectra of real samples, in double precision
 *
 * Even samples become the real and odd ones the imaginary part of a transform
 * of half the size, whose bins are then taken apart (Cooley, Lewis and Welch
 * 1970).  That transform is Stockham's: every pass reads one buffer and
 * writes the other, in an order that leaves the bins sorted at the end, and
 * with inner loops over neighbouring elements.  Those are LTR_LANES rows wide
 * (dsp/lanes.h).
 */
#include "dsp/fft.h"

#include <math.h>

#include "base/context.h"
#include "math/kernels.h"

#define TWO_PI 6.283185307179586
#define MOST_PASSES 16 /* 2^15 is the largest half size */

struct ltr_fft {
    ltrec_context *ctx;
    const struct ltr_kernels *kernels;
    const struct ltr_lanes *lanes;
    size_t half;
    size_t n_passes;
    struct ltr_lanes_pass passes[MOST_PASSES];
    double *memory;
    struct ltr_lanes_signal a, b; /* [half][LTR_LANES] */
    double *turns;                /* [half / 2 + 1][2] e^(-2 pi i k / size) */
    float *samples;               /* [size][LTR_LANES] */
};

/* ---- Life cycle --------------------------------------------------------- */

static size_t next_radix(size_t rest)
{
    static const size_t radices[] = {4, 2, 3};

    for (size_t i = 0; i < sizeof radices / sizeof radices[0]; i++)
        if (rest % radices[i] == 0)
            return radices[i];
    return 5;
}

/* turn[2] = e^(-2 pi i k / n) */
static void set_turn(double *turn, size_t k, size_t n)
{
    double angle = TWO_PI * (double)(k % n) / (double)n;

    turn[0] = cos(angle);
    turn[1] = -sin(angle);
}

/* The passes of a transform; returns the doubles their twiddles take. */
static size_t plan(struct ltr_fft *fft)
{
    size_t rest = fft->half, stride = 1, total = 0;

    while (rest > 1) {
        struct ltr_lanes_pass *p = &fft->passes[fft->n_passes++];

        p->radix = next_radix(rest);
        rest /= p->radix;
        p->count = rest;
        p->stride = stride;
        stride *= p->radix;
        total += 2 * p->count * (p->radix - 1);
    }
    return total;
}

static void set_twiddles(struct ltr_lanes_pass *p, double *twiddles)
{
    p->twiddles = twiddles;
    for (size_t j = 0; j < p->count; j++)
        for (size_t bin = 1; bin < p->radix; bin++, twiddles += 2)
            set_turn(twiddles, j * bin, p->count * p->radix);
    for (size_t k = 0; k < p->radix; k++)
        set_turn(p->roots[k], k, p->radix);
}

int ltr_fft_create(ltrec_context *ctx, size_t size, struct ltr_fft **out)
{
    struct ltr_fft *fft = ltr_alloc(ctx, 1, sizeof *fft);
    size_t half = size / 2, part = half * LTR_LANES, n_twiddles;
    double *at;

    *out = NULL;
    if (!fft)
        return LTREC_ERR_MEMORY;
    fft->ctx = ctx;
    fft->kernels = ltr_kernels_for(ctx->cpu);
    fft->lanes = ltr_lanes_for(ctx->cpu);
    fft->half = half;
    n_twiddles = plan(fft);
    fft->samples = ltr_alloc(ctx, size * LTR_LANES, sizeof *fft->samples);
    fft->memory = at =
        ltr_alloc(ctx, 4 * part + half + 2 + n_twiddles, sizeof *at);
    if (!fft->samples || !at) {
        ltr_fft_free(fft);
        return LTREC_ERR_MEMORY;
    }
    fft->a = (struct ltr_lanes_signal){at, at + part};
    fft->b = (struct ltr_lanes_signal){at + 2 * part, at + 3 * part};
    fft->turns = at + 4 * part;
    at = fft->turns + half + 2;
    for (size_t k = 0; k <= half / 2; k++)
        set_turn(fft->turns + 2 * k, k, size);
    for (size_t i = 0; i < fft->n_passes; i++) {
        set_twiddles(&fft->passes[i], at);
        at += 2 * fft->passes[i].count * (fft->passes[i].radix - 1);
    }
    *out = fft;
    return LTREC_OK;
}

void ltr_fft_free(struct ltr_fft *fft)
{
    if (!fft)
        return;
    ltr_free(fft->ctx, fft->memory);
    ltr_free(fft->ctx, fft->samples);
    ltr_free(fft->ctx, fft);
}

/* ---- Transforming ------------------------------------------------------- */

static struct ltr_lanes_signal transform(const struct ltr_fft *fft)
{
    struct ltr_lanes_signal from = fft->a, to = fft->b;

    for (size_t i = 0; i < fft->n_passes; i++) {
        const struct ltr_lanes_pass *p = &fft->passes[i];
        struct ltr_lanes_signal read = from;

        if (p->radix == 4)
            fft->lanes->pass_4(p, from, to);
        else
            fft->lanes->pass_any(p, from, to);
        from = to;
        to = read;
    }
    return from;
}

void ltr_fft_power(struct ltr_fft *fft, const float *samples, size_t hop,
                   const double *window, double *power)
{
    fft->kernels->transpose(fft->samples, LTR_LANES, samples, hop, LTR_LANES,
                            2 * fft->half);
    fft->lanes->window(fft->a, fft->samples, window, fft->half);
    fft->lanes->power(power, transform(fft), fft->turns, fft->half);
}
