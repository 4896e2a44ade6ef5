/*
 * regression.c - ridge regression on some of the rows, by some of the columns
 *
 * A column with a bit for "unknown" is at its mean there, and the bit itself
 * is no column of the regression: being rare it would be taken for what sets
 * those few rows apart.
 */
#include "train/regression.h"

#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "math/product.h"
#include "math/solve.h"

#define PIVOTS 64   /* rows of a factor */
#define FEW_ROWS 64 /* to be copied or looked at */

/* ---- Memory ------------------------------------------------------------- */

static int take_memory(struct ltr_regression *r)
{
    size_t n = r->n_all, m = n < r->d ? n : r->d;
    size_t workers = ltr_workers(r->ctx);

    r->x = ltr_alloc(r->ctx, n, r->d * sizeof *r->x);
    r->mean = ltr_alloc(r->ctx, r->d, sizeof *r->mean);
    r->scale = ltr_alloc(r->ctx, r->d, sizeof *r->scale);
    ltr_watch_tick(r->watch);
    r->rows = ltr_alloc(r->ctx, n, r->d * sizeof *r->rows);
    r->at_hand = ltr_alloc(r->ctx, r->d, sizeof *r->at_hand);
    r->targets = ltr_alloc(r->ctx, n, r->k * sizeof *r->targets);
    r->centre = ltr_alloc(r->ctx, r->k, sizeof *r->centre);
    r->intercept = ltr_alloc(r->ctx, r->k, sizeof *r->intercept);
    ltr_watch_tick(r->watch);
    r->products = ltr_alloc(r->ctx, m, m * sizeof *r->products);
    r->right = ltr_alloc(r->ctx, m, r->k * sizeof *r->right);
    r->answers = ltr_alloc(r->ctx, m, r->k * sizeof *r->answers);
    ltr_watch_tick(r->watch);
    r->gram = ltr_alloc(r->ctx, m, m * sizeof *r->gram);
    r->column = ltr_alloc(r->ctx, m, workers * sizeof *r->column);
    r->panels =
        ltr_alloc(r->ctx, ltr_regression_panel(r), workers * sizeof(float));
    ltr_watch_tick(r->watch);
    if (!r->x || !r->mean || !r->scale || !r->rows || !r->at_hand ||
        !r->targets || !r->centre || !r->intercept || !r->products ||
        !r->right || !r->answers || !r->gram || !r->column || !r->panels)
        return LTREC_ERR_MEMORY;
    return ltr_packs_create(r->ctx, LTREC_PRECISION_FLOAT32, &r->packs);
}

void ltr_regression_free(struct ltr_regression *r)
{
    ltr_free(r->ctx, r->x);
    ltr_free(r->ctx, r->mean);
    ltr_free(r->ctx, r->scale);
    ltr_free(r->ctx, r->rows);
    ltr_free(r->ctx, r->at_hand);
    ltr_free(r->ctx, r->targets);
    ltr_free(r->ctx, r->centre);
    ltr_free(r->ctx, r->intercept);
    ltr_free(r->ctx, r->products);
    ltr_free(r->ctx, r->right);
    ltr_free(r->ctx, r->answers);
    ltr_free(r->ctx, r->gram);
    ltr_free(r->ctx, r->column);
    ltr_free(r->ctx, r->panels);
    ltr_packs_free(r->packs);
}

/* ---- Rows --------------------------------------------------------------- */

/* Every so many rows; not 0 when it is enough. */
static int tick_at(const struct ltr_regression *r, size_t row)
{
    if (row % FEW_ROWS == 0)
        ltr_watch_tick(r->watch);
    return r->watch->cancelled;
}

static float offset_of(const struct ltr_regression *r, size_t j)
{
    return r->offset ? r->offset[j] : 0;
}

static size_t bit_of(const struct ltr_regression *r, size_t j)
{
    return r->bit ? r->bit[j] : j;
}

static int is_known(const struct ltr_regression *r, const float *row, size_t j)
{
    size_t bit = bit_of(r, j);

    return bit == j || row[bit] + offset_of(r, bit) < 0.5f;
}

