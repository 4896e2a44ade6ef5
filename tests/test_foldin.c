/*
 * test_foldin.c - new listeners and items, held against an exact solution
 */
#include "kernel_sets.h"
#include "foldin_lab.h"

/* The plays of one listener, as ids. */
static size_t row_of(size_t user, uint64_t *ids, float *counts)
{
    const uint32_t *columns;
    const float *row_counts;
    size_t n;

    ltrec_interactions_user_row(x, user, &n, &columns, &row_counts);
    for (size_t i = 0; i < n; i++) {
        ids[i] = ltrec_interactions_item_ids(x)[columns[i]];
        counts[i] = row_counts[i];
    }
    return n;
}

/* ---- The equation, solved by elimination -------------------------------- */

static void eliminate(double a[RANK][RANK + 1], float *solution)
{
    for (size_t i = 0; i < RANK; i++) {
        size_t pivot = i;

        for (size_t r = i; r < RANK; r++)
            if (fabs(a[r][i]) > fabs(a[pivot][i]))
                pivot = r;
        for (size_t c = 0; c <= RANK; c++) {
            double kept = a[i][c];

            a[i][c] = a[pivot][c];
            a[pivot][c] = kept;
        }
        for (size_t r = 0; r < RANK; r++)
            for (size_t c = RANK + 1; r != i && c-- > i;)
                a[r][c] -= a[r][i] / a[i][i] * a[i][c];
    }
    for (size_t i = 0; i < RANK; i++)
        solution[i] = (float)(a[i][RANK] / a[i][i]);
}

static void solve_exactly(const ltrec_factorize_options *with, size_t n,
                          const uint64_t *ids, const float *counts,
                          const float *prior, float *solution)
{
    double a[RANK][RANK + 1] = {0};
    size_t n_items = ltrec_factors_count(items), row;
    double rho = with->lambda * ((double)n + with->alpha0 * (double)n_items);

    for (size_t i = 0; i < n_items + n; i++) {
        int played = i >= n_items;
        double w = with->alpha0, pull = 0;
        const float *y;

        row = i;
        if (played) {
            ck_assert_int_eq(ltrec_factors_find(items, ids[i - n_items], &row),
                             LTREC_OK);
            pull = w = log(1 + fabs((double)counts[i - n_items]));
            pull += with->form == LTREC_LOSS_HU ? with->alpha0 : 0;
            pull = counts[i - n_items] < 0 ? -pull : pull;
        }
        y = ltrec_factors_vectors(items) + row * RANK;
        for (size_t j = 0; j < RANK; j++) {
            for (size_t k = 0; k < RANK; k++)
                a[j][k] += w * (double)y[j] * (double)y[k];
            a[j][RANK] += pull * (double)y[j];
        }
    }
    for (size_t i = 0; i < n_items; i++) {
        const float *y = ltrec_factors_vectors(items) + i * RANK;
        double expected = 0;

        for (size_t j = 0; prior && j < RANK; j++)
            expected += (double)prior[j] * (double)y[j];
        expected /= 1 + (double)n / with->prior_plays;
        if (with->background == LTREC_BACKGROUND_PRIOR)
            for (size_t j = 0; j < RANK; j++)
                a[j][RANK] += with->alpha0 * expected * (double)y[j];
    }
    for (size_t j = 0; j < RANK; j++) {
        a[j][j] += rho;
        a[j][RANK] += prior ? rho * (double)prior[j] : 0;
    }
    eliminate(a, solution);
}

/* Of the form of either year, from a prior for good, for a while or not. */
START_TEST(a_fold_in_is_the_exact_solution)
{
    static const double prior_plays[] = {10, HUGE_VAL, 3};
    float vector[RANK], wanted[RANK], prior[RANK];
    uint64_t ids[SMALL_ITEMS];
    float counts[SMALL_ITEMS];

    o.form = _i % 2 ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    o.background = _i / 2 < 3 ? LTREC_BACKGROUND_PRIOR : LTREC_BACKGROUND_ZERO;
    o.prior_plays = prior_plays[_i / 2 % 3];
    o.alpha0 = 0.2;
    for (size_t j = 0; j < RANK; j++)
        prior[j] = ltr_random_normal(4, 4, j);
    factorize();
    create(&o);
    for (size_t user = 0; user < SMALL_USERS; user++) {
        size_t n = row_of(user, ids, counts), n_known;
        const float *m = user % 2 ? prior : NULL;

        if (user % 3 == 0) /* the first of them turned down */
            counts[0] = -counts[0];

        ck_assert_int_eq(ltrec_foldin_solve(foldin, n, ids, counts, m, vector,
                                            &n_known, &err),
                         LTREC_OK);
        ck_assert_uint_eq(n_known, n);
        solve_exactly(&o, n, ids, counts, m, wanted);
        same(vector, wanted, 1e-5);
    }
}
END_TEST

