/*
 * stft.h - the power spectra of windowed frames, and the wall around KissFFT
 *
 * Double precision is dsp/fft.h; single precision is KissFFT's.  That writes
 * past its memory for negative sizes, and allocates inside every transform
 * whose size has a prime factor above 5; neither gets in.
 */
#ifndef LTR_DSP_STFT_H
#define LTR_DSP_STFT_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

#include "dsp/lanes.h"

struct ltr_stft;

/* Even, 16 to 65536, no prime factor above 5. */
int ltr_stft_accepts(uint32_t size);

/*
 * A Hann window of an acceptable size, transformed with one of
 * LTREC_PRECISION_....  LTREC_ERR_MEMORY.
 */
int ltr_stft_create(ltrec_context *ctx, uint32_t size, int32_t precision,
                    struct ltr_stft **out);
void ltr_stft_free(struct ltr_stft *stft);

/*
 * power[size / 2 + 1][LTR_LANES] = |the transform of samples[size] * window|^2
 * for n_rows rows, LTR_LANES at most: row r is of the samples from r * hop on.
 * There are samples for LTR_LANES rows; other lanes than n_rows hold anything.
 */
void ltr_stft_power(struct ltr_stft *stft, const float *samples, size_t hop,
                    size_t n_rows, double *power);

#endif /* LTR_DSP_STFT_H */
