/*
 * test_evaluate.c - rankings, against numbers worked out by hand and against
 * a plain program that follows the definitions
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

/* ---- By hand ------------------------------------------------------------ */

static const uint32_t ranked[] = {4, 7, 1, 9, 2};
static const uint32_t relevant[] = {1, 4, 8};

START_TEST(recall_is_the_hits_among_the_best_that_could_be)
{
    /* 4 is a hit; 7 none; 1 is one; 8 is never ranked. */
    ck_assert_double_eq(ltrec_ranking_recall(5, ranked, 3, relevant, 1), 1);
    ck_assert_double_eq(ltrec_ranking_recall(5, ranked, 3, relevant, 2), 0.5);
    ck_assert_double_eq(ltrec_ranking_recall(5, ranked, 3, relevant, 3),
                        2.0 / 3);
    ck_assert_double_eq(ltrec_ranking_recall(5, ranked, 3, relevant, 50),
                        2.0 / 3);
    ck_assert_double_eq(ltrec_ranking_recall(5, ranked, 0, relevant, 5), 0);
    ck_assert_double_eq(ltrec_ranking_recall(0, ranked, 3, relevant, 5), 0);
    ck_assert_double_eq(ltrec_ranking_recall(5, ranked, 3, relevant, 0), 0);
}
END_TEST

START_TEST(ndcg_discounts_by_the_logarithm_of_the_place)
{
    /* Hits at places 1 and 3: 1 + 1/log2(4) = 1.5; the ideal of three:
       1 + 1/log2(3) + 1/2 = 2.1309297535714573. */
    ck_assert_double_eq_tol(ltrec_ranking_ndcg(5, ranked, 3, relevant, 5),
                            1.5 / 2.1309297535714573, 1e-15);
    /* Cut at two: 1 of 1 + 1/log2(3) = 1.6309297535714573. */
    ck_assert_double_eq_tol(ltrec_ranking_ndcg(5, ranked, 3, relevant, 2),
                            1 / 1.6309297535714573, 1e-15);
    ck_assert_double_eq(ltrec_ranking_ndcg(5, ranked, 0, relevant, 5), 0);
}
END_TEST

START_TEST(average_precision_is_over_the_relevant_ones)
{
    /* Precision 1/1 at place 1, 2/3 at place 3, over min(3, 500). */
    ck_assert_double_eq_tol(
        ltrec_ranking_average_precision(5, ranked, 3, relevant, 500),
        (1 + 2.0 / 3) / 3, 1e-15);
    /* Over min(3, 2). */
    ck_assert_double_eq(
        ltrec_ranking_average_precision(5, ranked, 3, relevant, 2), 0.5);
}
END_TEST

START_TEST(figures_are_averages_over_listeners_with_something_relevant)
{
    /* The head is the two most played of ten: 3 and, of equals, 4. */
    static const float plays[10] = {1, 1, 1, 9, 5, 5, 0, 1, 1, 1};
    static const uint32_t second[] = {3, 4}, third[] = {5};
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation;
    ltrec_ranking_figures f;

    ltrec_evaluation_options_init(&options, sizeof options);
    options.plays = plays;
    ck_assert_int_eq(
        ltrec_evaluation_create(ctx, 10, &options, &evaluation, NULL),
        LTREC_OK);
    ltrec_evaluation_add(evaluation, 5, ranked, 3, relevant, NULL);
    ltrec_evaluation_add(evaluation, 2, second, 1, second, NULL);
    ltrec_evaluation_add(evaluation, 1, third, 0, NULL, NULL);
    ltrec_evaluation_figures(evaluation, &f, sizeof f);
    ck_assert_uint_eq(f.users, 2);
    ck_assert_uint_eq(f.tail_users, 1);
    ck_assert_double_eq_tol(f.recall_20, (2.0 / 3 + 1) / 2, 1e-15);
    ck_assert_double_eq_tol(f.map_500, ((1 + 2.0 / 3) / 3 + 1) / 2, 1e-15);
    /* Of 1 and 8, the relevant ones of the tail, 1 was ranked. */
    ck_assert_double_eq(f.tail_recall_20, 0.5);
    /* 4, 7, 1, 9, 2 and 3. */
    ck_assert_double_eq_tol(f.coverage_20, 0.6, 1e-15);
    ck_assert_double_eq(f.auc, 0);
    ltrec_evaluation_free(evaluation);
}
END_TEST

