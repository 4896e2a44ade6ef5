/*
 * als_judge.c - how well an epoch ranks what was kept back from it
 */
#include "cf/als_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "math/kernels.h"
#include "math/product.h"

#define TASK_USERS 32
#define CHUNK_ITEMS 512
#define LAST_RANK 100

struct judge {
    const struct ltr_run *run;
    float *scratch;   /* [workers][TASK_USERS][width + CHUNK_ITEMS] */
    uint32_t *beaten; /* [pairs kept back], by so many items */
    float *own;       /* [pairs kept back], their scores */
    size_t first;
};

/* Items of the listener's own have no rank. */
static void cross_out(const struct ltr_pairs *taught, size_t user,
                      uint64_t *at, size_t begin, size_t end, float *scores)
{
    for (; *at < taught->starts[user + 1] && taught->others[*at] < end; ++*at)
        scores[taught->others[*at] - begin] = -INFINITY;
}

/* The root of an item's emphasis, that its vector has been multiplied by. */
static float scale_of(const struct judge *j, size_t item)
{
    return j->run->items.scales ? j->run->items.scales[item] : 1;
}

static void unscale(const struct judge *j, size_t begin, size_t end,
                    float *scores)
{
    for (size_t i = begin; j->run->items.scales && i < end; i++)
        scores[i - begin] /= scale_of(j, i);
}

static void count_better(const struct judge *j, size_t pair, size_t begin,
                         size_t end, const float *scores)
{
    uint32_t item = j->run->validation.items[pair], better = 0;

    for (size_t i = begin; i < end; i++)
        better += scores[i - begin] > j->own[pair] && i != item;
    j->beaten[pair] += better;
}

/* Vectors of some listeners side by side, and the scores of their pairs. */
static void gather(const struct judge *j, size_t first, size_t n,
                   float *vectors)
{
    const struct ltr_run *run = j->run;
    const struct ltr_validation *v = &run->validation;
    size_t width = run->width;

    for (size_t m = 0; m < n; m++) {
        float *x = vectors + m * width;

        memcpy(x, run->users.vectors + v->users[first + m] * width,
               width * sizeof *x);
        for (size_t p = v->starts[first + m]; p < v->starts[first + m + 1];
             p++)
            j->own[p] =
                run->sweep.kernels->dot(
                    x, run->items.vectors + v->items[p] * width, width) /
                scale_of(j, v->items[p]);
    }
}

/* scores[n][CHUNK_ITEMS], of the items from `begin` to `end`. */
static void score(const struct ltr_run *run, const float *users, size_t n,
                  size_t begin, size_t end, float *scores, size_t worker)
{
    size_t width = run->width;
    struct ltr_product product = {
        .m = n,
        .n = end - begin,
        .k = width,
        .a = ltr_along(users, width),
        .b = ltr_along(run->items.vectors + begin * width, width),
        .out = scores,
        .stride = CHUNK_ITEMS,
    };

    ltr_multiply_alone(run->sweep.packs, &product, worker);
}

static void judge_task(void *arg, size_t i, size_t worker)
{
    struct judge *j = arg;
    const struct ltr_run *run = j->run;
    const struct ltr_validation *v = &run->validation;
    size_t first = j->first + i * TASK_USERS, left = v->n_users - first;
    size_t n = left < TASK_USERS ? left : TASK_USERS, width = run->width;
    float *x = j->scratch + worker * TASK_USERS * (width + CHUNK_ITEMS);
    float *scores = x + TASK_USERS * width;
    size_t n_items = run->items.pairs->n;
    uint64_t at[TASK_USERS];

    gather(j, first, n, x);
    for (size_t m = 0; m < n; m++)
        at[m] = run->users.pairs->starts[v->users[first + m]];
    for (size_t begin = 0; begin < n_items; begin += CHUNK_ITEMS) {
        size_t end =
            n_items - begin < CHUNK_ITEMS ? n_items : begin + CHUNK_ITEMS;

        score(run, x, n, begin, end, scores, worker);
        for (size_t m = 0; m < n; m++) {
            float *row = scores + m * CHUNK_ITEMS;

            unscale(j, begin, end, row);
            cross_out(run->users.pairs, v->users[first + m], &at[m], begin,
                      end, row);
            for (size_t p = v->starts[first + m]; p < v->starts[first + m + 1];
                 p++)
                count_better(j, p, begin, end, row);
        }
    }
}

/* Tens of milliseconds of work a round. */
static int judge_all(struct judge *j, struct ltr_steps *steps)
{
    const struct ltr_run *run = j->run;
    size_t n = run->validation.n_users;
    double flops =
        2.0 * TASK_USERS * (double)run->items.pairs->n * (double)run->width;
    size_t round = (size_t)(1e9 / flops) + 1;
    int status = LTREC_OK;

    round *= ltr_workers(run->ctx);
    while (j->first < n && status == LTREC_OK) {
        size_t left = n - j->first;
        size_t users = left < round * TASK_USERS ? left : round * TASK_USERS;

        ltr_parallel(run->ctx, (users + TASK_USERS - 1) / TASK_USERS,
                     judge_task, j);
        status = ltr_steps_take(steps, users);
        j->first += users;
    }
    return status;
}

int ltr_run_judge(struct ltr_run *run, double *found)
{
    struct judge j = {.run = run};
    size_t n = run->validation.n;
    int status = LTREC_ERR_MEMORY;

    j.scratch = ltr_alloc(run->ctx,
                          ltr_workers(run->ctx) * TASK_USERS *
                              (run->width + CHUNK_ITEMS),
                          sizeof *j.scratch);
    j.beaten = ltr_alloc(run->ctx, n, sizeof *j.beaten);
    j.own = ltr_alloc(run->ctx, n, sizeof *j.own);
    if (j.scratch && j.beaten && j.own)
        status = judge_all(&j, &run->steps);
    *found = 0;
    for (size_t p = 0; p < n && status == LTREC_OK; p++)
        if (j.beaten[p] < LAST_RANK)
            *found += 1 / log2(2 + (double)j.beaten[p]);
    *found /= (double)n;
    ltr_free(run->ctx, j.scratch);
    ltr_free(run->ctx, j.beaten);
    ltr_free(run->ctx, j.own);
    return status;
}
