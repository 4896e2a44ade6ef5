/*
 * test_factors.c - vectors, ids and names, and what is refused among them
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "factors/factors.h"

#define N 5
#define RANK 3

static const uint64_t ids[N] = {9, 2, UINT64_MAX, 0, 5};
static const float vectors[N][RANK] = {
    {1, 2, 2}, {0, 0, 0}, {-3, 0, 4}, {1e-20f, 0, 0}, {1, 1, 1}};
static const uint32_t plays[N] = {3, 0, 5, 1, 2};
static const char *const names[N] = {"caf\xc3\xa9", "", NULL, "d", "e f"};

static ltrec_context *ctx;
static ltrec_factors *factors;
static ltrec_error err;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_factors_free(factors);
    ltrec_context_free(ctx);
    factors = NULL;
}

static int make(ltrec_context *with, ltrec_factors **out)
{
    ltrec_factors_options o;

    ltrec_factors_options_init(&o, sizeof o);
    o.plays = plays;
    o.names = names;
    return ltrec_factors_create(with, N, RANK, ids, vectors[0], &o, out, &err);
}

/* Creating fails, and says so with `words` in it. */
static void refuse(const uint64_t *with_ids, const float *with, size_t rank,
                   const char *words)
{
    ck_assert_int_eq(ltrec_factors_create(ctx, N, rank, with_ids, with, NULL,
                                          &factors, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(factors);
    ck_assert_msg(strstr(err.message, words), "%s", err.message);
}

START_TEST(what_went_in_comes_out)
{
    ck_assert_int_eq(make(ctx, &factors), LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_count(factors), N);
    ck_assert_uint_eq(ltrec_factors_rank(factors), RANK);
    ck_assert_mem_eq(ltrec_factors_ids(factors), ids, sizeof ids);
    ck_assert_mem_eq(ltrec_factors_vectors(factors), vectors, sizeof vectors);
    ck_assert_mem_eq(ltrec_factors_plays(factors), plays, sizeof plays);
    ck_assert_str_eq(ltrec_factors_name(factors, 0), names[0]);
    ck_assert_str_eq(ltrec_factors_name(factors, 2), "");
    ck_assert_str_eq(ltrec_factors_name(factors, 4), names[4]);
    ck_assert_ptr_null(ltrec_factors_name(factors, N));
}
END_TEST

START_TEST(norms_are_the_lengths_and_0_for_what_nobody_played)
{
    const float *norms;

    ck_assert_int_eq(make(ctx, &factors), LTREC_OK);
    norms = ltrec_factors_norms(factors);
    ck_assert_float_eq(norms[0], 3);
    ck_assert_float_eq(norms[1], 0);
    ck_assert_float_eq(norms[2], 5);
    ck_assert_float_eq(norms[3], 1e-20f); /* its square is no float */
    ck_assert(ltr_factors_unplayed(factors, 1));
    ck_assert(!ltr_factors_unplayed(factors, 3));
}
END_TEST

START_TEST(rows_are_found_by_id_in_any_order)
{
    const uint64_t ascending[N] = {0, 1, 5, 7, UINT64_MAX};
    size_t row;

    for (int sorted = 0; sorted < 2; sorted++) {
        const uint64_t *with = sorted ? ascending : ids;

        ck_assert_int_eq(ltrec_factors_create(ctx, N, RANK, with, vectors[0],
                                              NULL, &factors, NULL),
                         LTREC_OK);
        for (size_t i = 0; i < N; i++) {
            ck_assert_int_eq(ltrec_factors_find(factors, with[i], &row),
                             LTREC_OK);
            ck_assert_uint_eq(row, i);
        }
        row = 77;
        ck_assert_int_eq(ltrec_factors_find(factors, 6, &row),
                         LTREC_ERR_ARGUMENT);
        ck_assert_uint_eq(row, 77);
        ltrec_factors_free(factors);
        factors = NULL;
    }
}
END_TEST

START_TEST(what_is_not_finite_is_refused_with_its_row)
{
    const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
    float copy[N][RANK];

    for (size_t i = 0; i < 4; i++) {
        memcpy(copy, vectors, sizeof copy);
        copy[3][0] = copy[3][1] = bad[i];
        refuse(ids, copy[0], RANK, "row 3");
    }
}
END_TEST

START_TEST(a_variance_is_copied_or_refused_with_its_row)
{
    float variance[N] = {1, 0, 2, 3, 4};
    const float bad[] = {NAN, INFINITY, -1};
    ltrec_factors_options o;

    ltrec_factors_options_init(&o, sizeof o);
    o.variance = variance;
    ck_assert_int_eq(ltrec_factors_create(ctx, N, RANK, ids, vectors[0], &o,
                                          &factors, &err),
                     LTREC_OK);
    variance[0] = 9;
    ck_assert_float_eq(ltrec_factors_variance(factors)[0], 1);
    ltrec_factors_free(factors);
    for (size_t i = 0; i < 3; i++) {
        variance[3] = bad[i];
        ck_assert_int_eq(ltrec_factors_create(ctx, N, RANK, ids, vectors[0],
                                              &o, &factors, &err),
                         LTREC_ERR_ARGUMENT);
        ck_assert_ptr_null(factors);
        ck_assert_msg(strstr(err.message, "row 3"), "%s", err.message);
    }
}
END_TEST

START_TEST(an_id_that_is_there_twice_is_refused_with_both_rows)
{
    uint64_t twice[N] = {1, 2, 3, 4, 2};

    refuse(twice, vectors[0], RANK, "rows 1 and 4");
    twice[4] = 4; /* and where they stand in order */
    refuse(twice, vectors[0], RANK, "rows 3 and 4");
}
END_TEST

START_TEST(a_rank_outside_its_range_is_refused)
{
    refuse(ids, vectors[0], 0, "rank is 0");
    refuse(ids, vectors[0], LTREC_FACTORS_MOST_RANK + 1, "rank is 65537");
}
END_TEST

START_TEST(nothing_at_all_is_factors_too)
{
    size_t row;

    ck_assert_int_eq(
        ltrec_factors_create(ctx, 0, 4, NULL, NULL, NULL, &factors, NULL),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_count(factors), 0);
    ck_assert_int_eq(ltrec_factors_find(factors, 1, &row), LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(ltrec_factors_name(factors, 0));
}
END_TEST

START_TEST(the_model_id_tells_contents_apart_unless_given)
{
    ltrec_factors *other;
    ltrec_factors_options o;
    float copy[N][RANK];

    memcpy(copy, vectors, sizeof copy);
    ck_assert_int_eq(make(ctx, &factors), LTREC_OK);
    ck_assert_int_eq(make(ctx, &other), LTREC_OK);
    ck_assert_uint_ne(ltrec_factors_model_id(factors), 0);
    ck_assert_uint_eq(ltrec_factors_model_id(factors),
                      ltrec_factors_model_id(other));
    ltrec_factors_free(other);
    copy[4][2] = nextafterf(copy[4][2], 2);
    ck_assert_int_eq(
        ltrec_factors_create(ctx, N, RANK, ids, copy[0], NULL, &other, NULL),
        LTREC_OK);
    ck_assert_uint_ne(ltrec_factors_model_id(factors),
                      ltrec_factors_model_id(other));
    ltrec_factors_free(other);

    ltrec_factors_options_init(&o, sizeof o);
    o.model_id = 42;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, N, RANK, ids, copy[0], &o, &other, NULL),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_model_id(other), 42);
    ltrec_factors_free(other);
}
END_TEST

/* Some of a prediction, under other names, are of what it was made from. */
START_TEST(what_vectors_were_predicted_from_goes_on_to_what_is_like_them)
{
    ltrec_factors *predicted, *some, *others;
    ltrec_factors_options o;

    ltrec_factors_options_init(&o, sizeof o);
    ck_assert_int_eq(make(ctx, &factors), LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_feature_version(factors), 0);
    o.like = factors;
    o.feature_version = 77;
    ck_assert_int_eq(ltrec_factors_create(ctx, N, RANK, ids, vectors[0], &o,
                                          &predicted, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_feature_version(predicted), 77);
    ck_assert_uint_eq(ltrec_factors_model_id(predicted),
                      ltrec_factors_model_id(factors));
    o.like = predicted;
    o.feature_version = 0;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, 2, RANK, ids, vectors[0], &o, &some, NULL),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_feature_version(some), 77);
    o.feature_version = 78;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, 2, RANK, ids, vectors[0], &o, &others, NULL),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_feature_version(others), 78);
    ltrec_factors_free(predicted);
    ltrec_factors_free(some);
    ltrec_factors_free(others);
}
END_TEST

