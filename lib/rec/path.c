/*
 * path.c - from track to track in even steps
 *
 * stations.c lays points on the arcs between the fixed tracks and finds the
 * tracks near them.  Dynamic programming over the stations then finds the best
 * way there is through these candidates.
 */
#include "rec/way.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"

#define MOST_CANDIDATES 1024

static const ltrec_path_options defaults = {
    .size = sizeof defaults,
    .candidates = 32,
    .one_recording = 1,
    .off_path = 1,
};

void ltrec_path_options_init(ltrec_path_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- The best way ------------------------------------------------------- */

static double squared_angle(double cosine)
{
    double angle = acos(fmax(-1, fmin(1, cosine)));

    return angle * angle;
}

/* Candidate c of station i, from the best of those of station `last`. */
static void arrive(struct ltr_way *w, size_t last, size_t i, size_t c)
{
    size_t m = w->o->candidates, row = ltr_rec_row(w->r, w->ids[i * m + c]);
    double least = (double)INFINITY, off = 0;
    uint32_t from = 0;

    if (w->stations[i].part > 0)
        off = w->o->off_path * squared_angle((double)w->near[i * m + c]);
    for (size_t p = 0; p < w->stations[last].n; p++) {
        size_t other = ltr_rec_row(w->r, w->ids[last * m + p]);
        double cost = w->costs[last * m + p];

        if (!isfinite(cost) || other == row ||
            (w->o->one_recording && w->stations[i].part > 0 &&
             ltr_way_copies(w->r, other, row)))
            continue;
        cost += squared_angle(ltr_rec_cosine(w->r, other, row));
        if (cost < least)
            least = cost, from = (uint32_t)p;
    }
    w->costs[i * m + c] = least + off;
    w->before[i * m + c] = from;
}

/* Whether any candidate of a station can be reached. */
static bool reachable(const struct ltr_way *w, size_t i)
{
    for (size_t c = 0; c < w->stations[i].n; c++)
        if (isfinite(w->costs[i * w->o->candidates + c]))
            return true;
    return false;
}

/* Stations that nothing can be had for are gone round: their n becomes 0. */
static void find_way(struct ltr_way *w)
{
    size_t last = 0;

    w->costs[0] = 0;
    for (size_t i = 1; i < w->n_stations; i++) {
        for (size_t c = 0; c < w->stations[i].n; c++)
            arrive(w, last, i, c);
        if (reachable(w, i))
            last = i;
        else
            w->stations[i].n = 0;
    }
}

/* Walk back from the end, and write the way forwards. */
static size_t write_way(const struct ltr_way *w, uint64_t *ids,
                        float *similarities)
{
    size_t n = 0, m = w->o->candidates, c = 0;

    for (size_t i = w->n_stations; i-- > 0;) {
        if (w->stations[i].n == 0)
            continue;
        ids[n++] = w->ids[i * m + c];
        c = w->before[i * m + c];
    }
    for (size_t i = 0; i < n / 2; i++) {
        uint64_t swap = ids[i];

        ids[i] = ids[n - 1 - i];
        ids[n - 1 - i] = swap;
    }
    for (size_t i = 0; i < n; i++)
        similarities[i] = (float)ltrec_similarity(
            ltr_rec_cosine(w->r, w->fixed[0], ltr_rec_row(w->r, ids[i])));
    return n;
}

/* ---- The call ----------------------------------------------------------- */

static int check(const ltrec_recommender *r, size_t n_fixed,
                 const uint64_t *fixed, size_t k, const ltrec_path_options *o,
                 ltrec_error *err)
{
    if (n_fixed < 2 || k < n_fixed)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "path: %zu fixed tracks of %zu, wanted at least 2 and "
                        "room for all",
                        n_fixed, k);
    if (o->candidates == 0 || o->candidates > MOST_CANDIDATES ||
        !(o->off_path >= 0) || !isfinite(o->off_path))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "path: %u candidates and off_path %g, wanted 1 to %d "
                        "and 0 or more",
                        (unsigned)o->candidates, o->off_path, MOST_CANDIDATES);
    for (size_t i = 0; i < n_fixed; i++) {
        size_t row = ltr_rec_row(r, fixed[i]);

        if (row == LTR_NO_ROW || !(r->lengths[row] > 0))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "path: nothing is known of fixed track %zu", i);
        for (size_t j = 0; j < i; j++)
            if (fixed[j] == fixed[i])
                return ltr_fail(err, LTREC_ERR_ARGUMENT,
                                "path: fixed tracks %zu and %zu are the same",
                                j, i);
    }
    return LTREC_OK;
}

