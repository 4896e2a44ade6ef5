/*
 * bench_pair.h - float32 and bf16 in turn, in one run
 *
 * In one thread's processor time, unless `wall` says that several work.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include <stdbool.h>
#include <time.h>

static bool wall;
#define BENCH_CLOCK (wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID)

#include "base/context.h"
#include "base/random.h"
#include "bench.h"

#define RUNS 9

static ltrec_context *ctx;

struct times {
    double ns[2][RUNS];
    double ratio[RUNS];
};

static double median(double *values)
{
    qsort(values, RUNS, sizeof *values, bench_compare);
    return values[RUNS / 2];
}

/* Both precisions of `action(states[p])` in turn, the first time not. */
static struct times pair(void (*action)(void *state), void *const states[2])
{
    struct times t;

    for (int i = -1; i < RUNS; i++) {
        double ns[2];

        for (int p = 0; p < 2; p++) {
            double start = bench_now_ns();

            action(states[p]);
            ns[p] = bench_now_ns() - start;
        }
        if (i < 0)
            continue;
        t.ns[0][i] = ns[0];
        t.ns[1][i] = ns[1];
        t.ratio[i] = ns[0] / ns[1];
    }
    return t;
}

static float *numbers(size_t n, uint64_t stream, float density)
{
    float *x = ltr_alloc(ctx, n, sizeof *x);

    for (size_t i = 0; x && i < n; i++)
        x[i] = ltr_random_uniform(1, stream, i) < density
                   ? ltr_random_uniform(2, stream, i) - 0.5f
                   : 0;
    if (!x)
        exit(EXIT_FAILURE);
    return x;
}

static bool wants(int argc, char **argv, const char *what)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], what) == 0)
            return true;
    return false;
}

/* A context of so many threads; exits where there are no units for bf16. */
static void make_context(uint32_t threads)
{
    ltrec_context_options options;

    ltrec_context_options_init(&options, sizeof options);
    options.threads = threads;
    wall = threads > 1;
    if (ltrec_context_create(&options, &ctx, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    if (ltrec_context_precision(ctx, LTREC_PRECISION_BF16) ==
        LTREC_PRECISION_BF16)
        return;
    fprintf(stderr, "skipped: this CPU has no units for bf16\n");
    ltrec_context_free(ctx);
    exit(EXIT_SUCCESS);
}

#endif /* BENCH_PAIR_H */
