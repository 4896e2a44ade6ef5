/*
 * signal.h - inner loops over samples and over levels
 *
 * As in math/kernels.h each instruction set is one file that defines one
 * table; here the loops are plain C that compilers put into vectors of the
 * width they are told.
 */
#ifndef LTR_DSP_SIGNAL_H
#define LTR_DSP_SIGNAL_H

#include <stddef.h>

/*
 * The largest sample taken, 2^32: 32-bit integers that nobody scaled still
 * pass, and no power of any window overflows a float.
 */
#define LTR_SIGNAL_MOST 4294967296.0f

struct ltr_signal {
    /* How many of x[n] are NaN or beyond LTR_SIGNAL_MOST. */
    size_t (*count_bad)(const float *x, size_t n);

    /* out[n] = (x[2 i] + x[2 i + 1]) / 2 */
    void (*mix_stereo)(float *out, const float *x, size_t n);

    /* x[n] = scale * log10(x[n]), of normal numbers above 0 */
    void (*log10)(float *x, size_t n, float scale);

    /* x[n], where it is below `least` or NaN `least`, less `reference` */
    void (*raise)(float *x, size_t n, float least, float reference);

    /* The largest |x[n]|, at least `least`. */
    float (*peak)(const float *x, size_t n, float least);

    /* The largest of x[n] and 0; NaN if one of them is not finite. */
    float (*largest)(const float *x, size_t n);
};

extern const struct ltr_signal ltr_signal_portable;
extern const struct ltr_signal ltr_signal_avx2;
extern const struct ltr_signal ltr_signal_avx512;

/* The best table for a CPU, given the bits of ltrec_context.cpu. */
const struct ltr_signal *ltr_signal_for(unsigned cpu);

#endif /* LTR_DSP_SIGNAL_H */
