/*
 * test_product.c - large products, against sums in double
 */
#include "check_run.h"

#include <string.h>

#include "base/context.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "math/product.h"
#include "math/tile.h"
#include "product_lab.h"

/* Whole tiles and parts of them, one step of depth and several pieces. */
static const size_t shapes[][3] = {
    {1, 1, 1},   {3, 5, 7},      {12, 32, 16},  {13, 33, 17},
    {4, 24, 64}, {200, 70, 300}, {37, 600, 40}, {800, 9, 513},
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

static void expect(const struct ltr_product *p, const float *left,
                   const float *right)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double sum = 0;

            for (size_t l = 0; l < p->k; l++)
                sum +=
                    (double)left[i * p->k + l] * (double)right[j * p->k + l];
            ck_assert_double_eq_tol((double)p->out[i * p->stride + j], sum,
                                    1e-5);
        }
}

/* left[m][k] times right[n][k], each given both ways. */
static void multiply_each_way(struct ltr_packs *packs, size_t m, size_t n,
                              size_t k)
{
    float *left = numbers(m * k, 1), *right = numbers(n * k, 2);
    float *left_across = transposed(left, m, k);
    float *right_across = transposed(right, n, k);
    float *out = numbers(m * (n + 3), 3), *first = numbers(m * (n + 3), 3);
    float *packed = malloc(ltr_packed_size(packs, n, k) * sizeof *packed);
    struct ltr_product p = {
        .m = m, .n = n, .k = k, .out = out, .stride = n + 3};

    for (int way = 0; way < 8; way++) {
        p.a = way & 1 ? ltr_across(left_across, m) : ltr_along(left, k);
        p.b = way & 2 ? ltr_across(right_across, n) : ltr_along(right, k);
        p.packed = way & 4 ? packed : NULL;
        if (p.packed)
            ltr_pack(packs, n, k, p.b, packed);
        ltr_multiply(packs, &p);
        if (way == 0) {
            expect(&p, left, right);
            memcpy(first, out, m * (n + 3) * sizeof *out);
        }
        ck_assert_mem_eq(out, first, m * (n + 3) * sizeof *out);
    }
    free(left);
    free(right);
    free(left_across);
    free(right_across);
    free(out);
    free(first);
    free(packed);
}

START_TEST(each_layout_packed_or_not_gives_the_same_product)
{
    ltrec_context *ctx = context_with(_i, 1);
    struct ltr_packs *packs;

    if (!ctx)
        return;
    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    for (size_t i = 0; i < SHAPES; i++)
        multiply_each_way(packs, shapes[i][0], shapes[i][1], shapes[i][2]);
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
}
END_TEST

/* out[m][n] of some numbers, with a context of its own. */
static float *product_with(int32_t kernels, uint32_t threads, size_t m,
                           size_t n, size_t k)
{
    ltrec_context *ctx = context_with(kernels, threads);
    float *left = numbers(m * k, 1), *right = numbers(n * k, 2);
    float *out = numbers(m * n, 3);
    struct ltr_product p = {.m = m,
                            .n = n,
                            .k = k,
                            .a = ltr_along(left, k),
                            .b = ltr_along(right, k),
                            .out = out,
                            .stride = n,
                            .add = true};
    struct ltr_packs *packs;

    if (ctx) {
        ck_assert_int_eq(
            ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs), LTREC_OK);
        ltr_multiply(packs, &p);
        ltr_packs_free(packs);
    }
    ltrec_context_free(ctx);
    free(left);
    free(right);
    return out;
}

