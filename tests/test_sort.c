/*
 * test_sort.c - the order of things by their keys
 */
#include "check_run.h"

#include <math.h>

#include "base/random.h"
#include "math/sort.h"

#define MOST 1000

static uint64_t keys[MOST];

/* Keys of which many are equal, `bits` wide. */
static void draw(size_t n, unsigned bits)
{
    for (size_t i = 0; i < n; i++)
        keys[i] = ltr_random_bits(5, n, i) >> (64 - bits);
}

START_TEST(the_order_is_ascending_and_stable)
{
    static const size_t sizes[] = {0, 1, 2, 3, 255, MOST};
    static const unsigned widths[] = {1, 4, 8, 17, 64};
    uint32_t order[MOST], scratch[MOST];

    for (size_t s = 0; s < 6; s++)
        for (size_t w = 0; w < 5; w++) {
            draw(sizes[s], widths[w]);
            ltr_sort_order(keys, order, scratch, sizes[s]);
            for (size_t i = 1; i < sizes[s]; i++) {
                uint64_t before = keys[order[i - 1]], now = keys[order[i]];

                ck_assert(before < now ||
                          (before == now && order[i - 1] < order[i]));
            }
        }
}
END_TEST

START_TEST(keys_are_sorted_in_place_whatever_the_number_of_passes)
{
    static const unsigned widths[] = {1, 8, 9, 17, 64};
    uint64_t scratch[MOST], sum, again;

    for (size_t w = 0; w < 5; w++) {
        draw(MOST, widths[w]);
        sum = again = 0;
        for (size_t i = 0; i < MOST; i++)
            sum += keys[i];
        ltr_sort_keys(keys, scratch, MOST);
        for (size_t i = 0; i < MOST; i++) {
            again += keys[i];
            ck_assert(i == 0 || keys[i - 1] <= keys[i]);
        }
        ck_assert_uint_eq(again, sum);
    }
}
END_TEST

START_TEST(doubles_become_keys_of_the_same_order_and_back)
{
    static const double values[] = {-INFINITY, -1e300, -1, -1e-320, 0,
                                    1e-320,    1,      2,  INFINITY};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        ck_assert(ltr_sort_value_of(ltr_sort_key_of(values[i])) == values[i]);
        ck_assert(i == 0 ||
                  ltr_sort_key_of(values[i - 1]) < ltr_sort_key_of(values[i]));
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, the_order_is_ascending_and_stable);
    tcase_add_test(tests,
                   keys_are_sorted_in_place_whatever_the_number_of_passes);
    tcase_add_test(tests, doubles_become_keys_of_the_same_order_and_back);
}

int main(void)
{
    return check_run("sort", add_tests);
}
