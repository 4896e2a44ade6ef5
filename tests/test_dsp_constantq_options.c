/*
 * test_dsp_constantq_options.c - which constant-Q rows there are, and which
 * there are not
 */
#include "failing_memory.h"
#include "constantq_lab.h"

#include <math.h>
#include <string.h>

#include "signals.h"

static ltrec_error err;

/* ---- Options ------------------------------------------------------------ */

static void refuses(const char *says)
{
    ltrec_frontend *frontend;

    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_msg(strstr(err.message, says) != NULL, "%s: %s", says,
                  err.message);
    reset_options();
}

START_TEST(options_that_cannot_be_are_refused_by_name)
{
    static const float lows[] = {0, -1, NAN, INFINITY, 33};

    for (size_t i = 0; i < sizeof lows / sizeof lows[0]; i++) {
        options.fmin_hz = lows[i];
        refuses("fmin_hz");
    }
    options.bands_per_octave = 0;
    refuses("bands_per_octave");
    options.bands_per_octave = 97;
    refuses("bands_per_octave");
    options.hop = 64;
    refuses("hop is 64");
    options.hop = 0;
    refuses("hop is 0");
    options.hop = 131072;
    refuses("hop is 131072");
    options.bands = 0;
    refuses("bands is 0");
    options.bands = 97;
    refuses("highest band");
    options.transform = 2;
    refuses("transform is 2");
    options.rate_hz = 768000;
    refuses("samples long");
}
END_TEST

/* What the transform does not look at does not tell front ends apart. */
START_TEST(what_is_not_looked_at_makes_no_difference)
{
    ltrec_frontend *frontend = make_on(ctx), *same;
    ltrec_frontend_options found;

    ltrec_frontend_options_get(frontend, &found, sizeof found);
    ck_assert_int_eq(found.transform, LTREC_TRANSFORM_CONSTANT_Q);
    ck_assert_uint_eq(found.bands_per_octave, 12);
    ck_assert_uint_eq(found.window, 0);
    ck_assert_float_eq_tol(found.fmax_hz, 8372.018f, 1e-2f);
    options = found;
    options.window = 2048;
    options.scale = LTREC_MEL_HTK;
    options.norm = LTREC_NORM_NONE;
    options.fmax_hz = 0;
    options.centred = 0;
    same = make_on(ctx);
    ck_assert_uint_eq(ltrec_frontend_version(frontend),
                      ltrec_frontend_version(same));
    ltrec_frontend_free(same);
    options.bands_per_octave = 13;
    same = make_on(ctx);
    ck_assert_uint_ne(ltrec_frontend_version(frontend),
                      ltrec_frontend_version(same));
    ltrec_frontend_free(same);
    ltrec_frontend_free(frontend);
}
END_TEST

/* The lowest octave may be a part of one. */
START_TEST(shapes_of_every_kind_work)
{
    static const struct {
        uint32_t bands, per_octave, hop, rate_hz;
        float fmin_hz;
    } shapes[] = {
        {96, 12, 128, RATE, 32.7f},    {1, 12, 1, RATE, 1000},
        {7, 12, 513, RATE, 1000},      {90, 12, 256, RATE, 32.7f},
        {190, 24, 1024, RATE, 32.7f},  {24, 3, 128, RATE, 29},
        {8, 1, 128, RATE, 30},         {84, 12, 512, 16000, 32.7f},
        {84, 12, 65536, 44100, 65.4f}, {96, 96, 100, 8000, 1000},
    };
    float *pcm = make_noise(RATE, 5);

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int32_t precision = 0; precision < 2; precision++) {
            size_t n;

            options.bands = shapes[i].bands;
            options.bands_per_octave = shapes[i].per_octave;
            options.hop = shapes[i].hop;
            options.rate_hz = shapes[i].rate_hz;
            options.fmin_hz = shapes[i].fmin_hz;
            options.precision = precision;
            n = rows_of(options.rate_hz, pcm, 4000, rows);
            ck_assert_uint_eq(n, 1 + 4000 / options.hop);
            for (size_t j = 0; j < n * options.bands; j++)
                ck_assert(rows[j] > 0 && isfinite(rows[j]));
        }
    free(pcm);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

static int make_and_start(struct failing_memory *memory)
{
    long until = memory->until_failure;
    ltrec_frontend *frontend = NULL;
    ltrec_context *failing;
    int status;

    memory->until_failure = -1;
    ck_assert_int_eq(failing_context(memory, &failing), LTREC_OK);
    memory->until_failure = until;
    status = ltrec_frontend_create(failing, &options, &frontend, NULL);
    if (status == LTREC_OK)
        status = ltrec_frontend_start(frontend, 44100, 1, NULL);
    ltrec_frontend_free(frontend);
    ltrec_context_free(failing);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    options.resampler = LTREC_RESAMPLER_NONE;
    ck_assert_int_gt(fail_each_allocation(make_and_start, 100), 15);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_that_cannot_be_are_refused_by_name);
    tcase_add_test(tests, what_is_not_looked_at_makes_no_difference);
    tcase_add_test(tests, shapes_of_every_kind_work);
    tcase_add_test(tests, every_allocation_may_fail);
}

int main(void)
{
    return check_run("dsp_constantq_options", add_tests);
}
