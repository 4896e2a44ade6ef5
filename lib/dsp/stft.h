/*
 * stft.h - the power spectrum of a windowed frame, and the wall around KissFFT
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

/* power[size / 2 + 1] = |the transform of samples[size] * window|^2 */
void ltr_stft_power(struct ltr_stft *stft, const float *samples, float *power);

#endif /* LTR_DSP_STFT_H */
