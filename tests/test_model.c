/*
 * test_model.c - predictions from any subset of what can be known
 */
#include "check_run.h"

#include <math.h>

#include "predictor_lab.h"

/* ---- Any subset of what can be known ------------------------------------ */

START_TEST(any_subset_of_inputs_gives_a_unit_factor)
{
    for (uint32_t known = 1; known <= FUSABLE; known++)
        for (uint32_t use = 1; use <= LTREC_BRANCH_ALL; use++) {
            ltrec_predictor *p = predictor_of(use, 1);
            ltrec_track track = small_track(&store, known, known);
            float factor[SMALL_RANK] = {9, 9, 9, 9}, confidence = 9;
            int status =
                ltrec_predictor_run(p, &track, factor, &confidence, NULL);

            if (status == LTREC_OK) {
                ck_assert_double_eq_tol(dot(factor, factor), 1, 1e-6);
                ck_assert(confidence >= 0 && confidence <= 1);
            } else {
                ck_assert_int_eq(status, LTREC_ERR_ARGUMENT);
                ck_assert(factor[0] == 9 && confidence == 9);
            }
            ltrec_predictor_free(p);
        }
}
END_TEST

START_TEST(a_branch_is_used_where_its_input_is_known)
{
    for (size_t place = 0; place < LTR_FUSABLE; place++) {
        uint32_t bit = UINT32_C(1) << place;
        ltrec_track track = small_track(&store, 5, bit);
        float alone[SMALL_RANK], among[SMALL_RANK];

        run(bit, 1, &track, alone);
        run(FUSABLE & ~(place == LTR_AUDIO ? LTREC_BRANCH_MLG : 0u), 1, &track,
            among);
        ck_assert_mem_eq(alone, among, sizeof alone);
        ck_assert_float_eq(run(bit, 1, &track, alone) > 0, 1);
    }
}
END_TEST

START_TEST(nothing_known_is_an_error_and_writes_nothing)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);
    float factor[SMALL_RANK] = {9, 9, 9, 9}, confidence = 9;
    ltrec_track track;
    ltrec_error err;

    ltrec_track_init(&track, sizeof track);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "nothing is known"));
    /* An artist without other tracks says nothing. */
    track = small_track(&store, 1, LTREC_BRANCH_ARTIST);
    track.artist_tracks = 0;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, &err),
                     LTREC_ERR_ARGUMENT);
    /* Nor do attributes of which nobody has said any. */
    track = small_track(&store, 1, LTREC_BRANCH_MGP | LTREC_BRANCH_MLG);
    for (size_t i = 0; i < SMALL_ATTRIBUTES; i++)
        store.attributes[i] = store.machine[i] = NAN;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert(factor[0] == 9 && factor[3] == 9 && confidence == 9);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(a_missing_attribute_is_neither_0_nor_1)
{
    ltrec_track track = small_track(&store, 3, LTREC_BRANCH_MGP);
    float unknown[SMALL_RANK], no[SMALL_RANK], yes[SMALL_RANK];

    store.attributes[1] = NAN;
    run(LTREC_BRANCH_MGP, 1, &track, unknown);
    store.attributes[1] = 0;
    run(LTREC_BRANCH_MGP, 1, &track, no);
    store.attributes[1] = 1;
    run(LTREC_BRANCH_MGP, 1, &track, yes);
    ck_assert_mem_ne(unknown, no, sizeof no);
    ck_assert_mem_ne(unknown, yes, sizeof yes);
}
END_TEST

START_TEST(values_out_of_their_range_are_named)
{
    const float bad[] = {NAN, INFINITY, -INFINITY, 1.5f, -0.5f};
    const struct {
        float *value;
        uint32_t bit;
        const char *what;
        unsigned refused; /* bits of `bad` */
    } cases[] = {
        {&store.mel[7], LTREC_BRANCH_AUDIO, "mel, value 7", 7},
        {&store.attributes[2], LTREC_BRANCH_MGP, "attributes, value 2", 30},
        {&store.machine[0], LTREC_BRANCH_MLG, "machine, value 0", 6},
        {&store.genres[1], LTREC_BRANCH_GENRE, "genres, value 1", 31},
        {&store.artist[3], LTREC_BRANCH_ARTIST, "artist, value 3", 7},
    };
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t j = 0; j < 5; j++) {
            ltrec_track track = small_track(&store, 1, cases[i].bit);
            float factor[SMALL_RANK] = {9}, confidence;
            ltrec_error err = {0};
            int status;

            *cases[i].value = bad[j];
            status = ltrec_predictor_run(p, &track, factor, &confidence, &err);
            if (!(cases[i].refused >> j & 1)) {
                ck_assert_int_eq(status, LTREC_OK);
                continue;
            }
            ck_assert_int_eq(status, LTREC_ERR_ARGUMENT);
            ck_assert_msg(strstr(err.message, cases[i].what), "%s",
                          err.message);
            ck_assert(factor[0] == 9);
        }
    ltrec_predictor_free(p);
}
END_TEST

