/*
 * test_model_versions.c - model files that say less than they could, or more
 * than this library knows
 */
#include "check_run.h"

#include "model_file_lab.h"

/* The name of the second weights is one that no reader knows. */
START_TEST(without_weights_for_unknown_artists_the_others_stand_for_them)
{
    struct forged file = saved(model), other;
    const struct ltr_branch *fusion;
    ltrec_model *loaded;

    ck_assert_int_eq(
        ltrec_model_load_memory(ctx, file.bytes, file.size, &loaded, NULL),
        LTREC_OK);
    fusion = loaded->branches[LTR_FUSION];
    ck_assert_float_eq(fusion->stack[0][LTR_MGP], 0.3f);
    ck_assert_float_eq(fusion->stack[1][LTR_MGP], 0.7f);
    ltrec_model_free(loaded);
    other =
        forged_replace(ctx, &file, "fusion.stack_alone", "fusion.stack_other");
    ck_assert_int_eq(
        ltrec_model_load_memory(ctx, other.bytes, other.size, &loaded, NULL),
        LTREC_OK);
    fusion = loaded->branches[LTR_FUSION];
    ck_assert_mem_eq(fusion->stack[1], fusion->stack[0],
                     sizeof fusion->stack[0]);
    ltrec_model_free(loaded);
    free(file.bytes);
    free(other.bytes);
}
END_TEST

START_TEST(a_file_need_not_say_how_a_branch_was_trained)
{
    struct forged file = saved(model), other;
    ltrec_branch_training t;
    ltrec_model *loaded;

    other = forged_replace(ctx, &file, "mgp.tracks", "mgp.others");
    ck_assert_int_eq(
        ltrec_model_load_memory(ctx, other.bytes, other.size, &loaded, NULL),
        LTREC_OK);
    ck_assert_int_eq(
        ltrec_model_training(loaded, LTREC_BRANCH_MGP, &t, sizeof t),
        LTREC_ERR_STATE);
    ck_assert_int_eq(
        ltrec_model_training(loaded, LTREC_BRANCH_MLG, &t, sizeof t),
        LTREC_OK);
    ltrec_model_free(loaded);
    free(file.bytes);
    free(other.bytes);
}
END_TEST

START_TEST(a_file_that_does_not_say_its_features_has_unknown_ones)
{
    struct forged good = saved(model), older;
    ltrec_model *other;

    older = forged_replace(ctx, &good, "\"ltrec.feature_version\"",
                           "\"other.feature_version\"");
    ck_assert_ptr_nonnull(older.bytes);
    ck_assert_int_eq(
        ltrec_model_load_memory(ctx, older.bytes, older.size, &other, NULL),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_model_feature_version(other), 0);
    ltrec_model_free(other);
    free(good.bytes);
    free(older.bytes);
}
END_TEST

START_TEST(only_known_and_different_features_do_not_go_together)
{
    ltrec_error err;

    ck_assert_int_eq(ltrec_model_check_features(model, SMALL_FEATURES, &err),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_model_check_features(model, 0, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_model_check_features(model, 5, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "not 0000000000000005"));
    ck_assert_int_eq(ltrec_model_check_features(NULL, 5, &err),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_newer_format_needs_a_newer_library)
{
    struct forged file = saved(model), newer;

    newer = forged_replace(ctx, &file, "\"ltrec.format\":\"1\"",
                           "\"ltrec.format\":\"5\"");
    ck_assert_int_eq(parse(&newer, NULL), LTREC_ERR_UNSUPPORTED);
    free(newer.bytes);
    free(file.bytes);
}
END_TEST

/* ---- What a model tells of itself --------------------------------------- */

START_TEST(a_model_tells_what_it_is_made_of)
{
    ltrec_model_information info;

    ltrec_model_info(model, &info, sizeof info);
    ck_assert_uint_eq(info.fused, LTREC_BRANCH_FUSION - 1);
    ck_assert_uint_eq(info.by_ear, 1);
    ck_assert_uint_eq(info.one_length, 0);
    ck_assert_uint_eq(info.patch_frames,
                      model->branches[LTR_AUDIO]->patch_frames);
    small_flatten(ctx, model);
    ltrec_model_info(model, &info, sizeof info);
    ck_assert_uint_eq(info.one_length, 1);
    for (size_t place = 0; place < LTR_BRANCHES; place++) {
        ltr_branch_unref(model->branches[place]);
        model->branches[place] = NULL;
    }
    ltrec_model_info(model, &info, sizeof info);
    ck_assert(!info.fused && !info.by_ear && !info.one_length &&
              !info.patch_frames);
    info.fused = 9;
    ltrec_model_info(NULL, &info, sizeof info);
    ck_assert_uint_eq(info.fused, 0);
    info.fused = 9;
    ltrec_model_info(model, &info, sizeof info.size);
    ck_assert_uint_eq(info.fused, 9);
    ltrec_model_info(model, NULL, sizeof info);
    ck_assert_int_eq(ltrec_model_frontend(NULL, NULL, 0), LTREC_ERR_ARGUMENT);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(
        tests, without_weights_for_unknown_artists_the_others_stand_for_them);
    tcase_add_test(tests, a_file_need_not_say_how_a_branch_was_trained);
    tcase_add_test(tests,
                   a_file_that_does_not_say_its_features_has_unknown_ones);
    tcase_add_test(tests,
                   only_known_and_different_features_do_not_go_together);
    tcase_add_test(tests, a_newer_format_needs_a_newer_library);
    tcase_add_test(tests, a_model_tells_what_it_is_made_of);
}

int main(void)
{
    return check_run("model versions", add_tests);
}
