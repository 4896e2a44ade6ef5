/*
 * als_short.c - rows of the factorization with few pairs
 *
 * They are solved in groups so small that a group's vectors stay in the
 * second-level cache from the first step to the last, and while it is worked
 * on those of the next group are sent for.
 */
#include "cf/als_rows.h"

#include <string.h>

#include "math/normal.h"

#define GROUP 8 /* rows that are multiplied at once */

/* A row's pairs that are sent for in its first pass, before they are due. */
#define AHEAD 16

struct group {
    size_t n;
    bool first; /* of a task: nobody sent for its vectors */
    struct ltr_row rows[GROUP];
    float *weights[GROUP], *pulls[GROUP]; /* of all pairs of a row */
};

size_t ltr_short_scratch(size_t rank, size_t most_pairs)
{
    return ltr_rows_state(rank, GROUP) + GROUP * 2 * most_pairs;
}

/* As many of the rows from `at` to `end` as the cache holds at a time. */
static struct group group_at(struct ltr_sweep *s, size_t at, size_t end,
                             size_t worker)
{
    float *scratch = s->scratch + worker * s->scratch_floats;
    float *weights = scratch + ltr_rows_state(s->rank, GROUP);
    struct group g = {0};
    size_t pairs = 0;

    while (g.n < GROUP && at + g.n < end) {
        struct ltr_row row = ltr_row_at(s, at + g.n, scratch, GROUP, g.n);

        pairs += row.n;
        if (g.n > 0 && pairs * s->rank > LTR_CACHED_FLOATS)
            break;
        g.weights[g.n] = weights + 2 * g.n * s->weighed_pairs;
        g.pulls[g.n] = g.weights[g.n] + s->weighed_pairs;
        g.rows[g.n++] = row;
    }
    return g;
}

/*
 * A row's pairs, which send for those that are due later: the share of `next`,
 * which may be NULL, that belongs to the pass, 0 being the start.
 */
static struct ltr_normal_rows pairs_of(const struct group *g, size_t m,
                                       const struct group *next, size_t pass)
{
    const struct ltr_row *row = &g->rows[m];
    const struct ltr_sweep *s = row->sweep;
    struct ltr_normal_rows pairs = {
        .vectors = s->other->vectors,
        .dim = s->rank,
        .rows = row->others,
        .weights = g->weights[m],
        .n = row->n,
    };

    if (g->first && pass == 0 && row->n > AHEAD) {
        pairs.ahead = row->others + AHEAD;
        pairs.n_ahead = row->n - AHEAD;
    } else if (m < next->n) {
        size_t n = next->rows[m].n, share = n / (s->n_steps + 1) + 1;
        size_t first = pass * share;

        if (first < n) {
            pairs.ahead = next->rows[m].others + first;
            pairs.n_ahead = n - first < share ? n - first : share;
        }
    }
    return pairs;
}

static void start(struct group *g, const struct group *next)
{
    const struct ltr_sweep *s = g->rows[0].sweep;

    ltr_rows_start(g->rows, g->n);
    for (size_t m = 0; m < g->n; m++) {
        struct ltr_row *row = &g->rows[m];
        struct ltr_normal_rows pairs = pairs_of(g, m, next, 0);

        ltr_row_weigh(row, 0, row->n, g->weights[m], g->pulls[m]);
        s->normal->apply(row->residual, &pairs, row->x, g->pulls[m]);
    }
}

static void step(const struct group *g, size_t m, const struct group *next,
                 size_t i)
{
    const struct ltr_row *row = &g->rows[m];
    const struct ltr_sweep *s = row->sweep;
    struct ltr_normal_rows pairs = pairs_of(g, m, next, i + 1);

    if (i + 1 == s->n_steps) {
        ltr_row_step_last(row, s->normal->square(0, &pairs, row->direction));
        return;
    }
    s->normal->apply(row->image, &pairs, row->direction, NULL);
    ltr_row_step(row);
}

static void solve_by_steps(struct group *g, const struct group *next)
{
    start(g, next);
    for (size_t i = 0; i < g->rows[0].sweep->n_steps; i++) {
        ltr_rows_turn(g->rows, g->n, i == 0);
        for (size_t m = 0; m < g->n; m++)
            if (g->rows[m].descent != 0)
                step(g, m, next, i);
    }
    for (size_t m = 0; m < g->n; m++)
        ltr_row_finish(&g->rows[m]);
}

static void solve_exactly(const struct ltr_row *row, size_t worker)
{
    struct ltr_sweep *s = row->sweep;
    size_t rank = s->rank;
    struct ltr_exact e = {rank, s->exact + worker * (rank + 1) * rank, NULL};

    e.b = e.a + rank * rank;
    ltr_exact_begin(&e, s->gram.total, s->recipe.alpha0, (double)row->rho,
                    row->prior);
    for (size_t i = 0; i < row->n; i++) {
        double w = ltr_recipe_weight(&s->recipe, row->counts[i]);
        double scale = s->other->scales
                           ? (double)s->other->scales[row->others[i]]
                           : (double)row->scale;

        ltr_exact_add(&e, s->other->vectors + row->others[i] * rank,
                      w / (scale * scale),
                      ltr_recipe_pull(&s->recipe, w, scale * scale) *
                          ltr_recipe_target(row->counts[i]) / scale);
    }
    if (ltr_exact_solve(&e, row->x) != 0)
        atomic_fetch_add(&s->unsolved, 1);
}

void ltr_short_solve(struct ltr_sweep *sweep, size_t at, size_t end,
                     size_t worker)
{
    struct group group, next = group_at(sweep, at, end, worker);

    next.first = true;
    while (next.n > 0) {
        group = next;
        at += group.n;
        next = group_at(sweep, at, end, worker);
        if (sweep->n_steps > 0)
            solve_by_steps(&group, &next);
        for (size_t m = 0; m < group.n && sweep->n_steps == 0; m++)
            solve_exactly(&group.rows[m], worker);
    }
}
