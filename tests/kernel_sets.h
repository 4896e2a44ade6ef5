/*
 * kernel_sets.h - a context for each kernel set that this machine can run
 */
#ifndef KERNEL_SETS_H
#define KERNEL_SETS_H

#include <ltrec/base.h>

#define KERNEL_SETS 4 /* LTREC_KERNELS_AUTO and the named ones */

/* NULL when the CPU or the build lacks the set: nothing to test then. */
static ltrec_context *context_with(int32_t kernels, uint32_t threads)
{
    ltrec_context_options options;
    ltrec_context *ctx = NULL;

    ltrec_context_options_init(&options, sizeof options);
    options.kernels = kernels;
    options.threads = threads;
    ltrec_context_create(&options, &ctx, NULL);
    return ctx;
}

#endif /* KERNEL_SETS_H */
