/*
 * test_emphasis.c - items whose being passed over says more, held against the
 * equations as they are written
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "kernel_sets.h"
#include "small_plays.h"

#define RANK 5

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_factorize_options o;
static ltrec_factors *users, *items;
static ltrec_error err;
static size_t n_users, n_items;
static double emphasis[SMALL_ITEMS];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    for (size_t i = 0; i < plays.n; i++) /* some are more popular */
        if (plays.items[i] % 3 == 0 && i % 2)
            plays.items[i] = 1000 + 7 * (i % 5);
    x = small_plays_finished(ctx, &plays);
    n_users = ltrec_interactions_n_users(x);
    n_items = ltrec_interactions_n_items(x);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = 6;
    o.alpha0 = 0.2;
    o.lambda = 0.05;
    o.item_power = 0.6;
    o.confidence = LTREC_CONFIDENCE_LOG;
    o.solver = LTREC_SOLVER_CHOLESKY;
}

static void teardown(void)
{
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    users = items = NULL;
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
}

static size_t listeners_of(size_t item)
{
    const uint32_t *who;
    const float *counts;
    size_t n = 0;

    ltrec_interactions_item_row(x, item, &n, &who, &counts);
    return n;
}

static double factorize(void)
{
    ltrec_factorize_report report = {.size = sizeof report};
    double sum = 0;

    ck_assert_int_eq(
        ltrec_factorize(ctx, x, &o, &users, &items, &report, &err), LTREC_OK);
    for (size_t i = 0; i < n_items; i++)
        sum += pow((double)listeners_of(i), o.item_power);
    for (size_t i = 0; i < n_items; i++)
        emphasis[i] =
            pow((double)listeners_of(i), o.item_power) * (double)n_items / sum;
    return report.loss;
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

static double weight(size_t user, size_t item)
{
    const uint32_t *of;
    const float *counts;
    size_t n;

    ltrec_interactions_user_row(x, user, &n, &of, &counts);
    for (size_t i = 0; i < n; i++)
        if (of[i] == item)
            return log(1 + (double)counts[i]);
    return 0;
}

/* ---- The loss ----------------------------------------------------------- */

START_TEST(the_loss_is_what_the_header_says)
{
    double found, sum = 0;

    o.form = _i ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    found = factorize();
    for (size_t u = 0; u < n_users; u++)
        for (size_t i = 0; i < n_items; i++) {
            double s = product(vector(users, u), vector(items, i));
            double w = weight(u, i), back = o.alpha0 * emphasis[i];

            sum += w * (s - 1) * (s - 1) + back * s * s;
            if (w > 0 && o.form == LTREC_LOSS_HU)
                sum += back * (1 - 2 * s); /* s^2 becomes (s - 1)^2 */
        }
    for (size_t u = 0; u < n_users; u++) {
        double n = 0;

        for (size_t i = 0; i < n_items; i++)
            n += weight(u, i) > 0;
        sum += o.lambda * (n + o.alpha0 * (double)n_items) *
               product(vector(users, u), vector(users, u));
    }
    for (size_t i = 0; i < n_items; i++)
        sum += o.lambda *
               ((double)listeners_of(i) +
                o.alpha0 * emphasis[i] * (double)n_users) *
               product(vector(items, i), vector(items, i));
    ck_assert_double_eq_tol(found, sum, 1e-4 * sum);
}
END_TEST

/* ---- Folding in --------------------------------------------------------- */

/* Gauss and Jordan on [RANK][RANK + 1]. */
static void eliminate(double a[RANK][RANK + 1], float *out)
{
    for (size_t i = 0; i < RANK; i++) {
        double pivot = a[i][i];

        for (size_t c = 0; c <= RANK; c++)
            a[i][c] /= pivot;
        for (size_t r = 0; r < RANK; r++) {
            double factor = a[r][i];

            for (size_t c = 0; r != i && c <= RANK; c++)
                a[r][c] -= factor * a[i][c];
        }
    }
    for (size_t i = 0; i < RANK; i++)
        out[i] = (float)a[i][RANK];
}

/* The equation of a listener, or of an item, from all pairs there are. */
static void solve_plainly(int of_item, size_t row, float *out)
{
    const ltrec_factors *others = of_item ? users : items;
    double a[RANK][RANK + 1] = {{0}}, n = 0, total = 0;

    for (size_t other = 0; other < (of_item ? n_users : n_items); other++) {
        size_t u = of_item ? other : row, i = of_item ? row : other;
        double w = weight(u, i), back = o.alpha0 * emphasis[i];
        const float *v = vector(others, other);

        n += w > 0;
        total += back;
        for (size_t j = 0; j < RANK; j++) {
            for (size_t k = 0; k < RANK; k++)
                a[j][k] += (w + back) * (double)v[j] * (double)v[k];
            a[j][RANK] += (w > 0 && o.form == LTREC_LOSS_HU ? w + back : w) *
                          (double)v[j];
        }
    }
    for (size_t j = 0; j < RANK; j++)
        a[j][j] += o.lambda * (n + total);
    eliminate(a, out);
}

static void fold(int of_item, size_t row, float *out)
{
    const ltrec_factors *others = of_item ? users : items;
    const uint32_t *numbers;
    const float *counts;
    uint64_t ids[SMALL_USERS];
    ltrec_foldin *foldin;
    size_t n;

    if (of_item)
        ltrec_interactions_item_row(x, row, &n, &numbers, &counts);
    else
        ltrec_interactions_user_row(x, row, &n, &numbers, &counts);
    for (size_t i = 0; i < n; i++)
        ids[i] = ltrec_factors_ids(others)[numbers[i]];
    ck_assert_int_eq(ltrec_foldin_create(ctx, others, NULL, &foldin, &err),
                     LTREC_OK);
    ck_assert_int_eq(
        ltrec_foldin_solve(foldin, n, ids, counts, NULL, out, NULL, &err),
        LTREC_OK);
    ltrec_foldin_free(foldin);
}

static void near(const float *a, const float *b)
{
    for (size_t j = 0; j < RANK; j++)
        ck_assert_float_eq_tol(a[j], b[j], 2e-4f);
}

START_TEST(folding_in_solves_the_same_equations)
{
    float found[RANK], wanted[RANK];

    o.form = _i ? LTREC_LOSS_HU : LTREC_LOSS_IALS;
    factorize();
    for (size_t u = 0; u < n_users; u++) {
        fold(0, u, found);
        solve_plainly(0, u, wanted);
        near(found, wanted);
        near(found, vector(users, u)); /* the last half of an epoch */
    }
    for (size_t i = 0; i < n_items; i++) {
        fold(1, i, found);
        solve_plainly(1, i, wanted);
        near(found, wanted);
    }
}
END_TEST

START_TEST(a_file_remembers_and_so_do_factors_like_these)
{
    static const char path[] = "/tmp/ltrec-test-emphasis";
    ltrec_factorize_options made;
    ltrec_factors *loaded;
    float found[RANK], again[RANK];

    factorize();
    fold(0, 3, found);
    ck_assert_int_eq(ltrec_factors_save(items, path, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_factors_load(ctx, path, 0, &loaded, &err),
                     LTREC_OK);
    unlink(path);
    ltrec_factors_free(items);
    items = loaded;
    fold(0, 3, again);
    ck_assert_mem_eq(found, again, sizeof found);
    ltrec_factorize_options_init(&made, sizeof made);
    ck_assert_int_eq(ltrec_factorize_options_of(items, &made), LTREC_OK);
    ck_assert_double_eq(made.item_power, 0.6);
    ck_assert_int_eq(ltrec_factorize_options_of(users, &made), LTREC_OK);
    ck_assert_double_eq(made.item_power, 0.6);
}
END_TEST

/* ---- The rest ----------------------------------------------------------- */

START_TEST(conjugate_gradient_finds_what_the_exact_solver_does)
{
    double exact, found;

    o.epochs = 30;
    exact = factorize();
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    o.solver = LTREC_SOLVER_CG;
    found = factorize();
    ck_assert_double_eq_tol(found, exact, 1e-3 * exact);
}
END_TEST

START_TEST(a_prior_holds_the_items_it_is_of)
{
    float held[SMALL_ITEMS][RANK];
    ltrec_factors *prior;

    factorize();
    for (size_t i = 0; i < n_items; i++)
        for (size_t j = 0; j < RANK; j++)
            held[i][j] = (float)(i + 1) * (j % 2 ? 0.01f : -0.02f);
    ck_assert_int_eq(ltrec_factors_create(ctx, n_items, RANK,
                                          ltrec_factors_ids(items), held[0],
                                          NULL, &prior, &err),
                     LTREC_OK);
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    o.item_prior = prior;
    o.lambda = 1e6;
    factorize();
    for (size_t i = 0; i < n_items; i++)
        near(vector(items, i), held[i]);
    ltrec_factors_free(prior);
}
END_TEST

START_TEST(the_bits_are_the_same_at_any_thread_count)
{
    o.solver = LTREC_SOLVER_CG;
    factorize();
    for (uint32_t threads = 2; threads < 5; threads++) {
        ltrec_context *many = context_with(LTREC_KERNELS_AUTO, threads);
        ltrec_factors *u, *i;

        ck_assert_int_eq(ltrec_factorize(many, x, &o, &u, &i, NULL, &err),
                         LTREC_OK);
        ck_assert_mem_eq(ltrec_factors_vectors(i),
                         ltrec_factors_vectors(items),
                         n_items * RANK * sizeof(float));
        ltrec_factors_free(u);
        ltrec_factors_free(i);
        ltrec_context_free(many);
    }
}
END_TEST

START_TEST(a_run_goes_on_from_a_checkpoint_to_the_same_bits)
{
    static const char path[] = "/tmp/ltrec-test-emphasis-run";
    ltrec_factors *u, *i;

    unlink(path);
    o.solver = LTREC_SOLVER_CG;
    factorize();
    o.checkpoint = path;
    o.epochs = 2;
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, NULL, &err),
                     LTREC_OK);
    ltrec_factors_free(u);
    ltrec_factors_free(i);
    o.epochs = 6;
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, NULL, &err),
                     LTREC_OK);
    ck_assert_mem_eq(ltrec_factors_vectors(i), ltrec_factors_vectors(items),
                     n_items * RANK * sizeof(float));
    ltrec_factors_free(u);
    ltrec_factors_free(i);
    o.item_power = 0.5;
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, NULL, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "item_power 0.6, not 0.5"));
    unlink(path);
}
END_TEST

