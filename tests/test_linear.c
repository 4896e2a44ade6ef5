/*
 * test_linear.c - what the linear path goes by, of sound
 */
#include "check_run.h"

#include <math.h>

#include "base/context.h"
#include "base/random.h"
#include "model/model_parts.h"

#define BANDS 70 /* more than are described at a time */
#define FRAMES 30

static ltrec_context *ctx;

/* What a predictor hears is what the path was trained on. */
START_TEST(sound_is_described_as_if_it_were_standardised_first)
{
    static const size_t frames[] = {1, 7, FRAMES};
    float mel[FRAMES * BANDS], input[2 * FRAMES * BANDS];
    float mean[BANDS], scale[BANDS];
    float a[LTR_STATISTICS * BANDS], b[LTR_STATISTICS * BANDS];
    struct ltr_branch audio = {
        .n_scales = BANDS, .mean = mean, .scale = scale};
    const struct ltr_levels *levels = ltr_levels_for(ctx->cpu);
    size_t least = _i % 2 == 0 ? 1 : 2 * FRAMES;

    audio.soft_floor = _i < 2 ? 0 : 45;
    audio.net.n_in = BANDS;
    audio.net.n_trunk = 1;
    audio.net.statistics = LTR_STATISTICS;
    for (size_t i = 0; i < BANDS; i++) {
        mean[i] = -40 + 5 * ltr_random_normal(1, 1, i);
        scale[i] = i == 3 ? 0 : 0.01f + ltr_random_uniform(1, 2, i);
    }
    for (size_t i = 0; i < FRAMES * BANDS; i++)
        mel[i] = -40 + 10 * ltr_random_normal(1, 3, i);
    for (size_t i = 0; i < 3; i++) {
        size_t all = frames[i] > least ? frames[i] : least, start = 0;
        const struct ltr_windows whole = {
            .n = 1, .starts = &start, .frames = all};

        ltr_input_mel(levels, &audio, mel, frames[i], least,
                      ltr_lowest_level(mel, frames[i] * audio.n_scales),
                      input);
        ltr_linear_features(levels, &audio.net, input, all, a);
        ltr_linear_of_mel(ctx, &audio, mel, frames[i], &whole, b);
        for (size_t j = 0; j < LTR_STATISTICS * BANDS; j++)
            ck_assert_float_eq_tol(a[j], b[j], 1e-5f);
    }
}
END_TEST

/* By the definition, in doubles; what is shorter than a movement has none. */
START_TEST(statistics_are_levels_and_movements)
{
    static const size_t lengths[] = {1, 2, 4, 8, 9, 16, 17, FRAMES};
    size_t frames = lengths[_i];
    float input[FRAMES * BANDS], found[LTR_STATISTICS * BANDS];
    struct ltr_net net = {
        .n_in = BANDS, .n_trunk = 1, .statistics = LTR_STATISTICS};

    for (size_t i = 0; i < frames * BANDS; i++)
        input[i] = ltr_random_normal(2, 1, i);
    ltr_linear_features(ltr_levels_for(ctx->cpu), &net, input, frames, found);
    for (size_t c = 0; c < BANDS; c++) {
        double mean = 0, square = 0, all = (double)frames;

        for (size_t t = 0; t < frames; t++)
            mean += (double)input[t * BANDS + c] / all;
        for (size_t t = 0; t < frames; t++)
            square += pow((double)input[t * BANDS + c] - mean, 2) / all;
        ck_assert_double_eq_tol((double)found[c], mean, 1e-6);
        ck_assert_double_eq_tol((double)found[BANDS + c], sqrt(square), 1e-6);
        for (size_t i = 2; i < LTR_STATISTICS; i++) {
            size_t lag = (size_t)1 << (i - 2);
            double moved = 0;

            for (size_t t = lag; t < frames; t++)
                moved += fabs((double)input[t * BANDS + c] -
                              (double)input[(t - lag) * BANDS + c]) /
                         (double)(frames - lag);
            ck_assert_double_eq_tol((double)found[i * BANDS + c], moved, 1e-6);
        }
    }
}
END_TEST

