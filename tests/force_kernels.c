/*
 * force_kernels.c - the whole suite on a kernel set of one's choice
 *
 * Every test program is linked with this in the way of
 * ltrec_context_create().  With LTREC_TEST_KERNELS set to a number of
 * LTREC_KERNELS_..., a test that asks for no set in particular gets that one.
 */
#include <stdlib.h>
#include <string.h>

#include <ltrec/base.h>

int __real_ltrec_context_create(const ltrec_context_options *options,
                                ltrec_context **out, ltrec_error *err);
int __wrap_ltrec_context_create(const ltrec_context_options *options,
                                ltrec_context **out, ltrec_error *err);

int __wrap_ltrec_context_create(const ltrec_context_options *options,
                                ltrec_context **out, ltrec_error *err)
{
    const char *forced = getenv("LTREC_TEST_KERNELS");
    ltrec_context_options o;

    if (!forced || (options && options->size != sizeof o) ||
        (options && options->kernels != LTREC_KERNELS_AUTO))
        return __real_ltrec_context_create(options, out, err);
    ltrec_context_options_init(&o, sizeof o);
    if (options)
        o = *options;
    o.kernels = atoi(forced);
    return __real_ltrec_context_create(&o, out, err);
}
