/*
 * stream.h - a track under way, from checked samples to rows of power
 *
 *     pcm ─► mix ─► block ─► resample ─► samples ─► transform ─► mel ─► row
 *
 * Sound is gathered into blocks of one size before anything is computed from
 * it, because libsamplerate's bits depend on how its input is cut.  So they
 * do not depend on how the caller cuts it.
 */
#ifndef LTR_DSP_STREAM_H
#define LTR_DSP_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/audio.h>

#include "dsp/batch.h"
#include "dsp/resample.h"

#define LTR_STREAM_BLOCK 1024 /* frames of input computed from at once */
#define LTR_STREAM_MADE LTR_RESAMPLER_LEAST /* samples it makes at once */

struct ltr_describe;
struct ltr_mel;

struct ltr_stream {
    ltrec_context *ctx;
    const ltrec_frontend_options *options;
    struct ltr_resampler *resampler;
    struct ltr_mel *mel;           /* NULL for constant-Q rows */
    struct ltr_batch *plain;       /* of samples at our rate */
    struct ltr_batch *longer;      /* of the last multiple of it, or NULL */
    struct ltr_batch *batch;       /* which of them has the track under way */
    struct ltr_describe *describe; /* NULL: nobody asked */
    int describing;                /* the track under way */
    float *block;                  /* [LTR_STREAM_BLOCK] input, one channel */
    float *made;                   /* [LTR_STREAM_MADE] from the resampler */

    /* The track under way; rate_hz is 0 when there is none. */
    uint32_t rate_hz;
    uint32_t channels;
    uint64_t n_fed;    /* frames taken from the caller */
    uint64_t n_made;   /* samples at our rate */
    uint64_t n_rows;   /* rows given to the caller */
    size_t block_fill; /* of `block` */
};

/*
 * Fill a zeroed stream.  `options` have been read and outlive it.  On failure
 * it is to be cleared all the same.
 */
int ltr_stream_init(struct ltr_stream *stream, ltrec_context *ctx,
                    const ltrec_frontend_options *options, ltrec_error *err);
void ltr_stream_clear(struct ltr_stream *stream);

/*
 * The rows of a track of n frames at `rate_hz`; UINT64_MAX when there are
 * more than that.
 */
uint64_t ltr_stream_rows(const ltrec_frontend_options *options,
                         uint32_t rate_hz, uint64_t n);

/*
 * Begin a track at a rate that the resampler accepts.  LTREC_ERR_MEMORY, and
 * the track that was under way still is.
 */
int ltr_stream_start(struct ltr_stream *stream, uint32_t rate_hz,
                     uint32_t channels);

/* Take pcm[n][channels]. */
int ltr_stream_add(struct ltr_stream *stream, const float *pcm, size_t n,
                   struct ltr_rows *rows);

/* The rest of the samples, and zeros until the last row is full. */
int ltr_stream_end(struct ltr_stream *stream, struct ltr_rows *rows);

#endif /* LTR_DSP_STREAM_H */
