/*
 * kin.c - which tracks must not be parted
 *
 * A recording has several ids where it came out several times: as a single,
 * on its album, remastered.  One copy tells all about the others.  Merging
 * whole artists or albums over it, rather than leaving copies out, keeps both
 * promises; as copies are known by their artist and title, what comes together
 * is hardly ever more than an artist.
 */
#include "train/train_parts.h"

#include "base/context.h"
#include "math/groups.h"
#include "math/sort.h"

static uint64_t group_of(const ltrec_dataset *d, size_t row, int32_t split)
{
    const struct ltr_known *known = &d->tracks[row];

    if (split == LTREC_SPLIT_ARTIST && known->artist != 0)
        return known->artist;
    if (split == LTREC_SPLIT_ALBUM && known->album != 0)
        return known->album;
    return d->ids[row];
}

int ltr_dataset_groups(const ltrec_dataset *dataset, int32_t split,
                       uint64_t *groups)
{
    const ltrec_dataset *d = dataset;
    uint64_t *own = ltr_alloc(d->ctx, d->n, sizeof *own);
    uint64_t *recordings = ltr_alloc(d->ctx, d->n, sizeof *recordings);
    int status = own && recordings ? LTREC_OK : LTREC_ERR_MEMORY;

    for (size_t row = 0; status == LTREC_OK && row < d->n; row++) {
        own[row] = group_of(d, row, split);
        recordings[row] = d->tracks[row].recording;
    }
    if (status == LTREC_OK)
        status = ltr_groups_merge(d->ctx, d->n, own, recordings, groups);
    ltr_free(d->ctx, own);
    ltr_free(d->ctx, recordings);
    return status;
}

/* The least time that is known among order[from .. to). */
static uint64_t first_time(const ltrec_dataset *d, const uint32_t *order,
                           size_t from, size_t to)
{
    uint64_t first = 0;

    for (size_t i = from; i < to; i++) {
        uint64_t time = d->tracks[order[i]].released;

        if (time != 0 && (first == 0 || time < first))
            first = time;
    }
    return first;
}

int ltr_dataset_first_times(const ltrec_dataset *dataset, uint64_t *times)
{
    const ltrec_dataset *d = dataset;
    uint64_t *groups = ltr_alloc(d->ctx, d->n, sizeof *groups);
    uint32_t *order = ltr_alloc(d->ctx, d->n, 2 * sizeof *order);
    int status = groups && order ? LTREC_OK : LTREC_ERR_MEMORY;

    if (status == LTREC_OK)
        status = ltr_dataset_groups(d, LTREC_SPLIT_TRACK, groups);
    if (status == LTREC_OK)
        ltr_sort_order(groups, order, order + d->n, d->n);
    for (size_t from = 0, to; status == LTREC_OK && from < d->n; from = to) {
        uint64_t first;

        for (to = from + 1; to < d->n; to++)
            if (groups[order[to]] != groups[order[from]])
                break;
        first = first_time(d, order, from, to);
        for (size_t i = from; i < to; i++)
            times[order[i]] = first;
    }
    ltr_free(d->ctx, groups);
    ltr_free(d->ctx, order);
    return status;
}
