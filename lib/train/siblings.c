/*
 * siblings.c - artists' other tracks, each seen without itself
 *
 * And without its copies: those are it once more, and a network that found its
 * own target among the means would trust them more than a new track's deserve.
 */
#include "train/train_parts.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "math/sort.h"
#include "nn/layers.h"
#include "store/store.h"

struct artists {
    struct ltr_idmap map;
    uint64_t *ids;
    double *sums; /* [n][rank + 1], of unit targets and their log lengths */
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

/* unit[rank + 1], the last the logarithm of the length. */
static int unit_target(const struct ltr_lesson *l, size_t row, float *unit)
{
    size_t rank = l->rank, at;
    float length;

    if (ltrec_factors_find(l->targets, l->dataset->ids[row], &at) != LTREC_OK)
        return 0;
    length = ltrec_factors_norms(l->targets)[at];
    if (!(length > 0))
        return 0;
    ltr_unit_forward(ltrec_factors_vectors(l->targets) + at * rank, rank,
                     unit);
    unit[rank] = logf(length);
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
        for (size_t i = 0; i <= l->rank; i++)
            a->sums[at * (l->rank + 1) + i] += (double)unit[i];
    }
}

/* Equal for an artist's tracks of one recording. */
static uint64_t key_of(const ltrec_dataset *d, size_t row)
{
    const struct ltr_known *known = &d->tracks[row];

    return known->recording ? ltr_checksum(known->artist, &known->recording,
                                           sizeof known->recording)
                            : d->ids[row];
}

/* What is taken from an artist's sum: a track and its copies. */
struct own {
    float *unit; /* [rank + 1], scratch */
    double *sum; /* [rank + 1] */
    uint32_t count;
};

/* The sum of a row's artist, less its own part. */
static void leave_out(const struct ltr_lesson *l, const struct artists *a,
                      size_t row, const struct own *own,
                      struct ltr_siblings *out)
{
    uint64_t artist = l->dataset->tracks[row].artist;
    float *mean = out->means + row * l->rank;
    size_t at =
        artist == 0 ? LTR_NO_ROW : ltr_idmap_find(&a->map, a->ids, artist);
    const double *sum;
    uint32_t count;

    if (at == LTR_NO_ROW)
        return;
    count = a->counts[at] - own->count;
    if (count == 0)
        return;
    sum = a->sums + at * (l->rank + 1);
    out->counts[row] = count;
    for (size_t i = 0; i < l->rank; i++)
        mean[i] = (float)((sum[i] - own->sum[i]) / count);
    out->lengths[row] = (float)exp((sum[l->rank] - own->sum[l->rank]) / count);
}

/* The rows copies[n] are one recording by one artist. */
static void leave_copies_out(const struct ltr_lesson *l,
                             const struct artists *a, const uint32_t *copies,
                             size_t n, struct own *own,
                             struct ltr_siblings *out)
{
    own->count = 0;
    for (size_t i = 0; i <= l->rank; i++)
        own->sum[i] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!unit_target(l, copies[i], own->unit))
            continue;
        own->count++;
        for (size_t j = 0; j <= l->rank; j++)
            own->sum[j] += (double)own->unit[j];
    }
    for (size_t i = 0; i < n; i++)
        leave_out(l, a, copies[i], own, out);
}

static void leave_each_out(const struct ltr_lesson *l, const struct artists *a,
                           struct own *own, uint64_t *keys, uint32_t *order,
                           struct ltr_watch *watch, struct ltr_siblings *out)
{
    size_t n = l->dataset->n;

    for (size_t row = 0; row < n; row++)
        keys[row] = key_of(l->dataset, row);
    ltr_sort_order(keys, order, order + n, n);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n; to++)
            if (keys[order[to]] != keys[order[from]] ||
                ltr_watch_row(watch, to))
                break;
        if (watch->cancelled)
            return;
        leave_copies_out(l, a, order + from, to - from, own, out);
    }
}

