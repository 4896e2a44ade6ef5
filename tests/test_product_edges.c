/*
 * test_product_edges.c - products of every remainder, of nothing, of triangles
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "kernel_sets.h"
#include "math/product.h"
#include "product_lab.h"

#define GAP 5 /* floats after each line, and after each row of the result */

/* Around the tiles of each set, groups of rows and pieces of the depth. */
static const size_t some_rows[] = {1, 3, 4, 5, 11, 13, 29};
static const size_t some_columns[] = {1, 7, 9, 23, 25, 31, 33, 65};
static const size_t some_depths[] = {0, 1, 2, 3, 5, 15, 17, 257, 520};
#define SIZE(array) (sizeof(array) / sizeof(array)[0])

struct room {
    float *left, *right; /* [rows][depth + GAP] */
    float *left_across, *right_across;
    float *out;
};

static float *spread(const float *from, size_t rows, size_t columns)
{
    float *to = malloc(rows * (columns + GAP) * sizeof *to);

    for (size_t i = 0; i < rows * (columns + GAP); i++)
        to[i] = NAN; /* not to be looked at */
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * (columns + GAP), from + i * columns,
               columns * sizeof *to);
    return to;
}

/* Both ways of laying out numbers[rows][depth]. */
static void lay_out(size_t rows, size_t depth, unsigned stream, float **along,
                    float **across)
{
    float *plain = numbers(rows * depth, stream);
    float *turned = transposed(plain, rows, depth);

    *along = spread(plain, rows, depth);
    *across = spread(turned, depth, rows);
    free(plain);
    free(turned);
}

static struct room make_room(size_t m, size_t n, size_t k)
{
    struct room room;

    lay_out(m, k, 1, &room.left, &room.left_across);
    lay_out(n, k, 2, &room.right, &room.right_across);
    room.out = numbers(m * (n + GAP), 3);
    return room;
}

static void free_room(struct room *room)
{
    free(room->left);
    free(room->left_across);
    free(room->right);
    free(room->right_across);
    free(room->out);
}

/* Sums in double of left[m][k] times right[n][k]. */
static double *sum_up(const struct room *room, size_t m, size_t n, size_t k)
{
    double *sums = calloc(m * n, sizeof *sums);

    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t l = 0; l < k; l++)
                sums[i * n + j] += (double)room->left[i * (k + GAP) + l] *
                                   (double)room->right[j * (k + GAP) + l];
    return sums;
}

static void expect(const struct ltr_product *p, const double *sums,
                   const float *before)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->stride; j++) {
            double found = (double)p->out[i * p->stride + j];
            double wanted = (double)before[i * p->stride + j];

            if (j < p->n)
                wanted = sums[i * p->n + j] + (p->add ? wanted : 0);
            if (!(fabs(found - wanted) <= (j < p->n ? 1e-5 : 0)))
                ck_abort_msg("%zu x %zu x %zu has %g at %zu, %zu for %g", p->m,
                             p->n, p->k, found, i, j, wanted);
        }
}

static void multiply_strided(struct ltr_packs *packs, size_t m, size_t n,
                             size_t k)
{
    struct room room = make_room(m, n, k);
    double *sums = sum_up(&room, m, n, k);
    float *before = numbers(m * (n + GAP), 3);
    struct ltr_product p = {
        .m = m, .n = n, .k = k, .out = room.out, .stride = n + GAP};

    for (int way = 0; way < 4; way++) {
        p.a = way & 1 ? ltr_across(room.left_across, m + GAP)
                      : ltr_along(room.left, k + GAP);
        p.b = way & 2 ? ltr_across(room.right_across, n + GAP)
                      : ltr_along(room.right, k + GAP);
        p.add = way == 1 || way == 2;
        memcpy(room.out, before, m * (n + GAP) * sizeof *before);
        ltr_multiply_alone(packs, &p, 0);
        expect(&p, sums, before);
    }
    free(sums);
    free(before);
    free_room(&room);
}

START_TEST(every_remainder_is_summed_and_nothing_else_is_touched)
{
    ltrec_context *ctx = context_with(_i, 1);
    struct ltr_packs *packs;

    if (!ctx)
        return;
    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    for (size_t i = 0; i < SIZE(some_rows); i++)
        for (size_t j = 0; j < SIZE(some_columns); j++)
            for (size_t l = 0; l < SIZE(some_depths); l++)
                multiply_strided(packs, some_rows[i], some_columns[j],
                                 some_depths[l]);
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(no_rows_or_no_columns_are_no_result)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 2);
    float out[4] = {1, 2, 3, 4}, x[4] = {1, 1, 1, 1};
    const float before[4] = {1, 2, 3, 4};
    struct ltr_packs *packs;

    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &packs),
                     LTREC_OK);
    for (size_t i = 0; i < 4; i++) {
        struct ltr_product p = {.m = i & 1 ? 2 : 0,
                                .n = i & 1 ? 0 : 2,
                                .k = i & 2,
                                .a = ltr_along(x, 2),
                                .b = ltr_along(x, 2),
                                .out = out,
                                .stride = 2};

        ltr_multiply(packs, &p);
        ltr_multiply_alone(packs, &p, 0);
        ck_assert_mem_eq(out, before, sizeof out);
    }
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
}
END_TEST

/* The bits of the whole product, in the triangle; beside it nothing. */
static void multiply_triangle(struct ltr_packs *packs, size_t m, size_t n,
                              size_t k, bool add)
{
    struct room room = make_room(m, n, k);
    float *whole = numbers(m * (n + GAP), 3);
    struct ltr_product p = {.m = m,
                            .n = n,
                            .k = k,
                            .a = ltr_across(room.left_across, m + GAP),
                            .b = ltr_across(room.right_across, n + GAP),
                            .out = whole,
                            .stride = n + GAP,
                            .add = add};

    ltr_multiply(packs, &p);
    p.out = room.out;
    p.lower = true;
    ltr_multiply(packs, &p);
    for (size_t i = 0; i < m; i++) {
        const float *found = room.out + i * p.stride;
        const float *wanted = whole + i * p.stride;

        ck_assert_mem_eq(found, wanted, (i < n ? i + 1 : n) * sizeof *found);
        ck_assert_mem_eq(found + n, wanted + n, GAP * sizeof *found);
    }
    free(whole);
    free_room(&room);
}

START_TEST(a_lower_triangle_has_the_bits_of_the_whole)
{
    static const size_t shapes[][3] = {
        {1, 1, 1},     {7, 7, 30},    {64, 64, 256},
        {13, 70, 300}, {70, 13, 300}, {800, 1100, 20},
    };

    for (uint32_t threads = 1; threads <= 3; threads += 2) {
        int32_t precision;
        ltrec_context *ctx = context_in(_i, threads, &precision);
        struct ltr_packs *packs;

        if (!ctx)
            return;
        ck_assert_int_eq(ltr_packs_create(ctx, precision, &packs), LTREC_OK);
        for (size_t i = 0; i < SIZE(shapes); i++)
            for (int add = 0; add < 2; add++)
                multiply_triangle(packs, shapes[i][0], shapes[i][1],
                                  shapes[i][2], add);
        ltr_packs_free(packs);
        ltrec_context_free(ctx);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests,
                        every_remainder_is_summed_and_nothing_else_is_touched,
                        0, KERNEL_SETS);
    tcase_add_test(tests, no_rows_or_no_columns_are_no_result);
    tcase_add_loop_test(tests, a_lower_triangle_has_the_bits_of_the_whole, 0,
                        PRECISE_SETS);
}

int main(void)
{
    return check_run("product edges", add_tests);
}
