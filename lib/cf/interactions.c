/*
 * interactions.c - who played what, and how often
 */
#include "cf/interactions.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "store/store.h"

/* From so many rows on it pays to add up before growing. */
#define MANY_ROWS ((size_t)1 << 20)

static const ltrec_interactions_options defaults = {
    .size = sizeof defaults,
};

/* ---- Numbering ids ------------------------------------------------------ */

static void free_ids(ltrec_context *ctx, struct ltr_ids *ids)
{
    ltr_free(ctx, ids->ids);
    ltr_idmap_free(ctx, &ids->rows);
    *ids = (struct ltr_ids){0};
}

static int grow_ids(ltrec_context *ctx, struct ltr_ids *ids)
{
    struct ltr_ids larger = {
        .count = ids->count,
        .capacity = ids->capacity ? 2 * ids->capacity : 64,
    };

    larger.ids = ltr_alloc(ctx, larger.capacity, sizeof *larger.ids);
    if (!larger.ids ||
        ltr_idmap_create(ctx, larger.capacity, &larger.rows) != LTREC_OK) {
        ltr_free(ctx, larger.ids);
        return LTREC_ERR_MEMORY;
    }
    for (size_t row = 0; row < ids->count; row++) {
        larger.ids[row] = ids->ids[row];
        (void)ltr_idmap_put(&larger.rows, larger.ids, row);
    }
    free_ids(ctx, ids);
    *ids = larger;
    return LTREC_OK;
}

static int number_id(ltrec_context *ctx, struct ltr_ids *ids, uint64_t id,
                     uint32_t *number)
{
    size_t row;

    if (ids->count == ids->capacity && grow_ids(ctx, ids) != LTREC_OK)
        return LTREC_ERR_MEMORY;
    ids->ids[ids->count] = id;
    row = ltr_idmap_put(&ids->rows, ids->ids, ids->count);
    if (row == LTR_NO_ROW) {
        row = ids->count++;
        if (row >= LTR_MOST_ROWS)
            return LTREC_ERR_CAPACITY;
    }
    *number = (uint32_t)row;
    return LTREC_OK;
}

/* Forget all but the first `count`. */
static void truncate_ids(struct ltr_ids *ids, size_t count)
{
    while (ids->count > count)
        ltr_idmap_remove(&ids->rows, ids->ids, --ids->count);
}

/* ---- Pending rows ------------------------------------------------------- */

static void free_pending(ltrec_context *ctx, struct ltr_pending *p)
{
    free_ids(ctx, &p->users);
    free_ids(ctx, &p->items);
    ltr_free(ctx, p->row_users);
    ltr_free(ctx, p->row_items);
    ltr_free(ctx, p->counts);
    *p = (struct ltr_pending){0};
}

static void copy_rows(void *to, const void *from, size_t n, size_t size)
{
    if (n > 0)
        memcpy(to, from, n * size);
}

/* Replace `*array` by one of `capacity` elements of 4 bytes. */
static int enlarge(ltrec_context *ctx, void *array, size_t n, size_t capacity)
{
    void *old, *larger = ltr_alloc(ctx, capacity, 4);

    if (!larger)
        return LTREC_ERR_MEMORY;
    memcpy(&old, array, sizeof old);
    copy_rows(larger, old, n, 4);
    ltr_free(ctx, old);
    memcpy(array, &larger, sizeof larger);
    return LTREC_OK;
}

/* One array after the other, which takes less memory than all at once. */
static int resize(ltrec_context *ctx, struct ltr_pending *p, size_t capacity)
{
    int status = enlarge(ctx, &p->row_users, p->n, capacity);

    if (status == LTREC_OK)
        status = enlarge(ctx, &p->row_items, p->n, capacity);
    if (status == LTREC_OK)
        status = enlarge(ctx, &p->counts, p->n, capacity);
    if (status == LTREC_OK)
        p->capacity = capacity;
    return status;
}

