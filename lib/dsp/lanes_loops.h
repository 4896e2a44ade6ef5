/*
 * lanes_loops.h - the inner loops on vectors of WIDTH doubles
 *
 * Included by one file per instruction set, which defines WIDTH, the type
 * `wide` of that many, load(), load_floats() and store().
 */
#include "dsp/lanes.h"

#define ROWS LTR_LANES

static void window(struct ltr_lanes_signal to, const float *x,
                   const double *weights, size_t n)
{
    double *restrict re = to.re, *restrict im = to.im;

    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < ROWS; r += WIDTH) {
            const float *even = x + 2 * i * ROWS + r;

            store(re + i * ROWS + r, load_floats(even) * weights[2 * i]);
            store(im + i * ROWS + r,
                  load_floats(even + ROWS) * weights[2 * i + 1]);
        }
}

/* ---- Butterflies -------------------------------------------------------- */

/* One group of pass_4(): its stride, and how far apart its elements are. */
static inline void group_4(const double *restrict r, const double *restrict i,
                           double *restrict out_r, double *restrict out_i,
                           size_t s, size_t step, const double *w)
{
    for (size_t q = 0; q < s; q += WIDTH) {
        wide r0 = load(r + q), r1 = load(r + q + step);
        wide r2 = load(r + q + 2 * step), r3 = load(r + q + 3 * step);
        wide i0 = load(i + q), i1 = load(i + q + step);
        wide i2 = load(i + q + 2 * step), i3 = load(i + q + 3 * step);
        wide sr = r0 + r2, si = i0 + i2, dr = r0 - r2, di = i0 - i2;
        wide tr = r1 + r3, ti = i1 + i3, ur = r1 - r3, ui = i1 - i3;
        wide ar = dr + ui, ai = di - ur; /* bin 1 */
        wide br = sr - tr, bi = si - ti; /* bin 2 */
        wide cr = dr - ui, ci = di + ur; /* bin 3 */

        store(out_r + q, sr + tr);
        store(out_i + q, si + ti);
        store(out_r + q + s, ar * w[0] - ai * w[1]);
        store(out_i + q + s, ar * w[1] + ai * w[0]);
        store(out_r + q + 2 * s, br * w[2] - bi * w[3]);
        store(out_i + q + 2 * s, br * w[3] + bi * w[2]);
        store(out_r + q + 3 * s, cr * w[4] - ci * w[5]);
        store(out_i + q + 3 * s, cr * w[5] + ci * w[4]);
    }
}

static void pass_4(const struct ltr_lanes_pass *p,
                   struct ltr_lanes_signal from, struct ltr_lanes_signal to)
{
    size_t s = p->stride * ROWS, step = s * p->count;

    for (size_t j = 0; j < p->count; j++)
        group_4(from.re + s * j, from.im + s * j, to.re + 4 * s * j,
                to.im + 4 * s * j, s, step, p->twiddles + 6 * j);
}

/* Bin `bin` of the butterfly at r and i, turned by w. */
static inline void put_bin(const struct ltr_lanes_pass *p, size_t bin,
                           const double *r, const double *i, size_t step,
                           const double *w, double *out_r, double *out_i)
{
    wide re = load(r), im = load(i);

    for (size_t k = 1; k < p->radix; k++) {
        const double *root = p->roots[bin * k % p->radix];
        wide xr = load(r + k * step), xi = load(i + k * step);

        re += xr * root[0] - xi * root[1];
        im += xr * root[1] + xi * root[0];
    }
    store(out_r, re * w[0] - im * w[1]);
    store(out_i, re * w[1] + im * w[0]);
}

/* By the definition of the transform: 2, 3 and 5. */
static void pass_any(const struct ltr_lanes_pass *p,
                     struct ltr_lanes_signal from, struct ltr_lanes_signal to)
{
    static const double none[2] = {1, 0};
    size_t s = p->stride * ROWS, step = s * p->count;

    for (size_t i = 0; i < step; i += WIDTH) {
        size_t j = i / s, at = i + (p->radix - 1) * s * j;
        const double *turns = p->twiddles + 2 * (p->radix - 1) * j;

        for (size_t bin = 0; bin < p->radix; bin++)
            put_bin(p, bin, from.re + i, from.im + i, step,
                    bin ? turns + 2 * (bin - 1) : none, to.re + at + bin * s,
                    to.im + at + bin * s);
    }
}

/* ---- Power -------------------------------------------------------------- */

/*
 * Bins k and half - k of the real transform come from the same two of the
 * complex one: their even part, and their odd part turned by k.
 */
static inline void take_apart(double *power, struct ltr_lanes_signal bins,
                              size_t low, size_t high, const double *w)
{
    wide low_r = load(bins.re + low), low_i = load(bins.im + low);
    wide high_r = load(bins.re + high), high_i = load(bins.im + high);
    wide even_r = low_r + high_r, even_i = low_i - high_i;
    wide odd_r = low_i + high_i, odd_i = high_r - low_r;
    wide turned_r = odd_r * w[0] - odd_i * w[1];
    wide turned_i = odd_r * w[1] + odd_i * w[0];
    wide lr = even_r + turned_r, li = even_i + turned_i;
    wide hr = even_r - turned_r, hi = even_i - turned_i;

    store(power + low, (lr * lr + li * li) * 0.25);
    store(power + high, (hr * hr + hi * hi) * 0.25);
}

static void powers(double *power, struct ltr_lanes_signal bins,
                   const double *turns, size_t half)
{
    for (size_t r = 0; r < ROWS; r += WIDTH) {
        wide re = load(bins.re + r), im = load(bins.im + r);
        wide first = re + im, last = re - im;

        store(power + r, first * first);
        store(power + half * ROWS + r, last * last);
    }
    for (size_t k = 1; k <= half / 2; k++)
        for (size_t r = 0; r < ROWS; r += WIDTH)
            take_apart(power, bins, k * ROWS + r, (half - k) * ROWS + r,
                       turns + 2 * k);
}

/* ---- Bands -------------------------------------------------------------- */

static void weigh(double *sum, const double *weights, const double *x,
                  size_t n)
{
    for (size_t r = 0; r < ROWS; r += WIDTH) {
        wide all = load(x + r) * weights[0];

        for (size_t i = 1; i < n; i++)
            all += load(x + i * ROWS + r) * weights[i];
        store(sum + r, all);
    }
}

#define LANES_TABLE \
    { \
        .window = window, .pass_any = pass_any, .pass_4 = pass_4, \
        .power = powers, .weigh = weigh, \
    }