/* What is unknown is at the mean of what is known; the bits are constant. */
static void apply_scales(struct ltr_regression *r)
{
    for (size_t j = 0; j < r->d; j++)
        if (bit_of(r, j) != j)
            r->scale[bit_of(r, j)] = 0;
    for (size_t i = 0; i < r->n_all && !tick_at(r, i); i++)
        for (size_t j = 0; j < r->d; j++) {
            const float *row = r->features + i * r->d;

            r->x[i * r->d + j] =
                is_known(r, row, j) ? (row[j] - r->mean[j]) * r->scale[j] : 0;
        }
}

static int standardise(struct ltr_regression *r)
{
    double *sums = ltr_alloc(r->ctx, 2 * r->d, sizeof *sums);
    uint64_t *counts = ltr_alloc(r->ctx, r->d, sizeof *counts);
    int ready = sums && counts;

    for (size_t i = 0; ready && i < r->n_all && !tick_at(r, i); i++)
        for (size_t j = 0; j < r->d; j++) {
            const float *row = r->features + i * r->d;
            double x = (double)row[j];

            if (!is_known(r, row, j))
                continue;
            counts[j]++;
            sums[j] += x;
            sums[r->d + j] += x * x;
        }
    if (ready) {
        ltr_standardise(sums, sums + r->d, counts, r->d, r->mean, r->scale);
        apply_scales(r);
    }
    ltr_free(r->ctx, sums);
    ltr_free(r->ctx, counts);
    return ready ? LTREC_OK : LTREC_ERR_MEMORY;
}

int ltr_regression_take(struct ltr_regression *regression)
{
    int status = take_memory(regression);

    return status == LTREC_OK ? standardise(regression) : status;
}

static void centre_targets(struct ltr_regression *r)
{
    for (size_t c = 0; r->n > 0 && c < r->k; c++)
        r->centre[c] /= (double)r->n;
    for (size_t i = 0; i < r->n && !tick_at(r, i); i++)
        for (size_t c = 0; c < r->k; c++)
            r->targets[i * r->k + c] -= (float)r->centre[c];
}

/* ---- The equations ------------------------------------------------------ */

static float column_of(const struct ltr_regression *r, size_t j)
{
    return r->columns ? r->columns[j] : 1;
}

/* What a product with the l-th column at hand has to be multiplied by. */
static double weight_of(const struct ltr_regression *r, size_t l)
{
    return r->dual ? 1 : (double)column_of(r, r->at_hand[l]);
}

static void choose_columns(struct ltr_regression *r, const uint8_t *chosen)
{
    r->n = r->width = 0;
    for (size_t j = 0; j < r->d; j++)
        if (column_of(r, j) != 0)
            r->at_hand[r->width++] = (uint32_t)j;
    for (size_t i = 0; i < r->n_all; i++)
        r->n += chosen[i] != 0;
    r->dual = r->n < r->width;
}

static void copy_row(const struct ltr_regression *r, size_t i, float *to)
{
    const float *x = r->x + i * r->d;

    for (size_t l = 0; l < r->width; l++) {
        size_t j = r->at_hand[l];

        to[l] = r->dual ? x[j] * column_of(r, j) : x[j];
    }
}

void ltr_regression_gather(struct ltr_regression *r, const uint8_t *chosen,
                           const float *columns)
{
    size_t n = 0;

    r->columns = columns;
    choose_columns(r, chosen);
    memset(r->centre, 0, r->k * sizeof *r->centre);
    for (size_t i = 0; i < r->n_all && !tick_at(r, i); i++) {
        const float *y = r->y + i * r->stride;

        if (!chosen[i])
            continue;
        copy_row(r, i, r->rows + n * r->width);
        memcpy(r->targets + n * r->k, y, r->k * sizeof *y);
        for (size_t c = 0; c < r->k; c++)
            r->centre[c] += (double)y[c];
        n++;
    }
    centre_targets(r);
    ltr_regression_multiply(r);
}

void ltr_regression_weigh(struct ltr_regression *r, const uint8_t *chosen,
                          const float *columns)
{
    if (r->dual)
        ltr_regression_gather(r, chosen, columns);
    else
        r->columns = columns;
}

