/*
 * stream.c - a track under way, from checked samples to rows of mel power
 */
#include "dsp/stream.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "dsp/describe.h"
#include "dsp/lanes.h"
#include "dsp/mel.h"
#include "dsp/pcm.h"
#include "dsp/resample.h"
#include "dsp/stft.h"

/* ---- Life cycle --------------------------------------------------------- */

/* The samples that a full batch of rows is made of. */
static size_t batch_of(const struct ltr_stream *stream)
{
    const ltrec_frontend_options *o = stream->options;

    return o->window + (stream->lanes - 1) * (size_t)o->hop;
}

/* Everything but the mel bands, whose failure has words of its own. */
static int make_parts(struct ltr_stream *stream)
{
    ltrec_context *ctx = stream->ctx;
    const ltrec_frontend_options *o = stream->options;
    const struct ltr_lanes *lanes = ltr_lanes_for(ctx->cpu, o->precision);
    int status = ltr_resampler_create(ctx, o->resampler, &stream->resampler);

    stream->lanes = lanes->rows;
    if (status == LTREC_OK)
        status = ltr_stft_create(ctx, o->window, o->precision, &stream->stft);
    if (status != LTREC_OK)
        return status;
    stream->block = ltr_alloc(ctx, LTR_STREAM_BLOCK, sizeof(float));
    stream->made = ltr_alloc(ctx, LTR_STREAM_MADE, sizeof(float));
    stream->samples = ltr_alloc(ctx, batch_of(stream), sizeof(float));
    stream->power =
        ltr_alloc(ctx, (o->window / 2 + 1) * lanes->rows, lanes->bytes);
    if (!stream->block || !stream->made || !stream->samples || !stream->power)
        return LTREC_ERR_MEMORY;
    return LTREC_OK;
}

int ltr_stream_init(struct ltr_stream *stream, ltrec_context *ctx,
                    const ltrec_frontend_options *options, ltrec_error *err)
{
    int status;

    stream->ctx = ctx;
    stream->options = options;
    status = ltr_mel_create(ctx, options, &stream->mel, err);
    if (status == LTREC_OK && make_parts(stream) != LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "frontend: no memory");
    return status;
}

void ltr_stream_clear(struct ltr_stream *stream)
{
    ltr_describe_free(stream->describe);
    ltr_free(stream->ctx, stream->power);
    ltr_free(stream->ctx, stream->samples);
    ltr_free(stream->ctx, stream->made);
    ltr_free(stream->ctx, stream->block);
    ltr_mel_free(stream->mel);
    ltr_stft_free(stream->stft);
    ltr_resampler_free(stream->resampler);
}

/* ---- Counting ----------------------------------------------------------- */

/* The samples that n frames become: n * to / from, rounded up. */
static uint64_t resampled(uint64_t n, uint32_t from_hz, uint32_t to_hz)
{
    uint64_t whole = n / from_hz, part = n % from_hz;

    if (whole > UINT64_MAX / to_hz - 1)
        return UINT64_MAX;
    return whole * to_hz + (part * to_hz + from_hz - 1) / from_hz;
}

static uint64_t rows_of(const ltrec_frontend_options *o, uint64_t n_samples)
{
    if (n_samples == 0)
        return 0;
    if (o->centred)
        return 1 + n_samples / o->hop;
    if (n_samples <= o->window)
        return 1;
    return 2 + (n_samples - o->window - 1) / o->hop;
}

uint64_t ltr_stream_rows(const ltrec_frontend_options *options,
                         uint32_t rate_hz, uint64_t n)
{
    uint64_t samples = resampled(n, rate_hz, options->rate_hz);

    return samples < UINT64_MAX ? rows_of(options, samples) : UINT64_MAX;
}

/* ---- Computing ---------------------------------------------------------- */

/* The first n rows of the batch, and what the next one needs of it. */
static void finish_rows(struct ltr_stream *stream, size_t n,
                        struct ltr_rows *rows)
{
    const ltrec_frontend_options *o = stream->options;
    size_t used = stream->lanes * (size_t)o->hop;

    ltr_stft_power(stream->stft, stream->samples, o->hop, stream->power);
    ltr_mel_apply(stream->mel, stream->power, n,
                  rows->mel + rows->count * o->bands);
    rows->count += n;
    stream->n_rows += n;
    stream->sample_fill = batch_of(stream) - used;
    memmove(stream->samples, stream->samples + used,
            stream->sample_fill * sizeof *stream->samples);
}

