/*
 * describe.c - all descriptors of a track under way, and what they are called
 */
#include "dsp/describe.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "dsp/loudness.h"
#include "dsp/pulse.h"
#include "dsp/tonality.h"

/* Raised when the same sound begins to give other values. */
#define VERSION 1

struct ltr_describe {
    ltrec_context *ctx;
    struct ltr_loudness *loudness;
    struct ltr_pulse *pulse;
    struct ltr_tonality *tonality;
    uint32_t rate_hz; /* of the track */
    uint64_t n_frames;
    int ended;
    float values[LTREC_DESCRIPTORS];
};

/* ---- Names -------------------------------------------------------------- */

static const struct {
    const char *name, *unit;
} descriptors[LTREC_DESCRIPTORS] = {
    [LTREC_DESCRIPTOR_SECONDS] = {"seconds", "s"},
    [LTREC_DESCRIPTOR_LOUDNESS] = {"loudness_lufs", "LUFS"},
    [LTREC_DESCRIPTOR_LOUDNESS_RANGE] = {"loudness_range_lu", "LU"},
    [LTREC_DESCRIPTOR_PEAK] = {"peak_db", "dBFS"},
    [LTREC_DESCRIPTOR_TEMPO] = {"tempo_bpm", "beats per minute"},
    [LTREC_DESCRIPTOR_TEMPO_STRENGTH] = {"tempo_strength", "0 to 1"},
    [LTREC_DESCRIPTOR_TEMPO_2] = {"tempo_2_bpm", "beats per minute"},
    [LTREC_DESCRIPTOR_TEMPO_2_STRENGTH] = {"tempo_2_strength", "0 to 1"},
    [LTREC_DESCRIPTOR_TEMPO_3] = {"tempo_3_bpm", "beats per minute"},
    [LTREC_DESCRIPTOR_TEMPO_3_STRENGTH] = {"tempo_3_strength", "0 to 1"},
    [LTREC_DESCRIPTOR_ONSET_RATE] = {"onsets_per_second", "1/s"},
    [LTREC_DESCRIPTOR_KEY] = {"key", "semitones above C"},
    [LTREC_DESCRIPTOR_MODE] = {"mode", "1 major, 0 minor"},
    [LTREC_DESCRIPTOR_KEY_STRENGTH] = {"key_strength", "-1 to 1"},
    [LTREC_DESCRIPTOR_TUNING] = {"tuning_cents", "cents above A = 440 Hz"},
    [LTREC_DESCRIPTOR_CENTROID] = {"centroid_hz", "Hz"},
    [LTREC_DESCRIPTOR_CENTROID_DEVIATION] = {"centroid_deviation_hz", "Hz"},
    [LTREC_DESCRIPTOR_FLATNESS] = {"flatness", "0 to 1"},
    [LTREC_DESCRIPTOR_FLATNESS_DEVIATION] = {"flatness_deviation", "0 to 1"},
    [LTREC_DESCRIPTOR_CHROMA_ENTROPY] = {"chroma_entropy", "0 to 1"},
    [LTREC_DESCRIPTOR_CHROMA_FLUX] = {"chroma_flux", "0 to 1"},
    [LTREC_DESCRIPTOR_CHROMA] = {"chroma_c", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 1] = {"chroma_c_sharp", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 2] = {"chroma_d", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 3] = {"chroma_d_sharp", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 4] = {"chroma_e", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 5] = {"chroma_f", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 6] = {"chroma_f_sharp", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 7] = {"chroma_g", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 8] = {"chroma_g_sharp", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 9] = {"chroma_a", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 10] = {"chroma_a_sharp", "share"},
    [LTREC_DESCRIPTOR_CHROMA + 11] = {"chroma_b", "share"},
};

uint32_t ltrec_describe_count(void)
{
    return LTREC_DESCRIPTORS;
}

uint32_t ltrec_describe_version(void)
{
    return VERSION;
}

const char *ltrec_describe_name(uint32_t descriptor)
{
    return descriptor < LTREC_DESCRIPTORS ? descriptors[descriptor].name
                                          : NULL;
}

const char *ltrec_describe_unit(uint32_t descriptor)
{
    return descriptor < LTREC_DESCRIPTORS ? descriptors[descriptor].unit
                                          : NULL;
}

/* ---- Life cycle --------------------------------------------------------- */

int ltr_describe_create(ltrec_context *ctx, uint32_t rate_hz,
                        struct ltr_describe **out)
{
    struct ltr_describe *d = ltr_alloc(ctx, 1, sizeof *d);
    int status;