START_TEST(the_area_under_the_curve_counts_pairs_and_halves_ties)
{
    /* One listener, factors of one number: scores 4 3 3 2 1 0.  Item 0 is in
       the training row.  Relevant are 1 and 4; the others 2, 3, 5.
       1: ties with 2, beats 3 and 5: 2.5.  4: beats 5: 1.  3.5 of 6. */
    static const float user[] = {1}, items[] = {4, 3, 3, 2, 1, -0.0f};
    static const uint64_t train[] = {0, 1}, test[] = {0, 3};
    static const uint32_t train_items[] = {0}, test_items[] = {0, 1, 4};
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation;
    ltrec_ranking_figures f;

    ltrec_evaluation_options_init(&options, sizeof options);
    options.auc = 1;
    ck_assert_int_eq(
        ltrec_evaluation_create(ctx, 6, &options, &evaluation, NULL),
        LTREC_OK);
    ck_assert_int_eq(ltrec_evaluation_add_factors(
                         evaluation, 1, user, 1, items, train, train_items,
                         test, test_items, NULL, NULL, NULL),
                     LTREC_OK);
    ltrec_evaluation_figures(evaluation, &f, sizeof f);
    ck_assert_double_eq_tol(f.auc, 3.5 / 6, 1e-15);
    ck_assert_uint_eq(f.auc_users, 1);
    ck_assert_double_eq(f.recall_20, 1);
    /* The list is 1 2 3 4 5: hits at places 1 and 4. */
    ck_assert_double_eq_tol(f.map_500, (1 + 2.0 / 4) / 2, 1e-15);
    ck_assert_double_eq_tol(f.coverage_20, 5.0 / 6, 1e-15);
    ltrec_evaluation_free(evaluation);
}
END_TEST

/* ---- By definition ------------------------------------------------------ */

#define USERS 75
#define ITEMS 640
#define RANK 9

static float users[USERS][RANK], items[ITEMS][RANK], plays[ITEMS];
static uint64_t train_offsets[USERS + 1], test_offsets[USERS + 1];
static uint32_t train[USERS * ITEMS], test[USERS * ITEMS];

static void draw(void)
{
    for (size_t u = 0; u < USERS; u++)
        for (size_t j = 0; j < RANK; j++)
            users[u][j] = ltr_random_normal(1, u, j);
    for (size_t i = 0; i < ITEMS; i++) {
        plays[i] = (float)ltr_random_below(2, 0, i, 50);
        for (size_t j = 0; j < RANK; j++) /* whole numbers: ties */
            items[i][j] = (float)ltr_random_below(3, i, j, 3);
    }
    for (size_t u = 0; u < USERS; u++) {
        train_offsets[u + 1] = train_offsets[u];
        test_offsets[u + 1] = test_offsets[u];
        for (uint32_t i = 0; i < ITEMS && u % 10 != 3; i++) {
            if (ltr_random_below(4, u, i, 20) == 0)
                train[train_offsets[u + 1]++] = i;
            if (ltr_random_below(5, u, i, 1 + 3 * u) == 0)
                test[test_offsets[u + 1]++] = i;
        }
    }
}

static int holds(const uint32_t *row, const uint64_t *offsets, size_t u,
                 uint32_t item)
{
    for (uint64_t at = offsets[u]; at < offsets[u + 1]; at++)
        if (row[at] == item)
            return 1;
    return 0;
}

/* Rank by the plainest means and count one listener in. */
static void add_plainly(ltrec_evaluation *evaluation, size_t u)
{
    static float scores[ITEMS];
    static uint32_t list[ITEMS], wanted[ITEMS];
    size_t n = 0, n_wanted = 0;

    for (uint32_t i = 0; i < ITEMS; i++) {
        size_t at;
        double score = 0;

        if (holds(train, train_offsets, u, i))
            continue;
        if (holds(test, test_offsets, u, i))
            wanted[n_wanted++] = i;
        for (size_t j = 0; j < RANK; j++)
            score += (double)users[u][j] * (double)items[i][j];
        for (at = n++; at > 0 && scores[at - 1] < (float)score; at--) {
            scores[at] = scores[at - 1];
            list[at] = list[at - 1];
        }
        scores[at] = (float)score;
        list[at] = i;
    }
    ck_assert_int_eq(
        ltrec_evaluation_add(evaluation, n, list, n_wanted, wanted, NULL),
        LTREC_OK);
}

static int evaluate(ltrec_context *with, ltrec_progress progress,
                    ltrec_ranking_figures *figures)
{
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation;
    int status;

    ltrec_evaluation_options_init(&options, sizeof options);
    options.plays = plays;
    options.auc = 1;
    status = ltrec_evaluation_create(with, ITEMS, &options, &evaluation, NULL);
    if (status == LTREC_OK)
        status = ltrec_evaluation_add_factors(
            evaluation, USERS, users[0], RANK, items[0], train_offsets, train,
            test_offsets, test, progress, NULL, NULL);
    ltrec_evaluation_figures(evaluation, figures, sizeof *figures);
    ltrec_evaluation_free(evaluation);
    return status;
}