START_TEST(accessors_accept_null)
{
    ck_assert_uint_eq(ltrec_factors_feature_version(NULL), 0);
    ck_assert_uint_eq(ltrec_factors_count(NULL), 0);
    ck_assert_uint_eq(ltrec_factors_rank(NULL), 0);
    ck_assert_ptr_null(ltrec_factors_ids(NULL));
    ck_assert_ptr_null(ltrec_factors_name(NULL, 0));
    ck_assert_int_eq(ltrec_factors_find(NULL, 0, NULL), LTREC_ERR_ARGUMENT);
    ltrec_factors_free(NULL);
}
END_TEST

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    struct failing_memory memory;
    int status = LTREC_ERR_MEMORY;

    for (long i = 0; status != LTREC_OK; i++) {
        ltrec_context *with;
        ltrec_factors *made;

        memory = (struct failing_memory){.until_failure = -1};
        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        memory.until_failure = i;
        status = make(with, &made);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert(status == LTREC_OK || !made);
        ltrec_factors_free(made);
        ltrec_context_free(with);
        ck_assert_int_eq(memory.live, 0);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_went_in_comes_out);
    tcase_add_test(tests, norms_are_the_lengths_and_0_for_what_nobody_played);
    tcase_add_test(tests, rows_are_found_by_id_in_any_order);
    tcase_add_test(tests, what_is_not_finite_is_refused_with_its_row);
    tcase_add_test(tests, a_variance_is_copied_or_refused_with_its_row);
    tcase_add_test(tests, an_id_that_is_there_twice_is_refused_with_both_rows);
    tcase_add_test(tests, a_rank_outside_its_range_is_refused);
    tcase_add_test(tests, nothing_at_all_is_factors_too);
    tcase_add_test(tests, the_model_id_tells_contents_apart_unless_given);
    tcase_add_test(
        tests, what_vectors_were_predicted_from_goes_on_to_what_is_like_them);
    tcase_add_test(tests, accessors_accept_null);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("factors", add_tests);
}
