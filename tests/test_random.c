/*
 * test_random.c - numbers that are a function of where they are used
 */
#include "check_run.h"

#include <math.h>

#include "base/random.h"

#define DRAWS 100000

START_TEST(numbers_never_change_between_releases)
{
    /* The first is Philox's published answer.  Frozen: a seed printed in a
     * paper must mean the same for ever. */
    ck_assert_uint_eq(ltr_random_bits(0, 0, 0), UINT64_C(0xca00a0459843d731));
    ck_assert_uint_eq(ltr_random_bits(1, 2, 3), UINT64_C(0x96f5a74d1412763f));
}
END_TEST

START_TEST(uniform_numbers_fill_the_interval_evenly)
{
    double sum = 0, squares = 0;

    for (uint64_t i = 0; i < DRAWS; i++) {
        double u = (double)ltr_random_uniform(7, 1, i);

        ck_assert(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
    }
    ck_assert_double_eq_tol(sum / DRAWS, 0.5, 0.005);
    ck_assert_double_eq_tol(squares / DRAWS, 1.0 / 3, 0.005);
}
END_TEST

START_TEST(normal_numbers_have_their_moments)
{
    double sum = 0, squares = 0, fourth = 0;

    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = (double)ltr_random_normal(7, 2, i);

        ck_assert(isfinite(x));
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
    }
    ck_assert_double_eq_tol(sum / DRAWS, 0, 0.015);
    ck_assert_double_eq_tol(squares / DRAWS, 1, 0.02);
    ck_assert_double_eq_tol(fourth / DRAWS, 3, 0.15);
}
END_TEST

START_TEST(seeds_streams_and_counters_all_matter)
{
    uint64_t base = ltr_random_bits(5, 6, 7);

    ck_assert_uint_ne(base, ltr_random_bits(6, 6, 7));
    ck_assert_uint_ne(base, ltr_random_bits(5, 7, 7));
    ck_assert_uint_ne(base, ltr_random_bits(5, 6, 8));
    ck_assert_uint_ne(ltr_random_bits(1, 2, 0), ltr_random_bits(2, 1, 0));
}
END_TEST

START_TEST(a_shuffle_is_a_permutation_and_moves_things)
{
    size_t order[100], in_place = 0;
    int seen[100] = {0};

    ltr_random_shuffle(3, 4, order, 100);
    for (size_t i = 0; i < 100; i++) {
        ck_assert_uint_lt(order[i], 100);
        seen[order[i]]++;
        in_place += order[i] == i;
    }
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(seen[i], 1);
    ck_assert_uint_lt(in_place, 8);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, numbers_never_change_between_releases);
    tcase_add_test(tests, uniform_numbers_fill_the_interval_evenly);
    tcase_add_test(tests, normal_numbers_have_their_moments);
    tcase_add_test(tests, seeds_streams_and_counters_all_matter);
    tcase_add_test(tests, a_shuffle_is_a_permutation_and_moves_things);
}

int main(void)
{
    return check_run("random", add_tests);
}
