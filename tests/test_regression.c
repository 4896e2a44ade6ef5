/*
 * test_regression.c - the equations of a ridge regression, against sums in
 * double
 */
#include "check_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "kernel_sets.h"
#include "product_lab.h"
#include "train/regression.h"

#define MOST 700

/* Rows, columns and targets: some panels and stretches, and parts of them. */
static const size_t shapes[][3] = {
    {5, 3, 1}, {300, 50, 33}, {MOST, 260, 5}, {130, 600, 70}, {257, 257, 2}};
#define SHAPES (sizeof shapes / sizeof shapes[0])

struct lab {
    ltrec_train_options options;
    struct ltr_watch watch;
    float *features, *targets;
    uint8_t chosen[MOST];
    struct ltr_regression r;
};

/* All rows but every fifth are at hand, and columns as they are. */
static void gather_weighed(struct lab *lab, ltrec_context *ctx,
                           const size_t *shape, const float *columns)
{
    ltrec_train_options_init(&lab->options, sizeof lab->options);
    memset(&lab->watch, 0, sizeof lab->watch);
    lab->watch.options = &lab->options;
    lab->features = numbers(shape[0] * shape[1], 1);
    lab->targets = numbers(shape[0] * shape[2], 2);
    for (size_t i = 0; i < shape[0]; i++)
        lab->chosen[i] = i % 5 != 2;
    lab->r = (struct ltr_regression){.ctx = ctx,
                                     .watch = &lab->watch,
                                     .n_all = shape[0],
                                     .d = shape[1],
                                     .k = shape[2],
                                     .features = lab->features,
                                     .y = lab->targets,
                                     .stride = shape[2]};
    ck_assert_int_eq(ltr_regression_take(&lab->r), LTREC_OK);
    ltr_regression_gather(&lab->r, lab->chosen, columns);
}

static void gather(struct lab *lab, ltrec_context *ctx, const size_t *shape)
{
    gather_weighed(lab, ctx, shape, NULL);
}

static void let_go(struct lab *lab)
{
    ltr_regression_free(&lab->r);
    free(lab->features);
    free(lab->targets);
}

/* Row i times row j where there are fewer rows than columns, or columns. */
static double product(const struct ltr_regression *r, size_t i, size_t j)
{
    double sum = 0;

    for (size_t l = 0; l < (r->dual ? r->width : r->n); l++)
        sum += r->dual ? (double)r->rows[i * r->width + l] *
                             (double)r->rows[j * r->width + l]
                       : (double)r->rows[l * r->width + i] *
                             (double)r->rows[l * r->width + j];
    return sum;
}

static double right(const struct ltr_regression *r, size_t i, size_t c)
{
    double sum = 0;

    if (r->dual)
        return (double)r->targets[i * r->k + c];
    for (size_t l = 0; l < r->n; l++)
        sum += (double)r->rows[l * r->width + i] *
               (double)r->targets[l * r->k + c];
    return sum;
}

START_TEST(the_equations_are_the_products_of_what_is_at_hand)
{
    ltrec_context *ctx = context_with(_i, 1);
    struct lab lab;

    if (!ctx)
        return;
    for (size_t i = 0; i < SHAPES; i++) {
        const struct ltr_regression *r = &lab.r;

        gather(&lab, ctx, shapes[i]);
        for (size_t row = 0; row < r->m; row += 1 + r->m / 50) {
            for (size_t j = 0; j <= row; j++)
                ck_assert_double_eq_tol((double)r->products[row * r->m + j],
                                        product(r, row, j), 1e-3);
            for (size_t c = 0; c < r->k; c++)
                ck_assert_double_eq_tol((double)r->right[row * r->k + c],
                                        right(r, row, c), 1e-4);
        }
        let_go(&lab);
    }
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(they_and_the_weights_have_the_same_bits_at_any_number_of_threads)
{
    const size_t *shape = shapes[_i];
    size_t n = (shape[1] + 1) * shape[2] * sizeof(float);
    float *weights = malloc(n), *others = malloc(n);

    for (uint32_t threads = 1; threads <= 5; threads += 2) {
        ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, threads);
        struct lab lab;

        gather(&lab, ctx, shape);
        ck_assert_int_eq(
            ltr_regression_solve(&lab.r, 3, threads > 1 ? others : weights),
            LTREC_OK);
        if (threads > 1)
            ck_assert_mem_eq(others, weights, n);
        let_go(&lab);
        ltrec_context_free(ctx);
    }
    free(weights);
    free(others);
}
END_TEST

