/*
 * test_validation.c - stopping a factorization by pairs kept back from it
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/als_run.h"
#include "kernel_sets.h"
#include "small_plays.h"

#define RANK 8

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_factorize_options o;
static ltrec_factors *users, *items;
static ltrec_factorize_report report;
static ltrec_error err;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    x = small_plays_finished(ctx, &plays);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = 60;
    o.patience = 3;
    o.lambda = 1e-4; /* learns by heart soon */
    report = (ltrec_factorize_report){.size = sizeof report};
}

static void let_go(void)
{
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    users = items = NULL;
}

static void teardown(void)
{
    let_go();
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
}

static int factorize(void)
{
    let_go();
    return ltrec_factorize(ctx, x, &o, &users, &items, &report, &err);
}

/* The pairs of a run with these options, without running it. */
static struct ltr_run chosen(void)
{
    struct ltr_run run = {.ctx = ctx, .plays = x, .options = o};

    ck_assert_int_eq(ltr_run_prepare(&run, &err), LTREC_OK);
    return run;
}

static double score(size_t user, size_t item)
{
    double sum = 0;

    for (size_t j = 0; j < RANK; j++)
        sum += (double)ltrec_factors_vectors(users)[user * RANK + j] *
               (double)ltrec_factors_vectors(items)[item * RANK + j];
    return sum;
}

static bool is_taught(const struct ltr_run *run, size_t user, size_t item)
{
    for (uint64_t i = run->by_user.starts[user];
         i < run->by_user.starts[user + 1]; i++)
        if (run->by_user.others[i] == item)
            return true;
    return false;
}

/* The measure, said again. */
static double measure(const struct ltr_run *run)
{
    const struct ltr_validation *v = &run->validation;
    double sum = 0;

    for (size_t u = 0; u < v->n_users; u++)
        for (size_t p = v->starts[u]; p < v->starts[u + 1]; p++) {
            size_t rank = 1;

            for (size_t i = 0; i < ltrec_factors_count(items); i++)
                rank +=
                    i != v->items[p] && !is_taught(run, v->users[u], i) &&
                    score(v->users[u], i) > score(v->users[u], v->items[p]);
            sum += rank <= 100 ? 1 / log2(1 + (double)rank) : 0;
        }
    return sum / (double)v->n;
}

START_TEST(the_best_epoch_is_handed_out_and_its_measure_reported)
{
    struct ltr_run run;

    o.validation_share = _i ? 0.2 : 0;
    run = chosen();
    ck_assert_int_eq(factorize(), LTREC_OK);
    ck_assert_uint_eq(report.n_epochs, report.best_epoch + o.patience);
    ck_assert_uint_lt(report.n_epochs, o.epochs);
    ck_assert_double_eq_tol(report.validation, measure(&run), 1e-3);
    ltr_run_clean_up(&run);
}
END_TEST

/* What comes out after so many epochs on the pairs that were taught. */
START_TEST(the_best_epoch_is_that_of_a_run_as_long)
{
    ltrec_factors *best, *others;
    double measured;

    ck_assert_int_eq(factorize(), LTREC_OK);
    measured = report.validation;
    best = items;
    others = users;
    users = items = NULL;
    o.epochs = (uint32_t)report.best_epoch;
    ck_assert_int_eq(factorize(), LTREC_OK);
    ck_assert_uint_eq(report.best_epoch, o.epochs);
    ck_assert_double_eq(report.validation, measured);
    ck_assert_mem_eq(ltrec_factors_vectors(items), ltrec_factors_vectors(best),
                     ltrec_factors_count(best) * RANK * sizeof(float));
    ltrec_factors_free(best);
    ltrec_factors_free(others);
}
END_TEST

START_TEST(one_pair_of_each_is_kept_back_or_a_share_but_never_the_last)
{
    for (int part = 0; part < 2; part++) {
        struct ltr_run run;
        size_t left;

        o.validation_share = part ? 0.5 : 0;
        run = chosen();
        left = (size_t)run.by_user.starts[run.by_user.n];
        ck_assert_uint_eq(left + run.validation.n, x->n_pairs);
        ck_assert_uint_eq(run.by_item.starts[run.by_item.n], left);
        for (size_t u = 0; u < run.by_user.n; u++)
            ck_assert_uint_ge(ltr_pairs_in_row(&run.by_user, u), 1);
        if (part == 0)
            ck_assert_uint_eq(run.validation.n, x->by_user.n);
        else
            ck_assert_uint_gt(run.validation.n, x->n_pairs / 3);
        for (size_t u = 0; u < run.validation.n_users; u++)
            for (size_t p = run.validation.starts[u];
                 p < run.validation.starts[u + 1]; p++)
                ck_assert(!is_taught(&run, run.validation.users[u],
                                     run.validation.items[p]));
        ltr_run_clean_up(&run);
    }
}
END_TEST

START_TEST(threads_change_nothing)
{
    ltrec_factors *first;

    ck_assert_int_eq(factorize(), LTREC_OK);
    first = items;
    items = NULL;
    for (uint32_t threads = 2; threads <= 4; threads++) {
        ltrec_context *with = context_with(0, threads);
        ltrec_factors *u, *i;

        ck_assert_int_eq(ltrec_factorize(with, x, &o, &u, &i, NULL, &err),
                         LTREC_OK);
        ck_assert_mem_eq(ltrec_factors_vectors(i),
                         ltrec_factors_vectors(first),
                         ltrec_factors_count(i) * RANK * sizeof(float));
        ltrec_factors_free(u);
        ltrec_factors_free(i);
        ltrec_context_free(with);
    }
    ltrec_factors_free(first);
}
END_TEST

