/*
 * test_dsp_constantq.c - rows of a constant-Q transform
 *
 * tests/data/README.md says where the expected rows come from.
 */
#include "kernel_sets.h"
#include "constantq_lab.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "signals.h"

#define ROWS 44 /* of two seconds */
#define N_SIGNALS 2
#define HEARD 1e-8 /* of the largest power */

static float others[MOST];

static double largest(const float *x, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, (double)x[i]);
    return most;
}

/* The largest difference of power where it can be heard, as a share of it. */
static double distance(const float *a, const float *b, size_t n, double heard)
{
    double most = 0, least = heard * largest(b, n);

    for (size_t i = 0; i < n; i++)
        if ((double)b[i] > least)
            most = fmax(most, fabs((double)a[i] / (double)b[i] - 1));
    return most;
}

/* ---- Others' rows ------------------------------------------------------- */

/* The signals of make_cqt.py, of any rate: a second of sound in silence. */
static float *make_signal(int which, uint32_t rate)
{
    float *pcm = calloc(2 * (size_t)rate, sizeof *pcm);
    float *sound = make_noise(rate, 1);

    for (size_t i = 0; i < rate; i++) {
        double t = (double)i / rate, x = (double)sound[i];
        double fade = pow(sin(SIGNALS_TWO_PI / 2 * t), 2);

        if (which == 1) {
            x = 0;
            for (int j = 0; j < 8; j++)
                x += 0.1 * sin(SIGNALS_TWO_PI * 49 * pow(2.1, j) * t);
        }
        pcm[rate / 2 + i] = (float)(x * fade);
    }
    free(sound);
    return pcm;
}

static void read_rows(const char *path, float *expected)
{
    FILE *file = fopen(path, "rb");
    size_t n = (size_t)N_SIGNALS * ROWS * BANDS;

    ck_assert_msg(file != NULL, "%s is not there", path);
    ck_assert_uint_eq(fread(expected, sizeof *expected, n, file), n);
    ck_assert_int_eq(fgetc(file), EOF);
    fclose(file);
}

/* Of a kernel set: 0 where this machine cannot run it. */
static double farthest(int32_t kernels, const float *expected, double heard)
{
    ltrec_context *on = context_with(kernels, 1);
    ltrec_frontend *frontend;
    double most = 0;

    if (!on)
        return 0;
    frontend = make_on(on);
    for (int which = 0; which < N_SIGNALS; which++) {
        float *pcm = make_signal(which, RATE);

        run(frontend, RATE, pcm, 2 * RATE, 2 * RATE, rows);
        most = fmax(most, distance(rows, expected + which * ROWS * BANDS,
                                   ROWS * BANDS, heard));
        free(pcm);
    }
    ltrec_frontend_free(frontend);
    ltrec_context_free(on);
    return most;
}

START_TEST(rows_are_those_of_an_independent_computation)
{
    static float expected[N_SIGNALS * ROWS * BANDS];

    read_rows("tests/data/cqt_cqt.f32", expected);
    ck_assert_double_le(farthest(_i, expected, HEARD), 1e-6);
    options.precision = LTREC_SPECTRUM_SINGLE;
    ck_assert_double_le(farthest(_i, expected, HEARD), 3e-3);
}
END_TEST

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/*
 * What librosa halves the rate with keeps other parts of what lies around the
 * middle: bands far below their neighbours differ by what they take from it.
 */
START_TEST(rows_are_librosas_as_far_as_its_resampler_goes)
{
    static float expected[N_SIGNALS * ROWS * BANDS];
    static double apart[ROWS * BANDS];
    const float *theirs = expected + _i * ROWS * BANDS;
    float *pcm = make_signal(_i, RATE);
    double least;
    size_t n = 0;

    read_rows("tests/data/librosa_cqt.f32", expected);
    ck_assert_uint_eq(rows_of(RATE, pcm, 2 * RATE, rows), ROWS);
    least = HEARD * largest(theirs, ROWS * BANDS);
    for (size_t i = 0; i < ROWS * BANDS; i++)
        if ((double)theirs[i] > least)
            apart[n++] = fabs(10 * log10((double)rows[i] / (double)theirs[i]));
    ck_assert_uint_gt(n, ROWS * BANDS / 4);
    qsort(apart, n, sizeof *apart, by_size);
    ck_assert_double_le(apart[n / 2], 5e-4); /* dB */
    ck_assert_double_le(apart[n * 99 / 100], 0.2);
    ck_assert_double_le(apart[n - 1], 2);

    /* Nothing has been resampled for the highest octave. */
    for (size_t r = 0; r < ROWS; r++)
        for (size_t b = r * BANDS + BANDS - OCTAVE; b < (r + 1) * BANDS; b++)
            if ((double)theirs[b] > least)
                ck_assert_double_eq_tol(rows[b], theirs[b],
                                        2e-4 * (double)theirs[b]);
    free(pcm);
}
END_TEST

/* ---- What rows mean ----------------------------------------------------- */

/* A tone of amplitude a has power a^2 / 4 times its window's length. */
START_TEST(a_tone_is_loudest_in_its_own_band)
{
    const double periods = 1 + 2 / (pow(2, 2.0 / OCTAVE) - 1);
    ltrec_frontend *frontend = make_on(ctx);

    for (size_t band = 0; band < BANDS; band++) {
        double hz = (double)options.fmin_hz * pow(2, (double)band / OCTAVE);
        float *pcm = make_sine(2 * RATE, RATE, hz, 0.5);
        const float *row = rows + ROWS / 2 * BANDS;
        double expected = 0.25 / 4 * periods * RATE / hz;

        run(frontend, RATE, pcm, 2 * RATE, 2 * RATE, rows);
        ck_assert_double_eq_tol(row[band], expected, 0.03 * expected);
        for (size_t b = 0; b < BANDS; b++) {
            double apart = fabs((double)b - (double)band);

            ck_assert(b == band || row[b] < 0.6f * row[band]);
            if (apart > 4)
                ck_assert_double_lt(row[b], 2e-3 * (double)row[band]);
        }
        free(pcm);
    }
    ltrec_frontend_free(frontend);
}
END_TEST

