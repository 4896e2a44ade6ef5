/*
 * test_precondition.c - what rows of the factorization share, inverted
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "cf/als_precondition.h"
#include "cf/sweep.h"
#include "kernel_sets.h"

#define RANK 48
#define ROWS 3

static double gram[RANK * RANK];
static const uint64_t starts[ROWS + 1] = {0, 2, 2, 9};
static const struct ltr_pairs pairs = {.n = ROWS, .starts = starts};
static const struct ltr_side side = {.pairs = &pairs};

/* A Gramian whose eigenvalues fall to a `decay` of the first. */
static void make_gram(double decay)
{
    for (size_t i = 0; i < RANK; i++)
        for (size_t j = 0; j < RANK; j++) {
            double sum = 0;

            for (size_t k = 0; k < RANK; k++)
                sum += pow(decay, (double)k / (RANK - 1)) *
                       sin((double)(i * RANK + k)) *
                       sin((double)(j * RANK + k));
            gram[i * RANK + j] = sum;
        }
}

static struct ltr_sweep sweep_of(ltrec_context *ctx, double lambda)
{
    struct ltr_sweep sweep = {
        .ctx = ctx,
        .normal = ltr_normal_for(ctx->cpu),
        .recipe = {.lambda = lambda, .nu = 1, .alpha0 = 0.3, .mean = 1},
        .rank = RANK,
        .gram = {.total = gram},
        .side = &side,
        .other = &side,
    };

    ck_assert_int_eq(ltr_precondition_init(&sweep), LTREC_OK);
    return sweep;
}

/* (alpha0 G + rho) P x, which should be x. */
static double error_of(const struct ltr_sweep *s)
{
    float x[RANK], z[RANK], none = 0;
    double worst = 0;

    for (size_t i = 0; i < RANK; i++)
        x[i] = ltr_random_uniform(1, 2, i) - 0.5f;
    s->normal->share(z, s->precondition.panels, &none, x, 1, RANK);
    for (size_t i = 0; i < RANK; i++) {
        double sum = (double)s->precondition.rho * (double)z[i];

        for (size_t j = 0; j < RANK; j++)
            sum += s->recipe.alpha0 * gram[i * RANK + j] * (double)z[j];
        worst = fmax(worst, fabs(sum - (double)x[i]));
    }
    return worst;
}

static double invert(double decay, double lambda, double *rho)
{
    struct ltr_steps steps = {0};
    double worst = 0;

    make_gram(decay);
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *ctx = context_with(set, 2);
        struct ltr_sweep sweep;

        if (!ctx)
            continue;
        sweep = sweep_of(ctx, lambda);
        ck_assert_int_eq(ltr_precondition(&sweep, &steps), LTREC_OK);
        worst = fmax(worst, error_of(&sweep));
        *rho = (double)sweep.precondition.rho;
        ltr_precondition_free(&sweep);
        ltrec_context_free(ctx);
    }
    return worst;
}

START_TEST(it_is_the_inverse_with_the_mean_of_the_rows)
{
    double rho;

    ck_assert_double_lt(invert(0.1, 0.5, &rho), 1e-5);
    /* lambda (n + alpha0 N), for rows of 2, 0 and 7 pairs of 3 there are. */
    ck_assert_double_eq_tol(rho, 0.5 * (3 + 0.3 * 3), 1e-6);
}
END_TEST

START_TEST(what_floats_cannot_invert_is_regularized_until_they_can)
{
    double rho, trace = 0;

    ck_assert_double_lt(invert(1e-9, 0, &rho), 0.05);
    for (size_t i = 0; i < RANK; i++)
        trace += 0.3 * gram[i * RANK + i];
    ck_assert_double_eq_tol(rho, 1e-5 * trace, 1e-8 * trace);
}
END_TEST

START_TEST(nothing_at_all_has_an_inverse_too)
{
    struct ltr_steps steps = {0};
    ltrec_context *ctx = context_with(0, 1);
    struct ltr_sweep sweep = sweep_of(ctx, 0);

    memset(gram, 0, sizeof gram);
    ck_assert_int_eq(ltr_precondition(&sweep, &steps), LTREC_OK);
    ck_assert_double_lt(error_of(&sweep), 1e-7);
    ltr_precondition_free(&sweep);
    ltrec_context_free(ctx);
}
END_TEST

static int stop(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    (void)done;
    (void)total;
    return 1;
}

START_TEST(it_can_be_cancelled)
{
    struct ltr_steps steps = {.progress = stop};
    ltrec_context *ctx = context_with(0, 1);
    struct ltr_sweep sweep = sweep_of(ctx, 0.5);

    make_gram(0.1);
    ck_assert_int_eq(ltr_precondition(&sweep, &steps), LTREC_ERR_CANCELLED);
    ltr_precondition_free(&sweep);
    ltrec_context_free(ctx);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, it_is_the_inverse_with_the_mean_of_the_rows);
    tcase_add_test(tests,
                   what_floats_cannot_invert_is_regularized_until_they_can);
    tcase_add_test(tests, nothing_at_all_has_an_inverse_too);
    tcase_add_test(tests, it_can_be_cancelled);
}

int main(void)
{
    return check_run("precondition", add_tests);
}
