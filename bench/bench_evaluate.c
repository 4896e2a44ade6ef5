/*
 * bench_evaluate.c - ranking everything for everybody, and the baseline
 *
 * evaluate_users: all of 20,000 items of rank 64 ranked for as many listeners
 * as the size says, 20 of them relevant; evaluate_auc: with the area under
 * the curve.  ridge_fit: 64 targets from 256 columns, rows as the size says.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

#include "bench.h"

#define USERS 500
#define ITEMS 20000
#define RANK 64
#define RELEVANT 20
#define ROWS 2000
#define COLUMNS 256

struct data {
    ltrec_context *ctx;
    uint32_t auc;
    float users[USERS * RANK], items[ITEMS * RANK];
    uint64_t offsets[USERS + 1];
    uint32_t relevant[USERS * RELEVANT];
    float x[ROWS * COLUMNS], y[ROWS * RANK];
    float weights[(COLUMNS + 1) * RANK];
};

static void evaluate(void *state)
{
    struct data *d = state;
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation;

    ltrec_evaluation_options_init(&options, sizeof options);
    options.auc = d->auc;
    if (ltrec_evaluation_create(d->ctx, ITEMS, &options, &evaluation, NULL) !=
        LTREC_OK)
        exit(EXIT_FAILURE);
    ltrec_evaluation_add_factors(evaluation, USERS, d->users, RANK, d->items,
                                 NULL, NULL, d->offsets, d->relevant, NULL,
                                 NULL, NULL);
    ltrec_evaluation_free(evaluation);
}

static void fit(void *state)
{
    struct data *d = state;

    ltrec_ridge_fit(d->ctx, ROWS, COLUMNS, d->x, RANK, d->y, 1, d->weights,
                    NULL);
}

static void draw(float *values, size_t n)
{
    static uint32_t x = 1;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        values[i] = (float)(x >> 8) / (1 << 24) - 0.5f;
    }
}

int main(void)
{
    static struct data d;

    if (ltrec_context_create(NULL, &d.ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    draw(d.users, USERS * RANK);
    draw(d.items, ITEMS * RANK);
    draw(d.x, ROWS * COLUMNS);
    draw(d.y, ROWS * RANK);
    for (size_t u = 0; u < USERS; u++) {
        d.offsets[u + 1] = d.offsets[u] + RELEVANT;
        for (size_t i = 0; i < RELEVANT; i++)
            d.relevant[u * RELEVANT + i] =
                (uint32_t)(u + i * (ITEMS / RELEVANT - 30));
    }
    bench("evaluate_users", USERS, evaluate, &d);
    d.auc = 1;
    bench("evaluate_auc", USERS, evaluate, &d);
    bench("ridge_fit", ROWS, fit, &d);
    ltrec_context_free(d.ctx);
    return EXIT_SUCCESS;
}
