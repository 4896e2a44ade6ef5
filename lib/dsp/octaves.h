/*
 * octaves.h - rows of constant-Q power from a stream of samples
 *
 * Samples of the track, and half as many of its lower half, and so on down to
 * the lowest octave: each octave of bands is computed from the samples whose
 * rate suits it.
 */
#ifndef LTR_DSP_OCTAVES_H
#define LTR_DSP_OCTAVES_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/audio.h>

struct ltr_octaves;

/*
 * Whether samples may come at so many times the options' rate: a power of two,
 * at which the highest octave is not the first to be found.
 */
int ltr_octaves_accepts(const ltrec_frontend_options *options, uint32_t times);

/* `options` have been read.  LTREC_ERR_MEMORY. */
int ltr_octaves_create(ltrec_context *ctx,
                       const ltrec_frontend_options *options, uint32_t times,
                       struct ltr_octaves **out);
void ltr_octaves_free(struct ltr_octaves *octaves);

/* Begin a track, with silence before it. */
void ltr_octaves_start(struct ltr_octaves *octaves);

/*
 * Take samples[lanes * hop * times], and give rows[lanes][bands].  The first
 * row is about a time so many hops before the track began.
 */
size_t ltr_octaves_late(const struct ltr_octaves *octaves);
void ltr_octaves_rows(struct ltr_octaves *octaves, const float *samples,
                      float *rows);

#endif /* LTR_DSP_OCTAVES_H */
