/*
 * constantq.h - the kernels of a constant-Q transform, one octave of them
 *
 * A band's window is as long as a given number of periods of its frequency,
 * so that an octave further down is the same at half the rate: the kernels of
 * the highest octave serve all others, each at its own rate (Schoerkhuber and
 * Klapuri 2010).  They are librosa's, of which the smallest parts in frequency
 * are left out (Brown and Puckette 1992); docs/frontend.md has the equations.
 */
#ifndef LTR_DSP_CONSTANTQ_H
#define LTR_DSP_CONSTANTQ_H

#include <stddef.h>

#include <ltrec/audio.h>

/* What follows from options that have been read. */
struct ltr_constantq {
    size_t octaves; /* the lowest may have fewer bands than the others */
    size_t bands;   /* of an octave */
    size_t taps;    /* of a kernel: a power of two, the middle one at 0 */
};

/*
 * Check what only this transform cares about, and put what it does not care
 * about, or what follows from the rest, where every caller's is the same.
 * LTREC_ERR_ARGUMENT.
 */
int ltr_constantq_read(ltrec_frontend_options *options, ltrec_error *err);

void ltr_constantq_shape(struct ltr_constantq *shape,
                         const ltrec_frontend_options *options);

/*
 * kernels[bands][taps][2] of the highest octave, real and imaginary parts.
 * The power of a band o octaves further down is 2^o |the sum of x[i] times
 * its kernel|^2, with x at 2^-o of the rate.  LTREC_ERR_MEMORY.
 */
int ltr_constantq_kernels(ltrec_context *ctx,
                          const ltrec_frontend_options *options,
                          double *kernels);

/*
 * Half of a filter that keeps the lower half of the frequencies: besides a
 * middle one of 1/2 its coefficients at distance 2 i + 1, either way, are
 * half[i]; all others are 0.  Flat to 1e-6 up to 40 % of half the rate, and as
 * far down from 60 % on.
 */
#define LTR_CONSTANTQ_HALF 20
void ltr_constantq_half(double half[LTR_CONSTANTQ_HALF]);

#endif /* LTR_DSP_CONSTANTQ_H */
