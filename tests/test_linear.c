/*
 * test_linear.c - what the linear path goes by, of sound
 */
#include "check_run.h"

#include <math.h>

#include "base/random.h"
#include "model/model_parts.h"

#define BANDS 70 /* more than are described at a time */
#define FRAMES 30

/* What a predictor hears is what the path was trained on. */
START_TEST(sound_is_described_as_if_it_were_standardised_first)
{
    static const size_t frames[] = {1, 7, FRAMES};
    float mel[FRAMES * BANDS], input[2 * FRAMES * BANDS];
    float mean[BANDS], scale[BANDS], a[2 * BANDS], b[2 * BANDS];
    struct ltr_branch audio = {
        .n_scales = BANDS, .mean = mean, .scale = scale};
    size_t least = _i == 0 ? 1 : 2 * FRAMES;

    audio.net.n_in = BANDS;
    audio.net.n_trunk = 1;
    for (size_t i = 0; i < BANDS; i++) {
        mean[i] = -40 + 5 * ltr_random_normal(1, 1, i);
        scale[i] = i == 3 ? 0 : 0.01f + ltr_random_uniform(1, 2, i);
    }
    for (size_t i = 0; i < FRAMES * BANDS; i++)
        mel[i] = -40 + 10 * ltr_random_normal(1, 3, i);
    for (size_t i = 0; i < 3; i++) {
        size_t all = frames[i] > least ? frames[i] : least;

        ltr_input_mel(&audio, mel, frames[i], least, input);
        ltr_linear_features(&audio.net, input, all, a);
        ltr_linear_of_mel(&audio, mel, frames[i], least, b);
        for (size_t j = 0; j < 2 * BANDS; j++)
            ck_assert_float_eq_tol(a[j], b[j], 1e-5f);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(
        tests, sound_is_described_as_if_it_were_standardised_first, 0, 2);
}

int main(void)
{
    return check_run("linear", add_tests);
}
