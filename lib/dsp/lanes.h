/*
 * lanes.h - the inner loops of several rows at once
 *
 * Row r of a batch is lane r of every vector: x[i][r] is element i of row r.
 * So every row meets the same operations in the same order as it would alone,
 * whichever lane it is in, and there is work for wide registers in every
 * pass of a transform.
 *
 * As in math/kernels.h each instruction set is one file that defines one
 * table, and the portable one says what the functions mean.  There is one of
 * each for doubles and for floats; in what follows `real` is which.
 */
#ifndef LTR_DSP_LANES_H
#define LTR_DSP_LANES_H

#include <stddef.h>
#include <stdint.h>

#define LTR_LANES_DOUBLE 8
#define LTR_LANES_SINGLE 16
#define LTR_LANES_MOST 16

/* Bands of a constant-Q transform that are computed together. */
#define LTR_LANES_BANDS 4

/* Half the length of the filter between octaves, and room for all of it. */
#define LTR_LANES_HALF 20
#define LTR_LANES_FILTER 48

/* A power of two has six passes at most; others are of 2^15 at most. */
#define LTR_LANES_MOST_PASSES 16

/*
 * One pass of a transform: `count` groups of `stride` neighbouring
 * butterflies of `radix` elements.  twiddles[count][radix - 1][2] turn what
 * comes out of them; roots[radix][2] are e^(-2 pi i k / radix).
 */
struct ltr_lanes_pass {
    size_t radix, count, stride;
    const void *twiddles, *roots;
};

/*
 * A transform of 2 half real samples: of even ones as real and odd ones as
 * imaginary parts, then taken apart.  When `odd`, it is one of `half` real
 * samples, as they are.
 *
 * So many passes at either end, up to two, are done while samples are read and
 * powers written.  The outermost have radix 4, those next to them 2, 4 or 8.
 */
struct ltr_lanes_plan {
    size_t half;
    int odd;
    size_t n_passes, first_passes, last_passes;
    struct ltr_lanes_pass passes[LTR_LANES_MOST_PASSES];
    const void *window; /* of as many samples */
    const void *turns;  /* [half + 1][2] e^(-2 pi i k / (2 half)) */
    void *a, *b;        /* [half][2][rows]: real, imaginary */

    /* math/kernels.h's */
    void (*transpose)(float *to, size_t to_stride, const float *from,
                      size_t from_stride, size_t n_rows, size_t n_columns);
};

struct ltr_lanes {
    size_t rows;  /* lanes */
    size_t bytes; /* of a real */

    /* Radices of 2 that passes between the first and the last may have. */
    size_t most_radix;

    /* Passes at either end that are worth doing at once, 1 or 2. */
    size_t most_ends;

    /*
     * power[size / 2 + 1][rows], where lane r is of samples[size] * window
     * from sample r * hop on; all lanes are read
     */
    void (*power)(const struct ltr_lanes_plan *plan, const float *samples,
                  size_t hop, void *power);

    /* sum[rows] = the sum of weights[i] * x[i][rows], n > 0 i */
    void (*weigh)(float *sum, const void *weights, const void *x, size_t n);

    /* to[n] = from[n] */
    void (*widen)(void *to, const float *from, size_t n);

    /*
     * Half as many samples: to[i] = from[2 i] / 2 + the sum over j of half[j]
     * * from[2 i + 2 (j - LTR_LANES_HALF) + 1], for n of them, a multiple of
     * `rows`, and 2 LTR_LANES_HALF coefficients j, the same from both ends,
     * after which half[LTR_LANES_FILTER] is 0.  Room for 2 n +
     * LTR_LANES_FILTER reals is wanted, all of them finite.
     */
    void (*halve)(void *to, const void *from, const void *half, void *room,
                  size_t n);

    /* x[n][rows]: lane r of x[i] is samples[r * hop + i]. */
    void (*spread)(void *x, const void *samples, size_t hop, size_t n);

    /*
     * power[n_groups][LTR_LANES_BANDS][rows] = scale * |the sum over i < n of
     * x[i][rows] * kernels[n_groups][i][LTR_LANES_BANDS]|^2, where kernels are
     * complex
     */
    void (*correlate)(float *power, const void *kernels, const void *x,
                      size_t n, size_t n_groups, double scale);
};

extern const struct ltr_lanes ltr_lanes_portable;
extern const struct ltr_lanes ltr_lanes_avx2;
extern const struct ltr_lanes ltr_lanes_avx512;
extern const struct ltr_lanes ltr_lanes_single_portable;
extern const struct ltr_lanes ltr_lanes_single_avx2;
extern const struct ltr_lanes ltr_lanes_single_avx512;

/*
 * The best table for a CPU, given the bits of ltrec_context.cpu, and one of
 * LTREC_SPECTRUM_....
 */
const struct ltr_lanes *ltr_lanes_for(unsigned cpu, int32_t precision);

#endif /* LTR_DSP_LANES_H */
