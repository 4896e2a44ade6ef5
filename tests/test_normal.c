/*
 * test_normal.c - sums of outer products, each kernel set against the portable
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "kernel_sets.h"
#include "math/normal.h"

#define MOST_DIM 272 /* no power of two, and an odd number of registers */
#define VECTORS 40
#define MOST_ROWS 19

static float vectors[VECTORS * MOST_DIM], matrix[MOST_DIM * MOST_DIM];
static float weights[MOST_ROWS], pulls[MOST_ROWS], x[MOST_ROWS * MOST_DIM];
static uint32_t rows[MOST_ROWS];
static const size_t dims[] = {16, 32, 48, 128, 208, MOST_DIM};

static void fill(float *at, size_t n, uint64_t stream)
{
    for (size_t i = 0; i < n; i++)
        at[i] = ltr_random_uniform(1, stream, i) - 0.5f;
}

static void setup(void)
{
    fill(vectors, VECTORS * MOST_DIM, 1);
    fill(matrix, MOST_DIM * MOST_DIM, 2);
    fill(weights, MOST_ROWS, 3);
    fill(pulls, MOST_ROWS, 4);
    fill(x, MOST_ROWS * MOST_DIM, 5);
    for (size_t i = 0; i < MOST_ROWS; i++)
        rows[i] = (uint32_t)ltr_random_below(1, 6, i, VECTORS);
}

/* Run `test` for every set of this machine and every dim. */
static void for_each(void (*test)(const struct ltr_normal *, size_t))
{
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *ctx = context_with(set, 1);

        if (!ctx)
            continue;
        for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++)
            test(ltr_normal_for(ctx->cpu), dims[i]);
        ltrec_context_free(ctx);
    }
}

static struct ltr_normal_rows first_rows(size_t n, size_t dim)
{
    /* Those sent for are some of no use, which must not matter. */
    return (struct ltr_normal_rows){
        vectors, dim, rows, weights, n, rows, 2 * n % MOST_ROWS};
}

static void agree(const float *found, const float *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_float_eq_tol(found[i], wanted[i], 2e-5f);
}

static void outer_products(const struct ltr_normal *k, size_t dim)
{
    for (size_t n = 0; n <= MOST_ROWS; n++)
        for (int start = 0; start < 2; start++) {
            struct ltr_normal_rows some = first_rows(n, dim);
            float found[MOST_DIM], wanted[MOST_DIM];

            memcpy(found, x + MOST_DIM, sizeof found);
            memcpy(wanted, x + MOST_DIM, sizeof wanted);
            k->apply(found, &some, x, start ? pulls : NULL);
            ltr_normal_portable.apply(wanted, &some, x, start ? pulls : NULL);
            agree(found, wanted, dim);
        }
}

START_TEST(sums_agree_with_the_definition_for_any_number_of_rows)
{
    for_each(outer_products);
}
END_TEST

/* By hand, in double: what the definition means. */
START_TEST(the_definition_is_a_sum_of_outer_products)
{
    struct ltr_normal_rows all = first_rows(MOST_ROWS, 32);
    float found[32] = {0};
    double wanted[32] = {0};

    ltr_normal_portable.apply(found, &all, x, pulls);
    for (size_t i = 0; i < MOST_ROWS; i++) {
        const float *v = vectors + rows[i] * 32;
        double dot = 0;

        for (size_t j = 0; j < 32; j++)
            dot += (double)v[j] * (double)x[j];
        for (size_t j = 0; j < 32; j++)
            wanted[j] +=
                ((double)pulls[i] - (double)weights[i] * dot) * (double)v[j];
    }
    for (size_t j = 0; j < 32; j++)
        ck_assert_double_eq_tol((double)found[j], wanted[j], 1e-5);
}
END_TEST

