/*
 * bench_mel.c - log-mel beside straightforward C around KissFFT and FFTW
 *
 * A minute of noise at the rate worked at becomes log-mel by ours, all of
 * ltrec_frontend_mel(), and by a frame at a time of window, transform, sparse
 * filterbank and a logarithm of a few terms.  All take turns in every round,
 * so that they see the same machine; lines are as bench.h says, by the
 * processor's time, and ratios of medians follow them.
 *
 * FFTW is under the GPL: nothing here is linked to it or made from it.  It is
 * opened when this runs, if it is installed, to be measured.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID

#include <kiss_fftr.h>

#include <ltrec/ltrec.h>

#include "bench.h"

#define SECONDS 60
#define ROUNDS 15
#define MOST_SUBJECTS 10
#define TWO_PI 6.283185307179586

/* ---- The straightforward form ------------------------------------------- */

struct filter {
    size_t start, length;
    float *weights;
};

struct plain {
    size_t window, hop, bands, n_samples;
    const float *samples;
    float *shape;           /* [window] Hann */
    struct filter *filters; /* [bands] */
    float *frame, *power, *mel;
    kiss_fft_cpx *bins;
    kiss_fftr_cfg kiss;
    void *fftw; /* a plan */
    void (*execute)(const void *plan);
};

static double slaney_hz(double mel)
{
    return mel < 15 ? mel * 200 / 3 : 1000 * exp((log(6.4) / 27) * (mel - 15));
}

