/*
 * index_info.c - what an index consists of
 */
#include "index/index_parts.h"

#include "base/options.h"

static const ltrec_index_information nothing = {
    .size = sizeof nothing,
    .recall = 1,
    .recall_tracks = 1,
    .recall_queries = -1,
};

void ltrec_index_information_init(ltrec_index_information *information,
                                  size_t size)
{
    ltr_options_init(information, size, &nothing, sizeof nothing);
}

/* What an index of vectors alone would not have. */
static uint64_t bytes_beside(const struct ltr_tracks *t)
{
    uint64_t rows = LTR_BLOCK * ltr_codes_blocks(t->capacity);
    uint64_t code = t->halves.uppers ? ltr_halves_bytes(t->dim)
                    : t->codes.codes
                        ? t->codes.quads * LTR_QUAD + 2 * sizeof(float)
                        : 0;
    uint64_t find = t->order ? t->capacity * sizeof *t->order
                             : (t->map.mask + 1) * sizeof *t->map.slots;
    uint64_t fates = atomic_load_explicit(&t->fates, memory_order_relaxed)
                         ? t->capacity * sizeof(struct ltr_fate)
                         : 0;

    return rows * code + find + fates + t->capacity * sizeof *t->ids +
           ltr_lists_bytes(&t->lists, t->dim);
}

static void describe(const ltrec_index *index, const struct ltr_view *view,
                     ltrec_index_information *out)
{
    const struct ltr_tracks *t = view->tracks;
    const struct ltr_lists *lists = &t->lists;

    out->count = ltr_view_count(view);
    out->removed = view->gone;
    out->in_lists = ltr_lists_rows(lists);
    out->lists = lists->n;
    out->probes = lists->aim.probes[0];
    out->probes_100 = lists->aim.probes[1];
    out->recall = index->recall;
    out->recall_tracks = lists->n ? lists->aim.of_tracks : 1;
    out->recall_queries = lists->n ? lists->aim.of_queries : -1;
    out->bytes_beside = bytes_beside(t);
    out->bytes = index->mapped
                     ? ltr_lists_bytes(lists, t->dim)
                     : out->bytes_beside +
                           (uint64_t)t->capacity * t->dim * sizeof(float);
}

int ltrec_index_info(const ltrec_index *index,
                     ltrec_index_information *information)
{
    ltrec_index_information out = nothing;
    struct ltr_reading reading;

    if (!index || !information || information->size < sizeof out.size)
        return LTREC_ERR_ARGUMENT;
    reading = ltr_index_enter(index);
    describe(index, &reading.view, &out);
    ltr_index_leave(index, reading);
    ltr_options_init(information, information->size, &out, sizeof out);
    return LTREC_OK;
}