static void sums_in_parts(const struct ltr_normal *k, size_t dim)
{
    float whole[MOST_DIM] = {0};
    struct ltr_normal_rows all = first_rows(MOST_ROWS, dim);

    k->apply(whole, &all, x, pulls);
    for (size_t part = 1; part < MOST_ROWS; part++) {
        struct ltr_normal_rows first = first_rows(part, dim);
        struct ltr_normal_rows rest = first_rows(MOST_ROWS - part, dim);
        float parted[MOST_DIM] = {0};

        rest.rows += part;
        rest.weights += part;
        k->apply(parted, &first, x, pulls);
        k->apply(parted, &rest, x, pulls + part);
        ck_assert_mem_eq(parted, whole, dim * sizeof(float));
    }
}

START_TEST(a_sum_has_the_same_bits_however_it_is_parted)
{
    for_each(sums_in_parts);
}
END_TEST

/* What is shared, what that is turned into, and one by the other. */
static void diagonals(const struct ltr_normal *k, size_t dim)
{
    const float *typical = x, *at = x + MOST_DIM;
    float image[MOST_DIM], inverse[MOST_DIM], product[MOST_DIM];

    k->share(image, matrix, 0.75f, at, dim);
    k->invert(inverse, matrix, 2, typical, 0.5f, dim);
    k->scale(product, image, inverse, dim);
    for (size_t i = 0; i < dim; i++) {
        double shared = (double)matrix[i];
        double wanted = (shared + 0.75) * (double)at[i];

        ck_assert_double_eq_tol((double)image[i], wanted, 1e-6);
        wanted /= shared + 2 + 0.5 * (double)typical[i];
        ck_assert_double_eq_tol((double)product[i], wanted, 1e-6);
    }
}

START_TEST(what_is_diagonal_is_multiplied_and_divided_by)
{
    for_each(diagonals);
}
END_TEST

static void squares(const struct ltr_normal *k, size_t dim)
{
    for (size_t n = 0; n <= MOST_ROWS; n++) {
        struct ltr_normal_rows some = first_rows(n, dim);
        struct ltr_normal_rows first = first_rows(n / 2, dim), rest = some;
        float whole = k->square(0.5f, &some, x), parted;
        double sum = 0.5;

        for (size_t i = 0; i < n; i++) {
            double dot = 0;

            for (size_t j = 0; j < dim; j++)
                dot += (double)vectors[rows[i] * dim + j] * (double)x[j];
            sum += (double)weights[i] * dot * dot;
        }
        ck_assert_double_eq_tol((double)whole, sum, 1e-5);
        rest.rows += n / 2;
        rest.weights += n / 2;
        rest.n -= n / 2;
        parted = k->square(k->square(0.5f, &first, x), &rest, x);
        ck_assert_mem_eq(&whole, &parted, sizeof whole);
    }
}

START_TEST(squares_are_right_and_the_same_however_they_are_parted)
{
    for_each(squares);
}
END_TEST

static void steps(const struct ltr_normal *k, size_t dim)
{
    float at[MOST_DIM], p[MOST_DIM];

    memcpy(at, x, sizeof at);
    memcpy(p, x + MOST_DIM, sizeof p);
    k->add(at, p, 0.25f, dim);
    k->turn(p, at, -3, dim);
    for (size_t i = 0; i < dim; i++) {
        float before = x[MOST_DIM + i];

        ck_assert_float_eq_tol(at[i], x[i] + 0.25f * before, 1e-6f);
        ck_assert_float_eq_tol(p[i], at[i] - 3 * before, 1e-6f);
    }
}

START_TEST(a_step_and_the_turn_after_it_are_those_of_the_method)
{
    for_each(steps);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests,
                   sums_agree_with_the_definition_for_any_number_of_rows);
    tcase_add_test(tests, the_definition_is_a_sum_of_outer_products);
    tcase_add_test(tests, a_sum_has_the_same_bits_however_it_is_parted);
    tcase_add_test(tests, what_is_diagonal_is_multiplied_and_divided_by);
    tcase_add_test(tests,
                   squares_are_right_and_the_same_however_they_are_parted);
    tcase_add_test(tests,
                   a_step_and_the_turn_after_it_are_those_of_the_method);
}

int main(void)
{
    return check_run("normal", add_tests);
}
