/*
 * test_dsp_options.c - presets, ranges and versions of the front end
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "dsp/frontend.h"
#include "failing_memory.h"
#include "signals.h"

static ltrec_context *ctx;
static ltrec_frontend_options options;
static ltrec_error err;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ltrec_frontend_options_init(&options, sizeof options);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

/* Whether `options` make a front end; one that is made works. */
static int creates(void)
{
    static float mel[64 * 1024];
    ltrec_frontend *frontend;
    float *pcm;
    size_t n;
    int status = ltrec_frontend_create(ctx, &options, &frontend, &err);

    ck_assert_int_eq(status == LTREC_OK, frontend != NULL);
    if (status != LTREC_OK)
        return status;
    pcm = make_noise(64, 1);
    if (ltrec_frontend_rows(frontend, 44100, 64) < 64) {
        ck_assert_int_eq(
            ltrec_frontend_mel(frontend, 44100, 1, pcm, 64, mel, 64, &n, &err),
            LTREC_OK);
        for (size_t i = 0; i < n * ltrec_frontend_bands(frontend); i++)
            ck_assert(isfinite(mel[i]));
    }
    ltrec_frontend_free(frontend);
    free(pcm);
    return status;
}

/* ---- Presets and options ------------------------------------------------ */

START_TEST(presets_are_what_they_are_called_after)
{
    ltrec_frontend *frontend;

    ck_assert_int_eq(
        ltrec_frontend_options_preset(&options, sizeof options, "musicnn"),
        LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_frontend_rate(frontend), 16000);
    ck_assert_uint_eq(ltrec_frontend_hop(frontend), 256);
    ck_assert_uint_eq(ltrec_frontend_bands(frontend), 96);
    ltrec_frontend_options_get(frontend, &options, sizeof options);
    ck_assert_float_eq(options.fmax_hz, 8000);
    ltrec_frontend_free(frontend);

    ck_assert_int_eq(
        ltrec_frontend_options_preset(&options, sizeof options, "librosa"),
        LTREC_OK);
    ck_assert_uint_eq(options.hop, 512);
    ck_assert_int_eq(
        ltrec_frontend_options_preset(&options, sizeof options, "none such"),
        LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(options.hop, 1024);
    ck_assert_int_eq(
        ltrec_frontend_options_preset(&options, sizeof options, NULL),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_frontend_options_preset(&options, sizeof options, "default"),
        LTREC_OK);
}
END_TEST

/* Numbers at which integers, ranges and allocations turn over. */
static const uint32_t edges[] = {
    0,      1,      2,          3,          15,       16,         17,
    18,     22,     64,         255,        511,      512,        1000,
    1023,   1024,   1025,       2048,       65535,    65536,      65537,
    65538,  98304,  0x7ffffffe, 0x7fffffff, 1u << 31, 0xfffffffe, 0xffffffff,
    768000, 768001, 1431655766};
#define N_EDGES (int)(sizeof edges / sizeof edges[0])

START_TEST(a_count_at_any_edge_is_refused_by_name_or_works)
{
    static const char *const names[] = {"rate_hz", "window", "hop", "band"};
    uint32_t *const fields[] = {&options.rate_hz, &options.window,
                                &options.hop, &options.bands};
    int which = _i % 4;

    *fields[which] = edges[_i / 4];
    if (creates() != LTREC_OK) {
        ck_assert_int_eq(err.code, LTREC_ERR_ARGUMENT);
        ck_assert_msg(strstr(err.message, names[which]) ||
                          strstr(err.message, "band"),
                      "%s", err.message);
    }
}
END_TEST

START_TEST(pairs_of_counts_at_any_edge_are_refused_or_work)
{
    options.window = edges[_i];
    options.bands = 1;
    for (int i = 0; i < N_EDGES; i++) {
        options.hop = edges[i];
        creates();
    }
    options.hop = 16;
    for (int i = 0; i < N_EDGES; i++) {
        options.bands = edges[i];
        creates();
    }
}
END_TEST

START_TEST(a_choice_nobody_offers_is_refused_by_name)
{
    static const char *const names[] = {"scale",    "norm",      "centred",
                                        "level",    "reference", "resampler",
                                        "precision"};
    static const int32_t bad[] = {-1, 5, INT32_MAX, INT32_MIN};
    int32_t *const fields[] = {&options.scale,     &options.norm,
                               &options.centred,   &options.level,
                               &options.reference, &options.resampler,
                               &options.precision};

    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            *fields[f] = bad[i];
            ck_assert_int_eq(creates(), LTREC_ERR_ARGUMENT);
            ck_assert_ptr_nonnull(strstr(err.message, names[f]));
        }
        ltrec_frontend_options_init(&options, sizeof options);
    }
}
END_TEST

START_TEST(a_real_out_of_range_is_refused_by_name)
{
    static const char *const names[] = {"fmin_hz", "fmax_hz", "floor_db",
                                        "amin"};
    static const float bad[] = {NAN, INFINITY, -INFINITY, -1, 1e30f};
    float *const fields[] = {&options.fmin_hz, &options.fmax_hz,
                             &options.floor_db, &options.amin};

    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            *fields[f] = bad[i];
            ck_assert_int_eq(creates(), LTREC_ERR_ARGUMENT);
            ck_assert_ptr_nonnull(strstr(err.message, names[f]));
        }
        ltrec_frontend_options_init(&options, sizeof options);
    }
    options.fmax_hz = 11026; /* just above half the rate */
    ck_assert_int_eq(creates(), LTREC_ERR_ARGUMENT);
    options.fmax_hz = 11025;
    ck_assert_int_eq(creates(), LTREC_OK);
}
END_TEST

