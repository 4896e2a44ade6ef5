/*
 * stream.c - a track under way, from checked samples to rows of mel power
 */
#include "dsp/stream.h"

#include "base/context.h"
#include "base/error.h"
#include "dsp/describe.h"
#include "dsp/mel.h"
#include "dsp/pcm.h"
#include "dsp/resample.h"

/* ---- Life cycle --------------------------------------------------------- */

/* Everything but the mel bands, whose failure has words of its own. */
static int make_parts(struct ltr_stream *stream)
{
    ltrec_context *ctx = stream->ctx;
    const ltrec_frontend_options *o = stream->options;
    int status = ltr_resampler_create(ctx, o->resampler, &stream->resampler);

    if (status == LTREC_OK)
        status = ltr_batch_create(ctx, o, stream->mel, 1, &stream->plain);
    if (status != LTREC_OK)
        return status;
    stream->block = ltr_alloc(ctx, LTR_STREAM_BLOCK, sizeof(float));
    stream->made = ltr_alloc(ctx, LTR_STREAM_MADE, sizeof(float));
    if (!stream->block || !stream->made)
        return LTREC_ERR_MEMORY;
    return LTREC_OK;
}

int ltr_stream_init(struct ltr_stream *stream, ltrec_context *ctx,
                    const ltrec_frontend_options *options, ltrec_error *err)
{
    int status = LTREC_OK;

    stream->ctx = ctx;
    stream->options = options;
    if (options->transform == LTREC_TRANSFORM_MEL)
        status = ltr_mel_create(ctx, options, &stream->mel, err);
    if (status == LTREC_OK && make_parts(stream) != LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "frontend: no memory");
    return status;
}

void ltr_stream_clear(struct ltr_stream *stream)
{
    ltr_describe_free(stream->describe);
    ltr_batch_free(stream->longer);
    ltr_batch_free(stream->plain);
    ltr_free(stream->ctx, stream->made);
    ltr_free(stream->ctx, stream->block);
    ltr_mel_free(stream->mel);
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

static void add_samples(struct ltr_stream *stream, const float *samples,
                        size_t n, struct ltr_rows *rows)
{
    size_t before = rows->count;

    ltr_batch_add(stream->batch, samples, n, rows);
    stream->n_rows += rows->count - before;
}

/*
 * Samples at our rate.  Those beyond the length of the track, if there are
 * any, are dropped.  Rows come of them unless they do of longer windows.
 */
static void add_made(struct ltr_stream *stream, const float *samples, size_t n,
                     struct ltr_rows *rows)
{
    uint64_t most =
        resampled(stream->n_fed, stream->rate_hz, stream->options->rate_hz);
    uint64_t room = most - stream->n_made;

    if (n > room)
        n = (size_t)room;
    if (stream->batch == stream->plain)
        add_samples(stream, samples, n, rows);
    if (stream->describing)
        ltr_describe_add_samples(stream->describe, samples, n);
    stream->n_made += n;
}

static int resample(struct ltr_stream *stream, const float *in, size_t n,
                    int last, struct ltr_rows *rows)
{
    struct ltr_resampler_step step = {
        .in = in,
        .n_in = n,
        .last = last,
        .out = stream->made,
        .capacity = LTR_STREAM_MADE,
    };
    int status;

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

/* Use what is in the block; with `last`, it is the end of the track. */
static int compute_block(struct ltr_stream *stream, int last,
                         struct ltr_rows *rows)
{
    size_t n = stream->block_fill;

    stream->block_fill = 0;
    if (stream->rate_hz == stream->options->rate_hz) {
        add_made(stream, stream->block, n, rows);
        return LTREC_OK;
    }
    if (stream->batch == stream->longer) {
        add_samples(stream, stream->block, n, rows);
        if (!stream->describing)
            return LTREC_OK;
    }
    return resample(stream, stream->block, n, last, rows);
}

/* ---- A track ------------------------------------------------------------ */

/* How many times our rate a track has, if that is what the window becomes. */
static uint32_t times_of(const ltrec_frontend_options *o, uint32_t rate_hz)
{
    uint32_t times = rate_hz / o->rate_hz;

    if (o->resampler != LTREC_RESAMPLER_NONE || times < 2 ||
        rate_hz % o->rate_hz != 0 || !ltr_batch_accepts(o, times))
        return 1;
    return times;
}

/* One that is there, or a new one. */
static int find_batch(const struct ltr_stream *stream, uint32_t times,
                      struct ltr_batch **batch)
{
    *batch = times == 1 ? stream->plain : stream->longer;
    if (*batch && ltr_batch_times(*batch) == times)
        return LTREC_OK;
    return ltr_batch_create(stream->ctx, stream->options, stream->mel, times,
                            batch);
}

/* The batch of the last multiple is kept: most tracks are like the one before
 * them. */
static void keep_batch(struct ltr_stream *stream, struct ltr_batch *batch)
{
    stream->batch = batch;
    if (batch == stream->plain || batch == stream->longer)
        return;
    ltr_batch_free(stream->longer);
    stream->longer = batch;
}

int ltr_stream_start(struct ltr_stream *stream, uint32_t rate_hz,
                     uint32_t channels)
{
    const ltrec_frontend_options *o = stream->options;
    struct ltr_batch *batch;
    int status = find_batch(stream, times_of(o, rate_hz), &batch);

    if (status != LTREC_OK)
        return status;
    if (rate_hz != o->rate_hz && (batch == stream->plain || stream->describe))
        status = ltr_resampler_start(stream->resampler, rate_hz, o->rate_hz);
    if (status != LTREC_OK) {
        if (batch != stream->plain && batch != stream->longer)
            ltr_batch_free(batch);
        return status;
    }
    keep_batch(stream, batch);
    stream->rate_hz = rate_hz;
    stream->channels = channels;
    stream->n_fed = stream->n_made = stream->n_rows = 0;
    stream->block_fill = 0;
    ltr_batch_start(batch);
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
    int status = compute_block(stream, 1, rows);
    uint64_t left;

    if (status != LTREC_OK)
        return status;
    left = rows_of(stream->options, all) - stream->n_rows;
    ltr_batch_end(stream->batch, left, rows);
    stream->n_rows += left;
    if (stream->describing)
        ltr_describe_end(stream->describe);
    return LTREC_OK;
}
