/*
 * fft.c - the power spectrum of real samples, in double precision
 *
 * Even samples become the real and odd ones the imaginary part of a transform
 * of half the size, whose bins are then taken apart (Cooley, Lewis and Welch
 * 1970).  That transform is Stockham's: every pass reads one buffer and
 * writes the other, in an order that leaves the bins sorted at the end, and
 * with inner loops over neighbouring elements.
 */
#include "dsp/fft.h"

#include <math.h>

#include "base/context.h"

#define TWO_PI 6.283185307179586
#define MOST_PASSES 16 /* 2^15 is the largest half size */
#define MOST_RADIX 5

/* Real and imaginary parts, apart. */
struct signal {
    double *re, *im;
};

/*
 * One pass: `count` groups of `stride` neighbouring butterflies of `radix`
 * elements.  twiddles[count][radix - 1][2] turn what comes out of them.
 */
struct pass {
    size_t radix, count, stride;
    const double *twiddles;
    double roots[MOST_RADIX][2]; /* e^(-2 pi i k / radix) */
};

struct ltr_fft {
    ltrec_context *ctx;
    size_t half;
    size_t n_passes;
    struct pass passes[MOST_PASSES];
    double *memory;
    struct signal a, b; /* [half] each */
    double *turns;      /* [half / 2 + 1][2] e^(-2 pi i k / size) */
};

/* ---- Butterflies -------------------------------------------------------- */

static void pass_4(const struct pass *p, const double *restrict re,
                   const double *restrict im, double *restrict to_re,
                   double *restrict to_im)
{
    size_t s = p->stride, step = s * p->count;

    for (size_t j = 0; j < p->count; j++) {
        const double *w = p->twiddles + 6 * j;
        const double *r = re + s * j, *i = im + s * j;
        double *out_r = to_re + 4 * s * j, *out_i = to_im + 4 * s * j;

        for (size_t q = 0; q < s; q++) {
            double sr = r[q] + r[q + 2 * step], si = i[q] + i[q + 2 * step];
            double dr = r[q] - r[q + 2 * step], di = i[q] - i[q + 2 * step];
            double tr = r[q + step] + r[q + 3 * step];
            double ti = i[q + step] + i[q + 3 * step];
            double ur = r[q + step] - r[q + 3 * step];
            double ui = i[q + step] - i[q + 3 * step];
            double ar = dr + ui, ai = di - ur; /* bin 1 */
            double br = sr - tr, bi = si - ti; /* bin 2 */
            double cr = dr - ui, ci = di + ur; /* bin 3 */

            out_r[q] = sr + tr;
            out_i[q] = si + ti;
            out_r[q + s] = ar * w[0] - ai * w[1];
            out_i[q + s] = ar * w[1] + ai * w[0];
            out_r[q + 2 * s] = br * w[2] - bi * w[3];
            out_i[q + 2 * s] = br * w[3] + bi * w[2];
            out_r[q + 3 * s] = cr * w[4] - ci * w[5];
            out_i[q + 3 * s] = cr * w[5] + ci * w[4];
        }
    }
}

/* Any small radix, by the definition of the transform: 2, 3 and 5. */
static void pass_any(const struct pass *p, const double *restrict re,
                     const double *restrict im, double *restrict to_re,
                     double *restrict to_im)
{
    size_t s = p->stride, step = s * p->count;

    for (size_t i = 0; i < step; i++) {
        const double *w = p->twiddles + 2 * (p->radix - 1) * (i / s);
        size_t to = i + (p->radix - 1) * s * (i / s);

        for (size_t bin = 0; bin < p->radix; bin++) {
            double r = 0, j = 0;

            for (size_t k = 0; k < p->radix; k++) {
                const double *root = p->roots[bin * k % p->radix];
                double xr = re[i + k * step], xi = im[i + k * step];

                r += xr * root[0] - xi * root[1];
                j += xr * root[1] + xi * root[0];
            }
            to_re[to + bin * s] = bin ? r * w[0] - j * w[1] : r;
            to_im[to + bin * s] = bin ? r * w[1] + j * w[0] : j;
            w += bin ? 2 : 0;
        }
    }
}

static struct signal transform(struct ltr_fft *fft)
{
    struct signal from = fft->a, to = fft->b;

    for (size_t i = 0; i < fft->n_passes; i++) {
        const struct pass *p = &fft->passes[i];
        struct signal read = from;

        if (p->radix == 4)
            pass_4(p, from.re, from.im, to.re, to.im);
        else
            pass_any(p, from.re, from.im, to.re, to.im);
        from = to;
        to = read;
    }
    return from;
}

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
        struct pass *p = &fft->passes[fft->n_passes++];

        p->radix = next_radix(rest);
        rest /= p->radix;
        p->count = rest;
        p->stride = stride;
        stride *= p->radix;
        total += 2 * p->count * (p->radix - 1);
    }
    return total;
}

static void set_twiddles(struct pass *p, double *twiddles)
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
    size_t half = size / 2, total;
    double *at;

    *out = NULL;
    if (!fft)
        return LTREC_ERR_MEMORY;
    fft->ctx = ctx;
    fft->half = half;
    total = plan(fft) + 4 * half + 2 * (half / 2 + 1);
    fft->memory = at = ltr_alloc(ctx, total, sizeof *at);
    if (!at) {
        ltr_free(ctx, fft);
        return LTREC_ERR_MEMORY;
    }
    fft->a = (struct signal){at, at + half};
    fft->b = (struct signal){at + 2 * half, at + 3 * half};
    fft->turns = at + 4 * half;
    at = fft->turns + 2 * (half / 2 + 1);
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
    ltr_free(fft->ctx, fft);
}

/* ---- Real samples ------------------------------------------------------- */

/*
 * Bins k and half - k of the real transform come from the same two of the
 * complex one, z and y: their even part, and their odd part turned by k.
 */
static void take_apart(const struct ltr_fft *fft, struct signal bins,
                       float *power)
{
    size_t half = fft->half;
    double first = bins.re[0] + bins.im[0], last = bins.re[0] - bins.im[0];

    power[0] = (float)(first * first);
    power[half] = (float)(last * last);
    for (size_t k = 1; k <= half / 2; k++) {
        const double *w = fft->turns + 2 * k;
        double even_r = bins.re[k] + bins.re[half - k];
        double even_i = bins.im[k] - bins.im[half - k];
        double odd_r = bins.im[k] + bins.im[half - k];
        double odd_i = bins.re[half - k] - bins.re[k];
        double turned_r = odd_r * w[0] - odd_i * w[1];
        double turned_i = odd_r * w[1] + odd_i * w[0];
        double lr = even_r + turned_r, li = even_i + turned_i;
        double hr = even_r - turned_r, hi = even_i - turned_i;

        power[k] = (float)(0.25 * (lr * lr + li * li));
        power[half - k] = (float)(0.25 * (hr * hr + hi * hi));
    }
}

void ltr_fft_power(struct ltr_fft *fft, const float *samples,
                   const double *window, float *power)
{
    for (size_t i = 0; i < fft->half; i++) {
        fft->a.re[i] = (double)samples[2 * i] * window[2 * i];
        fft->a.im[i] = (double)samples[2 * i + 1] * window[2 * i + 1];
    }
    take_apart(fft, transform(fft), power);
}
