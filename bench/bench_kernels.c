/*
 * bench_kernels.c - the inner loops on data that is in the cache
 *
 * dot_rows_D_SET is the dot products of rows of D floats with one query.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/context.h"
#include "bench.h"
#include "math/kernels.h"

#define ROWS 64
#define MOST_DIM 512
#define REPEATS 16 /* so that the clock is not what is measured */

struct dots {
    const struct ltr_kernels *kernels;
    size_t dim;
    float rows[ROWS * MOST_DIM], query[MOST_DIM], out[ROWS];
};

static void dot_rows(void *state)
{
    struct dots *d = state;

    for (int i = 0; i < REPEATS; i++)
        d->kernels->dot_rows(d->out, d->rows, ROWS, d->query, d->dim);
}

int main(void)
{
    static const size_t dims[] = {40, 64, 100, 128, 200, 512};
    static struct dots d;
    ltrec_context_options options;
    ltrec_context *ctx;
    char name[64];

    ltrec_context_options_init(&options, sizeof options);
    for (options.kernels = LTREC_KERNELS_PORTABLE;
         options.kernels <= LTREC_KERNELS_AVX512; options.kernels++) {
        if (ltrec_context_create(&options, &ctx, NULL) != LTREC_OK)
            continue; /* not on this CPU */
        d.kernels = ltr_kernels_for(ctx->cpu);
        for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
            d.dim = dims[i];
            snprintf(name, sizeof name, "dot_rows_%zu_%s", d.dim,
                     d.kernels->name);
            bench(name, ROWS * REPEATS, dot_rows, &d);
        }
        ltrec_context_free(ctx);
    }
    return EXIT_SUCCESS;
}