/*
 * Logs name the same pairs again and again.  Before many rows become more,
 * those that say the same are added up, and only if that does not help much
 * is more memory taken.
 */
static int grow(ltrec_context *ctx, struct ltr_pending *p, size_t more)
{
    size_t wanted, capacity;

    if (more <= p->capacity - p->n)
        return LTREC_OK;
    if (p->n >= MANY_ROWS && ltr_pairs_compact(ctx, p) == LTREC_OK &&
        p->n <= p->capacity / 4 * 3 && more <= p->capacity - p->n)
        return LTREC_OK;
    if (more > SIZE_MAX / 16 - p->n)
        return LTREC_ERR_MEMORY;
    wanted = p->n + more;
    capacity = p->capacity + p->capacity / 4;
    return resize(ctx, p, capacity > wanted ? capacity : wanted);
}

/* Number the ids of new rows; all or none of them. */
static int number_rows(ltrec_context *ctx, struct ltr_pending *p, size_t n,
                       const uint64_t *users, const uint64_t *items)
{
    size_t n_users = p->users.count, n_items = p->items.count;
    int status = LTREC_OK;

    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        size_t row = p->n + i;

        status = number_id(ctx, &p->users, users[i], &p->row_users[row]);
        if (status == LTREC_OK)
            status = number_id(ctx, &p->items, items[i], &p->row_items[row]);
    }
    if (status != LTREC_OK) {
        truncate_ids(&p->users, n_users);
        truncate_ids(&p->items, n_items);
    }
    return status;
}

/* ---- Life cycle --------------------------------------------------------- */

void ltrec_interactions_options_init(ltrec_interactions_options *options,
                                     size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

ltrec_interactions *ltr_interactions_empty(ltrec_context *ctx)
{
    ltrec_interactions *x = ltr_alloc(ctx, 1, sizeof *x);

    if (x)
        x->ctx = ltr_context_ref(ctx);
    return x;
}

int ltrec_interactions_create(ltrec_context *ctx,
                              const ltrec_interactions_options *options,
                              ltrec_interactions **out, ltrec_error *err)
{
    ltrec_interactions_options o = defaults;
    ltrec_interactions *x;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "interactions: `out` is NULL");
    *out = NULL;
    if (!ctx)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "interactions: needs a context");
    status = ltr_options_read(&o, sizeof o, options, "interactions", err);
    if (status != LTREC_OK)
        return status;
    x = ltr_interactions_empty(ctx);
    if (!x || grow(ctx, &x->pending, o.reserve) != LTREC_OK) {
        ltrec_interactions_free(x);
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "interactions: no memory for %zu rows", o.reserve);
    }
    *out = x;
    return LTREC_OK;
}

void ltrec_interactions_free(ltrec_interactions *interactions)
{
    ltrec_interactions *x = interactions;
    ltrec_context *ctx;

    if (!x)
        return;
    ctx = x->ctx;
    free_pending(ctx, &x->pending);
    if (x->reader) {
        /* The listeners' side and all ids lie in the file. */
        x->by_user = (struct ltr_pairs){0};
        x->by_item.ids = NULL;
    }
    ltr_pairs_free(ctx, &x->by_user);
    ltr_pairs_free(ctx, &x->by_item);
    ltr_store_close(x->reader);
    ltr_free(ctx, x);
    ltr_context_unref(ctx);
}

/* ---- Filling ------------------------------------------------------------ */

