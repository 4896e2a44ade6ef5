/*
 * listeners.c - the listeners an evaluation is about, and what they played
 */
#include "listeners.h"

#include <stdlib.h>
#include <string.h>

static void make_room(struct rows *rows, size_t n)
{
    rows->offsets = tool_grow(rows->offsets, &rows->offsets_capacity,
                              rows->n + 2, sizeof *rows->offsets);
    rows->items = tool_grow(rows->items, &rows->items_capacity,
                            rows->n_items + n + 1, sizeof *rows->items);
    rows->counts = tool_grow(rows->counts, &rows->counts_capacity,
                             rows->n_items + n + 1, sizeof *rows->counts);
    if (rows->n == 0)
        rows->offsets[0] = 0;
}

/*
 * Append what listener `user` of `from` played, in the item numbers of
 * `train`: both number items in the order of their ids, so they still ascend.
 * The pairs whose item was not trained on.
 */
static size_t append_row(struct rows *rows, const ltrec_interactions *train,
                         const ltrec_interactions *from, size_t user)
{
    const uint64_t *ids = ltrec_interactions_item_ids(from);
    const uint32_t *items;
    const float *counts;
    size_t n = 0, unknown = 0;

    ltrec_interactions_user_row(from, user, &n, &items, &counts);
    make_room(rows, n);
    for (size_t i = 0; i < n; i++) {
        size_t number;

        if (ltrec_interactions_find_item(train, ids[items[i]], &number) !=
            LTREC_OK) {
            unknown++;
            continue;
        }
        rows->items[rows->n_items] = (uint32_t)number;
        rows->counts[rows->n_items++] = counts[i];
    }
    rows->offsets[++rows->n] = rows->n_items;
    return unknown;
}

int listeners_find(const ltrec_interactions *train,
                   const ltrec_interactions *known,
                   const ltrec_interactions *test, struct listeners *out,
                   ltrec_error *err)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < ltrec_interactions_n_users(test); i++) {
        uint64_t id = ltrec_interactions_user_ids(test)[i];
        size_t user;

        if (ltrec_interactions_find_user(known, id, &user) != LTREC_OK) {
            out->unknown_users++;
            continue;
        }
        out->ids = tool_grow(out->ids, &out->ids_capacity, out->n + 1,
                             sizeof *out->ids);
        out->ids[out->n++] = id;
        append_row(&out->before, train, known, user);
        out->unknown_pairs += append_row(&out->after, train, test, i);
    }
    if (out->n == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "no listener of the test table is known");
    return LTREC_OK;
}

static void free_rows(struct rows *rows)
{
    free(rows->offsets);
    free(rows->items);
    free(rows->counts);
}

void listeners_free(struct listeners *listeners)
{
    free(listeners->ids);
    free_rows(&listeners->before);
    free_rows(&listeners->after);
    memset(listeners, 0, sizeof *listeners);
}
