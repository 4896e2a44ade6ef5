/*
 * test_dsp_resample.c - what our own resampler lets through, and when
 *
 * With DSP_RESAMPLE_PRINT in the environment the figures of docs/frontend.md
 * are printed.
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/context.h"
#include "dsp/resample.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "signals.h"

/* What was promised: the pass-band's end, and decibels. */
#define PASS 0.92
#define PASS_DB -95
#define STOP_DB -97

static const struct ratio {
    uint32_t from_hz, to_hz;
} ratios[] = {
    {44100, 22050}, {48000, 22050},  {32000, 22050}, {24000, 22050},
    {16000, 22050}, {88200, 22050},  {96000, 22050}, {64000, 22050},
    {11025, 22050}, {192000, 22050}, {44100, 16000}, {48000, 16000},
    {32000, 16000}, {24000, 16000},  {22050, 16000}, {88200, 16000},
    {96000, 16000}, {64000, 16000},  {8000, 16000},  {192000, 16000},
};
#define N_RATIOS (int)(sizeof ratios / sizeof ratios[0])

static ltrec_context *ctx;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

static double decibels(double part)
{
    return 20 * log10(part);
}

static double lower_of(struct ratio r)
{
    return r.from_hz < r.to_hz ? r.from_hz : r.to_hz;
}

/* How many samples n become. */
static size_t becomes(struct ratio r, size_t n)
{
    return (n * r.to_hz + r.from_hz - 1) / r.from_hz;
}

/* x[n] through a resampler, in pieces; to be freed. */
static float *through(struct ltr_resampler *resampler, struct ratio r,
                      const float *x, size_t n, size_t piece)
{
    size_t capacity = becomes(r, n) + 2 * LTR_RESAMPLER_LEAST, made = 0;
    float *out = calloc(capacity, sizeof *out);
    struct ltr_resampler_step step;

    ck_assert_int_eq(ltr_resampler_start(resampler, r.from_hz, r.to_hz),
                     LTREC_OK);
    do {
        step = (struct ltr_resampler_step){
            .in = x,
            .n_in = n < piece ? n : piece,
            .last = n <= piece,
            .out = out + made,
            .capacity = capacity - made,
        };
        ck_assert_uint_ge(step.capacity, LTR_RESAMPLER_LEAST);
        ck_assert_int_eq(ltr_resampler_run(resampler, &step), LTREC_OK);
        x += step.n_used;
        n -= step.n_used;
        made += step.n_made;
    } while (!step.last || step.n_used > 0 || step.n_made > 0);
    return out;
}

/* The same, through one of a quality that is made for it. */
static float *resampled(ltrec_context *with, struct ratio r, int32_t quality,
                        const float *x, size_t n, size_t piece)
{
    struct ltr_resampler *resampler;
    float *out;

    ck_assert_int_eq(ltr_resampler_create(with, quality, &resampler),
                     LTREC_OK);
    out = through(resampler, r, x, n, piece);
    ltr_resampler_free(resampler);
    return out;
}

