/*
 * als_precondition.c - what rows of the factorization share, inverted
 *
 * Factored and inverted in double, L L' = alpha0 G + typical rho, and then
 * multiplied, L'^-1 L^-1, in float: a product of a matrix with itself stays
 * positive definite whatever is rounded.
 */
#include "cf/als_precondition.h"

#include <math.h>

#include "base/context.h"
#include "base/pool.h"
#include "cf/als_rows.h"
#include "math/gemm.h"
#include "math/solve.h"

/* Of the trace of alpha0 G: less would be lost in the rounding of floats. */
#define LEAST_RHO 1e-5

/* Rows that are asked for their rho: enough for a mean, in no time at all. */
#define MOST_ASKED 65536

/* Work between two looks at whether to go on. */
#define TICK_FLOPS 5e7

int ltr_precondition_init(struct ltr_sweep *sweep)
{
    struct ltr_precondition *p = &sweep->precondition;
    size_t rank = sweep->rank, square = rank * rank;

    p->l = ltr_alloc(sweep->ctx, square, sizeof *p->l);
    p->columns =
        ltr_alloc(sweep->ctx, ltr_workers(sweep->ctx) * rank, sizeof(double));
    p->inverse = ltr_alloc(sweep->ctx, square, sizeof *p->inverse);
    p->panels = ltr_alloc(sweep->ctx, square, sizeof *p->panels);
    return p->l && p->columns && p->inverse && p->panels ? LTREC_OK
                                                         : LTREC_ERR_MEMORY;
}

void ltr_precondition_free(struct ltr_sweep *sweep)
{
    struct ltr_precondition *p = &sweep->precondition;

    ltr_free(sweep->ctx, p->l);
    ltr_free(sweep->ctx, p->columns);
    ltr_free(sweep->ctx, p->inverse);
    ltr_free(sweep->ctx, p->panels);
}

static float typical_rho(const struct ltr_sweep *s)
{
    size_t n = s->side->pairs->n, every = n / MOST_ASKED + 1;
    double sum = 0, trace = 0, rho;

    for (size_t row = 0; row < n; row += every)
        sum += ltr_row_rho(s, row) * (double)every;
    for (size_t i = 0; i < s->rank; i++)
        trace += s->recipe.alpha0 * s->gram.total[i * s->rank + i];
    rho = fmax(sum / (double)n, LEAST_RHO * trace);
    return (float)rho > 0 ? (float)rho
                          : 1; /* of nothing at all, either does */
}

static int factor(struct ltr_sweep *s, struct ltr_steps *steps)
{
    struct ltr_precondition *p = &s->precondition;
    double flops = 0;

    for (size_t i = 0; i < s->rank; i++) {
        for (size_t j = 0; j <= i; j++)
            p->l[i * s->rank + j] =
                s->recipe.alpha0 * s->gram.total[i * s->rank + j];
        p->l[i * s->rank + i] += (double)p->rho;
        if (ltr_cholesky_rows(p->l, s->rank, i, i + 1) != 0)
            return LTREC_ERR_ARGUMENT;
        flops += (double)i * (double)i;
        if (flops > TICK_FLOPS) {
            flops = 0;
            if (ltr_steps_take(steps, 0) != LTREC_OK)
                return LTREC_ERR_CANCELLED;
        }
    }
    return LTREC_OK;
}

/* Of the inverse of L, a column becomes a row. */
static void invert_column(void *arg, size_t i, size_t worker)
{
    struct ltr_sweep *s = arg;
    struct ltr_precondition *p = &s->precondition;
    size_t rank = s->rank, column = p->first + i;
    double *to = p->columns + worker * rank;

    ltr_cholesky_inverse_column(p->l, rank, column, to);
    for (size_t j = 0; j < rank; j++)
        p->inverse[column * rank + j] = j < column ? 0 : (float)to[j];
}

static int invert(struct ltr_sweep *s, struct ltr_steps *steps)
{
    struct ltr_precondition *p = &s->precondition;
    double k = (double)s->rank;
    size_t at_once = (size_t)(TICK_FLOPS / (k * k)) + 1;
    int status = LTREC_OK;

    for (size_t at = 0; at < s->rank && status == LTREC_OK; at += at_once) {
        size_t left = s->rank - at;

        p->first = at;
        ltr_parallel(s->ctx, left < at_once ? left : at_once, invert_column,
                     s);
        status = ltr_steps_take(steps, 0);
    }
    return status;
}

int ltr_precondition(struct ltr_sweep *sweep, struct ltr_steps *steps)
{
    struct ltr_precondition *p = &sweep->precondition;
    size_t rank = sweep->rank;
    int status;

    p->rho = typical_rho(sweep);
    status = factor(sweep, steps);
    if (status == LTREC_OK)
        status = invert(sweep, steps);
    if (status != LTREC_OK)
        return status;
    for (size_t at = 0; at < rank && status == LTREC_OK;
         at += LTR_NORMAL_LANES) {
        const float *from = p->inverse + at; /* before it there are zeros */

        ltr_gemm(sweep->ctx, rank, LTR_NORMAL_LANES, rank - at,
                 ltr_plain(from, rank), ltr_transposed(from + at * rank, rank),
                 p->panels + at * rank, LTR_NORMAL_LANES, false);
        status = ltr_steps_take(steps, 0);
    }
    return status;
}
