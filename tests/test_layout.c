/*
 * test_layout.c - maps of vectors whose neighbours are known
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "../tools/layout.h"
#include "../tools/synth_random.h"

#define GROUPS 4
#define EACH 30
#define N (GROUPS * EACH)
#define DIM 12
#define K 5

static float vectors[N * DIM], points[2 * N];
static uint32_t neighbours[N * K];

/* Groups around a direction each; a track's neighbours are of its group. */
static struct layout make_groups(void)
{
    struct layout layout = {N, DIM, vectors, K, neighbours};

    for (size_t i = 0; i < N; i++) {
        size_t group = i % GROUPS;
        double squares = 0;

        for (size_t j = 0; j < DIM; j++) {
            double x = (j == group) + 0.1 * synth_normal(7, i, j);

            vectors[i * DIM + j] = (float)x;
            squares += x * x;
        }
        for (size_t j = 0; j < DIM; j++)
            vectors[i * DIM + j] /= (float)sqrt(squares);
        for (size_t m = 0; m < K; m++)
            neighbours[i * K + m] = (uint32_t)((i + (m + 1) * GROUPS * 5) % N);
    }
    return layout;
}

static double apart(size_t i, size_t j)
{
    return hypot((double)(points[2 * i] - points[2 * j]),
                 (double)(points[2 * i + 1] - points[2 * j + 1]));
}

START_TEST(groups_lie_together_and_apart_from_others)
{
    struct layout layout = make_groups();
    size_t n_wrong = 0;

    ck_assert_int_eq(layout_make(&layout, points, NULL), LTREC_OK);
    for (size_t i = 0; i < N; i++) {
        double nearest[2] = {9, 9}; /* of its group, of the others */

        for (size_t j = 0; j < N; j++)
            if (j != i) {
                double *least = &nearest[i % GROUPS != j % GROUPS];

                *least = fmin(*least, apart(i, j));
            }
        n_wrong += nearest[1] < nearest[0];
    }
    ck_assert_uint_le(n_wrong, N / 20);
}
END_TEST

START_TEST(every_point_is_in_the_unit_square)
{
    struct layout layout = make_groups();

    layout_make(&layout, points, NULL);
    for (size_t i = 0; i < 2 * N; i++)
        ck_assert(points[i] >= 0 && points[i] <= 1);
}
END_TEST

START_TEST(the_same_vectors_give_the_same_map)
{
    struct layout layout = make_groups();
    float again[2 * N];

    layout_make(&layout, points, NULL);
    layout_make(&layout, again, NULL);
    ck_assert_mem_eq(points, again, sizeof again);
}
END_TEST

START_TEST(equal_vectors_and_lonely_ones_have_a_place)
{
    struct layout layout = make_groups();

    for (size_t i = 1; i < N; i++)
        memcpy(vectors + i * DIM, vectors, DIM * sizeof *vectors);
    memset(neighbours, 0xff, sizeof neighbours); /* nobody has any */
    for (layout.n = 0; layout.n <= 3; layout.n++) {
        points[0] = points[1] = 2;
        ck_assert_int_eq(layout_make(&layout, points, NULL), LTREC_OK);
        for (size_t i = 0; i < 2 * layout.n; i++)
            ck_assert(points[i] >= 0 && points[i] <= 1);
    }
    layout.n = N;
    ck_assert_int_eq(layout_make(&layout, points, NULL), LTREC_OK);
    for (size_t i = 0; i < 2 * N; i++)
        ck_assert(isfinite(points[i]));
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, groups_lie_together_and_apart_from_others);
    tcase_add_test(tests, every_point_is_in_the_unit_square);
    tcase_add_test(tests, the_same_vectors_give_the_same_map);
    tcase_add_test(tests, equal_vectors_and_lonely_ones_have_a_place);
}

int main(void)
{
    return check_run("layout", add_tests);
}
