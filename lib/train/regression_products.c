/*
 * regression_products.c - the products of matrices in a ridge regression
 *
 * Summed stretch by stretch and panel by panel, each small enough that no
 * tick is late.  A stretch is summed by itself and then added, which loses
 * less than one sum over all; stretches have the same length whatever panels
 * have, and so sums the same bits at any number of threads.
 */
#include "train/regression.h"

#include <string.h>

#include "base/pool.h"
#include "math/product.h"

#define PANEL 192 /* vectors of a product's result, at most */
#define LEAST_PANEL 48
#define STRETCH 256                  /* of a vector's length */
#define ROUND_SUMS ((size_t)1 << 27) /* of a panel, about: 10 ms */

size_t ltr_regression_panel(const struct ltr_regression *r)
{
    size_t m = r->n_all < r->d ? r->n_all : r->d;

    return PANEL * (m > r->k ? m : r->k);
}

/* Low enough that no worker has to wait for the others. */
static size_t rows_of_panels(const struct ltr_regression *r, size_t n)
{
    size_t workers = ltr_workers(r->ctx), rows = PANEL;

    while (workers > 1 && rows > LEAST_PANEL && n < 2 * workers * rows)
        rows /= 2;
    return rows;
}

/* to = from, or to + from. */
static void add_row(const float *from, size_t n, float *to, bool add)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] + (add ? to[i] : 0);
}

/* ---- The equations ------------------------------------------------------ */

/* The lower triangle of the products, in the rows from `first`: what is left
 * of the block on the diagonal, and that. */
static void multiply_rows(const struct ltr_regression *r, size_t first,
                          struct ltr_product p, bool add, size_t worker)
{
    float *panel = p.out;

    p.stride = first + p.m;
    p.n = first;
    p.b = p.a;
    p.b.data -= first * (r->dual ? r->width : 1);
    ltr_multiply_alone(r->packs, &p, worker);
    p.out += first;
    p.n = p.m;
    p.b = p.a;
    p.lower = true;
    ltr_multiply_alone(r->packs, &p, worker);
    for (size_t i = 0; i < p.m; i++)
        add_row(panel + i * p.stride, first + i + 1,
                r->products + (first + i) * r->m, add);
}

/* Of a stretch from `at`, and right-hand sides. */
static void multiply_stretch(const struct ltr_regression *r, size_t first,
                             size_t at, size_t worker)
{
    size_t rows = r->m - first, length = (r->dual ? r->width : r->n) - at;
    struct ltr_product p = {.m = rows < r->panel ? rows : r->panel,
                            .k = length < STRETCH ? length : STRETCH,
                            .out =
                                r->panels + worker * ltr_regression_panel(r)};

    p.a = r->dual ? ltr_along(r->rows + first * r->width + at, r->width)
                  : ltr_across(r->rows + at * r->width + first, r->width);
    multiply_rows(r, first, p, at > 0, worker);
    if (r->dual)
        return;
    p.b = ltr_across(r->targets + at * r->k, r->k);
    p.n = p.stride = r->k;
    ltr_multiply_alone(r->packs, &p, worker);
    add_row(p.out, p.m * r->k, r->right + first * r->k, at > 0);
}

/* Panel by panel from the last, whose rows are the longest. */
static void multiply_panel(void *arg, size_t i, size_t worker)
{
    const struct ltr_regression *r = arg;
    size_t first = (r->m - 1) / r->panel * r->panel - i * r->panel;

    for (size_t at = r->at; at < r->end && !r->watch->cancelled;
         at += STRETCH) {
        multiply_stretch(r, first, at, worker);
        if (worker == 0)
            ltr_watch_tick(r->watch);
    }
}

/* Stretches go by in rounds: a worker that is done waits for no more. */
void ltr_regression_multiply(struct ltr_regression *r)
{
    size_t length, round;

    r->m = r->dual ? r->n : r->width;
    r->panel = rows_of_panels(r, r->m);
    length = r->dual ? r->width : r->n;
    round = ROUND_SUMS / (r->panel * (r->m + r->k) * STRETCH) + 1;
    for (r->at = 0; r->at < length && !r->watch->cancelled; r->at = r->end) {
        r->end = r->at + round * STRETCH;
        r->end = r->end < length ? r->end : length;
        ltr_parallel(r->ctx, (r->m + r->panel - 1) / r->panel, multiply_panel,
                     r);
    }
    if (r->dual)
        memcpy(r->right, r->targets, r->n * r->k * sizeof *r->right);
}

/* ---- Weights from answers ----------------------------------------------- */

static void expand_panel(void *arg, size_t i, size_t worker)
{
    struct ltr_regression *r = arg;
    size_t first = i * r->panel, left = r->width - first;
    struct ltr_product p = {.m = left < r->panel ? left : r->panel,
                            .n = r->k,
                            .out =
                                r->panels + worker * ltr_regression_panel(r),
                            .stride = r->k};

    for (size_t at = 0; at < r->n && !r->watch->cancelled; at += STRETCH) {
        p.k = r->n - at < STRETCH ? r->n - at : STRETCH;
        p.a = ltr_across(r->rows + at * r->width + first, r->width);
        p.b = ltr_across(r->answers + at * r->k, r->k);
        ltr_multiply_alone(r->packs, &p, worker);
        add_row(p.out, p.m * r->k, r->weights + first * r->k, at > 0);
        if (worker == 0)
            ltr_watch_tick(r->watch);
    }
}

void ltr_regression_expand(struct ltr_regression *r)
{
    r->panel = rows_of_panels(r, r->width);
    ltr_parallel(r->ctx, (r->width + r->panel - 1) / r->panel, expand_panel,
                 r);
}
