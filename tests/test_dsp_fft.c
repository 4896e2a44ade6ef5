/*
 * test_dsp_fft.c - both transforms against the definition
 */
#include "check_run.h"

#include <ltrec/ltrec.h>

#include "dsp/fft.h"
#include "dsp/stft.h"
#include "signals.h"

static ltrec_context *ctx;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

/* |sum of x[n] w[n] e^(-2 pi i k n / size)|^2, by the definition. */
static double power_at(const float *x, const double *w, size_t size, size_t k)
{
    double re = 0, im = 0;

    for (size_t n = 0; n < size; n++) {
        double turn = (double)(k * n % size) / (double)size;

        re += (double)x[n] * w[n] * cos(SIGNALS_TWO_PI * turn);
        im += (double)x[n] * w[n] * sin(SIGNALS_TWO_PI * turn);
    }
    return re * re + im * im;
}

static const size_t sizes[] = {16,  18,  20,  24,  30,  32,  36,
                               40,  48,  50,  54,  60,  90,  250,
                               256, 270, 300, 480, 512, 750, 1024};
#define N_SIZES (int)(sizeof sizes / sizeof sizes[0])

/* Every row of a batch begins a few samples after the one before. */
#define HOP 5

START_TEST(both_transforms_are_the_one_of_the_definition)
{
    static double power[513 * LTR_LANES], single[513 * LTR_LANES];
    const size_t size = sizes[_i];
    float *x = make_noise(1024 + LTR_LANES * HOP, (uint32_t)_i);
    double *window = malloc(size * sizeof *window);
    struct ltr_stft *kiss;
    struct ltr_fft *fft;

    for (size_t i = 0; i < size; i++)
        window[i] = 0.5 - 0.5 * cos(SIGNALS_TWO_PI * (double)i / (double)size);
    ck_assert_int_eq(ltr_fft_create(ctx, size, &fft), LTREC_OK);
    ck_assert_int_eq(
        ltr_stft_create(ctx, (uint32_t)size, LTREC_PRECISION_SINGLE, &kiss),
        LTREC_OK);
    ltr_fft_power(fft, x, HOP, window, power);
    ltr_stft_power(kiss, x, HOP, LTR_LANES, single);
    for (size_t r = 0; r < LTR_LANES; r++) {
        for (size_t k = 0; k <= size / 2; k++) {
            double expected = power_at(x + r * HOP, window, size, k);

            ck_assert_double_eq_tol(power[k * LTR_LANES + r], expected,
                                    1e-12 * (expected + (double)size));
            ck_assert_double_eq_tol(single[k * LTR_LANES + r], expected,
                                    1e-5 * expected + 1e-6 * (double)size);
        }
    }
    ltr_stft_free(kiss);
    ltr_fft_free(fft);
    free(window);
    free(x);
}
END_TEST

START_TEST(sizes_that_kissfft_cannot_bear_are_not_accepted)
{
    static const uint32_t bad[] = {
        0,   2,    14,    15,           17,           22,        441,
        518, 1022, 65538, (uint32_t)-2, (uint32_t)-4, 1431655766};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(ltr_stft_accepts(bad[i]), 0);
    for (int i = 0; i < N_SIZES; i++)
        ck_assert_int_ne(ltr_stft_accepts((uint32_t)sizes[i]), 0);
    ck_assert_int_ne(ltr_stft_accepts(65536), 0);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, both_transforms_are_the_one_of_the_definition,
                        0, N_SIZES);
    tcase_add_test(tests, sizes_that_kissfft_cannot_bear_are_not_accepted);
}

int main(void)
{
    return check_run("dsp_fft", add_tests);
}
