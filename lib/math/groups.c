/*
 * groups.c - groups that have something in common become one
 *
 * A forest in which every thing points to one before it, and what has no
 * other to point to stands for all below: union-find with path halving.
 */
#include "math/groups.h"

#include "base/context.h"
#include "math/sort.h"

static uint32_t find(uint32_t *above, uint32_t i)
{
    while (above[i] != i) {
        above[i] = above[above[i]];
        i = above[i];
    }
    return i;
}

/* The earlier one stands for both. */
static void join(uint32_t *above, uint32_t i, uint32_t j)
{
    i = find(above, i);
    j = find(above, j);
    if (i < j)
        above[j] = i;
    else
        above[i] = j;
}

/* Join all of equal keys, those of `none` excepted when there is such. */
static void join_equal(uint32_t *above, const uint64_t *keys, size_t n,
                       const uint64_t *none, uint32_t *order)
{
    ltr_sort_order(keys, order, order + n, n);
    for (size_t i = 1; i < n; i++)
        if (keys[order[i]] == keys[order[i - 1]] &&
            (!none || keys[order[i]] != *none))
            join(above, order[i - 1], order[i]);
}

int ltr_groups_merge(ltrec_context *ctx, size_t n, const uint64_t *groups,
                     const uint64_t *links, uint64_t *merged)
{
    static const uint64_t unknown = 0;
    uint32_t *above = ltr_alloc(ctx, n, sizeof *above);
    uint32_t *order = ltr_alloc(ctx, n, 2 * sizeof *order);
    int ready = above && order;

    for (uint32_t i = 0; ready && i < n; i++) {
        above[i] = i;
        merged[i] = groups[i];
    }
    if (ready) {
        join_equal(above, groups, n, NULL, order);
        join_equal(above, links, n, &unknown, order);
    }
    for (uint32_t i = 0; ready && i < n; i++) {
        uint32_t first = find(above, i);

        if (groups[i] < merged[first])
            merged[first] = groups[i];
    }
    for (uint32_t i = 0; ready && i < n; i++)
        merged[i] = merged[find(above, i)];
    ltr_free(ctx, above);
    ltr_free(ctx, order);
    return ready ? LTREC_OK : LTREC_ERR_MEMORY;
}
