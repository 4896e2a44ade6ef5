/*
 * test_levels.c - the loops over levels: the same bits from every set
 */
#include "check_run.h"

#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "kernel_sets.h"
#include "model/model_parts.h"

#define MOST 70 /* more than two vectors of any set */
#define FRAMES 45
#define HISTORY 8
#define SLACK 3 /* behind a row, and not to be touched */

/* Run `test(levels)` for every set that this machine has. */
static void for_each(void (*test)(const struct ltr_levels *))
{
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *ctx = context_with(set, 1);

        if (ctx)
            test(ltr_levels_for(ctx->cpu));
        ltrec_context_free(ctx);
    }
}

static void soften(const struct ltr_levels *levels)
{
    static const float far[] = {1e30f, -1e30f, 2e6f, -2e6f, -50, -0.0f, 0};
    float x[MOST + 1], found[MOST + 1];

    for (size_t n = 0; n <= MOST; n++) {
        for (size_t i = 0; i <= n; i++)
            x[i] = i < 7 ? far[i] : -50 + 30 * ltr_random_normal(1, n, i);
        found[n] = 7;
        levels->soften(found, x, n, 50);
        for (size_t i = 0; i < n; i++) {
            float wanted = ltr_soft_level(x[i], 50);

            ck_assert_mem_eq(&found[i], &wanted, sizeof wanted);
        }
        ck_assert_float_eq(found[n], 7);
        levels->soften(x, x, n, 50);
        ck_assert_mem_eq(x, found, n * sizeof *x);
    }
}

START_TEST(rows_are_softened_as_each_level_is)
{
    for_each(soften);
}
END_TEST

static void add(const struct ltr_levels *levels)
{
    enum {
        STRIDE = MOST + SLACK
    };
    static float x[(HISTORY + FRAMES) * STRIDE];
    double found[LTR_STATISTICS * STRIDE], wanted[LTR_STATISTICS * STRIDE];

    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = -40 + 10 * ltr_random_normal(2, 1, i);
    for (size_t n = 0; n <= MOST; n++)
        for (size_t n_lags = 0; n_lags <= LTR_STATISTICS - 2; n_lags++) {
            size_t frames = n % 2 == 0 ? n / 2 : FRAMES - n / 2;

            for (size_t i = 0; i < LTR_STATISTICS * STRIDE; i++)
                wanted[i] = found[i] = (double)i;
            ltr_levels_portable.add(wanted, STRIDE, x + HISTORY * STRIDE,
                                    STRIDE, frames, n, n_lags);
            levels->add(found, STRIDE, x + HISTORY * STRIDE, STRIDE, frames, n,
                        n_lags);
            ck_assert_mem_eq(found, wanted, sizeof found);
        }
}

START_TEST(sums_are_the_same_to_the_bit)
{
    for_each(add);
}
END_TEST

/* Of channels alone, too: what a vector is not filled with. */
START_TEST(a_channel_does_not_depend_on_its_neighbours)
{
    static float x[(HISTORY + FRAMES) * MOST];

    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = -40 + 10 * ltr_random_normal(2, 1, i);
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *ctx = context_with(set, 1);
        double all[LTR_STATISTICS * MOST] = {0};

        if (!ctx)
            continue;
        ltr_levels_for(ctx->cpu)->add(all, MOST, x + HISTORY * MOST, MOST,
                                      FRAMES, MOST, LTR_STATISTICS - 2);
        for (size_t c = 0; c < MOST; c++) {
            double one[LTR_STATISTICS] = {0};

            ltr_levels_for(ctx->cpu)->add(one, 1, x + HISTORY * MOST + c, MOST,
                                          FRAMES, 1, LTR_STATISTICS - 2);
            for (size_t i = 0; i < LTR_STATISTICS; i++)
                ck_assert_mem_eq(&one[i], &all[i * MOST + c], sizeof one[i]);
        }
        ltrec_context_free(ctx);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, rows_are_softened_as_each_level_is);
    tcase_add_test(tests, sums_are_the_same_to_the_bit);
    tcase_add_test(tests, a_channel_does_not_depend_on_its_neighbours);
}

int main(void)
{
    return check_run("levels", add_tests);
}
