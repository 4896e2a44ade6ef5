/*
 * levels.h - inner loops over what networks for sound are given
 *
 * As in math/kernels.h each instruction set is one file that defines one
 * table; all of them give the same bits.
 */
#ifndef LTR_MODEL_LEVELS_H
#define LTR_MODEL_LEVELS_H

#include <stddef.h>

struct ltr_levels {
    /* out[n] = ltr_soft_level() of x[n] and a floor that is not 0; out may be
     * x. */
    void (*soften)(float *out, const float *x, size_t n, float floor);

    /*
     * Add up x[frames][n], whose rows lie `stride` apart: to sums[0][n] the
     * values, to sums[1][n] their squares and, for the first `n_lags` of 1, 2,
     * 4 and 8 frames, to sums[2 + i][n] how far each is from the one so many
     * frames before, which must be there.  Rows of sums lie `stride_sums`
     * apart.
     */
    void (*add)(double *sums, size_t stride_sums, const float *x,
                size_t stride, size_t frames, size_t n, size_t n_lags);
};

extern const struct ltr_levels ltr_levels_portable;
extern const struct ltr_levels ltr_levels_avx2;
extern const struct ltr_levels ltr_levels_avx512;

/* The best table for a CPU, given the bits of ltrec_context.cpu. */
const struct ltr_levels *ltr_levels_for(unsigned cpu);

#endif /* LTR_MODEL_LEVELS_H */
