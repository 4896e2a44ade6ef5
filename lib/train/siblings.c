/*
 * siblings.c - artists' other tracks, each seen without itself
 */
#include "train/train_parts.h"

#include "base/context.h"
#include "base/error.h"
#include "nn/layers.h"

struct artists {
    struct ltr_idmap map;
    uint64_t *ids;
    double *sums; /* [n][rank], of unit targets */
    uint32_t *counts;
    size_t n;
};

/* Where an artist's sum is, made when there is none yet. */
static size_t artist_at(struct artists *a, uint64_t artist)
{
    size_t at = ltr_idmap_find(&a->map, a->ids, artist);

    if (at != LTR_NO_ROW)
        return at;
    a->ids[a->n] = artist;
    ltr_idmap_put(&a->map, a->ids, a->n);
    return a->n++;
}

static int unit_target(const struct ltr_lesson *l, size_t row, float *unit)
{
    size_t rank = l->rank, at;

    if (ltrec_factors_find(l->targets, l->dataset->ids[row], &at) !=
            LTREC_OK ||
        !(ltrec_factors_norms(l->targets)[at] > 0))
        return 0;
    ltr_unit_forward(ltrec_factors_vectors(l->targets) + at * rank, rank,
                     unit);
    return 1;
}

static void add_up(const struct ltr_lesson *l, struct artists *a, float *unit,
                   struct ltr_watch *watch)
{
    for (size_t row = 0; row < l->dataset->n && !ltr_watch_row(watch, row);
         row++) {
        uint64_t artist = l->dataset->tracks[row].artist;
        size_t at;

        if (artist == 0 || !unit_target(l, row, unit))
            continue;
        at = artist_at(a, artist);
        a->counts[at]++;
        for (size_t i = 0; i < l->rank; i++)
            a->sums[at * l->rank + i] += (double)unit[i];
    }
}

/* The sum of a row's artist, less its own part. */
static void leave_one_out(const struct ltr_lesson *l, struct artists *a,
                          size_t row, float *unit, struct ltr_siblings *out)
{
    uint64_t artist = l->dataset->tracks[row].artist;
    float *mean = out->means + row * l->rank;
    int own = unit_target(l, row, unit);
    size_t at =
        artist == 0 ? LTR_NO_ROW : ltr_idmap_find(&a->map, a->ids, artist);
    uint32_t count;

    if (at == LTR_NO_ROW)
        return;
    count = a->counts[at] - (uint32_t)own;
    if (count == 0)
        return;
    out->counts[row] = count;
    for (size_t i = 0; i < l->rank; i++) {
        double sum = a->sums[at * l->rank + i];

        mean[i] = (float)((sum - (own ? (double)unit[i] : 0)) / count);
    }
}

int ltr_siblings_create(const struct ltr_lesson *l, struct ltr_siblings *out)
{
    size_t n = l->dataset->n;
    float *unit = ltr_alloc(l->ctx, l->rank, sizeof *unit);
    struct artists a = {.n = 0};
    struct ltr_watch watch = {.options = l->options, .total = n};
    int status = ltr_idmap_create(l->ctx, n, &a.map);

    a.ids = ltr_alloc(l->ctx, n, sizeof *a.ids);
    a.sums = ltr_alloc(l->ctx, n, l->rank * sizeof *a.sums);
    a.counts = ltr_alloc(l->ctx, n, sizeof *a.counts);
    out->means = ltr_alloc(l->ctx, n, l->rank * sizeof *out->means);
    out->counts = ltr_alloc(l->ctx, n, sizeof *out->counts);
    if (status != LTREC_OK || !unit || !a.ids || !a.sums || !a.counts ||
        !out->means || !out->counts)
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    else
        add_up(l, &a, unit, &watch);
    for (size_t row = 0;
         status == LTREC_OK && row < n && !ltr_watch_row(&watch, row); row++)
        leave_one_out(l, &a, row, unit, out);
    if (watch.cancelled)
        status = ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled");
    ltr_idmap_free(l->ctx, &a.map);
    ltr_free(l->ctx, a.ids);
    ltr_free(l->ctx, a.sums);
    ltr_free(l->ctx, a.counts);
    ltr_free(l->ctx, unit);
    if (status != LTREC_OK)
        ltr_siblings_free(l->ctx, out);
    return status;
}

void ltr_siblings_free(ltrec_context *ctx, struct ltr_siblings *siblings)
{
    ltr_free(ctx, siblings->means);
    ltr_free(ctx, siblings->counts);
    *siblings = (struct ltr_siblings){0};
}