/* What a row is off by, target `c`, when it is told by its standardised
 * columns. */
static double miss(const struct lab *lab, const float *weights, size_t row,
                   size_t c)
{
    const struct ltr_regression *r = &lab->r;
    double guess = (double)weights[r->d * r->k + c];

    for (size_t j = 0; j < r->d; j++)
        guess += (double)weights[j * r->k + c] *
                 (double)lab->features[row * r->d + j];
    return (double)lab->targets[row * r->k + c] - guess;
}

/* Where the loss is least, x_j (y - Xw) = penalty / columns_j^2 w_j for each
 * column j. */
static void check_least(const struct lab *lab, const float *weights,
                        const float *columns, double penalty, size_t c)
{
    const struct ltr_regression *r = &lab->r;
    double pull[MOST] = {0};

    for (size_t i = 0; i < r->n_all; i++) {
        double missed = lab->chosen[i] ? miss(lab, weights, i, c) : 0;

        for (size_t j = 0; j < r->d; j++)
            pull[j] += missed * (double)r->x[i * r->d + j];
    }
    for (size_t j = 0; j < r->d; j++) {
        double w = (double)weights[j * r->k + c], weight = columns[j];

        if (columns[j] == 0)
            ck_assert_double_eq(w, 0);
        else
            ck_assert_double_eq_tol(
                pull[j], penalty / (weight * weight) * w / (double)r->scale[j],
                2e-3);
    }
}

START_TEST(a_column_that_weighs_less_is_penalised_by_the_square)
{
    static const float weighs[] = {0, 1, 0.5f, 4};
    const size_t *shape = shapes[_i];
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    float *weights = malloc((shape[1] + 1) * shape[2] * sizeof(float));
    float columns[MOST];
    struct lab lab;

    for (size_t j = 0; j < shape[1]; j++)
        columns[j] = weighs[j % 4];
    gather_weighed(&lab, ctx, shape, columns);
    ck_assert_uint_eq(lab.r.width, shape[1] - (shape[1] + 3) / 4);
    ck_assert_int_eq(ltr_regression_solve(&lab.r, 3, weights), LTREC_OK);
    for (size_t c = 0; c < shape[2]; c += 1 + shape[2] / 3)
        check_least(&lab, weights, columns, 3, c);
    let_go(&lab);
    ltrec_context_free(ctx);
    free(weights);
}
END_TEST

/* By powers of two, which round nothing. */
START_TEST(columns_weighed_anew_are_as_if_gathered_so)
{
    const size_t *shape = shapes[_i];
    size_t n = (shape[1] + 1) * shape[2] * sizeof(float);
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    float *weights = malloc(n), *others = malloc(n);
    float columns[MOST], before[MOST];
    struct lab lab;

    for (size_t j = 0; j < shape[1]; j++) {
        columns[j] = j % 3 == 0 ? 0 : j % 3 == 1 ? 2 : 0.25f;
        before[j] = columns[j] != 0;
    }
    gather_weighed(&lab, ctx, shape, columns);
    ck_assert_int_eq(ltr_regression_solve(&lab.r, 3, weights), LTREC_OK);
    let_go(&lab);
    gather_weighed(&lab, ctx, shape, before);
    ltr_regression_weigh(&lab.r, lab.chosen, columns);
    ck_assert_int_eq(ltr_regression_solve(&lab.r, 3, others), LTREC_OK);
    ck_assert_mem_eq(others, weights, n);
    let_go(&lab);
    ltrec_context_free(ctx);
    free(weights);
    free(others);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests,
                        the_equations_are_the_products_of_what_is_at_hand, 0,
                        KERNEL_SETS);
    tcase_add_loop_test(
        tests,
        they_and_the_weights_have_the_same_bits_at_any_number_of_threads, 0,
        SHAPES);
    tcase_add_loop_test(tests,
                        a_column_that_weighs_less_is_penalised_by_the_square,
                        0, SHAPES);
    tcase_add_loop_test(tests, columns_weighed_anew_are_as_if_gathered_so, 0,
                        SHAPES);
}

int main(void)
{
    return check_run("regression", add_tests);
}