/* Zeros left out, and multiplied: the same numbers on the left as `along`. */
static void leave_zeros_out(struct ltr_packs *packs, size_t m, size_t n,
                            size_t k, float density)
{
    float *left = numbers(m * k, 1), *right = numbers(n * k, 2), *across;
    float *out[2] = {numbers(m * n, 3), numbers(m * n, 3)};
    struct ltr_product p = {.m = m, .n = n, .k = k, .stride = n};

    for (size_t i = 0; i < m * k; i++)
        if (ltr_random_uniform(7, 9, i) >= density)
            left[i] = 0;
    across = transposed(left, m, k);
    p.b = ltr_along(right, k);
    for (int way = 0; way < 4; way++) {
        p.a = way & 1 ? ltr_across(across, m) : ltr_along(left, k);
        p.add = way & 2;
        for (int sparse = 0; sparse < 2; sparse++) {
            p.out = out[sparse];
            p.sparse = sparse;
            ltr_multiply(packs, &p);
        }
        ck_assert_mem_eq(out[0], out[1], m * n * sizeof *left);
    }
    free(left);
    free(right);
    free(across);
    free(out[0]);
    free(out[1]);
}

START_TEST(leaving_zeros_out_does_not_change_a_bit)
{
    ltrec_context *ctx = context_with(_i, 1);
    struct ltr_packs *packs;

    if (!ctx)
        return;
    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    for (size_t i = 0; i < SHAPES; i++)
        for (float density = 0; density < 1; density += 0.24f)
            leave_zeros_out(packs, shapes[i][0], shapes[i][1], shapes[i][2],
                            density);
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    float *one = product_with(LTREC_KERNELS_AUTO, 1, 300, 700, 513);

    for (uint32_t threads = 2; threads <= 5; threads++) {
        float *some = product_with(LTREC_KERNELS_AUTO, threads, 300, 700, 513);

        ck_assert_mem_eq(some, one, 300 * 700 * sizeof *one);
        free(some);
    }
    free(one);
}
END_TEST

START_TEST(every_kernel_set_agrees_with_the_portable_one)
{
    ltrec_context *ctx = context_with(_i, 1);
    float *portable, *ours;

    if (!ctx)
        return;
    ltrec_context_free(ctx);
    portable = product_with(LTREC_KERNELS_PORTABLE, 1, 50, 100, 600);
    ours = product_with(_i, 1, 50, 100, 600);
    for (size_t i = 0; i < 50 * 100; i++)
        ck_assert_float_eq_tol(ours[i], portable[i], 1e-5f);
    free(portable);
    free(ours);
}
END_TEST

START_TEST(a_row_has_the_same_bits_in_any_batch)
{
    enum {
        M = 70,
        N = 200,
        K = 333
    };
    ltrec_context *ctx = context_with(_i, 1);
    float *left = numbers(M * K, 1), *right = numbers(K * N, 2);
    float *all = numbers(M * N, 3), *some = numbers(M * N, 4);
    struct ltr_product p = {.m = M,
                            .n = N,
                            .k = K,
                            .a = ltr_along(left, K),
                            .b = ltr_along(right, K),
                            .out = all,
                            .stride = N};
    struct ltr_packs *packs;

    if (!ctx)
        return;
    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    ltr_multiply(packs, &p);
    p.out = some;
    for (p.m = 1; p.m < M; p.m++) {
        size_t first = p.m * 7 % (M - p.m + 1);

        p.a.data = left + first * K;
        ltr_multiply_alone(packs, &p, 0);
        ck_assert_mem_eq(some, all + first * N, p.m * N * sizeof *all);
    }
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
    free(left);
    free(right);
    free(all);
    free(some);
}
END_TEST

