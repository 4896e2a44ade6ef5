/*
 * items.c - the tracks of a recommender, and what the rules know of them
 */
#include "rec/recommender.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "factors/factors.h"
#include "math/sort.h"

static const ltrec_recommender_items no_items = {
    .size = sizeof no_items,
};

void ltrec_recommender_items_init(ltrec_recommender_items *items, size_t size)
{
    ltr_options_init(items, size, &no_items, sizeof no_items);
}

static int no_memory(ltrec_error *err)
{
    return ltr_fail(err, LTREC_ERR_MEMORY, "recommender: no memory");
}

static int add_id(ltrec_recommender *r, uint64_t id)
{
    r->ids[r->n] = id;
    if (ltr_idmap_put(&r->rows, r->ids, r->n) != LTR_NO_ROW)
        return 0;
    r->n++;
    return 1;
}

/* The ids of all sources, each once. */
static void unite(ltrec_recommender *r)
{
    for (size_t i = 0; r->factors && i < r->factors->count; i++)
        add_id(r, r->factors->ids[i]);
    for (size_t i = 0; r->content && i < r->content->count; i++)
        add_id(r, r->content->ids[i]);
    for (size_t i = 0; r->itemitem && i < r->itemitem->count; i++)
        add_id(r, r->itemitem->ids[i]);
}

static int take_ids(ltrec_recommender *r, const ltrec_recommender_items *items,
                    ltrec_error *err)
{
    size_t most = (r->factors ? r->factors->count : 0) +
                  (r->content ? r->content->count : 0) +
                  (r->itemitem ? r->itemitem->count : 0);

    if (items->ids)
        most = items->n;
    if (most == 0 || most > LTR_MOST_ROWS)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: %zu tracks, wanted 1 to 2^32 - 2", most);
    r->ids = ltr_alloc(r->ctx, most + 1, sizeof *r->ids);
    if (!r->ids || ltr_idmap_create(r->ctx, most, &r->rows) != LTREC_OK)
        return no_memory(err);
    if (!items->ids)
        unite(r);
    for (size_t i = 0; items->ids && i < items->n; i++)
        if (!add_id(r, items->ids[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "recommender: track %zu has an id that came "
                            "before",
                            i);
    return LTREC_OK;
}

/* Number equal keys alike; `order` and `scratch` have room for all. */
static void number_groups(struct ltr_groups *g, size_t n, uint32_t *order,
                          uint32_t *scratch)
{
    uint64_t last = 0;

    ltr_sort_order(g->keys, order, scratch, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = g->keys[order[i]];

        if (key != last)
            g->n++;
        last = key;
        g->group[order[i]] = key == 0 ? LTR_NO_GROUP : (uint32_t)(g->n - 1);
    }
}

static int take_groups(ltrec_recommender *r, const uint64_t *keys,
                       struct ltr_groups *g)
{
    uint32_t *order;

    if (!keys)
        return LTREC_OK;
    g->keys = ltr_alloc(r->ctx, r->n, sizeof *g->keys);
    g->group = ltr_alloc(r->ctx, r->n, sizeof *g->group);
    order = ltr_alloc(r->ctx, r->n, 2 * sizeof *order);
    if (!g->keys || !g->group || !order) {
        ltr_free(r->ctx, order);
        return LTREC_ERR_MEMORY;
    }
    memcpy(g->keys, keys, r->n * sizeof *keys);
    number_groups(g, r->n, order, order + r->n);
    ltr_free(r->ctx, order);
    return LTREC_OK;
}

/* What the sources know of a track's plays. */
static uint32_t plays_of(const ltrec_recommender *r, size_t i)
{
    uint32_t plays = 0;
    size_t row;

    if (r->factors && r->factors->plays &&
        ltrec_factors_find(r->factors, r->ids[i], &row) == LTREC_OK)
        plays = r->factors->plays[row];
    if (r->numbers && r->numbers[i] != LTR_NO_NUMBER &&
        r->itemitem->plays[r->numbers[i]] > plays)
        plays = r->itemitem->plays[r->numbers[i]];
    return plays;
}

static int take_plays(ltrec_recommender *r,
                      const ltrec_recommender_items *items)
{
    r->plays = ltr_alloc(r->ctx, r->n, sizeof *r->plays);
    r->log_plays = ltr_alloc(r->ctx, r->n, sizeof *r->log_plays);
    if (!r->plays || !r->log_plays)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++) {
        r->plays[i] = items->plays ? items->plays[i] : plays_of(r, i);
        r->log_plays[i] = (float)log1p((double)r->plays[i]);
        if (r->plays[i] > 0)
            r->sources |= 1u << LTREC_SOURCE_POPULARITY;
    }
    return LTREC_OK;
}

static int take_numbers(ltrec_recommender *r)
{
    size_t item;

    if (!r->itemitem)
        return LTREC_OK;
    r->numbers = ltr_alloc(r->ctx, r->n, sizeof *r->numbers);
    if (!r->numbers)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        r->numbers[i] =
            ltrec_itemitem_find(r->itemitem, r->ids[i], &item) == LTREC_OK
                ? (uint32_t)item
                : LTR_NO_NUMBER;
    return LTREC_OK;
}

int ltr_rec_items(ltrec_recommender *r, const ltrec_recommender_items *given,
                  ltrec_error *err)
{
    ltrec_recommender_items items = no_items;
    int status =
        ltr_options_read(&items, sizeof items, given, "recommender", err);

    if (status != LTREC_OK)
        return status;
    if (given && (!items.ids || items.n == 0))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: items without ids");
    status = take_ids(r, &items, err);
    if (status != LTREC_OK)
        return status;
    if (take_groups(r, items.artists, &r->artists) != LTREC_OK ||
        take_groups(r, items.albums, &r->albums) != LTREC_OK ||
        take_groups(r, items.recordings, &r->recordings) != LTREC_OK ||
        take_numbers(r) != LTREC_OK || take_plays(r, &items) != LTREC_OK)
        return no_memory(err);
    return LTREC_OK;
}
