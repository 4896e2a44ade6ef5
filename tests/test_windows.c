/*
 * test_windows.c - windows of one sequence, and the whole of one, against a
 * pass over each alone
 */
#include "check_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "nn/net.h"

#define BANDS 3
#define N_OUT 4
#define N_POOLED 15
#define MOST_WINDOWS 9

/* Which layer ends the trunk, and may be another one. */
enum {
    END = 7
};

static const struct ltr_layer layers[] = {
    {.kind = LTR_CONV, .size = 10, .taps = 3},
    {.kind = LTR_RELU},
    {.kind = LTR_MAX_POOL, .size = 3},
    {.kind = LTR_CONV, .size = 7, .taps = 4},
    {.kind = LTR_RELU},
    {.kind = LTR_MAX_POOL, .size = 2},
    {.kind = LTR_CONV, .size = 5, .taps = 2},
    [END] = {.kind = LTR_GLOBAL_POOL},
    {.kind = LTR_DENSE, .size = 6},
    {.kind = LTR_RELU},
    {.kind = LTR_DENSE, .size = N_OUT},
};

static struct ltr_net net;
static float *parameters;

static void build(struct ltr_layer end)
{
    struct ltr_layer mine[sizeof layers / sizeof layers[0]];

    memcpy(mine, layers, sizeof mine);
    mine[END] = end;
    ck_assert_int_eq(
        ltr_net_build(&net, BANDS, mine, sizeof mine / sizeof mine[0]),
        LTREC_OK);
    free(parameters);
    parameters = malloc(net.n_parameters * sizeof *parameters);
    ltr_net_initialise(&net, 3, parameters);
}

static void setup(void)
{
    build(layers[END]);
}

static void teardown(void)
{
    free(parameters);
    parameters = NULL;
}

/* Frame t of an endless sequence. */
static void fill(void *arg, size_t start, size_t frames, float *to)
{
    (void)arg;
    for (size_t i = 0; i < frames * BANDS; i++)
        to[i] = ltr_random_normal(5, 0, start * BANDS + i);
}

static void compare(ltrec_context *ctx, int32_t precision,
                    const struct ltr_windows *w)
{
    size_t span = w->starts[w->n - 1] - w->starts[0] + w->frames;
    size_t pooled = ltr_net_pooled(&net);
    struct ltr_pass *windowed, *alone;
    const float *out;

    ck_assert_int_eq(
        ltr_pass_create_windows(ctx, &net, w->n, span, precision, &windowed),
        LTREC_OK);
    ck_assert_int_eq(
        ltr_pass_create(ctx, &net, 1, w->frames, 0, precision, &alone),
        LTREC_OK);
    ltr_pass_hold(windowed, parameters);
    ltr_pass_hold(alone, parameters);
    out = ltr_pass_windows(windowed, parameters, w);
    for (size_t i = 0; i < w->n; i++) {
        fill(NULL, w->starts[i], w->frames, ltr_pass_input(alone, 0));
        ck_assert_mem_eq(
            out + i * N_OUT,
            ltr_pass_forward(alone, parameters, 1, &w->frames, NULL),
            N_OUT * sizeof *out);
        ck_assert_mem_eq(ltr_pass_pooled(windowed) + i * pooled,
                         ltr_pass_pooled(alone), pooled * sizeof *out);
    }
    ltr_pass_free(windowed);
    ltr_pass_free(alone);
}

static void compare_windows(int set)
{
    size_t stride = ltr_net_stride(&net), starts[MOST_WINDOWS];

    ck_assert_uint_eq(stride, 6);
    for (uint32_t threads = 1; threads <= 4; threads += 1) {
        int32_t precision;
        ltrec_context *ctx = context_in(set, threads, &precision);

        if (!ctx)
            return;
        for (size_t n = 1; n <= MOST_WINDOWS; n += 4)
            for (size_t step = 1; step <= 60; step += 59)
                for (size_t more = 0; more < 500; more += 83) {
                    struct ltr_windows w = {n, starts,
                                            ltr_net_least_frames(&net) + more,
                                            fill, NULL};

                    for (size_t i = 0; i < n; i++)
                        starts[i] = 11 + i * step * stride;
                    compare(ctx, precision, &w);
                }
        ltrec_context_free(ctx);
    }
}

START_TEST(each_window_gives_the_bits_it_gives_alone)
{
    compare_windows(_i);
}
END_TEST

START_TEST(each_window_is_flattened_to_the_bits_it_gives_alone)
{
    build((struct ltr_layer){.kind = LTR_FLATTEN, .size = 3});
    compare_windows(_i);
}
END_TEST

START_TEST(frames_for_and_frames_left_undo_each_other)
{
    for (size_t left = 1; left < 50; left++) {
        size_t frames = ltr_net_frames_for(&net, left);

        ck_assert_uint_eq(ltr_net_frames_left(&net, frames), left);
        ck_assert_uint_eq(ltr_net_frames_left(&net, frames - 1), left - 1);
    }
    ck_assert_uint_eq(ltr_net_frames_for(&net, 1), ltr_net_least_frames(&net));
}
END_TEST

