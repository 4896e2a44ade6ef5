/*
 * idmap.c - which row an id stands in
 *
 * Open addressing with linear probing in a table at most half full.  Removing
 * moves later entries of the run back, so that no tombstones gather.
 */
#include "math/idmap.h"

#include "base/context.h"

/* The finaliser of splitmix64. */
uint64_t ltr_idmap_hash(uint64_t id)
{
    id = (id ^ (id >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    id = (id ^ (id >> 27)) * UINT64_C(0x94D049BB133111EB);
    return id ^ (id >> 31);
}

static size_t home_of(const struct ltr_idmap *map, uint64_t id)
{
    return (size_t)ltr_idmap_hash(id) & map->mask;
}

/* The slot where `id` is, or the empty one where it would go. */
static size_t slot_of(const struct ltr_idmap *map, const uint64_t *ids,
                      uint64_t id)
{
    size_t slot = home_of(map, id);

    while (map->slots[slot] != 0 && ids[map->slots[slot] - 1] != id)
        slot = (slot + 1) & map->mask;
    return slot;
}

int ltr_idmap_create(ltrec_context *ctx, size_t capacity,
                     struct ltr_idmap *out)
{
    size_t n = 16;

    while (n / 2 < capacity)
        n *= 2;
    out->slots = ltr_alloc(ctx, n, sizeof *out->slots);
    out->mask = n - 1;
    return out->slots ? LTREC_OK : LTREC_ERR_MEMORY;
}

void ltr_idmap_free(ltrec_context *ctx, struct ltr_idmap *map)
{
    ltr_free(ctx, map->slots);
    map->slots = NULL;
}

size_t ltr_idmap_find(const struct ltr_idmap *map, const uint64_t *ids,
                      uint64_t id)
{
    size_t slot = slot_of(map, ids, id);

    return map->slots[slot] ? map->slots[slot] - 1 : LTR_NO_ROW;
}

size_t ltr_idmap_put(struct ltr_idmap *map, const uint64_t *ids, size_t row)
{
    size_t slot = slot_of(map, ids, ids[row]);

    if (map->slots[slot] != 0)
        return map->slots[slot] - 1;
    map->slots[slot] = (uint32_t)(row + 1);
    return LTR_NO_ROW;
}

void ltr_idmap_remove(struct ltr_idmap *map, const uint64_t *ids, size_t row)
{
    size_t hole = slot_of(map, ids, ids[row]), slot = hole;

    for (;;) {
        size_t home;

        map->slots[hole] = 0;
        do {
            slot = (slot + 1) & map->mask;
            if (map->slots[slot] == 0)
                return;
            home = home_of(map, ids[map->slots[slot] - 1]);
            /* Not to be moved before the place where its search begins. */
        } while (((slot - home) & map->mask) < ((slot - hole) & map->mask));
        map->slots[hole] = map->slots[slot];
        hole = slot;
    }
}
