/*
 * idmap.h - which row an id stands in
 *
 * A hash table of row numbers only: the ids themselves are the caller's array,
 * passed to every call.
 */
#ifndef LTR_MATH_IDMAP_H
#define LTR_MATH_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

#define LTR_NO_ROW SIZE_MAX

/* Rows are 32 bits wide in the table and in the file. */
#define LTR_MOST_ROWS (UINT32_MAX - 1)

struct ltr_idmap {
    uint32_t *slots; /* [mask + 1], a row and 1, or 0 when empty */
    size_t mask;     /* a power of two less 1 */
};

/* Bits that differ in all places although ids are often 0, 1, 2, ... */
uint64_t ltr_idmap_hash(uint64_t id);

/* Room for `capacity` rows; LTREC_ERR_MEMORY. */
int ltr_idmap_create(ltrec_context *ctx, size_t capacity,
                     struct ltr_idmap *out);
void ltr_idmap_free(ltrec_context *ctx, struct ltr_idmap *map);

/* The row of `id`, or LTR_NO_ROW. */
size_t ltr_idmap_find(const struct ltr_idmap *map, const uint64_t *ids,
                      uint64_t id);

/* Enter ids[row]; LTR_NO_ROW, or the row that has this id already. */
size_t ltr_idmap_put(struct ltr_idmap *map, const uint64_t *ids, size_t row);

/* Take ids[row] out. */
void ltr_idmap_remove(struct ltr_idmap *map, const uint64_t *ids, size_t row);

#endif /* LTR_MATH_IDMAP_H */
