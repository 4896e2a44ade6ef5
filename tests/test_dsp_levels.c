/*
 * test_dsp_levels.c - power becomes decibels
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

static ltrec_context *ctx;
static ltrec_frontend_options options;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ltrec_frontend_options_init(&options, sizeof options);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

#define N_POWERS 5

static const float powers[N_POWERS] = {100, 1, 1e-3f, 1e-11f, 0};

static void expect_levels(const float *expected)
{
    float x[N_POWERS];
    ltrec_frontend *frontend;

    memcpy(x, powers, sizeof x);
    options.bands = 1;
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_level(frontend, x, N_POWERS), LTREC_OK);
    for (size_t i = 0; i < N_POWERS; i++)
        ck_assert_float_eq_tol(x[i], expected[i], 1e-5f);
    ltrec_frontend_free(frontend);
}

START_TEST(levels_are_what_the_options_say)
{
    expect_levels((const float[]){0, -20, -50, -80, -80});
    options.floor_db = 0;
    expect_levels((const float[]){0, -20, -50, -120, -120});
    options.reference = LTREC_REFERENCE_ONE;
    expect_levels((const float[]){20, 0, -30, -100, -100});
    options.floor_db = 60;
    expect_levels((const float[]){20, 0, -30, -40, -40});
    options.level = LTREC_LEVEL_LOG1P;
    expect_levels((const float[]){6, 4.0000434f, 1.0413927f, 0, 0});
    options.level = LTREC_LEVEL_NONE;
    expect_levels(powers);
}
END_TEST

START_TEST(decibels_are_right_to_the_last_bit_but_one)
{
    static float x[4096], power[4096];
    uint32_t step = 0x7f7fffffu / 4096;
    ltrec_frontend *frontend;

    for (uint32_t i = 0; i < 4096; i++) { /* every magnitude there is */
        uint32_t bits = 0x7f7fffffu - (step - 1) / 2 * (i % 3) - step * i;

        memcpy(&x[i], &bits, sizeof bits);
        x[i] = fmaxf(x[i], 1e-30f);
    }
    memcpy(power, x, sizeof x);
    options.bands = 1;
    options.reference = LTREC_REFERENCE_ONE;
    options.floor_db = 0;
    options.amin = 1e-30f;
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_level(frontend, x, 4096), LTREC_OK);
    for (size_t i = 0; i < 4096; i++) {
        double expected = 10 * log10((double)power[i]);

        ck_assert_double_eq_tol((double)x[i], expected, 1e-7 * fabs(expected));
    }
    ltrec_frontend_free(frontend);
}
END_TEST

START_TEST(levels_of_silence_are_finite)
{
    static const float expected[] = {-80, -100, -100};
    ltrec_frontend *frontend;
    float x[4] = {0, 1e-12f, 0, 0};

    options.bands = 1;
    options.floor_db = _i == 0 ? 80 : 0;
    options.reference = _i == 2 ? LTREC_REFERENCE_ONE : LTREC_REFERENCE_MAX;
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_level(frontend, x, 4), LTREC_OK);
    for (size_t i = 0; i < 4; i++)
        ck_assert_float_eq(x[i], expected[_i]);
    ck_assert_int_eq(ltrec_frontend_level(frontend, NULL, 0), LTREC_OK);
    ltrec_frontend_free(frontend);
}
END_TEST

START_TEST(a_power_that_is_not_finite_is_refused)
{
    ltrec_frontend *frontend;
    float x[] = {1, NAN}, y[] = {1, INFINITY};

    options.bands = 1;
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_level(frontend, x, 2), LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_frontend_level(frontend, y, 2), LTREC_ERR_ARGUMENT);
    ck_assert_float_eq(x[0], 1);
    ck_assert_int_eq(ltrec_frontend_level(frontend, NULL, 2),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_frontend_level(frontend, x, SIZE_MAX),
                     LTREC_ERR_ARGUMENT);
    ltrec_frontend_free(frontend);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, levels_are_what_the_options_say);
    tcase_add_test(tests, decibels_are_right_to_the_last_bit_but_one);
    tcase_add_loop_test(tests, levels_of_silence_are_finite, 0, 3);
    tcase_add_test(tests, a_power_that_is_not_finite_is_refused);
}

int main(void)
{
    return check_run("dsp_levels", add_tests);
}