static int make_room(struct ltr_way *w)
{
    ltrec_context *ctx = w->r->ctx;
    size_t all = w->n_stations * w->o->candidates;

    w->fixed = ltr_alloc(ctx, w->n_fixed, sizeof *w->fixed);
    w->cosines = ltr_alloc(ctx, w->n_fixed, w->r->n * sizeof *w->cosines);
    w->angles = ltr_alloc(ctx, w->n_fixed, sizeof *w->angles);
    w->stations = ltr_alloc(ctx, w->n_stations, sizeof *w->stations);
    w->ids = ltr_alloc(ctx, all, sizeof *w->ids);
    w->near = ltr_alloc(ctx, all, sizeof *w->near);
    w->costs = ltr_alloc(ctx, all, sizeof *w->costs);
    w->before = ltr_alloc(ctx, all, sizeof *w->before);
    return w->fixed && w->cosines && w->angles && w->stations && w->ids &&
                   w->near && w->costs && w->before
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

static void free_way(struct ltr_way *w)
{
    void *arrays[] = {w->fixed, w->cosines, w->angles, w->stations,
                      w->ids,   w->near,    w->costs,  w->before};

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        ltr_free(w->r->ctx, arrays[i]);
}

/* Angles between fixed tracks, and everybody's cosines with them. */
static void survey(struct ltr_way *w, const uint64_t *fixed)
{
    const ltrec_recommender *r = w->r;

    for (size_t i = 0; i < w->n_fixed; i++) {
        float *out = w->cosines + i * r->n;
        size_t row = ltr_rec_row(r, fixed[i]);

        w->fixed[i] = (uint32_t)row;
        w->kernels->dot_rows(out, r->vectors, r->n, r->vectors + row * r->rank,
                             r->rank);
        for (size_t j = 0; j < r->n; j++)
            out[j] = r->lengths[j] > 0
                         ? out[j] / r->lengths[j] / r->lengths[row]
                         : 0;
    }
    for (size_t i = 0; i + 1 < w->n_fixed; i++)
        w->angles[i] = acos(ltr_rec_cosine(r, w->fixed[i], w->fixed[i + 1]));
}

static int walk(struct ltr_way *w, const uint64_t *fixed, uint64_t *ids,
                float *similarities, size_t *n_found)
{
    size_t *points = ltr_alloc(w->r->ctx, w->n_fixed, sizeof *points);
    int status = points ? make_room(w) : LTREC_ERR_MEMORY;
    ltr_fpu saved;

    if (status == LTREC_OK) {
        saved = ltr_flush_begin();
        survey(w, fixed);
        ltr_way_deal(w, w->n_stations - w->n_fixed, points);
        ltr_way_place(w, points);
        ltr_way_candidates(w);
        find_way(w);
        *n_found = write_way(w, ids, similarities);
        ltr_flush_end(saved);
    }
    ltr_free(w->r->ctx, points);
    return status;
}

int ltrec_path(const ltrec_recommender *recommender, size_t n_fixed,
               const uint64_t *fixed, size_t k,
               const ltrec_path_options *options, uint64_t *ids,
               float *similarities, size_t *n_found, ltrec_error *err)
{
    ltrec_path_options o = defaults;
    struct ltr_way w = {.r = recommender, .o = &o};
    int status;

    if (!n_found)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "path: `n_found` is NULL");
    *n_found = 0;
    if (!recommender || !fixed || !ids || !similarities)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "path: needs a recommender, tracks and room");
    status = ltr_options_read(&o, sizeof o, options, "path", err);
    if (status == LTREC_OK)
        status = check(recommender, n_fixed, fixed, k, &o, err);
    if (status == LTREC_OK)
        status = ltr_filter_read(&w.filter, o.filter, err);
    if (status != LTREC_OK)
        return status;
    w.kernels = ltr_kernels_for(recommender->ctx->cpu);
    w.n_fixed = n_fixed;
    w.n_stations = k;
    status = walk(&w, fixed, ids, similarities, n_found);
    free_way(&w);
    return status == LTREC_OK ? LTREC_OK
                              : ltr_fail(err, status, "path: no memory");
}