START_TEST(a_click_is_in_the_row_about_its_time)
{
    float *pcm = calloc(2 * RATE, sizeof *pcm);

    pcm[20 * HOP] = 1;
    ck_assert_uint_eq(rows_of(RATE, pcm, 2 * RATE, rows), ROWS);
    for (size_t b = 0; b < BANDS; b++) {
        size_t loudest = 0;

        for (size_t r = 1; r < ROWS; r++)
            if (rows[r * BANDS + b] > rows[loudest * BANDS + b])
                loudest = r;
        ck_assert_uint_eq(loudest, 20);
    }
    free(pcm);
}
END_TEST

START_TEST(silence_is_silent_and_short_tracks_have_rows)
{
    float *pcm = calloc(RATE, sizeof *pcm);
    static const size_t lengths[] = {1, 2, 1023, 1024, 1025, 5000, RATE};
    ltrec_frontend *frontend = make_on(ctx);

    ck_assert_uint_eq(run(frontend, RATE, pcm, 0, 1, rows), 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t n = run(frontend, RATE, pcm, lengths[i], 37, rows);

        ck_assert_uint_eq(n, 1 + lengths[i] / HOP);
        for (size_t j = 0; j < n * BANDS; j++)
            ck_assert_float_eq(rows[j], 0);
    }
    pcm[0] = 1; /* nothing of the track before is left */
    run(frontend, RATE, pcm, 1, 1, rows);
    ck_assert_float_gt(rows[BANDS - 1], 0);
    ltrec_frontend_free(frontend);
    free(pcm);
}
END_TEST

/* ---- Streaming ---------------------------------------------------------- */

START_TEST(pieces_of_any_size_give_the_same_bits)
{
    static const uint32_t rates[] = {RATE, 44100, 48000, 44100, 88200, 44101};
    static const size_t pieces[] = {1, 37, 1024, 8192, 9001};
    uint32_t rate = rates[_i % 6];
    size_t n = 2 * (size_t)rate + 17, n_whole;
    float *pcm = make_noise(n, 7);
    ltrec_frontend *frontend;

    options.resampler = _i % 6 == 3 || _i % 6 == 4 ? LTREC_RESAMPLER_NONE
                                                   : LTREC_RESAMPLER_POLYPHASE;
    options.precision = _i / 6;
    frontend = make_on(ctx);
    n_whole = run(frontend, rate, pcm, n, n, rows);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        ck_assert_uint_eq(run(frontend, rate, pcm, n, pieces[i], others),
                          n_whole);
        ck_assert_mem_eq(rows, others, n_whole * BANDS * sizeof *rows);
    }
    ltrec_frontend_free(frontend);
    free(pcm);
}
END_TEST

/* A row is what it is wherever in the track: eight hops are a whole batch. */
START_TEST(rows_do_not_depend_on_their_lane)
{
    size_t n = 2 * RATE, shift = (size_t)(_i + 1) * HOP;
    float *pcm = calloc(n + shift, sizeof *pcm);
    float *sound = make_signal(0, RATE);
    size_t n_rows;

    memcpy(pcm + shift, sound, n * sizeof *pcm);
    n_rows = rows_of(RATE, sound, n, rows);
    rows_of(RATE, pcm, n + shift, others);
    ck_assert_mem_eq(rows, others + (size_t)(_i + 1) * BANDS,
                     n_rows * BANDS * sizeof *rows);
    free(sound);
    free(pcm);
}
END_TEST

/* Without resampling, a level more or two come before the first octave. */
START_TEST(tracks_of_a_multiple_of_the_rate_have_the_same_rows)
{
    uint32_t rate = (uint32_t)RATE << (_i + 1);
    float *pcm = make_signal(1, rate), *slow = make_signal(1, RATE);
    size_t n = 2 * (size_t)rate;

    ck_assert_uint_eq(rows_of(RATE, slow, 2 * RATE, others), ROWS);
    options.resampler = LTREC_RESAMPLER_NONE;
    ck_assert_uint_eq(rows_of(rate, pcm, n, rows), ROWS);
    ck_assert_double_le(distance(rows, others, ROWS * BANDS, 1e-5), 1e-4);
    options.resampler = LTREC_RESAMPLER_POLYPHASE;
    ck_assert_uint_eq(rows_of(rate, pcm, n, rows), ROWS);
    ck_assert_double_le(distance(rows, others, ROWS * BANDS, 1e-5), 1e-4);
    free(slow);
    free(pcm);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, rows_are_those_of_an_independent_computation, 0,
                        KERNEL_SETS);
    tcase_add_loop_test(tests, rows_are_librosas_as_far_as_its_resampler_goes,
                        0, N_SIGNALS);
    tcase_add_test(tests, a_tone_is_loudest_in_its_own_band);
    tcase_add_test(tests, a_click_is_in_the_row_about_its_time);
    tcase_add_test(tests, silence_is_silent_and_short_tracks_have_rows);
    tcase_add_loop_test(tests, pieces_of_any_size_give_the_same_bits, 0, 12);
    tcase_add_loop_test(tests, rows_do_not_depend_on_their_lane, 0, 9);
    tcase_add_loop_test(
        tests, tracks_of_a_multiple_of_the_rate_have_the_same_rows, 0, 3);
}

int main(void)
{
    return check_run("dsp_constantq", add_tests);
}
