/*
 * rank_factors.c - every item ranked for every listener, by their factors
 *
 * Listeners go in blocks, whose scores are one matrix product.  Each block
 * leaves its listeners' figures; they are added up afterwards in the order of
 * listeners, so the sums have the same bits at any number of threads.
 */
#include "eval/measure.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "math/product.h"
#include "math/topk.h"

#define BLOCK 32 /* listeners; their scores are kept for all items */

struct rows {
    const uint64_t *offsets; /* [n_users + 1], or NULL: all empty */
    const uint32_t *items;
};

/* What a worker needs for one listener at a time, and the scores of a block.
 */
struct bench {
    float *scores;      /* [BLOCK][n_items] */
    uint32_t *relevant; /* [n_items] */
    float *wanted;      /* [n_items], scores of relevant items */
    unsigned char *covered;
    float best[LTR_LIST_LENGTH];
    uint64_t best_ids[LTR_LIST_LENGTH];
    uint32_t ranked[LTR_LIST_LENGTH];
};

struct run {
    ltrec_evaluation *evaluation;
    size_t n_users, rank;
    const float *users, *items;
    struct rows train, test;
    struct ltr_packs *packs;
    struct bench *benches;         /* [workers] */
    struct ltr_measures *measures; /* [n_users] */
    size_t first_block;            /* of this round */
};

static size_t row_of(const struct rows *rows, size_t u, const uint32_t **items)
{
    size_t from;

    *items = NULL;
    if (!rows->offsets)
        return 0;
    from = (size_t)rows->offsets[u];
    *items = rows->items + from;
    return (size_t)rows->offsets[u + 1] - from;
}

/* ---- One listener ------------------------------------------------------- */

static size_t find_relevant(const struct run *run, size_t u,
                            uint32_t *relevant)
{
    const uint32_t *train, *test;
    size_t n_train = row_of(&run->train, u, &train);
    size_t n_test = row_of(&run->test, u, &test), n = 0;

    for (size_t i = 0; i < n_test; i++)
        if (!ltr_eval_holds(train, n_train, test[i]))
            relevant[n++] = test[i];
    return n;
}

static size_t rank_items(const struct run *run, struct bench *bench,
                         const float *scores)
{
    struct ltr_topk top;
    size_t n;

    ltr_topk_init(&top, LTR_LIST_LENGTH, bench->best, bench->best_ids);
    for (size_t i = 0; i < run->evaluation->n_items; i++)
        if (top.count < top.k || scores[i] >= top.scores[0])
            ltr_topk_offer(&top, scores[i], i);
    n = ltr_topk_finish(&top);
    for (size_t i = 0; i < n; i++)
        bench->ranked[i] = (uint32_t)bench->best_ids[i];
    return n;
}

/*
 * Of all pairs of a relevant and another candidate, the part in which the
 * relevant one scores higher; equal scores count half.  Takes relevant scores
 * out of `scores`.  Going over all of them for each relevant item is plain
 * enough for the compiler to do many at once, which beats searching.
 */
static void measure_auc(const struct run *run, struct bench *bench,
                        float *scores, size_t n_relevant,
                        struct ltr_measures *m)
{
    size_t n = run->evaluation->n_items, others = 0;
    double won = 0;

    for (size_t i = 0; i < n_relevant; i++) {
        bench->wanted[i] = scores[bench->relevant[i]];
        scores[bench->relevant[i]] = NAN;
    }
    for (size_t i = 0; i < n; i++)
        others += isnan(scores[i]) ? 0 : 1;
    for (size_t i = 0; i < n_relevant; i++) {
        float score = bench->wanted[i];
        uint32_t below = 0, equal = 0; /* as wide as a float, for speed */

        for (size_t other = 0; other < n; other++) {
            below += scores[other] < score;
            equal += scores[other] == score;
        }
        won += (double)below + (double)equal / 2;
    }
    m->has_auc = others > 0;
    m->auc = others ? won / ((double)n_relevant * (double)others) : 0;
}

static void measure_user(const struct run *run, struct bench *bench, size_t u,
                         float *scores)
{
    const uint32_t *train;
    size_t n_train = row_of(&run->train, u, &train);
    size_t n_relevant = find_relevant(run, u, bench->relevant), n;
    struct ltr_measures *m = &run->measures[u];

    if (n_relevant == 0)
        return;
    for (size_t i = 0; i < n_train; i++)
        scores[train[i]] = NAN; /* never ranked */
    n = rank_items(run, bench, scores);
    *m = ltr_eval_measure(run->evaluation, n, bench->ranked, n_relevant,
                          bench->relevant);
    ltr_eval_cover(bench->covered, n, bench->ranked);
    if (run->evaluation->wants_auc)
        measure_auc(run, bench, scores, n_relevant, m);
}

/* ---- All of them -------------------------------------------------------- */

static void measure_block(void *arg, size_t i, size_t worker)
{
    const struct run *run = arg;
    struct bench *bench = &run->benches[worker];
    size_t first = (run->first_block + i) * BLOCK;
    size_t left = run->n_users - first, n_items = run->evaluation->n_items;
    size_t n = left < BLOCK ? left : BLOCK;
    struct ltr_product product = {
        .m = n,
        .n = n_items,
        .k = run->rank,
        .a = ltr_along(run->users + first * run->rank, run->rank),
        .b = ltr_along(run->items, run->rank),
        .out = bench->scores,
        .stride = n_items,
    };

    ltr_multiply_alone(run->packs, &product, worker);
    for (size_t u = 0; u < n; u++)
        measure_user(run, bench, first + u, bench->scores + u * n_items);
}

