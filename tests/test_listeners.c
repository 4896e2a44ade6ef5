/*
 * test_listeners.c - evaluating by scores, and every listener's own figures
 *
 * Factors are whole numbers here, so their scores are exact and must rank as
 * the scores do that are handed over one by one.
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "failing_memory.h"

#define USERS 40
#define ITEMS 560
#define RANK 3

static ltrec_context *ctx;
static ltrec_error err;
static float users[USERS][RANK], items[ITEMS][RANK], plays[ITEMS];
static uint64_t train_offsets[USERS + 1], test_offsets[USERS + 1];
static uint32_t train[USERS * ITEMS], test[USERS * ITEMS];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    for (size_t j = 0; j < RANK; j++) {
        for (size_t u = 0; u < USERS; u++)
            users[u][j] = (float)ltr_random_below(1, j, u, 9);
        for (size_t i = 0; i < ITEMS; i++)
            items[i][j] = (float)ltr_random_below(2, j, i, 9);
    }
    for (size_t i = 0; i < ITEMS; i++)
        plays[i] = (float)ltr_random_below(3, 0, i, 50);
    for (size_t u = 0; u < USERS; u++) {
        train_offsets[u + 1] = train_offsets[u];
        test_offsets[u + 1] = test_offsets[u];
        for (uint32_t i = 0; i < ITEMS; i++) {
            if (ltr_random_below(4, u, i, 15) == 0)
                train[train_offsets[u + 1]++] = i;
            if (u % 7 != 0 && ltr_random_below(5, u, i, 1 + 20 * u) == 0)
                test[test_offsets[u + 1]++] = i;
        }
    }
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

static ltrec_evaluation *create(ltrec_context *with)
{
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation;

    ltrec_evaluation_options_init(&options, sizeof options);
    options.plays = plays;
    options.listeners = 1;
    ltrec_evaluation_create(with, ITEMS, &options, &evaluation, &err);
    return evaluation;
}

static int add_factors(ltrec_evaluation *evaluation)
{
    return ltrec_evaluation_add_factors(evaluation, USERS, users[0], RANK,
                                        items[0], train_offsets, train,
                                        test_offsets, test, NULL, NULL, &err);
}

static int add_scores(ltrec_evaluation *evaluation)
{
    int status = LTREC_OK;

    for (size_t u = 0; u < USERS && status == LTREC_OK; u++) {
        float scores[ITEMS] = {0};
        size_t from = (size_t)train_offsets[u], to = (size_t)test_offsets[u];

        for (size_t i = 0; i < ITEMS; i++)
            for (size_t j = 0; j < RANK; j++)
                scores[i] += users[u][j] * items[i][j];
        status = ltrec_evaluation_add_scores(
            evaluation, scores, (size_t)train_offsets[u + 1] - from,
            train + from, (size_t)test_offsets[u + 1] - to, test + to, &err);
    }
    return status;
}

START_TEST(scores_rank_as_the_factors_they_came_from)
{
    ltrec_evaluation *a = create(ctx), *b = create(ctx);
    ltrec_ranking_figures f, g;
    double of_a[USERS], of_b[USERS];
    size_t n;

    ck_assert_int_eq(add_factors(a), LTREC_OK);
    ck_assert_int_eq(add_scores(b), LTREC_OK);
    ltrec_evaluation_figures(a, &f, sizeof f);
    ltrec_evaluation_figures(b, &g, sizeof g);
    ck_assert_mem_eq(&f, &g, sizeof f);
    ck_assert_uint_gt(f.users, 20);
    ck_assert_uint_lt(f.users, USERS);
    for (int32_t figure = LTREC_FIGURE_RECALL_20; figure < LTREC_FIGURE_AUC;
         figure++) {
        ltrec_evaluation_listeners(a, figure, USERS, of_a, &n, &err);
        ck_assert_uint_eq(n, f.users);
        ltrec_evaluation_listeners(b, figure, USERS, of_b, &n, &err);
        for (size_t u = 0; u < n; u++)
            ck_assert(of_a[u] == of_b[u] ||
                      (isnan(of_a[u]) && isnan(of_b[u])));
    }
    ltrec_evaluation_free(a);
    ltrec_evaluation_free(b);
}
END_TEST

static double mean_of(const ltrec_evaluation *evaluation, int32_t figure)
{
    double values[USERS], sum = 0;
    size_t n, counted = 0;

    ck_assert_int_eq(ltrec_evaluation_listeners(evaluation, figure, USERS,
                                                values, &n, &err),
                     LTREC_OK);
    for (size_t u = 0; u < n; u++)
        if (!isnan(values[u])) {
            sum += values[u];
            counted++;
        }
    return counted ? sum / (double)counted : -1;
}

START_TEST(the_figures_are_the_means_of_the_listeners)
{
    ltrec_evaluation *e = create(ctx);
    ltrec_ranking_figures f;

    ck_assert_int_eq(add_scores(e), LTREC_OK);
    ltrec_evaluation_figures(e, &f, sizeof f);
    ck_assert_double_eq(mean_of(e, LTREC_FIGURE_RECALL_20), f.recall_20);
    ck_assert_double_eq(mean_of(e, LTREC_FIGURE_RECALL_50), f.recall_50);
    ck_assert_double_eq(mean_of(e, LTREC_FIGURE_NDCG_100), f.ndcg_100);
    ck_assert_double_eq(mean_of(e, LTREC_FIGURE_MAP_500), f.map_500);
    ck_assert_double_eq(mean_of(e, LTREC_FIGURE_TAIL_RECALL_20),
                        f.tail_recall_20);
    ck_assert_double_eq(mean_of(e, LTREC_FIGURE_AUC), -1);
    ltrec_evaluation_free(e);
}
END_TEST

START_TEST(what_cannot_be_told_is_refused)
{
    ltrec_evaluation *e = create(ctx), *forgetful;
    uint32_t backwards[] = {5, 3}, far[] = {3, ITEMS};
    double values[USERS];
    size_t n;

    add_scores(e);
    ck_assert_int_eq(ltrec_evaluation_listeners(e, 0, USERS, values, &n, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_evaluation_listeners(e, 1, 3, values, &n, &err),
                     LTREC_ERR_CAPACITY);
    ck_assert_uint_gt(n, 20);
    ck_assert_int_eq(
        ltrec_evaluation_add_scores(e, plays, 2, backwards, 0, NULL, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_evaluation_add_scores(e, plays, 0, NULL, 2, far, &err),
        LTREC_ERR_ARGUMENT);
    ltrec_evaluation_free(e);
    ltrec_evaluation_create(ctx, ITEMS, NULL, &forgetful, &err);
    ck_assert_int_eq(
        ltrec_evaluation_listeners(forgetful, 1, USERS, values, &n, &err),
        LTREC_ERR_STATE);
    ltrec_evaluation_free(forgetful);
}
END_TEST

START_TEST(scores_that_are_no_number_are_never_ranked)
{
    uint32_t relevant[] = {1, 2};
    float scores[ITEMS];
    ltrec_evaluation *e = create(ctx);
    ltrec_ranking_figures f;

    for (size_t i = 0; i < ITEMS; i++)
        scores[i] = NAN;
    scores[2] = -1;
    ck_assert_int_eq(
        ltrec_evaluation_add_scores(e, scores, 0, NULL, 2, relevant, &err),
        LTREC_OK);
    ltrec_evaluation_figures(e, &f, sizeof f);
    ck_assert_double_eq(f.recall_20, 0.5);
    ltrec_evaluation_free(e);
}
END_TEST

static int evaluate_scarcely(struct failing_memory *memory)
{
    ltrec_context *scarce;
    ltrec_evaluation *e;
    int status = failing_context(memory, &scarce);

    if (status != LTREC_OK)
        return status;
    e = create(scarce);
    status = e ? add_scores(e) : LTREC_ERR_MEMORY;
    ltrec_evaluation_free(e);
    ltrec_context_free(scarce);
    return status;
}

START_TEST(any_allocation_may_fail)
{
    ck_assert_int_gt(fail_each_allocation(evaluate_scarcely, 200), 20);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, scores_rank_as_the_factors_they_came_from);
    tcase_add_test(tests, the_figures_are_the_means_of_the_listeners);
    tcase_add_test(tests, what_cannot_be_told_is_refused);
    tcase_add_test(tests, scores_that_are_no_number_are_never_ranked);
    tcase_add_test(tests, any_allocation_may_fail);
}

int main(void)
{
    return check_run("listeners", add_tests);
}
