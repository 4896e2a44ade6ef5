/*
 * bench_dsp.c - sound to log-mel; `size` is its milliseconds, so that
 * size * 1e6 / ns is how many times faster than it plays
 *
 * Four minutes to log-mel with every kernel set that runs here, and a minute
 * through our resampler and libsamplerate's, in turns.
 */
#include <stdlib.h>
#include <time.h>

#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID

#include <ltrec/ltrec.h>

#include "base/context.h"
#include "bench.h"
#include "dsp/resample.h"

#define SECONDS 240
#define RESAMPLED_SECONDS 60
#define ROUNDS 11
#define MOST_ROWS 16384
#define MOST_BANDS 128

/* samples[n] of noise; to be freed. */
static float *make_noise(size_t n, float scale)
{
    float *samples = malloc(n * sizeof *samples);
    uint32_t x = 1;

    if (!samples)
        abort();
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        samples[i] = ((float)(x >> 8) / (1 << 24) - 0.5f) * scale;
    }
    return samples;
}

/* ---- To log-mel --------------------------------------------------------- */

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
    int32_t precision;
    float scale; /* of the samples; 1e-39 makes all of them denormal */
    int direct;  /* without a resampler, where that can be */
    int described;
} subjects[] = {
    {"mel_44k1_mono", "default", 44100, 1, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"mel_44k1_stereo", "default", 44100, 2, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"mel_44k1_mono_direct", "default", 44100, 1, LTREC_SPECTRUM_DOUBLE, 1, 1,
     0},
    {"mel_44k1_stereo_direct", "default", 44100, 2, LTREC_SPECTRUM_DOUBLE, 1,
     1, 0},
    {"mel_44k1_stereo_direct_single", "default", 44100, 2,
     LTREC_SPECTRUM_SINGLE, 1, 1, 0},
    {"mel_44k1_stereo_described", "default", 44100, 2, LTREC_SPECTRUM_DOUBLE,
     1, 0, 1},
    {"mel_48k_stereo", "default", 48000, 2, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"mel_44k1_musicnn", "musicnn", 44100, 2, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"mel_alone", "default", 22050, 1, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"mel_alone_single", "default", 22050, 1, LTREC_SPECTRUM_SINGLE, 1, 0, 0},
    {"mel_alone_denormal", "default", 22050, 1, LTREC_SPECTRUM_DOUBLE, 1e-39f,
     0, 0},
    {"mel_alone_librosa", "librosa", 22050, 1, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"cqt_44k1_stereo", "cqt", 44100, 2, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"cqt_44k1_stereo_direct", "cqt", 44100, 2, LTREC_SPECTRUM_DOUBLE, 1, 1,
     0},
    {"cqt_alone", "cqt", 22050, 1, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
    {"cqt_alone_single", "cqt", 22050, 1, LTREC_SPECTRUM_SINGLE, 1, 0, 0},
    {"mel_alone_musicnn", "musicnn", 16000, 1, LTREC_SPECTRUM_DOUBLE, 1, 0, 0},
};

static void bench_mel(ltrec_context *ctx, const struct subject *s)
{
    struct work w = {.rate_hz = s->rate_hz, .channels = s->channels};
    ltrec_frontend_options options;
    char name[64];

    ltrec_frontend_options_preset(&options, sizeof options, s->preset);
    options.precision = s->precision;
    if (s->direct)
        options.resampler = LTREC_RESAMPLER_NONE;
    if (ltrec_frontend_create(ctx, &options, &w.frontend, NULL) != LTREC_OK ||
        (s->described && ltrec_describe_enable(w.frontend, NULL) != LTREC_OK))
        abort();
    w.mel = make_noise((size_t)MOST_ROWS * MOST_BANDS, 0);
    w.pcm = make_noise((size_t)SECONDS * s->rate_hz * s->channels, s->scale);
    snprintf(name, sizeof name, "%s_%s", s->name, ltrec_context_kernels(ctx));
    bench(name, SECONDS * 1000, mel_once, &w);
    ltrec_frontend_free(w.frontend);
    free(w.pcm);
    free(w.mel);
}

/* ---- From rate to rate -------------------------------------------------- */

struct change {
    struct ltr_resampler *resampler;
    uint32_t from_hz, to_hz;
    const float *samples; /* [RESAMPLED_SECONDS * from_hz] */
};

/* In blocks, as a track goes through it. */
static void resample_once(const struct change *c)
{
    static float out[LTR_RESAMPLER_LEAST];
    const float *in = c->samples;
    size_t left = (size_t)RESAMPLED_SECONDS * c->from_hz;
    struct ltr_resampler_step step;

    if (ltr_resampler_start(c->resampler, c->from_hz, c->to_hz) != LTREC_OK)
        abort();
    do {
        step = (struct ltr_resampler_step){
            .in = in,
            .n_in = left < 1024 ? left : 1024,
            .last = left <= 1024,
            .out = out,
            .capacity = LTR_RESAMPLER_LEAST,
        };
        if (ltr_resampler_run(c->resampler, &step) != LTREC_OK)
            abort();
        in += step.n_used;
        left -= step.n_used;
    } while (!step.last || step.n_used > 0 || step.n_made > 0);
}

#define MOST_RACERS 4

struct racer {
    const char *called;
    struct change change;
    double ns[ROUNDS];
};

/* In turns, so that all see the same machine; and times libsamplerate's. */
static void race(struct racer *racers, size_t n, uint32_t from_hz,
                 uint32_t to_hz)
{
    double last;

    for (int round = -1; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++) {
            double start = bench_now_ns();

            resample_once(&racers[i].change);
            if (round >= 0)
                racers[i].ns[round] = bench_now_ns() - start;
        }
    for (size_t i = 0; i < n; i++)
        qsort(racers[i].ns, ROUNDS, sizeof racers[i].ns[0], bench_compare);
    last = racers[n - 1].ns[ROUNDS / 2];
    for (size_t i = 0; i < n; i++) {
        const struct racer *r = &racers[i];

        printf("resample_%u_%u_%s,%d,%.0f,%.0f\n", from_hz, to_hz, r->called,
               RESAMPLED_SECONDS * 1000, r->ns[0], r->ns[ROUNDS / 2]);
        if (i < n - 1)
            printf("# resample_%u_%u_%s: %.1f x medium\n", from_hz, to_hz,
                   r->called, last / r->ns[ROUNDS / 2]);
    }
}

/* Ours with each kernel set, and libsamplerate's MEDIUM last. */
static void bench_resamplers(ltrec_context *const *contexts, size_t n)
{
    static const uint32_t rates[][2] = {
        {44100, 22050}, {48000, 16000}, {44100, 16000}, {48000, 22050}};

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        uint32_t from_hz = rates[i][0], to_hz = rates[i][1];
        float *samples = make_noise((size_t)RESAMPLED_SECONDS * from_hz, 1);
        struct racer racers[MOST_RACERS];

        for (size_t k = 0; k <= n; k++) {
            int32_t quality =
                k < n ? LTREC_RESAMPLER_POLYPHASE : LTREC_RESAMPLER_MEDIUM;
            ltrec_context *ctx = contexts[k < n ? k : 0];

            racers[k].called = k < n ? ltrec_context_kernels(ctx) : "medium";
            racers[k].change = (struct change){
                .from_hz = from_hz, .to_hz = to_hz, .samples = samples};
            if (ltr_resampler_create(ctx, quality,
                                     &racers[k].change.resampler) != LTREC_OK)
                abort();
        }
        race(racers, n + 1, from_hz, to_hz);
        for (size_t k = 0; k <= n; k++)
            ltr_resampler_free(racers[k].change.resampler);
        free(samples);
    }
}

int main(void)
{
    ltrec_context_options options;
    ltrec_context *contexts[MOST_RACERS];
    size_t n = 0;

    ltrec_context_options_init(&options, sizeof options);
    for (options.kernels = LTREC_KERNELS_PORTABLE;
         options.kernels <= LTREC_KERNELS_AVX512; options.kernels++)
        if (ltrec_context_create(&options, &contexts[n], NULL) == LTREC_OK)
            n++; /* others are not on this CPU */
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
            bench_mel(contexts[k], &subjects[i]);
    bench_resamplers(contexts, n);
    for (size_t k = 0; k < n; k++)
        ltrec_context_free(contexts[k]);
    return EXIT_SUCCESS;
}
