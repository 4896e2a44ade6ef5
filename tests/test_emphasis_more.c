/*
 * test_emphasis_more.c - item_power together with thumbs down and patience,
 * held against the equations
 */
#include "kernel_sets.h"
#include "emphasis_lab.h"

/* ---- The loss ----------------------------------------------------------- */

START_TEST(the_loss_with_dislikes_is_that_of_minus_one)
{
    turn_down();
    o.form = _i % 2 ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    o.solver = _i / 2 ? LTREC_SOLVER_CG : LTREC_SOLVER_CHOLESKY;
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    ck_assert_double_eq_tol(report.loss, loss_in_full(),
                            1e-4 * loss_in_full());
}
END_TEST

/* Each half of an epoch is a minimum, so none can make it larger. */
START_TEST(the_loss_with_dislikes_goes_down)
{
    turn_down();
    o.epochs = 30;
    o.form = _i ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    for (size_t i = 1; i < o.epochs; i++)
        ck_assert_double_le(losses[i], losses[i - 1] * (1 + 1e-6));
}
END_TEST

/* ---- Patience ----------------------------------------------------------- */

/* The measure of what was handed out, said again. */
static double measure(const struct ltr_validation *v)
{
    double sum = 0;

    for (size_t at = 0; at < v->n_users; at++)
        for (size_t k = v->starts[at]; k < v->starts[at + 1]; k++) {
            size_t u = v->users[at], kept = v->items[k], rank = 1;
            double own = product(vector(users, u), vector(items, kept));

            for (size_t i = 0; i < p.n_items; i++)
                rank += i != kept && !(p.weight[u][i] > 0) &&
                        product(vector(users, u), vector(items, i)) > own;
            sum += rank <= 100 ? 1 / log2(1 + (double)rank) : 0;
        }
    return sum / (double)v->n;
}

START_TEST(the_best_epoch_is_judged_by_the_vectors_that_are_handed_out)
{
    struct ltr_run run;

    o.patience = 3;
    o.epochs = 60;
    o.lambda = 1e-4; /* learns by heart soon */
    if (_i)
        turn_down();
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    ck_assert_uint_lt(report.n_epochs, o.epochs);
    ck_assert_double_eq_tol(losses[report.best_epoch - 1], loss_in_full(),
                            1e-4 * loss_in_full());
    run = (struct ltr_run){.ctx = ctx, .plays = x, .options = o};
    ck_assert_int_eq(ltr_run_prepare(&run, &err), LTREC_OK);
    ck_assert_double_eq_tol(report.validation, measure(&run.validation), 1e-3);
    ltr_run_clean_up(&run);
}
END_TEST

/* ---- The same bits, and folding in -------------------------------------- */

START_TEST(the_bits_of_all_together_are_the_same_at_any_thread_count)
{
    ltrec_factors *first;

    turn_down();
    o.solver = LTREC_SOLVER_CG;
    o.patience = 2;
    o.variance = 1;
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    first = items;
    items = NULL;
    for (uint32_t threads = 2; threads < 5; threads++) {
        ltrec_context *many = context_with(LTREC_KERNELS_AUTO, threads);

        ck_assert_int_eq(factorize(many), LTREC_OK);
        ck_assert_mem_eq(ltrec_factors_vectors(items),
                         ltrec_factors_vectors(first),
                         p.n_items * RANK * sizeof(float));
        ck_assert_mem_eq(ltrec_factors_variance(items),
                         ltrec_factors_variance(first),
                         p.n_items * sizeof(float));
        ltrec_context_free(many);
    }
    ltrec_factors_free(first);
}
END_TEST

/* The last half of an epoch was the listeners': folding in solves it again. */
START_TEST(a_listener_with_thumbs_down_folds_in_as_they_were_factorized)
{
    ltrec_foldin *foldin;

    turn_down();
    o.form = _i ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    ck_assert_int_eq(factorize(ctx), LTREC_OK);
    ck_assert_int_eq(ltrec_foldin_create(ctx, items, NULL, &foldin, &err),
                     LTREC_OK);
    for (size_t u = 0; u < p.n_users; u++) {
        uint64_t ids[MOST_ITEMS];
        float counts[MOST_ITEMS], found[RANK];
        size_t n = 0;

        for (size_t i = 0; i < p.n_items; i++) {
            if (!(p.weight[u][i] > 0))
                continue;
            ids[n] = ltrec_factors_ids(items)[i];
            counts[n++] = (float)(p.target[u][i] * expm1(p.weight[u][i]));
        }
        ck_assert_int_eq(ltrec_foldin_solve(foldin, n, ids, counts, NULL,
                                            found, NULL, &err),
                         LTREC_OK);
        for (size_t j = 0; j < RANK; j++)
            ck_assert_float_eq_tol(found[j], vector(users, u)[j], 2e-4f);
    }
    ltrec_foldin_free(foldin);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_loss_with_dislikes_is_that_of_minus_one, 0,
                        4);
    tcase_add_loop_test(tests, the_loss_with_dislikes_goes_down, 0, 2);
    tcase_add_loop_test(
        tests, the_best_epoch_is_judged_by_the_vectors_that_are_handed_out, 0,
        2);
    tcase_add_test(tests,
                   the_bits_of_all_together_are_the_same_at_any_thread_count);
    tcase_add_loop_test(
        tests, a_listener_with_thumbs_down_folds_in_as_they_were_factorized, 0,
        2);
}

int main(void)
{
    return check_run("emphasis more", add_tests);
}
