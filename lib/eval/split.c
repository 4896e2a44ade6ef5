/*
 * split.c - folds to hold things out in
 *
 * Groups go into the fold that is emptiest so far, the largest group first,
 * groups of one size in random order.
 */
#include <ltrec/evaluate.h>

#include "base/context.h"
#include "base/error.h"
#include "base/random.h"
#include "math/groups.h"
#include "math/sort.h"

#define SIZE_BITS 32

struct split {
    size_t n, n_groups;
    const uint64_t *groups; /* [n], or NULL */
    uint32_t *order;        /* [2][n], things by group; scratch */
    uint64_t *keys;         /* [n], of groups: size and chance */
    uint32_t *start;        /* [n + 1], where each group begins in `order` */
    uint32_t *by_size;      /* [2][n], groups, largest first; scratch */
    size_t *sizes;          /* [n_folds] */
};

static void find_groups(struct split *s)
{
    if (s->groups)
        ltr_sort_order(s->groups, s->order, s->order + s->n, s->n);
    for (size_t i = 0; i < s->n; i++) {
        if (!s->groups) {
            s->order[i] = (uint32_t)i;
            s->start[s->n_groups++] = (uint32_t)i;
        } else if (i == 0 ||
                   s->groups[s->order[i]] != s->groups[s->order[i - 1]]) {
            s->start[s->n_groups++] = (uint32_t)i;
        }
    }
    s->start[s->n_groups] = (uint32_t)s->n;
}

static void sort_groups(struct split *s, uint64_t seed)
{
    for (size_t g = 0; g < s->n_groups; g++) {
        uint64_t size = s->start[g + 1] - s->start[g];
        uint64_t chance = ltr_random_bits(seed, 0, g) >> SIZE_BITS;

        s->keys[g] = ~(size << SIZE_BITS | chance);
    }
    ltr_sort_order(s->keys, s->by_size, s->by_size + s->n, s->n_groups);
}

static void deal(struct split *s, uint32_t n_folds, uint32_t *fold)
{
    for (size_t g = 0; g < s->n_groups; g++) {
        uint32_t group = s->by_size[g], emptiest = 0;

        for (uint32_t f = 1; f < n_folds; f++)
            if (s->sizes[f] < s->sizes[emptiest])
                emptiest = f;
        for (uint32_t i = s->start[group]; i < s->start[group + 1]; i++)
            fold[s->order[i]] = emptiest;
        s->sizes[emptiest] += s->start[group + 1] - s->start[group];
    }
}

static void free_split(ltrec_context *ctx, struct split *s)
{
    ltr_free(ctx, s->order);
    ltr_free(ctx, s->keys);
    ltr_free(ctx, s->start);
    ltr_free(ctx, s->by_size);
    ltr_free(ctx, s->sizes);
}

static int prepare(ltrec_context *ctx, struct split *s, uint32_t n_folds,
                   ltrec_error *err)
{
    s->order = ltr_alloc(ctx, s->n, 2 * sizeof *s->order);
    s->keys = ltr_alloc(ctx, s->n, sizeof *s->keys);
    s->start = ltr_alloc(ctx, s->n + 1, sizeof *s->start);
    s->by_size = ltr_alloc(ctx, s->n, 2 * sizeof *s->by_size);
    s->sizes = ltr_alloc(ctx, n_folds, sizeof *s->sizes);
    if (!s->order || !s->keys || !s->start || !s->by_size || !s->sizes)
        return ltr_fail(err, LTREC_ERR_MEMORY, "split: no memory");
    return LTREC_OK;
}

int ltrec_split_folds(ltrec_context *ctx, size_t n, const uint64_t *groups,
                      uint32_t n_folds, uint64_t seed, uint32_t *fold,
                      ltrec_error *err)
{
    struct split s = {.n = n, .groups = groups};
    int status;

    if (!ctx || !fold || n > UINT32_MAX || n_folds < 2 || n_folds > n)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "split: %zu things into %u folds, wanted 2 folds or "
                        "more and a thing for each",
                        n, (unsigned)n_folds);
    status = prepare(ctx, &s, n_folds, err);
    if (status == LTREC_OK) {
        find_groups(&s);
        if (s.n_groups < n_folds)
            status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                              "split: %zu groups into %u folds", s.n_groups,
                              (unsigned)n_folds);
    }
    if (status == LTREC_OK) {
        sort_groups(&s, seed);
        deal(&s, n_folds, fold);
    }
    free_split(ctx, &s);
    return status;
}

int ltrec_split_merge(ltrec_context *ctx, size_t n, const uint64_t *groups,
                      const uint64_t *links, uint64_t *merged,
                      ltrec_error *err)
{
    if (!ctx || !groups || !links || !merged || n > UINT32_MAX)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "split: %zu things to merge, wanted fewer than 2^32, "
                        "and their groups and links",
                        n);
    if (ltr_groups_merge(ctx, n, groups, links, merged) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "split: no memory");
    return LTREC_OK;
}