static float *ours(struct ratio r, const float *x, size_t n)
{
    return resampled(ctx, r, LTREC_RESAMPLER_POLYPHASE, x, n, n);
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

/* ---- Which ratios ------------------------------------------------------- */

START_TEST(simple_ratios_are_accepted_and_others_are_not)
{
    static const struct ratio others[] = {
        {0, 22050},      {44100, 0},      {44101, 22050}, {44100, 22051},
        {768000, 22050}, {768000, 16000}, {11025, 16000},
    };

    for (int i = 0; i < N_RATIOS; i++)
        ck_assert(ltr_polyphase_accepts(ratios[i].from_hz, ratios[i].to_hz));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert(!ltr_polyphase_accepts(others[i].from_hz, others[i].to_hz));
}
END_TEST

START_TEST(any_ratio_that_is_accepted_works)
{
    float *x = make_noise(3000, 5);

    for (uint32_t to = 1; to <= 450; to += 1 + to / 7)
        for (uint32_t from = 1; from <= 1300; from += 1 + from / 5) {
            struct ratio r = {from, to};
            float *out;

            if (from == to || !ltr_resampler_accepts(from, to))
                continue;
            out = ours(r, x, 100);
            for (size_t i = 0; i < becomes(r, 100); i++)
                ck_assert_float_le(fabsf(out[i]), 2);
            free(out);
        }
    free(x);
}
END_TEST

START_TEST(another_ratio_is_made_by_the_medium_converter)
{
    struct ratio r = {44100, 22051};
    float *x = make_noise(5000, 5), *out = ours(r, x, 5000);
    float *medium = resampled(ctx, r, LTREC_RESAMPLER_MEDIUM, x, 5000, 5000);

    ck_assert_mem_eq(out, medium, becomes(r, 5000) * sizeof *out);
    free(medium);
    free(out);
    free(x);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

START_TEST(a_stream_goes_on_when_another_cannot_begin)
{
    struct failing_memory memory = {.until_failure = -1};
    float *x = make_noise(8192, 5), *expected, out[2 * LTR_RESAMPLER_LEAST];
    struct ratio r = {44100, 22050};
    struct ltr_resampler_step step = {
        .in = x, .n_in = 8192, .out = out, .capacity = LTR_RESAMPLER_LEAST};
    struct ltr_resampler *resampler;
    int status = LTREC_ERR_MEMORY;
    ltrec_context *failing;

    expected = ours(r, x, 8192);
    ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
    ltr_resampler_create(failing, LTREC_RESAMPLER_POLYPHASE, &resampler);
    for (long n = 0; status != LTREC_OK; n++) {
        memory.until_failure = -1;
        ck_assert_int_eq(ltr_resampler_start(resampler, 44100, 22050),
                         LTREC_OK);
        memory.until_failure = n;
        status = ltr_resampler_start(resampler, 48000, 16000);
        if (status == LTREC_OK)
            break;
        ck_assert_int_eq(status, LTREC_ERR_MEMORY);
        ck_assert_int_eq(ltr_resampler_run(resampler, &step), LTREC_OK);
        ck_assert_mem_eq(out, expected, step.n_made * sizeof *out);
    }
    ck_assert_uint_gt(step.n_made, 0);
    ltr_resampler_free(resampler);
    ltrec_context_free(failing);
    ck_assert_int_eq(memory.live, 0);
    free(expected);
    free(x);
}
END_TEST

/* A library of many rates, and the same ones again. */
START_TEST(one_of_the_last_four_ratios_allocates_nothing)
{
    static const uint32_t rates[] = {44100, 48000, 96000, 32000, 24000};
    struct failing_memory memory = {.until_failure = 1000000};
    struct ltr_resampler *resampler;
    ltrec_context *counted;

    ck_assert_int_eq(failing_context(&memory, &counted), LTREC_OK);
    ltr_resampler_create(counted, LTREC_RESAMPLER_POLYPHASE, &resampler);
    for (size_t n = 4; n <= 5; n++)
        for (size_t i = 0; i < 4 * n; i++) {
            long before = memory.until_failure; /* one less a block */
            int known = i >= n && n <= 4;

            ck_assert_int_eq(
                ltr_resampler_start(resampler, rates[i % n], 22050), LTREC_OK);
            if (i >= n)
                ck_assert((memory.until_failure == before) == known);
        }
    ltr_resampler_free(resampler);
    ltrec_context_free(counted);
    ck_assert_int_eq(memory.live, 0);
}
END_TEST

START_TEST(streams_of_changing_ratios_are_what_each_is_alone)
{
    static const struct ratio turns[] = {
        {44100, 22050}, {48000, 22050}, {44100, 22050}, {96000, 22050},
        {32000, 22050}, {24000, 22050}, {48000, 22050}, {44100, 22050}};
    struct ltr_resampler *resampler;
    float *x = make_sine(5000, 44100, 1000, 1);

    ck_assert_int_eq(
        ltr_resampler_create(ctx, LTREC_RESAMPLER_POLYPHASE, &resampler),
        LTREC_OK);
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        float *again = through(resampler, turns[i], x, 5000, 5000);
        float *alone = ours(turns[i], x, 5000);

        ck_assert_mem_eq(again, alone,
                         becomes(turns[i], 5000) * sizeof *again);
        free(again);
        free(alone);
    }
    ltr_resampler_free(resampler);
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
    tcase_add_test(tests, simple_ratios_are_accepted_and_others_are_not);
    tcase_add_test(tests, any_ratio_that_is_accepted_works);
    tcase_add_test(tests, another_ratio_is_made_by_the_medium_converter);
    tcase_add_test(tests, a_stream_goes_on_when_another_cannot_begin);
    tcase_add_test(tests, one_of_the_last_four_ratios_allocates_nothing);
    tcase_add_test(tests, streams_of_changing_ratios_are_what_each_is_alone);
}

int main(void)
{
    return check_run("dsp_resample", add_tests);
}
