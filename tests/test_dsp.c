/*
 * test_dsp.c - what the front end hears
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "signals.h"

#define RATE 22050
#define BANDS 128
#define MOST_ROWS 200

static ltrec_context *ctx;
static ltrec_frontend *frontend;
static float mel[MOST_ROWS * BANDS];
static size_t n_rows;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_create(ctx, NULL, &frontend, NULL),
                     LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx); /* before its front end: the order is free */
    ltrec_frontend_free(frontend);
}

static int whole(uint32_t rate_hz, uint32_t channels, const float *pcm,
                 size_t n_frames)
{
    return ltrec_frontend_mel(frontend, rate_hz, channels, pcm, n_frames, mel,
                              MOST_ROWS, &n_rows, NULL);
}

/* The band with the most power in a row of mel. */
static size_t loudest_band(const float *row)
{
    size_t best = 0;

    for (size_t b = 1; b < BANDS; b++)
        if (row[b] > row[best])
            best = b;
    return best;
}

/* ---- What it hears ------------------------------------------------------ */

START_TEST(silence_lies_on_the_floor)
{
    float *pcm = calloc(3 * 44100, sizeof *pcm);

    ck_assert_int_eq(whole(44100, 3, pcm, 44100), LTREC_OK);
    ck_assert_uint_eq(n_rows, 21);
    for (size_t i = 0; i < n_rows * BANDS; i++)
        ck_assert_float_eq(mel[i], -80);
    free(pcm);
}
END_TEST

START_TEST(denormals_are_silence)
{
    float *pcm = make_noise(44100, 9);

    for (size_t i = 0; i < 44100; i++)
        pcm[i] *= 1e-39f;
    ck_assert_int_eq(whole(44100, 1, pcm, 44100), LTREC_OK);
    for (size_t i = 0; i < n_rows * BANDS; i++)
        ck_assert_float_eq(mel[i], -80);
    free(pcm);
}
END_TEST

START_TEST(the_largest_samples_give_finite_rows)
{
    float *pcm = make_sine(44100, 44100, 1000, 4294967040.0);

    ck_assert_int_eq(whole(44100, 1, pcm, 44100), LTREC_OK);
    for (size_t i = 0; i < n_rows * BANDS; i++)
        ck_assert(isfinite(mel[i]));
    free(pcm);
}
END_TEST

START_TEST(one_sample_gives_one_row)
{
    const float sample = 0.5f;

    ck_assert_int_eq(whole(44100, 1, &sample, 1), LTREC_OK);
    ck_assert_uint_eq(n_rows, 1);
    for (size_t i = 0; i < BANDS; i++)
        ck_assert(isfinite(mel[i]));
}
END_TEST

START_TEST(channels_are_mixed_by_their_mean)
{
    uint32_t channels = (uint32_t)_i;
    float *pcm = make_noise(8000, 11), *wide, *expected;

    wide = malloc(8000 * channels * sizeof *wide);
    expected = malloc(sizeof mel);
    for (size_t i = 0; i < 8000; i++)
        for (size_t c = 0; c < channels; c++) /* whose mean is pcm[i] */
            wide[i * channels + c] =
                pcm[i] + ((float)c - (float)(channels - 1) / 2) / 8;
    ck_assert_int_eq(whole(RATE, 1, pcm, 8000), LTREC_OK);
    memcpy(expected, mel, sizeof mel);
    ck_assert_int_eq(whole(RATE, channels, wide, 8000), LTREC_OK);
    for (size_t i = 0; i < n_rows * BANDS; i++)
        ck_assert_float_eq_tol(mel[i], expected[i], 1e-2f);
    free(expected);
    free(wide);
    free(pcm);
}
END_TEST

START_TEST(a_tone_keeps_its_band_and_level_at_any_rate)
{
    static const uint32_t rates[] = {16000, 32000, 44100, 48000, 96000};
    uint32_t rate = rates[_i % 5];
    ltrec_frontend_options options;
    float *pcm = make_sine(RATE, RATE, 1000, 0.5f);
    float *same = malloc(10 * BANDS * sizeof *same);
    size_t band;

    ltrec_frontend_options_init(&options, sizeof options);
    options.resampler = _i / 5; /* each quality */
    options.level = LTREC_LEVEL_NONE;
    ltrec_frontend_free(frontend);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(whole(RATE, 1, pcm, RATE), LTREC_OK);
    memcpy(same, mel, 10 * BANDS * sizeof *same);
    free(pcm);

    pcm = make_sine(rate, rate, 1000, 0.5f);
    ck_assert_int_eq(whole(rate, 1, pcm, rate), LTREC_OK);
    for (size_t t = 2; t < 10; t++) {
        band = loudest_band(same + t * BANDS);
        ck_assert_uint_eq(loudest_band(mel + t * BANDS), band);
        ck_assert_float_eq_tol(mel[t * BANDS + band] / same[t * BANDS + band],
                               1, 1e-3f);
    }
    free(same);
    free(pcm);
}
END_TEST

START_TEST(a_tone_beyond_the_band_is_not_folded_back)
{
    float *pcm = make_sine(44100, 44100, 15000, 0.5f);
    ltrec_frontend_options options;

    ltrec_frontend_options_init(&options, sizeof options);
    options.level = LTREC_LEVEL_NONE;
    ltrec_frontend_free(frontend);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(whole(44100, 1, pcm, 44100), LTREC_OK);
    /* Away from the ends, -100 dB of the 1e2 or so the tone would have. */
    for (size_t i = 3 * BANDS; i < (n_rows - 3) * BANDS; i++)
        ck_assert_float_le(mel[i], 1e-8f);
    free(pcm);
}
END_TEST

/* ---- The host's floating-point settings --------------------------------- */

#ifdef __SSE2__
#include <xmmintrin.h>

START_TEST(the_hosts_floating_point_mode_is_left_alone)
{
    float *pcm = make_noise(8000, 2);
    unsigned before = _mm_getcsr() & ~0x3fu; /* without the sticky flags */

    ck_assert_int_eq(whole(44100, 1, pcm, 8000), LTREC_OK);
    ck_assert_uint_eq(_mm_getcsr() & ~0x3fu, before);
    free(pcm);
}
END_TEST
#endif

/* ---- Memory ------------------------------------------------------------- */

START_TEST(every_allocation_may_fail)
{
    struct failing_memory memory;
    int status = LTREC_ERR_MEMORY;

    for (long n = 0; status != LTREC_OK; n++) {
        ltrec_context *failing;
        ltrec_frontend *made = NULL;

        memory = (struct failing_memory){.until_failure = -1};
        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        memory.until_failure = n;
        status = ltrec_frontend_create(failing, NULL, &made, NULL);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_eq(made != NULL, status == LTREC_OK);
        ltrec_frontend_free(made);
        ltrec_context_free(failing);
        ck_assert_int_eq(memory.live, 0);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, silence_lies_on_the_floor);
    tcase_add_test(tests, denormals_are_silence);
    tcase_add_test(tests, the_largest_samples_give_finite_rows);
    tcase_add_test(tests, one_sample_gives_one_row);
    tcase_add_loop_test(tests, channels_are_mixed_by_their_mean, 1, 5);
    tcase_add_loop_test(tests, a_tone_keeps_its_band_and_level_at_any_rate, 0,
                        20);
    tcase_add_test(tests, a_tone_beyond_the_band_is_not_folded_back);
#ifdef __SSE2__
    tcase_add_test(tests, the_hosts_floating_point_mode_is_left_alone);
#endif
    tcase_add_test(tests, every_allocation_may_fail);
}

int main(void)
{
    return check_run("dsp", add_tests);
}