static int measure_all(struct run *run, ltrec_progress progress, void *user,
                       ltrec_error *err)
{
    ltrec_context *ctx = run->evaluation->ctx;
    size_t n_blocks = (run->n_users + BLOCK - 1) / BLOCK;
    size_t round = ltr_workers(ctx); /* soon back, to report progress */

    while (run->first_block < n_blocks) {
        size_t left = n_blocks - run->first_block, done;

        left = left < round ? left : round;
        ltr_parallel(ctx, left, measure_block, run);
        run->first_block += left;
        done = run->first_block * BLOCK;
        if (progress &&
            progress(user, done < run->n_users ? done : run->n_users,
                     run->n_users) != 0)
            return ltr_fail(err, LTREC_ERR_CANCELLED, "evaluation: cancelled");
    }
    return LTREC_OK;
}

static void add_up(struct run *run)
{
    ltrec_evaluation *e = run->evaluation;

    for (size_t u = 0; u < run->n_users; u++)
        ltr_eval_sum(e, &run->measures[u]);
    for (size_t w = 0; w < ltr_workers(e->ctx); w++)
        for (size_t i = 0; i < e->n_items; i++)
            e->covered[i] |= run->benches[w].covered[i];
}

/* ---- Checks and memory -------------------------------------------------- */

static int check_vectors(const float *vectors, size_t n, size_t rank,
                         const char *whose, ltrec_error *err)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < rank; j++)
            if (!isfinite(vectors[i * rank + j]))
                return ltr_fail(err, LTREC_ERR_ARGUMENT,
                                "evaluation: row %zu of the %s' factors is "
                                "not finite",
                                i, whose);
    return LTREC_OK;
}

static int check_rows(const struct run *run, const struct rows *rows,
                      const char *which, ltrec_error *err)
{
    size_t n_items = run->evaluation->n_items;

    for (size_t u = 0; rows->offsets && u < run->n_users; u++) {
        const uint32_t *items;
        size_t n;

        if (rows->offsets[u + 1] < rows->offsets[u] ||
            (rows->offsets[u + 1] > rows->offsets[u] && !rows->items))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "evaluation: the offset of %s row %zu is above "
                            "the next",
                            which, u);
        n = row_of(rows, u, &items);
        if (!ltr_eval_is_row(items, n, n_items))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "evaluation: %s row %zu is out of order or past "
                            "%zu items",
                            which, u, n_items);
    }
    return LTREC_OK;
}

static int check(const struct run *run, ltrec_error *err)
{
    size_t n_items = run->evaluation->n_items;
    int status;

    if (run->rank == 0 || !run->items || !run->test.offsets ||
        (run->n_users > 0 && !run->users))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: needs factors of both sides, a rank "
                        "above 0 and test rows");
    status = check_vectors(run->users, run->n_users, run->rank, "users", err);
    if (status == LTREC_OK)
        status = check_vectors(run->items, n_items, run->rank, "items", err);
    if (status == LTREC_OK)
        status = check_rows(run, &run->train, "training", err);
    if (status == LTREC_OK)
        status = check_rows(run, &run->test, "test", err);
    return status;
}

static void free_run(struct run *run)
{
    ltrec_context *ctx = run->evaluation->ctx;

    for (size_t w = 0; run->benches && w < ltr_workers(ctx); w++) {
        ltr_free(ctx, run->benches[w].scores);
        ltr_free(ctx, run->benches[w].relevant);
        ltr_free(ctx, run->benches[w].wanted);
        ltr_free(ctx, run->benches[w].covered);
    }
    ltr_free(ctx, run->benches);
    ltr_free(ctx, run->measures);
    ltr_packs_free(run->packs);
}

static int prepare(struct run *run, ltrec_error *err)
{
    ltrec_context *ctx = run->evaluation->ctx;
    size_t n = run->evaluation->n_items, workers = ltr_workers(ctx);
    int missing;

    run->measures = ltr_alloc(ctx, run->n_users, sizeof *run->measures);
    run->benches = ltr_alloc(ctx, workers, sizeof *run->benches);
    missing = !run->measures || !run->benches ||
              ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &run->packs) !=
                  LTREC_OK;
    for (size_t w = 0; w < workers && !missing; w++) {
        struct bench *b = &run->benches[w];

        b->scores = ltr_alloc(ctx, n, BLOCK * sizeof *b->scores);
        b->relevant = ltr_alloc(ctx, n, sizeof *b->relevant);
        b->wanted = ltr_alloc(ctx, n, sizeof *b->wanted);
        b->covered = ltr_alloc(ctx, n, 1);
        missing = !b->scores || !b->relevant || !b->wanted || !b->covered;
    }
    if (missing)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "evaluation: no memory for %zu scores and %zu users",
                        n, run->n_users);
    return LTREC_OK;
}

int ltrec_evaluation_add_factors(
    ltrec_evaluation *evaluation, size_t n_users, const float *users,
    size_t rank, const float *items, const uint64_t *train_offsets,
    const uint32_t *train_items, const uint64_t *test_offsets,
    const uint32_t *test_items, ltrec_progress progress, void *user,
    ltrec_error *err)
{
    struct run run = {
        .evaluation = evaluation,
        .n_users = n_users,
        .rank = rank,
        .users = users,
        .items = items,
        .train = {train_offsets, train_items},
        .test = {test_offsets, test_items},
    };
    int status;

    if (!evaluation)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: `evaluation` is NULL");
    status = check(&run, err);
    if (status == LTREC_OK)
        status = prepare(&run, err);
    if (status == LTREC_OK)
        status = measure_all(&run, progress, user, err);
    if (status == LTREC_OK &&
        ltr_eval_reserve(evaluation, n_users) != LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_MEMORY,
                          "evaluation: no memory for %zu users", n_users);
    if (status == LTREC_OK)
        add_up(&run);
    free_run(&run);
    return status;
}
