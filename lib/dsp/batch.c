/*
 * batch.c - rows of mel power from a stream of samples, several at a time
 */
#include "dsp/batch.h"

#include <string.h>

#include "base/context.h"
#include "dsp/lanes.h"
#include "dsp/mel.h"
#include "dsp/stft.h"

struct ltr_batch {
    ltrec_context *ctx;
    const ltrec_frontend_options *options;
    const struct ltr_mel *mel;
    struct ltr_stft *stft;
    uint32_t times;
    size_t window, hop; /* samples, `times` the options' */
    size_t lanes;       /* rows computed at once */
    size_t size;        /* samples of so many rows */
    float *samples;     /* [size] */
    void *power;        /* [window / 2 + 1][lanes] reals */
    size_t fill;
};

int ltr_batch_accepts(const ltrec_frontend_options *options, uint32_t times)
{
    return times > 0 && times <= UINT32_MAX / options->window &&
           ltr_stft_accepts(options->window * times);
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
    b->mel = mel;
    b->times = times;
    b->window = (size_t)options->window * times;
    b->hop = (size_t)options->hop * times;
    b->lanes = lanes->rows;
    b->size = b->window + (b->lanes - 1) * b->hop;
    status = ltr_stft_create(ctx, (uint32_t)b->window, options->precision,
                             &b->stft);
    b->samples = ltr_alloc(ctx, b->size, sizeof *b->samples);
    b->power = ltr_alloc(ctx, (b->window / 2 + 1) * b->lanes, lanes->bytes);
    if (status != LTREC_OK || !b->samples || !b->power) {
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
    ltr_free(batch->ctx, batch->power);
    ltr_free(batch->ctx, batch->samples);
    ltr_stft_free(batch->stft);
    ltr_free(batch->ctx, batch);
}

uint32_t ltr_batch_times(const struct ltr_batch *batch)
{
    return batch->times;
}

void ltr_batch_start(struct ltr_batch *batch)
{
    /* What a centred first row sees before the track is silence. */
    batch->fill = batch->options->centred
                      ? (size_t)(batch->options->window / 2) * batch->times
                      : 0;
    memset(batch->samples, 0, batch->fill * sizeof *batch->samples);
}

/* The first n rows of the batch, and what the next one needs of it. */
static void finish_rows(struct ltr_batch *b, size_t n, struct ltr_rows *rows)
{
    size_t used = b->lanes * b->hop;

    ltr_stft_power(b->stft, b->samples, b->hop, b->power);
    ltr_mel_apply(b->mel, b->power, n, 1.0 / ((double)b->times * b->times),
                  rows->mel + rows->count * b->options->bands);
    rows->count += n;
    b->fill = b->size - used;
    memmove(b->samples, b->samples + used, b->fill * sizeof *b->samples);
}

void ltr_batch_add(struct ltr_batch *batch, const float *samples, size_t n,
                   struct ltr_rows *rows)
{
    while (n > 0) {
        size_t room = batch->size - batch->fill;
        size_t take = n < room ? n : room;

        memcpy(batch->samples + batch->fill, samples, take * sizeof *samples);
        batch->fill += take;
        samples += take;
        n -= take;
        if (take == room)
            finish_rows(batch, batch->lanes, rows);
    }
}

void ltr_batch_end(struct ltr_batch *batch, uint64_t left,
                   struct ltr_rows *rows)
{
    while (left > 0) {
        size_t n = left < batch->lanes ? (size_t)left : batch->lanes;

        memset(batch->samples + batch->fill, 0,
               (batch->size - batch->fill) * sizeof *batch->samples);
        finish_rows(batch, n, rows);
        left -= n;
    }
}
