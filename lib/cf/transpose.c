/*
 * transpose.c - pairs seen from the other side
 */
#include "cf/interactions.h"

#include "base/context.h"
#include "base/error.h"

void ltr_pairs_free(ltrec_context *ctx, struct ltr_pairs *pairs)
{
    const void *arrays[] = {pairs->ids, pairs->starts, pairs->others,
                            pairs->counts};

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        ltr_free(ctx, (void *)(uintptr_t)arrays[i]);
    *pairs = (struct ltr_pairs){0};
}

int ltr_pairs_transpose(ltrec_context *ctx, const struct ltr_pairs *from,
                        size_t n, struct ltr_pairs *to, ltrec_error *err)
{
    size_t n_pairs = (size_t)from->starts[from->n];
    uint64_t *starts = ltr_alloc(ctx, n + 2, sizeof *starts);
    uint32_t *others = ltr_alloc(ctx, n_pairs, sizeof *others);
    float *counts = ltr_alloc(ctx, n_pairs, sizeof *counts);

    *to = (struct ltr_pairs){n, NULL, starts, others, counts};
    if (!starts || !others || !counts) {
        ltr_pairs_free(ctx, to);
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "interactions: no memory for %zu pairs", n_pairs);
    }
    /* Counted two places up, so that filling leaves each start in place. */
    for (size_t i = 0; i < n_pairs; i++)
        starts[from->others[i] + 2]++;
    for (size_t i = 0; i < n; i++)
        starts[i + 2] += starts[i + 1];
    for (size_t row = 0; row < from->n; row++) {
        for (uint64_t i = from->starts[row]; i < from->starts[row + 1]; i++) {
            uint64_t at = starts[from->others[i] + 1]++;

            others[at] = (uint32_t)row;
            counts[at] = from->counts[i];
        }
    }
    return LTREC_OK;
}
