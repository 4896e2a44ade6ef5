/*
 * test_emphasis_variance.c - how far items may be off, with an item_power
 */
#include "emphasis_lab.h"

/* The trace of the inverse of a[RANK][RANK], by elimination. */
static double inverse_trace(double a[RANK][2 * RANK])
{
    double trace = 0;

    for (size_t i = 0; i < RANK; i++) {
        double pivot = a[i][i];

        for (size_t j = 0; j < 2 * RANK; j++)
            a[i][j] /= pivot;
        for (size_t k = 0; k < RANK; k++) {
            double f = a[k][i];

            for (size_t j = 0; j < 2 * RANK && k != i; j++)
                a[k][j] -= f * a[i][j];
        }
    }
    for (size_t i = 0; i < RANK; i++)
        trace += a[i][RANK + i];
    return trace;
}

static double variance_in_full(size_t item)
{
    double a[RANK][2 * RANK] = {{0}}, weights = 0;

    for (size_t j = 0; j < RANK; j++) {
        a[j][j] = rho_of_item(item);
        a[j][RANK + j] = 1;
    }
    for (size_t u = 0; u < p.n_users; u++) {
        double w = p.weight[u][item] + o.alpha0 * p.emphasis[item];

        for (size_t j = 0; j < RANK; j++)
            for (size_t k = 0; k < RANK; k++)
                a[j][k] += w * (double)vector(users, u)[j] *
                           (double)vector(users, u)[k];
    }
    for (size_t u = 0; u < p.n_users; u++)
        for (size_t i = 0; i < p.n_items; i++)
            weights += p.weight[u][i] + o.alpha0 * p.emphasis[i];
    return fit_in_full() / weights * inverse_trace(a);
}

static void expect_variance(void)
{
    const float *variance = ltrec_factors_variance(items);

    ck_assert_ptr_nonnull(variance);
    for (size_t i = 0; i < p.n_items; i++)
        ck_assert_double_eq_tol((double)variance[i], variance_in_full(i),
                                1e-3 * variance_in_full(i));
}

/* Alone, with thumbs down, with pairs kept back, and with both. */
START_TEST(variance_is_that_of_the_equations)
{
    o.variance = 1;
    o.patience = _i & 2 ? 3 : 0;
    o.epochs = _i & 2 ? 40 : 6;
    if (_i & 1)
        turn_down();
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    expect_variance();
    o.form = LTREC_LOSS_HU;
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    expect_variance();
}
END_TEST

START_TEST(an_item_nobody_played_has_the_most_variance)
{
    const uint64_t id = 5;
    const float held[RANK] = {0.1f, 0.2f};
    const float *variance;
    ltrec_factors *prior;

    ck_assert_int_eq(
        ltrec_factors_create(ctx, 1, RANK, &id, held, NULL, &prior, NULL),
        LTREC_OK);
    o.variance = 1;
    o.item_prior = prior;
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    variance = ltrec_factors_variance(items);
    ck_assert_uint_eq(ltrec_factors_count(items), p.n_items + 1);
    for (size_t i = 1; i <= p.n_items; i++)
        ck_assert_float_lt(variance[i], variance[0]);
    ck_assert(isfinite(variance[0]));
    ltrec_factors_free(prior);
}
END_TEST

/* An item played once, which is what validation keeps back by some seed. */
START_TEST(an_item_of_which_all_is_kept_back_counts_as_played_once)
{
    const uint64_t rare = 5;
    const float once = 1;

    ltrec_interactions_free(x);
    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &x, NULL), LTREC_OK);
    ltrec_interactions_add(x, plays.n, plays.users, plays.items, plays.counts,
                           NULL);
    ltrec_interactions_add(x, 1, &plays.users[0], &rare, &once, NULL);
    ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, NULL), LTREC_OK);
    o.patience = 3;
    o.validation_share = 0.5;
    o.variance = 1;
    do {
        o.seed++;
        ck_assert_int_eq(factorize(ctx), LTREC_OK);
    } while (p.of_item[0] > 0);
    ck_assert_double_eq_tol(losses[report.best_epoch - 1], loss_in_full(),
                            1e-4 * loss_in_full());
    expect_variance();
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, variance_is_that_of_the_equations, 0, 4);
    tcase_add_test(tests, an_item_nobody_played_has_the_most_variance);
    tcase_add_test(tests,
                   an_item_of_which_all_is_kept_back_counts_as_played_once);
}

int main(void)
{
    return check_run("emphasis variance", add_tests);
}
