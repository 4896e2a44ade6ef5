/*
 * resample.c - one channel from one rate to another, by whoever does it best
 */
#include "dsp/resample.h"

#include <string.h>

#include <samplerate.h>

#include <ltrec/audio.h>

#include "base/context.h"

#define KEPT 4 /* simple ratios: 44.1, 48, 96 kHz, and one to spare */

struct ltr_resampler {
    ltrec_context *ctx;
    int32_t quality;
    SRC_STATE *state;
    double ratio; /* out per in */

    struct ltr_polyphase *kept[KEPT]; /* last used first; or NULL */
    int simple; /* whether the stream is the first of them's */
};

static int converter_of(int32_t quality)
{
    switch (quality) {
    case LTREC_RESAMPLER_BEST:
        return SRC_SINC_BEST_QUALITY;
    case LTREC_RESAMPLER_FASTEST:
        return SRC_SINC_FASTEST;
    }
    return SRC_SINC_MEDIUM_QUALITY;
}

int ltr_resampler_create(ltrec_context *ctx, int32_t quality,
                         struct ltr_resampler **out)
{
    struct ltr_resampler *resampler = ltr_alloc(ctx, 1, sizeof *resampler);
    int failure;

    *out = NULL;
    if (!resampler)
        return LTREC_ERR_MEMORY;
    resampler->ctx = ctx;
    resampler->quality = quality;
    resampler->state = src_new(converter_of(quality), 1, &failure);
    if (!resampler->state) {
        ltr_free(ctx, resampler);
        return LTREC_ERR_MEMORY;
    }
    *out = resampler;
    return LTREC_OK;
}

void ltr_resampler_free(struct ltr_resampler *resampler)
{
    if (!resampler)
        return;
    for (size_t i = 0; i < KEPT; i++)
        ltr_polyphase_free(resampler->kept[i]);
    src_delete(resampler->state);
    ltr_free(resampler->ctx, resampler);
}

int ltr_resampler_accepts(uint32_t from_hz, uint32_t to_hz)
{
    return from_hz > 0 && to_hz > 0 &&
           src_is_valid_ratio((double)to_hz / (double)from_hz);
}

/*
 * A table takes as long to make as some seconds of music to resample, and
 * libraries mix CDs with downloads: those of the last few ratios are kept.
 */
static int start_polyphase(struct ltr_resampler *resampler, uint32_t from_hz,
                           uint32_t to_hz)
{
    struct ltr_polyphase **kept = resampler->kept, *wanted;
    size_t at = 0;

    while (at < KEPT - 1 && kept[at] &&
           !ltr_polyphase_is_for(kept[at], from_hz, to_hz))
        at++;
    wanted = kept[at];
    if (wanted && ltr_polyphase_is_for(wanted, from_hz, to_hz)) {
        ltr_polyphase_start(wanted);
    } else {
        int status =
            ltr_polyphase_create(resampler->ctx, from_hz, to_hz, &wanted);

        if (status != LTREC_OK)
            return status;
        ltr_polyphase_free(kept[at]);
    }
    memmove(kept + 1, kept, at * sizeof *kept);
    kept[0] = wanted;
    return LTREC_OK;
}

int ltr_resampler_start(struct ltr_resampler *resampler, uint32_t from_hz,
                        uint32_t to_hz)
{
    int simple = resampler->quality >= LTREC_RESAMPLER_POLYPHASE &&
                 ltr_polyphase_accepts(from_hz, to_hz);

    if (simple) {
        int status = start_polyphase(resampler, from_hz, to_hz);

        if (status != LTREC_OK)
            return status;
    } else {
        src_reset(resampler->state);
        resampler->ratio = (double)to_hz / (double)from_hz;
    }
    resampler->simple = simple;
    return LTREC_OK;
}

static void run_polyphase(struct ltr_polyphase *polyphase,
                          struct ltr_resampler_step *step)
{
    step->n_used = ltr_polyphase_feed(polyphase, step->in, step->n_in,
                                      step->out, &step->n_made);
    if (step->n_used == 0 && step->last)
        step->n_made = ltr_polyphase_drain(polyphase, step->out);
}

static int run_samplerate(struct ltr_resampler *resampler,
                          struct ltr_resampler_step *step)
{
    SRC_DATA data = {
        .data_in = step->in,
        .data_out = step->out,
        .input_frames = (long)step->n_in,
        .output_frames = (long)step->capacity,
        .end_of_input = step->last,
        .src_ratio = resampler->ratio,
    };

    if (src_process(resampler->state, &data) != 0)
        return LTREC_ERR_STATE;
    step->n_used = (size_t)data.input_frames_used;
    step->n_made = (size_t)data.output_frames_gen;
    return LTREC_OK;
}

int ltr_resampler_run(struct ltr_resampler *resampler,
                      struct ltr_resampler_step *step)
{
    if (!resampler->simple)
        return run_samplerate(resampler, step);
    run_polyphase(resampler->kept[0], step);
    return LTREC_OK;
}
