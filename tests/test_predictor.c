/*
 * test_predictor.c - predictors and models as objects: options, memory,
 * threads, and questions
 */
#include "check_run.h"

#include "failing_memory.h"
#include "kernel_sets.h"
#include "predictor_lab.h"

/* ---- Options, memory and threads ---------------------------------------- */

START_TEST(older_and_newer_callers_are_understood)
{
    struct {
        ltrec_predictor_options options;
        uint64_t of_tomorrow;
    } newer = {.of_tomorrow = 0};
    ltrec_predictor_options older;
    struct {
        ltrec_track track;
        const float *of_tomorrow;
    } track = {.of_tomorrow = NULL};
    ltrec_predictor *p;
    float factor[SMALL_RANK], wanted[SMALL_RANK];

    ltrec_predictor_options_init(&newer.options, sizeof newer);
    ck_assert_uint_eq(newer.options.branches, LTREC_BRANCH_ALL);
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, &newer.options, &p, NULL),
        LTREC_OK);
    track.track = small_track(&store, 1, LTREC_BRANCH_GENRE);
    run(LTREC_BRANCH_ALL, 1, &track.track, wanted);
    track.track.size = sizeof track;
    ck_assert_int_eq(ltrec_predictor_run(p, &track.track, factor, NULL, NULL),
                     LTREC_OK);
    ck_assert_mem_eq(factor, wanted, sizeof factor);
    track.of_tomorrow = factor;
    ck_assert_int_eq(ltrec_predictor_run(p, &track.track, factor, NULL, NULL),
                     LTREC_ERR_UNSUPPORTED);
    track.track.size = 0;
    ck_assert_int_eq(ltrec_predictor_run(p, &track.track, factor, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_free(p);
    newer.of_tomorrow = 1;
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, &newer.options, &p, NULL),
        LTREC_ERR_UNSUPPORTED);
    ck_assert_ptr_null(p);
    ltrec_predictor_options_init(
        &older, offsetof(ltrec_predictor_options, full_track));
    older.full_track = 77; /* not theirs, and not to be read */
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, &older, &p, NULL),
                     LTREC_OK);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(arguments_that_are_missing_are_refused)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1), *none = p;
    ltrec_track track = small_track(&store, 1, FUSABLE);
    ltrec_predictor_options options;
    float factor[SMALL_RANK];

    ck_assert_int_eq(ltrec_predictor_run(NULL, &track, factor, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_run(p, NULL, factor, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, NULL, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_create(NULL, model, NULL, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(ltrec_predictor_create(ctx, NULL, NULL, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_options_init(&options, sizeof options);
    options.branches = 128;
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, &options, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_options_init(&options, sizeof options);
    options.precision = 2;
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, &options, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_free(p);
    ltrec_predictor_free(NULL);
}
END_TEST

START_TEST(a_prediction_allocates_nothing)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_track track = small_track(&store, 1, FUSABLE & ~LTREC_BRANCH_MLG);
    float factor[SMALL_RANK], confidence, heard[SMALL_ATTRIBUTES];
    ltrec_context *counting;
    ltrec_predictor *p;

    if (_i == 1)
        add_linear_path();
    ck_assert_int_eq(failing_context(&memory, &counting), LTREC_OK);
    ck_assert_int_eq(ltrec_predictor_create(counting, model, NULL, &p, NULL),
                     LTREC_OK);
    memory.until_failure = 0;
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(
            ltrec_predictor_run(p, &track, factor, &confidence, NULL),
            LTREC_OK);
        ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                         LTREC_OK);
    }
    ck_assert_int_eq(memory.until_failure, 0);
    ltrec_predictor_free(p);
    ltrec_context_free(counting);
    ck_assert_int_eq(memory.live, 0);
}
END_TEST

START_TEST(a_predictor_keeps_its_model_and_context)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_track track = small_track(&store, 1, FUSABLE);
    float factor[SMALL_RANK];
    ltrec_context *other;
    ltrec_model *m;
    ltrec_predictor *p;

    ck_assert_int_eq(failing_context(&memory, &other), LTREC_OK);
    m = small_model(other);
    ck_assert_int_eq(ltrec_predictor_create(other, m, NULL, &p, NULL),
                     LTREC_OK);
    ltrec_context_free(other);
    ltrec_model_free(m);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                     LTREC_OK);
    ltrec_predictor_free(p);
    ck_assert_int_eq(memory.live, 0);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    ltrec_track track = small_track(&store, 1, FUSABLE & ~LTREC_BRANCH_MLG);
    float wanted[SMALL_RANK], sure;

    if (_i == 1)
        add_linear_path();
    sure = run(LTREC_BRANCH_ALL, 1, &track, wanted);
    for (uint32_t threads = 2; threads <= 4; threads += 2) {
        ltrec_context *many = context_with(LTREC_KERNELS_AUTO, threads);
        float factor[SMALL_RANK], confidence;
        ltrec_predictor *p;

        ck_assert_int_eq(ltrec_predictor_create(many, model, NULL, &p, NULL),
                         LTREC_OK);
        ck_assert_int_eq(
            ltrec_predictor_run(p, &track, factor, &confidence, NULL),
            LTREC_OK);
        ck_assert_mem_eq(factor, wanted, sizeof factor);
        ck_assert_mem_eq(&confidence, &sure, sizeof sure);
        ltrec_predictor_free(p);
        ltrec_context_free(many);
    }
}
END_TEST

