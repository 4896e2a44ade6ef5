/*
 * test_gram.c - Gramians, against sums in double
 */
#include "check_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/steps.h"
#include "cf/gram.h"
#include "kernel_sets.h"
#include "math/product.h"
#include "product_lab.h"

#define ROWS 2500 /* some tasks, and slabs that are not whole */

static const size_t ranks[] = {1, 5, 16, 50, 64};
#define RANKS (sizeof ranks / sizeof ranks[0])

/* total[rank][rank], to be freed. */
static double *gram_of(ltrec_context *ctx, const float *vectors, size_t n,
                       size_t rank, const bool *skip)
{
    struct ltr_steps steps = {0};
    struct ltr_packs *packs;
    struct ltr_gram gram;
    double *total = malloc(rank * rank * sizeof *total);

    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    ck_assert_int_eq(ltr_gram_init(ctx, packs, rank, &gram), LTREC_OK);
    ck_assert_int_eq(ltr_gram_compute(&gram, vectors, n, skip, &steps),
                     LTREC_OK);
    ck_assert_uint_eq(steps.done, n);
    memcpy(total, gram.total, rank * rank * sizeof *total);
    ltr_gram_free(&gram);
    ltr_packs_free(packs);
    return total;
}

static double sum_of(const float *vectors, size_t n, size_t rank,
                     const bool *skip, size_t i, size_t j)
{
    double sum = 0;

    for (size_t row = 0; row < n; row++)
        if (!skip || !skip[row])
            sum += (double)vectors[row * rank + i] *
                   (double)vectors[row * rank + j];
    return sum;
}

/* Every third, and a slab and more of them together. */
static void mark(bool *skip)
{
    for (size_t row = 0; row < ROWS; row++)
        skip[row] = row % 3 == 1 || (row > 500 && row < 1100);
}

START_TEST(it_is_the_sum_over_the_rows_that_count_and_symmetric)
{
    ltrec_context *ctx = context_with(_i, 1);
    bool some[ROWS];

    if (!ctx)
        return;
    mark(some);
    for (size_t r = 0; r < RANKS; r++)
        for (int way = 0; way < 3; way++) {
            size_t rank = ranks[r], n = way == 2 ? 0 : ROWS;
            const bool *skip = way == 1 ? some : NULL;
            float *vectors = numbers(ROWS * rank, 1);
            double *total = gram_of(ctx, vectors, n, rank, skip);

            for (size_t i = 0; i < rank; i++)
                for (size_t j = 0; j <= i; j++) {
                    ck_assert_double_eq_tol(
                        total[i * rank + j],
                        sum_of(vectors, n, rank, skip, i, j), 1e-4);
                    ck_assert_double_eq(total[j * rank + i],
                                        total[i * rank + j]);
                }
            free(vectors);
            free(total);
        }
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    const size_t rank = 50;
    float *vectors = numbers(ROWS * rank, 1);
    double *one = NULL;
    bool skip[ROWS];

    mark(skip);
    for (uint32_t threads = 1; threads <= 5; threads += 2) {
        ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, threads);
        double *some = gram_of(ctx, vectors, ROWS, rank, _i ? skip : NULL);

        if (one)
            ck_assert_mem_eq(some, one, rank * rank * sizeof *one);
        free(one);
        one = some;
        ltrec_context_free(ctx);
    }
    free(one);
    free(vectors);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests,
                        it_is_the_sum_over_the_rows_that_count_and_symmetric,
                        0, KERNEL_SETS);
    tcase_add_loop_test(tests, threads_do_not_change_a_bit, 0, 2);
}

int main(void)
{
    return check_run("gram", add_tests);
}