static void add_samples(struct ltr_stream *stream, const float *samples,
                        size_t n, struct ltr_rows *rows)
{
    while (n > 0) {
        size_t fill = stream->sample_fill;
        size_t room = batch_of(stream) - fill;
        size_t take = n < room ? n : room;

        memcpy(stream->samples + fill, samples, take * sizeof *samples);
        stream->sample_fill += take;
        samples += take;
        n -= take;
        if (take == room)
            finish_rows(stream, stream->lanes, rows);
    }
}

/* Samples beyond the length of the track, if there are any, are dropped. */
static void add_made(struct ltr_stream *stream, const float *samples, size_t n,
                     struct ltr_rows *rows)
{
    uint64_t most =
        resampled(stream->n_fed, stream->rate_hz, stream->options->rate_hz);
    uint64_t room = most - stream->n_made;

    if (n > room)
        n = (size_t)room;
    add_samples(stream, samples, n, rows);
    if (stream->describing)
        ltr_describe_add_samples(stream->describe, samples, n);
    stream->n_made += n;
}

/* Resample what is in the block; with `last`, the end of the track too. */
static int compute_block(struct ltr_stream *stream, int last,
                         struct ltr_rows *rows)
{
    struct ltr_resampler_step step = {
        .in = stream->block,
        .n_in = stream->block_fill,
        .last = last,
        .out = stream->made,
        .capacity = LTR_STREAM_MADE,
    };
    int status = LTREC_OK;

    stream->block_fill = 0;
    if (stream->rate_hz == stream->options->rate_hz) {
        add_made(stream, step.in, step.n_in, rows);
        return LTREC_OK;
    }
    do {
        status = ltr_resampler_run(stream->resampler, &step);
        if (status != LTREC_OK)
            return status;
        add_made(stream, step.out, step.n_made, rows);
        step.in += step.n_used;
        step.n_in -= step.n_used;
    } while (step.n_used > 0 || step.n_made > 0);
    return LTREC_OK;
}

/* ---- A track ------------------------------------------------------------ */

int ltr_stream_start(struct ltr_stream *stream, uint32_t rate_hz,
                     uint32_t channels)
{
    size_t window = stream->options->window;
    int status = LTREC_OK;

    if (rate_hz != stream->options->rate_hz)
        status = ltr_resampler_start(stream->resampler, rate_hz,
                                     stream->options->rate_hz);
    if (status != LTREC_OK)
        return status;
    stream->rate_hz = rate_hz;
    stream->channels = channels;
    stream->n_fed = stream->n_made = stream->n_rows = 0;
    stream->block_fill = 0;
    /* What a centred first row sees before the track is silence. */
    stream->sample_fill = stream->options->centred ? window / 2 : 0;
    memset(stream->samples, 0, stream->sample_fill * sizeof *stream->samples);
    stream->describing = stream->describe != NULL;
    if (stream->describing)
        ltr_describe_start(stream->describe, rate_hz, channels);
    return LTREC_OK;
}

int ltr_stream_add(struct ltr_stream *stream, const float *pcm, size_t n,
                   struct ltr_rows *rows)
{
    int status = LTREC_OK;

    if (stream->channels == 1 && stream->rate_hz == stream->options->rate_hz) {
        stream->n_fed += n;
        if (stream->describing)
            ltr_describe_add_pcm(stream->describe, pcm, n);
        add_made(stream, pcm, n, rows);
        return LTREC_OK;
    }
    while (n > 0 && status == LTREC_OK) {
        size_t room = LTR_STREAM_BLOCK - stream->block_fill;
        size_t take = n < room ? n : room;

        ltr_pcm_mix(ltr_signal_for(stream->ctx->cpu),
                    stream->block + stream->block_fill, pcm, take,
                    stream->channels);
        if (stream->describing)
            ltr_describe_add_pcm(stream->describe, pcm, take);
        stream->block_fill += take;
        stream->n_fed += take;
        pcm += take * stream->channels;
        n -= take;
        if (take == room)
            status = compute_block(stream, 0, rows);
    }
    return status;
}

int ltr_stream_end(struct ltr_stream *stream, struct ltr_rows *rows)
{
    uint64_t all =
        resampled(stream->n_fed, stream->rate_hz, stream->options->rate_hz);
    uint64_t left;
    int status = compute_block(stream, 1, rows);

    if (status != LTREC_OK)
        return status;
    while ((left = rows_of(stream->options, all) - stream->n_rows) > 0) {
        memset(stream->samples + stream->sample_fill, 0,
               (batch_of(stream) - stream->sample_fill) *
                   sizeof *stream->samples);
        finish_rows(stream,
                    left < stream->lanes ? (size_t)left : stream->lanes, rows);
    }
    if (stream->describing)
        ltr_describe_end(stream->describe);
    return LTREC_OK;
}
