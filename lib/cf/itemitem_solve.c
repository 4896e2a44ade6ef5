/*
 * itemitem_solve.c - the equations of an item-item model
 *
 * Each item's equation needs G between all its candidates.  As many equations
 * as memory allows are filled at once: a row of G is made and handed to every
 * equation that has its item among the candidates.  Each task writes rows
 * that are its own, and each sum is taken in the order of listeners, so the
 * bits depend neither on threads nor on how many equations share a pass.
 */
#include "cf/itemitem_fit.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "math/solve.h"

/* Where an item stands among the candidates of another. */
struct place {
    uint32_t equation;
    uint32_t row;
};

/* Equations of the items `first` to `first + n`. */
struct batch {
    struct ltr_itemitem_fit *fit;
    size_t first, n, most;
    size_t stride;        /* floats of an equation */
    float *equations;     /* [most]: lower triangle of G_NN, then G_Nj */
    uint64_t *starts;     /* [n_items + 2] into places, by item */
    struct place *places; /* [most][candidates] */
    size_t at;            /* the first item of a parallel stretch */
};

static uint64_t steps_of_solution(const struct ltr_itemitem_fit *fit)
{
    uint64_t m = fit->o.candidates;

    return m * m * m / 24 + m * m / 2 + 1; /* as long as so many touches */
}

static size_t stride_of(const struct ltr_itemitem_fit *fit)
{
    size_t m = fit->o.candidates;

    return m * (m + 1) / 2 + m;
}

/* As many equations at once as memory allows. */
static size_t most_at_once(const struct ltr_itemitem_fit *fit)
{
    uint64_t each = stride_of(fit) * sizeof(float) +
                    fit->o.candidates * sizeof(struct place);
    uint64_t most = fit->o.memory / each;

    return most < 1 ? 1 : most < fit->n ? (size_t)most : fit->n;
}

uint64_t ltr_itemitem_solve_steps(const struct ltr_itemitem_fit *fit)
{
    size_t most = most_at_once(fit);
    uint64_t passes = most > 0 ? (fit->n + most - 1) / most : 0, touches = 0;

    for (size_t item = 0; item < fit->n; item++)
        touches += fit->touches[item];
    return passes * touches + fit->n * steps_of_solution(fit);
}

/* ---- Filling ------------------------------------------------------------ */

static void find_places(struct batch *b)
{
    const struct ltr_itemitem_fit *fit = b->fit;
    size_t m = fit->o.candidates;

    memset(b->starts, 0, (fit->n + 2) * sizeof *b->starts);
    for (size_t e = 0; e < b->n; e++)
        for (size_t i = 0; i < fit->n_candidates[b->first + e]; i++)
            b->starts[fit->candidates[(b->first + e) * m + i] + 2]++;
    for (size_t item = 0; item < fit->n; item++)
        b->starts[item + 2] += b->starts[item + 1];
    for (size_t e = 0; e < b->n; e++)
        for (size_t i = 0; i < fit->n_candidates[b->first + e]; i++) {
            uint32_t item = fit->candidates[(b->first + e) * m + i];

            b->places[b->starts[item + 1]++] =
                (struct place){(uint32_t)e, (uint32_t)i};
        }
}

static void hand_out(void *arg, size_t i, size_t worker)
{
    struct batch *b = arg;
    const struct ltr_itemitem_fit *fit = b->fit;
    struct ltr_itemitem_bench *bench = &fit->benches[worker];
    size_t item = b->at + i, m = fit->o.candidates, n_touched;

    if (b->starts[item] == b->starts[item + 1])
        return;
    n_touched = ltr_itemitem_row_of(fit, item, bench);
    for (uint64_t p = b->starts[item]; p < b->starts[item + 1]; p++) {
        size_t row = b->places[p].row, of = b->first + b->places[p].equation;
        float *equation = b->equations + b->places[p].equation * b->stride;
        const uint32_t *others = fit->candidates + of * m;
        float *to = equation + row * (row + 1) / 2;

        for (size_t j = 0; j <= row; j++)
            to[j] = (float)bench->sums[others[j]];
        equation[m * (m + 1) / 2 + row] = (float)bench->sums[of];
    }
    ltr_itemitem_clear(bench, n_touched);
}

