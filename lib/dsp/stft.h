/*
 * stft.h - the power spectra of windowed frames, several at a time
 *
 * In single precision every bin of a transform carries an error of some 1e-8
 * of the loudest one.  That is nothing to the ear, but 1e-4 of the power of
 * a band 80 dB below it, and what is learned with one front end is then not
 * quite what another computes.  See docs/frontend.md for the figures.
 */
#ifndef LTR_DSP_STFT_H
#define LTR_DSP_STFT_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

#include "dsp/lanes.h"

struct ltr_stft;

/* 16 to 65536, no prime factor above 127. */
int ltr_stft_accepts(uint32_t size);

/*
 * A Hann window of an acceptable size, transformed with one of
 * LTREC_SPECTRUM_....  LTREC_ERR_MEMORY.
 */
int ltr_stft_create(ltrec_context *ctx, uint32_t size, int32_t precision,
                    struct ltr_stft **out);
void ltr_stft_free(struct ltr_stft *stft);

/*
 * power[size / 2 + 1][rows] = |the transform of samples[size] * window|^2 in
 * doubles or floats, as many rows as struct ltr_lanes says: row r is of the
 * samples from r * hop on.
 */
void ltr_stft_power(struct ltr_stft *stft, const float *samples, size_t hop,
                    void *power);

#endif /* LTR_DSP_STFT_H */
