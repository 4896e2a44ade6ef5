/*
 * test_dsp_golden.c - rows held against numpy in double precision and librosa
 *
 * tests/data/README.md says where the expected rows come from.  With
 * DSP_GOLDEN_PRINT in the environment the largest differences are printed.
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

#include "signals.h"

#define SECONDS 0.3
#define N_SIGNALS 4
#define MOST 8192 /* floats of one signal's rows */

/* What was promised: of the power where it can be heard, and of the level. */
#define POWER_TOLERANCE 1e-5
#define LEVEL_TOLERANCE 1e-4
#define HEARD 1e-8

/* What single precision can do with tones; measured 4e-4 and 1.3e-3. */
#define SINGLE_POWER_TOLERANCE 1e-3
#define SINGLE_LEVEL_TOLERANCE 5e-3

static const struct golden {
    const char *file;
    const char *preset;
} goldens[] = {
    {"tests/data/mel_default.f32", "default"},
    {"tests/data/mel_librosa.f32", "librosa"},
    {"tests/data/mel_musicnn.f32", "musicnn"},
    {"tests/data/mel_custom.f32", "custom"},
    {"tests/data/librosa_librosa.f32", "librosa"},
    {"tests/data/librosa_musicnn.f32", "musicnn"},
};
#define N_GOLDENS (int)(sizeof goldens / sizeof goldens[0])

static void options_of(ltrec_frontend_options *o, const char *preset)
{
    if (ltrec_frontend_options_preset(o, sizeof *o, preset) == LTREC_OK)
        return;
    o->rate_hz = 16000;
    o->window = 480;
    o->hop = 160;
    o->bands = 40;
    o->fmin_hz = 50;
    o->fmax_hz = 7600;
    o->scale = LTREC_MEL_HTK;
    o->norm = LTREC_NORM_NONE;
}

/* The signals of make_golden.py; to be freed. */
static float *make_signal(int which, size_t n, double rate)
{
    float *pcm = make_noise(n, which == 0 ? 1 : 2);

    for (size_t i = 0; i < n; i++) {
        double t = (double)i / rate;
        double sweep = 50 * t + (0.45 * rate - 50) * t * t / (2 * SECONDS);

        if (which == 1)
            pcm[i] = (float)(0.5 * sin(SIGNALS_TWO_PI * 997 * t));
        else if (which == 2)
            pcm[i] = (float)(0.25 * sin(SIGNALS_TWO_PI * sweep));
        else if (which == 3)
            pcm[i] = (float)((double)pcm[i] * exp(-20 * t));
    }
    return pcm;
}

/* How far rows are from what they should be. */
struct distance {
    double power; /* largest relative difference where it can be heard */
    double level; /* largest difference */
};

static double largest(const float *x, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, (double)x[i]);
    return most;
}

static void measure(struct distance *d, FILE *file, ltrec_frontend *frontend,
                    int which)
{
    static float rows[MOST], power[MOST], level[MOST];
    uint32_t rate = ltrec_frontend_rate(frontend);
    size_t n = (size_t)(rate * SECONDS), n_rows, n_fed, count;
    float *pcm = make_signal(which, n, rate);
    double heard;

    count = ltrec_frontend_rows(frontend, rate, n) *
            ltrec_frontend_bands(frontend);
    ck_assert_uint_le(count, MOST);
    ck_assert_uint_eq(fread(power, sizeof *power, count, file), count);
    ck_assert_uint_eq(fread(level, sizeof *level, count, file), count);

    ltrec_frontend_start(frontend, rate, 1, NULL);
    ltrec_frontend_feed(frontend, pcm, n, rows, MOST, &n_fed, NULL);
    ltrec_frontend_finish(frontend,
                          rows + n_fed * ltrec_frontend_bands(frontend), MOST,
                          &n_rows, NULL);
    ck_assert_uint_eq((n_fed + n_rows) * ltrec_frontend_bands(frontend),
                      count);
    heard = HEARD * largest(power, count);
    for (size_t i = 0; i < count; i++)
        if ((double)power[i] > heard)
            d->power = fmax(d->power, fabs((double)rows[i] / power[i] - 1));

    ck_assert_int_eq(ltrec_frontend_level(frontend, rows, n_fed + n_rows),
                     LTREC_OK);
    for (size_t i = 0; i < count; i++)
        d->level = fmax(d->level, fabs((double)rows[i] - level[i]));
    free(pcm);
}

/* All signals of a file; what is largest goes to `total`. */
static void measure_all(struct distance *total, const char *path,
                        ltrec_frontend *frontend, const char *what)
{
    FILE *file = fopen(path, "rb");

    ck_assert_msg(file != NULL, "%s is not there", path);
    for (int which = 0; which < N_SIGNALS; which++) {
        struct distance d = {0, 0};

        measure(&d, file, frontend, which);
        if (getenv("DSP_GOLDEN_PRINT"))
            printf("%s, %s, signal %d: power %.2e, level %.2e\n", path, what,
                   which, d.power, d.level);
        total->power = fmax(total->power, d.power);
        total->level = fmax(total->level, d.level);
    }
    fflush(stdout);
    ck_assert_int_eq(fgetc(file), EOF);
    fclose(file);
}

/* With one kernel set and precision; all zero where the CPU lacks the set. */
static struct distance distance_of(const struct golden *golden,
                                   int32_t kernels, int32_t precision)
{
    struct distance total = {0, 0};
    ltrec_context_options context;
    ltrec_frontend_options options;
    ltrec_frontend *frontend;
    ltrec_context *ctx;
    char what[32];

    ltrec_context_options_init(&context, sizeof context);
    context.kernels = kernels;
    if (ltrec_context_create(&context, &ctx, NULL) == LTREC_ERR_UNSUPPORTED)
        return total;
    options_of(&options, golden->preset);
    options.precision = precision;
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    snprintf(what, sizeof what, "%s%s", ltrec_context_kernels(ctx),
             precision == LTREC_SPECTRUM_SINGLE ? " single" : "");
    measure_all(&total, golden->file, frontend, what);
    ltrec_frontend_free(frontend);
    ltrec_context_free(ctx);
    return total;
}

START_TEST(rows_are_those_of_an_independent_computation)
{
    struct distance d =
        distance_of(&goldens[_i / 3], LTREC_KERNELS_PORTABLE + _i % 3,
                    LTREC_SPECTRUM_DOUBLE);

    ck_assert_double_le(d.power, POWER_TOLERANCE);
    ck_assert_double_le(d.level, LEVEL_TOLERANCE);
}
END_TEST

START_TEST(single_precision_is_off_by_as_much_as_it_says)
{
    struct distance d =
        distance_of(&goldens[_i / 3], LTREC_KERNELS_PORTABLE + _i % 3,
                    LTREC_SPECTRUM_SINGLE);

    ck_assert_double_le(d.power, SINGLE_POWER_TOLERANCE);
    ck_assert_double_le(d.level, SINGLE_LEVEL_TOLERANCE);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, rows_are_those_of_an_independent_computation, 0,
                        3 * N_GOLDENS);
    tcase_add_loop_test(tests, single_precision_is_off_by_as_much_as_it_says,
                        0, 3 * N_GOLDENS);
}

int main(void)
{
    return check_run("dsp_golden", add_tests);
}