/* ---- Their solution ----------------------------------------------------- */

static void reduce_row(void *arg, size_t i, size_t worker)
{
    const struct ltr_regression *r = arg;

    if (r->watch->cancelled)
        return;
    ltr_cholesky_reduce(r->gram, r->m, r->at + i, r->at);
    if (worker == 0)
        ltr_watch_tick(r->watch);
}

static int factor(struct ltr_regression *r, double penalty)
{
    for (size_t i = 0; i < r->m && !tick_at(r, i); i++) {
        for (size_t j = 0; j <= i; j++)
            r->gram[i * r->m + j] = (double)r->products[i * r->m + j] *
                                    weight_of(r, i) * weight_of(r, j);
        r->gram[i * r->m + i] += penalty;
    }
    for (r->at = 0; r->at < r->m && !r->watch->cancelled; r->at += PIVOTS) {
        size_t n = r->m - r->at < PIVOTS ? r->m - r->at : PIVOTS;

        ltr_parallel(r->ctx, n, reduce_row, r);
        if (!r->watch->cancelled &&
            ltr_cholesky_finish(r->gram, r->m, r->at, r->at + n) != 0)
            return LTREC_ERR_ARGUMENT;
    }
    return r->watch->cancelled ? LTREC_ERR_CANCELLED : LTREC_OK;
}

static void solve_column(void *arg, size_t c, size_t worker)
{
    struct ltr_regression *r = arg;
    double *column = r->column + worker * r->m;

    if (r->watch->cancelled)
        return;
    for (size_t i = 0; i < r->m; i++)
        column[i] = (double)r->right[i * r->k + c] * weight_of(r, i);
    ltr_cholesky_solve(r->gram, r->m, column);
    for (size_t i = 0; i < r->m; i++)
        r->answers[i * r->k + c] = (float)column[i];
    if (worker == 0)
        ltr_watch_tick(r->watch);
}

/* From the columns at hand, last first, to where they stand among all. */
static void spread_weights(struct ltr_regression *r)
{
    size_t left = r->width;

    for (size_t j = r->d; j-- > 0;) {
        float *to = r->weights + j * r->k;
        int there = left > 0 && r->at_hand[left - 1] == j;
        const float *from = there ? r->weights + --left * r->k : NULL;

        for (size_t c = 0; c < r->k; c++)
            to[c] = there ? from[c] * column_of(r, j) : 0;
    }
}

/* A bit weighs what makes an unknown column count as its mean. */
static void weigh_bits(struct ltr_regression *r)
{
    for (size_t j = 0; j < r->d && !tick_at(r, j); j++) {
        size_t bit = bit_of(r, j);
        float step = r->mean[j] + offset_of(r, j);

        for (size_t c = 0; bit != j && c < r->k; c++) {
            float w = r->weights[j * r->k + c] * step;

            r->weights[bit * r->k + c] = w;
            r->intercept[c] += (double)w * (double)offset_of(r, bit);
        }
    }
}

/* From standardised columns to features as they are. */
static void finish_weights(struct ltr_regression *r)
{
    float *weights = r->weights;

    for (size_t j = 0; j < r->d && !tick_at(r, j); j++)
        for (size_t c = 0; c < r->k; c++) {
            float *w = &weights[j * r->k + c];

            *w *= r->scale[j];
            r->intercept[c] -= (double)*w * (double)r->mean[j];
        }
    weigh_bits(r);
    for (size_t c = 0; c < r->k; c++)
        weights[r->d * r->k + c] = (float)r->intercept[c];
}

int ltr_regression_solve(struct ltr_regression *r, double penalty,
                         float *weights)
{
    int status = factor(r, penalty);

    if (status != LTREC_OK)
        return status;
    ltr_parallel(r->ctx, r->k, solve_column, r);
    r->weights = weights;
    memcpy(r->intercept, r->centre, r->k * sizeof *r->centre);
    if (r->dual)
        ltr_regression_expand(r);
    else
        memcpy(weights, r->answers, r->width * r->k * sizeof *weights);
    spread_weights(r);
    finish_weights(r);
    return r->watch->cancelled ? LTREC_ERR_CANCELLED : LTREC_OK;
}
