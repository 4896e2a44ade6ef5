/*
 * test_factorize.c - from plays to factors, held against the equations
 */
#include "factorize_lab.h"

#include <stddef.h>

/* The largest slope of the loss at any listener, over the largest vector. */
static double slope(void)
{
    size_t n_users = ltrec_factors_count(users);
    size_t n_items = ltrec_factors_count(items);
    double worst = 0, largest = 0;

    for (size_t u = 0; u < n_users; u++)
        for (size_t j = 0; j < RANK; j++) {
            double at = (double)ltrec_factors_vectors(users)[u * RANK + j];
            double g = rho(ltrec_factors_plays(users)[u], n_items) * at;

            for (size_t i = 0; i < n_items; i++) {
                float count = count_of(u, i);
                double y = (double)ltrec_factors_vectors(items)[i * RANK + j];
                double wanted = count > 0 && o.form == LTREC_LOSS_HU;

                g += o.alpha0 * (score(u, i) - wanted) * y;
                g += count > 0 ? weight(count) * (score(u, i) - 1) * y : 0;
            }
            worst = fmax(worst, fabs(g));
            largest = fmax(largest, fabs(at));
        }
    return worst / largest;
}

/* ---- Right answers ------------------------------------------------------ */

/* Of a caller that knows less of it than this library, and one that knows
 * more. */
START_TEST(reports_of_any_size_are_filled_in_as_far_as_they_go)
{
    struct {
        ltrec_factorize_report report;
        uint64_t more;
    } theirs;
    ltrec_factors *u, *i;

    memset(&theirs, 7, sizeof theirs);
    theirs.report.losses = NULL;
    theirs.report.capacity = 0;
    theirs.report.size = offsetof(ltrec_factorize_report, loss);
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, &theirs.report, NULL),
                     LTREC_OK);
    ltrec_factors_free(u);
    ltrec_factors_free(i);
    ck_assert_uint_eq(theirs.report.n_epochs, o.epochs);
    ck_assert_uint_eq(theirs.report.best_epoch, UINT64_C(0x0707070707070707));
    theirs.report.size = sizeof theirs;
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, &theirs.report, NULL),
                     LTREC_OK);
    ltrec_factors_free(u);
    ltrec_factors_free(i);
    ck_assert_uint_eq(theirs.report.size, sizeof theirs);
    ck_assert_uint_eq(theirs.report.best_epoch, 0);
    ck_assert_uint_eq(theirs.more, UINT64_C(0x0707070707070707));
}
END_TEST

START_TEST(the_reported_loss_is_that_of_the_equation)
{
    o.form = _i % 2 ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    o.confidence = 1 + _i / 2;
    o.nu = _i == 5 ? 0.5 : 1;
    factorize();
    ck_assert_double_eq_tol(report.loss, loss_in_full(),
                            1e-5 * loss_in_full());
    ck_assert_uint_eq(report.n_epochs, o.epochs);
    ck_assert_double_eq(report.loss, losses[o.epochs - 1]);
}
END_TEST

START_TEST(an_exact_half_leaves_the_loss_without_slope)
{
    o.solver = LTREC_SOLVER_CHOLESKY;
    o.form = _i % 2 ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    o.confidence = 1 + _i / 2;
    factorize();
    ck_assert_double_lt(slope(), _i / 2 == 1 ? 2e-4 : 2e-5);
}
END_TEST

START_TEST(the_loss_goes_down_every_epoch)
{
    o.epochs = 30;
    factorize();
    for (size_t i = 1; i < o.epochs; i++)
        ck_assert_double_le(losses[i], losses[i - 1] * (1 + 1e-7));
}
END_TEST

START_TEST(conjugate_gradient_ends_where_cholesky_does)
{
    double exact;

    o.confidence = _i ? LTREC_CONFIDENCE_LOG : LTREC_CONFIDENCE_CONSTANT;
    o.epochs = 16;
    o.solver = LTREC_SOLVER_CHOLESKY;
    factorize();
    exact = report.loss;
    o.solver = LTREC_SOLVER_CG;
    factorize();
    ck_assert_double_eq_tol(report.loss, exact, 1e-3 * exact);
    o.cg_steps = RANK + 2; /* as many steps as dimensions solve exactly */
    factorize();
    ck_assert_double_eq_tol(report.loss, exact, 1e-5 * exact);
}
END_TEST

START_TEST(steps_are_two_or_with_linear_confidence_three)
{
    for (int32_t c = LTREC_CONFIDENCE_CONSTANT; c <= LTREC_CONFIDENCE_LOG;
         c++) {
        double usual;

        o.confidence = c;
        o.cg_steps = 0;
        factorize();
        usual = report.loss;
        o.cg_steps = c == LTREC_CONFIDENCE_LINEAR ? 3 : 2;
        factorize();
        ck_assert(report.loss == usual);
        o.cg_steps = 1;
        factorize();
        ck_assert(report.loss != usual);
    }
}
END_TEST

