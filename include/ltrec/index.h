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
 * Answers are exact, unless less is asked for (`recall`): a byte a float tells
 * which tracks can't belong to them, with a proof, and the others are scored
 * in float.  The same query gets the same bits from every way of searching, at
 * any thread count, from an index that was filled, loaded or mapped;
 * docs/index.md says how.  ltrec_index_compact() makes the searches of large
 * catalogues faster.
 *
 * Threads: any number may search, save and ask while one adds, updates,
 * removes or compacts, and nobody waits.  Each call sees the tracks as they
 * were at one moment, all of every change or nothing of it.  A second thread
 * that would change the index meanwhile gets LTREC_ERR_STATE at once.
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

    /*
     * The part of the ten nearest that a search is to find, above 0 to 1; 1,
     * the default, finds all.  Below, a compacted index looks only into as
     * many lists as that takes, see ltrec_index_compact().
     */
    double recall;

    /*
     * What the vectors were predicted from, see ltrec_factors_options; 0, the
     * default, when unknown.  It is saved with the index, see
     * ltrec_index_check_features().
     */
    uint64_t feature_version;
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
 * index is mapped from a file or another thread is changing it, or
 * LTREC_ERR_MEMORY, leaves the index as it was.
 */
LTREC_API int ltrec_index_add(ltrec_index *index, size_t n,
                              const uint64_t *ids, const float *vectors,
                              ltrec_error *err);

/*
 * Add the tracks of `factors`, except rows of zeros, which have no direction;
 * `*n_skipped`, if not NULL, says how many those were.  An empty index of no
 * known model becomes one of theirs.  One whose feature version is not known
 * takes theirs: tracks from plays have none, and predictions may join them.
 *
 * All or nothing, with the errors of ltrec_index_add() and those of
 * ltrec_index_check_model() and ltrec_index_check_features();
 * LTREC_ERR_ARGUMENT when the rank is not `dim`.
 */
LTREC_API int ltrec_index_add_factors(ltrec_index *index,
                                      const ltrec_factors *factors,
                                      size_t *n_skipped, ltrec_error *err);

/*
 * Give `n` tracks that are there other vectors, in one step: every search
 * finds each with its old vector or its new one.  All or nothing, with the
 * errors of ltrec_index_add(); LTREC_ERR_ARGUMENT when an id is not there.
 */
LTREC_API int ltrec_index_update(ltrec_index *index, size_t n,
                                 const uint64_t *ids, const float *vectors,
                                 ltrec_error *err);

/*
 * Take `n` tracks out.  All or nothing: LTREC_ERR_ARGUMENT when an id is not
 * there or is named twice, LTREC_ERR_STATE as in ltrec_index_add(),
 * LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_index_remove(ltrec_index *index, size_t n,
                                 const uint64_t *ids, ltrec_error *err);

typedef struct ltrec_index_compact_options {
    size_t size;   /* set by ltrec_index_compact_options_init() */
    uint64_t seed; /* of what is drawn at random; default 1 */

    /*
     * Queries like those to come, [n_queries][dim], if they do not lie as the
     * tracks do: vectors that a model predicts, say.  The number of lists to
     * look into is then what both they and the tracks need.
     */
    const float *queries;
    size_t n_queries;

    ltrec_progress progress; /* NULL: none */
    void *user;
} ltrec_index_compact_options;

LTREC_API void
ltrec_index_compact_options_init(ltrec_index_compact_options *options,
                                 size_t size);

/*
 * Give back the room of tracks that were removed, and put those that are
 * there into lists of neighbours, about 2 sqrt(n) of them, by spherical
 * k-means; fewer than 4,096 tracks, or those of more than 4,096 floats, into
 * none.  Lists make searches faster, those that miss nothing as well, and a
 * recall below 1 possible: how many lists a search looks into is found by
 * searching for up to 1,000 tracks, and up to 1,000 of `queries`, and asking
 * in how many lists their exact neighbours lie.  ltrec_index_info() tells.
 *
 * Tracks added later are searched one and all until there are many of them,
 * and are then put into the lists while adding.  Compact again when the
 * catalogue has doubled.
 *
 * The same tracks in the same order and the same seed give the same lists, on
 * any machine and at any thread count.  Searches go on meanwhile; room for a
 * second copy is needed.
 *
 * LTREC_ERR_ARGUMENT when a query is zero or not finite, LTREC_ERR_STATE,
 * LTREC_ERR_MEMORY and LTREC_ERR_CANCELLED leave the index as it was.
 */
