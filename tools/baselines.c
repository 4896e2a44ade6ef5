/*
 * baselines.c - recommenders that factors should be better than
 */
#include "baselines.h"

#include <stdlib.h>

#include <ltrec/itemitem.h>

#include "term.h"

int baseline_popularity(ltrec_evaluation *evaluation,
                        const ltrec_interactions *train,
                        const struct listeners *listeners, ltrec_error *err)
{
    size_t n_items = ltrec_interactions_n_items(train);
    float *items = tool_alloc(n_items, sizeof *items);
    float *users = tool_alloc(listeners->n, sizeof *users);
    int status;

    /* Factors of rank 1: everybody's taste is the same. */
    for (size_t u = 0; u < listeners->n; u++)
        users[u] = 1;
    for (size_t i = 0; i < n_items; i++) {
        const uint32_t *who;
        const float *counts;
        size_t n = 0;

        ltrec_interactions_item_row(train, i, &n, &who, &counts);
        items[i] = (float)n;
    }
    status = ltrec_evaluation_add_factors(
        evaluation, listeners->n, users, 1, items, listeners->before.offsets,
        listeners->before.items, listeners->after.offsets,
        listeners->after.items, term_progress, NULL, err);
    free(items);
    free(users);
    return status;
}

/* ---- By scores ---------------------------------------------------------- */

static size_t row(const struct rows *rows, size_t u, const uint32_t **items)
{
    *items = rows->items + rows->offsets[u];
    return (size_t)(rows->offsets[u + 1] - rows->offsets[u]);
}

static int add(ltrec_evaluation *evaluation, const struct listeners *listeners,
               size_t u, const float *scores, ltrec_error *err)
{
    const uint32_t *before, *after;
    size_t n_before = row(&listeners->before, u, &before);
    size_t n_after = row(&listeners->after, u, &after);

    if (term_progress(NULL, u, listeners->n))
        return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    return ltrec_evaluation_add_scores(evaluation, scores, n_before, before,
                                       n_after, after, err);
}

/* A good mixture of the bits (Steele, Lea and Flood 2014). */
static uint64_t mixed(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int baseline_random(ltrec_evaluation *evaluation,
                    const ltrec_interactions *train,
                    const struct listeners *listeners, uint64_t seed,
                    ltrec_error *err)
{
    size_t n_items = ltrec_interactions_n_items(train);
    float *scores = tool_alloc(n_items, sizeof *scores);
    int status = LTREC_OK;

    for (size_t u = 0; u < listeners->n && status == LTREC_OK; u++) {
        uint64_t state = mixed(seed + mixed(listeners->ids[u]));

        for (size_t i = 0; i < n_items; i++)
            scores[i] =
                (float)(mixed(state += 0x9e3779b97f4a7c15u) >> 40) * 0x1p-24f;
        status = add(evaluation, listeners, u, scores, err);
    }
    free(scores);
    return status;
}

/* The ids of what listener `u` played before. */
static void ids_of(const ltrec_interactions *train,
                   const struct listeners *listeners, size_t u, uint64_t *ids)
{
    const uint32_t *items;
    size_t n = row(&listeners->before, u, &items);

    for (size_t i = 0; i < n; i++)
        ids[i] = ltrec_interactions_item_ids(train)[items[i]];
}

int baseline_itemitem(ltrec_context *ctx, ltrec_evaluation *evaluation,
                      const ltrec_interactions *train,
                      const struct listeners *listeners, ltrec_error *err)
{
    const struct rows *before = &listeners->before;
    size_t n_items = ltrec_interactions_n_items(train);
    float *scores = tool_alloc(n_items, sizeof *scores);
    uint64_t *ids = tool_alloc(n_items, sizeof *ids);
    ltrec_itemitem_options options;
    ltrec_itemitem *model;
    int status;

    ltrec_itemitem_options_init(&options, sizeof options);
    options.progress = term_progress;
    status = ltrec_itemitem_fit(ctx, train, &options, &model, err);
    for (size_t u = 0; u < listeners->n && status == LTREC_OK; u++) {
        size_t first = (size_t)before->offsets[u];

        ids_of(train, listeners, u, ids);
        status = ltrec_itemitem_score(
            model, (size_t)before->offsets[u + 1] - first, ids,
            before->counts + first, scores, NULL, err);
        if (status == LTREC_OK)
            status = add(evaluation, listeners, u, scores, err);
    }
    ltrec_itemitem_free(model);
    free(scores);
    free(ids);
    return status;
}