START_TEST(the_two_tastes_are_found)
{
    double within = 0, across = 0;

    factorize();
    for (size_t u = 0; u < SMALL_USERS; u++)
        for (size_t i = 0; i < SMALL_ITEMS; i++) {
            uint64_t item = (ltrec_factors_ids(items)[i] - 1000) / 7;
            /* The inverse of the odd number that spreads the ids. */
            uint64_t user = ltrec_factors_ids(users)[u] * 0xf1de83e19937733du;

            *(user % 2 == item % 2 ? &within : &across) += score(u, i);
        }
    ck_assert_double_gt(within, 1.5 * across);
}
END_TEST

START_TEST(rows_come_in_order_of_ids_with_plays_and_one_model_id)
{
    uint32_t total = 0;

    factorize();
    ck_assert_uint_eq(ltrec_factors_count(users),
                      ltrec_interactions_n_users(x));
    ck_assert_mem_eq(ltrec_factors_ids(items), ltrec_interactions_item_ids(x),
                     ltrec_factors_count(items) * sizeof(uint64_t));
    ck_assert_uint_eq(ltrec_factors_model_id(users),
                      ltrec_factors_model_id(items));
    for (size_t i = 0; i < ltrec_factors_count(items); i++)
        total += ltrec_factors_plays(items)[i];
    ck_assert_uint_eq(total, ltrec_interactions_n_pairs(x));
}
END_TEST

START_TEST(the_weight_of_unplayed_pairs_follows_the_plays)
{
    ltrec_factorize_options used;
    double sum = 0;

    o.alpha0 = 0;
    factorize();
    ltrec_factorize_options_init(&used, sizeof used);
    ck_assert_int_eq(ltrec_factorize_options_of(items, &used), LTREC_OK);
    for (size_t i = 0; i < x->n_pairs; i++)
        sum += weight(x->by_user.counts[i]);
    ck_assert_double_eq_tol(
        used.alpha0, 10 * sum / (double)(x->by_user.n * x->by_item.n), 1e-9);
    ck_assert_double_eq(used.lambda, o.lambda);
    ck_assert_int_eq(used.confidence, o.confidence);
}
END_TEST

/* ---- Strange plays ------------------------------------------------------ */

static void replace_plays(size_t n, const uint64_t *who, const uint64_t *what,
                          const float *counts)
{
    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    ck_assert_int_eq(ltrec_interactions_add(x, n, who, what, counts, NULL),
                     LTREC_OK);
    ltrec_interactions_finish(x, NULL, NULL, NULL);
}

static void is_sound(void)
{
    for (size_t u = 0; u < ltrec_factors_count(users); u++)
        for (size_t i = 0; i < ltrec_factors_count(items); i++)
            ck_assert(isfinite(score(u, i)));
    for (size_t i = 1; i < o.epochs; i++)
        ck_assert_double_le(losses[i], losses[i - 1] * (1 + 1e-6));
}

START_TEST(a_cell_of_2_to_the_32_plays_is_learned_like_any)
{
    const uint64_t who[] = {1, 1, 2, 2, 2}, what[] = {1, 2, 1, 2, 3};
    const float counts[] = {4294967296.0f, 1, 1, 3, 1};

    o.confidence = 1 + _i;
    replace_plays(5, who, what, counts);
    factorize();
    is_sound();
    ck_assert_double_gt(score(0, 0), 0.5);
}
END_TEST

START_TEST(a_rank_above_what_there_is_of_rows_solves_all_the_same)
{
    const uint64_t who[] = {1, 1, 2}, what[] = {1, 2, 1};
    const float counts[] = {1, 2, 3};

    o.solver = _i ? LTREC_SOLVER_CHOLESKY : LTREC_SOLVER_CG;
    o.variance = 1;
    replace_plays(3, who, what, counts);
    factorize();
    is_sound();
}
END_TEST

START_TEST(one_pair_alone_and_one_item_of_all_are_enough)
{
    uint64_t who[200], what[200] = {0};
    float counts[200];

    for (size_t i = 0; i < 200; i++) {
        who[i] = i;
        counts[i] = 1;
    }
    for (size_t n = 1; n <= 200; n += 199) {
        replace_plays(n, who, what, counts);
        factorize();
        is_sound();
        ck_assert_double_gt(score(0, 0), 0.5);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, reports_of_any_size_are_filled_in_as_far_as_they_go);
    tcase_add_loop_test(tests, the_reported_loss_is_that_of_the_equation, 0,
                        6);
    tcase_add_loop_test(tests, an_exact_half_leaves_the_loss_without_slope, 0,
                        6);
    tcase_add_test(tests, the_loss_goes_down_every_epoch);
    tcase_add_loop_test(tests, conjugate_gradient_ends_where_cholesky_does, 0,
                        2);
    tcase_add_test(tests, steps_are_two_or_with_linear_confidence_three);
    tcase_add_test(tests, the_two_tastes_are_found);
    tcase_add_test(tests,
                   rows_come_in_order_of_ids_with_plays_and_one_model_id);
    tcase_add_test(tests, the_weight_of_unplayed_pairs_follows_the_plays);
    tcase_add_loop_test(tests, a_cell_of_2_to_the_32_plays_is_learned_like_any,
                        0, 3);
    tcase_add_loop_test(
        tests, a_rank_above_what_there_is_of_rows_solves_all_the_same, 0, 2);
    tcase_add_test(tests, one_pair_alone_and_one_item_of_all_are_enough);
}

int main(void)
{
    return check_run("factorize", add_tests);
}