LTREC_API int ltrec_index_compact(ltrec_index *index,
                                  const ltrec_index_compact_options *options,
                                  ltrec_error *err);

/* ---- Searching ---------------------------------------------------------- */

/*
 * Find the `k` tracks whose vectors point most nearly the way `query[dim]`
 * does.  `ids[k]` and `similarities[k]` receive them, most similar first;
 * equal similarities are ordered by id, so that the answer never depends on
 * the order of adding.  `*n_found` is k, or the number of tracks if smaller.
 *
 * Allocates nothing, and takes up to 96 KiB of stack, 112 when there are
 * lists. LTREC_ERR_ARGUMENT when `query` is zero, not finite or of a length
 * outside 1e-18 to 1e18.
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

    /*
     * NULL: any.  Otherwise only ids below `n_bits` whose bit is set, bit
     * i % 64 of word i / 64.
     */
    const uint64_t *bitmap;
    size_t n_bits;
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
 * It takes a byte a float of the queries, 250 bytes a query and, where there
 * are lists, 4 1/8 bytes for each list and each of up to 1,024 queries a
 * thread: 16.5 MiB a thread for 4,096 lists.  LTREC_ERR_MEMORY when there is
 * none, and LTREC_ERR_ARGUMENT, naming the first bad query: nothing has then
 * been searched.
 */
LTREC_API int ltrec_index_search_batch(const ltrec_index *index, size_t n,
                                       const float *queries, size_t k,
                                       uint64_t *ids, float *similarities,
                                       size_t *n_found, ltrec_error *err);

/*
 * The k best of the answers of `n_parts` indexes that share a catalogue:
 * part_ids[n_parts][k] and part_similarities[n_parts][k], of which the first
 * part_found[n_parts] count, each sorted as searches sort.  An id that comes
 * from several parts is answered once, with its best similarity.
 *
 * The outputs must not overlap the inputs.  LTREC_ERR_ARGUMENT when a part is
 * out of order or has more than k answers.
 */
LTREC_API int ltrec_index_merge(size_t n_parts, size_t k,
                                const uint64_t *part_ids,
                                const float *part_similarities,
                                const size_t *part_found, uint64_t *ids,
                                float *similarities, size_t *n_found);

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
 * somebody cuts the file short in place while it is mapped.  Fails as
 * ltrec_index_load() does.
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

/*
 * LTREC_ERR_MISMATCH when the index has vectors that were predicted from other
 * features than those of `version`, likewise; ltrec_index_feature_version() is
 * 0 when it is not known.
 */
LTREC_API uint64_t ltrec_index_feature_version(const ltrec_index *index);
LTREC_API int ltrec_index_check_features(const ltrec_index *index,
                                         uint64_t version, ltrec_error *err);

typedef struct ltrec_index_information {
    size_t size;           /* set by ltrec_index_information_init() */
    size_t count;          /* tracks */
    size_t removed;        /* rows whose track is gone */
    size_t in_lists;       /* rows in lists; the others are all looked at */
    size_t lists;          /* 0: none */
    size_t probes;         /* lists looked into for 10 answers; 0: all */
    size_t probes_100;     /* and for 100 */
    double recall;         /* the goal */
    double recall_tracks;  /* recall@10 of held-out tracks; 1 when exact */
    double recall_queries; /* of the queries given; -1: none were */
    uint64_t bytes;        /* of memory, less what lies in a mapped file */
    uint64_t bytes_beside; /* of everything but the vectors, wherever */
} ltrec_index_information;

LTREC_API void
ltrec_index_information_init(ltrec_index_information *information,
                             size_t size);

/* What an index consists of now; LTREC_ERR_ARGUMENT for a NULL. */
LTREC_API int ltrec_index_info(const ltrec_index *index,
                               ltrec_index_information *information);

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
