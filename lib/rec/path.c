/*
 * path.c - from track to track in even steps
 *
 * The points of all arcs are one row of stations: fixed tracks, and between
 * them points on the arc.  A track can only be a candidate at the two points
 * of one arc nearest to it, which are neighbours, so a way that never stays
 * on the spot never comes back to a track either.  Dynamic programming over
 * the stations then finds the best way there is through the candidates.
 */
#include <ltrec/path.h>

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "math/kernels.h"
#include "math/topk.h"
#include "rec/recommender.h"

#define MOST_CANDIDATES 1024

static const ltrec_path_options defaults = {
    .size = sizeof defaults,
    .candidates = 32,
    .one_recording = 1,
    .off_path = 1,
};

/* One place of the way: a fixed track, or a point with candidates. */
struct station {
    struct ltr_topk top; /* its own part of the arrays below */
    size_t n;            /* candidates */
    size_t segment;      /* from this fixed track to the next */
    double part;         /* of the way from the one to the other, 0 to 1 */
    double of_a, of_b;   /* the point is of_a a + of_b b, a and b unit */
};

struct way {
    const ltrec_recommender *r;
    const ltrec_path_options *o;
    struct ltr_filter filter;
    const struct ltr_kernels *kernels;
    size_t n_fixed;
    uint32_t *fixed;   /* [n_fixed] rows */
    float *cosines;    /* [n_fixed][n] of every track with each fixed one */
    double *angles;    /* [n_fixed - 1] of the arcs */
    size_t n_stations; /* k */
    struct station *stations;
    uint64_t *ids;    /* [n_stations][candidates] */
    float *near;      /* [n_stations][candidates] cosine with the point */
    double *costs;    /* [n_stations][candidates] of the best way here */
    uint32_t *before; /* [n_stations][candidates] where that came from */
};

