/*
 * test_eigen.c - eigenvectors of a symmetric matrix
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "kernel_sets.h"
#include "math/eigen.h"

#define MOST 150

static double matrix[MOST * MOST], a[MOST * MOST], vectors[MOST * MOST];
static double values[MOST];
static const size_t sizes[] = {1, 2, 3, 5, 16, 33, MOST};

static int solve(size_t n, uint32_t threads, struct ltr_steps *steps)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, threads);
    double *work = ltr_alloc(ctx, ltr_eigen_work(n), sizeof *work);
    int status;

    memcpy(a, matrix, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            a[i * n + j] = (double)NAN; /* not to be read */
    status = ltr_eigen(ctx, n, a, values, vectors, work, steps);
    ltr_free(ctx, work);
    ltrec_context_free(ctx);
    return status;
}

/* A v = value v, and v.v = 1 or 0. */
static void check(size_t n, double size)
{
    for (size_t i = 0; i < n; i++) {
        const double *v = vectors + i * n;

        for (size_t j = 0; j < n; j++) {
            double image = 0, product = 0;

            for (size_t k = 0; k < n; k++) {
                image += matrix[j * n + k] * v[k];
                product += v[k] * vectors[j * n + k];
            }
            ck_assert_double_eq_tol(image, values[i] * v[j], 1e-13 * size);
            ck_assert_double_eq_tol(product, i == j, 1e-13);
        }
    }
}

/* The sum of some outer products: as many eigenvalues are not 0. */
static double make_gramian(size_t n, size_t terms, double decay)
{
    double trace = 0;

    memset(matrix, 0, sizeof matrix);
    for (size_t t = 0; t < terms; t++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double x = (double)ltr_random_normal(1, t, i);
                double y = (double)ltr_random_normal(1, t, j);

                matrix[i * n + j] +=
                    x * y * pow(decay, (double)(i + j) / (double)n);
            }
    for (size_t i = 0; i < n; i++)
        trace += matrix[i * n + i];
    return trace;
}

START_TEST(they_are_orthogonal_and_are_only_stretched)
{
    struct ltr_steps steps = {0};

    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (int32_t kind = 0; kind < 3; kind++) {
            size_t n = sizes[s], terms = kind == 1 ? n / 3 + 1 : 2 * n;
            double size = make_gramian(n, terms, kind == 2 ? 1e-6 : 1);

            ck_assert_int_eq(solve(n, 1, &steps), LTREC_OK);
            check(n, size);
        }
}
END_TEST

START_TEST(signs_do_not_matter)
{
    struct ltr_steps steps = {0};

    for (size_t i = 0; i < MOST; i++)
        for (size_t j = 0; j <= i; j++)
            matrix[i * MOST + j] = matrix[j * MOST + i] =
                (double)ltr_random_normal(2, i, j);
    ck_assert_int_eq(solve(MOST, 1, &steps), LTREC_OK);
    check(MOST, MOST);
}
END_TEST

/* Nothing to do, all the same, and blocks that have nothing in common. */
START_TEST(matrices_that_are_diagonal_or_come_apart_are_solved)
{
    struct ltr_steps steps = {0};
    size_t n = 33;

    memset(matrix, 0, sizeof matrix);
    ck_assert_int_eq(solve(n, 1, &steps), LTREC_OK);
    check(n, 1e-300);
    for (size_t i = 0; i < n; i++)
        matrix[i * n + i] = i < 20 ? 3 : (double)i;
    ck_assert_int_eq(solve(n, 1, &steps), LTREC_OK);
    check(n, 33);
    for (size_t i = 0; i < n; i += 3)
        for (size_t j = 0; j < n; j += 3)
            matrix[i * n + j] += 1;
    ck_assert_int_eq(solve(n, 1, &steps), LTREC_OK);
    check(n, 33);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    static double alone[MOST * MOST];
    struct ltr_steps steps = {0};

    make_gramian(MOST, MOST, 1);
    ck_assert_int_eq(solve(MOST, 1, &steps), LTREC_OK);
    memcpy(alone, vectors, sizeof alone);
    for (uint32_t threads = 2; threads < 5; threads++) {
        ck_assert_int_eq(solve(MOST, threads, &steps), LTREC_OK);
        ck_assert_mem_eq(vectors, alone, sizeof alone);
    }
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

    make_gramian(MOST, MOST, 1);
    ck_assert_int_eq(solve(MOST, 1, &steps), LTREC_ERR_CANCELLED);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, they_are_orthogonal_and_are_only_stretched);
    tcase_add_test(tests, signs_do_not_matter);
    tcase_add_test(tests, matrices_that_are_diagonal_or_come_apart_are_solved);
    tcase_add_test(tests, threads_change_no_bit);
    tcase_add_test(tests, it_can_be_cancelled);
}

int main(void)
{
    return check_run("eigen", add_tests);
}
