/*
 * stations.c - the points of a way, and the tracks that lie near them
 *
 * The points of all arcs are one row of stations: fixed tracks, and between
 * them points on the arc.  A track can only be a candidate at the two points
 * of one arc nearest to it, which are neighbours, so a way that never stays
 * on the spot never comes back to a track either.
 */
#include "rec/way.h"

#include <math.h>

void ltr_way_deal(const struct ltr_way *w, size_t between, size_t *points)
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
static void weigh_ends(const struct ltr_way *w, struct ltr_station *s)
{
    double angle = s->segment + 1 < w->n_fixed ? w->angles[s->segment] : 0;

    s->of_a = 1 - s->part;
    s->of_b = s->part;
    if (sin(angle) < 1e-6)
        return;
    s->of_a = sin((1 - s->part) * angle) / sin(angle);
    s->of_b = sin(s->part * angle) / sin(angle);
}

void ltr_way_place(struct ltr_way *w, const size_t *points)
{
    size_t at = 0;

    for (size_t i = 0; i < w->n_fixed; i++) {
        size_t n = i + 1 < w->n_fixed ? points[i] : 0;

        for (size_t p = 0; p <= n; p++) {
            struct ltr_station *s = &w->stations[at];
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
static double near_point(const struct ltr_way *w, const struct ltr_station *s,
                         size_t row)
{
    const float *cosines = w->cosines + s->segment * w->r->n + row;

    return s->of_a * (double)cosines[0] + s->of_b * (double)cosines[w->r->n];
}

/* Offer a track to the point nearest to it, and to the nearer one beside. */
static void offer(struct ltr_way *w, size_t row)
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

static bool may_lie_between(const struct ltr_way *w, size_t row)
{
    if (!(w->r->lengths[row] > 0) ||
        !ltr_filter_passes(&w->filter, w->r->ids[row]))
        return false;
    for (size_t i = 0; i < w->n_fixed; i++)
        if (w->fixed[i] == row ||
            (w->o->one_recording && ltr_way_copies(w->r, w->fixed[i], row)))
            return false;
    return true;
}

void ltr_way_candidates(struct ltr_way *w)
{
    for (size_t row = 0; row < w->r->n; row++)
        if (may_lie_between(w, row))
            offer(w, row);
    for (size_t i = 0; i < w->n_stations; i++)
        w->stations[i].n = ltr_topk_finish(&w->stations[i].top);
}
