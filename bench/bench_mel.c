/*
 * bench_mel.c - log-mel beside straightforward C around KissFFT and FFTW
 *
 * A minute of noise at the rate worked at becomes log-mel by ours, all of
 * ltrec_frontend_mel(), and by plain_mel.h in floats and in doubles.  All take
 * turns in every round, so that they see the same machine; lines are as
 * bench.h says, by the processor's time, and ratios of medians follow them.
 *
 * FFTW is under the GPL: nothing here is linked to it or made from it.  All
 * four libraries are opened when this runs, if they are installed, to be
 * measured.  Debian has no KissFFT in doubles: cmake -DKISSFFT_DATATYPE=double
 * makes one of its sources, which LD_LIBRARY_PATH may name.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID

#include <ltrec/ltrec.h>

#include "bench.h"

#define SECONDS 60
#define ROUNDS 15
#define MOST_SUBJECTS 10
#define TWO_PI 6.283185307179586

static const struct shape {
    uint32_t rate_hz, window, hop, bands;
} shapes[] = {
    {22050, 2048, 1024, 128},
    {22050, 2048, 512, 128},
    {22050, 1024, 512, 128},
    {16000, 512, 256, 96},
};

/* ---- The straightforward form ------------------------------------------- */

static double slaney_hz(double mel)
{
    return mel < 15 ? mel * 200 / 3 : 1000 * exp((log(6.4) / 27) * (mel - 15));
}

/* Good to 1e-6, and vectorised by any compiler. */
static inline float quick_log10(float x)
{
    uint32_t bits, m_bits;
    float m, t, square;
    int32_t e;

    memcpy(&bits, &x, sizeof bits);
    e = (int32_t)(bits - 0x3f3504f3u) >> 23;
    m_bits = bits - ((uint32_t)e << 23);
    memcpy(&m, &m_bits, sizeof m);
    t = (m - 1) / (m + 1);
    square = t * t;
    return 0.30103f * (float)e +
           0.868588964f * t *
               (1 +
                square * (0.33333333f + square * (0.2f + square * 0.142857f)));
}

/* A function of a library, as a pointer to one; 0 when there is none. */
static int find(const char *library, const char *name, void *function,
                size_t size)
{
    void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void *found = opened ? dlsym(opened, name) : NULL;

    memcpy(function, &found, size);
    return found != NULL;
}

#define REAL float
#define PLAIN(name) single_##name
#include "plain_mel.h"

#define REAL double
#define PLAIN(name) double_##name
#include "plain_mel.h"

/* ---- Ours --------------------------------------------------------------- */

struct ours {
    ltrec_context *ctx;
    ltrec_frontend *frontend;
    const float *samples;
    size_t n_samples, room;
    float *mel;
};

static void ours_once(void *state)
{
    struct ours *o = state;
    size_t n;

    if (ltrec_frontend_mel(o->frontend, ltrec_frontend_rate(o->frontend), 1,
                           o->samples, o->n_samples, o->mel, o->room, &n,
                           NULL) != LTREC_OK)
        abort();
}

static int ours_init(struct ours *o, int32_t kernels,
                     const ltrec_frontend_options *options)
{
    ltrec_context_options c;

    ltrec_context_options_init(&c, sizeof c);
    c.kernels = kernels;
    if (ltrec_context_create(&c, &o->ctx, NULL) != LTREC_OK)
        return 0; /* not on this CPU */
    if (ltrec_frontend_create(o->ctx, options, &o->frontend, NULL) != LTREC_OK)
        abort();
    o->room = ltrec_frontend_rows(o->frontend, options->rate_hz, o->n_samples);
    o->mel = malloc(o->room * options->bands * sizeof *o->mel);
    if (!o->mel)
        abort();
    return 1;
}

static void ours_clear(struct ours *o)
{
    ltrec_frontend_free(o->frontend);
    ltrec_context_free(o->ctx);
    free(o->mel);
}

/* ---- In turns ----------------------------------------------------------- */

struct subject {
    char name[48];
    char called[32]; /* the end of it */
    void (*once)(void *state);
    void *state;
    double ns[ROUNDS], median;
};

static void race(struct subject *subjects, size_t n)
{
    for (int round = -1; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++) {
            double start = bench_now_ns();

            subjects[i].once(subjects[i].state);
            if (round >= 0)
                subjects[i].ns[round] = bench_now_ns() - start;
        }
    for (size_t i = 0; i < n; i++) {
        struct subject *s = &subjects[i];

        qsort(s->ns, ROUNDS, sizeof s->ns[0], bench_compare);
        s->median = s->ns[ROUNDS / 2];
        printf("%s,%d,%.0f,%.0f\n", s->name, SECONDS * 1000, s->ns[0],
               s->median);
    }
}