int ltr_siblings_create(const struct ltr_lesson *l, struct ltr_siblings *out)
{
    size_t n = l->dataset->n;
    struct own own = {.unit = ltr_alloc(l->ctx, l->rank + 1, sizeof *own.unit),
                      .sum = ltr_alloc(l->ctx, l->rank + 1, sizeof *own.sum)};
    uint64_t *keys = ltr_alloc(l->ctx, n, sizeof *keys);
    uint32_t *order = ltr_alloc(l->ctx, n, 2 * sizeof *order);
    struct artists a = {.n = 0};
    struct ltr_watch watch = {.options = l->options, .total = n};
    int status = ltr_idmap_create(l->ctx, n, &a.map);

    a.ids = ltr_alloc(l->ctx, n, sizeof *a.ids);
    a.sums = ltr_alloc(l->ctx, n, (l->rank + 1) * sizeof *a.sums);
    a.counts = ltr_alloc(l->ctx, n, sizeof *a.counts);
    out->means = ltr_alloc(l->ctx, n, l->rank * sizeof *out->means);
    out->lengths = ltr_alloc(l->ctx, n, sizeof *out->lengths);
    out->counts = ltr_alloc(l->ctx, n, sizeof *out->counts);
    if (status != LTREC_OK || !own.unit || !own.sum || !keys || !order ||
        !a.ids || !a.sums || !a.counts || !out->means || !out->lengths ||
        !out->counts) {
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    } else {
        add_up(l, &a, own.unit, &watch);
        leave_each_out(l, &a, &own, keys, order, &watch, out);
    }
    if (watch.cancelled)
        status = ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled");
    ltr_idmap_free(l->ctx, &a.map);
    ltr_free(l->ctx, a.ids);
    ltr_free(l->ctx, a.sums);
    ltr_free(l->ctx, a.counts);
    ltr_free(l->ctx, keys);
    ltr_free(l->ctx, order);
    ltr_free(l->ctx, own.unit);
    ltr_free(l->ctx, own.sum);
    if (status != LTREC_OK)
        ltr_siblings_free(l->ctx, out);
    return status;
}

/* ---- Fame --------------------------------------------------------------- */

/* The logarithms of the lengths of a track and of its artist's others, `n` of
 * them; 0 for a track that nothing can be told by. */
static uint32_t lengths_of(const struct ltr_lesson *l,
                           const struct ltr_siblings *s, size_t row,
                           double *own, double *others)
{
    const uint32_t *plays = ltrec_factors_plays(l->targets);
    float length;
    size_t at;

    if (s->counts[row] == 0 ||
        ltrec_factors_find(l->targets, l->dataset->ids[row], &at) != LTREC_OK)
        return 0;
    length = ltrec_factors_norms(l->targets)[at];
    if (!(length > 0) || (plays && plays[at] < l->options->min_plays))
        return 0;
    *own = log((double)length);
    *others = log((double)s->lengths[row]);
    return s->counts[row];
}

/*
 * Of ridge regression of a track's log length on that of its artist's others,
 * shrunk as ltrec_model_length() does; few tracks say little.  Half of it,
 * because in a list fame counts beside what suits the listener: with all of it
 * recall was less (docs/accuracy.md).
 */
float ltr_siblings_fame(const struct ltr_lesson *l,
                        const struct ltr_siblings *s)
{
    double mean = 0, xx = 0, xy = 0, yy = 0, n = 0, own, others;

    for (size_t row = 0; row < l->dataset->n; row++)
        if (lengths_of(l, s, row, &own, &others) > 0) {
            mean += own;
            n++;
        }
    mean = n > 0 ? mean / n : 0;
    for (size_t row = 0; row < l->dataset->n; row++) {
        uint32_t count = lengths_of(l, s, row, &own, &others);
        double x = (others - mean) * count / (count + 1.0), y = own - mean;

        if (count == 0)
            continue;
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    return n > 0 && xy > 0 ? (float)fmin(xy / (xx + yy / n) / 2, 0.5) : 0;
}

void ltr_siblings_free(ltrec_context *ctx, struct ltr_siblings *siblings)
{
    ltr_free(ctx, siblings->means);
    ltr_free(ctx, siblings->lengths);
    ltr_free(ctx, siblings->counts);
    *siblings = (struct ltr_siblings){0};
}
