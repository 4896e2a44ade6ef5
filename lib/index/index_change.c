/*
 * index_change.c - adding, updating and removing tracks
 *
 * Everything that can fail is done first: then rows are written where no
 * reader looks yet, and one store publishes them all.
 */
#include "index/index_parts.h"

#include <inttypes.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "math/sort.h"

#define LEAST_CAPACITY 64

/* ---- What is asked ------------------------------------------------------ */

static int check_arguments(const ltrec_index *index, size_t n,
                           const uint64_t *ids, ltrec_error *err)
{
    if (!index || (n > 0 && !ids))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: needs an index and %zu ids", n);
    return LTREC_OK;
}

static int check_vectors(const ltrec_index *index, size_t n,
                         const float *vectors, ltrec_error *err)
{
    if (n > 0 && !vectors)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `vectors` is NULL");
    for (size_t i = 0; i < n; i++)
        if (ltr_index_length(vectors + i * index->dim, index->dim) == 0)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "index: the vector of row %zu is zero, not finite "
                            "or not of a length from 1e-18 to 1e18",
                            i);
    return LTREC_OK;
}

/* The first row whose id an earlier one has, or n; LTR_NO_ROW: no memory. */
static size_t first_repeat(ltrec_context *ctx, size_t n, const uint64_t *ids)
{
    uint32_t *order;
    size_t first = n;

    if (n < 2)
        return n;
    order = ltr_alloc(ctx, n, 2 * sizeof *order);
    if (!order)
        return LTR_NO_ROW;
    ltr_sort_order(ids, order, order + n, n);
    for (size_t i = 1; i < n; i++)
        if (ids[order[i]] == ids[order[i - 1]] && order[i] < first)
            first = order[i];
    ltr_free(ctx, order);
    return first;
}

/* Every id once, and in the index or not as `wanted`. */
static int check_ids(const ltrec_index *index, const struct ltr_view *view,
                     size_t n, const uint64_t *ids, int wanted,
                     ltrec_error *err)
{
    size_t repeat = first_repeat(index->ctx, n, ids);

    if (repeat == LTR_NO_ROW)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    for (size_t i = 0; i < n; i++) {
        int there = ltr_view_row(view, ids[i]) != LTR_NO_ROW;

        if (there != wanted)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "index: the id %" PRIu64 " of row %zu is %sin the "
                            "index",
                            ids[i], i, there ? "" : "not ");
        if (i == repeat)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "index: the id %" PRIu64 " of row %zu is named "
                            "twice",
                            ids[i], i);
    }
    return LTREC_OK;
}

/* ---- Room --------------------------------------------------------------- */

/* Room for `n` more rows, and for as many again where that takes moving. */
static int make_room(ltrec_index *index, struct ltr_view *view, size_t n,
                     ltrec_error *err)
{
    size_t count = ltr_view_count(view), capacity = 2 * (count + n);
    struct ltr_tracks *larger;
    int status;

    if (n > LTR_MOST_ROWS - count)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "index: %zu and %zu tracks are more than %" PRIu32,
                        count, n, (uint32_t)LTR_MOST_ROWS);
    if (n <= view->tracks->capacity - view->rows)
        return LTREC_OK;
    if (view->rows == 0 && n > LEAST_CAPACITY)
        capacity = n;
    if (capacity < LEAST_CAPACITY)
        capacity = LEAST_CAPACITY;
    if (capacity > LTR_MOST_ROWS)
        capacity = LTR_MOST_ROWS;
    status =
        ltr_tracks_copy(index->ctx, view, NULL, 0, capacity, &larger, err);
    if (status == LTREC_OK)
        status = ltr_index_replace(index, larger, err);
    if (status == LTREC_OK)
        *view = ltr_tracks_view(index->gate->current);
    return status;
}

/* Most rows are of nobody: move the rest.  Without memory they stay. */
static void tidy(ltrec_index *index)
{
    struct ltr_view view = ltr_tracks_view(index->gate->current);
    struct ltr_tracks *smaller;

    if (view.gone > LEAST_CAPACITY && view.gone > view.rows / 2 &&
        ltr_tracks_copy(index->ctx, &view, NULL, 0, view.tracks->capacity,
                        &smaller, NULL) == LTREC_OK)
        ltr_index_replace(index, smaller, NULL);
    ltr_compact_tail(index);
}

/* ---- Changes ------------------------------------------------------------ */