START_TEST(a_band_without_a_bin_is_named)
{
    options.window = 256;
    options.hop = 256;
    ck_assert_int_eq(creates(), LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "band 0 of 128"));
    options.window = 2048;
    options.fmin_hz = 11020;
    ck_assert_int_eq(creates(), LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(nothing_is_made_from_nothing)
{
    ltrec_frontend *frontend;

    ck_assert_int_eq(ltrec_frontend_create(NULL, NULL, &frontend, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(frontend);
    ck_assert_int_eq(ltrec_frontend_create(ctx, NULL, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    memset(&options, 0, sizeof options);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, &err),
                     LTREC_ERR_ARGUMENT);
    ltrec_frontend_free(NULL);
    ck_assert_uint_eq(ltrec_frontend_version(NULL), 0);
    ck_assert_uint_eq(ltrec_frontend_bands(NULL), 0);
}
END_TEST

/* ---- Versions ----------------------------------------------------------- */

static uint64_t version(void)
{
    ltrec_frontend_options o;

    ck_assert_int_eq(ltr_frontend_options_read(&o, &options, NULL), LTREC_OK);
    return ltr_frontend_options_version(&o);
}

START_TEST(every_option_changes_the_version)
{
    ltrec_frontend_options all[20], a, b;
    size_t n = sizeof all / sizeof all[0];

    for (size_t i = 0; i < n; i++)
        ltrec_frontend_options_init(&all[i], sizeof all[i]);
    all[1].rate_hz = 22000;
    all[2].window = 4096;
    all[3].hop = 512;
    all[4].bands = 96;
    all[5].fmin_hz = 20;
    all[6].fmax_hz = 11000;
    all[7].scale = LTREC_MEL_HTK;
    all[8].norm = LTREC_NORM_NONE;
    all[9].centred = 1;
    all[10].level = LTREC_LEVEL_LOG1P;
    all[11].level = LTREC_LEVEL_NONE;
    all[12].reference = LTREC_REFERENCE_ONE;
    all[13].floor_db = 60;
    all[14].amin = 1e-9f;
    all[15].resampler = LTREC_RESAMPLER_BEST;
    all[16].precision = LTREC_SPECTRUM_SINGLE;
    for (size_t i = 17; i < n; i++) {
        all[i].transform = LTREC_TRANSFORM_CONSTANT_Q;
        all[i].bands = 60;
        all[i].fmin_hz = i == 18 ? 50 : 40;
        all[i].bands_per_octave = i == 19 ? 10 : 12;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            ck_assert_int_eq(ltr_frontend_options_read(&a, &all[i], NULL), 0);
            ck_assert_int_eq(ltr_frontend_options_read(&b, &all[j], NULL), 0);
            ck_assert_int_eq(ltr_frontend_options_equal(&a, &b), i == j);
            ck_assert_int_eq(ltr_frontend_options_version(&a) ==
                                 ltr_frontend_options_version(&b),
                             i == j);
        }
    }
}
END_TEST

START_TEST(the_same_said_otherwise_has_the_same_version)
{
    ltrec_frontend *frontend;
    uint64_t before = version();

    options.fmax_hz = 11025; /* what 0 stands for */
    ck_assert_uint_eq(version(), before);
    options.fmin_hz = -0.0f;
    ck_assert_uint_eq(version(), before);
    ck_assert_int_eq(ltrec_frontend_create(ctx, NULL, &frontend, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_frontend_version(frontend), before);
    ltrec_frontend_free(frontend);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

START_TEST(every_allocation_in_single_precision_may_fail)
{
    int status = LTREC_ERR_MEMORY;

    options.precision = LTREC_SPECTRUM_SINGLE;
    for (long n = 0; status != LTREC_OK; n++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_frontend *made;
        ltrec_context *failing;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        memory.until_failure = n;
        status = ltrec_frontend_create(failing, &options, &made, NULL);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ltrec_frontend_free(made);
        ltrec_context_free(failing);
        ck_assert_int_eq(memory.live, 0);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, presets_are_what_they_are_called_after);
    tcase_add_loop_test(tests, a_count_at_any_edge_is_refused_by_name_or_works,
                        0, 4 * N_EDGES);
    tcase_add_loop_test(tests, pairs_of_counts_at_any_edge_are_refused_or_work,
                        0, N_EDGES);
    tcase_add_test(tests, a_choice_nobody_offers_is_refused_by_name);
    tcase_add_test(tests, a_real_out_of_range_is_refused_by_name);
    tcase_add_test(tests, a_band_without_a_bin_is_named);
    tcase_add_test(tests, nothing_is_made_from_nothing);
    tcase_add_test(tests, every_option_changes_the_version);
    tcase_add_test(tests, the_same_said_otherwise_has_the_same_version);
    tcase_add_test(tests, every_allocation_in_single_precision_may_fail);
}

int main(void)
{
    return check_run("dsp_options", add_tests);
}
