/*
 * test_solve.c - small symmetric systems
 */
#include "check_run.h"

#include <math.h>

#include "math/solve.h"

#define MOST 40

/* a = b b' + 0.1, for a well-behaved b. */
static void make_positive(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = i == j ? 0.1 : 0;

            for (size_t l = 0; l < n; l++)
                sum += sin((double)(i * n + l)) * sin((double)(j * n + l));
            a[i * n + j] = sum;
        }
}

START_TEST(the_solution_satisfies_the_system)
{
    size_t n = (size_t)_i;
    double a[MOST * MOST], l[MOST * MOST], x[MOST];

    make_positive(a, n);
    make_positive(l, n);
    for (size_t i = 0; i < n; i++)
        x[i] = cos((double)i);
    ck_assert_uint_eq(ltr_cholesky(l, n), 0);
    ltr_cholesky_solve(l, n, x);
    for (size_t i = 0; i < n; i++) {
        double sum = 0;

        for (size_t j = 0; j < n; j++)
            sum += a[i * n + j] * x[j];
        ck_assert_double_eq_tol(sum, cos((double)i), 1e-9);
    }
}
END_TEST

START_TEST(a_factor_in_steps_has_the_same_bits)
{
    size_t n = (size_t)_i;
    double whole[MOST * MOST], steps[MOST * MOST];

    make_positive(whole, n);
    ck_assert_uint_eq(ltr_cholesky(whole, n), 0);
    for (size_t step = 1; step <= n; step += 3) {
        make_positive(steps, n);
        for (size_t first = 0; first < n; first += step) {
            size_t end = n - first < step ? n : first + step;

            for (size_t i = end; i-- > first;)
                ltr_cholesky_reduce(steps, n, i, first);
            ck_assert_uint_eq(ltr_cholesky_finish(steps, n, first, end), 0);
        }
        for (size_t i = 0; i < n; i++)
            ck_assert_mem_eq(steps + i * n, whole + i * n,
                             (i + 1) * sizeof *whole);
    }
}
END_TEST

START_TEST(columns_of_the_inverse_triangle_and_its_trace)
{
    size_t n = (size_t)_i;
    double l[MOST * MOST], column[MOST], scratch[MOST], trace = 0;

    make_positive(l, n);
    ck_assert_uint_eq(ltr_cholesky(l, n), 0);
    for (size_t j = 0; j < n; j++) {
        ltr_cholesky_inverse_column(l, n, j, column);
        for (size_t i = j; i < n; i++) {
            double product = 0; /* row i of L times the column */

            for (size_t k = j; k <= i; k++)
                product += l[i * n + k] * column[k];
            ck_assert_double_eq_tol(product, i == j, 1e-9);
            trace += column[i] * column[i];
        }
    }
    ck_assert_double_eq_tol(ltr_cholesky_inverse_trace(l, n, scratch), trace,
                            1e-9 * trace);
}
END_TEST

START_TEST(a_matrix_that_is_not_positive_is_refused_with_its_row)
{
    double indefinite[4] = {1, 0, 2, 1};
    double nan[1] = {NAN};

    ck_assert_uint_eq(ltr_cholesky(indefinite, 2), 2);
    ck_assert_uint_eq(ltr_cholesky(nan, 1), 1);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, the_solution_satisfies_the_system, 1, MOST + 1);
    tcase_add_loop_test(tests, a_factor_in_steps_has_the_same_bits, 1,
                        MOST + 1);
    tcase_add_loop_test(tests, columns_of_the_inverse_triangle_and_its_trace,
                        1, MOST + 1);
    tcase_add_test(tests,
                   a_matrix_that_is_not_positive_is_refused_with_its_row);
}

int main(void)
{
    return check_run("solve", add_tests);
}
