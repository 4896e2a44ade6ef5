/*
 * tracks.c - the tracks of an index, while one thread changes them
 */
#include "index/tracks.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "index/index_parts.h"

/* ---- Room --------------------------------------------------------------- */

void ltr_tracks_free(ltrec_context *ctx, struct ltr_tracks *tracks)
{
    if (!tracks)
        return;
    ltr_free(ctx, tracks->own_ids);
    ltr_free(ctx, tracks->own_vectors);
    ltr_halves_free(ctx, &tracks->own_halves);
    ltr_rowmap_free(ctx, &tracks->map);
    ltr_lists_free(ctx, &tracks->lists);
    ltr_free(ctx, atomic_load(&tracks->fates));
    ltr_store_close(tracks->file);
    ltr_free(ctx, tracks);
}

static int take_room(ltrec_context *ctx, struct ltr_tracks *t)
{
    int status = LTREC_OK;

    t->own_ids = ltr_alloc(ctx, t->capacity, sizeof *t->own_ids);
    t->own_vectors = ltr_alloc(ctx, t->capacity, t->dim * sizeof(float));
    if (!t->own_ids || !t->own_vectors)
        return LTREC_ERR_MEMORY;
    status = ltr_rowmap_create(ctx, t->capacity, &t->map);
    if (status == LTREC_OK && ltr_codes_fit(t->dim))
        status = ltr_halves_create(ctx, t->capacity, t->dim, &t->own_halves);
    t->ids = t->own_ids;
    t->vectors = t->own_vectors;
    t->halves = ltr_halves_rows(&t->own_halves, t->dim);
    return status;
}

int ltr_tracks_create(ltrec_context *ctx, size_t dim, size_t capacity,
                      struct ltr_tracks **out, ltrec_error *err)
{
    struct ltr_tracks *t = NULL;

    *out = NULL;
    if (capacity <= LTR_MOST_ROWS)
        t = ltr_alloc(ctx, 1, sizeof *t);
    if (t) {
        t->dim = dim;
        t->capacity = capacity;
        if (take_room(ctx, t) == LTREC_OK) {
            *out = t;
            return LTREC_OK;
        }
    }
    ltr_tracks_free(ctx, t);
    return ltr_fail(err, LTREC_ERR_MEMORY,
                    "index: no memory for %zu tracks of %zu floats", capacity,
                    dim);
}

/* ---- Copying ------------------------------------------------------------ */

/* Rows that are all there and stay where they are. */
static void copy_whole(struct ltr_tracks *to, const struct ltr_view *from)
{
    const struct ltr_tracks *t = from->tracks;

    if (from->rows == 0)
        return;
    memcpy(to->own_ids, t->ids, from->rows * sizeof *t->ids);
    memcpy(to->own_vectors, t->vectors,
           from->rows * t->dim * sizeof *t->vectors);
    if (t->halves.uppers)
        ltr_halves_copy(&to->own_halves, &t->halves, from->rows / LTR_BLOCK);
    for (size_t row = 0; row < from->rows; row++) {
        if (!t->halves.uppers && ltr_codes_fit(t->dim))
            ltr_halves_put(&to->own_halves, row, t->vectors + row * t->dim,
                           t->dim);
        ltr_rowmap_put(&to->map, to->own_ids, row);
    }
}

/* Codes are kept where they exist: they follow from the vector alone. */
static void copy_row(struct ltr_tracks *to, size_t row,
                     const struct ltr_view *from, size_t from_row)
{
    const struct ltr_tracks *t = from->tracks;

    to->own_ids[row] = t->ids[from_row];
    memcpy(to->own_vectors + row * t->dim, t->vectors + from_row * t->dim,
           t->dim * sizeof *t->vectors);
    if (from_row < ltr_view_coded(from))
        ltr_halves_move(&to->own_halves, row, &t->halves, from_row);
    else if (ltr_codes_fit(t->dim))
        ltr_halves_put(&to->own_halves, row, to->own_vectors + row * t->dim,
                       t->dim);
    ltr_rowmap_put(&to->map, to->own_ids, row);
}

/* Those that are there; lists begin where their first one comes to lie. */
static size_t copy_living(struct ltr_tracks *to, const struct ltr_view *from)
{
    const struct ltr_lists *lists = &from->tracks->lists;
    size_t at = 0, list = 0;

    for (size_t row = 0; row < from->rows; row++) {
        while (list <= lists->n && lists->n > 0 &&
               row == lists->begins[list]) /* some may be empty */
            to->lists.begins[list++] = (uint32_t)at;
        if (ltr_view_has(from, row))
            copy_row(to, at++, from, row);
    }
    while (lists->n > 0 && list <= lists->n)
        to->lists.begins[list++] = (uint32_t)at;
    return at;
}

int ltr_tracks_copy(ltrec_context *ctx, const struct ltr_view *from,
                    const uint32_t *order, size_t n, size_t capacity,
                    struct ltr_tracks **out, ltrec_error *err)
{
    const struct ltr_tracks *t = from->tracks;
    struct ltr_tracks *to;
    int status = ltr_tracks_create(ctx, t->dim, capacity, &to, err);

