/*
 * resample_lab.h - signals through resamplers, between the usual rates
 *
 * setup() and teardown() are the fixture.
 */
#ifndef RESAMPLE_LAB_H
#define RESAMPLE_LAB_H

#include "check_run.h"

#include <ltrec/ltrec.h>

#include "dsp/resample.h"

static const struct ratio {
    uint32_t from_hz, to_hz;
} ratios[] = {
    {44100, 22050}, {48000, 22050},  {32000, 22050}, {24000, 22050},
    {16000, 22050}, {88200, 22050},  {96000, 22050}, {64000, 22050},
    {11025, 22050}, {192000, 22050}, {44100, 16000}, {48000, 16000},
    {32000, 16000}, {24000, 16000},  {22050, 16000}, {88200, 16000},
    {96000, 16000}, {64000, 16000},  {8000, 16000},  {192000, 16000},
};
#define N_RATIOS (int)(sizeof ratios / sizeof ratios[0])

static ltrec_context *ctx;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static inline void teardown(void)
{
    ltrec_context_free(ctx);
}

/* How many samples n become. */
static inline size_t becomes(struct ratio r, size_t n)
{
    return (n * r.to_hz + r.from_hz - 1) / r.from_hz;
}

/* x[n] through a resampler, in pieces; to be freed. */
static inline float *through(struct ltr_resampler *resampler, struct ratio r,
                             const float *x, size_t n, size_t piece)
{
    size_t capacity = becomes(r, n) + 2 * LTR_RESAMPLER_LEAST, made = 0;
    float *out = calloc(capacity, sizeof *out);
    struct ltr_resampler_step step;

    ck_assert_int_eq(ltr_resampler_start(resampler, r.from_hz, r.to_hz),
                     LTREC_OK);
    do {
        step = (struct ltr_resampler_step){
            .in = x,
            .n_in = n < piece ? n : piece,
            .last = n <= piece,
            .out = out + made,
            .capacity = capacity - made,
        };
        ck_assert_uint_ge(step.capacity, LTR_RESAMPLER_LEAST);
        ck_assert_int_eq(ltr_resampler_run(resampler, &step), LTREC_OK);
        x += step.n_used;
        n -= step.n_used;
        made += step.n_made;
    } while (!step.last || step.n_used > 0 || step.n_made > 0);
    return out;
}

/* The same, through one of a quality that is made for it. */
static inline float *resampled(ltrec_context *with, struct ratio r,
                               int32_t quality, const float *x, size_t n,
                               size_t piece)
{
    struct ltr_resampler *resampler;
    float *out;

    ck_assert_int_eq(ltr_resampler_create(with, quality, &resampler),
                     LTREC_OK);
    out = through(resampler, r, x, n, piece);
    ltr_resampler_free(resampler);
    return out;
}

static inline float *ours(struct ratio r, const float *x, size_t n)
{
    return resampled(ctx, r, LTREC_RESAMPLER_POLYPHASE, x, n, n);
}

#endif /* RESAMPLE_LAB_H */