START_TEST(ranking_by_factors_gives_what_the_definitions_give)
{
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation;
    ltrec_ranking_figures fast, plain;

    draw();
    ltrec_evaluation_options_init(&options, sizeof options);
    options.plays = plays;
    ck_assert_int_eq(
        ltrec_evaluation_create(ctx, ITEMS, &options, &evaluation, NULL),
        LTREC_OK);
    for (size_t u = 0; u < USERS; u++)
        add_plainly(evaluation, u);
    ltrec_evaluation_figures(evaluation, &plain, sizeof plain);
    ck_assert_int_eq(evaluate(ctx, NULL, &fast), LTREC_OK);
    ck_assert_uint_eq(fast.users, plain.users);
    ck_assert_uint_le(fast.users, USERS - 8);
    ck_assert_uint_eq(fast.tail_users, plain.tail_users);
    /* Rounding may swap two items of nearly equal scores. */
    ck_assert_double_eq_tol(fast.recall_20, plain.recall_20, 2e-3);
    ck_assert_double_eq_tol(fast.recall_50, plain.recall_50, 2e-3);
    ck_assert_double_eq_tol(fast.ndcg_100, plain.ndcg_100, 2e-3);
    ck_assert_double_eq_tol(fast.map_500, plain.map_500, 2e-3);
    ck_assert_double_eq_tol(fast.tail_recall_20, plain.tail_recall_20, 2e-3);
    ck_assert_double_eq_tol(fast.coverage_20, plain.coverage_20, 1e-2);
    ck_assert_double_eq_tol(fast.auc, 0.5, 0.1); /* test rows are random */
    ltrec_evaluation_free(evaluation);
}
END_TEST

START_TEST(figures_have_the_same_bits_at_any_thread_count)
{
    ltrec_ranking_figures one, many;

    draw();
    for (int32_t kernels = 0; kernels < KERNEL_SETS; kernels++) {
        ltrec_context *with = context_with(kernels, 1);

        if (!with)
            continue;
        ck_assert_int_eq(evaluate(with, NULL, &one), LTREC_OK);
        ltrec_context_free(with);
        for (uint32_t threads = 2; threads <= 5; threads++) {
            with = context_with(kernels, threads);
            ck_assert_int_eq(evaluate(with, NULL, &many), LTREC_OK);
            ck_assert_mem_eq(&many, &one, sizeof one);
            ltrec_context_free(with);
        }
    }
}
END_TEST

static int stop_at_once(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    ck_assert_uint_eq(total, USERS);
    ck_assert_uint_le(done, total);
    return 1;
}

START_TEST(a_cancelled_evaluation_is_as_it_was)
{
    ltrec_ranking_figures f;

    draw();
    ck_assert_int_eq(evaluate(ctx, stop_at_once, &f), LTREC_ERR_CANCELLED);
    ck_assert_uint_eq(f.users, 0);
    ck_assert_double_eq(f.coverage_20, 0);
}
END_TEST

START_TEST(rows_and_vectors_that_make_no_sense_are_named)
{
    static const uint64_t falling[] = {0, 2, 1}, fine[] = {0, 2, 2};
    static const uint32_t order[] = {3, 2}, far[] = {1, 5}, good[] = {1, 4};
    float u[2][1] = {{1}, {2}}, i[5][1] = {{1}, {2}, {3}, {4}, {5}};
    ltrec_evaluation *e;
    ltrec_error err;

    ck_assert_int_eq(ltrec_evaluation_create(ctx, 5, NULL, &e, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_evaluation_add_factors(e, 2, u[0], 1, i[0], NULL,
                                                  NULL, falling, good, NULL,
                                                  NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "test row 1"));
    ck_assert_int_eq(ltrec_evaluation_add_factors(e, 2, u[0], 1, i[0], fine,
                                                  order, fine, good, NULL,
                                                  NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "training row 0"));
    ck_assert_int_eq(ltrec_evaluation_add_factors(e, 2, u[0], 1, i[0], NULL,
                                                  NULL, fine, far, NULL, NULL,
                                                  &err),
                     LTREC_ERR_ARGUMENT);
    i[3][0] = NAN;
    ck_assert_int_eq(ltrec_evaluation_add_factors(e, 2, u[0], 1, i[0], NULL,
                                                  NULL, fine, good, NULL, NULL,
                                                  &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "row 3 of the items'"));
    ck_assert_int_eq(ltrec_evaluation_add(e, 2, far, 2, good, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_evaluation_add(e, 2, good, 2, order, &err),
                     LTREC_ERR_ARGUMENT);
    ltrec_evaluation_free(e);
}
END_TEST

/* Make one and use it; LTREC_OK or what failed, leaving nothing. */
static int build(struct failing_memory *memory)
{
    ltrec_ranking_figures f;
    ltrec_context *context;
    int status = failing_context(memory, &context);

    if (status != LTREC_OK)
        return status;
    status = evaluate(context, NULL, &f);
    ck_assert_uint_eq(f.users > 0, status == LTREC_OK);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    draw();
    ck_assert_int_gt(fail_each_allocation(build, 100), 8);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, recall_is_the_hits_among_the_best_that_could_be);
    tcase_add_test(tests, ndcg_discounts_by_the_logarithm_of_the_place);
    tcase_add_test(tests, average_precision_is_over_the_relevant_ones);
    tcase_add_test(
        tests, figures_are_averages_over_listeners_with_something_relevant);
    tcase_add_test(tests,
                   the_area_under_the_curve_counts_pairs_and_halves_ties);
    tcase_add_test(tests, ranking_by_factors_gives_what_the_definitions_give);
    tcase_add_test(tests, figures_have_the_same_bits_at_any_thread_count);
    tcase_add_test(tests, a_cancelled_evaluation_is_as_it_was);
    tcase_add_test(tests, rows_and_vectors_that_make_no_sense_are_named);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("evaluate", add_tests);
}
