/*
 * test_factorize_prior.c - what is known of items beforehand, and how well
 * they are known afterwards
 */
#include "factorize_lab.h"

/* ---- The prior ---------------------------------------------------------- */

START_TEST(items_nobody_played_come_out_as_foreseen_and_said_so)
{
    ltrec_factors *prior = make_prior(RANK);
    size_t n = ltrec_interactions_n_items(x);

    o.item_prior = prior;
    factorize();
    ck_assert_uint_eq(ltrec_factors_count(items), n + 2);
    ck_assert_uint_eq(report.n_unplayed, 2);
    ck_assert_uint_eq(ltrec_factors_feature_version(items), 12);
    ck_assert_uint_eq(ltrec_factors_feature_version(users), 0);
    ck_assert_uint_eq(ltrec_factors_ids(items)[0], 5);
    ck_assert_uint_eq(ltrec_factors_ids(items)[n + 1], UINT64_MAX);
    ck_assert_uint_eq(ltrec_factors_plays(items)[0], 0);
    ck_assert_uint_eq(ltrec_factors_plays(items)[n + 1], 0);
    ck_assert_mem_eq(ltrec_factors_vectors(items),
                     ltrec_factors_vectors(prior), RANK * sizeof(float));
    ck_assert_mem_eq(ltrec_factors_vectors(items) + (n + 1) * RANK,
                     ltrec_factors_vectors(prior) + 2 * RANK,
                     RANK * sizeof(float));
    ltrec_factors_free(prior);
}
END_TEST

START_TEST(a_strong_prior_holds_played_items_near_it)
{
    ltrec_factors *prior = make_prior(RANK);
    const float *found, *wanted;
    size_t row;

    o.item_prior = prior;
    o.lambda = 1e6;
    factorize();
    ck_assert_int_eq(ltrec_factors_find(items, 1007, &row), LTREC_OK);
    found = ltrec_factors_vectors(items) + row * RANK;
    wanted = ltrec_factors_vectors(prior) + 3 * RANK;
    for (size_t j = 0; j < RANK; j++)
        ck_assert_float_eq_tol(found[j], wanted[j], 1e-3f);
    ltrec_factors_free(prior);
}
END_TEST

/* ---- Variance ----------------------------------------------------------- */

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

/* The equations of an item, from every listener. */
static double variance_in_full(size_t item)
{
    size_t n_users = ltrec_factors_count(users);
    double a[RANK][2 * RANK] = {{0}};
    double r = rho(ltrec_factors_plays(items)[item], n_users);

    for (size_t j = 0; j < RANK; j++) {
        a[j][j] = r;
        a[j][RANK + j] = 1;
    }
    for (size_t u = 0; u < n_users; u++) {
        const float *v = ltrec_factors_vectors(users) + u * RANK;
        float count = count_of(u, item);
        double w = o.alpha0 + (count > 0 ? weight(count) : 0);

        for (size_t i = 0; i < RANK; i++)
            for (size_t j = 0; j < RANK; j++)
                a[i][j] += w * (double)v[i] * (double)v[j];
    }
    return inverse_trace(a);
}

static double noise_in_full(void)
{
    size_t n_users = ltrec_factors_count(users);
    size_t n_items = ltrec_factors_count(items);
    double fit = loss_in_full(), all = 0;

    for (size_t u = 0; u < n_users; u++)
        fit -= rho(ltrec_factors_plays(users)[u], n_items) * square(users, u);
    for (size_t i = 0; i < n_items; i++)
        fit -= rho(ltrec_factors_plays(items)[i], n_users) * square(items, i);
    for (size_t u = 0; u < n_users; u++)
        for (size_t i = 0; i < n_items; i++) {
            float count = count_of(u, i);

            all += o.alpha0 + (count > 0 ? weight(count) : 0);
        }
    return fit / all;
}

START_TEST(variance_is_noise_times_the_inverse_of_the_equations)
{
    const float *variance;

    o.variance = 1;
    o.form = _i ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    factorize();
    variance = ltrec_factors_variance(items);
    ck_assert_ptr_nonnull(variance);
    ck_assert_ptr_null(ltrec_factors_variance(users));
    for (size_t i = 0; i < ltrec_factors_count(items); i++) {
        double wanted = noise_in_full() * variance_in_full(i);

        ck_assert_double_eq_tol((double)variance[i], wanted, 1e-3 * wanted);
    }
}
END_TEST

START_TEST(an_item_nobody_played_has_the_most_variance)
{
    ltrec_factors *prior = make_prior(RANK);
    const float *variance;

    o.variance = 1;
    o.item_prior = prior;
    o.confidence = LTREC_CONFIDENCE_CONSTANT;
    factorize();
    variance = ltrec_factors_variance(items);
    for (size_t i = 1; i + 1 < ltrec_factors_count(items); i++)
        ck_assert_float_lt(variance[i], variance[0]); /* id 5 */
    ltrec_factors_free(prior);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   items_nobody_played_come_out_as_foreseen_and_said_so);
    tcase_add_test(tests, a_strong_prior_holds_played_items_near_it);
    tcase_add_loop_test(
        tests, variance_is_noise_times_the_inverse_of_the_equations, 0, 2);
    tcase_add_test(tests, an_item_nobody_played_has_the_most_variance);
}

int main(void)
{
    return check_run("factorize prior", add_tests);
}
