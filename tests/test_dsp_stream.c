/*
 * test_dsp_stream.c - tracks in pieces, the rows they give, and bad ones
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

/* ---- Counting ----------------------------------------------------------- */

START_TEST(thirty_five_seconds_are_753_rows)
{
    ck_assert_uint_eq(ltrec_frontend_rows(frontend, RATE, 35 * RATE), 753);
    ck_assert_uint_eq(ltrec_frontend_rows(frontend, 44100, 35 * 44100), 753);
    ck_assert_uint_eq(ltrec_frontend_rows(frontend, 48000, 35 * 48000), 753);
}
END_TEST

START_TEST(a_track_gives_as_many_rows_as_it_was_said_to)
{
    static const uint32_t rates[] = {1000,  8000,  RATE,  32000,
                                     44100, 48000, 96000, 768000};
    static const size_t lengths[] = {0,    1,    2,    1023, 1024,
                                     2047, 2048, 2049, 5000, 40000};
    uint32_t rate = rates[_i / 2];
    float *pcm = make_noise(40000, 1);

    if (_i % 2) {
        ltrec_frontend_options options;

        ltrec_frontend_options_preset(&options, sizeof options, "librosa");
        options.window = 480;
        options.bands = 20;
        ltrec_frontend_free(frontend);
        ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                         LTREC_ERR_ARGUMENT); /* a hop beyond the window */
        options.hop = 160;
        ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                         LTREC_OK);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t wanted = ltrec_frontend_rows(frontend, rate, lengths[i]);
        float *rows = malloc((wanted + 1) * BANDS * sizeof *rows);

        ck_assert_int_eq(ltrec_frontend_mel(frontend, rate, 1, pcm, lengths[i],
                                            rows, wanted, &n_rows, NULL),
                         LTREC_OK);
        ck_assert_uint_eq(n_rows, wanted);
        ck_assert_int_eq(wanted == 0, lengths[i] == 0);
        free(rows);
    }
    free(pcm);
}
END_TEST

START_TEST(counts_that_do_not_fit_are_said_to_be_the_largest)
{
    ck_assert_uint_eq(ltrec_frontend_rows(frontend, 1000, UINT64_MAX),
                      SIZE_MAX);
    ck_assert_uint_eq(ltrec_frontend_rows(frontend, 999, 1000), 0);
    ck_assert_uint_eq(ltrec_frontend_rows(NULL, RATE, 1000), 0);
    ck_assert_uint_eq(ltrec_frontend_rows_left(frontend, 1000), 0);
    ck_assert_int_eq(ltrec_frontend_start(frontend, 1000, 1, NULL), LTREC_OK);
    ck_assert_uint_eq(ltrec_frontend_rows_left(frontend, UINT64_MAX),
                      SIZE_MAX);
}
END_TEST

/* ---- Streaming ---------------------------------------------------------- */

