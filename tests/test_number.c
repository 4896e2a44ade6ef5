/*
 * test_number.c - numbers as texts have them, in any locale
 */
#include "check_run.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../tools/number.h"

START_TEST(numbers_are_the_nearest_doubles)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "7",
        "+7",
        "0.25",
        ".5",
        "5.",
        "1e3",
        "1E-06",
        "1.62E-06",
        "0.1",
        "123456789012345",
        "1e22",
        "1e23",
        "5e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "9007199254740993",
        "0.3000000000000000166533453694",
        "179769313486231570000000000000000000000e270",
        "0.000000000000000000000000000000000000001",
        "-12.5e-1",
        "00012",
        "1e-400",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double value;

        ck_assert_int_eq(number_parse(texts[i], strlen(texts[i]), &value),
                         NUMBER_OK);
        ck_assert_msg(value == strtod(texts[i], NULL), "%s", texts[i]);
    }
}
END_TEST

START_TEST(random_numbers_survive_the_way_to_text_and_back)
{
    uint64_t state = 1;

    for (int i = 0; i < 20000; i++) {
        double value, back;
        char text[40];

        state = state * 6364136223846793005u + 1442695040888963407u;
        memcpy(&value, &state, sizeof value);
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, i % 2 ? "%.17g" : "%.12g", value);
        ck_assert_int_eq(number_parse(text, strlen(text), &back), NUMBER_OK);
        ck_assert_msg(back == strtod(text, NULL), "%s", text);
    }
}
END_TEST

START_TEST(what_is_no_number_is_not_read_as_one)
{
    static const char *const texts[] = {
        "",    " 1",  "1 ",    "+",   "-",     ".",   "e5",    "1e", "1e+",
        "0x1", "1,5", "1.2.3", "--1", "1e5.0", "one", "1_000", "NA", "nan(1)",
    };
    static const char *const infinite[] = {
        "nan", "-NaN", "inf", "+Infinity", "1e309", "-1e999999999999"};
    double value;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(number_parse(texts[i], strlen(texts[i]), &value) ==
                          NUMBER_MALFORMED,
                      "%s", texts[i]);
    for (size_t i = 0; i < sizeof infinite / sizeof infinite[0]; i++)
        ck_assert_msg(number_parse(infinite[i], strlen(infinite[i]), &value) ==
                          NUMBER_NOT_FINITE,
                      "%s", infinite[i]);
}
END_TEST

START_TEST(whole_numbers_keep_to_their_range)
{
    int64_t value;

    ck_assert_int_eq(number_parse_integer("9223372036854775807", 19, &value),
                     NUMBER_OK);
    ck_assert(value == INT64_MAX);
    ck_assert_int_eq(number_parse_integer("-9223372036854775808", 20, &value),
                     NUMBER_OK);
    ck_assert(value == INT64_MIN);
    ck_assert_int_eq(number_parse_integer("9223372036854775808", 19, &value),
                     NUMBER_MALFORMED);
    ck_assert_int_eq(number_parse_integer("1.0", 3, &value), NUMBER_MALFORMED);
    ck_assert_int_eq(number_parse_integer("-", 1, &value), NUMBER_MALFORMED);
    ck_assert_int_eq(number_parse_integer("", 0, &value), NUMBER_MALFORMED);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, numbers_are_the_nearest_doubles);
    tcase_add_test(tests, random_numbers_survive_the_way_to_text_and_back);
    tcase_add_test(tests, what_is_no_number_is_not_read_as_one);
    tcase_add_test(tests, whole_numbers_keep_to_their_range);
}

int main(void)
{
    return check_run("number", add_tests);
}
