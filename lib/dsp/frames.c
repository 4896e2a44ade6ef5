/*
 * frames.c - a stream of samples as overlapping windows, and their spectra
 */
#include "dsp/frames.h"

#include <math.h>
#include <string.h>

#include <ltrec/audio.h>

#include "base/context.h"
#include "dsp/stft.h"

#define LEAST_SIZE 16
#define MOST_SIZE 65536

size_t ltr_frames_size(uint32_t rate_hz, double seconds)
{
    double size = exp2(floor(log2(rate_hz * seconds) + 0.5));

    return (size_t)fmin(fmax(size, LEAST_SIZE), MOST_SIZE);
}

static size_t batch_of(const struct ltr_frames *f)
{
    return f->size + (LTR_FRAMES - 1) * f->hop;
}

int ltr_frames_init(struct ltr_frames *frames, ltrec_context *ctx, size_t size,
                    size_t hop, ltr_frames_use *use, void *user)
{
    int status;

    frames->ctx = ctx;
    frames->size = size;
    frames->hop = hop;
    frames->use = use;
    frames->user = user;
    status = ltr_stft_create(ctx, (uint32_t)size, LTREC_SPECTRUM_SINGLE,
                             &frames->stft);
    frames->samples = ltr_alloc(ctx, batch_of(frames), sizeof(float));
    frames->power =
        ltr_alloc(ctx, (size / 2 + 1) * LTR_FRAMES, sizeof *frames->power);
    if (!frames->samples || !frames->power)
        status = LTREC_ERR_MEMORY;
    return status;
}

void ltr_frames_clear(struct ltr_frames *frames)
{
    ltr_free(frames->ctx, frames->power);
    ltr_free(frames->ctx, frames->samples);
    ltr_stft_free(frames->stft);
}

void ltr_frames_start(struct ltr_frames *frames)
{
    frames->fill = 0;
    frames->n_samples = frames->n_rows = 0;
}

static void compute(struct ltr_frames *f, size_t n_rows)
{
    size_t used = LTR_FRAMES * f->hop;

    ltr_stft_power(f->stft, f->samples, f->hop, f->power);
    f->use(f->user, f->power, n_rows);
    f->n_rows += n_rows;
    f->fill -= used < f->fill ? used : f->fill;
    memmove(f->samples, f->samples + used, f->fill * sizeof *f->samples);
}

void ltr_frames_add(struct ltr_frames *frames, const float *samples, size_t n)
{
    frames->n_samples += n;
    while (n > 0) {
        size_t room = batch_of(frames) - frames->fill;
        size_t take = n < room ? n : room;

        memcpy(frames->samples + frames->fill, samples, take * sizeof(float));
        frames->fill += take;
        samples += take;
        n -= take;
        if (take == room)
            compute(frames, LTR_FRAMES);
    }
}

void ltr_frames_end(struct ltr_frames *frames)
{
    uint64_t n = frames->n_samples, all = 1;

    if (n == 0)
        return;
    if (n > frames->size)
        all = 1 + (n - frames->size) / frames->hop;
    memset(frames->samples + frames->fill, 0,
           (batch_of(frames) - frames->fill) * sizeof(float));
    if (all > frames->n_rows)
        compute(frames, (size_t)(all - frames->n_rows));
}
