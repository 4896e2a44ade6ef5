/*
 * test_hadamard.c - a rotation that evens out what it turns
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "math/hadamard.h"

#define MOST 4096

static const size_t lengths[] = {1,  2,  3,  4,   5,   7,   8,    9,
                                 15, 16, 40, 100, 200, 513, 4095, MOST};

#define LENGTHS (sizeof lengths / sizeof lengths[0])

static float draw(uint64_t stream, size_t j)
{
    return ltr_random_normal(3, stream, j) * powf((float)(j + 1), -0.7f);
}

static double product(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t j = 0; j < n; j++)
        sum += (double)a[j] * (double)b[j];
    return sum;
}

START_TEST(lengths_and_angles_stay_as_close_as_is_said)
{
    static float a[MOST], b[MOST], a_turned[MOST], b_turned[MOST];

    for (size_t i = 0; i < LENGTHS; i++) {
        size_t n = lengths[i];
        double error = ltr_hadamard_error(n), size;

        for (size_t j = 0; j < n; j++) {
            a_turned[j] = a[j] = draw(2 * i, j);
            b_turned[j] = b[j] = draw(2 * i + 1, j);
        }
        ltr_hadamard(a_turned, n);
        ltr_hadamard(b_turned, n);
        size = sqrt(product(a, a, n) * product(b, b, n));
        ck_assert_double_lt(
            fabs(product(a_turned, b_turned, n) - product(a, b, n)),
            2.1 * error * size);
        ck_assert_double_lt(
            fabs(sqrt(product(a_turned, a_turned, n) / product(a, a, n)) - 1),
            error);
        ck_assert_double_lt(error, 1e-5);
    }
}
END_TEST

/* Whatever lies along an axis, and what has the same float everywhere. */
START_TEST(what_a_few_floats_hold_is_spread)
{
    static float v[MOST];

    for (size_t axis = 0; axis <= 200; axis++) {
        float most = 0;

        for (size_t j = 0; j < 200; j++)
            v[j] = axis == 200 ? sqrtf(1 / 200.0f) : j == axis;
        ltr_hadamard(v, 200);
        for (size_t j = 0; j < 200; j++)
            most = fmaxf(most, fabsf(v[j]));
        ck_assert_float_lt(most, 0.34f);
    }
}
END_TEST

/* Files hold codes of vectors turned so: this can't change. */
START_TEST(the_signs_are_those_of_files)
{
    static const float expected[] = {
        4.242640f,  -4.242640f, 4.242641f, 1.414214f, 5.707107f,  -20.849241f,
        -3.000000f, -0.585786f, 4.292893f, 8.849243f, -3.000000f, -3.414213f};
    float v[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

    ltr_hadamard(v, 12);
    for (size_t j = 0; j < 12; j++)
        ck_assert_float_eq_tol(v[j], expected[j], 1e-5f);
}
END_TEST

START_TEST(none_at_all_is_left_alone)
{
    float v = 7;

    ltr_hadamard(&v, 0);
    ck_assert(v == 7);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, lengths_and_angles_stay_as_close_as_is_said);
    tcase_add_test(tests, what_a_few_floats_hold_is_spread);
    tcase_add_test(tests, the_signs_are_those_of_files);
    tcase_add_test(tests, none_at_all_is_left_alone);
}

int main(void)
{
    return check_run("hadamard", add_tests);
}