void ltrec_path_options_init(ltrec_path_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Stations ----------------------------------------------------------- */

/* So many points go between, on each arc by its angle, remainders to the
 * largest first, the earlier of equal ones. */
static void deal_points(const struct way *w, size_t between, size_t *points)
{
    size_t n = w->n_fixed - 1, dealt = 0;
    double whole = 0;

    for (size_t i = 0; i < n; i++)
        whole += w->angles[i];
    for (size_t i = 0; i < n; i++) {
        double part = whole > 0 ? w->angles[i] / whole : 1 / (double)n;

        points[i] = (size_t)(part * (double)between);
        dealt += points[i];
    }
    for (; dealt < between; dealt++) {
        size_t widest = 0;
        double most = -1;

        for (size_t i = 0; i < n; i++) {
            double step = w->angles[i] / (double)(points[i] + 1);

            if (step > most)
                most = step, widest = i;
        }
        points[widest]++;
    }
}

/* Where on the arc the point lies; without an arc, one direction or the very
 * opposite one, on the line. */
static void weigh_ends(const struct way *w, struct station *s)
{
    double angle = s->segment + 1 < w->n_fixed ? w->angles[s->segment] : 0;

    s->of_a = 1 - s->part;
    s->of_b = s->part;
    if (sin(angle) < 1e-6)
        return;
    s->of_a = sin((1 - s->part) * angle) / sin(angle);
    s->of_b = sin(s->part * angle) / sin(angle);
}

static void place_stations(struct way *w, const size_t *points)
{
    size_t at = 0;

    for (size_t i = 0; i < w->n_fixed; i++) {
        size_t n = i + 1 < w->n_fixed ? points[i] : 0;

        for (size_t p = 0; p <= n; p++) {
            struct station *s = &w->stations[at];
            size_t first = at++ * w->o->candidates;

            s->segment = i;
            s->part = (double)p / (double)(n + 1);
            weigh_ends(w, s);
            ltr_topk_init(&s->top, w->o->candidates, w->near + first,
                          w->ids + first);
            if (p == 0)
                ltr_topk_offer(&s->top, 1, w->r->ids[w->fixed[i]]);
        }
    }
}

/* The cosine of a track with a point, from those with both ends. */
static double near_point(const struct way *w, const struct station *s,
                         size_t row)
{
    const float *cosines = w->cosines + s->segment * w->r->n + row;

    return s->of_a * (double)cosines[0] + s->of_b * (double)cosines[w->r->n];
}

/* Offer a track to the point nearest to it, and to the nearer one beside. */
static void offer(struct way *w, size_t row)
{
    size_t best = 0, beside;
    double most = -(double)INFINITY, left = -(double)INFINITY,
           right = -(double)INFINITY;

    for (size_t i = 0; i < w->n_stations; i++) {
        double near;

        if (w->stations[i].part == 0)
            continue;
        near = near_point(w, &w->stations[i], row);
        if (near > most)
            most = near, best = i;
    }
    if (best == 0)
        return;
    if (w->stations[best - 1].part > 0)
        left = near_point(w, &w->stations[best - 1], row);
    if (best + 1 < w->n_stations && w->stations[best + 1].part > 0)
        right = near_point(w, &w->stations[best + 1], row);
    beside = right > left ? best + 1 : best - 1;
    ltr_topk_offer(&w->stations[best].top, (float)most, w->r->ids[row]);
    if (isfinite(fmax(left, right)))
        ltr_topk_offer(&w->stations[beside].top, (float)fmax(left, right),
                       w->r->ids[row]);
}

static bool copies(const ltrec_recommender *r, size_t a, size_t b)
{
    const uint32_t *group = r->recordings.group;

    return a == b ||
           (group && group[a] != LTR_NO_GROUP && group[a] == group[b]);
}

static bool may_lie_between(const struct way *w, size_t row)
{
    if (!(w->r->lengths[row] > 0) ||
        !ltr_filter_passes(&w->filter, w->r->ids[row]))
        return false;
    for (size_t i = 0; i < w->n_fixed; i++)
        if (w->fixed[i] == row ||
            (w->o->one_recording && copies(w->r, w->fixed[i], row)))
            return false;
    return true;
}

static void find_candidates(struct way *w)
{
    for (size_t row = 0; row < w->r->n; row++)
        if (may_lie_between(w, row))
            offer(w, row);
    for (size_t i = 0; i < w->n_stations; i++)
        w->stations[i].n = ltr_topk_finish(&w->stations[i].top);
}

/* ---- The best way ------------------------------------------------------- */

static double squared_angle(double cosine)
{
    double angle = acos(fmax(-1, fmin(1, cosine)));

    return angle * angle;
}

/* Candidate c of station i, from the best of those of station `last`. */
static void arrive(struct way *w, size_t last, size_t i, size_t c)
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
             copies(w->r, other, row)))
            continue;
        cost += squared_angle(ltr_rec_cosine(w->r, other, row));
        if (cost < least)
            least = cost, from = (uint32_t)p;
    }
    w->costs[i * m + c] = least + off;
    w->before[i * m + c] = from;
}

/* Whether any candidate of a station can be reached. */
static bool reachable(const struct way *w, size_t i)
{
    for (size_t c = 0; c < w->stations[i].n; c++)
        if (isfinite(w->costs[i * w->o->candidates + c]))
            return true;
    return false;
}

/* Stations that nothing can be had for are gone round: their n becomes 0. */
static void find_way(struct way *w)
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
static size_t write_way(const struct way *w, uint64_t *ids,
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

static int make_room(struct way *w)
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

static void free_way(struct way *w)
{
    void *arrays[] = {w->fixed, w->cosines, w->angles, w->stations,
                      w->ids,   w->near,    w->costs,  w->before};

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        ltr_free(w->r->ctx, arrays[i]);
}

/* Angles between fixed tracks, and everybody's cosines with them. */
static void survey(struct way *w, const uint64_t *fixed)
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

static int walk(struct way *w, const uint64_t *fixed, uint64_t *ids,
                float *similarities, size_t *n_found)
{
    size_t *points = ltr_alloc(w->r->ctx, w->n_fixed, sizeof *points);
    int status = points ? make_room(w) : LTREC_ERR_MEMORY;
    ltr_fpu saved;

    if (status == LTREC_OK) {
        saved = ltr_flush_begin();
        survey(w, fixed);
        deal_points(w, w->n_stations - w->n_fixed, points);
        place_stations(w, points);
        find_candidates(w);
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
    struct way w = {.r = recommender, .o = &o};
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
