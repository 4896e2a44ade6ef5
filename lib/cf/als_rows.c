/*
 * als_rows.c - a row of the factorization, solved
 *
 * A row with pairs (v_i, w_i) solves
 *
 *     (alpha0 G + rho I + sum of w_i v_i v_i') x = rho m + sum of pull_i v_i
 *
 * by a few steps of conjugate gradient from the last epoch's x (Hestenes and
 * Stiefel 1952; for this use Takacs, Pilaszy and Tikk 2011).  The matrix is
 * never made: a step multiplies by the shared part, and by the row's own
 * vectors.  Those lie all over memory, and fetching them is most of the work:
 * als_short.c and als_long.c do that in two ways.
 */
#include "cf/als_rows.h"

#include <math.h>
#include <string.h>

#include "math/kernels.h"

/* Below this the residual is rounding. */
#define SMALL 1e-20f

struct ltr_row ltr_row_at(struct ltr_sweep *sweep, size_t place, float *state,
                          size_t n_rows, size_t i)
{
    const struct ltr_side *side = sweep->side;
    size_t row = side->order[place], rank = sweep->rank;
    size_t n = ltr_pairs_in_row(side->pairs, row);
    uint64_t start = side->pairs->starts[row];
    double scale = side->scales ? (double)side->scales[row] : 1;
    double rho = ltr_recipe_rho(&sweep->recipe, n, sweep->other->pairs->n,
                                scale * scale);

    return (struct ltr_row){
        .sweep = sweep,
        .n = n,
        .others = side->pairs->others + start,
        .counts = side->pairs->counts + start,
        .x = side->vectors + row * rank,
        .prior = side->priors ? side->priors + row * rank : NULL,
        .rho = (float)(rho / (scale * scale)),
        .scale = (float)scale,
        .residual = state + i * rank,
        .direction = state + (n_rows + i) * rank,
        .image = state + (2 * n_rows + i) * rank,
    };
}

void ltr_row_weigh(const struct ltr_row *row, size_t first, size_t n,
                   float *weights, float *pulls)
{
    const struct ltr_recipe *recipe = &row->sweep->recipe;
    const float *scales = row->sweep->other->scales;

    for (size_t i = 0; i < n; i++) {
        double w = ltr_recipe_weight(recipe, row->counts[first + i]);
        double scale = (double)row->scale;

        if (scales)
            scale = (double)scales[row->others[first + i]];
        weights[i] = (float)(w / (scale * scale));
        pulls[i] = (float)(ltr_recipe_pull(recipe, w, scale * scale) *
                           ltr_recipe_target(row->counts[first + i]) / scale);
    }
}

void ltr_row_start(const struct ltr_row *row)
{
    float *r = row->residual;

    for (size_t i = 0; i < row->sweep->rank; i++)
        r[i] = (row->prior ? row->rho * row->prior[i] : 0) - row->image[i];
}

void ltr_row_set_out(struct ltr_row *row)
{
    const struct ltr_sweep *s = row->sweep;
    const float *r = row->residual;

    memcpy(row->direction, r, s->rank * sizeof *r);
    row->square = s->kernels->dot(r, r, s->rank);
    if (row->square <= SMALL)
        row->square = 0;
}

void ltr_row_step(struct ltr_row *row)
{
    const struct ltr_sweep *s = row->sweep;
    const float *p = row->direction, *q = row->image;
    float curvature = s->kernels->dot(p, q, s->rank), square;

    if (curvature <= 0) {
        row->square = 0; /* all that is left is rounding; NaN shows */
        return;
    }
    square = s->normal->descend(row->x, row->residual, p, q,
                                row->square / curvature, s->rank);
    s->normal->turn(row->direction, row->residual, square / row->square,
                    s->rank);
    row->square = square <= SMALL ? 0 : square;
}

void ltr_row_finish(const struct ltr_row *row)
{
    if (!isfinite(row->square))
        atomic_fetch_add(&row->sweep->unsolved, 1);
}
