/*
 * test_foldin_options.c - what folding in goes by, and what it refuses
 */
#include <stdlib.h>
#include <unistd.h>

#include "failing_memory.h"
#include "foldin_lab.h"

START_TEST(options_travel_with_the_factors_through_a_file)
{
    char path[] = "/tmp/ltrec-foldin-XXXXXX";
    float before[RANK], after[RANK];
    const uint64_t ids[] = {1000, 1007, 1049};
    ltrec_factors *back;

    o.lambda = 0.7;
    o.alpha = 3;
    factorize();
    create(NULL);
    close(mkstemp(path));
    ltrec_foldin_solve(foldin, 3, ids, NULL, NULL, before, NULL, NULL);
    ltrec_foldin_free(foldin);
    ck_assert_int_eq(ltrec_factors_save(items, path, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_factors_load(ctx, path, 0, &back, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_foldin_create(ctx, back, NULL, &foldin, &err),
                     LTREC_OK);
    ltrec_factors_free(back); /* the fold-in holds on to it */
    unlink(path);
    ltrec_foldin_solve(foldin, 3, ids, NULL, NULL, after, NULL, NULL);
    ck_assert_mem_eq(before, after, sizeof before);
}
END_TEST

START_TEST(options_that_are_given_are_used)
{
    float weak[RANK], strong[RANK];
    const uint64_t ids[] = {1000, 1007, 1049};

    factorize();
    create(&o);
    ltrec_foldin_solve(foldin, 3, ids, NULL, NULL, weak, NULL, NULL);
    ltrec_foldin_free(foldin);
    o.lambda = 1e9;
    create(&o);
    ltrec_foldin_solve(foldin, 3, ids, NULL, NULL, strong, NULL, NULL);
    ck_assert_float_lt(fabsf(strong[0]), 1e-4f * fabsf(weak[0]));
    ltrec_foldin_free(foldin);
    o.lambda = -1;
    ck_assert_int_eq(ltrec_foldin_create(ctx, items, &o, &foldin, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(foldin);
    o.lambda = 1;
    o.prior_plays = 0;
    ck_assert_int_eq(ltrec_foldin_create(ctx, items, &o, &foldin, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "prior_plays is 0"));
}
END_TEST

START_TEST(factors_from_elsewhere_take_the_defaults)
{
    const uint64_t ids[] = {1, 2};
    const float vectors[] = {1, 0, 0, 1};
    ltrec_factors *strange;
    float vector[2];

    ck_assert_int_eq(
        ltrec_factors_create(ctx, 2, 2, ids, vectors, NULL, &strange, NULL),
        LTREC_OK);
    ck_assert_int_eq(ltrec_factorize_options_of(strange, &o),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_foldin_create(ctx, strange, NULL, &foldin, &err),
                     LTREC_OK);
    ck_assert_int_eq(
        ltrec_foldin_solve(foldin, 1, ids, NULL, NULL, vector, NULL, &err),
        LTREC_OK);
    ck_assert_float_gt(vector[0], 0.5f);
    ck_assert_float_eq(vector[1], 0);
    ltrec_factors_free(strange);
}
END_TEST

START_TEST(bad_counts_and_priors_are_refused_with_their_place)
{
    const float bad[] = {0, -INFINITY, NAN, INFINITY};
    const uint64_t ids[] = {1000, 1007};
    float vector[RANK], prior[RANK] = {0, 0, NAN};

    factorize();
    create(NULL);
    for (size_t i = 0; i < 4; i++) {
        const float counts[] = {1, bad[i]};

        ck_assert_int_eq(ltrec_foldin_solve(foldin, 2, ids, counts, NULL,
                                            vector, NULL, &err),
                         LTREC_ERR_ARGUMENT);
        ck_assert_msg(strstr(err.message, "count 1"), "%s", err.message);
    }
    ck_assert_int_eq(
        ltrec_foldin_solve(foldin, 2, ids, NULL, prior, vector, NULL, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_msg(strstr(err.message, "value 2"), "%s", err.message);
}
END_TEST

START_TEST(a_rank_too_large_for_its_square_is_refused)
{
    static const float vector[LTREC_FACTORS_MOST_RANK] = {1};
    const uint64_t id = 1;
    ltrec_factors *wide;

    ck_assert_int_eq(ltrec_factors_create(ctx, 1, LTREC_FACTORS_MOST_RANK, &id,
                                          vector, NULL, &wide, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_foldin_create(ctx, wide, NULL, &foldin, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "65536"));
    ltrec_factors_free(wide);
}
END_TEST

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    const uint64_t ids[] = {1000, 1007, 1049};
    int status = LTREC_ERR_MEMORY;
    float vector[RANK];

    factorize();
    for (long i = 0; status != LTREC_OK; i++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *with;

        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        memory.until_failure = i;
        status = ltrec_foldin_create(with, items, NULL, &foldin, &err);
        if (status == LTREC_OK)
            status = ltrec_foldin_solve(foldin, 3, ids, NULL, NULL, vector,
                                        NULL, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ltrec_foldin_free(foldin);
        ltrec_context_free(with);
        ck_assert_int_eq(memory.live, 0);
    }
    foldin = NULL;
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_travel_with_the_factors_through_a_file);
    tcase_add_test(tests, options_that_are_given_are_used);
    tcase_add_test(tests, factors_from_elsewhere_take_the_defaults);
    tcase_add_test(tests, bad_counts_and_priors_are_refused_with_their_place);
    tcase_add_test(tests, a_rank_too_large_for_its_square_is_refused);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("foldin options", add_tests);
}