/* Windows that share much, little and nothing, as near to each other as one
 * frame, and shorter than a movement: each as if it were alone. */
START_TEST(windows_are_described_as_if_each_were_alone)
{
    enum {
        N = 6,
        LONG = 150
    };
    static const size_t all_starts[][N] = {{0, 10, 20, 30, 40, 50},
                                           {0, 1, 2, 3, 4, 5},
                                           {0, 7, 9, 40, 41, 100},
                                           {3, 20, 37, 54, 71, 110},
                                           {0, 8, 16, 24, 32, 33}};
    static const size_t lengths[] = {1, 2, 7, 8, 9, 20, 40};
    const size_t *starts = all_starts[_i], zero = 0;
    static float mel[LONG * BANDS];
    float mean[BANDS], scale[BANDS];
    float all[N * LTR_STATISTICS * BANDS], alone[LTR_STATISTICS * BANDS];
    struct ltr_branch audio = {
        .n_scales = BANDS, .mean = mean, .scale = scale, .soft_floor = 45};

    audio.net.n_in = BANDS;
    audio.net.n_trunk = 1;
    for (size_t i = 0; i < BANDS; i++) {
        mean[i] = -40;
        scale[i] = 0.1f;
    }
    for (size_t i = 0; i < LONG * BANDS; i++)
        mel[i] = -40 + 10 * ltr_random_normal(1, 3, i);
    for (size_t i = 0; i < 2 * sizeof lengths / sizeof *lengths; i++) {
        struct ltr_windows windows = {
            .n = N, .starts = starts, .frames = lengths[i / 2]};
        struct ltr_windows one = windows;
        size_t width;

        one.n = 1;
        one.starts = &zero;
        audio.net.statistics = i % 2 == 0 ? 2 : LTR_STATISTICS;
        width = ltr_linear_size(&audio.net);
        ltr_linear_of_mel(ctx, &audio, mel, LONG, &windows, all);
        for (size_t w = 0; w < N; w++) {
            ltr_linear_of_mel(ctx, &audio, mel + starts[w] * BANDS,
                              windows.frames, &one, alone);
            for (size_t j = 0; j < width; j++)
                ck_assert_float_eq_tol(all[w * width + j], alone[j], 2e-6f);
        }
    }
}
END_TEST

/* By its definition in double; without a floor not a bit is another. */
START_TEST(a_soft_floor_lets_through_what_is_far_above_it)
{
    float before = -INFINITY;

    for (float level = -200; level <= 20; level += 0.25f) {
        double u = (double)level + 50;
        float soft = ltr_soft_level(level, 50);

        ck_assert_float_eq(ltr_soft_level(level, 0), level);
        ck_assert_double_eq_tol((double)soft, (u + sqrt(u * u + 100)) / 2 - 50,
                                1e-5);
        ck_assert_float_ge(soft, before);
        ck_assert_float_gt(soft, level < -50 ? -50 : level);
        before = soft;
    }
    ck_assert_float_eq(ltr_soft_level(-50, 50), -45);
    ck_assert_float_lt(ltr_soft_level(0, 50), 0.5f);
    ck_assert_float_lt(ltr_soft_level(-100, 50), -49.5f);
    ck_assert_float_eq(ltr_soft_level(-1e30f, 50), -50);
    ck_assert(isfinite(ltr_soft_level(1e30f, 50)));
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, statistics_are_levels_and_movements, 0, 8);
    tcase_add_loop_test(
        tests, sound_is_described_as_if_it_were_standardised_first, 0, 4);
    tcase_add_loop_test(tests, windows_are_described_as_if_each_were_alone, 0,
                        5);
    tcase_add_test(tests, a_soft_floor_lets_through_what_is_far_above_it);
}

int main(void)
{
    int failed;

    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    failed = check_run("linear", add_tests);
    ltrec_context_free(ctx);
    return failed;
}
