/*
 * test_describe.c - descriptors: their names, their timbre, any sound at all
 */
#include "check_run.h"

#include "failing_memory.h"
#include "describe_lab.h"

/* ---- Names -------------------------------------------------------------- */

START_TEST(every_descriptor_has_a_name_of_its_own_and_a_unit)
{
    ck_assert_uint_eq(ltrec_describe_count(), LTREC_DESCRIPTORS);
    ck_assert_uint_ge(ltrec_describe_version(), 1);
    for (uint32_t i = 0; i < LTREC_DESCRIPTORS; i++) {
        ck_assert_ptr_nonnull(ltrec_describe_name(i));
        ck_assert_ptr_nonnull(ltrec_describe_unit(i));
        for (uint32_t j = 0; j < i; j++)
            ck_assert_str_ne(ltrec_describe_name(i), ltrec_describe_name(j));
    }
    ck_assert_ptr_null(ltrec_describe_name(LTREC_DESCRIPTORS));
    ck_assert_ptr_null(ltrec_describe_unit(LTREC_DESCRIPTORS));
}
END_TEST

/* ---- Timbre ------------------------------------------------------------- */

START_TEST(a_tone_is_where_it_is_and_not_flat)
{
    size_t n = 5 * RATE;
    float *pcm = make_sine(n, RATE, 3000, 0.5);

    describe(RATE, 1, pcm, n);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_CENTROID], 3000, 5);
    ck_assert_double_lt(values[LTREC_DESCRIPTOR_CENTROID_DEVIATION], 5);
    ck_assert_double_lt(values[LTREC_DESCRIPTOR_FLATNESS], 1e-3);
    free(pcm);
}
END_TEST

/* The spectrum of noise is exponentially distributed: the geometric mean is
 * e^-0.5772 of the arithmetic. */
START_TEST(noise_is_in_the_middle_and_as_flat_as_it_can_be)
{
    size_t n = 10 * RATE;
    float *pcm = make_noise(n, 5);

    describe(RATE, 1, pcm, n);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_CENTROID], RATE / 4.0, 60);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_FLATNESS], 0.56, 0.02);
    free(pcm);
}
END_TEST

/* ---- Any sound ---------------------------------------------------------- */

static size_t count_missing(void)
{
    size_t n = 0;

    for (size_t i = 0; i < LTREC_DESCRIPTORS; i++)
        n += isnan(values[i]) != 0;
    return n;
}

START_TEST(silence_has_a_length_and_no_onsets)
{
    float *pcm = calloc(10 * RATE, sizeof *pcm);

    describe(RATE, 2, pcm, 5 * RATE);
    ck_assert_float_eq(values[LTREC_DESCRIPTOR_SECONDS], 5);
    ck_assert_float_eq(values[LTREC_DESCRIPTOR_ONSET_RATE], 0);
    ck_assert_uint_eq(count_missing(), LTREC_DESCRIPTORS - 2);
    free(pcm);
}
END_TEST

START_TEST(the_shortest_tracks_have_what_they_can)
{
    static const float sample[] = {0.5f, -0.5f};

    describe(RATE, 1, sample, 0);
    ck_assert_float_eq(values[LTREC_DESCRIPTOR_SECONDS], 0);
    ck_assert_uint_eq(count_missing(), LTREC_DESCRIPTORS - 1);
    describe(RATE, 1, sample, 1);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_PEAK], -6.02, 0.01);
    ck_assert(isnan(values[LTREC_DESCRIPTOR_LOUDNESS]));
    ck_assert(isnan(values[LTREC_DESCRIPTOR_TEMPO]));
    describe(384000, 2, sample, 1);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_PEAK], -6.02, 0.01);
}
END_TEST

START_TEST(what_is_no_number_is_never_infinite)
{
    static const uint32_t rates[] = {1000, 4321, 384000};
    static const float peaks[] = {1e-30f, 1, 4e9f};
    size_t n = 200000;
    float *pcm = make_noise(n, 9);

    for (size_t i = 0; i < n; i++)
        pcm[i] *= peaks[_i % 3];
    describe(rates[_i / 3], 32, pcm, n / 32);
    for (size_t i = 0; i < LTREC_DESCRIPTORS; i++)
        ck_assert(!isinf(values[i]));
    free(pcm);
}
END_TEST

START_TEST(pieces_and_presets_give_the_same_bits)
{
    static const size_t pieces[] = {1, 37, 1024, 44100};
    size_t n = 44100 * 14;
    float *pcm = make_noise(2 * n, 11), whole[LTREC_DESCRIPTORS];

    for (size_t i = 0; i < 2 * n; i++)
        pcm[i] *= (float)exp(-(double)(i % 40000) / 3000);
    describe(44100, 2, pcm, n);
    memcpy(whole, values, sizeof whole);
    ck_assert_uint_le(count_missing(), 4); /* the weaker tempos */
    describe_pieces(44100, 2, pcm, n, pieces[_i]);
    ck_assert_mem_eq(values, whole, sizeof whole);
    ltrec_frontend_free(frontend);
    make_frontend("librosa");
    describe(44100, 2, pcm, n);
    ck_assert_mem_eq(values, whole, sizeof whole);
    free(pcm);
}
END_TEST

