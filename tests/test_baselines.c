/*
 * test_baselines.c - distances, intervals and ridge regression
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "failing_memory.h"
#include "kernel_sets.h"

static ltrec_context *ctx;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

/* ---- Distances and intervals -------------------------------------------- */

START_TEST(distance_is_one_less_the_cosine)
{
    /* The same way, at a right angle, the other way, and 3-4-5. */
    static const float a[][2] = {{2, 0}, {1, 0}, {0, 7}, {3, 4}};
    static const float b[][2] = {{9, 0}, {0, 3}, {0, -1}, {1, 0}};
    double distances[4], mean;

    ck_assert_int_eq(
        ltrec_cosine_distances(4, 2, a[0], b[0], distances, &mean, NULL),
        LTREC_OK);
    ck_assert_double_eq_tol(distances[0], 0, 1e-15);
    ck_assert_double_eq_tol(distances[1], 1, 1e-15);
    ck_assert_double_eq_tol(distances[2], 2, 1e-15);
    ck_assert_double_eq_tol(distances[3], 1 - 0.6, 1e-15);
    ck_assert_double_eq_tol(mean, 3.4 / 4, 1e-15);
}
END_TEST

START_TEST(a_vector_without_direction_has_no_distance)
{
    float a[][2] = {{2, 0}, {0, 0}}, b[][2] = {{9, 0}, {0, 3}};
    double mean;
    ltrec_error err;

    ck_assert_int_eq(
        ltrec_cosine_distances(2, 2, a[0], b[0], NULL, &mean, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "row 1"));
    a[1][0] = INFINITY;
    ck_assert_int_eq(
        ltrec_cosine_distances(2, 2, a[0], b[0], NULL, &mean, &err),
        LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(an_interval_covers_the_mean_about_as_often_as_it_says)
{
    enum {
        TRIALS = 200,
        N = 50
    };
    size_t covered = 0;

    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        double values[N], low, high;

        for (size_t i = 0; i < N; i++)
            values[i] = 3 + (double)ltr_random_normal(1, trial, i);
        ck_assert_int_eq(ltrec_bootstrap_mean(ctx, N, values, 400, trial, &low,
                                              &high, NULL),
                         LTREC_OK);
        ck_assert_double_lt(low, high);
        covered += low <= 3 && 3 <= high;
    }
    /* Four standard deviations of a binomial with p = 0.95: 12. */
    ck_assert_uint_ge(covered, 190 - 14);
    ck_assert_uint_lt(covered, TRIALS);
}
END_TEST

START_TEST(a_difference_is_that_of_pairs_and_reproducible)
{
    enum {
        N = 101
    };
    double a[N], b[N], d[N], low[3], high[3];
    ltrec_context *three = context_with(LTREC_KERNELS_AUTO, 3);

    for (size_t i = 0; i < N; i++) {
        a[i] = (double)ltr_random_normal(1, 0, i);
        b[i] = (double)ltr_random_normal(1, 1, i);
        d[i] = a[i] - b[i];
    }
    ltrec_bootstrap_difference(ctx, N, a, b, 100, 7, &low[0], &high[0], NULL);
    ltrec_bootstrap_difference(three, N, a, b, 100, 7, &low[1], &high[1],
                               NULL);
    ltrec_bootstrap_mean(ctx, N, d, 100, 7, &low[2], &high[2], NULL);
    for (int i = 1; i < 3; i++) {
        ck_assert(low[i] == low[0]);
        ck_assert(high[i] == high[0]);
    }
    a[5] = NAN;
    ck_assert_int_eq(ltrec_bootstrap_mean(ctx, N, a, 100, 7, low, high, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_bootstrap_mean(ctx, N, b, 39, 7, low, high, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_context_free(three);
}
END_TEST

/* ---- Ridge -------------------------------------------------------------- */

#define ROWS 300
#define D 6
#define K 2

START_TEST(a_line_is_found_and_its_intercept_is_not_shrunk)
{
    /* y = 2 x + 1, x = -1, 0, 1, 2: mean 0.5, squares about it 5, products
       10.  With lambda 5 the slope is 10 / 10 and the mean stays 2. */
    static const float x[] = {-1, 0, 1, 2}, y[] = {-1, 1, 3, 5};
    float w[2], out[4];

    ck_assert_int_eq(ltrec_ridge_fit(ctx, 4, 1, x, 1, y, 0, w, NULL),
                     LTREC_OK);
    ck_assert_float_eq_tol(w[0], 2, 1e-6f);
    ck_assert_float_eq_tol(w[1], 1, 1e-6f);
    ck_assert_int_eq(ltrec_ridge_predict(4, 1, x, 1, w, out), LTREC_OK);
    for (size_t i = 0; i < 4; i++)
        ck_assert_float_eq_tol(out[i], y[i], 1e-6f);
    ck_assert_int_eq(ltrec_ridge_fit(ctx, 4, 1, x, 1, y, 5, w, NULL),
                     LTREC_OK);
    ck_assert_float_eq_tol(w[0], 1, 1e-6f);
    ck_assert_float_eq_tol(w[1], 1.5f, 1e-6f);
}
END_TEST

static float x[ROWS][D], y[ROWS][K];

static void draw(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < D; j++)
            x[i][j] = ltr_random_normal(1, i, j) + (float)j;
        for (size_t c = 0; c < K; c++)
            y[i][c] = ltr_random_normal(2, i, c) + x[i][c] * 3 - 5;
    }
}

/* At the minimum every derivative of the penalized error is 0. */
static void check_minimum(size_t n, size_t d, double lambda,
                          const float *weights)
{
    for (size_t c = 0; c < K; c++)
        for (size_t j = 0; j <= d; j++) {
            double slope = 0, scale = 1;

            for (size_t i = 0; i < n; i++) {
                const float *row = (const float *)x + i * d;
                double error = (double)weights[d * K + c] - (double)y[i][c];
                double factor = j < d ? (double)row[j] : 1;

                for (size_t l = 0; l < d; l++)
                    error += (double)row[l] * (double)weights[l * K + c];
                slope += error * factor;
                scale += fabs(error * factor);
            }
            if (j < d)
                slope += lambda * (double)weights[j * K + c];
            ck_assert_double_lt(fabs(slope) / scale, 1e-4);
        }
}

START_TEST(the_weights_are_the_minimum_for_few_and_for_many_columns)
{
    float weights[(ROWS * D / 20 + 1) * K], other[(D + 1) * K];
    ltrec_context *three = context_with(LTREC_KERNELS_AUTO, 3);

    draw();
    ck_assert_int_eq(
        ltrec_ridge_fit(ctx, ROWS, D, x[0], K, y[0], 3, weights, NULL),
        LTREC_OK);
    check_minimum(ROWS, D, 3, weights);
    ck_assert_int_eq(
        ltrec_ridge_fit(three, ROWS, D, x[0], K, y[0], 3, other, NULL),
        LTREC_OK);
    ck_assert_mem_eq(other, weights, sizeof other);
    ltrec_context_free(three);

    /* The same numbers taken as 20 rows of 90 columns. */
    ck_assert_int_eq(
        ltrec_ridge_fit(ctx, 20, 90, x[0], K, y[0], 3, weights, NULL),
        LTREC_OK);
    check_minimum(20, 90, 3, weights);
}
END_TEST

START_TEST(columns_that_depend_on_each_other_need_a_lambda)
{
    float weights[(D + 1) * K];
    ltrec_error err;

    draw();
    for (size_t i = 0; i < ROWS; i++)
        x[i][1] = 2 * x[i][0];
    ck_assert_int_eq(
        ltrec_ridge_fit(ctx, ROWS, D, x[0], K, y[0], 0, weights, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "larger lambda"));
    ck_assert_int_eq(
        ltrec_ridge_fit(ctx, ROWS, D, x[0], K, y[0], 0.1, weights, NULL),
        LTREC_OK);
    check_minimum(ROWS, D, 0.1, weights);
    x[7][2] = NAN;
    ck_assert_int_eq(
        ltrec_ridge_fit(ctx, ROWS, D, x[0], K, y[0], 1, weights, NULL),
        LTREC_ERR_ARGUMENT);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

static int use_all(struct failing_memory *memory)
{
    static const double values[] = {1, 2, 3};
    float weights[(D + 1) * K];
    double low, high;
    static const uint64_t groups[] = {1, 2, 3};
    uint64_t merged[3];
    uint32_t fold[3];
    ltrec_context *context;
    int status = failing_context(memory, &context);

    if (status != LTREC_OK)
        return status;
    status =
        ltrec_ridge_fit(context, ROWS, D, x[0], K, y[0], 1, weights, NULL);
    if (status == LTREC_OK)
        status = ltrec_split_folds(context, 3, NULL, 2, 1, fold, NULL);
    if (status == LTREC_OK)
        status = ltrec_split_merge(context, 3, groups, groups, merged, NULL);
    if (status == LTREC_OK)
        status =
            ltrec_bootstrap_mean(context, 3, values, 40, 1, &low, &high, NULL);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    long n = 0;
    int status;

    draw();
    do {
        struct failing_memory memory = {.until_failure = n};

        status = use_all(&memory);
        ck_assert_int_eq(memory.live, 0);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_lt(n++, 100);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 12);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, distance_is_one_less_the_cosine);
    tcase_add_test(tests, a_vector_without_direction_has_no_distance);
    tcase_add_test(tests,
                   an_interval_covers_the_mean_about_as_often_as_it_says);
    tcase_add_test(tests, a_difference_is_that_of_pairs_and_reproducible);
    tcase_add_test(tests, a_line_is_found_and_its_intercept_is_not_shrunk);
    tcase_add_test(tests,
                   the_weights_are_the_minimum_for_few_and_for_many_columns);
    tcase_add_test(tests, columns_that_depend_on_each_other_need_a_lambda);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("baselines", add_tests);
}