static void append(struct ltr_tracks *tracks, const struct ltr_view *view,
                   size_t n, const uint64_t *ids, const float *vectors)
{
    for (size_t i = 0; i < n; i++)
        ltr_tracks_put(tracks, view->rows + i, ids[i],
                       vectors + i * tracks->dim);
}

static int add(ltrec_index *index, size_t n, const uint64_t *ids,
               const float *vectors, ltrec_error *err)
{
    struct ltr_view view = ltr_tracks_view(index->gate->current);
    int status = check_ids(index, &view, n, ids, 0, err);

    if (status == LTREC_OK)
        status = make_room(index, &view, n, err);
    if (status != LTREC_OK)
        return status;
    append(index->gate->current, &view, n, ids, vectors);
    ltr_tracks_publish(index->gate->current, view.rows + n, view.gone);
    ltr_compact_tail(index);
    return LTREC_OK;
}

static int expect_removals(ltrec_index *index, ltrec_error *err)
{
    if (ltr_tracks_expect_removals(index->ctx, index->gate->current) !=
        LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    return LTREC_OK;
}

/* The rows that `ids` have in the view are removals gone + 1, ... */
static void take_out(struct ltr_tracks *tracks, const struct ltr_view *view,
                     size_t n, const uint64_t *ids)
{
    for (size_t i = 0; i < n; i++)
        ltr_tracks_remove(tracks, ltr_view_row(view, ids[i]),
                          view->gone + (uint32_t)i + 1);
}

static int update(ltrec_index *index, size_t n, const uint64_t *ids,
                  const float *vectors, ltrec_error *err)
{
    struct ltr_view view = ltr_tracks_view(index->gate->current);
    struct ltr_tracks *tracks;
    int status = check_ids(index, &view, n, ids, 1, err);

    if (status == LTREC_OK)
        status = make_room(index, &view, n, err);
    if (status == LTREC_OK)
        status = expect_removals(index, err);
    if (status != LTREC_OK)
        return status;
    tracks = index->gate->current;
    view = ltr_tracks_view(tracks);
    take_out(tracks, &view, n, ids);
    append(tracks, &view, n, ids, vectors);
    ltr_tracks_publish(tracks, view.rows + n, view.gone + (uint32_t)n);
    tidy(index);
    return LTREC_OK;
}

static int take(ltrec_index *index, size_t n, const uint64_t *ids,
                ltrec_error *err)
{
    struct ltr_view view = ltr_tracks_view(index->gate->current);
    int status = check_ids(index, &view, n, ids, 1, err);

    if (status == LTREC_OK && n > 0)
        status = expect_removals(index, err);
    if (status != LTREC_OK)
        return status;
    view = ltr_tracks_view(index->gate->current);
    take_out(index->gate->current, &view, n, ids);
    ltr_tracks_publish(index->gate->current, view.rows,
                       view.gone + (uint32_t)n);
    tidy(index);
    return LTREC_OK;
}

/* ---- The calls ---------------------------------------------------------- */

/* add() or update(), by the one writer that there may be. */
typedef int (*change_rows)(ltrec_index *index, size_t n, const uint64_t *ids,
                           const float *vectors, ltrec_error *err);

static int change(ltrec_index *index, change_rows put, size_t n,
                  const uint64_t *ids, const float *vectors, ltrec_error *err)
{
    int status = check_arguments(index, n, ids, err);

    if (status == LTREC_OK)
        status = ltr_index_begin_change(index, err);
    if (status != LTREC_OK)
        return status;
    status = check_vectors(index, n, vectors, err);
    if (status == LTREC_OK)
        status = put(index, n, ids, vectors, err);
    ltr_gate_end(index->gate);
    return status;
}

int ltrec_index_add(ltrec_index *index, size_t n, const uint64_t *ids,
                    const float *vectors, ltrec_error *err)
{
    return change(index, add, n, ids, vectors, err);
}

int ltrec_index_update(ltrec_index *index, size_t n, const uint64_t *ids,
                       const float *vectors, ltrec_error *err)
{
    return change(index, update, n, ids, vectors, err);
}

int ltrec_index_remove(ltrec_index *index, size_t n, const uint64_t *ids,
                       ltrec_error *err)
{
    int status = check_arguments(index, n, ids, err);

    if (status == LTREC_OK)
        status = ltr_index_begin_change(index, err);
    if (status != LTREC_OK)
        return status;
    status = take(index, n, ids, err);
    ltr_gate_end(index->gate);
    return status;
}
