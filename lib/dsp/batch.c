/*
 * batch.c - rows of power from a stream of samples, several at a time
 */
#include "dsp/batch.h"

#include <string.h>

#include "base/context.h"
#include "dsp/lanes.h"
#include "dsp/mel.h"
#include "dsp/octaves.h"
#include "dsp/stft.h"

struct ltr_batch {
    ltrec_context *ctx;
    const ltrec_frontend_options *options;
    uint32_t times;
    size_t lanes;   /* rows computed at once */
    size_t hop;     /* samples, `times` the options' */
    size_t size;    /* samples of so many rows */
    float *samples; /* [size] */
    size_t fill;

    /* With LTREC_TRANSFORM_MEL: */
    const struct ltr_mel *mel;
    struct ltr_stft *stft;
    void *power; /* [window / 2 + 1][lanes] reals */

    /* With LTREC_TRANSFORM_CONSTANT_Q: */
    struct ltr_octaves *octaves;
    float *rows;  /* [lanes][bands] */
    size_t early; /* rows yet to come of the time before the track */
};

int ltr_batch_accepts(const ltrec_frontend_options *options, uint32_t times)
{
    if (options->transform == LTREC_TRANSFORM_CONSTANT_Q)
        return ltr_octaves_accepts(options, times);
    return times > 0 && times <= UINT32_MAX / options->window &&
           ltr_stft_accepts(options->window * times);
}

static int make_mel(struct ltr_batch *b, const struct ltr_mel *mel,
                    size_t bytes)
{
    size_t window = (size_t)b->options->window * b->times;
    int status = ltr_stft_create(b->ctx, (uint32_t)window,
                                 b->options->precision, &b->stft);

    b->mel = mel;
    b->size = window + (b->lanes - 1) * b->hop;
    b->power = ltr_alloc(b->ctx, (window / 2 + 1) * b->lanes, bytes);
    return b->power ? status : LTREC_ERR_MEMORY;
}

static int make_octaves(struct ltr_batch *b)
{
    b->size = b->lanes * b->hop;
    b->rows = ltr_alloc(b->ctx, b->lanes * b->options->bands, sizeof *b->rows);
    if (!b->rows)
        return LTREC_ERR_MEMORY;
    return ltr_octaves_create(b->ctx, b->options, b->times, &b->octaves);
}

int ltr_batch_create(ltrec_context *ctx, const ltrec_frontend_options *options,
                     const struct ltr_mel *mel, uint32_t times,
                     struct ltr_batch **out)
{
    const struct ltr_lanes *lanes =
        ltr_lanes_for(ctx->cpu, options->precision);
    struct ltr_batch *b = ltr_alloc(ctx, 1, sizeof *b);
    int status;

    *out = NULL;
    if (!b)
        return LTREC_ERR_MEMORY;
    b->ctx = ctx;
    b->options = options;
    b->times = times;
    b->hop = (size_t)options->hop * times;
    b->lanes = lanes->rows;
    status = mel ? make_mel(b, mel, lanes->bytes) : make_octaves(b);
    if (status == LTREC_OK)
        b->samples = ltr_alloc(ctx, b->size, sizeof *b->samples);
    if (!b->samples) {
        ltr_batch_free(b);
        return LTREC_ERR_MEMORY;
    }
    *out = b;
    return LTREC_OK;
}

void ltr_batch_free(struct ltr_batch *batch)
{
    if (!batch)
        return;
    ltr_octaves_free(batch->octaves);
    ltr_free(batch->ctx, batch->rows);
    ltr_stft_free(batch->stft);
    ltr_free(batch->ctx, batch->power);
    ltr_free(batch->ctx, batch->samples);
    ltr_free(batch->ctx, batch);
}

uint32_t ltr_batch_times(const struct ltr_batch *batch)
{
    return batch->times;
}

void ltr_batch_start(struct ltr_batch *batch)
{
    if (batch->octaves) {
        ltr_octaves_start(batch->octaves);
        batch->early = ltr_octaves_late(batch->octaves);
        batch->fill = 0;
        return;
    }
    /* What a centred first row sees before the track is silence. */
    batch->fill = batch->options->centred
                      ? (size_t)(batch->options->window / 2) * batch->times
                      : 0;
    memset(batch->samples, 0, batch->fill * sizeof *batch->samples);
}

/* Up to n rows of a batch of samples; returns how many there were. */
static size_t find_rows(struct ltr_batch *b, const float *samples, size_t n,
                        float *rows)
{
    size_t bands = b->options->bands, early, late;

    if (!b->octaves) {
        ltr_stft_power(b->stft, samples, b->hop, b->power);
        ltr_mel_apply(b->mel, b->power, n, 1.0 / ((double)b->times * b->times),
                      rows);
        return n;
    }
    ltr_octaves_rows(b->octaves, samples, b->rows);
    early = b->early < b->lanes ? b->early : b->lanes;
    late = b->lanes - early;
    n = n < late ? n : late;
    b->early -= early;
    if (n > 0)
        memcpy(rows, b->rows + early * bands, n * bands * sizeof *rows);
    return n;
}

/* Up to n rows of a batch; returns how many. */
static size_t add_rows(struct ltr_batch *b, const float *samples, size_t n,
                       struct ltr_rows *rows)
{
    n = find_rows(b, samples, n, rows->mel + rows->count * b->options->bands);
    rows->count += n;
    return n;
}

/* Up to n rows of a full batch, and what the next one needs of it. */
static size_t finish_rows(struct ltr_batch *b, size_t n, struct ltr_rows *rows)
{
    size_t used = b->lanes * b->hop;

    n = add_rows(b, b->samples, n, rows);
    b->fill = b->size - used;
    memmove(b->samples, b->samples + used, b->fill * sizeof *b->samples);
    return n;
}

/* Batches read where they are; what is left is kept for the next. */
static void add_in_place(struct ltr_batch *b, const float *samples, size_t n,
                         struct ltr_rows *rows)
{
    for (; n >= b->size; n -= b->lanes * b->hop) {
        add_rows(b, samples, b->lanes, rows);
        samples += b->lanes * b->hop;
    }
    memcpy(b->samples, samples, n * sizeof *samples);
    b->fill = n;
}

void ltr_batch_add(struct ltr_batch *batch, const float *samples, size_t n,
                   struct ltr_rows *rows)
{
    size_t before = 0; /* samples of this call that have been taken */

    while (n > 0 && batch->fill > before) {
        size_t room = batch->size - batch->fill;
        size_t take = n < room ? n : room;

        memcpy(batch->samples + batch->fill, samples, take * sizeof *samples);
        batch->fill += take;
        before += take;
        samples += take;
        n -= take;
        if (take == room)
            finish_rows(batch, batch->lanes, rows);
    }
    if (n > 0)
        add_in_place(batch, samples - batch->fill, n + batch->fill, rows);
}

void ltr_batch_end(struct ltr_batch *batch, uint64_t left,
                   struct ltr_rows *rows)
{
    while (left > 0) {
        size_t n = left < batch->lanes ? (size_t)left : batch->lanes;

        memset(batch->samples + batch->fill, 0,
               (batch->size - batch->fill) * sizeof *batch->samples);
        left -= finish_rows(batch, n, rows);
    }
}