/* What one track leaves behind must not show in the next one's answer. */
START_TEST(a_predictor_has_no_memory_of_other_tracks)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);

    for (uint32_t known = 1; known <= FUSABLE; known++) {
        ltrec_track track = small_track(&store, 50, FUSABLE);
        float factor[SMALL_RANK], alone[SMALL_RANK], confidence, sure;

        ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                         LTREC_OK);
        track = small_track(&store, known, known);
        track.n_frames = known % 2 ? 1 : SMALL_FRAMES;
        ck_assert_int_eq(
            ltrec_predictor_run(p, &track, factor, &confidence, NULL),
            LTREC_OK);
        sure = run(LTREC_BRANCH_ALL, 1, &track, alone);
        ck_assert_mem_eq(factor, alone, sizeof alone);
        ck_assert_float_eq(confidence, sure);
    }
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(every_allocation_of_a_predictor_may_fail)
{
    long n = 0;
    int status;

    do {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *failing;
        ltrec_predictor *p;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        memory.until_failure = n;
        status = ltrec_predictor_create(failing, model, NULL, &p, NULL);
        ck_assert((p != NULL) == (status == LTREC_OK));
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ltrec_predictor_free(p);
        ltrec_context_free(failing);
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 300);
    } while (status != LTREC_OK);
}
END_TEST

/* ---- Questions ---------------------------------------------------------- */

START_TEST(names_are_found_and_others_are_not)
{
    size_t at = 99;

    for (size_t i = 0; i < SMALL_ATTRIBUTES; i++) {
        const char *name = ltrec_model_name(model, LTREC_BRANCH_MGP, i);

        ck_assert_int_eq(ltrec_model_find(model, LTREC_BRANCH_MGP, name, &at),
                         LTREC_OK);
        ck_assert_uint_eq(at, i);
    }
    ck_assert_ptr_null(
        ltrec_model_name(model, LTREC_BRANCH_MGP, SMALL_ATTRIBUTES));
    ck_assert_ptr_null(ltrec_model_name(model, LTREC_BRANCH_ARTIST, 0));
    at = 99;
    ck_assert_int_eq(
        ltrec_model_find(model, LTREC_BRANCH_MGP, "attribute", &at),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_find(model, LTREC_BRANCH_MGP, "genre 0", &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_find(model, 3, "genre 0", &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_find(model, LTREC_BRANCH_MGP, NULL, &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(at, 99);
}
END_TEST

/* Others twice as long as usual, two of them: 2^(0.25 * 2/3). */
START_TEST(a_famous_artists_track_is_expected_to_be_longer)
{
    const double bad[] = {0, -1, NAN, INFINITY};
    float norm = ltrec_model_norm(model);
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    ck_assert_float_eq(ltrec_model_length(model, NULL), norm);
    ck_assert_float_eq(ltrec_model_length(model, &track), norm);
    track.artist_length = 3; /* of no tracks */
    ck_assert_float_eq(ltrec_model_length(model, &track), norm);
    track.artist_tracks = 2;
    ck_assert_float_eq_tol(ltrec_model_length(model, &track),
                           norm * powf(2, 0.5f / 3), 1e-5f);
    track.size = offsetof(ltrec_track, artist_length); /* an older program's */
    ck_assert_float_eq(ltrec_model_length(model, &track), norm);
    track.size = sizeof track;
    for (size_t i = 0; i < 4; i++) {
        track.artist_length = bad[i];
        ck_assert_float_eq(ltrec_model_length(model, &track), norm);
    }
    track.artist_length = 1e300; /* longer and longer, and never beyond */
    ck_assert(isfinite(ltrec_model_length(model, &track)));
    ck_assert_float_gt(ltrec_model_length(model, &track), 1e10f);
    model->branches[LTR_ARTIST]->fame = 0.5f;
    track.artist_length = 1e-300; /* nor is anything left of no length */
    ck_assert_float_gt(ltrec_model_length(model, &track), 0);
    model->branches[LTR_ARTIST]->usual = 0; /* nothing was learnt of lengths */
    ck_assert_float_eq(ltrec_model_length(model, &track), norm);
}
END_TEST

START_TEST(questions_about_no_model_have_answers)
{
    ltrec_frontend_options options;

    ck_assert_uint_eq(ltrec_model_branches(NULL), 0);
    ck_assert_uint_eq(ltrec_model_rank(NULL), 0);
    ck_assert_uint_eq(ltrec_model_factors_id(NULL), 0);
    ck_assert_float_eq(ltrec_model_norm(NULL), 0);
    ck_assert_float_eq(ltrec_model_length(NULL, NULL), 0);
    ck_assert_uint_eq(ltrec_model_parameters(NULL, LTREC_BRANCH_MGP), 0);
    ck_assert_double_eq(ltrec_model_validation(NULL, LTREC_BRANCH_MGP), 0);
    ck_assert_uint_eq(ltrec_model_vocabulary(NULL, LTREC_BRANCH_MGP), 0);
    ck_assert_ptr_null(ltrec_model_name(NULL, LTREC_BRANCH_MGP, 0));
    ck_assert_int_eq(ltrec_model_frontend(NULL, &options, sizeof options),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_frontend(model, NULL, 0), LTREC_ERR_ARGUMENT);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, older_and_newer_callers_are_understood);
    tcase_add_test(tests, arguments_that_are_missing_are_refused);
    tcase_add_loop_test(tests, a_prediction_allocates_nothing, 0, 2);
    tcase_add_test(tests, a_predictor_keeps_its_model_and_context);
    tcase_add_loop_test(tests, threads_do_not_change_a_bit, 0, 2);
    tcase_add_test(tests, a_predictor_has_no_memory_of_other_tracks);
    tcase_add_test(tests, every_allocation_of_a_predictor_may_fail);
    tcase_add_test(tests, names_are_found_and_others_are_not);
    tcase_add_test(tests, a_famous_artists_track_is_expected_to_be_longer);
    tcase_add_test(tests, questions_about_no_model_have_answers);
}

int main(void)
{
    return check_run("predictor", add_tests);
}
