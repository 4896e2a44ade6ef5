/*
 * resample.h - one channel from one rate to another, and the wall around
 * libsamplerate
 *
 * Simple ratios are dsp/polyphase.h's when that is asked for, all others
 * libsamplerate's.  That asserts on a ratio that is not a number and reads
 * out of bounds in its linear converter.  What it is given here is checked
 * first, and only its sinc converters are used.
 */
#ifndef LTR_DSP_RESAMPLE_H
#define LTR_DSP_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

#include "dsp/polyphase.h"

/* No step may be given room for less than this. */
#define LTR_RESAMPLER_LEAST LTR_POLYPHASE_MOST

struct ltr_resampler;

/*
 * `quality` is one of LTREC_RESAMPLER_....  libsamplerate's state is its own
 * allocation, made here once and for any ratio.
 */
int ltr_resampler_create(ltrec_context *ctx, int32_t quality,
                         struct ltr_resampler **out);
void ltr_resampler_free(struct ltr_resampler *resampler);

/* Rates above 0 and within 256 times each other. */
int ltr_resampler_accepts(uint32_t from_hz, uint32_t to_hz);

/*
 * Begin a stream.  The rates are acceptable and differ.  A simple ratio that
 * is none of the last four wants a new table: LTREC_ERR_MEMORY, and the stream
 * that was under way still is.  Nothing else allocates.
 */
int ltr_resampler_start(struct ltr_resampler *resampler, uint32_t from_hz,
                        uint32_t to_hz);

/* One step of a stream: what it may read and write, and what it did. */
struct ltr_resampler_step {
    const float *in;
    size_t n_in;
    int last; /* nothing comes after `in` */
    float *out;
    size_t capacity; /* at least LTR_RESAMPLER_LEAST */

    size_t n_used;
    size_t n_made;
};

/*
 * To be called until all of `in` is used, or after the last of it until
 * nothing is made any more.  libsamplerate's bits depend on how a stream is
 * cut into steps, so the caller cuts every stream alike.
 */
int ltr_resampler_run(struct ltr_resampler *resampler,
                      struct ltr_resampler_step *step);

#endif /* LTR_DSP_RESAMPLE_H */
