/*
 * ltrec/interactions.h - who played what, and how often
 *
 *     ltrec_interactions *plays;
 *     ltrec_interactions_create(ctx, NULL, &plays, &err);
 *     ltrec_interactions_add(plays, n, users, items, counts, &err);
 *     ltrec_interactions_finish(plays, NULL, NULL, &err);
 *
 * Listeners and items are the caller's 64-bit ids.  Finishing sorts the rows,
 * adds up those that name the same pair and numbers listeners and items from
 * 0 in the order of their ids: the result is the same, to the bit, in
 * whatever order and in however many calls the rows came.
 *
 * Threads: one owner until finished; from then on any number of readers.
 */
#ifndef LTREC_INTERACTIONS_H
#define LTREC_INTERACTIONS_H

#include <ltrec/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_interactions ltrec_interactions;

/* ---- Life cycle --------------------------------------------------------- */

typedef struct ltrec_interactions_options {
    size_t size;    /* set by ltrec_interactions_options_init() */
    size_t reserve; /* rows to make room for at once; default 0 */
} ltrec_interactions_options;

LTREC_API void
ltrec_interactions_options_init(ltrec_interactions_options *options,
                                size_t size);

/* NULL `options` means the defaults. */
LTREC_API int
ltrec_interactions_create(ltrec_context *ctx,
                          const ltrec_interactions_options *options,
                          ltrec_interactions **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_interactions_free(ltrec_interactions *interactions);

/* ---- Filling ------------------------------------------------------------ */

/*
 * Add `n` rows: listener users[i] played items[i] counts[i] times.  A row
 * takes up to 15 bytes until finished, a pair 16 after, an id about 24.  Rows
 * that name the same pair are added up on the way once there are a million
 * and memory would have to grow: a log of any length takes no more than four
 * thirds of its different pairs would.
 *
 * All or nothing: LTREC_ERR_ARGUMENT, naming the row, for a count that is not
 * a positive finite number; LTREC_ERR_CAPACITY past 2^32 - 1 listeners or
 * items; LTREC_ERR_STATE when finished; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_interactions_add(ltrec_interactions *interactions,
                                     size_t n, const uint64_t *users,
                                     const uint64_t *items,
                                     const float *counts, ltrec_error *err);

/*
 * No more will come.  `progress` may be NULL.  On failure rows can still be
 * added and finishing tried again.
 *
 * LTREC_ERR_ARGUMENT when the sum of a repeated pair exceeds a float,
 * LTREC_ERR_CANCELLED, LTREC_ERR_STATE when finished before,
 * LTREC_ERR_MEMORY: for a while it takes 23 bytes a row.
 */
LTREC_API int ltrec_interactions_finish(ltrec_interactions *interactions,
                                        ltrec_progress progress, void *user,
                                        ltrec_error *err);

/* ---- Questions, once finished ------------------------------------------- */

/* All are 0 or NULL before. */
LTREC_API size_t
ltrec_interactions_n_users(const ltrec_interactions *interactions);
LTREC_API size_t
ltrec_interactions_n_items(const ltrec_interactions *interactions);
LTREC_API size_t
ltrec_interactions_n_pairs(const ltrec_interactions *interactions);

/* [n_users] and [n_items], ascending. */
LTREC_API const uint64_t *
ltrec_interactions_user_ids(const ltrec_interactions *interactions);
LTREC_API const uint64_t *
ltrec_interactions_item_ids(const ltrec_interactions *interactions);

/* The number of an id; LTREC_ERR_ARGUMENT when it is not there. */
LTREC_API int
ltrec_interactions_find_user(const ltrec_interactions *interactions,
                             uint64_t id, size_t *user);
LTREC_API int
ltrec_interactions_find_item(const ltrec_interactions *interactions,
                             uint64_t id, size_t *item);

/*
 * What listener number `user` played: `*n` items, by number and ascending,
 * and their counts.  LTREC_ERR_ARGUMENT when there is no such listener.
 */
LTREC_API int
ltrec_interactions_user_row(const ltrec_interactions *interactions,
                            size_t user, size_t *n, const uint32_t **items,
                            const float **counts);

/* Who played item number `item`, likewise, and when there is no such item. */
LTREC_API int
ltrec_interactions_item_row(const ltrec_interactions *interactions,
                            size_t item, size_t *n, const uint32_t **users,
                            const float **counts);

/* ---- Files -------------------------------------------------------------- */

/* Replaces `path` whole or leaves it as it was: LTREC_ERR_STATE when not
 * finished, LTREC_ERR_IO, LTREC_ERR_MEMORY. */
LTREC_API int ltrec_interactions_save(const ltrec_interactions *interactions,
                                      const char *path, ltrec_error *err);

/*
 * Finished interactions, as they were saved.  LTREC_ERR_FORMAT when the file
 * is damaged or something else, LTREC_ERR_UNSUPPORTED for a newer format,
 * LTREC_ERR_IO, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_interactions_load(ltrec_context *ctx, const char *path,
                                      ltrec_interactions **out,
                                      ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_INTERACTIONS_H */
