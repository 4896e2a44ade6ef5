/*
 * als_rows.c - a row of the factorization, solved
 *
 * A row with pairs (v_i, w_i) solves
 *
 *     (alpha0 G + rho I + sum of w_i v_i v_i') x = rho m + sum of pull_i v_i
 *
 * by a few steps of conjugate gradient from the last epoch's x (Hestenes and
 * Stiefel 1952; for this use Takacs, Pilaszy and Tikk 2011).  The matrix is
 * never made.  In the axes of als_basis.h what rows share is diagonal, so that
 * a step multiplies by the row's own vectors and little else.  Those lie all
 * over memory, and fetching them is most of the work: als_short.c and
 * als_long.c do that in two ways.
 *
 * The preconditioner is diagonal too: what rows share, the row's rho, and for
 * its pairs as much as the average pair of all rows adds along each axis.
 */
#include "cf/als_rows.h"

#include <math.h>
#include <string.h>

#include "math/kernels.h"

/* Below this a row's share of the loss, and a step's gain, is rounding. */
#define SMALL 1e-20f

double ltr_row_rho(const struct ltr_sweep *sweep, size_t row)
{
    const struct ltr_side *side = sweep->side;
    double scale = side->scales ? (double)side->scales[row] : 1;
    double rho =
        ltr_recipe_rho(&sweep->recipe, ltr_pairs_in_row(side->pairs, row),
                       sweep->other->pairs->n, scale * scale);

    return rho / (scale * scale);
}

/* Turned as the vectors are; an exact solver turns nothing. */
static const float *prior_of(const struct ltr_sweep *s, size_t row)
{
    const float *priors = s->side->priors;

    if (priors && s->n_steps > 0)
        priors = s->side->priors_turned;
    return priors ? priors + row * s->rank : NULL;
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
        .prior = prior_of(sweep, row),
        .rho = (float)ltr_row_rho(sweep, row),
        .scale = side->scales ? side->scales[row] : 1,
        .residual = state + i * rank,
        .direction = state + (n_rows + i) * rank,
        .image = state + (2 * n_rows + i) * rank,
        .inverse = state + (3 * n_rows + i) * rank,
    };
}

float ltr_row_weigh(const struct ltr_row *row, size_t first, size_t n,
                    float *weights, float *pulls)
{
    const struct ltr_recipe *recipe = &row->sweep->recipe;
    const float *scales = row->sweep->other->scales;
    float sum = 0;

    for (size_t i = 0; i < n; i++) {
        double w = ltr_recipe_weight(recipe, row->counts[first + i]);
        double scale = (double)row->scale;

        if (scales)
            scale = (double)scales[row->others[first + i]];
        weights[i] = (float)(w / (scale * scale));
        pulls[i] = (float)(ltr_recipe_pull(recipe, w, scale * scale) *
                           ltr_recipe_target(row->counts[first + i]) / scale);
        sum += weights[i];
    }
    return sum;
}

void ltr_row_start(struct ltr_row *row)
{
    const struct ltr_sweep *s = row->sweep;

    s->normal->share(row->image, s->basis.shared, row->rho, row->x, s->rank);
    for (size_t i = 0; i < s->rank; i++)
        row->residual[i] =
            (row->prior ? row->rho * row->prior[i] : 0) - row->image[i];
}

static void precondition(struct ltr_row *row)
{
    const struct ltr_basis *b = &row->sweep->basis;
    float rho = row->rho > b->least ? row->rho : b->least;

    row->sweep->normal->invert(row->inverse, b->shared, rho > 0 ? rho : 1,
                               b->typical, row->weight, row->sweep->rank);
}

void ltr_row_turn(struct ltr_row *row, bool first)
{
    const struct ltr_sweep *s = row->sweep;
    float *z = row->image, descent;

    if (first)
        precondition(row);
    s->normal->scale(z, row->residual, row->inverse, s->rank);
    descent = s->kernels->dot(row->residual, z, s->rank);
    if (first)
        memcpy(row->direction, z, s->rank * sizeof *z);
    else
        s->normal->turn(row->direction, z, descent / row->descent, s->rank);
    s->normal->share(row->image, s->basis.shared, row->rho, row->direction,
                     s->rank);
    row->descent = descent <= SMALL ? 0 : descent;
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
