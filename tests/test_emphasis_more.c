/*
 * test_emphasis_more.c - item_power together with what else a factorization
 * may be asked for, held against the equations as they are written
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/als_run.h"
#include "kernel_sets.h"
#include "small_plays.h"

#define RANK 5
#define MOST_ITEMS (SMALL_ITEMS + 1)

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x, *dislikes;
static ltrec_factorize_options o;
static ltrec_factors *users, *items;
static double losses[60];
static ltrec_factorize_report report;
static ltrec_error err;

/* The taught pairs and what follows from them: the problem in full. */
static struct {
    size_t n_users, n_items;
    double weight[SMALL_USERS][MOST_ITEMS]; /* 0 where nobody played */
    double target[SMALL_USERS][MOST_ITEMS];
    double of_user[SMALL_USERS], of_item[MOST_ITEMS]; /* pairs */
    double emphasis[MOST_ITEMS];
} p;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    for (size_t i = 0; i < plays.n; i++) /* some are more popular */
        if (plays.items[i] % 3 == 0 && i % 2)
            plays.items[i] = 1000 + 7 * (i % 5);
    x = small_plays_finished(ctx, &plays);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = 6;
    o.alpha0 = 0.2;
    o.lambda = 0.05;
    o.item_power = 0.6;
    o.confidence = LTREC_CONFIDENCE_LOG;
    o.solver = LTREC_SOLVER_CHOLESKY;
    report = (ltrec_factorize_report){
        .size = sizeof report, .losses = losses, .capacity = 60};
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
    ltrec_interactions_free(dislikes);
    dislikes = NULL;
    ltrec_context_free(ctx);
}

/* Every seventh pair was turned down, by one thumb to three. */
static void turn_down(void)
{
    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &dislikes, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < plays.n; i += 7) {
        float thumbs = 1 + (float)(i % 3);

        ltrec_interactions_add(dislikes, 1, &plays.users[i], &plays.items[i],
                               &thumbs, NULL);
    }
    ck_assert_int_eq(ltrec_interactions_finish(dislikes, NULL, NULL, NULL),
                     LTREC_OK);
    o.dislikes = dislikes;
}

static void write_down(const struct ltr_run *run)
{
    const struct ltr_pairs *pairs = run->users.pairs;
    double sum = 0;

    memset(&p, 0, sizeof p);
    p.n_users = pairs->n;
    p.n_items = run->items.pairs->n;
    for (size_t u = 0; u < p.n_users; u++)
        for (uint64_t at = pairs->starts[u]; at < pairs->starts[u + 1]; at++) {
            size_t i = pairs->others[at];
            double count = (double)pairs->counts[at];

            p.weight[u][i] = log(1 + fabs(count));
            p.target[u][i] = count < 0 ? -1 : 1;
            p.of_user[u]++;
            p.of_item[i]++;
        }
    for (size_t i = 0; i < p.n_items; i++)
        sum += pow(fmax(1, p.of_item[i]), o.item_power);
    for (size_t i = 0; i < p.n_items; i++)
        p.emphasis[i] =
            pow(fmax(1, p.of_item[i]), o.item_power) * (double)p.n_items / sum;
}

static int factorize(ltrec_context *with)
{
    struct ltr_run run = {.ctx = ctx, .plays = x, .options = o};

    let_go();
    ck_assert_int_eq(ltr_run_prepare(&run, &err), LTREC_OK);
    write_down(&run);
    ltr_run_clean_up(&run);
    return ltrec_factorize(with, x, &o, &users, &items, &report, &err);
}

static const float *vector(const ltrec_factors *factors, size_t row)
{
    return ltrec_factors_vectors(factors) + row * RANK;
}

static double product(const float *a, const float *b)
{
    double sum = 0;

    for (size_t j = 0; j < RANK; j++)
        sum += (double)a[j] * (double)b[j];
    return sum;
}

/* ---- The loss ----------------------------------------------------------- */

/* Without regularisation. */
static double fit_in_full(void)
{
    double sum = 0;

    for (size_t u = 0; u < p.n_users; u++)
        for (size_t i = 0; i < p.n_items; i++) {
            double s = product(vector(users, u), vector(items, i));
            double off = s - p.target[u][i];
            int shifted = p.weight[u][i] > 0 && o.form == LTREC_LOSS_HU;

            sum += p.weight[u][i] * off * off;
            sum += o.alpha0 * p.emphasis[i] * (shifted ? off * off : s * s);
        }
    return sum;
}

static double rho_of_item(size_t i)
{
    return o.lambda *
           (p.of_item[i] + o.alpha0 * p.emphasis[i] * (double)p.n_users);
}

static double loss_in_full(void)
{
    double sum = fit_in_full();

    for (size_t u = 0; u < p.n_users; u++)
        sum += o.lambda * (p.of_user[u] + o.alpha0 * (double)p.n_items) *
               product(vector(users, u), vector(users, u));
    for (size_t i = 0; i < p.n_items; i++)
        sum += rho_of_item(i) * product(vector(items, i), vector(items, i));
    return sum;
}

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
    tcase_add_loop_test(tests, variance_is_that_of_the_equations, 0, 4);
    tcase_add_test(tests, an_item_nobody_played_has_the_most_variance);
    tcase_add_loop_test(
        tests, the_best_epoch_is_judged_by_the_vectors_that_are_handed_out, 0,
        2);
    tcase_add_test(tests,
                   an_item_of_which_all_is_kept_back_counts_as_played_once);
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
