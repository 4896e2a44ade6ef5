/*
 * als_rows.c - a row of the factorization, solved
 *
 * A row with pairs (v_i, w_i) solves
 *
 *     (alpha0 G + rho I + sum of w_i v_i v_i') x = rho m + sum of pull_i v_i
 *
 * by a few steps of conjugate gradient from the last epoch's x (Hestenes and
 * Stiefel 1952; for this use Takacs, Pilaszy and Tikk 2011), with what rows
 * share, als_precondition.h, for its preconditioner.  The matrix is never
 * made: a step multiplies by the shared part, and by the row's own vectors.
 * Those lie all over memory, and fetching them is most of the work:
 * als_short.c and als_long.c do that in two ways.
 *
 * The preconditioner P being the inverse of S = alpha0 G + typical rho, the
 * directions z + ratio p, with z = P r, have as images under S the vectors
 * r + ratio (S p): the shared part of a step's product costs nothing.
 */
#include "cf/als_rows.h"

#include <math.h>
#include <string.h>

#include "math/kernels.h"

/* Below this a row's share of the loss, and a step's gain, is rounding. */
#define SMALL 1e-20f

/* No regularisation, for as many rows as are multiplied at once. */
static const float none[LTR_MOST_IN_STEP];

double ltr_row_rho(const struct ltr_sweep *sweep, size_t row)
{
    const struct ltr_side *side = sweep->side;
    double scale = side->scales ? (double)side->scales[row] : 1;
    double rho =
        ltr_recipe_rho(&sweep->recipe, ltr_pairs_in_row(side->pairs, row),
                       sweep->other->pairs->n, scale * scale);

    return rho / (scale * scale);
}

struct ltr_row ltr_row_at(struct ltr_sweep *sweep, size_t place, float *state,
                          size_t n_rows, size_t i)
{
    const struct ltr_side *side = sweep->side;
    size_t row = side->order[place], rank = sweep->rank;
    size_t n = ltr_pairs_in_row(side->pairs, row);
    uint64_t start = side->pairs->starts[row];

    return (struct ltr_row){
        .sweep = sweep,
        .n = n,
        .others = side->pairs->others + start,
        .counts = side->pairs->counts + start,
        .x = side->vectors + row * rank,
        .prior = side->priors ? side->priors + row * rank : NULL,
        .rho = (float)ltr_row_rho(sweep, row),
        .scale = side->scales ? side->scales[row] : 1,
        .residual = state + i * rank,
        .direction = state + (n_rows + i) * rank,
        .image = state + (2 * n_rows + i) * rank,
        .shared = state + (3 * n_rows + i) * rank,
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

void ltr_rows_start(struct ltr_row *rows, size_t n)
{
    const struct ltr_sweep *s = rows->sweep;
    float rhos[LTR_MOST_IN_STEP] = {0};

    for (size_t m = 0; m < n; m++) {
        rhos[m] = rows[m].rho;
        memcpy(rows[m].direction, rows[m].x, s->rank * sizeof(float));
    }
    s->normal->share(rows->image, s->shared, rhos, rows->direction, n,
                     s->rank);
    for (size_t m = 0; m < n; m++) {
        const struct ltr_row *row = &rows[m];

        for (size_t i = 0; i < s->rank; i++)
            row->residual[i] =
                (row->prior ? row->rho * row->prior[i] : 0) - row->image[i];
    }
}

/* The image has the preconditioned residual. */
static void turn(struct ltr_row *row, bool first)
{
    const struct ltr_sweep *s = row->sweep;
    float *z = row->image,
          descent = s->kernels->dot(row->residual, z, s->rank);

    if (first) {
        memcpy(row->direction, z, s->rank * sizeof *z);
        memcpy(row->shared, row->residual, s->rank * sizeof *z);
    } else {
        float ratio = descent / row->descent;

        s->normal->turn(row->direction, z, ratio, s->rank);
        s->normal->turn(row->shared, row->residual, ratio, s->rank);
    }
    memcpy(row->image, row->shared, s->rank * sizeof *z);
    s->normal->add(row->image, row->direction, row->rho - s->precondition.rho,
                   s->rank);
    row->descent = descent <= SMALL ? 0 : descent;
}

void ltr_rows_turn(struct ltr_row *rows, size_t n, bool first)
{
    const struct ltr_sweep *s = rows->sweep;

    s->normal->share(rows->image, s->precondition.panels, none, rows->residual,
                     n, s->rank);
    for (size_t m = 0; m < n; m++)
        if (first || rows[m].descent != 0)
            turn(&rows[m], first);
}

/* 0 where all that is left is rounding; NaN shows. */
static float length_of(const struct ltr_row *row, float own)
{
    const struct ltr_sweep *s = row->sweep;
    float curvature =
        s->kernels->dot(row->direction, row->image, s->rank) + own;

    if (!isfinite(curvature))
        return NAN;
    return curvature <= 0 ? 0 : row->descent / curvature;
}

void ltr_row_step(const struct ltr_row *row)
{
    const struct ltr_sweep *s = row->sweep;
    float length = length_of(row, 0);

    s->normal->add(row->x, row->direction, length, s->rank);
    s->normal->add(row->residual, row->image, -length, s->rank);
}

void ltr_row_step_last(const struct ltr_row *row, float own)
{
    const struct ltr_sweep *s = row->sweep;

    s->normal->add(row->x, row->direction, length_of(row, own), s->rank);
}

void ltr_row_finish(const struct ltr_row *row)
{
    const struct ltr_sweep *s = row->sweep;

    if (!isfinite(s->kernels->dot(row->x, row->x, s->rank)))
        atomic_fetch_add(&row->sweep->unsolved, 1);
}
