/*
 * resample.c - one channel from one rate to another, through libsamplerate
 */
#include "dsp/resample.h"

#include <samplerate.h>

#include <ltrec/audio.h>

#include "base/context.h"

struct ltr_resampler {
    ltrec_context *ctx;
    SRC_STATE *state;
    double ratio; /* out per in */
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
    src_delete(resampler->state);
    ltr_free(resampler->ctx, resampler);
}

int ltr_resampler_accepts(uint32_t from_hz, uint32_t to_hz)
{
    return from_hz > 0 && to_hz > 0 &&
           src_is_valid_ratio((double)to_hz / (double)from_hz);
}

void ltr_resampler_start(struct ltr_resampler *resampler, uint32_t from_hz,
                         uint32_t to_hz)
{
    src_reset(resampler->state);
    resampler->ratio = (double)to_hz / (double)from_hz;
}

int ltr_resampler_run(struct ltr_resampler *resampler,
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
