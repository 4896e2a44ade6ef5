/*
 * test_dsp_resample.c - what our own resampler lets through, and when
 *
 * With DSP_RESAMPLE_PRINT in the environment the figures of docs/frontend.md
 * are printed.
 */
#include "kernel_sets.h"
#include "resample_lab.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "signals.h"

/* What was promised: the pass-band's end, and decibels. */
#define PASS 0.92
#define PASS_DB -95
#define STOP_DB -97

static double decibels(double part)
{
    return 20 * log10(part);
}

static double lower_of(struct ratio r)
{
    return r.from_hz < r.to_hz ? r.from_hz : r.to_hz;
}

/* ---- What it lets through ----------------------------------------------- */

/*
 * The largest of what becomes of a tone of amplitude 1, away from the ends;
 * less the tone itself when that is to pass.
 */
static double left_of(struct ltr_resampler *resampler, struct ratio r,
                      double hz, int passes)
{
    size_t n = r.from_hz / 8, n_made = becomes(r, n);
    float *x = make_sine(n, r.from_hz, hz, 1);
    float *out = through(resampler, r, x, n, n);
    double most = 0;

    for (size_t i = n_made / 4; i < 3 * n_made / 4; i++) {
        double turn = hz * (double)i / r.to_hz;
        double tone = passes ? sin(SIGNALS_TWO_PI * turn) : 0;

        most = fmax(most, fabs((double)out[i] - tone));
    }
    free(out);
    free(x);
    return most;
}

START_TEST(tones_pass_in_the_band_and_none_beyond_it)
{
    struct ratio r = ratios[_i];
    double edge = lower_of(r) / 2, top = r.from_hz / 2.0;
    double pass = 0, stop = 0;
    struct ltr_resampler *resampler;

    ck_assert_int_eq(
        ltr_resampler_create(ctx, LTREC_RESAMPLER_POLYPHASE, &resampler),
        LTREC_OK);
    for (int i = 1; i <= 40; i++)
        pass = fmax(pass, left_of(resampler, r, PASS * edge * i / 40, 1));
    /* Close together where the filter's first lobes are. */
    for (int i = 0; i < 40 && top > edge; i++) {
        double part = (double)i * i / (39 * 39);

        stop =
            fmax(stop, left_of(resampler, r, edge + (top - edge) * part, 0));
    }
    ltr_resampler_free(resampler);
    if (getenv("DSP_RESAMPLE_PRINT")) {
        printf("%u to %u Hz: pass-band within %.1f dB", r.from_hz, r.to_hz,
               decibels(pass));
        printf(top > edge ? ", stop-band %.1f dB\n" : "\n", decibels(stop));
        fflush(stdout);
    }
    ck_assert_double_le(decibels(pass), PASS_DB);
    if (top > edge)
        ck_assert_double_le(decibels(stop), STOP_DB);
}
END_TEST

START_TEST(a_click_stays_where_it_is_and_rings_alike_both_ways)
{
    struct ratio r = ratios[_i];
    size_t n = r.from_hz / 5 * 2, middle = r.to_hz / 5;
    float *x = calloc(n, sizeof *x), *out;

    x[r.from_hz / 5] = 1;
    out = ours(r, x, n);
    ck_assert_float_gt(out[middle], 0);
    for (size_t i = 1; i <= middle; i++) {
        ck_assert_float_eq_tol(out[middle + i], out[middle - i], 1e-7f);
        ck_assert_float_lt(fabsf(out[middle + i]), out[middle]);
    }
    free(out);
    free(x);
}
END_TEST

/* Tones all over the pass-band; to be freed. */
static float *make_chord(struct ratio r, size_t n)
{
    float *x = calloc(n, sizeof *x);

    for (int tone = 1; tone <= 30; tone++) {
        double hz = PASS * lower_of(r) / 2 * tone / 30;
        float *one = make_sine(n, r.from_hz, hz, 1.0 / 30);

        for (size_t i = 0; i < n; i++)
            x[i] += one[i];
        free(one);
    }
    return x;
}

START_TEST(it_agrees_with_the_best_of_libsamplerate)
{
    struct ratio r = ratios[_i];
    size_t n = r.from_hz / 8, n_made = becomes(r, n);
    float *x = make_chord(r, n), *out = ours(r, x, n);
    float *best = resampled(ctx, r, LTREC_RESAMPLER_BEST, x, n, n);
    double apart = 0, most = 0;

    for (size_t i = n_made / 4; i < 3 * n_made / 4; i++) {
        apart = fmax(apart, fabs((double)out[i] - (double)best[i]));
        most = fmax(most, fabs((double)best[i]));
    }
    if (getenv("DSP_RESAMPLE_PRINT")) {
        printf("%u to %u Hz: %.1f dB from libsamplerate's best\n", r.from_hz,
               r.to_hz, decibels(apart / most));
        fflush(stdout);
    }
    ck_assert_double_le(decibels(apart / most), PASS_DB);
    free(best);
    free(out);
    free(x);
}
END_TEST

/* ---- How it is fed ------------------------------------------------------ */

START_TEST(pieces_of_any_size_give_the_same_bits)
{
    static const size_t pieces[] = {1, 37, 1024, 50000};
    static const size_t lengths[] = {1, 2, 1000, 100003};
    struct ratio r = ratios[_i];
    float *x = make_noise(100003, (uint32_t)_i);
    struct ltr_resampler *resampler;

    ck_assert_int_eq(
        ltr_resampler_create(ctx, LTREC_RESAMPLER_POLYPHASE, &resampler),
        LTREC_OK);
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        size_t n_made = becomes(r, lengths[l]);
        float *whole = through(resampler, r, x, lengths[l], lengths[l]);

        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            float *chopped = through(resampler, r, x, lengths[l], pieces[i]);

            ck_assert_mem_eq(whole, chopped, n_made * sizeof *whole);
            free(chopped);
        }
        free(whole);
    }
    ltr_resampler_free(resampler);
    free(x);
}
END_TEST

START_TEST(every_kernel_set_makes_the_same_to_rounding)
{
    struct ratio r = ratios[_i];
    size_t n = 20000, n_made = becomes(r, n);
    float *x = make_noise(n, 3);
    ltrec_context *plain = context_with(LTREC_KERNELS_PORTABLE, 1);
    float *expected =
        resampled(plain, r, LTREC_RESAMPLER_POLYPHASE, x, n, 1024);

    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *with = context_with(set, 1);
        float *out;

        if (!with)
            continue;
        out = resampled(with, r, LTREC_RESAMPLER_POLYPHASE, x, n, 1024);
        for (size_t i = 0; i < n_made; i++)
            ck_assert_float_eq_tol(out[i], expected[i], 1e-6f);
        free(out);
        ltrec_context_free(with);
    }
    free(expected);
    ltrec_context_free(plain);
    free(x);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, tones_pass_in_the_band_and_none_beyond_it, 0,
                        N_RATIOS);
    tcase_add_loop_test(tests,
                        a_click_stays_where_it_is_and_rings_alike_both_ways, 0,
                        N_RATIOS);
    tcase_add_loop_test(tests, it_agrees_with_the_best_of_libsamplerate, 0,
                        N_RATIOS);
    tcase_add_loop_test(tests, pieces_of_any_size_give_the_same_bits, 0,
                        N_RATIOS);
    tcase_add_loop_test(tests, every_kernel_set_makes_the_same_to_rounding, 0,
                        N_RATIOS);
}

int main(void)
{
    return check_run("dsp_resample", add_tests);
}
