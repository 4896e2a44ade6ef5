/*
 * test_dsp_ratios.c - which ratios our resampler makes, one after the other
 */
#include "failing_memory.h"
#include "resample_lab.h"

#include <math.h>
#include <string.h>

#include "signals.h"

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
    tcase_add_test(tests, simple_ratios_are_accepted_and_others_are_not);
    tcase_add_test(tests, any_ratio_that_is_accepted_works);
    tcase_add_test(tests, another_ratio_is_made_by_the_medium_converter);
    tcase_add_test(tests, a_stream_goes_on_when_another_cannot_begin);
    tcase_add_test(tests, one_of_the_last_four_ratios_allocates_nothing);
    tcase_add_test(tests, streams_of_changing_ratios_are_what_each_is_alone);
}

int main(void)
{
    return check_run("dsp_ratios", add_tests);
}
