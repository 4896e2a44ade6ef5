/*
 * ltrec/index.h - the nearest tracks, by cosine
 *
 * An index holds one factor vector per track and answers "which tracks lie
 * closest to this one?".
 *
 *     ltrec_index *index;
 *     if (ltrec_index_create(ctx, 40, NULL, &index, &err) != LTREC_OK)
 *         return report(&err);
 *     ltrec_index_add(index, n_tracks, track_ids, factors, &err);
 *     ltrec_index_search(index, query, 10, ids, similarities, &n_found);
 *     ltrec_index_save(index, "catalogue.ltrec", &err);
 *     ltrec_index_free(index);
 *
 * Answers are exact: a byte a float tells which tracks can't belong to them,
 * with a proof, and the others are scored in float.  The same query gets the
 * same bits from every way of searching, at any thread count, from an index
 * that was filled, loaded or mapped; docs/index.md says how.
 *
 * Threads: any number may search one index at the same time, as long as none
 * is adding to it.
 */
#ifndef LTREC_INDEX_H
#define LTREC_INDEX_H

#include <ltrec/base.h>
#include <ltrec/factors.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_index ltrec_index;

/* ---- Life cycle --------------------------------------------------------- */

typedef struct ltrec_index_options {
    size_t size;    /* set by ltrec_index_options_init() */
    size_t reserve; /* tracks to make room for at once; default 0 */

    /*
     * The model whose vectors these are; 0, the default, when unknown.  It is
     * saved with the index, see ltrec_index_check_model().
     */
    uint64_t model_id;
} ltrec_index_options;

LTREC_API void ltrec_index_options_init(ltrec_index_options *options,
                                        size_t size);

/*
 * Make an empty index over vectors of `dim` floats.  NULL `options` means the
 * defaults.  On failure `*out` is NULL.
 *
 * LTREC_ERR_ARGUMENT when `dim` is 0, LTREC_ERR_MEMORY, and
 * LTREC_ERR_UNSUPPORTED when `options` sets a field this library is too old
 * to know.
 */