/* ---- As a whole --------------------------------------------------------- */

static void hear_alone(ltrec_context *ctx, int32_t precision, size_t frames,
                       float *out, float *pooled)
{
    struct ltr_pass *alone;

    ck_assert_int_eq(
        ltr_pass_create(ctx, &net, 1, frames, 0, precision, &alone), LTREC_OK);
    ltr_pass_hold(alone, parameters);
    fill(NULL, 11, frames, ltr_pass_input(alone, 0));
    memcpy(out, ltr_pass_forward(alone, parameters, 1, &frames, NULL),
           N_OUT * sizeof *out);
    memcpy(pooled, ltr_pass_pooled(alone), N_POOLED * sizeof *pooled);
    ltr_pass_free(alone);
}

static void check_near(const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_double_eq_tol((double)a[i], (double)b[i], 1e-5);
}

/* Lengths in no order, so that each comes after longer and shorter ones. */
static const size_t lengths[] = {379, 5000,  1,   384, 385, 37,   378,
                                 763, 20011, 769, 2,   780, 2500, 8000};
#define N_LENGTHS (sizeof lengths / sizeof lengths[0])

static void compare_whole(ltrec_context *ctx, int32_t precision,
                          struct ltr_pass *pass, size_t frames, float *out)
{
    static const size_t start = 11;
    struct ltr_windows w = {1, &start, frames, fill, NULL};
    float alone[N_OUT], pooled[N_POOLED];

    memcpy(out, ltr_pass_whole(pass, parameters, &w), sizeof alone);
    hear_alone(ctx, precision, frames, alone, pooled);
    if (ltr_net_frames_left(&net, frames) <= LTR_WHOLE_BLOCK) {
        ck_assert_mem_eq(out, alone, sizeof alone);
        ck_assert_mem_eq(ltr_pass_pooled(pass), pooled, sizeof pooled);
    } else {
        check_near(out, alone, N_OUT);
        check_near(ltr_pass_pooled(pass), pooled, N_POOLED);
    }
}

START_TEST(a_whole_sequence_gives_what_a_pass_over_it_gives)
{
    float first[N_LENGTHS][N_OUT];

    ck_assert_uint_eq(ltr_net_pooled(&net), N_POOLED);
    for (uint32_t threads = 1; threads <= 4; threads++) {
        int32_t precision;
        ltrec_context *ctx = context_in(_i, threads, &precision);
        struct ltr_pass *pass;

        if (!ctx)
            return;
        ck_assert_int_eq(ltr_pass_create_whole(ctx, &net, precision, &pass),
                         LTREC_OK);
        ltr_pass_hold(pass, parameters);
        for (size_t i = 0; i < N_LENGTHS; i++) {
            size_t frames = ltr_net_least_frames(&net) - 1 + lengths[i];
            float out[N_OUT];

            compare_whole(ctx, precision, pass, frames, out);
            if (threads == 1)
                memcpy(first[i], out, sizeof out);
            ck_assert_mem_eq(first[i], out, sizeof out);
        }
        ltr_pass_free(pass);
        ltrec_context_free(ctx);
    }
}
END_TEST

static int make_pass(struct failing_memory *memory)
{
    ltrec_context *ctx;
    struct ltr_pass *pass = NULL;
    int status = failing_context(memory, &ctx);

    if (status != LTREC_OK)
        return status;
    status = ltr_pass_create_windows(ctx, &net, 3, 400,
                                     LTREC_PRECISION_FLOAT32, &pass);
    ck_assert((pass != NULL) == (status == LTREC_OK));
    ltr_pass_free(pass);
    ltrec_context_free(ctx);
    return status;
}

static int make_whole_pass(struct failing_memory *memory)
{
    ltrec_context *ctx;
    struct ltr_pass *pass = NULL;
    int status = failing_context(memory, &ctx);

    if (status != LTREC_OK)
        return status;
    status = ltr_pass_create_whole(ctx, &net, LTREC_PRECISION_FLOAT32, &pass);
    ck_assert((pass != NULL) == (status == LTREC_OK));
    ltr_pass_free(pass);
    ltrec_context_free(ctx);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    ck_assert_int_gt(fail_each_allocation(make_pass, 100), 10);
    ck_assert_int_gt(fail_each_allocation(make_whole_pass, 100), 10);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_window_gives_the_bits_it_gives_alone, 0,
                        PRECISE_SETS);
    tcase_add_loop_test(tests,
                        each_window_is_flattened_to_the_bits_it_gives_alone, 0,
                        PRECISE_SETS);
    tcase_add_test(tests, frames_for_and_frames_left_undo_each_other);
    tcase_add_loop_test(tests,
                        a_whole_sequence_gives_what_a_pass_over_it_gives, 0,
                        PRECISE_SETS);
    tcase_add_test(tests, every_allocation_may_fail);
}

int main(void)
{
    return check_run("windows", add_tests);
}