/* Feed pcm in pieces of `piece` frames, the rows into `rows`. */
static size_t in_pieces(uint32_t rate_hz, uint32_t channels, const float *pcm,
                        size_t n_frames, size_t piece, float *rows)
{
    size_t total = 0, n, bands = ltrec_frontend_bands(frontend);

    ck_assert_int_eq(ltrec_frontend_start(frontend, rate_hz, channels, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < n_frames; i += n) {
        size_t given;

        n = n_frames - i < piece ? n_frames - i : piece;
        ck_assert_int_eq(
            ltrec_frontend_feed(
                frontend, pcm + i * channels, n, rows + total * bands,
                ltrec_frontend_rows_left(frontend, n), &given, NULL),
            LTREC_OK);
        total += given;
    }
    ck_assert_int_eq(
        ltrec_frontend_finish(frontend, rows + total * bands,
                              ltrec_frontend_rows_left(frontend, 0), &n, NULL),
        LTREC_OK);
    return total + n;
}

START_TEST(pieces_of_any_size_give_the_same_bits)
{
    static const uint32_t rates[] = {RATE, 44100, 48000, 16000, 44101};
    static const size_t pieces[] = {1, 37, 1024, 4097};
    uint32_t rate = rates[_i];
    size_t n = 3 * (size_t)rate + 17;
    float *pcm = make_noise(2 * n, 7);
    float *chopped = malloc(sizeof mel);
    size_t n_whole = in_pieces(rate, 2, pcm, n, n, mel);

    for (size_t i = 0; i <= sizeof pieces / sizeof pieces[0]; i++) {
        size_t piece = i < 4 ? pieces[i] : rate; /* and a second */

        ck_assert_uint_eq(in_pieces(rate, 2, pcm, n, piece, chopped), n_whole);
        ck_assert_mem_eq(mel, chopped, n_whole * BANDS * sizeof *mel);
    }
    free(chopped);
    free(pcm);
}
END_TEST

START_TEST(a_track_goes_on_when_another_cannot_begin)
{
    struct failing_memory memory = {.until_failure = -1};
    float *pcm = make_noise(44100, 3), *expected = malloc(sizeof mel);
    ltrec_context *failing;
    size_t n_expected, n;
    ltrec_error err;

    n_expected = in_pieces(44100, 1, pcm, 44100, 44100, expected);
    ltrec_frontend_free(frontend);
    ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_create(failing, NULL, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_start(frontend, 44100, 1, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm, 44100, mel, MOST_ROWS,
                                         &n_rows, NULL),
                     LTREC_OK);
    memory.until_failure = 0;
    ck_assert_int_eq(ltrec_frontend_start(frontend, 48000, 2, &err),
                     LTREC_ERR_MEMORY);
    ck_assert_ptr_nonnull(strstr(err.message, "48000 Hz"));
    ck_assert_int_eq(ltrec_frontend_finish(frontend, mel + n_rows * BANDS,
                                           MOST_ROWS, &n, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(n_rows + n, n_expected);
    ck_assert_mem_eq(mel, expected, n_expected * BANDS * sizeof *mel);
    ltrec_frontend_free(frontend);
    ltrec_context_free(failing);
    ck_assert_int_eq(memory.live, 0);
    frontend = NULL;
    free(expected);
    free(pcm);
}
END_TEST

START_TEST(memory_does_not_grow_with_the_track)
{
    struct failing_memory memory = {.until_failure = -1};
    float *pcm = make_noise(4096, 3);
    ltrec_context *counted;
    long before;

    ltrec_frontend_free(frontend);
    ck_assert_int_eq(failing_context(&memory, &counted), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_create(counted, NULL, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_start(frontend, 44100, 1, NULL), LTREC_OK);
    before = memory.until_failure; /* counts down with every allocation */
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm, 4096, mel,
                                             MOST_ROWS, &n_rows, NULL),
                         LTREC_OK);
    ck_assert_int_eq(
        ltrec_frontend_finish(frontend, mel, MOST_ROWS, &n_rows, NULL),
        LTREC_OK);
    ck_assert_int_eq(memory.until_failure, before);
    ltrec_frontend_free(frontend);
    ltrec_context_free(counted);
    ck_assert_int_eq(memory.live, 0);
    frontend = NULL;
    free(pcm);
}
END_TEST

/* ---- Bad input ---------------------------------------------------------- */

START_TEST(a_sample_that_is_not_finite_is_refused_and_named)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, 1e30f};
    float *pcm = make_noise(2 * 5000, 5);
    ltrec_error err;

    in_pieces(RATE, 2, pcm, 5000, 5000, mel);
    ck_assert_int_eq(ltrec_frontend_start(frontend, RATE, 2, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm, 1000, mel, MOST_ROWS,
                                         &n_rows, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        float kept = pcm[2 * 3456 + 1];

        pcm[2 * 3456 + 1] = bad[i];
        ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm + 2000, 4000, mel,
                                             MOST_ROWS, &n_rows, &err),
                         LTREC_ERR_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(err.message, "frame 3456, channel 1"));
        ck_assert_uint_eq(n_rows, 0);
        pcm[2 * 3456 + 1] = kept;
    }
    /* Refused whole: the track goes on as if nothing had been tried. */
    ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm + 2000, 4000, mel,
                                         MOST_ROWS, &n_rows, NULL),
                     LTREC_OK);
    free(pcm);
}
END_TEST

