/*
 * test_dsp_fft.c - both transforms against the definition
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <kiss_fftr.h>

#include <ltrec/ltrec.h>

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

/* w[size], the Hann window */
static double *make_window(size_t size)
{
    double *w = calloc(size, sizeof *w);

    for (size_t i = 0; i < size; i++)
        w[i] = 0.5 - 0.5 * cos(SIGNALS_TWO_PI * (double)i / (double)size);
    return w;
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

/* Transform rows HOP samples apart; power[bins][rows], to be freed. */
static void *transform(const float *x, size_t size, size_t hop,
                       int32_t precision)
{
    const struct ltr_lanes *lanes = ltr_lanes_for(0, precision);
    void *power = malloc((size / 2 + 1) * lanes->rows * lanes->bytes);
    struct ltr_stft *stft;

    ck_assert_int_eq(ltr_stft_create(ctx, (uint32_t)size, precision, &stft),
                     LTREC_OK);
    ltr_stft_power(stft, x, hop, power);
    ltr_stft_free(stft);
    return power;
}

static const uint32_t sizes[] = {16,  18,  20,   24,  30,  32,  36,  40,  48,
                                 50,  54,  60,   90,  250, 256, 270, 300, 480,
                                 512, 750, 1024, 17,  21,  22,  25,  77,  127,
                                 254, 315, 441,  551, 882, 999};
#define N_SIZES (int)(sizeof sizes / sizeof sizes[0])

/* Every row of a batch begins a few samples after the one before. */
#define HOP 5

START_TEST(both_transforms_are_the_one_of_the_definition)
{
    const size_t size = sizes[_i], doubles = LTR_LANES_DOUBLE;
    const size_t singles = LTR_LANES_SINGLE;
    float *x = make_noise(size + singles * HOP, (uint32_t)_i), *single;
    double *w = make_window(size), *power;

    power = transform(x, size, HOP, LTREC_SPECTRUM_DOUBLE);
    single = transform(x, size, HOP, LTREC_SPECTRUM_SINGLE);
    for (size_t k = 0; k <= size / 2; k++)
        for (size_t r = 0; r < singles; r++) {
            double expected = power_at(x + r * HOP, w, size, k);

            if (r < doubles)
                ck_assert_double_eq_tol(power[k * doubles + r], expected,
                                        1e-12 * (expected + (double)size));
            ck_assert_double_eq_tol(single[k * singles + r], expected,
                                    1e-5 * expected + 1e-6 * (double)size);
        }
    free(single);
    free(power);
    free(w);
    free(x);
}
END_TEST

/* KissFFT is single precision, and so is the error that is allowed. */
START_TEST(large_transforms_are_those_of_kissfft)
{
    static const uint32_t large[] = {2048, 4096, 6000, 8192, 16384, 65536};
    const size_t size = large[_i];
    kiss_fftr_cfg plan = kiss_fftr_alloc((int)size, 0, NULL, NULL);
    kiss_fft_cpx *bins = malloc((size / 2 + 1) * sizeof *bins);
    size_t rows[] = {LTR_LANES_DOUBLE, LTR_LANES_SINGLE};
    float *x = make_noise(size + 16 * HOP, 1), *frame = malloc(size * 4);
    double *w = make_window(size), *power;
    float *single;

    power = transform(x, size, HOP, LTREC_SPECTRUM_DOUBLE);
    single = transform(x, size, HOP, LTREC_SPECTRUM_SINGLE);
    for (size_t r = 0; r < rows[0]; r++) {
        for (size_t i = 0; i < size; i++)
            frame[i] = (float)((double)x[r * HOP + i] * w[i]);
        kiss_fftr(plan, frame, bins);
        for (size_t k = 0; k <= size / 2; k++) {
            double re = bins[k].r, im = bins[k].i, kiss = re * re + im * im;
            double allowed = 2e-5 * kiss + 1e-6 * (double)size;

            ck_assert_double_eq_tol(power[k * rows[0] + r], kiss, allowed);
            ck_assert_double_eq_tol(single[k * rows[1] + r], kiss, allowed);
        }
    }
    kiss_fftr_free(plan);
    free(bins);
    free(frame);
    free(single);
    free(power);
    free(w);
    free(x);
}
END_TEST

START_TEST(a_row_has_the_same_bits_in_every_lane)
{
    static const uint32_t some[] = {18, 32, 64, 480, 441, 1024, 2048};
    const size_t size = some[_i];

    for (int32_t precision = 0; precision < 2; precision++) {
        const struct ltr_lanes *lanes = ltr_lanes_for(0, precision);
        float *x = make_noise(size, 3);
        char *power = transform(x, size, 0, precision);

        for (size_t i = 0; i < (size / 2 + 1) * lanes->rows; i++)
            ck_assert_mem_eq(power + i * lanes->bytes,
                             power +
                                 i / lanes->rows * lanes->rows * lanes->bytes,
                             lanes->bytes);
        free(power);
        free(x);
    }
}
END_TEST

START_TEST(sizes_out_of_range_or_with_large_factors_are_not_accepted)
{
    static const uint32_t bad[] = {
        0,    2,     14,    15,           131,          262,       1031,
        4621, 65521, 65538, (uint32_t)-2, (uint32_t)-4, 1431655766};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(ltr_stft_accepts(bad[i]), 0);
    for (int i = 0; i < N_SIZES; i++)
        ck_assert_int_ne(ltr_stft_accepts(sizes[i]), 0);
    ck_assert_int_ne(ltr_stft_accepts(65536), 0);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, both_transforms_are_the_one_of_the_definition,
                        0, N_SIZES);
    tcase_add_loop_test(tests, large_transforms_are_those_of_kissfft, 0, 6);
    tcase_add_loop_test(tests, a_row_has_the_same_bits_in_every_lane, 0, 7);
    tcase_add_test(tests,
                   sizes_out_of_range_or_with_large_factors_are_not_accepted);
}

int main(void)
{
    return check_run("dsp_fft", add_tests);
}
