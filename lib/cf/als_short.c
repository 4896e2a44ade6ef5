/*
 * als_short.c - rows of the factorization with few pairs
 *
 * They are solved one by one: a row's vectors stay in the second-level cache
 * from the first step to the last, and while it is worked on those of the next
 * row are sent for.
 */
#include "cf/als_rows.h"

#include <string.h>

#include "math/normal.h"

/* A row's pairs that are sent for in its first pass, before they are due. */
#define AHEAD 16

struct work {
    struct ltr_row row, next; /* next.n is 0 when there is none */
    bool first;               /* of a task: nobody sent for its vectors */
    float *weights, *pulls;   /* of all pairs of the row */
};

size_t ltr_short_scratch(size_t rank, size_t most_pairs)
{
    return ltr_rows_state(rank, 1) + 2 * most_pairs;
}

/*
 * The row's pairs, which send for those that are due later: the share of the
 * next row that belongs to the pass, 0 being the start.
 */
static struct ltr_normal_rows pairs_of(const struct work *w, size_t pass)
{
    const struct ltr_sweep *s = w->row.sweep;
    struct ltr_normal_rows pairs = {
        .vectors = s->other->vectors,
        .dim = s->rank,
        .rows = w->row.others,
        .weights = w->weights,
        .n = w->row.n,
    };
    size_t share = w->next.n / (s->n_steps + 1) + 1, first = pass * share;

    if (w->first && pass == 0 && w->row.n > AHEAD) {
        pairs.ahead = w->row.others + AHEAD;
        pairs.n_ahead = w->row.n - AHEAD;
    } else if (first < w->next.n) {
        size_t left = w->next.n - first;

        pairs.ahead = w->next.others + first;
        pairs.n_ahead = left < share ? left : share;
    }
    return pairs;
}

static void start(struct work *w)
{
    struct ltr_row *row = &w->row;
    struct ltr_normal_rows pairs = pairs_of(w, 0);

    ltr_row_start(row);
    row->weight = ltr_row_weigh(row, 0, row->n, w->weights, w->pulls);
    row->sweep->normal->apply(row->residual, &pairs, row->x, w->pulls);
}

static void solve_by_steps(struct work *w)
{
    struct ltr_row *row = &w->row;
    const struct ltr_sweep *s = row->sweep;

    start(w);
    for (size_t i = 0; i < s->n_steps; i++) {
        struct ltr_normal_rows pairs = pairs_of(w, i + 1);

        ltr_row_turn(row, i == 0);
        if (row->descent == 0)
            break;
        if (i + 1 == s->n_steps) {
            ltr_row_step_last(row,
                              s->normal->square(0, &pairs, row->direction));
        } else {
            s->normal->apply(row->image, &pairs, row->direction, NULL);
            ltr_row_step(row);
        }
    }
    ltr_row_finish(row);
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
    float *scratch = sweep->scratch + worker * sweep->scratch_floats;
    struct work w = {.next = ltr_row_at(sweep, at, scratch, 1, 0),
                     .first = true};

    w.weights = scratch + ltr_rows_state(sweep->rank, 1);
    w.pulls = w.weights + sweep->weighed_pairs;
    for (; at < end; at++) {
        w.row = w.next;
        w.next = at + 1 < end ? ltr_row_at(sweep, at + 1, scratch, 1, 0)
                              : (struct ltr_row){0};
        if (sweep->n_steps > 0)
            solve_by_steps(&w);
        else
            solve_exactly(&w.row, worker);
        w.first = false;
    }
}
