/*
 * test_recommender_errors.c - what no recommender is made of
 */
#include "check_run.h"

#include "failing_memory.h"
#include "list_lab.h"

START_TEST(sources_that_do_not_fit_are_refused)
{
    ltrec_recommender_sources sources;
    ltrec_recommender_options options;
    ltrec_recommender_items items;
    ltrec_recommender *r = NULL;
    float confidence[CAT_ITEMS] = {2};
    uint64_t ids[] = {1, 1};
    ltrec_factors *other;
    ltrec_error err;

    ltrec_recommender_sources_init(&sources, sizeof sources);
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(r);
    sources.factors = cat->factors;
    ltrec_factors_create(ctx, 1, CAT_RANK, ids, cat->content[0], NULL, &other,
                         NULL);
    sources.content = other;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, &err),
        LTREC_ERR_MISMATCH);
    ltrec_factors_free(other);
    sources.content = cat->predicted;
    sources.confidence = confidence;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "confidence 0"));
    sources.confidence = NULL;
    ltrec_recommender_items_init(&items, sizeof items);
    items.ids = ids, items.n = 2;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, &items, NULL, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "came before"));
    ltrec_recommender_options_init(&options, sizeof options);
    options.weights[1] = NAN;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, &options, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "weight 1"));
    options.weights[1] = 0, options.fusion = 7;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, &options, &r, &err),
        LTREC_ERR_ARGUMENT);
}
END_TEST

static int create_from(uint64_t of_factors, uint64_t of_content,
                       ltrec_error *err)
{
    ltrec_recommender_sources sources;
    ltrec_factors_options options;
    ltrec_factors *factors, *content;
    ltrec_recommender *r;
    int status;

    ltrec_factors_options_init(&options, sizeof options);
    options.like = cat->factors;
    options.feature_version = of_factors;
    ltrec_factors_create(ctx, CAT_ITEMS, CAT_RANK, cat->ids, cat->vectors[0],
                         &options, &factors, NULL);
    options.feature_version = of_content;
    ltrec_factors_create(ctx, CAT_ITEMS, CAT_RANK, cat->ids, cat->content[0],
                         &options, &content, NULL);
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = factors;
    sources.content = content;
    status = ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, err);
    ltrec_recommender_free(r);
    ltrec_factors_free(factors);
    ltrec_factors_free(content);
    return status;
}

START_TEST(content_from_other_features_is_refused_unless_unknown)
{
    ltrec_error err;

    ck_assert_int_eq(create_from(0, 8, NULL), LTREC_OK);
    ck_assert_int_eq(create_from(8, 0, NULL), LTREC_OK);
    ck_assert_int_eq(create_from(8, 8, NULL), LTREC_OK);
    ck_assert_int_eq(create_from(9, 8, &err), LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "other features"));
}
END_TEST

static int make_a_list(struct failing_memory *memory)
{
    ltrec_context *context;
    ltrec_recommender *r = NULL;
    uint64_t ids[20];
    float scores[20];
    size_t n;
    int status = failing_context(memory, &context);

    if (status != LTREC_OK)
        return status;
    status = catalogue_recommender(context, cat, NULL, &r, NULL);
    list.per_artist = list.per_album = 2;
    list.diversity = 0.2;
    if (status == LTREC_OK)
        status = ltrec_recommender_list(r, &listener, &list, 20, ids, scores,
                                        &n, NULL);
    ltrec_recommender_free(r);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(make_a_list, 80), 40);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, sources_that_do_not_fit_are_refused);
    tcase_add_test(tests,
                   content_from_other_features_is_refused_unless_unknown);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("recommender errors", add_tests);
}