START_TEST(popular_items_are_recommended_less_the_larger_the_power)
{
    double before = INFINITY;

    for (double power = 0; power <= 1; power += 0.5) {
        double sum = 0, all = 0;

        o.item_power = power;
        factorize();
        for (size_t i = 0; i < n_items; i++) {
            double length = sqrt(product(vector(items, i), vector(items, i)));

            all += length;
            sum += length * (double)listeners_of(i);
        }
        ck_assert_double_lt(sum / all, before);
        before = sum / all;
        ltrec_factors_free(users);
        ltrec_factors_free(items);
    }
    users = items = NULL;
    o.item_power = 1.5;
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &users, &items, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "item_power is 1.5"));
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_loss_is_what_the_header_says, 0, 2);
    tcase_add_loop_test(tests, folding_in_solves_the_same_equations, 0, 2);
    tcase_add_test(tests, a_file_remembers_and_so_do_factors_like_these);
    tcase_add_test(tests, conjugate_gradient_finds_what_the_exact_solver_does);
    tcase_add_test(tests, a_prior_holds_the_items_it_is_of);
    tcase_add_test(tests, the_bits_are_the_same_at_any_thread_count);
    tcase_add_test(tests, a_run_goes_on_from_a_checkpoint_to_the_same_bits);
    tcase_add_test(tests,
                   popular_items_are_recommended_less_the_larger_the_power);
}

int main(void)
{
    return check_run("emphasis", add_tests);
}
