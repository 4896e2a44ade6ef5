/*
 * test_index_fill.c - tracks that come and go, and those that are refused
 */
#include "index_lab.h"

START_TEST(a_track_without_direction_is_refused_with_all_its_batch)
{
    const uint64_t ids[] = {1, 2};
    const float zero[][DIM] = {{1, 1, 1}, {0, 0, 0}};
    const float nan[][DIM] = {{1, 1, 1}, {0, NAN, 0}};
    const float infinite[][DIM] = {{1, 1, 1}, {0, -INFINITY, 0}};
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, ids, zero[0], &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "row 1"));
    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, ids, nan[0], NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, ids, infinite[0], NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 3);
    ck_assert_int_eq(ltrec_index_contains(tracks_index, 1), 0);
}
END_TEST

START_TEST(an_id_that_is_there_or_comes_twice_is_refused_with_all_its_batch)
{
    const uint64_t there[] = {1, 2, 30}, twice[] = {1, 2, 1};
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_add(tracks_index, 3, there, tracks[0], &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "30 of row 2 is in the index"));
    ck_assert_int_eq(ltrec_index_add(tracks_index, 3, twice, tracks[0], &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "1 of row 2 is named twice"));
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 3);
    for (uint64_t id = 1; id <= 2; id++)
        ck_assert_int_eq(ltrec_index_contains(tracks_index, id), 0);
    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, there, tracks[0], NULL),
                     LTREC_OK);
}
END_TEST

START_TEST(tracks_are_found_by_id_through_adding_and_removing)
{
    ltrec_index *index = many_tracks(ctx);
    float vector[WIDE];
    uint64_t gone[MANY / 2], id;

    for (size_t i = 0; i < MANY / 2; i++)
        gone[i] = wide_ids[2 * i];
    ck_assert_int_eq(ltrec_index_remove(index, MANY / 2, gone, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_index_count(index), MANY - MANY / 2);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(ltrec_index_contains(index, wide_ids[i]), i % 2 == 1);
        if (i % 2 == 0)
            continue;
        ck_assert_int_eq(ltrec_index_vector(index, wide_ids[i], vector),
                         LTREC_OK);
        ck_assert_double_eq_tol(cosine(vector, wide[i]), 1, 1e-6);
    }
    ck_assert_int_eq(ltrec_index_vector(index, gone[0], vector),
                     LTREC_ERR_ARGUMENT);
    for (size_t i = 0; i < MANY; i += 2)
        ck_assert_int_eq(
            ltrec_index_add(index, 1, &wide_ids[i], wide[i], NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_ids(index, MANY - 1, 1, &id), LTREC_OK);
    ck_assert_int_eq(ltrec_index_ids(index, MANY, 1, &id), LTREC_ERR_ARGUMENT);
    ltrec_index_free(index);
}
END_TEST

START_TEST(removing_what_is_not_there_or_twice_removes_nothing)
{
    const uint64_t missing[] = {70, 71}, twice[] = {70, 10, 70};
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_remove(tracks_index, 2, missing, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "71"));
    ck_assert_int_eq(ltrec_index_remove(tracks_index, 3, twice, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "twice"));
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 3);
    ck_assert_int_eq(ltrec_index_remove(tracks_index, 3, track_ids, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 0);
}
END_TEST

/* ---- Whose vectors ------------------------------------------------------ */

START_TEST(vectors_of_another_model_are_refused_unless_unknown)
{
    ltrec_index_options options;
    ltrec_index *index;
    ltrec_error err;

    ltrec_index_options_init(&options, sizeof options);
    options.model_id = 0xabc;
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &options, &index, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_index_model_id(index), 0xabc);
    ck_assert_int_eq(ltrec_index_check_model(index, 0xabc, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_check_model(index, 0, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_check_model(index, 0xabd, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "0000000000000abd"));
    ltrec_index_free(index);
}
END_TEST

static ltrec_factors *predicted_from(uint64_t features, const uint64_t *id)
{
    ltrec_factors_options options;
    ltrec_factors *f;

    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = 5;
    options.feature_version = features;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, 1, DIM, id, tracks[0], &options, &f, NULL),
        LTREC_OK);
    return f;
}

/* Of one model all of them: other rows of mel, the same factors. */
START_TEST(predictions_from_other_features_are_refused_unless_unknown)
{
    static const uint64_t features[] = {0, 0x21, 0, 0x22, 0x21};
    ltrec_index *index;
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_create(ctx, DIM, NULL, &index, NULL),
                     LTREC_OK);
    for (uint64_t id = 0; id < 5; id++) {
        ltrec_factors *f = predicted_from(features[id], &id);
        int status = ltrec_index_add_factors(index, f, NULL, &err);

        ck_assert_int_eq(status, id == 3 ? LTREC_ERR_MISMATCH : LTREC_OK);
        ck_assert_uint_eq(ltrec_index_feature_version(index),
                          id == 0 ? 0 : 0x21);
        ltrec_factors_free(f);
    }
    ck_assert_uint_eq(ltrec_index_count(index), 4);
    ck_assert_int_eq(ltrec_index_check_features(index, 0, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_check_features(index, 0x23, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "features 0000000000000023"));
    ck_assert_int_eq(ltrec_index_check_features(NULL, 0, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(ltrec_index_feature_version(NULL), 0);
    ltrec_index_free(index);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   a_track_without_direction_is_refused_with_all_its_batch);
    tcase_add_test(
        tests,
        an_id_that_is_there_or_comes_twice_is_refused_with_all_its_batch);
    tcase_add_test(tests, tracks_are_found_by_id_through_adding_and_removing);
    tcase_add_test(tests, removing_what_is_not_there_or_twice_removes_nothing);
    tcase_add_test(tests, vectors_of_another_model_are_refused_unless_unknown);
    tcase_add_test(tests,
                   predictions_from_other_features_are_refused_unless_unknown);
}

int main(void)
{
    return check_run("index fill", add_tests);
}