START_TEST(blocks_of_overlapping_lines_are_convolutions)
{
    enum {
        FRAMES = 9,
        CHANNELS = 5,
        TAPS = 4,
        FILTERS = 3,
        SAMPLES = 6,
        ROWS = FRAMES - TAPS + 1,
        DEPTH = TAPS * CHANNELS
    };
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 2);
    float *x = numbers(SAMPLES * FRAMES * CHANNELS, 1);
    float *filters = numbers(FILTERS * DEPTH, 2);
    float out[SAMPLES * ROWS * FILTERS];
    struct ltr_product p = {
        .m = SAMPLES * ROWS,
        .n = FILTERS,
        .k = DEPTH,
        .a = {x, CHANNELS, ROWS, FRAMES * CHANNELS, true},
        .b = ltr_along(filters, DEPTH),
        .out = out,
        .stride = FILTERS,
    };
    struct ltr_packs *packs;

    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    ltr_multiply(packs, &p);
    for (size_t i = 0; i < SAMPLES * ROWS * FILTERS; i++) {
        const float *from =
            x + (i / FILTERS / ROWS * FRAMES + i / FILTERS % ROWS) * CHANNELS;
        double sum = 0;

        for (size_t j = 0; j < DEPTH; j++)
            sum += (double)from[j] * (double)filters[i % FILTERS * DEPTH + j];
        ck_assert_double_eq_tol((double)out[i], sum, 1e-5);
    }
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
    free(x);
    free(filters);
}
END_TEST

struct seen {
    float *out;
    size_t n;
    int ticks;
};

static void count_up(void *arg, size_t row, size_t n_rows, size_t column,
                     size_t n_columns)
{
    struct seen *seen = arg;

    for (size_t i = row; i < row + n_rows; i++)
        for (size_t j = column; j < column + n_columns; j++)
            seen->out[i * seen->n + j] += 1000;
}

static void count_tick(void *user)
{
    struct seen *seen = user;

    seen->ticks++;
}

START_TEST(each_number_is_finished_once_and_an_empty_sum_is_zero)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, (uint32_t)_i + 1);
    float *zeros = calloc(700 * 700, sizeof *zeros);
    float *out = numbers(700 * 700, 3);
    struct seen seen = {out, 700, 0};
    struct ltr_product p = {.m = 700,
                            .n = 700,
                            .k = 700,
                            .a = ltr_along(zeros, 700),
                            .b = ltr_along(zeros, 700),
                            .out = out,
                            .stride = 700,
                            .finish = count_up,
                            .arg = &seen,
                            .tick = count_tick,
                            .user = &seen};
    struct ltr_packs *packs;

    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    ltr_multiply(packs, &p);
    for (size_t i = 0; i < 700 * 700; i++)
        ck_assert_float_eq(out[i], 1000);
    /* Of two, the other worker may have been quicker everywhere. */
    ck_assert_int_ge(seen.ticks, 1 - _i);
    p.k = 0;
    ltr_multiply(packs, &p);
    for (size_t i = 0; i < 700 * 700; i++)
        ck_assert_float_eq(out[i], 1000);
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
    free(zeros);
    free(out);
}
END_TEST

static int make_packs(struct failing_memory *memory)
{
    ltrec_context *ctx;
    struct ltr_packs *packs = NULL;
    int status = failing_context(memory, &ctx);

    if (status != LTREC_OK)
        return status;
    status = ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs);
    ck_assert((packs != NULL) == (status == LTREC_OK));
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    ck_assert_int_gt(fail_each_allocation(make_packs, 20), 3);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests,
                        each_layout_packed_or_not_gives_the_same_product, 0,
                        KERNEL_SETS);
    tcase_add_loop_test(tests, leaving_zeros_out_does_not_change_a_bit, 0,
                        KERNEL_SETS);
    tcase_add_test(tests, threads_do_not_change_a_bit);
    tcase_add_loop_test(tests, every_kernel_set_agrees_with_the_portable_one,
                        0, KERNEL_SETS);
    tcase_add_loop_test(tests, a_row_has_the_same_bits_in_any_batch, 0,
                        KERNEL_SETS);
    tcase_add_test(tests, blocks_of_overlapping_lines_are_convolutions);
    tcase_add_loop_test(
        tests, each_number_is_finished_once_and_an_empty_sum_is_zero, 0, 2);
    tcase_add_test(tests, every_allocation_may_fail);
}

int main(void)
{
    return check_run("product", add_tests);
}