START_TEST(rows_are_the_same_when_described)
{
    size_t n = 5 * RATE, rows = ltrec_frontend_rows(frontend, RATE, n);
    size_t bytes = rows * 128 * sizeof(float), given;
    float *pcm = make_noise(n, 13), *with = malloc(bytes),
          *without = malloc(bytes);
    ltrec_frontend *plain;

    ck_assert_int_eq(ltrec_frontend_create(ctx, NULL, &plain, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_mel(plain, RATE, 1, pcm, n, without, rows,
                                        &given, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_mel(frontend, RATE, 1, pcm, n, with, rows,
                                        &given, NULL),
                     LTREC_OK);
    ck_assert_mem_eq(with, without, bytes);
    ltrec_frontend_free(plain);
    free(pcm);
    free(with);
    free(without);
}
END_TEST

/* ---- Asking ------------------------------------------------------------- */

START_TEST(values_are_of_the_track_that_was_finished)
{
    float *pcm = make_noise(RATE, 1);
    ltrec_frontend *plain;

    ck_assert_int_eq(ltrec_describe_get(frontend, values, 3, NULL),
                     LTREC_ERR_STATE);
    ck_assert(isnan(values[0]) && isnan(values[2]));
    describe(RATE, 1, pcm, RATE);
    ck_assert_int_eq(ltrec_describe_enable(frontend, NULL), LTREC_OK);
    values[1] = 7;
    ck_assert_int_eq(ltrec_describe_get(frontend, values, 1, NULL), LTREC_OK);
    ck_assert_float_eq(values[0], 1);
    ck_assert_float_eq(values[1], 7);
    ck_assert_int_eq(ltrec_frontend_start(frontend, RATE, 1, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_describe_get(frontend, values, 1, NULL),
                     LTREC_ERR_STATE);
    ck_assert_int_eq(ltrec_describe_enable(NULL, NULL), LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_describe_get(NULL, values, 1, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_describe_get(frontend, NULL, 1, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_frontend_create(ctx, NULL, &plain, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_describe_get(plain, values, 1, NULL),
                     LTREC_ERR_STATE);
    ltrec_frontend_free(plain);
    free(pcm);
}
END_TEST

/* Enabled while a track is under way, the next one is described. */
START_TEST(a_track_under_way_is_not_described)
{
    float *pcm = make_noise(RATE, 1), mel[64 * 128];
    ltrec_frontend *late;
    size_t n;

    ck_assert_int_eq(ltrec_frontend_create(ctx, NULL, &late, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_start(late, RATE, 1, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_describe_enable(late, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_feed(late, pcm, RATE, mel, 64, &n, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_finish(late, mel, 64, &n, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_describe_get(late, values, 1, NULL),
                     LTREC_ERR_STATE);
    ck_assert_int_eq(
        ltrec_frontend_mel(late, RATE, 1, pcm, RATE, mel, 64, &n, NULL),
        LTREC_OK);
    ck_assert_int_eq(ltrec_describe_get(late, values, 1, NULL), LTREC_OK);
    ltrec_frontend_free(late);
    free(pcm);
}
END_TEST

static int enable_once(struct failing_memory *memory)
{
    ltrec_frontend *made = NULL;
    ltrec_context *failing;
    int status = failing_context(memory, &failing);

    if (status != LTREC_OK)
        return status;
    status = ltrec_frontend_create(failing, NULL, &made, NULL);
    if (status == LTREC_OK)
        status = ltrec_describe_enable(made, NULL);
    ltrec_frontend_free(made);
    ltrec_context_free(failing);
    return status;
}

START_TEST(memory_that_runs_out_is_said_so)
{
    ck_assert_int_ge(fail_each_allocation(enable_once, 100), 20);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_descriptor_has_a_name_of_its_own_and_a_unit);
    tcase_add_test(tests, a_tone_is_where_it_is_and_not_flat);
    tcase_add_test(tests, noise_is_in_the_middle_and_as_flat_as_it_can_be);
    tcase_add_test(tests, silence_has_a_length_and_no_onsets);
    tcase_add_test(tests, the_shortest_tracks_have_what_they_can);
    tcase_add_loop_test(tests, what_is_no_number_is_never_infinite, 0, 9);
    tcase_add_loop_test(tests, pieces_and_presets_give_the_same_bits, 0, 4);
    tcase_add_test(tests, rows_are_the_same_when_described);
    tcase_add_test(tests, values_are_of_the_track_that_was_finished);
    tcase_add_test(tests, a_track_under_way_is_not_described);
    tcase_add_test(tests, memory_that_runs_out_is_said_so);
}

int main(void)
{
    return check_run("describe", add_tests);
}