START_TEST(nothing_to_keep_back_is_refused)
{
    const uint64_t ids[] = {1, 2};
    const float counts[] = {1, 1};

    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    ltrec_interactions_add(x, 2, ids, ids, counts, NULL);
    ltrec_interactions_finish(x, NULL, NULL, NULL);
    ck_assert_int_eq(factorize(), LTREC_ERR_ARGUMENT);
    ck_assert_msg(strstr(err.message, "two pairs"), "%s", err.message);
}
END_TEST

START_TEST(a_share_above_a_half_is_refused)
{
    const double bad[] = {-0.1, 0.6, NAN};

    for (size_t i = 0; i < 3; i++) {
        o.validation_share = bad[i];
        ck_assert_int_eq(factorize(), LTREC_ERR_ARGUMENT);
        ck_assert_msg(strstr(err.message, "validation_share"), "%s",
                      err.message);
    }
}
END_TEST

/* ---- Dislikes ----------------------------------------------------------- */

/* Of the first listener the first item, and of strangers. */
static ltrec_interactions *turned_down(float count)
{
    const uint64_t who[] = {x->by_user.ids[0], 12345, x->by_user.ids[1]};
    const uint64_t what[] = {x->by_item.ids[0], x->by_item.ids[0], 54321};
    const float counts[] = {count, 1, 1};
    ltrec_interactions *d;

    ltrec_interactions_create(ctx, NULL, &d, NULL);
    ltrec_interactions_add(d, 3, who, what, counts, NULL);
    ltrec_interactions_finish(d, NULL, NULL, NULL);
    return d;
}

START_TEST(what_was_turned_down_scores_lower)
{
    ltrec_interactions *dislikes = turned_down(500);
    double before;

    o.patience = 0;
    o.epochs = 20;
    o.lambda = 0.01;
    o.confidence = LTREC_CONFIDENCE_LINEAR;
    o.form = _i ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    ck_assert_int_eq(factorize(), LTREC_OK);
    before = score(0, 0);
    o.dislikes = dislikes;
    ck_assert_int_eq(factorize(), LTREC_OK);
    ck_assert_double_lt(score(0, 0), -0.5);
    ck_assert_double_gt(before, -0.1);
    ck_assert_uint_eq(ltrec_factors_count(users), x->by_user.n);
    ltrec_interactions_free(dislikes);
}
END_TEST

START_TEST(with_dislikes_the_loss_is_that_of_minus_one)
{
    ltrec_interactions *dislikes = turned_down(2);
    struct ltr_run run;
    double loss = 0;
    ltrec_factorize_options used = o;

    o.patience = 0;
    o.epochs = 3;
    o.alpha0 = 0.2;
    o.nu = 0;
    o.confidence = LTREC_CONFIDENCE_LINEAR;
    o.dislikes = dislikes;
    o.solver = _i ? LTREC_SOLVER_CHOLESKY : LTREC_SOLVER_CG;
    ck_assert_int_eq(factorize(), LTREC_OK);
    run = chosen();
    ck_assert_int_eq(ltrec_factorize_options_of(items, &used), LTREC_OK);
    for (size_t u = 0; u < x->by_user.n; u++) {
        double norm = (double)ltrec_factors_norms(users)[u];

        loss += o.lambda * norm * norm;
        for (size_t i = 0; i < x->by_item.n; i++)
            loss += o.alpha0 * score(u, i) * score(u, i);
        for (uint64_t p = run.by_user.starts[u]; p < run.by_user.starts[u + 1];
             p++) {
            double count = (double)run.by_user.counts[p];
            double target = count < 0 ? -1 : 1;
            double off = score(u, run.by_user.others[p]) - target;

            ck_assert_int_eq(count < 0, u == 0 && run.by_user.others[p] == 0);
            loss += fabs(count) * off * off;
        }
    }
    for (size_t i = 0; i < x->by_item.n; i++) {
        double norm = (double)ltrec_factors_norms(items)[i];

        loss += o.lambda * norm * norm;
    }
    ck_assert_double_eq_tol(report.loss, loss, 1e-5 * loss);
    ltr_run_clean_up(&run);
    ltrec_interactions_free(dislikes);
}
END_TEST

START_TEST(dislikes_that_are_not_finished_are_refused)
{
    ltrec_interactions *open;

    ltrec_interactions_create(ctx, NULL, &open, NULL);
    o.dislikes = open;
    ck_assert_int_eq(factorize(), LTREC_ERR_STATE);
    ltrec_interactions_free(open);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(
        tests, the_best_epoch_is_handed_out_and_its_measure_reported, 0, 2);
    tcase_add_test(tests, the_best_epoch_is_that_of_a_run_as_long);
    tcase_add_test(
        tests, one_pair_of_each_is_kept_back_or_a_share_but_never_the_last);
    tcase_add_test(tests, threads_change_nothing);
    tcase_add_test(tests, nothing_to_keep_back_is_refused);
    tcase_add_test(tests, a_share_above_a_half_is_refused);
    tcase_add_loop_test(tests, what_was_turned_down_scores_lower, 0, 2);
    tcase_add_loop_test(tests, with_dislikes_the_loss_is_that_of_minus_one, 0,
                        2);
    tcase_add_test(tests, dislikes_that_are_not_finished_are_refused);
}

int main(void)
{
    return check_run("validation", add_tests);
}
