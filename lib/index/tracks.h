/*
 * tracks.h - the tracks of an index, while one thread changes them
 *
 * Rows are only ever appended.  A track that is removed keeps its row, and one
 * whose vector changes gets a new row; the removals are numbered 1, 2, 3, ...
 * How many rows there are and how many removals is one number, published in
 * one store: whoever has read it sees exactly the tracks of that moment,
 *
 *     the rows below `rows` that no removal up to number `gone` took,
 *
 * however many come and go meanwhile.  When room runs out, or most rows are of
 * nobody, the rest moves into new tracks and the old ones stay for those who
 * still read them (gate.h).
 *
 * Codes lie in blocks and are written when the last row of a block is, so that
 * no reader loads what is being written.
 */
#ifndef LTR_INDEX_TRACKS_H
#define LTR_INDEX_TRACKS_H

#include <stdatomic.h>

#include "index/halves.h"
#include "index/lists.h"
#include "index/rowmap.h"
#include "store/store.h"

struct ltr_fate {
    _Atomic uint32_t gone;  /* the number of its removal; 0: still there */
    _Atomic uint32_t older; /* the row and 1 its id had before; 0: none */
};

/*
 * Either owned, and then `map` finds ids and all arrays have `capacity` rows;
 * or mapped, and then `file` holds the arrays and `order` finds ids.
 */
struct ltr_tracks {
    size_t dim;
    size_t capacity;
    const uint64_t *ids;
    const float *vectors;          /* [][dim], each of unit length */
    struct ltr_sift_halves halves; /* codes of all whole blocks, or NULL */
    struct ltr_sift_rows codes;    /* instead, mapped from an older file */
    struct ltr_lists lists;        /* in which the first rows lie */

    uint64_t *own_ids; /* the same arrays, to be written */
    float *own_vectors;
    struct ltr_halves own_halves;
    struct ltr_rowmap map;
    _Atomic(struct ltr_fate *) fates; /* NULL before the first removal */

    struct ltr_reader *file;
    const uint32_t *order; /* rows by ascending id; not trusted */

    _Atomic uint64_t published; /* rows << 32 | gone */
};

/* The tracks of one moment. */
struct ltr_view {
    const struct ltr_tracks *tracks;
    size_t rows;
    uint32_t gone;
    struct ltr_fate *fates;
};

/* Without a row; LTREC_ERR_MEMORY leaves NULL. */
int ltr_tracks_create(ltrec_context *ctx, size_t dim, size_t capacity,
                      struct ltr_tracks **out, ltrec_error *err);

/*
 * New tracks with the rows order[n] of a view, or with those that are there,
 * in the order they lie in, when that is NULL; then in lists as before.
 */
int ltr_tracks_copy(ltrec_context *ctx, const struct ltr_view *from,
                    const uint32_t *order, size_t n, size_t capacity,
                    struct ltr_tracks **out, ltrec_error *err);
void ltr_tracks_free(ltrec_context *ctx, struct ltr_tracks *tracks);

/* ---- Reading ------------------------------------------------------------ */

struct ltr_view ltr_tracks_view(const struct ltr_tracks *tracks);

static inline size_t ltr_view_count(const struct ltr_view *view)
{
    return view->rows - view->gone;
}

static inline int ltr_view_has(const struct ltr_view *view, size_t row)
{
    uint32_t gone;

    if (!view->fates)
        return 1;
    gone = atomic_load_explicit(&view->fates[row].gone, memory_order_relaxed);
    return gone == 0 || gone > view->gone;
}

/* The row of `id`, or LTR_NO_ROW. */
size_t ltr_view_row(const struct ltr_view *view, uint64_t id);

/* Rows whose codes can be sieved: those of the blocks that are whole. */
size_t ltr_view_coded(const struct ltr_view *view);

/* How they are coded. */
static inline enum ltr_coding ltr_tracks_coding(const struct ltr_tracks *t)
{
    return t->codes.codes ? LTR_CODING_PLAIN : LTR_CODING_TURNED;
}

/* codes[bytes] of a row, of tracks that are not mapped. */
void ltr_view_code(const struct ltr_view *view, size_t row, int8_t *codes);

/* ---- Writing, by one thread --------------------------------------------- */

/* Room to note removals; LTREC_ERR_MEMORY changes nothing. */
int ltr_tracks_expect_removals(ltrec_context *ctx, struct ltr_tracks *tracks);

/* A track in `row`, the next one; `vector` is of any length. */
void ltr_tracks_put(struct ltr_tracks *tracks, size_t row, uint64_t id,
                    const float *vector);

/* Removal number `gone` takes `row`. */
void ltr_tracks_remove(struct ltr_tracks *tracks, size_t row, uint32_t gone);

void ltr_tracks_publish(struct ltr_tracks *tracks, size_t rows, uint32_t gone);

#endif /* LTR_INDEX_TRACKS_H */
