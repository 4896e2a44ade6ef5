/*
 * gram.c - V'V, the part of the equations that all rows share
 *
 * Slabs of rows are multiplied in float, where BLIS is at its best, and added
 * up in double, a task's slabs by the task and the tasks' sums by the caller,
 * each in the order of the rows.
 */
#include "cf/gram.h"

#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "base/steps.h"
#include "math/gemm.h"

#define SLAB_ROWS 256 /* one block of BLIS's in depth */
#define TASK_ROWS ((size_t)4 * SLAB_ROWS)

/* Sums in flight: 32 MiB of them, but enough for some threads. */
#define MOST_PARTS 32
#define LEAST_PARTS 2
#define PARTS_DOUBLES ((size_t)1 << 22)

static size_t at_most(size_t x, size_t most)
{
    return x < most ? x : most;
}

int ltr_gram_init(ltrec_context *ctx, size_t rank, struct ltr_gram *gram)
{
    size_t square = rank * rank;
    size_t parts = at_most(PARTS_DOUBLES / square, MOST_PARTS);

    *gram = (struct ltr_gram){.ctx = ctx, .rank = rank};
    gram->n_parts = parts > LEAST_PARTS ? parts : LEAST_PARTS;
    gram->total = ltr_alloc(ctx, square, sizeof *gram->total);
    gram->parts = ltr_alloc(ctx, gram->n_parts * square, sizeof *gram->parts);
    gram->scratch =
        ltr_alloc(ctx, ltr_workers(ctx) * square, sizeof *gram->scratch);
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

/* product = the sum over rows from `begin` to `end`, less those skipped. */
static void multiply_slab(const struct ltr_gram *g, size_t begin, size_t end,
                          float *product)
{
    size_t rank = g->rank;
    bool any = false;

    while (begin < end) {
        size_t stop = begin;

        if (g->skip && g->skip[begin]) {
            begin++;
            continue;
        }
        while (stop < end && !(g->skip && g->skip[stop]))
            stop++;
        ltr_gemm(g->ctx, rank, rank, stop - begin,
                 ltr_transposed(g->vectors + begin * rank, rank),
                 ltr_plain(g->vectors + begin * rank, rank), product, rank,
                 any);
        any = true;
        begin = stop;
    }
    if (!any)
        memset(product, 0, rank * rank * sizeof *product);
}

static void sum_task(void *arg, size_t i, size_t worker)
{
    struct ltr_gram *g = arg;
    size_t square = g->rank * g->rank;
    double *part = g->parts + i * square;
    float *product = g->scratch + worker * square;
    size_t begin = g->first + i * TASK_ROWS;
    size_t end = at_most(begin + TASK_ROWS, g->n);

    memset(part, 0, square * sizeof *part);
    for (size_t slab = begin; slab < end; slab += SLAB_ROWS) {
        multiply_slab(g, slab, at_most(slab + SLAB_ROWS, end), product);
        for (size_t j = 0; j < square; j++)
            part[j] += (double)product[j];
    }
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
        for (size_t i = 0; i < tasks; i++)
            for (size_t j = 0; j < square; j++)
                gram->total[j] += gram->parts[i * square + j];
        status = ltr_steps_take(steps, rows);
    }
    return status;
}