static struct subject *add(struct subject *subjects, size_t *n,
                           const struct shape *shape, const char *name,
                           void (*once)(void *), void *state)
{
    struct subject *s = &subjects[(*n)++];

    snprintf(s->called, sizeof s->called, "%s", name);
    snprintf(s->name, sizeof s->name, "logmel_%u_%u_%s", shape->window,
             shape->hop, name);
    s->once = once;
    s->state = state;
    return s;
}

/* Those of the four that are installed; returns how many. */
static size_t add_plain(struct subject *subjects, const struct shape *shape,
                        struct single_plain *singles,
                        struct double_plain *doubles)
{
    size_t n = 0;

    if (single_plan_kiss(&singles[0], "libkissfft-float.so.131"))
        add(subjects, &n, shape, "kissfft", single_once, &singles[0]);
    if (single_plan_fftw(&singles[1], "libfftw3f.so.3",
                         "fftwf_plan_dft_r2c_1d", "fftwf_execute"))
        add(subjects, &n, shape, "fftw", single_once, &singles[1]);
    if (double_plan_kiss(&doubles[0], "libkissfft-double.so.131"))
        add(subjects, &n, shape, "kissfft_double", double_once, &doubles[0]);
    if (double_plan_fftw(&doubles[1], "libfftw3.so.3", "fftw_plan_dft_r2c_1d",
                         "fftw_execute"))
        add(subjects, &n, shape, "fftw_double", double_once, &doubles[1]);
    if (n < 4)
        printf("# %zu of the other four skipped: not installed\n", 4 - n);
    return n;
}

static size_t add_ours(struct subject *subjects, size_t n,
                       const struct shape *shape, struct ours *ours,
                       const float *samples, size_t n_samples)
{
    size_t n_ours = 0;

    for (int32_t kernels = LTREC_KERNELS_PORTABLE;
         kernels <= LTREC_KERNELS_AVX512; kernels++)
        for (int32_t precision = 0; precision < 2; precision++) {
            struct ours *o = &ours[n_ours];
            ltrec_frontend_options options;
            char name[32];

            ltrec_frontend_options_init(&options, sizeof options);
            options.rate_hz = shape->rate_hz;
            options.window = shape->window;
            options.hop = shape->hop;
            options.bands = shape->bands;
            options.precision = precision;
            o->samples = samples;
            o->n_samples = n_samples;
            if (!ours_init(o, kernels, &options))
                continue;
            snprintf(name, sizeof name, "%s%s", ltrec_context_kernels(o->ctx),
                     precision == LTREC_SPECTRUM_SINGLE ? "_single" : "");
            add(subjects, &n, shape, name, ours_once, o);
            n_ours++;
        }
    return n_ours;
}

static void bench_shape(const struct shape *shape, const float *samples)
{
    size_t n_samples = (size_t)SECONDS * shape->rate_hz, n, n_ours;
    struct single_plain singles[2] = {0};
    struct double_plain doubles[2] = {0};
    struct ours ours[MOST_SUBJECTS] = {0};
    struct subject subjects[MOST_SUBJECTS + 4];

    for (int i = 0; i < 2; i++) {
        single_init(&singles[i], shape, samples, n_samples);
        double_init(&doubles[i], shape, samples, n_samples);
    }
    n = add_plain(subjects, shape, singles, doubles);
    n_ours = add_ours(subjects, n, shape, ours, samples, n_samples);
    race(subjects, n + n_ours);
    for (size_t i = n; i < n + n_ours; i++) {
        printf("# %s:", subjects[i].name);
        for (size_t k = 0; k < n; k++)
            printf(" %.2f x %s", subjects[k].median / subjects[i].median,
                   subjects[k].called);
        printf("\n");
    }
    while (n_ours > 0)
        ours_clear(&ours[--n_ours]);
    for (int i = 0; i < 2; i++) {
        single_clear(&singles[i]);
        double_clear(&doubles[i]);
    }
}

int main(void)
{
    size_t n = (size_t)SECONDS * 22050;
    float *samples = malloc(n * sizeof *samples);
    uint32_t x = 1;

    if (!samples)
        abort();
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        samples[i] = (float)(x >> 8) / (1 << 24) - 0.5f;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        bench_shape(&shapes[i], samples);
    free(samples);
    return EXIT_SUCCESS;
}
