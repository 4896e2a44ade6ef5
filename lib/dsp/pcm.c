/*
 * pcm.c - samples as they come in: checked, and mixed to one channel
 */
#include "dsp/pcm.h"

#include <math.h>
#include <string.h>

/* A count without a way out of the loop is what compilers vectorise. */
#define CHECK_BLOCK 1024

static size_t count_bad(const float *pcm, size_t n)
{
    unsigned bad = 0;

    for (size_t i = 0; i < n; i++)
        bad += !(fabsf(pcm[i]) <= LTR_PCM_MOST);
    return bad;
}

size_t ltr_pcm_find_bad(const float *pcm, size_t n)
{
    size_t i = 0;

    while (i < n) {
        size_t block = n - i < CHECK_BLOCK ? n - i : CHECK_BLOCK;

        if (count_bad(pcm + i, block) > 0)
            break;
        i += block;
    }
    while (i < n && fabsf(pcm[i]) <= LTR_PCM_MOST)
        i++;
    return i;
}

/*
 * Most tracks are stereo.  The sum of two floats, rounded, and halved is their
 * mean, rounded: what doubles give, and four times as fast.
 */
static void mix_stereo(float *restrict out, const float *restrict pcm,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (pcm[2 * i] + pcm[2 * i + 1]) * 0.5f;
}

void ltr_pcm_mix(float *out, const float *pcm, size_t n, size_t channels)
{
    if (channels == 1) {
        memcpy(out, pcm, n * sizeof *out);
        return;
    }
    if (channels == 2) {
        mix_stereo(out, pcm, n);
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
