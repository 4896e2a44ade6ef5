/*
 * lanes.h - the inner loops of LTR_LANES rows at once
 *
 * Row r of a batch is lane r of every vector: x[i][r] is element i of row r.
 * So every row meets the same operations in the same order as it would alone,
 * whichever lane it is in, and there is work for wide registers in every
 * pass of a transform.
 *
 * As in math/kernels.h each instruction set is one file that defines one
 * table, and the portable one says what the functions mean.
 */
#ifndef LTR_DSP_LANES_H
#define LTR_DSP_LANES_H

#include <stddef.h>

#define LTR_LANES 8
#define LTR_LANES_MOST_RADIX 5

/*
 * One pass of a transform: `count` groups of `stride` neighbouring
 * butterflies of `radix` elements.  twiddles[count][radix - 1][2] turn what
 * comes out of them.
 */
struct ltr_lanes_pass {
    size_t radix, count, stride;
    const double *twiddles;
    double roots[LTR_LANES_MOST_RADIX][2]; /* e^(-2 pi i k / radix) */
};

/* Real and imaginary parts, apart: [n][LTR_LANES] each. */
struct ltr_lanes_signal {
    double *re, *im;
};

struct ltr_lanes {
    /* to[i] = x[2 i] * window[2 i] + i x[2 i + 1] * window[2 i + 1], n i */
    void (*window)(struct ltr_lanes_signal to, const float *x,
                   const double *window, size_t n);

    /* Any radix up to the most, and radix 4. */
    void (*pass_any)(const struct ltr_lanes_pass *pass,
                     struct ltr_lanes_signal from, struct ltr_lanes_signal to);
    void (*pass_4)(const struct ltr_lanes_pass *pass,
                   struct ltr_lanes_signal from, struct ltr_lanes_signal to);

    /*
     * power[half + 1][LTR_LANES] of the real signal whose even and odd
     * samples are the parts of the one that bins[half] are of.
     * turns[half / 2 + 1][2] = e^(-2 pi i k / (2 half))
     */
    void (*power)(double *power, struct ltr_lanes_signal bins,
                  const double *turns, size_t half);

    /* sum[LTR_LANES] = the sum of weights[i] * x[i][LTR_LANES], n > 0 i */
    void (*weigh)(double *sum, const double *weights, const double *x,
                  size_t n);
};

extern const struct ltr_lanes ltr_lanes_portable;
extern const struct ltr_lanes ltr_lanes_avx2;
extern const struct ltr_lanes ltr_lanes_avx512;

/* The best table for a CPU, given the bits of ltrec_context.cpu. */
const struct ltr_lanes *ltr_lanes_for(unsigned cpu);

#endif /* LTR_DSP_LANES_H */
