/*
 * pcm.h - samples as they come in: checked, and mixed to one channel
 */
#ifndef LTR_DSP_PCM_H
#define LTR_DSP_PCM_H

#include <stddef.h>

/*
 * The largest sample taken, 2^32: 32-bit integers that nobody scaled still
 * pass, and no power of any window overflows a float.
 */
#define LTR_PCM_MOST 4294967296.0f

/* The first of pcm[n] that is NaN or beyond LTR_PCM_MOST; n if none. */
size_t ltr_pcm_find_bad(const float *pcm, size_t n);

/* out[n] = the mean of each frame of pcm[n][channels] */
void ltr_pcm_mix(float *out, const float *pcm, size_t n, size_t channels);

#endif /* LTR_DSP_PCM_H */
