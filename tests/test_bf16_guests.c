/*
 * test_bf16_guests.c - the units for bf16 are not ours alone, nor everywhere
 */
#include "bf16_lab.h"
#include "math/sift.h"

/* ---- Beside others that use the units ----------------------------------- */

struct guest {
    ltrec_context *ctx;
    int visits;
};

/* Eight dot products of bytes, by the same tiles where the CPU has them. */
static void visit(void *arg)
{
    struct guest *guest = arg;
    static const int8_t codes[LTR_BLOCK * LTR_QUAD] = {1};
    static const float ones[LTR_BLOCK];
    const struct ltr_sift_rows rows = {codes, ones, ones, 1};
    struct ltr_sift_query queries[8];
    int32_t dots[8 * LTR_BLOCK];

    for (size_t i = 0; i < 8; i++)
        queries[i] = (struct ltr_sift_query){.codes = codes, .sum = 1};
    ltr_dots_for(guest->ctx->cpu)(dots, &rows, 1, queries, 8);
    ck_assert_int_eq(dots[0], 1);
    guest->visits++;
}

static void visit_part(void *arg, size_t row, size_t n_rows, size_t column,
                       size_t n_columns)
{
    (void)row;
    (void)n_rows;
    (void)column;
    (void)n_columns;
    visit(arg);
}

START_TEST(what_is_called_on_the_way_may_use_the_units_too)
{
    ltrec_context *ctx = context_with_unit(_i, 1);
    struct guest guest = {ctx, 0};
    float *left, *right, *out, *alone;
    struct ltr_packs *packs;
    struct ltr_product p = {.m = 300,
                            .n = 700,
                            .k = 1100,
                            .stride = 700,
                            .add = true,
                            .finish = visit_part,
                            .arg = &guest,
                            .tick = visit,
                            .user = &guest};

    if (!ctx)
        return;
    left = numbers(300 * 1100, 1);
    right = numbers(700 * 1100, 2);
    p.out = out = numbers(300 * 700, 3);
    p.a = ltr_along(left, 1100);
    p.b = ltr_along(right, 1100);
    packs = packs_of(ctx);
    ltr_multiply(packs, &p);
    ck_assert_int_gt(guest.visits, 6);
    alone = product_by(_i, 1, 300, 700, 1100);
    ck_assert_mem_eq(out, alone, 300 * 700 * sizeof *out);
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
    free(left);
    free(right);
    free(out);
    free(alone);
}
END_TEST

/* As oneDNN does, which sets its shapes once for many calls. */
START_TEST(shapes_that_a_host_has_set_are_there_again)
{
    ltrec_context *ctx = context_with_unit(0, 1);
    struct guest guest = {ctx, 0};
    _Alignas(LTR_TILE_STATE) unsigned char before[LTR_TILE_STATE];
    _Alignas(64) float a[32 * 16] = {0}, b[32 * 16] = {0}, out[32 * 32];
    const struct ltr_tiles *tiles;
    float *product;

    if (!ctx)
        return;
    tiles = ltr_tiles_for(ctx->cpu, LTREC_PRECISION_BF16);
    tiles->begin(before);
    visit(&guest);
    tiles->multiply(a, 32, b, 32, out, 32, false);
    product = product_by(0, 1, 40, 50, 60);
    tiles->multiply(a, 32, b, 32, out, 32, false);
    tiles->end(before);
    ck_assert_float_eq(out[0], 0);
    ltrec_context_free(ctx);
    free(product);
}
END_TEST

/* ---- Where there are none ----------------------------------------------- */

START_TEST(without_units_it_is_float32)
{
    ltrec_context *ctx = context_with(_i, 1);
    float *left = numbers(50 * 70, 1), *right = numbers(60 * 70, 2);
    float out[2][50 * 60];

    if (!ctx)
        return;
    ck_assert_int_eq(ltrec_context_precision(ctx, LTREC_PRECISION_FLOAT32),
                     LTREC_PRECISION_FLOAT32);
    ck_assert_int_eq(ltrec_context_precision(ctx, LTREC_PRECISION_BF16),
                     LTREC_PRECISION_FLOAT32);
    for (int32_t i = 0; i < 2; i++) {
        struct ltr_packs *packs;
        struct ltr_product p = {.m = 50,
                                .n = 60,
                                .k = 70,
                                .a = ltr_along(left, 70),
                                .b = ltr_along(right, 70),
                                .out = out[i],
                                .stride = 60};

        ck_assert_int_eq(ltr_packs_create(ctx, i, &packs), LTREC_OK);
        ltr_multiply(packs, &p);
        ltr_packs_free(packs);
    }
    ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
    free(left);
    free(right);
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(the_precision_of_nothing_is_float32)
{
    ck_assert_int_eq(ltrec_context_precision(NULL, LTREC_PRECISION_BF16),
                     LTREC_PRECISION_FLOAT32);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, what_is_called_on_the_way_may_use_the_units_too,
                        0, UNITS);
    tcase_add_test(tests, shapes_that_a_host_has_set_are_there_again);
    tcase_add_loop_test(tests, without_units_it_is_float32,
                        LTREC_KERNELS_PORTABLE, KERNEL_SETS);
    tcase_add_test(tests, the_precision_of_nothing_is_float32);
}

int main(void)
{
    return check_run("bf16 guests", add_tests);
}