    *out = NULL;
    if (!d)
        return LTREC_ERR_MEMORY;
    d->ctx = ctx;
    status = ltr_loudness_create(ctx, &d->loudness);
    if (status == LTREC_OK)
        status = ltr_pulse_create(ctx, rate_hz, &d->pulse);
    if (status == LTREC_OK)
        status = ltr_tonality_create(ctx, rate_hz, &d->tonality);
    if (status != LTREC_OK) {
        ltr_describe_free(d);
        return status;
    }
    *out = d;
    return LTREC_OK;
}

void ltr_describe_free(struct ltr_describe *describe)
{
    if (!describe)
        return;
    ltr_tonality_free(describe->tonality);
    ltr_pulse_free(describe->pulse);
    ltr_loudness_free(describe->loudness);
    ltr_free(describe->ctx, describe);
}

/* ---- A track ------------------------------------------------------------ */

void ltr_describe_start(struct ltr_describe *describe, uint32_t rate_hz,
                        uint32_t channels)
{
    describe->ended = 0;
    describe->rate_hz = rate_hz;
    describe->n_frames = 0;
    ltr_loudness_start(describe->loudness, rate_hz, channels);
    ltr_pulse_start(describe->pulse);
    ltr_tonality_start(describe->tonality);
}

void ltr_describe_add_pcm(struct ltr_describe *describe, const float *pcm,
                          size_t n)
{
    describe->n_frames += n;
    ltr_loudness_add(describe->loudness, pcm, n);
}

void ltr_describe_add_samples(struct ltr_describe *describe,
                              const float *samples, size_t n)
{
    ltr_pulse_add(describe->pulse, samples, n);
    ltr_tonality_add(describe->tonality, samples, n);
}

/* ---- Values ------------------------------------------------------------- */

static void take_loudness(struct ltr_describe *d)
{
    struct ltr_loudness_figures f;

    ltr_loudness_get(d->loudness, &f);
    d->values[LTREC_DESCRIPTOR_LOUDNESS] = (float)f.integrated_lufs;
    d->values[LTREC_DESCRIPTOR_LOUDNESS_RANGE] = (float)f.range_lu;
    d->values[LTREC_DESCRIPTOR_PEAK] = (float)f.peak_db;
}

static void take_pulse(struct ltr_describe *d)
{
    struct ltr_pulse_figures f;

    ltr_pulse_get(d->pulse, &f);
    for (size_t i = 0; i < LTR_PULSE_TEMPOS; i++) {
        float *value = d->values + LTREC_DESCRIPTOR_TEMPO + 2 * i;

        value[0] = (float)f.tempo_bpm[i];
        value[1] = (float)f.strength[i];
    }
    d->values[LTREC_DESCRIPTOR_ONSET_RATE] = (float)f.onsets_per_second;
    d->values[LTREC_DESCRIPTOR_CENTROID] = (float)f.centroid_hz;
    d->values[LTREC_DESCRIPTOR_CENTROID_DEVIATION] =
        (float)f.centroid_deviation_hz;
    d->values[LTREC_DESCRIPTOR_FLATNESS] = (float)f.flatness;
    d->values[LTREC_DESCRIPTOR_FLATNESS_DEVIATION] =
        (float)f.flatness_deviation;
}

static void take_tonality(struct ltr_describe *d)
{
    struct ltr_tonality_figures f;

    ltr_tonality_get(d->tonality, &f);
    d->values[LTREC_DESCRIPTOR_KEY] = (float)f.key;
    d->values[LTREC_DESCRIPTOR_MODE] = (float)f.mode;
    d->values[LTREC_DESCRIPTOR_KEY_STRENGTH] = (float)f.strength;
    d->values[LTREC_DESCRIPTOR_TUNING] = (float)f.tuning_cents;
    d->values[LTREC_DESCRIPTOR_CHROMA_ENTROPY] = (float)f.entropy;
    d->values[LTREC_DESCRIPTOR_CHROMA_FLUX] = (float)f.flux;
    for (size_t i = 0; i < LTR_PITCH_CLASSES; i++)
        d->values[LTREC_DESCRIPTOR_CHROMA + i] = (float)f.chroma[i];
}

void ltr_describe_end(struct ltr_describe *describe)
{
    ltr_pulse_end(describe->pulse);
    ltr_tonality_end(describe->tonality);
    describe->values[LTREC_DESCRIPTOR_SECONDS] =
        (float)((double)describe->n_frames / describe->rate_hz);
    take_loudness(describe);
    take_pulse(describe);
    take_tonality(describe);
    describe->ended = 1;
}

const float *ltr_describe_values(const struct ltr_describe *describe)
{
    return describe->ended ? describe->values : NULL;
}