LTREC_API int ltrec_index_create(ltrec_context *ctx, size_t dim,
                                 const ltrec_index_options *options,
                                 ltrec_index **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_index_free(ltrec_index *index);

/* ---- Filling ------------------------------------------------------------ */

/*
 * Add `n` tracks: `ids[n]` and their `vectors[n][dim]`.  Both are copied.
 * Vectors need not have unit length, but a direction: a length from 1e-18 to
 * 1e18.
 *
 * All or nothing, naming the row at fault: LTREC_ERR_ARGUMENT when a vector
 * is zero or not finite or an id is there already, LTREC_ERR_STATE when the
 * index is mapped from a file, or LTREC_ERR_MEMORY, leaves the index as it
 * was.
 */
LTREC_API int ltrec_index_add(ltrec_index *index, size_t n,
                              const uint64_t *ids, const float *vectors,
                              ltrec_error *err);

/*
 * Add the tracks of `factors`, except rows of zeros, which have no direction;
 * `*n_skipped`, if not NULL, says how many those were.  An empty index of no
 * known model becomes one of theirs.
 *
 * All or nothing, with the errors of ltrec_index_add() and those of
 * ltrec_index_check_model(); LTREC_ERR_ARGUMENT when the rank is not `dim`.
 */
LTREC_API int ltrec_index_add_factors(ltrec_index *index,
                                      const ltrec_factors *factors,
                                      size_t *n_skipped, ltrec_error *err);

/*
 * Take `n` tracks out.  All or nothing: LTREC_ERR_ARGUMENT when an id is not
 * there or is named twice, LTREC_ERR_STATE when the index is mapped,
 * LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_index_remove(ltrec_index *index, size_t n,
                                 const uint64_t *ids, ltrec_error *err);

/* ---- Searching ---------------------------------------------------------- */

/*
 * Find the `k` tracks whose vectors point most nearly the way `query[dim]`
 * does.  `ids[k]` and `similarities[k]` receive them, most similar first;
 * equal similarities are ordered by id, so that the answer never depends on
 * the order of adding.  `*n_found` is k, or the number of tracks if smaller.
 *
 * Allocates nothing.  LTREC_ERR_ARGUMENT when `query` is zero, not finite or
 * of a length outside 1e-18 to 1e18.
 */
LTREC_API int ltrec_index_search(const ltrec_index *index, const float *query,
                                 size_t k, uint64_t *ids, float *similarities,
                                 size_t *n_found);

/*
 * Which tracks may be answered.  Lists are in ascending order; ids that are
 * not in the index, and repeats, are ignored.
 */
typedef struct ltrec_index_filter {
    size_t size;             /* set by ltrec_index_filter_init() */
    const uint64_t *allowed; /* [n_allowed], only these; NULL: any */
    size_t n_allowed;
    const uint64_t *excluded; /* [n_excluded], none of these */
    size_t n_excluded;
} ltrec_index_filter;

LTREC_API void ltrec_index_filter_init(ltrec_index_filter *filter,
                                       size_t size);

/*
 * The same among the tracks that `filter` lets through: `*n_found` is always
 * the smaller of k and their number, however few of them there are.
 * LTREC_ERR_ARGUMENT also when a list is out of order.
 */
LTREC_API int ltrec_index_search_filtered(const ltrec_index *index,
                                          const float *query, size_t k,
                                          const ltrec_index_filter *filter,
                                          uint64_t *ids, float *similarities,
                                          size_t *n_found);

/*
 * The neighbours of a track of the index, never the track itself.  `filter`
 * may be NULL.  LTREC_ERR_ARGUMENT also when there is no such track.
 */
LTREC_API int ltrec_index_search_id(const ltrec_index *index, uint64_t id,
                                    size_t k, const ltrec_index_filter *filter,
                                    uint64_t *ids, float *similarities,
                                    size_t *n_found);

/*
 * ltrec_index_search() for each of `queries[n][dim]`, on the threads of the
 * context and reading the catalogue once for several queries: `ids[n][k]`,
 * `similarities[n][k]` and `n_found[n]`, with the same bits.
 *
 * LTREC_ERR_ARGUMENT names the first bad query; LTREC_ERR_MEMORY when there
 * is none for a byte a float of the queries.  Nothing has then been searched.
 */
LTREC_API int ltrec_index_search_batch(const ltrec_index *index, size_t n,
                                       const float *queries, size_t k,
                                       uint64_t *ids, float *similarities,
                                       size_t *n_found, ltrec_error *err);

/* ---- Files -------------------------------------------------------------- */

/*
 * Replace the file at `path` whole, or leave it as it was: LTREC_ERR_IO,
 * LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_index_save(const ltrec_index *index, const char *path,
                               ltrec_error *err);

/*
 * Read an index that can be added to.  Everything in the file is checked:
 * LTREC_ERR_FORMAT when it is damaged or not an index, LTREC_ERR_UNSUPPORTED
 * when a newer libltrec wrote it, LTREC_ERR_IO, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_index_load(ltrec_context *ctx, const char *path,
                               ltrec_index **out, ltrec_error *err);

/*
 * The same without reading it: the file is mapped and searched where it lies,
 * opening takes the same time at any size, and several processes share the
 * memory.  The index can't be changed.  The file's outline is checked but not
 * its vectors, so a damaged one may give wrong answers; never a crash, unless
 * somebody cuts the file short in place while it is mapped.
 */
LTREC_API int ltrec_index_map(ltrec_context *ctx, const char *path,
                              ltrec_index **out, ltrec_error *err);

/* ---- Questions ---------------------------------------------------------- */

LTREC_API size_t ltrec_index_count(const ltrec_index *index);
LTREC_API size_t ltrec_index_dim(const ltrec_index *index);
LTREC_API uint64_t ltrec_index_model_id(const ltrec_index *index);

/*
 * LTREC_ERR_MISMATCH when vectors of the model `model_id` do not belong into
 * this index; to be asked once before adding or searching with them.  An
 * unknown model, 0 on either side, is let through.
 */
LTREC_API int ltrec_index_check_model(const ltrec_index *index,
                                      uint64_t model_id, ltrec_error *err);

/* 1 or 0. */
LTREC_API int ltrec_index_contains(const ltrec_index *index, uint64_t id);

/* `out[dim]` = the unit vector of a track; LTREC_ERR_ARGUMENT if not there. */
LTREC_API int ltrec_index_vector(const ltrec_index *index, uint64_t id,
                                 float *out);

/*
 * The ids of `n` tracks from the `first` on, in the order they lie in;
 * LTREC_ERR_ARGUMENT when there are not as many.
 */
LTREC_API int ltrec_index_ids(const ltrec_index *index, size_t first, size_t n,
                              uint64_t *ids);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_INDEX_H */