/* Each within its range, and yet past what floats hold inside. */
START_TEST(numbers_that_overflow_inside_are_an_error)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_AUDIO, 1);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_AUDIO);
    float factor[SMALL_RANK] = {9}, confidence = 9;
    struct ltr_branch *audio = model->branches[LTR_AUDIO];

    for (size_t i = 0; i < audio->net.n_parameters; i++)
        audio->parameters[i] *= 1e12f;
    for (size_t i = 0; i < SMALL_FRAMES * SMALL_BANDS; i++)
        store.mel[i] *= 1e28f;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert(factor[0] == 9 && confidence == 9);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(a_prediction_of_no_length_is_an_error)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_GENRE, 1);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_GENRE);
    struct ltr_branch *genre = model->branches[LTR_GENRE];
    float factor[SMALL_RANK] = {9}, confidence = 9;

    memset(genre->parameters, 0,
           genre->net.n_parameters * sizeof *genre->parameters);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert(factor[0] == 9 && confidence == 9);
    ltrec_predictor_free(p);
}
END_TEST

/* ---- Several branches --------------------------------------------------- */

START_TEST(without_a_fusion_branches_weigh_what_they_were_validated_at)
{
    ltrec_track track = small_track(&store, 6, FUSABLE);
    double sum[SMALL_RANK] = {0}, norm = 0, total = 0, squares = 0;
    float factor[SMALL_RANK], unit[SMALL_RANK], confidence;

    track.mel = NULL;
    confidence = run(FUSABLE, 1, &track, factor);
    for (size_t place = LTR_MGP; place < LTR_FUSABLE; place++) {
        run(UINT32_C(1) << place, 1, &track, unit);
        for (size_t i = 0; i < SMALL_RANK; i++)
            sum[i] += validation(place) * (double)unit[i];
        total += validation(place);
        squares += validation(place) * validation(place);
    }
    for (size_t i = 0; i < SMALL_RANK; i++)
        norm += sum[i] * sum[i];
    for (size_t i = 0; i < SMALL_RANK; i++)
        ck_assert_double_eq_tol((double)factor[i], sum[i] / sqrt(norm), 1e-6);
    ck_assert_double_eq_tol((double)confidence, squares / total, 1e-6);
}
END_TEST

START_TEST(a_fusion_asked_for_alone_takes_the_branches_it_is_over)
{
    for (uint32_t known = 1; known <= FUSABLE; known++) {
        ltrec_track track = small_track(&store, 6, known);
        float alone[SMALL_RANK], all[SMALL_RANK];
        float sure_alone, sure_all;

        sure_alone = run(LTREC_BRANCH_FUSION, 1, &track, alone);
        sure_all = run(LTREC_BRANCH_ALL, 1, &track, all);
        ck_assert_mem_eq(alone, all, sizeof all);
        ck_assert_float_eq(sure_alone, sure_all);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, any_subset_of_inputs_gives_a_unit_factor);
    tcase_add_test(tests, a_branch_is_used_where_its_input_is_known);
    tcase_add_test(tests, nothing_known_is_an_error_and_writes_nothing);
    tcase_add_test(tests, a_missing_attribute_is_neither_0_nor_1);
    tcase_add_test(tests, values_out_of_their_range_are_named);
    tcase_add_test(tests, numbers_that_overflow_inside_are_an_error);
    tcase_add_test(tests, a_prediction_of_no_length_is_an_error);
    tcase_add_test(
        tests, without_a_fusion_branches_weigh_what_they_were_validated_at);
    tcase_add_test(tests,
                   a_fusion_asked_for_alone_takes_the_branches_it_is_over);
}

int main(void)
{
    return check_run("model", add_tests);
}
