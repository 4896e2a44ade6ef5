/*
 * test_pool.c - loops over threads, and what a call leaves of the host's
 */
#include "check_run.h"

#include <fenv.h>
#include <float.h>
#include <pthread.h>

#include "base/context.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "kernel_sets.h"

#define PASSES 1000

struct counts {
    ltrec_context *ctx;
    int passes[PASSES];
    size_t most_workers;
};

static void count(void *arg, size_t i, size_t worker)
{
    struct counts *c = arg;

    ck_assert_uint_lt(worker, c->most_workers);
    c->passes[i]++;
}

START_TEST(every_pass_runs_once_at_any_thread_count)
{
    static const uint32_t threads[] = {1, 2, 4, 7};
    struct counts c = {.ctx = context_with(0, threads[_i])};

    c.most_workers = ltr_workers(c.ctx);
    ck_assert_uint_eq(ltrec_context_threads(c.ctx), c.most_workers);
    for (int round = 1; round <= 50; round++) {
        ltr_parallel(c.ctx, PASSES, count, &c);
        for (size_t i = 0; i < PASSES; i++)
            ck_assert_int_eq(c.passes[i], round);
    }
    ltr_parallel(c.ctx, 0, count, &c);
    ltrec_context_free(c.ctx);
}
END_TEST

static void start_another(void *arg, size_t i, size_t worker)
{
    struct counts *c = arg;

    (void)worker;
    if (i == 0)
        ltr_parallel(c->ctx, PASSES, count, c);
}

START_TEST(a_loop_inside_a_loop_is_no_deadlock)
{
    struct counts c = {.ctx = context_with(0, 2)};

    c.most_workers = ltr_workers(c.ctx);
    ltr_parallel(c.ctx, 2, start_another, &c);
    for (size_t i = 0; i < PASSES; i++)
        ck_assert_int_eq(c.passes[i], 1);
    ltrec_context_free(c.ctx);
}
END_TEST

static void *loop_from_another_thread(void *arg)
{
    struct counts c = {.ctx = arg};

    c.most_workers = ltr_workers(c.ctx);
    for (int round = 0; round < 200; round++)
        ltr_parallel(c.ctx, PASSES, count, &c);
    for (size_t i = 0; i < PASSES; i++)
        if (c.passes[i] != 200)
            return arg;
    return NULL;
}

START_TEST(one_context_serves_several_threads)
{
    ltrec_context *ctx = context_with(0, 2);
    pthread_t threads[4];
    void *failed;

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, loop_from_another_thread, ctx);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    ltrec_context_free(ctx);
}
END_TEST

static void halve(void *arg, size_t i, size_t worker)
{
    volatile float *values = arg;

    (void)worker;
    values[i] = values[i] * 0.5f;
}

START_TEST(denormals_are_zero_inside_a_loop_and_alive_outside)
{
    ltrec_context *ctx = context_with(0, 2);
    float values[8];
    volatile float outside;

    for (int i = 0; i < 8; i++)
        values[i] = FLT_MIN;
    ltr_parallel(ctx, 8, halve, values);
#if defined(__SSE2__) || defined(__aarch64__)
    for (int i = 0; i < 8; i++)
        ck_assert(values[i] == 0);
#endif
    outside = FLT_MIN;
    outside = outside * 0.5f;
    ck_assert(outside > 0);
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(the_rounding_mode_of_the_host_comes_back)
{
    ltr_fpu saved;

    fesetround(FE_UPWARD);
    saved = ltr_flush_begin();
    ltr_flush_end(saved);
    ck_assert_int_eq(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, every_pass_runs_once_at_any_thread_count, 0, 4);
    tcase_add_test(tests, a_loop_inside_a_loop_is_no_deadlock);
    tcase_add_test(tests, one_context_serves_several_threads);
    tcase_add_test(tests, denormals_are_zero_inside_a_loop_and_alive_outside);
    tcase_add_test(tests, the_rounding_mode_of_the_host_comes_back);
}

int main(void)
{
    return check_run("pool", add_tests);
}