START_TEST(calls_out_of_order_or_without_room_change_nothing)
{
    float *pcm = make_noise(10000, 5);
    ltrec_error err;

    ck_assert_int_eq(
        ltrec_frontend_feed(frontend, pcm, 10, mel, MOST_ROWS, &n_rows, &err),
        LTREC_ERR_STATE);
    ck_assert_int_eq(
        ltrec_frontend_finish(frontend, mel, MOST_ROWS, &n_rows, &err),
        LTREC_ERR_STATE);
    ck_assert_int_eq(ltrec_frontend_start(frontend, RATE, 1, NULL), LTREC_OK);
    ck_assert_uint_eq(ltrec_frontend_rows_left(frontend, 10000), 9);
    ck_assert_int_eq(
        ltrec_frontend_feed(frontend, pcm, 10000, mel, 8, &n_rows, &err),
        LTREC_ERR_CAPACITY);
    ck_assert_ptr_nonnull(strstr(err.message, "room for 8 rows, wanted 9"));
    ck_assert_int_eq(
        ltrec_frontend_feed(frontend, pcm, 10000, NULL, 9, &n_rows, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_frontend_feed(frontend, NULL, 10000, mel, 9, &n_rows, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm, SIZE_MAX / 2, mel,
                                         SIZE_MAX, &n_rows, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_frontend_feed(frontend, pcm, 10000, mel, 9, &n_rows, &err),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_frontend_rows_left(frontend, 0), 9 - n_rows);
    free(pcm);
}
END_TEST

START_TEST(impossible_tracks_are_refused)
{
    static const uint32_t rates[] = {0, 1, 999, 768001, UINT32_MAX};
    static const uint32_t channels[] = {0, 65, UINT32_MAX};
    ltrec_error err;

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        ck_assert_int_eq(ltrec_frontend_start(frontend, rates[i], 1, &err),
                         LTREC_ERR_ARGUMENT);
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        ck_assert_int_eq(
            ltrec_frontend_start(frontend, RATE, channels[i], &err),
            LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_frontend_start(NULL, RATE, 1, &err),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_rate_256_times_another_is_the_furthest)
{
    ltrec_frontend_options options;

    ltrec_frontend_options_init(&options, sizeof options);
    options.rate_hz = 768000;
    options.bands = 8;
    ltrec_frontend_free(frontend);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_start(frontend, 2999, 1, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_frontend_start(frontend, 3000, 1, NULL), LTREC_OK);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, thirty_five_seconds_are_753_rows);
    tcase_add_loop_test(tests, a_track_gives_as_many_rows_as_it_was_said_to, 0,
                        16);
    tcase_add_test(tests, counts_that_do_not_fit_are_said_to_be_the_largest);
    tcase_add_loop_test(tests, pieces_of_any_size_give_the_same_bits, 0, 5);
    tcase_add_test(tests, a_track_goes_on_when_another_cannot_begin);
    tcase_add_test(tests, memory_does_not_grow_with_the_track);
    tcase_add_test(tests, a_sample_that_is_not_finite_is_refused_and_named);
    tcase_add_test(tests, calls_out_of_order_or_without_room_change_nothing);
    tcase_add_test(tests, impossible_tracks_are_refused);
    tcase_add_test(tests, a_rate_256_times_another_is_the_furthest);
}

int main(void)
{
    return check_run("dsp_stream", add_tests);
}
