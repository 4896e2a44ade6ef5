/*
 * cmd_evaluate_cf.c - ltrec evaluate cf: how well factors rank what comes next
 *
 * Items are those of the training table, by number.  Without --heldout-users
 * the listeners evaluated are those of the test table that were trained on,
 * with the factors training gave them; with it, they are folded in from a
 * table of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ltrec/evaluate.h>
#include <ltrec/factorize.h>

#include "commands.h"
#include "factorizing.h"
#include "interactions.h"
#include "json.h"
#include "term.h"

/* Rows of item numbers, one after the other. */
struct rows {
    uint64_t *offsets; /* [n + 1] */
    uint32_t *items;   /* ascending in each row */
    size_t n, n_items;
    size_t offsets_capacity, items_capacity;
};

struct work {
    ltrec_context *ctx;
    struct matrix train, test, foldin;
    int heldout;
    ltrec_factorize_options options;
    ltrec_factors *users, *items;
    double seconds;

    /* The listeners evaluated. */
    size_t n;
    float *vectors; /* [n][rank] */
    size_t vectors_capacity;
    struct rows before, after; /* what they played in training and test */

    size_t unknown_users, unknown_pairs;
    ltrec_ranking_figures figures;
};

static void finish(struct work *work)
{
    ltrec_factors_free(work->users);
    ltrec_factors_free(work->items);
    matrix_free(&work->train);
    matrix_free(&work->test);
    matrix_free(&work->foldin);
    free(work->vectors);
    free(work->before.offsets);
    free(work->before.items);
    free(work->after.offsets);
    free(work->after.items);
    ltrec_context_free(work->ctx);
}

/* ---- Rows --------------------------------------------------------------- */

static int ascending(const void *left, const void *right)
{
    uint32_t a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/*
 * Append what listener `user` of `from` played, in the item numbers of
 * training.  The pairs whose item was not trained on.
 */
static size_t append_row(struct work *work, struct rows *rows,
                         const ltrec_interactions *from, size_t user)
{
    const uint64_t *ids = ltrec_interactions_item_ids(from);
    const uint32_t *items;
    const float *counts;
    size_t n = 0, unknown = 0, first = rows->n_items;

    ltrec_interactions_user_row(from, user, &n, &items, &counts);
    rows->offsets = tool_grow(rows->offsets, &rows->offsets_capacity,
                              rows->n + 2, sizeof *rows->offsets);
    rows->items = tool_grow(rows->items, &rows->items_capacity,
                            rows->n_items + n + 1, sizeof *rows->items);
    if (rows->n == 0)
        rows->offsets[0] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t number;

        if (ltrec_interactions_find_item(work->train.plays, ids[items[i]],
                                         &number) == LTREC_OK)
            rows->items[rows->n_items++] = (uint32_t)number;
        else
            unknown++;
    }
    qsort(rows->items + first, rows->n_items - first, sizeof *rows->items,
          ascending);
    rows->offsets[++rows->n] = rows->n_items;
    return unknown;
}

static float *append_vector(struct work *work)
{
    size_t rank = work->options.rank;

    work->vectors = tool_grow(work->vectors, &work->vectors_capacity,
                              (work->n + 1) * rank, sizeof *work->vectors);
    return work->vectors + work->n++ * rank;
}

/* ---- The listeners ------------------------------------------------------ */

/* A listener that was trained on, or not: 0 when unknown. */
static int add_trained(struct work *work, size_t test_user)
{
    size_t rank = work->options.rank, user;
    uint64_t id = ltrec_interactions_user_ids(work->test.plays)[test_user];
    float *vector;

    /* Both list their rows in the order of ids, so numbers are the same. */
    if (ltrec_interactions_find_user(work->train.plays, id, &user) != LTREC_OK)
        return 0;
    vector = append_vector(work);
    memcpy(vector, ltrec_factors_vectors(work->users) + user * rank,
           rank * sizeof *vector);
    append_row(work, &work->before, work->train.plays, user);
    work->unknown_pairs +=
        append_row(work, &work->after, work->test.plays, test_user);
    return 1;
}

/* 1 when folded in, 0 when unknown, or a failure. */
static int add_folded(struct work *work, ltrec_foldin *foldin,
                      size_t test_user, ltrec_error *err)
{
    const ltrec_interactions *from = work->foldin.plays;
    uint64_t id = ltrec_interactions_user_ids(work->test.plays)[test_user];
    const uint64_t *all = ltrec_interactions_item_ids(from);
    const uint32_t *items;
    const float *counts;
    uint64_t *ids;
    size_t user, n;
    int status;

    if (ltrec_interactions_find_user(from, id, &user) != LTREC_OK)
        return 0;
    ltrec_interactions_user_row(from, user, &n, &items, &counts);
    ids = tool_alloc(n, sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = all[items[i]];
    status = ltrec_foldin_solve(foldin, n, ids, counts, NULL,
                                append_vector(work), NULL, err);
    free(ids);
    if (status != LTREC_OK)
        return status;
    append_row(work, &work->before, from, user);
    work->unknown_pairs +=
        append_row(work, &work->after, work->test.plays, test_user);
    return 1;
}

static int add_listeners(struct work *work, ltrec_error *err)
{
    size_t n = ltrec_interactions_n_users(work->test.plays);
    ltrec_foldin *foldin = NULL;
    int status = LTREC_OK;

    if (work->heldout)
        status =
            ltrec_foldin_create(work->ctx, work->items, NULL, &foldin, err);
    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        int added = work->heldout ? add_folded(work, foldin, i, err)
                                  : add_trained(work, i);

        work->unknown_users += added == 0;
        status = added < 0 ? added : LTREC_OK;
    }
    ltrec_foldin_free(foldin);
    if (status == LTREC_OK && work->n == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "no listener of the test table is known");
    return status;
}

