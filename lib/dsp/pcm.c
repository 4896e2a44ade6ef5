/*
 * pcm.c - samples as they come in: checked, and mixed to one channel
 */
#include "dsp/pcm.h"

#include <math.h>
#include <string.h>

#define CHECK_BLOCK 4096

size_t ltr_pcm_find_bad(const struct ltr_signal *signal, const float *pcm,
                        size_t n)
{
    size_t i = 0;

    while (i < n) {
        size_t block = n - i < CHECK_BLOCK ? n - i : CHECK_BLOCK;

        if (signal->count_bad(pcm + i, block) > 0)
            break;
        i += block;
    }
    while (i < n && fabsf(pcm[i]) <= LTR_SIGNAL_MOST)
        i++;
    return i;
}

void ltr_pcm_mix(const struct ltr_signal *signal, float *out, const float *pcm,
                 size_t n, size_t channels)
{
    if (channels == 1) {
        memcpy(out, pcm, n * sizeof *out);
        return;
    }
    if (channels == 2) {
        signal->mix_stereo(out, pcm, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const float *frame = pcm + i * channels;
        double sum = 0;

        for (size_t c = 0; c < channels; c++)
            sum += (double)frame[c];
        out[i] = (float)(sum / (double)channels);
    }
}