static void make_filters(struct plain *p, double rate)
{
    double top = 15 + log(rate / 2 / 1000) / (log(6.4) / 27);

    p->filters = calloc(p->bands, sizeof *p->filters);
    for (size_t b = 0; b < p->bands; b++) {
        struct filter *f = &p->filters[b];
        double edge[3];

        for (size_t i = 0; i < 3; i++)
            edge[i] =
                slaney_hz(top * (double)(b + i) / (double)(p->bands + 1));
        f->weights = calloc(p->window / 2 + 1, sizeof *f->weights);
        for (size_t k = 0; k <= p->window / 2; k++) {
            double hz = (double)k * rate / (double)p->window;
            double height = fmin((hz - edge[0]) / (edge[1] - edge[0]),
                                 (edge[2] - hz) / (edge[2] - edge[1]));

            if (height <= 0)
                continue;
            if (f->length == 0)
                f->start = k;
            f->length = k - f->start + 1;
            f->weights[k - f->start] =
                (float)(height * 2 / (edge[2] - edge[0]));
        }
    }
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

static void plain_frame(struct plain *p, const float *samples, float *row)
{
    for (size_t i = 0; i < p->window; i++)
        p->frame[i] = samples[i] * p->shape[i];
    if (p->fftw)
        p->execute(p->fftw);
    else
        kiss_fftr(p->kiss, p->frame, p->bins);
    for (size_t k = 0; k <= p->window / 2; k++)
        p->power[k] =
            p->bins[k].r * p->bins[k].r + p->bins[k].i * p->bins[k].i;
    for (size_t b = 0; b < p->bands; b++) {
        const struct filter *f = &p->filters[b];
        const float *power = p->power + f->start;
        float sum = 0;

        for (size_t i = 0; i < f->length; i++)
            sum += f->weights[i] * power[i];
        row[b] = sum;
    }
    for (size_t b = 0; b < p->bands; b++)
        row[b] = 10 * quick_log10(row[b] > 1e-10f ? row[b] : 1e-10f);
}

static void plain_once(void *state)
{
    struct plain *p = state;
    size_t n = 1 + (p->n_samples - p->window) / p->hop;

    for (size_t t = 0; t < n; t++)
        plain_frame(p, p->samples + t * p->hop, p->mel + t * p->bands);
}

/* A plan of FFTW's, measured; 0 when it is not installed. */
static int plan_fftw(struct plain *p)
{
    void *library = dlopen("libfftw3f.so.3", RTLD_NOW | RTLD_LOCAL);
    void *(*make)(int, float *, void *, unsigned);
    void *plan, *execute;

    if (!library)
        return 0;
    plan = dlsym(library, "fftwf_plan_dft_r2c_1d");
    execute = dlsym(library, "fftwf_execute");
    if (!plan || !execute)
        return 0;
    memcpy(&make, &plan, sizeof make);
    memcpy(&p->execute, &execute, sizeof execute);
    p->fftw = make((int)p->window, p->frame, p->bins, 0 /* measure */);
    return p->fftw != NULL;
}

static void plain_init(struct plain *p, double rate)
{
    size_t bins = p->window / 2 + 1;

    p->shape = malloc(p->window * sizeof *p->shape);
    p->frame = aligned_alloc(64, p->window * sizeof *p->frame);
    p->bins = aligned_alloc(64, (bins + 7) / 8 * 8 * sizeof *p->bins);
    p->power = malloc(bins * sizeof *p->power);
    p->mel = malloc((p->n_samples / p->hop + 1) * p->bands * sizeof *p->mel);
    p->kiss = kiss_fftr_alloc((int)p->window, 0, NULL, NULL);
    if (!p->shape || !p->frame || !p->bins || !p->power || !p->mel || !p->kiss)
        abort();
    for (size_t i = 0; i < p->window; i++)
        p->shape[i] =
            (float)(0.5 - 0.5 * cos(TWO_PI * (double)i / (double)p->window));
    make_filters(p, rate);
}

static void plain_clear(struct plain *p)
{
    for (size_t b = 0; b < p->bands; b++)
        free(p->filters[b].weights);
    free(p->filters);
    free(p->shape);
    free(p->frame);
    free(p->bins);
    free(p->power);
    free(p->mel);
    kiss_fftr_free(p->kiss);
}

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

static const struct shape {
    uint32_t rate_hz, window, hop, bands;
} shapes[] = {
    {22050, 2048, 1024, 128},
    {22050, 2048, 512, 128},
    {22050, 1024, 512, 128},
    {16000, 512, 256, 96},
};

static struct subject *add(struct subject *subjects, size_t *n,
                           const struct shape *shape, const char *name,
                           void (*once)(void *), void *state)
{
    struct subject *s = &subjects[(*n)++];

    snprintf(s->name, sizeof s->name, "logmel_%u_%u_%s", shape->window,
             shape->hop, name);
    s->once = once;
    s->state = state;
    return s;
}

static void bench_shape(const struct shape *shape, const float *samples)
{
    struct plain kiss = {.window = shape->window,
                         .hop = shape->hop,
                         .bands = shape->bands,
                         .n_samples = (size_t)SECONDS * shape->rate_hz,
                         .samples = samples},
                 fftw = kiss;
    struct ours ours[MOST_SUBJECTS] = {0};
    struct subject subjects[MOST_SUBJECTS + 2];
    size_t n = 0, n_ours = 0;

    plain_init(&kiss, shape->rate_hz);
    plain_init(&fftw, shape->rate_hz);
    add(subjects, &n, shape, "kissfft", plain_once, &kiss);
    if (plan_fftw(&fftw))
        add(subjects, &n, shape, "fftw", plain_once, &fftw);
    else
        printf("# FFTW skipped: not installed\n");
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
            o->n_samples = kiss.n_samples;
            if (!ours_init(o, kernels, &options))
                continue;
            snprintf(name, sizeof name, "%s%s", ltrec_context_kernels(o->ctx),
                     precision == LTREC_SPECTRUM_SINGLE ? "_single" : "");
            add(subjects, &n, shape, name, ours_once, o);
            n_ours++;
        }
    race(subjects, n);
    for (size_t i = n - n_ours; i < n; i++) {
        printf("# %s: %.2f x kissfft", subjects[i].name,
               subjects[0].median / subjects[i].median);
        if (n - n_ours == 2)
            printf(", %.2f x fftw", subjects[1].median / subjects[i].median);
        printf("\n");
    }
    while (n_ours > 0)
        ours_clear(&ours[--n_ours]);
    plain_clear(&kiss);
    plain_clear(&fftw);
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
