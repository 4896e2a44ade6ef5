/*
 * pcm.h - samples as they come in: checked, and mixed to one channel
 */
#ifndef LTR_DSP_PCM_H
#define LTR_DSP_PCM_H

#include <stddef.h>

#include "dsp/signal.h"

/* The first of pcm[n] that is NaN or beyond LTR_SIGNAL_MOST; n if none. */
size_t ltr_pcm_find_bad(const struct ltr_signal *signal, const float *pcm,
                        size_t n);

/* out[n] = the mean of each frame of pcm[n][channels] */
void ltr_pcm_mix(const struct ltr_signal *signal, float *out, const float *pcm,
                 size_t n, size_t channels);

#endif /* LTR_DSP_PCM_H */
