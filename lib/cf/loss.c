/*
 * loss.c - what factorizing minimises
 *
 * The sum of (x.y)^2 over all listeners and all items, played or not, is the
 * sum over all entries of X'X times the same of Y'Y: that is the whole cost
 * of the pairs nobody played (Rendle et al. 2021, section 2).
 */
#include "cf/loss.h"

#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "math/kernels.h"

#define TASK_ROWS 64
#define ROUND_TASKS 64

struct measure {
    struct ltr_sweep *sweep;
    const struct ltr_side *side, *other;
    bool with_pairs; /* or nothing but the regularisation */
    size_t first;
    double *fits, *totals; /* [ROUND_TASKS] */
};

/* w (s - 1)^2, and what the form of 2008 weighs differently. */
static double loss_of_row(const struct measure *m, size_t row)
{
    struct ltr_sweep *s = m->sweep;
    const struct ltr_pairs *pairs = m->side->pairs;
    const float *x = m->side->vectors + row * s->rank;
    double sum = 0;

    for (uint64_t i = pairs->starts[row]; i < pairs->starts[row + 1]; i++) {
        const float *y = m->other->vectors + pairs->others[i] * s->rank;
        double w = ltr_recipe_weight(&s->recipe, pairs->counts[i]);
        double score = (double)s->kernels->dot(x, y, s->rank) *
                       ltr_recipe_target(pairs->counts[i]);
        double scale = 1;

        if (m->other->scales)
            scale = (double)m->other->scales[pairs->others[i]];
        score /= scale;
        sum += w * (score - 1) * (score - 1);
        sum += (ltr_recipe_pull(&s->recipe, w, scale * scale) - w) *
               (1 - 2 * score);
    }
    return sum;
}

static double regularisation_of_row(const struct measure *m, size_t row)
{
    struct ltr_sweep *s = m->sweep;
    const struct ltr_side *side = m->side;
    double sum = 0, scale = side->scales ? (double)side->scales[row] : 1;

    for (size_t i = row * s->rank; i < (row + 1) * s->rank; i++) {
        double d = (double)side->vectors[i] -
                   (side->priors ? (double)side->priors[i] : 0);

        sum += d * d;
    }
    return sum / (scale * scale) *
           ltr_recipe_rho(&s->recipe, ltr_pairs_in_row(side->pairs, row),
                          m->other->pairs->n, scale * scale);
}

static void measure_task(void *arg, size_t i, size_t worker)
{
    struct measure *m = arg;
    size_t row = m->first + i * TASK_ROWS, left = m->side->pairs->n - row;
    size_t end = row + (left < TASK_ROWS ? left : TASK_ROWS);

    (void)worker;
    m->fits[i] = m->totals[i] = 0;
    for (; row < end; row++) {
        double fit = m->with_pairs ? loss_of_row(m, row) : 0;

        m->fits[i] += fit;
        m->totals[i] += fit + regularisation_of_row(m, row);
    }
}

static int measure_side(struct measure *m, struct ltr_steps *steps,
                        struct ltr_loss *loss)
{
    const struct ltr_pairs *pairs = m->side->pairs;
    int status = LTREC_OK;

    for (size_t at = 0; at < pairs->n && status == LTREC_OK;) {
        size_t left = (pairs->n - at + TASK_ROWS - 1) / TASK_ROWS;
        size_t tasks = left < ROUND_TASKS ? left : ROUND_TASKS;
        size_t end = at + tasks * TASK_ROWS;

        end = end < pairs->n ? end : pairs->n;
        m->first = at;
        ltr_parallel(m->sweep->ctx, tasks, measure_task, m);
        for (size_t i = 0; i < tasks; i++) {
            loss->fit += m->fits[i];
            loss->total += m->totals[i];
        }
        status = ltr_steps_take(
            steps,
            end - at +
                (m->with_pairs ? pairs->starts[end] - pairs->starts[at] : 0));
        at = end;
    }
    return status;
}

/* alpha0 times the sum of (x.y)^2 over everybody and everything. */
static int add_background(struct ltr_sweep *s, const struct ltr_side *users,
                          const struct ltr_side *items,
                          struct ltr_steps *steps, struct ltr_loss *loss)
{
    size_t square = s->rank * s->rank;
    double *item_gram = ltr_alloc(s->ctx, square, sizeof *item_gram);
    double sum = 0;
    int status;

    if (!item_gram)
        return LTREC_ERR_MEMORY;
    status = ltr_gram_compute(&s->gram, items->vectors, items->pairs->n, NULL,
                              steps);
    memcpy(item_gram, s->gram.total, square * sizeof *item_gram);
    if (status == LTREC_OK)
        status = ltr_gram_compute(&s->gram, users->vectors, users->pairs->n,
                                  NULL, steps);
    for (size_t i = 0; i < square; i++)
        sum += item_gram[i] * s->gram.total[i];
    ltr_free(s->ctx, item_gram);
    loss->fit = loss->total = s->recipe.alpha0 * sum;
    return status;
}

uint64_t ltr_loss_steps(const struct ltr_pairs *users,
                        const struct ltr_pairs *items)
{
    return users->starts[users->n] +
           2 * ((uint64_t)users->n + (uint64_t)items->n);
}

int ltr_loss(struct ltr_sweep *sweep, const struct ltr_side *users,
             const struct ltr_side *items, struct ltr_steps *steps,
             struct ltr_loss *loss)
{
    double fits[ROUND_TASKS], totals[ROUND_TASKS];
    struct measure of_users = {sweep, users, items, true, 0, fits, totals};
    struct measure of_items = {sweep, items, users, false, 0, fits, totals};
    int status = add_background(sweep, users, items, steps, loss);

    if (status == LTREC_OK)
        status = measure_side(&of_users, steps, loss);
    if (status == LTREC_OK)
        status = measure_side(&of_items, steps, loss);
    return status;
}