/* ---- Evaluating --------------------------------------------------------- */

/* How often each item was played in training, which makes head and tail. */
static float *plays_of_items(const ltrec_interactions *train)
{
    size_t n_items = ltrec_interactions_n_items(train);
    float *plays = tool_alloc(n_items, sizeof *plays);

    for (size_t i = 0; i < n_items; i++) {
        const uint32_t *users;
        const float *counts;
        double sum = 0;
        size_t n;

        ltrec_interactions_item_row(train, i, &n, &users, &counts);
        for (size_t j = 0; j < n; j++)
            sum += (double)counts[j];
        plays[i] = (float)sum;
    }
    return plays;
}

static int evaluate(struct work *work, ltrec_error *err)
{
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation = NULL;
    float *plays = plays_of_items(work->train.plays);
    int status;

    ltrec_evaluation_options_init(&options, sizeof options);
    options.plays = plays;
    term_doing("ranking");
    status = ltrec_evaluation_create(
        work->ctx, ltrec_interactions_n_items(work->train.plays), &options,
        &evaluation, err);
    if (status == LTREC_OK)
        status = ltrec_evaluation_add_factors(
            evaluation, work->n, work->vectors, work->options.rank,
            ltrec_factors_vectors(work->items), work->before.offsets,
            work->before.items, work->after.offsets, work->after.items,
            term_progress, NULL, err);
    if (status == LTREC_OK)
        ltrec_evaluation_figures(evaluation, &work->figures,
                                 sizeof work->figures);
    ltrec_evaluation_free(evaluation);
    free(plays);
    term_done();
    return status;
}

static int factorize(struct work *work, ltrec_error *err)
{
    struct timespec start, end;
    int status;

    term_doing("factorizing");
    clock_gettime(CLOCK_MONOTONIC, &start);
    status = ltrec_factorize(work->ctx, work->train.plays, &work->options,
                             &work->users, &work->items, NULL, err);
    clock_gettime(CLOCK_MONOTONIC, &end);
    work->seconds = (double)(end.tv_sec - start.tv_sec) +
                    1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    term_done();
    return status;
}

static int do_it(struct work *work, struct args *args, ltrec_error *err)
{
    int skip = args_has(args, "skip-bad");
    int status = matrix_read(work->ctx, args_text(args, "train", NULL), skip,
                             &work->train, err);

    if (status == LTREC_OK)
        status = matrix_read(work->ctx, args_text(args, "test", NULL), skip,
                             &work->test, err);
    if (status == LTREC_OK && work->heldout)
        status = matrix_read(work->ctx, args_text(args, "foldin", NULL), skip,
                             &work->foldin, err);
    if (status == LTREC_OK)
        status = factorize(work, err);
    if (status == LTREC_OK)
        status = add_listeners(work, err);
    return status == LTREC_OK ? evaluate(work, err) : status;
}

/* ---- The command -------------------------------------------------------- */

static void report(const struct work *work, int as_json)
{
    const ltrec_ranking_figures *f = &work->figures;
    json_t *object = json_object();
    const char *key;
    json_t *value;

    json_put_count(object, "users", f->users);
    json_put_count(object, "items", ltrec_factors_count(work->items));
    json_put_real(object, "recall@20", f->recall_20);
    json_put_real(object, "recall@50", f->recall_50);
    json_put_real(object, "ndcg@100", f->ndcg_100);
    json_put_real(object, "map@500", f->map_500);
    json_put_real(object, "tail_recall@20", f->tail_recall_20);
    json_put_real(object, "coverage@20", f->coverage_20);
    json_put_real(object, "seconds_per_epoch",
                  work->seconds / work->options.epochs);
    json_put_count(object, "rank", work->options.rank);
    json_put_count(object, "epochs", work->options.epochs);
    json_put_count(object, "unknown_users", work->unknown_users);
    json_put_count(object, "unknown_pairs", work->unknown_pairs);
    if (as_json) {
        json_print(object);
        return;
    }
    json_object_foreach(object, key, value)
    {
        if (json_is_integer(value))
            printf("%-18s %lld\n", key, (long long)json_integer_value(value));
        else
            printf("%-18s %.4f\n", key, json_real_value(value));
    }
    json_decref(object);
}

static int run(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "train");
    args_required(args, "test");
    work.heldout = args_has(args, "heldout-users");
    if (work.heldout)
        args_required(args, "foldin");
    factorizing_options(args, &work.options);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(do_it(&work, args, &err), &err);
    if (status == EXIT_DONE)
        report(&work, args_has(args, "json"));
    finish(&work);
    return status;
}

static const struct args_option options_of_cf[] = {
    {"train", "T", "plays to factorize"},
    {"test", "T", "plays to predict"},
    {"heldout-users", NULL, "the listeners of --test are not in --train"},
    {"foldin", "T", "what is known of them: plays to fold in"},
    FACTORIZING_OPTIONS,
    {"skip-bad", NULL, "count broken rows and go on"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate_cf = {
    .name = "evaluate cf",
    .summary = "how well factors rank what listeners play next",
    .usage = "--train T --test T [--rank K] ...",
    .details =
        "Ranks, for each listener of the test table, all items that are not "
        "in their\ntraining row.  Test pairs whose item was not trained on "
        "cannot be ranked; they\nare left out and counted as unknown_pairs, "
        "listeners likewise.\n",
    .options = options_of_cf,
    .run = run,
};