static int fill(struct batch *b)
{
    struct ltr_itemitem_fit *fit = b->fit;
    size_t m = fit->o.candidates;

    find_places(b);
    for (b->at = 0; b->at < fit->n;) {
        uint64_t steps = 0, work = 0;
        size_t end = b->at;

        for (; end < fit->n && work < LTR_ITEMITEM_BLOCK; end++) {
            work += fit->touches[end] +
                    (b->starts[end + 1] - b->starts[end]) * m / 2;
            steps += fit->touches[end];
        }
        ltr_parallel(fit->ctx, end - b->at, hand_out, b);
        if (ltr_steps_take(&fit->steps, steps) != LTREC_OK)
            return LTREC_ERR_CANCELLED;
        b->at = end;
    }
    return LTREC_OK;
}

/* ---- Solving ------------------------------------------------------------ */

static void solve_one(void *arg, size_t i, size_t worker)
{
    struct batch *b = arg;
    struct ltr_itemitem_fit *fit = b->fit;
    struct ltr_itemitem_bench *bench = &fit->benches[worker];
    size_t e = b->at + i, item = b->first + e, m = fit->o.candidates;
    size_t n = fit->n_candidates[item];
    double relative = fit->o.dropout / (1 - fit->o.dropout);
    const float *from = b->equations + e * b->stride;
    const float *right = from + m * (m + 1) / 2;

    for (size_t row = 0; row < n; row++) {
        for (size_t j = 0; j <= row; j++)
            bench->a[row * n + j] = (double)*from++;
        bench->a[row * n + row] +=
            fit->o.lambda + relative * bench->a[row * n + row];
        bench->b[row] = (double)right[row];
    }
    if (ltr_cholesky(bench->a, n) != 0) {
        fit->n_kept[item] = LTR_ITEMITEM_SINGULAR;
        return;
    }
    ltr_cholesky_solve(bench->a, n, bench->b);
    ltr_itemitem_keep(fit, item, n, fit->candidates + item * m, bench->b,
                      bench);
}

static int solve(struct batch *b, ltrec_error *err)
{
    struct ltr_itemitem_fit *fit = b->fit;
    uint64_t each = steps_of_solution(fit);
    size_t block = (size_t)(LTR_ITEMITEM_BLOCK / each) + 1;

    for (b->at = 0; b->at < b->n;) {
        size_t n = b->n - b->at < block ? b->n - b->at : block;

        ltr_parallel(fit->ctx, n, solve_one, b);
        if (ltr_steps_take(&fit->steps, n * each) != LTREC_OK)
            return ltr_fail(err, LTREC_ERR_CANCELLED, "itemitem: cancelled");
        b->at += n;
    }
    for (size_t item = b->first; item < b->first + b->n; item++)
        if (fit->n_kept[item] == LTR_ITEMITEM_SINGULAR)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "itemitem: the equations of item number %zu have "
                            "no answer in double; a larger lambda has",
                            item);
    return LTREC_OK;
}

int ltr_itemitem_solve(struct ltr_itemitem_fit *fit, ltrec_error *err)
{
    struct batch b = {.fit = fit, .most = most_at_once(fit)};
    int status = LTREC_OK;

    b.stride = stride_of(fit);
    b.equations = ltr_alloc(fit->ctx, b.most, b.stride * sizeof *b.equations);
    b.starts = ltr_alloc(fit->ctx, fit->n + 2, sizeof *b.starts);
    b.places =
        ltr_alloc(fit->ctx, b.most, fit->o.candidates * sizeof *b.places);
    if (!b.equations || !b.starts || !b.places)
        status = ltr_fail(err, LTREC_ERR_MEMORY,
                          "itemitem: no memory for %zu equations", b.most);
    for (; b.first < fit->n && status == LTREC_OK; b.first += b.n) {
        b.n = fit->n - b.first < b.most ? fit->n - b.first : b.most;
        status = fill(&b);
        status = status == LTREC_OK
                     ? solve(&b, err)
                     : ltr_fail(err, status, "itemitem: cancelled");
    }
    ltr_free(fit->ctx, b.equations);
    ltr_free(fit->ctx, b.starts);
    ltr_free(fit->ctx, b.places);
    return status;
}
