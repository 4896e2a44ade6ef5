/*
 * test_dsp_longer.c - tracks of a multiple of the rate, without resampling
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "signals.h"

#define RATE 22050
#define BANDS 128
#define MOST_ROWS 400

static ltrec_context *ctx;
static ltrec_frontend_options options;
static float rows[MOST_ROWS * BANDS], others[MOST_ROWS * BANDS];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ltrec_frontend_options_init(&options, sizeof options);
    options.resampler = LTREC_RESAMPLER_NONE;
    options.level = LTREC_LEVEL_NONE;
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

static ltrec_frontend *make(void)
{
    ltrec_frontend *frontend;

    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    return frontend;
}

/* Feed pcm in pieces of `piece` frames; returns the number of rows. */
static size_t run(ltrec_frontend *frontend, uint32_t rate_hz,
                  uint32_t channels, const float *pcm, size_t n, size_t piece,
                  float *out)
{
    size_t total = 0, given, bands = ltrec_frontend_bands(frontend);

    ck_assert_int_eq(ltrec_frontend_start(frontend, rate_hz, channels, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < n; i += piece) {
        ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm + i * channels,
                                             n - i < piece ? n - i : piece,
                                             out + total * bands,
                                             MOST_ROWS - total, &given, NULL),
                         LTREC_OK);
        total += given;
    }
    ck_assert_int_eq(ltrec_frontend_finish(frontend, out + total * bands,
                                           MOST_ROWS - total, &given, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(total + given,
                      ltrec_frontend_rows(frontend, rate_hz, n));
    return total + given;
}

/* Power is that of a window as many times as long, over its square. */
START_TEST(rows_are_those_of_a_longer_window)
{
    const uint32_t times = (uint32_t)_i;
    size_t n = times * RATE * 3, n_rows;
    float *pcm = make_noise(n, 3);
    ltrec_frontend *direct = make(), *longer;

    n_rows = run(direct, times * RATE, 1, pcm, n, n, rows);
    options.rate_hz *= times;
    options.window *= times;
    options.hop *= times;
    options.fmax_hz = RATE / 2.0f;
    longer = make();
    ck_assert_uint_eq(run(longer, times * RATE, 1, pcm, n, n, others), n_rows);
    for (size_t i = 0; i < n_rows * BANDS; i++)
        ck_assert_double_eq_tol(rows[i] * (double)(times * times), others[i],
                                1e-6 * others[i]);
    ltrec_frontend_free(longer);
    ltrec_frontend_free(direct);
    free(pcm);
}
END_TEST

/* Where the filter of the other passes all, rows are the same. */
START_TEST(rows_are_those_of_a_resampled_track_below_its_edge)
{
    size_t n = 4 * 44100, n_rows, heard = 0;
    float *pcm = calloc(n, sizeof *pcm), most = 0;
    ltrec_frontend *direct = make(), *resampled;

    for (int k = 1; k < 40; k++) {
        float *tone = make_sine(n, 44100, 250.0 * k, 0.5 / k);

        for (size_t i = 0; i < n; i++)
            pcm[i] += tone[i];
        free(tone);
    }
    n_rows = run(direct, 44100, 1, pcm, n, n, rows);
    options.resampler = LTREC_RESAMPLER_POLYPHASE;
    resampled = make();
    ck_assert_uint_eq(run(resampled, 44100, 1, pcm, n, n, others), n_rows);
    for (size_t i = 0; i < n_rows * BANDS; i++)
        most = fmaxf(most, others[i]);
    for (size_t i = BANDS; i < (n_rows - 2) * BANDS; i++)
        if (others[i] > 1e-6f * most) {
            ck_assert_double_eq_tol(rows[i], others[i], 2e-4 * others[i]);
            heard++;
        }
    ck_assert_uint_gt(heard, n_rows * BANDS / 4);
    ltrec_frontend_free(resampled);
    ltrec_frontend_free(direct);
    free(pcm);
}
END_TEST

/* Multiples, a rate that is none, and then another multiple. */
START_TEST(pieces_and_descriptions_change_no_bit)
{
    static const uint32_t rates[] = {44100, 48000, 88200, 44100, RATE};
    static const size_t pieces[] = {1, 37, 1024, 50000};
    float *pcm = make_noise(2 * 50000, 5);
    ltrec_frontend *whole, *pieced;

    options.centred = _i;
    whole = make();
    pieced = make();
    ck_assert_int_eq(ltrec_describe_enable(pieced, NULL), LTREC_OK);
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        size_t n = run(whole, rates[r], 2, pcm, 50000, 50000, rows);

        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            ck_assert_uint_eq(
                run(pieced, rates[r], 2, pcm, 50000, pieces[i], others), n);
            ck_assert_mem_eq(rows, others, n * BANDS * sizeof *rows);
        }
    }
    ltrec_frontend_free(pieced);
    ltrec_frontend_free(whole);
    free(pcm);
}
END_TEST

START_TEST(a_window_that_would_be_too_long_is_resampled)
{
    float *pcm = make_noise(RATE * 40, 7);
    ltrec_frontend *frontend = make();
    size_t n = run(frontend, RATE * 34, 1, pcm, RATE * 40, RATE * 40, rows);

    ck_assert_uint_gt(n, 0);
    for (size_t i = 0; i < n * BANDS; i++)
        ck_assert(isfinite(rows[i]));
    ltrec_frontend_free(frontend);
    free(pcm);
}
END_TEST

START_TEST(a_track_goes_on_when_another_cannot_begin)
{
    struct failing_memory memory = {.until_failure = -1};
    float *pcm = make_noise(44100, 3);
    ltrec_frontend *frontend = make(), *failing;
    size_t n = run(frontend, 44100, 1, pcm, 44100, 44100, others), fed, given;
    ltrec_context *short_of_memory;

    ck_assert_int_eq(failing_context(&memory, &short_of_memory), LTREC_OK);
    ck_assert_int_eq(
        ltrec_frontend_create(short_of_memory, &options, &failing, NULL),
        LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_start(failing, 44100, 1, NULL), LTREC_OK);
    ck_assert_int_eq(
        ltrec_frontend_feed(failing, pcm, 44100, rows, MOST_ROWS, &fed, NULL),
        LTREC_OK);
    for (long i = 0; i < 4; i++) {
        memory.until_failure = i;
        ck_assert_int_eq(ltrec_frontend_start(failing, 88200, 1, NULL),
                         LTREC_ERR_MEMORY);
    }
    memory.until_failure = -1;
    ck_assert_int_eq(ltrec_frontend_finish(failing, rows + fed * BANDS,
                                           MOST_ROWS, &given, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(fed + given, n);
    ck_assert_mem_eq(rows, others, n * BANDS * sizeof *rows);
    ltrec_frontend_free(failing);
    ltrec_context_free(short_of_memory);
    ck_assert_int_eq(memory.live, 0);
    ltrec_frontend_free(frontend);
    free(pcm);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, rows_are_those_of_a_longer_window, 2, 6);
    tcase_add_test(tests, rows_are_those_of_a_resampled_track_below_its_edge);
    tcase_add_loop_test(tests, pieces_and_descriptions_change_no_bit, 0, 2);
    tcase_add_test(tests, a_window_that_would_be_too_long_is_resampled);
    tcase_add_test(tests, a_track_goes_on_when_another_cannot_begin);
}

int main(void)
{
    return check_run("dsp_longer", add_tests);
}
