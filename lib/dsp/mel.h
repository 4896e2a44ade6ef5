/*
 * mel.h - from the bins of a spectrum to mel bands
 *
 * A band is a triangle over frequency: it rises from the centre of the band
 * below to its own and falls to that of the band above.  Few bins lie under
 * any of them, so only those are kept.
 */
#ifndef LTR_DSP_MEL_H
#define LTR_DSP_MEL_H

#include <stddef.h>

#include <ltrec/audio.h>

struct ltr_mel;

/*
 * From options that have been checked, `fmax_hz` resolved.
 * LTREC_ERR_ARGUMENT when a band holds no bin, LTREC_ERR_MEMORY.
 */
int ltr_mel_create(ltrec_context *ctx, const ltrec_frontend_options *options,
                   struct ltr_mel **out, ltrec_error *err);
void ltr_mel_free(struct ltr_mel *mel);

/*
 * out[n_rows][bands], from power[window / 2 + 1][rows] as of dsp/stft.h, times
 * `scale`
 */
void ltr_mel_apply(const struct ltr_mel *mel, const void *power, size_t n_rows,
                   double scale, float *out);

#endif /* LTR_DSP_MEL_H */