START_TEST(folding_in_a_listener_gives_the_vector_factorizing_gave)
{
    float vector[RANK];
    uint64_t ids[SMALL_ITEMS];
    float counts[SMALL_ITEMS];

    factorize();
    create(NULL);
    for (size_t user = 0; user < SMALL_USERS; user++) {
        size_t n = row_of(user, ids, counts);

        ck_assert_int_eq(ltrec_foldin_solve(foldin, n, ids, counts, NULL,
                                            vector, NULL, &err),
                         LTREC_OK);
        same(vector, ltrec_factors_vectors(users) + user * RANK, 1e-5);
    }
}
END_TEST

/* How far one play moves a vector off a prior that was right about it. */
static double jump(int32_t background)
{
    uint64_t ids[SMALL_ITEMS];
    float counts[SMALL_ITEMS], vector[RANK];
    double distance = 0, length = 0;

    o.background = background;
    create(&o);
    for (size_t user = 0; user < SMALL_USERS; user++) {
        const float *right = ltrec_factors_vectors(users) + user * RANK;

        row_of(user, ids, counts);
        ltrec_foldin_solve(foldin, 1, ids, counts, right, vector, NULL, NULL);
        for (size_t j = 0; j < RANK; j++) {
            distance += pow((double)vector[j] - (double)right[j], 2);
            length += pow((double)right[j], 2);
        }
    }
    ltrec_foldin_free(foldin);
    foldin = NULL;
    return sqrt(distance / length);
}

START_TEST(from_cold_to_warm_there_is_no_jump)
{
    double small, large;

    factorize();
    small = jump(LTREC_BACKGROUND_PRIOR);
    large = jump(LTREC_BACKGROUND_ZERO);
    ck_assert_double_lt(small, 0.25);
    ck_assert_double_gt(large, 2 * small);
}
END_TEST

/* With all plays the prior is as good as forgotten, unless it never is. */
START_TEST(a_prior_that_was_wrong_is_outgrown)
{
    static const double prior_plays[] = {1, 10, HUGE_VAL};
    uint64_t ids[SMALL_ITEMS];
    float counts[SMALL_ITEMS], vector[RANK];
    double distances[3] = {0};

    factorize();
    for (size_t i = 0; i < 3; i++) {
        o.prior_plays = prior_plays[i];
        create(&o);
        for (size_t user = 0; user < SMALL_USERS; user++) {
            const float *right = ltrec_factors_vectors(users) + user * RANK;
            const float *wrong =
                ltrec_factors_vectors(users) + (user + 1) % SMALL_USERS * RANK;
            size_t n = row_of(user, ids, counts);

            ltrec_foldin_solve(foldin, n, ids, counts, wrong, vector, NULL,
                               NULL);
            for (size_t j = 0; j < RANK; j++)
                distances[i] += pow((double)vector[j] - (double)right[j], 2);
        }
        ltrec_foldin_free(foldin);
        foldin = NULL;
    }
    ck_assert_double_lt(distances[0], 0.3 * distances[2]);
    ck_assert_double_lt(distances[1], 0.8 * distances[2]);
}
END_TEST

START_TEST(order_and_repeats_change_no_bit)
{
    const uint64_t once[] = {1000, 1007, 1049};
    const float counts[] = {3, 1, 2};
    const uint64_t split[] = {1049, 1000, 1007, 1000, 1049};
    const float parts[] = {1, 2, 1, 1, 1};
    float a[RANK], b[RANK];
    size_t n_known;

    factorize();
    create(NULL);
    ltrec_foldin_solve(foldin, 3, once, counts, NULL, a, NULL, NULL);
    ltrec_foldin_solve(foldin, 5, split, parts, NULL, b, &n_known, NULL);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_uint_eq(n_known, 5);
}
END_TEST

START_TEST(as_much_turned_down_as_played_says_nothing)
{
    const uint64_t ids[] = {1000, 1007, 1007};
    const float counts[] = {1, 3, -3};
    float with[RANK], without[RANK];

    factorize();
    create(NULL);
    ck_assert_int_eq(
        ltrec_foldin_solve(foldin, 3, ids, counts, NULL, with, NULL, &err),
        LTREC_OK);
    ck_assert_int_eq(
        ltrec_foldin_solve(foldin, 1, ids, counts, NULL, without, NULL, &err),
        LTREC_OK);
    ck_assert_mem_eq(with, without, sizeof with);
}
END_TEST

