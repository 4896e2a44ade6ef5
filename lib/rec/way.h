/*
 * way.h - a way between tracks, while it is being found
 */
#ifndef LTR_REC_WAY_H
#define LTR_REC_WAY_H

#include <ltrec/path.h>

#include "math/kernels.h"
#include "math/topk.h"
#include "rec/recommender.h"

/* One place of the way: a fixed track, or a point with candidates. */
struct ltr_station {
    struct ltr_topk top; /* its own part of the arrays below */
    size_t n;            /* candidates */
    size_t segment;      /* from this fixed track to the next */
    double part;         /* of the way from the one to the other, 0 to 1 */
    double of_a, of_b;   /* the point is of_a a + of_b b, a and b unit */
};

struct ltr_way {
    const ltrec_recommender *r;
    const ltrec_path_options *o;
    struct ltr_filter filter;
    const struct ltr_kernels *kernels;
    size_t n_fixed;
    uint32_t *fixed;   /* [n_fixed] rows */
    float *cosines;    /* [n_fixed][n] of every track with each fixed one */
    double *angles;    /* [n_fixed - 1] of the arcs */
    size_t n_stations; /* k */
    struct ltr_station *stations;
    uint64_t *ids;    /* [n_stations][candidates] */
    float *near;      /* [n_stations][candidates] cosine with the point */
    double *costs;    /* [n_stations][candidates] of the best way here */
    uint32_t *before; /* [n_stations][candidates] where that came from */
};

/* Whether two rows are one recording. */
static inline bool ltr_way_copies(const ltrec_recommender *r, size_t a,
                                  size_t b)
{
    const uint32_t *group = r->recordings.group;

    return a == b ||
           (group && group[a] != LTR_NO_GROUP && group[a] == group[b]);
}

/* ---- In stations.c ------------------------------------------------------ */

/* So many points go between, on each arc by its angle, remainders to the
 * largest first, the earlier of equal ones. */
void ltr_way_deal(const struct ltr_way *w, size_t between, size_t *points);

/* The fixed tracks, and `points[n_fixed - 1]` on the arcs between them. */
void ltr_way_place(struct ltr_way *w, const size_t *points);

/* The nearest tracks to each point, of those that may lie between. */
void ltr_way_candidates(struct ltr_way *w);

#endif /* LTR_REC_WAY_H */
