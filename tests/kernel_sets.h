/*
 * kernel_sets.h - a context for each kernel set that this machine can run
 */
#ifndef KERNEL_SETS_H
#define KERNEL_SETS_H

#include <stdio.h>

#include <ltrec/base.h>

#define KERNEL_SETS 4 /* LTREC_KERNELS_AUTO and the named ones */

/* NULL when the CPU or the build lacks the set: nothing to test then. */
static inline ltrec_context *context_with(int32_t kernels, uint32_t threads)
{
    ltrec_context_options options;
    ltrec_context *ctx = NULL;

    ltrec_context_options_init(&options, sizeof options);
    options.kernels = kernels;
    options.threads = threads;
    ltrec_context_create(&options, &ctx, NULL);
    return ctx;
}

int __real_ltrec_context_create(const ltrec_context_options *options,
                                ltrec_context **out, ltrec_error *err);

/*
 * One with bf16 units, whatever set the suite is run with; NULL, and said so,
 * where the CPU has none.
 */
static inline ltrec_context *context_with_bf16(uint32_t threads)
{
    ltrec_context_options options;
    ltrec_context *ctx = NULL;

    ltrec_context_options_init(&options, sizeof options);
    options.threads = threads;
    __real_ltrec_context_create(&options, &ctx, NULL);
    if (ltrec_context_precision(ctx, LTREC_PRECISION_BF16) ==
        LTREC_PRECISION_BF16)
        return ctx;
    printf("skipped: this CPU has no units for bf16\n");
    ltrec_context_free(ctx);
    return NULL;
}

/* The kernel sets, and after them what works in bf16. */
#define PRECISE_SETS (KERNEL_SETS + 1)

static inline ltrec_context *context_in(int set, uint32_t threads,
                                        int32_t *precision)
{
    *precision =
        set < KERNEL_SETS ? LTREC_PRECISION_FLOAT32 : LTREC_PRECISION_BF16;
    return set < KERNEL_SETS ? context_with(set, threads)
                             : context_with_bf16(threads);
}

#endif /* KERNEL_SETS_H */
