/*
 * fft.h - the power spectra of real samples, in double precision
 *
 * In single precision every bin of a transform carries an error of some 1e-8
 * of the loudest one.  That is nothing to the ear, but 1e-4 of the power of
 * a band 80 dB below it, and what is learned with one front end is then not
 * quite what another computes.  See docs/frontend.md for the figures.
 */
#ifndef LTR_DSP_FFT_H
#define LTR_DSP_FFT_H

#include <stddef.h>

#include <ltrec/base.h>

#include "dsp/lanes.h"

struct ltr_fft;

/* `size` as ltr_stft_accepts() wants it.  LTREC_ERR_MEMORY. */
int ltr_fft_create(ltrec_context *ctx, size_t size, struct ltr_fft **out);
void ltr_fft_free(struct ltr_fft *fft);

/*
 * power[size / 2 + 1][LTR_LANES], where lane r is of samples[size] * window
 * from sample r * hop on; all lanes are read
 */
void ltr_fft_power(struct ltr_fft *fft, const float *samples, size_t hop,
                   const double *window, double *power);

#endif /* LTR_DSP_FFT_H */
