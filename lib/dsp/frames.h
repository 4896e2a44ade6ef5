/*
 * frames.h - a stream of samples as overlapping windows, and their spectra
 *
 * Windows are transformed a batch at a time; what is done with the spectra is
 * the caller's.
 */
#ifndef LTR_DSP_FRAMES_H
#define LTR_DSP_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

#include "dsp/lanes.h"

/*
 * In single precision, which is enough where nothing is compared with what
 * others compute.
 */
#define LTR_FRAMES LTR_LANES_SINGLE

/* power[size / 2 + 1][LTR_FRAMES] of n_rows windows */
typedef void ltr_frames_use(void *user, const float *power, size_t n_rows);

struct ltr_stft;

struct ltr_frames {
    ltrec_context *ctx;
    struct ltr_stft *stft;
    ltr_frames_use *use;
    void *user;
    size_t size, hop;
    float *samples; /* of a batch */
    float *power;
    size_t fill;
    uint64_t n_samples;
    uint64_t n_rows; /* given to `use` */
};

/*
 * Fill a zeroed struct.  LTREC_ERR_MEMORY, and it is to be cleared all the
 * same.
 */
int ltr_frames_init(struct ltr_frames *frames, ltrec_context *ctx, size_t size,
                    size_t hop, ltr_frames_use *use, void *user);
void ltr_frames_clear(struct ltr_frames *frames);

/* Begin a track, take samples[n] of it, end it: only full windows count, and
 * one filled up with zeros when there is no other. */
void ltr_frames_start(struct ltr_frames *frames);
void ltr_frames_add(struct ltr_frames *frames, const float *samples, size_t n);
void ltr_frames_end(struct ltr_frames *frames);

/* The power of two that is nearest to a time, within what can be had. */
size_t ltr_frames_size(uint32_t rate_hz, double seconds);

#endif /* LTR_DSP_FRAMES_H */
