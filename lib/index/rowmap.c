/*
 * rowmap.c - which row an id was last given, while rows are being added
 */
#include "index/rowmap.h"

#include "base/context.h"

int ltr_rowmap_create(ltrec_context *ctx, size_t capacity,
                      struct ltr_rowmap *out)
{
    size_t n = 16;

    while (n / 2 < capacity)
        n *= 2;
    out->slots = ltr_alloc(ctx, n, sizeof *out->slots);
    out->mask = n - 1;
    return out->slots ? LTREC_OK : LTREC_ERR_MEMORY;
}

void ltr_rowmap_free(ltrec_context *ctx, struct ltr_rowmap *map)
{
    ltr_free(ctx, map->slots);
    map->slots = NULL;
}

/*
 * The slot of `id`, or the empty one where it would go, and what is in it.
 * Acquire: whoever sees a row's number sees its id.
 */
static size_t slot_of(const struct ltr_rowmap *map, const uint64_t *ids,
                      uint64_t id, uint32_t *entry)
{
    size_t slot = (size_t)ltr_idmap_hash(id) & map->mask;

    for (;; slot = (slot + 1) & map->mask) {
        *entry = atomic_load_explicit(&map->slots[slot], memory_order_acquire);
        if (*entry == 0 || ids[*entry - 1] == id)
            return slot;
    }
}

size_t ltr_rowmap_find(const struct ltr_rowmap *map, const uint64_t *ids,
                       uint64_t id)
{
    uint32_t entry;

    slot_of(map, ids, id, &entry);
    return entry ? entry - 1 : LTR_NO_ROW;
}

void ltr_rowmap_put(struct ltr_rowmap *map, const uint64_t *ids, size_t row)
{
    uint32_t before;
    size_t slot = slot_of(map, ids, ids[row], &before);

    atomic_store_explicit(&map->slots[slot], (uint32_t)(row + 1),
                          memory_order_release);
}
