/*
 * rowmap.h - which row an id was last given, while rows are being added
 *
 * A hash table of row numbers, as in math/idmap.h, that one thread writes and
 * any number read.  A slot once taken keeps its id for good: a track that is
 * removed leaves its row there, and the row of a later one replaces it.
 */
#ifndef LTR_INDEX_ROWMAP_H
#define LTR_INDEX_ROWMAP_H

#include <stdatomic.h>

#include "math/idmap.h"

struct ltr_rowmap {
    _Atomic uint32_t *slots; /* [mask + 1], a row and 1, or 0 when empty */
    size_t mask;             /* a power of two less 1 */
};

/* Room for `capacity` rows; LTREC_ERR_MEMORY. */
int ltr_rowmap_create(ltrec_context *ctx, size_t capacity,
                      struct ltr_rowmap *out);
void ltr_rowmap_free(ltrec_context *ctx, struct ltr_rowmap *map);

/* The row that `id` was last given, or LTR_NO_ROW. */
size_t ltr_rowmap_find(const struct ltr_rowmap *map, const uint64_t *ids,
                       uint64_t id);

/* ids[row] is in `row` now, which must be complete. */
void ltr_rowmap_put(struct ltr_rowmap *map, const uint64_t *ids, size_t row);

#endif /* LTR_INDEX_ROWMAP_H */
