/*
 * bench_dsp.c - a minute of sound to log-mel; `size` is its milliseconds, so
 * that size * 1e6 / ns is how many times faster than it plays
 */
#include <stdlib.h>

#include <ltrec/ltrec.h>

#include "bench.h"

#define SECONDS 60
#define MOST_ROWS 4096
#define MOST_BANDS 128

struct work {
    ltrec_frontend *frontend;
    uint32_t rate_hz, channels;
    float *pcm; /* [SECONDS * rate_hz][channels] */
    float *mel; /* [MOST_ROWS][MOST_BANDS] */
};

static void mel_once(void *state)
{
    struct work *w = state;
    size_t n;

    if (ltrec_frontend_mel(w->frontend, w->rate_hz, w->channels, w->pcm,
                           (size_t)SECONDS * w->rate_hz, w->mel, MOST_ROWS, &n,
                           NULL) != LTREC_OK)
        abort();
}

static const struct subject {
    const char *name;
    const char *preset;
    uint32_t rate_hz, channels;
    int32_t resampler, precision;
    float scale; /* of the samples; 1e-39 makes all of them denormal */
} subjects[] = {
    {"mel_44k1_stereo", "default", 44100, 2, LTREC_RESAMPLER_MEDIUM, 0, 1},
    {"mel_44k1_fastest", "default", 44100, 2, LTREC_RESAMPLER_FASTEST, 0, 1},
    {"mel_44k1_musicnn", "musicnn", 44100, 2, LTREC_RESAMPLER_MEDIUM, 0, 1},
    {"mel_alone", "default", 22050, 1, LTREC_RESAMPLER_MEDIUM, 0, 1},
    {"mel_alone_single", "default", 22050, 1, LTREC_RESAMPLER_MEDIUM, 1, 1},
    {"mel_alone_denormal", "default", 22050, 1, LTREC_RESAMPLER_MEDIUM, 0,
     1e-39f},
    {"mel_alone_librosa", "librosa", 22050, 1, LTREC_RESAMPLER_MEDIUM, 0, 1},
    {"mel_alone_musicnn", "musicnn", 16000, 1, LTREC_RESAMPLER_MEDIUM, 0, 1},
};

static float *make_pcm(const struct subject *s)
{
    size_t n = (size_t)SECONDS * s->rate_hz * s->channels;
    float *pcm = malloc(n * sizeof *pcm);
    uint32_t x = 1;

    for (size_t i = 0; pcm && i < n; i++) {
        x = x * 1664525u + 1013904223u;
        pcm[i] = ((float)(x >> 8) / (1 << 24) - 0.5f) * s->scale;
    }
    return pcm;
}

static int run(ltrec_context *ctx, const struct subject *s, float *mel)
{
    struct work w = {.rate_hz = s->rate_hz, .channels = s->channels};
    ltrec_frontend_options options;

    ltrec_frontend_options_preset(&options, sizeof options, s->preset);
    options.resampler = s->resampler;
    options.precision = s->precision;
    if (ltrec_frontend_create(ctx, &options, &w.frontend, NULL) != LTREC_OK)
        return -1;
    w.mel = mel;
    w.pcm = make_pcm(s);
    if (w.pcm)
        bench(s->name, SECONDS * 1000, mel_once, &w);
    ltrec_frontend_free(w.frontend);
    free(w.pcm);
    return w.pcm ? 0 : -1;
}

int main(void)
{
    float *mel = malloc(sizeof(float) * MOST_ROWS * MOST_BANDS);
    ltrec_context *ctx;

    if (!mel || ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        if (run(ctx, &subjects[i], mel) != 0)
            return EXIT_FAILURE;
    ltrec_context_free(ctx);
    free(mel);
    return EXIT_SUCCESS;
}