START_TEST(unknown_ids_are_passed_over_and_counted)
{
    const uint64_t ids[] = {1, 1000, 2, 1007};
    const uint64_t known[] = {1000, 1007};
    float a[RANK], b[RANK];
    size_t n_known;

    factorize();
    create(NULL);
    ltrec_foldin_solve(foldin, 4, ids, NULL, NULL, a, &n_known, NULL);
    ck_assert_uint_eq(n_known, 2);
    ltrec_foldin_solve(foldin, 2, known, NULL, NULL, b, &n_known, NULL);
    ck_assert_mem_eq(a, b, sizeof a);
}
END_TEST

START_TEST(nothing_known_gives_the_prior_or_no_direction_and_says_so)
{
    const uint64_t ids[] = {1, 2};
    float prior[RANK], vector[RANK];
    size_t n_known = 9;

    for (size_t j = 0; j < RANK; j++)
        prior[j] = vector[j] = (float)j + 1;
    factorize();
    create(NULL);
    ck_assert_int_eq(
        ltrec_foldin_solve(foldin, 2, ids, NULL, NULL, vector, &n_known, &err),
        LTREC_OK);
    ck_assert_uint_eq(n_known, 0);
    for (size_t j = 0; j < RANK; j++)
        ck_assert_float_eq(vector[j], 0);
    ck_assert_int_eq(ltrec_foldin_solve(foldin, 0, NULL, NULL, prior, vector,
                                        &n_known, &err),
                     LTREC_OK);
    ck_assert_mem_eq(vector, prior, sizeof prior);
}
END_TEST

START_TEST(items_nobody_played_count_for_nothing)
{
    const uint64_t unplayed[] = {5}, ids[] = {1000, 1007};
    ltrec_factors *prior, *without;
    float foreseen[RANK], a[RANK], b[RANK];
    size_t n_known, n;

    for (size_t j = 0; j < RANK; j++)
        foreseen[j] = 3;
    ltrec_factors_create(ctx, 1, RANK, unplayed, foreseen, NULL, &prior, NULL);
    o.item_prior = prior;
    factorize();
    ltrec_factors_free(prior);
    create(NULL);
    ltrec_foldin_solve(foldin, 2, ids, NULL, NULL, a, NULL, NULL);
    ltrec_foldin_solve(foldin, 1, unplayed, NULL, NULL, b, &n_known, NULL);
    ck_assert_uint_eq(n_known, 0);
    ltrec_foldin_free(foldin);

    /* The same without the row: it comes first, its id being the lowest. */
    n = ltrec_factors_count(items) - 1;
    ck_assert_int_eq(ltrec_factors_create(ctx, n, RANK,
                                          ltrec_factors_ids(items) + 1,
                                          ltrec_factors_vectors(items) + RANK,
                                          NULL, &without, NULL),
                     LTREC_OK);
    o.item_prior = NULL;
    ltrec_factorize_options_of(items, &o);
    ltrec_foldin_create(ctx, without, &o, &foldin, NULL);
    ltrec_foldin_solve(foldin, 2, ids, NULL, NULL, b, NULL, NULL);
    same(a, b, 1e-6);
    ltrec_factors_free(without);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    const uint64_t ids[] = {1000, 1007, 1049};
    float first[RANK], vector[RANK];

    factorize();
    for (uint32_t threads = 1; threads <= 4; threads *= 2) {
        ltrec_context *with = context_with(0, threads);

        ck_assert_int_eq(ltrec_foldin_create(with, items, NULL, &foldin, NULL),
                         LTREC_OK);
        ltrec_foldin_solve(foldin, 3, ids, NULL, NULL,
                           threads == 1 ? first : vector, NULL, NULL);
        if (threads > 1)
            ck_assert_mem_eq(first, vector, sizeof first);
        ltrec_foldin_free(foldin);
        ltrec_context_free(with);
    }
    foldin = NULL;
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_fold_in_is_the_exact_solution, 0, 8);
    tcase_add_test(tests,
                   folding_in_a_listener_gives_the_vector_factorizing_gave);
    tcase_add_test(tests, from_cold_to_warm_there_is_no_jump);
    tcase_add_test(tests, a_prior_that_was_wrong_is_outgrown);
    tcase_add_test(tests, order_and_repeats_change_no_bit);
    tcase_add_test(tests, as_much_turned_down_as_played_says_nothing);
    tcase_add_test(tests, unknown_ids_are_passed_over_and_counted);
    tcase_add_test(tests,
                   nothing_known_gives_the_prior_or_no_direction_and_says_so);
    tcase_add_test(tests, items_nobody_played_count_for_nothing);
    tcase_add_test(tests, threads_change_no_bit);
}

int main(void)
{
    return check_run("foldin", add_tests);
}
