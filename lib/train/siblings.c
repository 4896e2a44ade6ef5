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
#include "factors/factors.h"
#include "math/sort.h"
#include "nn/layers.h"
#include "store/store.h"

struct artists {
    struct ltr_idmap map;
    uint64_t *ids;
    double *sums; /* [n][width], of what told() says */
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

/* What a target tells of its artist: rank floats of unit length, the logarithm
 * of its own length and 1 - or zeros where nobody has played it, which leaves
 * it as long as what it was made from. */
static size_t width_of(const struct ltr_lesson *l)
{
    return l->rank + 2;
}

static int told(const struct ltr_lesson *l, size_t row, float *unit)
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
    unit[rank + 1] = !ltr_factors_unplayed(l->targets, at);
    unit[rank] = unit[rank + 1] > 0 ? logf(length) : 0;
    return 1;
}

static void add_up(const struct ltr_lesson *l, struct artists *a, float *unit,
                   struct ltr_watch *watch)
{
    for (size_t row = 0; row < l->dataset->n && !ltr_watch_row(watch, row);
         row++) {
        uint64_t artist = l->dataset->tracks[row].artist;
        size_t at;

        if (artist == 0 || !told(l, row, unit))
            continue;
        at = artist_at(a, artist);
        a->counts[at]++;
        for (size_t i = 0; i < width_of(l); i++)
            a->sums[at * width_of(l) + i] += (double)unit[i];
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
    float *unit; /* [width], scratch */
    double *sum; /* [width] */
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
    double played;
    uint32_t count;

    if (at == LTR_NO_ROW)
        return;
    count = a->counts[at] - own->count;
    if (count == 0)
        return;
    sum = a->sums + at * width_of(l);
    out->counts[row] = count;
    for (size_t i = 0; i < l->rank; i++)
        mean[i] = (float)((sum[i] - own->sum[i]) / count);
    played = sum[l->rank + 1] - own->sum[l->rank + 1];
    if (played > 0)
        out->lengths[row] =
            (float)exp((sum[l->rank] - own->sum[l->rank]) / played);
}

/* The rows copies[n] are one recording by one artist. */
static void leave_copies_out(const struct ltr_lesson *l,
                             const struct artists *a, const uint32_t *copies,
                             size_t n, struct own *own,
                             struct ltr_siblings *out)
{
    own->count = 0;
    for (size_t i = 0; i < width_of(l); i++)
        own->sum[i] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!told(l, copies[i], own->unit))
            continue;
        own->count++;
        for (size_t j = 0; j < width_of(l); j++)
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
    struct own own = {.unit = ltr_alloc(l->ctx, width_of(l), sizeof *own.unit),
                      .sum = ltr_alloc(l->ctx, width_of(l), sizeof *own.sum)};
    uint64_t *keys = ltr_alloc(l->ctx, n, sizeof *keys);
    uint32_t *order = ltr_alloc(l->ctx, n, 2 * sizeof *order);
    struct artists a = {.n = 0};
    struct ltr_watch watch = {.options = l->options, .total = n};
    int status = ltr_idmap_create(l->ctx, n, &a.map);

    a.ids = ltr_alloc(l->ctx, n, sizeof *a.ids);
    a.sums = ltr_alloc(l->ctx, n, width_of(l) * sizeof *a.sums);
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

/* The logarithms of the lengths of a track and of its artist's others, and how
 * many those are; 0 when nothing can be told by it. */
static uint32_t lengths_of(const struct ltr_lesson *l,
                           const struct ltr_siblings *s, size_t row,
                           double *own, double *others)
{
    const uint32_t *plays = ltrec_factors_plays(l->targets);
    float length;
    size_t at;

    if (!(s->lengths[row] > 0) ||
        ltrec_factors_find(l->targets, l->dataset->ids[row], &at) != LTREC_OK)
        return 0;
    length = ltrec_factors_norms(l->targets)[at];
    if (!(length > 0) || ltr_factors_unplayed(l->targets, at) ||
        (plays && plays[at] < l->options->min_plays))
        return 0;
    *own = log((double)length);
    *others = log((double)s->lengths[row]);
    return s->counts[row];
}

/* The mean over all such tracks of both, and their number. */
static double means_of(const struct ltr_lesson *l,
                       const struct ltr_siblings *s, double *own,
                       double *others)
{
    double a, b, n = 0;

    *own = *others = 0;
    for (size_t row = 0; row < l->dataset->n; row++) {
        if (lengths_of(l, s, row, &a, &b) == 0)
            continue;
        *own += a;
        *others += b;
        n++;
    }
    *own /= n > 0 ? n : 1;
    *others /= n > 0 ? n : 1;
    return n;
}

/*
 * Ridge regression of a track's log length on that of its artist's others,
 * each less its mean, the latter shrunk as ltrec_model_length() does; few
 * tracks say little.  Half of the slope, because in a list fame counts beside
 * what suits the listener: with all of it recall was less (docs/choices.md).
 */
void ltr_siblings_fame(const struct ltr_lesson *l,
                       const struct ltr_siblings *s, float *fame, float *usual)
{
    double own, others, at_own, at_others, xx = 0, xy = 0, yy = 0;
    double n = means_of(l, s, &at_own, &at_others);

    *fame = *usual = 0;
    if (n == 0)
        return;
    for (size_t row = 0; row < l->dataset->n; row++) {
        uint32_t count = lengths_of(l, s, row, &own, &others);
        double x, y;

        if (count == 0)
            continue;
        x = (others - at_others) * count / (count + 1.0);
        y = own - at_own;
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    *usual = (float)exp(at_others);
    if (xy > 0)
        *fame = (float)fmin(xy / (xx + yy / n) / 2, 0.5);
}

void ltr_siblings_free(ltrec_context *ctx, struct ltr_siblings *siblings)
{
    ltr_free(ctx, siblings->means);
    ltr_free(ctx, siblings->lengths);
    ltr_free(ctx, siblings->counts);
    *siblings = (struct ltr_siblings){0};
}