int ltrec_interactions_add(ltrec_interactions *interactions, size_t n,
                           const uint64_t *users, const uint64_t *items,
                           const float *counts, ltrec_error *err)
{
    ltrec_interactions *x = interactions;
    int status;

    if (!x || (n > 0 && (!users || !items || !counts)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "interactions: needs users, items and counts");
    if (x->finished)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "interactions: finished, nothing can be added");
    for (size_t i = 0; i < n; i++)
        if (!(counts[i] > 0) || !isfinite(counts[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "interactions: the count of row %zu is %g, must "
                            "be above 0 and finite",
                            i, (double)counts[i]);
    status = grow(x->ctx, &x->pending, n);
    if (status == LTREC_OK)
        status = number_rows(x->ctx, &x->pending, n, users, items);
    if (status != LTREC_OK)
        return ltr_fail(err, status, "interactions: no room for %zu more rows",
                        n);
    copy_rows(x->pending.counts + x->pending.n, counts, n, sizeof *counts);
    x->pending.n += n;
    return LTREC_OK;
}

int ltrec_interactions_finish(ltrec_interactions *interactions,
                              ltrec_progress progress, void *user,
                              ltrec_error *err)
{
    ltrec_interactions *x = interactions;
    struct ltr_pairs by_user, by_item;
    int status;

    if (!x)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "interactions: nothing to finish");
    if (x->finished)
        return ltr_fail(err, LTREC_ERR_STATE, "interactions: finished before");
    status = ltr_pairs_build(x->ctx, &x->pending, &by_user, &by_item, progress,
                             user, err);
    if (status != LTREC_OK)
        return status;
    x->by_user = by_user;
    x->by_item = by_item;
    x->n_pairs = (size_t)by_user.starts[by_user.n];
    x->finished = true;
    free_pending(x->ctx, &x->pending);
    return LTREC_OK;
}

/* ---- Questions ---------------------------------------------------------- */

size_t ltrec_interactions_n_users(const ltrec_interactions *interactions)
{
    return interactions ? interactions->by_user.n : 0;
}

size_t ltrec_interactions_n_items(const ltrec_interactions *interactions)
{
    return interactions ? interactions->by_item.n : 0;
}

size_t ltrec_interactions_n_pairs(const ltrec_interactions *interactions)
{
    return interactions ? interactions->n_pairs : 0;
}

const uint64_t *
ltrec_interactions_user_ids(const ltrec_interactions *interactions)
{
    return interactions ? interactions->by_user.ids : NULL;
}

const uint64_t *
ltrec_interactions_item_ids(const ltrec_interactions *interactions)
{
    return interactions ? interactions->by_item.ids : NULL;
}

static int find(const struct ltr_pairs *pairs, uint64_t id, size_t *out)
{
    size_t low = 0, high = pairs->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pairs->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (!out || low == pairs->n || pairs->ids[low] != id)
        return LTREC_ERR_ARGUMENT;
    *out = low;
    return LTREC_OK;
}

int ltrec_interactions_find_user(const ltrec_interactions *interactions,
                                 uint64_t id, size_t *user)
{
    return interactions ? find(&interactions->by_user, id, user)
                        : LTREC_ERR_ARGUMENT;
}

int ltrec_interactions_find_item(const ltrec_interactions *interactions,
                                 uint64_t id, size_t *item)
{
    return interactions ? find(&interactions->by_item, id, item)
                        : LTREC_ERR_ARGUMENT;
}

static int row_of(const struct ltr_pairs *pairs, size_t row, size_t *n,
                  const uint32_t **others, const float **counts)
{
    if (row >= pairs->n || !n || !others || !counts)
        return LTREC_ERR_ARGUMENT;
    *n = ltr_pairs_in_row(pairs, row);
    *others = pairs->others + pairs->starts[row];
    *counts = pairs->counts + pairs->starts[row];
    return LTREC_OK;
}

int ltrec_interactions_user_row(const ltrec_interactions *interactions,
                                size_t user, size_t *n, const uint32_t **items,
                                const float **counts)
{
    return interactions
               ? row_of(&interactions->by_user, user, n, items, counts)
               : LTREC_ERR_ARGUMENT;
}

int ltrec_interactions_item_row(const ltrec_interactions *interactions,
                                size_t item, size_t *n, const uint32_t **users,
                                const float **counts)
{
    return interactions
               ? row_of(&interactions->by_item, item, n, users, counts)
               : LTREC_ERR_ARGUMENT;
}
