/*
 * interactions_file.c - interactions in and out of the container
 *
 * A file holds the listeners' side; the items' side is cheaper to make again
 * than to read and check.
 */
#include "cf/interactions.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "store/store.h"

#define KIND "interactions"
#define FORMAT 1

/* ---- Saving ------------------------------------------------------------- */

int ltrec_interactions_save(const ltrec_interactions *interactions,
                            const char *path, ltrec_error *err)
{
    const ltrec_interactions *x = interactions;
    size_t users[1], items[1], starts[1], pairs[1];
    struct ltr_writer *w;
    int status;

    if (!x || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "interactions: needs interactions and a path");
    if (!x->finished)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "interactions: not finished, cannot be saved");
    status = ltr_store_create(x->ctx, KIND, FORMAT, &w, err);
    if (status != LTREC_OK)
        return status;
    users[0] = x->by_user.n;
    items[0] = x->by_item.n;
    starts[0] = x->by_user.n + 1;
    pairs[0] = x->n_pairs;
    ltr_store_tensor(w, "users", LTR_U64, 1, users, x->by_user.ids);
    ltr_store_tensor(w, "items", LTR_U64, 1, items, x->by_item.ids);
    ltr_store_tensor(w, "row_starts", LTR_U64, 1, starts, x->by_user.starts);
    ltr_store_tensor(w, "columns", LTR_U32, 1, pairs, x->by_user.others);
    ltr_store_tensor(w, "counts", LTR_F32, 1, pairs, x->by_user.counts);
    return ltr_store_save(w, path, err);
}

/* ---- Checking ----------------------------------------------------------- */

static int check_ids(const char *what, const uint64_t *ids, size_t n,
                     ltrec_error *err)
{
    for (size_t i = 1; i < n; i++)
        if (ids[i - 1] >= ids[i])
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "interactions: %s %zu and %zu are out of order",
                            what, i - 1, i);
    return LTREC_OK;
}

static int check_row(const struct ltr_pairs *p, size_t row, size_t n_items,
                     ltrec_error *err)
{
    for (uint64_t i = p->starts[row]; i < p->starts[row + 1]; i++) {
        if (p->others[i] >= n_items ||
            (i > p->starts[row] && p->others[i - 1] >= p->others[i]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "interactions: row %zu holds item %u out of "
                            "order or beyond %zu",
                            row, (unsigned)p->others[i], n_items);
        if (!(p->counts[i] > 0) || !isfinite(p->counts[i]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "interactions: row %zu holds a count of %g", row,
                            (double)p->counts[i]);
    }
    return LTREC_OK;
}

static int check_pairs(const struct ltr_pairs *p, size_t n_pairs,
                       size_t n_items, ltrec_error *err)
{
    int status = LTREC_OK;

    if (p->starts[0] != 0 || p->starts[p->n] != n_pairs)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "interactions: rows do not add up to %zu pairs",
                        n_pairs);
    for (size_t row = 0; row < p->n; row++)
        if (p->starts[row] >= p->starts[row + 1] ||
            p->starts[row + 1] > n_pairs)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "interactions: row %zu is empty, or ends past "
                            "the %zu pairs",
                            row, n_pairs);
    for (size_t row = 0; row < p->n && status == LTREC_OK; row++)
        status = check_row(p, row, n_items, err);
    return status;
}

/* ---- Loading ------------------------------------------------------------ */

/* Point `x` at the tensors of its reader. */
static int read_tensors(ltrec_interactions *x, size_t *n_items,
                        ltrec_error *err)
{
    const void *users, *items, *starts, *columns, *counts;
    size_t n_users[] = {LTR_ANY}, ends[1], pairs[] = {LTR_ANY};
    struct ltr_reader *r = x->reader;
    int status = ltr_store_get(r, "users", LTR_U64, 1, n_users, &users, err);

    *n_items = LTR_ANY;
    if (status == LTREC_OK)
        status = ltr_store_get(r, "items", LTR_U64, 1, n_items, &items, err);
    ends[0] = n_users[0] + 1;
    if (status == LTREC_OK)
        status =
            ltr_store_get(r, "row_starts", LTR_U64, 1, ends, &starts, err);
    if (status == LTREC_OK)
        status = ltr_store_get(r, "columns", LTR_U32, 1, pairs, &columns, err);
    if (status == LTREC_OK)
        status = ltr_store_get(r, "counts", LTR_F32, 1, pairs, &counts, err);
    if (status != LTREC_OK)
        return status;
    if (n_users[0] > LTR_MOST_ROWS || *n_items > LTR_MOST_ROWS)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "interactions: %zu listeners and %zu items are too "
                        "many",
                        n_users[0], *n_items);
    x->by_user =
        (struct ltr_pairs){n_users[0], users, starts, columns, counts};
    x->by_item.ids = items;
    x->n_pairs = pairs[0];
    return LTREC_OK;
}

static int read_all(ltrec_interactions *x, ltrec_error *err)
{
    const uint64_t *item_ids;
    size_t n_items;
    int status = read_tensors(x, &n_items, err);

    if (status == LTREC_OK)
        status = check_ids("listeners", x->by_user.ids, x->by_user.n, err);
    if (status == LTREC_OK)
        status = check_ids("items", x->by_item.ids, n_items, err);
    if (status == LTREC_OK)
        status = check_pairs(&x->by_user, x->n_pairs, n_items, err);
    if (status != LTREC_OK)
        return status;
    item_ids = x->by_item.ids;
    status =
        ltr_pairs_transpose(x->ctx, &x->by_user, n_items, &x->by_item, err);
    x->by_item.ids = item_ids;
    if (status != LTREC_OK)
        return status;
    for (size_t item = 0; item < n_items; item++)
        if (ltr_pairs_in_row(&x->by_item, item) == 0)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "interactions: nobody played item %zu", item);
    x->finished = true;
    return LTREC_OK;
}

/* Interactions out of `reader`, which is theirs from here on. */
static int from_reader(ltrec_context *ctx, struct ltr_reader *reader,
                       ltrec_interactions **out, ltrec_error *err)
{
    ltrec_interactions *x = ltr_interactions_empty(ctx);
    int status;

    if (!x) {
        ltr_store_close(reader);
        return ltr_fail(err, LTREC_ERR_MEMORY, "interactions: no memory");
    }
    x->reader = reader;
    status = read_all(x, err);
    if (status == LTREC_OK)
        *out = x;
    else
        ltrec_interactions_free(x);
    return status;
}

int ltr_interactions_parse(ltrec_context *ctx, const void *bytes, size_t size,
                           ltrec_interactions **out, ltrec_error *err)
{
    struct ltr_reader *reader;
    int status = ltr_store_parse(ctx, bytes, size, KIND, FORMAT, &reader, err);

    *out = NULL;
    return status == LTREC_OK ? from_reader(ctx, reader, out, err) : status;
}

int ltrec_interactions_load(ltrec_context *ctx, const char *path,
                            ltrec_interactions **out, ltrec_error *err)
{
    ltrec_error inner = {0};
    struct ltr_reader *reader;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "interactions: `out` is NULL");
    *out = NULL;
    if (!ctx || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "interactions: needs a context and a path");
    status = ltr_store_open(ctx, path, KIND, FORMAT, 0, &reader, err);
    if (status != LTREC_OK)
        return status;
    status = from_reader(ctx, reader, out, &inner);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}
