/*
 * test_bf16.c - products of bf16 numbers, against what they mean
 *
 * The definitions in portable C: operands are rounded to the nearest bf16, to
 * the even one of two, with the subnormal taken for zero; sums are float32.
 * AMX sums of each 32 steps of the depth the even ones and the odd ones, and
 * then adds both to what is there; AVX512-BF16 adds of each two steps the odd
 * one to what is there, and then the even one.  The units give their very
 * bits.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bf16_lab.h"

/* ---- The definition ----------------------------------------------------- */

static float rounded(float x)
{
    uint32_t bits;

    if (isnan(x))
        return NAN;
    if (fpclassify(x) == FP_SUBNORMAL)
        return 0;
    memcpy(&bits, &x, sizeof bits);
    bits += 0x7fff + (bits >> 16 & 1);
    bits &= 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Products of two bf16 numbers are exact: nothing depends on fusing, but where
 * they leave the range of floats, as these do not. */
static float by_amx(const float *a, const float *b, size_t k, float sum)
{
    for (size_t block = 0; block < k; block += 32) {
        float even = 0, odd = 0;

        for (size_t i = block; i < block + 32 && i < k; i += 2)
            even += rounded(a[i]) * rounded(b[i]);
        for (size_t i = block + 1; i < block + 32 && i < k; i += 2)
            odd += rounded(a[i]) * rounded(b[i]);
        sum += even + odd;
    }
    return sum;
}

static float by_avx512(const float *a, const float *b, size_t k, float sum)
{
    for (size_t i = 0; i < k; i += 2) {
        if (i + 1 < k)
            sum += rounded(a[i + 1]) * rounded(b[i + 1]);
        sum += rounded(a[i]) * rounded(b[i]);
    }
    return sum;
}

static float (*const definitions[UNITS])(const float *, const float *, size_t,
                                         float) = {by_amx, by_avx512};

/* ---- Products ----------------------------------------------------------- */

/* Whole tiles and parts of them, blocks and parts of them, several pieces. */
static const size_t shapes[][3] = {
    {1, 1, 1},      {3, 5, 7},      {16, 32, 32},   {17, 33, 33},
    {32, 32, 64},   {31, 16, 62},   {200, 70, 300}, {37, 600, 40},
    {800, 9, 1030}, {49, 513, 513}, {12, 33, 70},   {44, 70, 97},
    {60, 33, 65},
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

/* left[m][k] times right[n][k], each given both ways, on top of `add`. */
static void multiply_each_way(struct ltr_packs *packs, int unit, size_t m,
                              size_t n, size_t k)
{
    float *left = numbers(m * k, 1), *right = numbers(n * k, 2);
    float *left_across = transposed(left, m, k);
    float *right_across = transposed(right, n, k);
    float *start = numbers(m * (n + 3), 3), *out = numbers(m * (n + 3), 3);
    float *packed = malloc(ltr_packed_size(packs, n, k) * sizeof *packed);
    struct ltr_product p = {
        .m = m, .n = n, .k = k, .out = out, .stride = n + 3};

    for (int way = 0; way < 16; way++) {
        p.a = way & 1 ? ltr_across(left_across, m) : ltr_along(left, k);
        p.b = way & 2 ? ltr_across(right_across, n) : ltr_along(right, k);
        p.packed = way & 4 ? packed : NULL;
        p.add = way & 8;
        p.sparse = way & 8;
        if (p.packed)
            ltr_pack(packs, n, k, p.b, packed);
        memcpy(out, start, m * (n + 3) * sizeof *out);
        ltr_multiply(packs, &p);
        for (size_t i = 0; i < m; i++) {
            const float *row = out + i * (n + 3);

            for (size_t j = 0; j < n; j++) {
                float wanted =
                    definitions[unit](left + i * k, right + j * k, k,
                                      p.add ? start[i * (n + 3) + j] : 0);

                ck_assert_mem_eq(row + j, &wanted, sizeof wanted);
            }
            ck_assert_mem_eq(row + n, start + i * (n + 3) + n,
                             3 * sizeof *row);
        }
    }
    free(left);
    free(right);
    free(left_across);
    free(right_across);
    free(start);
    free(out);
    free(packed);
}

START_TEST(each_layout_packed_or_not_has_the_bits_of_the_definition)
{
    ltrec_context *ctx = context_with_unit(_i, 1);
    struct ltr_packs *packs;

    if (!ctx)
        return;
    packs = packs_of(ctx);
    for (size_t i = 0; i < SHAPES; i++)
        multiply_each_way(packs, _i, shapes[i][0], shapes[i][1], shapes[i][2]);
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
}
END_TEST

/* One step of depth times 1 rounds, on either side. */
START_TEST(every_kind_of_number_is_rounded_as_it_should)
{
    enum {
        N = 1 << 16
    };
    ltrec_context *ctx = context_with_unit(_i, 1);
    static float x[N], out[N];
    const float one = 1;
    struct ltr_packs *packs;

    if (!ctx)
        return;
    packs = packs_of(ctx);
    for (uint32_t i = 0; i < N; i++) {
        /* Just below, at and just above the middle of two. */
        uint32_t bits = i << 16 | (0x7fff + i % 3);

        memcpy(x + i, &bits, sizeof bits);
    }
    for (int side = 0; side < 2; side++) {
        struct ltr_product p = {.m = side ? 1 : N, .n = side ? N : 1, .k = 1};

        p.a = ltr_along(side ? &one : x, 1);
        p.b = ltr_along(side ? x : &one, 1);
        p.out = out;
        p.stride = p.n;
        ltr_multiply(packs, &p);
        for (size_t i = 0; i < N; i++) {
            float wanted = rounded(x[i]);

            if (isnan(wanted))
                ck_assert(isnan(out[i]));
            else
                ck_assert_float_eq(out[i], wanted);
        }
    }
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
}
END_TEST

/* What is lost: two to the minus 8 of each operand, by chance. */
START_TEST(a_product_is_that_of_float32_to_within_its_rounding)
{
    enum {
        M = 64,
        N = 96,
        K = 2048
    };
    ltrec_context *ctx = context_with_unit(_i, 1);
    float *left, *right, *out[2];
    double error = 0, whole = 0;

    if (!ctx)
        return;
    left = numbers(M * K, 1);
    right = numbers(N * K, 2);
    for (int32_t i = 0; i < 2; i++) {
        struct ltr_packs *packs;
        struct ltr_product p = {.m = M,
                                .n = N,
                                .k = K,
                                .a = ltr_along(left, K),
                                .b = ltr_along(right, K),
                                .stride = N};

        p.out = out[i] = numbers(M * N, 3);
        ck_assert_int_eq(ltr_packs_create(ctx, i, &packs), LTREC_OK);
        ltr_multiply(packs, &p);
        ltr_packs_free(packs);
    }
    ltrec_context_free(ctx);
    for (size_t i = 0; i < M * N; i++) {
        double off = (double)out[1][i] - (double)out[0][i];

        error += off * off;
        whole += (double)out[0][i] * (double)out[0][i];
    }
    ck_assert_double_lt(sqrt(error / whole), 0x1p-8);
    free(left);
    free(right);
    free(out[0]);
    free(out[1]);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    float *one = product_by(_i, 1, 300, 700, 1100);

    for (uint32_t threads = 2; one && threads <= 4; threads++) {
        float *some = product_by(_i, threads, 300, 700, 1100);

        ck_assert_mem_eq(some, one, 300 * 700 * sizeof *one);
        free(some);
    }
    free(one);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(
        tests, each_layout_packed_or_not_has_the_bits_of_the_definition, 0,
        UNITS);
    tcase_add_loop_test(tests, every_kind_of_number_is_rounded_as_it_should, 0,
                        UNITS);
    tcase_add_loop_test(
        tests, a_product_is_that_of_float32_to_within_its_rounding, 0, UNITS);
    tcase_add_loop_test(tests, threads_do_not_change_a_bit, 0, UNITS);
}

int main(void)
{
    return check_run("bf16", add_tests);
}
