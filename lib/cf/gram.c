/*
 * gram.c - V'V, the part of the equations that all rows share
 *
 * Slabs of rows are multiplied in float and added up in double, a task's slabs
 * by the task and the tasks' sums by the caller, each in the order of the
 * rows: the lower triangle, of which the other is a copy.
 */
#include "cf/gram.h"

#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "base/steps.h"
#include "math/product.h"

#define SLAB_ROWS 256 /* what products pack at a time */
#define TASK_ROWS ((size_t)4 * SLAB_ROWS)

/* Sums in flight: 32 MiB of them, but enough for some threads. */
#define MOST_PARTS 32
#define LEAST_PARTS 2
#define PARTS_DOUBLES ((size_t)1 << 22)

static size_t at_most(size_t x, size_t most)
{
    return x < most ? x : most;
}

static size_t scratch_floats(size_t rank)
{
    return (SLAB_ROWS + rank) * rank;
}

int ltr_gram_init(ltrec_context *ctx, struct ltr_packs *packs, size_t rank,
                  struct ltr_gram *gram)
{
    size_t square = rank * rank;
    size_t parts = at_most(PARTS_DOUBLES / square, MOST_PARTS);

    *gram = (struct ltr_gram){.ctx = ctx, .packs = packs, .rank = rank};
    gram->n_parts = parts > LEAST_PARTS ? parts : LEAST_PARTS;
    gram->total = ltr_alloc(ctx, square, sizeof *gram->total);
    gram->parts = ltr_alloc(ctx, gram->n_parts * square, sizeof *gram->parts);
    gram->scratch = ltr_alloc(ctx, ltr_workers(ctx) * scratch_floats(rank),
                              sizeof *gram->scratch);
    if (gram->total && gram->parts && gram->scratch)
        return LTREC_OK;
    ltr_gram_free(gram);
    return LTREC_ERR_MEMORY;
}

void ltr_gram_free(struct ltr_gram *gram)
{
    ltr_free(gram->ctx, gram->total);
    ltr_free(gram->ctx, gram->parts);
    ltr_free(gram->ctx, gram->scratch);
    gram->total = gram->parts = NULL;
    gram->scratch = NULL;
}

/* ---- A task ------------------------------------------------------------- */

void ltr_gram_multiply(struct ltr_packs *packs, const float *vectors, size_t n,
                       size_t rank, float *product, size_t worker)
{
    struct ltr_product multiply = {
        .m = rank,
        .n = rank,
        .k = n,
        .a = ltr_across(vectors, rank),
        .b = ltr_across(vectors, rank),
        .out = product,
        .stride = rank,
        .lower = true,
    };

    ltr_multiply_alone(packs, &multiply, worker);
}

/* Those of n rows from `first` that are not skipped, one after the other. */
static const float *gather(const struct ltr_gram *g, size_t first, size_t *n,
                           float *room)
{
    size_t rank = g->rank, count = 0;

    if (!g->skip)
        return g->vectors + first * rank;
    for (size_t row = first; row < first + *n; row++)
        if (!g->skip[row])
            memcpy(room + count++ * rank, g->vectors + row * rank,
                   rank * sizeof *room);
    *n = count;
    return room;
}

static void sum_task(void *arg, size_t i, size_t worker)
{
    struct ltr_gram *g = arg;
    size_t rank = g->rank;
    double *part = g->parts + i * rank * rank;
    float *room = g->scratch + worker * scratch_floats(rank);
    float *product = room + SLAB_ROWS * rank;
    size_t begin = g->first + i * TASK_ROWS;
    size_t end = at_most(begin + TASK_ROWS, g->n);

    memset(part, 0, rank * rank * sizeof *part);
    for (size_t slab = begin; slab < end; slab += SLAB_ROWS) {
        size_t n = at_most(SLAB_ROWS, end - slab);
        const float *vectors = gather(g, slab, &n, room);

        ltr_gram_multiply(g->packs, vectors, n, rank, product, worker);
        for (size_t row = 0; row < rank; row++)
            for (size_t j = row * rank; j <= row * rank + row; j++)
                part[j] += (double)product[j];
    }
}

/* ---- All of them -------------------------------------------------------- */

/* total += parts[n], in order. */
static void add_parts(struct ltr_gram *g, size_t n)
{
    size_t rank = g->rank;

    for (size_t i = 0; i < n; i++) {
        const double *part = g->parts + i * rank * rank;

        for (size_t row = 0; row < rank; row++)
            for (size_t j = row * rank; j <= row * rank + row; j++)
                g->total[j] += part[j];
    }
}

static void mirror(double *a, size_t rank)
{
    for (size_t i = 0; i < rank; i++)
        for (size_t j = 0; j < i; j++)
            a[j * rank + i] = a[i * rank + j];
}

int ltr_gram_compute(struct ltr_gram *gram, const float *vectors, size_t n,
                     const bool *skip, struct ltr_steps *steps)
{
    size_t square = gram->rank * gram->rank;
    size_t round = gram->n_parts * TASK_ROWS;
    int status = LTREC_OK;

    gram->vectors = vectors;
    gram->skip = skip;
    gram->n = n;
    memset(gram->total, 0, square * sizeof *gram->total);
    for (size_t at = 0; at < n && status == LTREC_OK; at += round) {
        size_t rows = at_most(n - at, round);
        size_t tasks = (rows + TASK_ROWS - 1) / TASK_ROWS;

        gram->first = at;
        ltr_parallel(gram->ctx, tasks, sum_task, gram);
        add_parts(gram, tasks);
        status = ltr_steps_take(steps, rows);
    }
    mirror(gram->total, gram->rank);
    return status;
}