    *out = NULL;
    if (status != LTREC_OK)
        return status;
    if (!order && t->lists.n > 0)
        status = ltr_lists_copy(ctx, &to->lists, &t->lists, t->dim);
    for (size_t i = 0; order && i < n; i++)
        copy_row(to, i, from, order[i]);
    if (status == LTREC_OK && !order && from->gone == 0) {
        n = from->rows;
        copy_whole(to, from);
    } else if (status == LTREC_OK && !order) {
        n = copy_living(to, from);
        status = ltr_lists_measure(ctx, &to->lists, to->vectors, t->dim);
    }
    if (status != LTREC_OK) {
        ltr_tracks_free(ctx, to);
        return ltr_fail(err, status, "index: no memory for lists");
    }
    ltr_tracks_publish(to, n, 0);
    *out = to;
    return LTREC_OK;
}

/* ---- Reading ------------------------------------------------------------ */

struct ltr_view ltr_tracks_view(const struct ltr_tracks *tracks)
{
    uint64_t published =
        atomic_load_explicit(&tracks->published, memory_order_acquire);

    return (struct ltr_view){
        .tracks = tracks,
        .rows = (size_t)(published >> 32),
        .gone = (uint32_t)published,
        .fates = atomic_load_explicit(&tracks->fates, memory_order_acquire),
    };
}

/* The row of `id` in the order a mapped file brings along. */
static size_t find_in_order(const struct ltr_tracks *t, size_t rows,
                            uint64_t id)
{
    size_t from = 0, to = rows;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        uint32_t row = t->order[middle];

        if (row >= rows)
            return LTR_NO_ROW;
        if (t->ids[row] == id)
            return row;
        if (t->ids[row] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return LTR_NO_ROW;
}

/*
 * The row in the map may be younger than the view: then back to the one that
 * the id had then.  Only a row that replaced another can have an older one, so
 * `fates` is there.
 */
size_t ltr_view_row(const struct ltr_view *view, uint64_t id)
{
    const struct ltr_tracks *t = view->tracks;
    struct ltr_fate *fates;
    size_t row;

    if (t->order)
        return find_in_order(t, view->rows, id);
    row = ltr_rowmap_find(&t->map, t->ids, id);
    fates = atomic_load_explicit(&t->fates, memory_order_acquire);
    while (row != LTR_NO_ROW && row >= view->rows) {
        uint32_t older = fates ? atomic_load_explicit(&fates[row].older,
                                                      memory_order_relaxed)
                               : 0;

        row = older ? older - 1 : LTR_NO_ROW;
    }
    return row != LTR_NO_ROW && ltr_view_has(view, row) ? row : LTR_NO_ROW;
}

size_t ltr_view_coded(const struct ltr_view *view)
{
    const struct ltr_tracks *t = view->tracks;

    return t->halves.uppers || t->codes.codes
               ? view->rows / LTR_BLOCK * LTR_BLOCK
               : 0;
}

void ltr_view_code(const struct ltr_view *view, size_t row, int8_t *codes)
{
    const struct ltr_tracks *t = view->tracks;
    struct ltr_fit upper;

    if (row < ltr_view_coded(view))
        ltr_halves_get(&t->halves, row, codes);
    else
        ltr_codes_make(codes, t->vectors + row * t->dim, t->dim,
                       LTR_CODING_TURNED, &upper);
}

/* ---- Writing ------------------------------------------------------------ */

int ltr_tracks_expect_removals(ltrec_context *ctx, struct ltr_tracks *tracks)
{
    struct ltr_fate *fates;

    if (atomic_load_explicit(&tracks->fates, memory_order_relaxed))
        return LTREC_OK;
    fates = ltr_alloc(ctx, tracks->capacity, sizeof *fates);
    if (!fates)
        return LTREC_ERR_MEMORY;
    atomic_store_explicit(&tracks->fates, fates, memory_order_release);
    return LTREC_OK;
}

/* The codes of the block that ends with `row`. */
static void code_block(struct ltr_tracks *t, size_t row)
{
    for (size_t r = row + 1 - LTR_BLOCK; r <= row; r++)
        ltr_halves_put(&t->own_halves, r, t->own_vectors + r * t->dim, t->dim);
}

void ltr_tracks_put(struct ltr_tracks *tracks, size_t row, uint64_t id,
                    const float *vector)
{
    struct ltr_fate *fates =
        atomic_load_explicit(&tracks->fates, memory_order_relaxed);
    size_t before = ltr_rowmap_find(&tracks->map, tracks->ids, id);

    tracks->own_ids[row] = id;
    ltr_index_to_unit(tracks->own_vectors + row * tracks->dim, vector,
                      tracks->dim);
    if (row % LTR_BLOCK == LTR_BLOCK - 1 && ltr_codes_fit(tracks->dim))
        code_block(tracks, row);
    if (before != LTR_NO_ROW)
        atomic_store_explicit(&fates[row].older, (uint32_t)(before + 1),
                              memory_order_relaxed);
    ltr_rowmap_put(&tracks->map, tracks->own_ids, row);
}

void ltr_tracks_remove(struct ltr_tracks *tracks, size_t row, uint32_t gone)
{
    struct ltr_fate *fates =
        atomic_load_explicit(&tracks->fates, memory_order_relaxed);

    atomic_store_explicit(&fates[row].gone, gone, memory_order_relaxed);
}

/* Release: whoever sees the number sees the rows and the removals. */
void ltr_tracks_publish(struct ltr_tracks *tracks, size_t rows, uint32_t gone)
{
    atomic_store_explicit(&tracks->published, (uint64_t)rows << 32 | gone,
                          memory_order_release);
}
