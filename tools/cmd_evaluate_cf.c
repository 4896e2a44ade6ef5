/*
 * cmd_evaluate_cf.c - ltrec evaluate cf: how well factors rank what comes next
 *
 * Items are those of the training table, by number.  Listeners are those of
 * the test table that were trained on, with the factors training gave them;
 * or, of the strong protocol, those that were not, folded in from a table of
 * their own.  Baselines rank for the same listeners.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>
#include <ltrec/factorize.h>

#include "baselines.h"
#include "commands.h"
#include "factorizing.h"
#include "figures.h"
#include "interactions.h"
#include "json.h"
#include "split.h"
#include "term.h"

enum recommender {
    FACTORS,
    ITEMITEM,
    POPULARITY,
    RANDOM,
    RECOMMENDERS
};

static const char *const names[RECOMMENDERS] = {"factors", "itemitem",
                                                "popularity", "random"};

struct work {
    ltrec_context *ctx;
    struct split plays; /* foldin: the listeners were held out */
    ltrec_factorize_options options;
    ltrec_factors *users, *items;
    double seconds;
    struct listeners listeners;
    float *vectors; /* [listeners.n][rank] */
    int baselines;
    size_t n_figures;
    struct figures figures[RECOMMENDERS];
};

static void finish(struct work *work)
{
    ltrec_factors_free(work->users);
    ltrec_factors_free(work->items);
    split_free(&work->plays);
    listeners_free(&work->listeners);
    free(work->vectors);
    for (size_t i = 0; i < work->n_figures; i++)
        figures_free(&work->figures[i]);
    ltrec_context_free(work->ctx);
}

/* ---- Plays -------------------------------------------------------------- */

static int read_one(struct work *work, struct args *args, const char *option,
                    ltrec_interactions **out, ltrec_error *err)
{
    return matrix_read_plays(work->ctx, args_text(args, option, NULL),
                             args_has(args, "skip-bad"), out, NULL, err);
}

static int read_plays(struct work *work, struct args *args,
                      enum split_kind kind, uint32_t folds, ltrec_error *err)
{
    int status;

    if (args_has(args, "plays"))
        return split_read(work->ctx, args_text(args, "plays", NULL),
                          args_has(args, "skip-bad"), kind, folds,
                          work->options.seed, &work->plays, err);
    status = read_one(work, args, "train", &work->plays.train, err);
    if (status == LTREC_OK)
        status = read_one(work, args, "test", &work->plays.test, err);
    if (status == LTREC_OK && args_has(args, "heldout-users"))
        status = read_one(work, args, "foldin", &work->plays.foldin, err);
    return status;
}

/* ---- Factors ------------------------------------------------------------ */

static int factorize(struct work *work, ltrec_error *err)
{
    double start;
    int status;

    term_doing("factorizing");
    start = tool_now();
    status = ltrec_factorize(work->ctx, work->plays.train, &work->options,
                             &work->users, &work->items, NULL, err);
    work->seconds = tool_now() - start;
    term_done();
    return status;
}

static int fold_in(struct work *work, ltrec_error *err)
{
    const struct rows *before = &work->listeners.before;
    const uint64_t *all = ltrec_interactions_item_ids(work->plays.train);
    uint64_t *ids = tool_alloc(before->n_items, sizeof *ids);
    ltrec_foldin *foldin = NULL;
    int status =
        ltrec_foldin_create(work->ctx, work->items, NULL, &foldin, err);

    for (size_t i = 0; i < before->n_items; i++)
        ids[i] = all[before->items[i]];
    for (size_t u = 0; u < work->listeners.n && status == LTREC_OK; u++) {
        size_t first = (size_t)before->offsets[u];

        status = ltrec_foldin_solve(
            foldin, (size_t)before->offsets[u + 1] - first, ids + first,
            before->counts + first, NULL,
            work->vectors + u * work->options.rank, NULL, err);
    }
    ltrec_foldin_free(foldin);
    free(ids);
    return status;
}

static int find_vectors(struct work *work, ltrec_error *err)
{
    size_t rank = work->options.rank, n = work->listeners.n;

    work->vectors = tool_alloc(n, rank * sizeof *work->vectors);
    if (work->plays.foldin)
        return fold_in(work, err);
    for (size_t u = 0; u < n; u++) {
        size_t row = 0;

        /* They were found among the trained. */
        ltrec_factors_find(work->users, work->listeners.ids[u], &row);
        memcpy(work->vectors + u * rank,
               ltrec_factors_vectors(work->users) + row * rank,
               rank * sizeof *work->vectors);
    }
    return LTREC_OK;
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
        size_t n = 0;

        ltrec_interactions_item_row(train, i, &n, &users, &counts);
        for (size_t j = 0; j < n; j++)
            sum += (double)counts[j];
        plays[i] = (float)sum;
    }
    return plays;
}

static int rank_by(struct work *work, enum recommender by,
                   ltrec_evaluation *evaluation, ltrec_error *err)
{
    const struct listeners *l = &work->listeners;

    switch (by) {
    case FACTORS:
        return ltrec_evaluation_add_factors(
            evaluation, l->n, work->vectors, work->options.rank,
            ltrec_factors_vectors(work->items), l->before.offsets,
            l->before.items, l->after.offsets, l->after.items, term_progress,
            NULL, err);
    case ITEMITEM:
        return baseline_itemitem(work->ctx, evaluation, work->plays.train, l,
                                 err);
    case POPULARITY:
        return baseline_popularity(evaluation, work->plays.train, l, err);
    default:
        return baseline_random(evaluation, work->plays.train, l,
                               work->options.seed, err);
    }
}

static int evaluate(struct work *work, enum recommender by, const float *plays,
                    ltrec_error *err)
{
    ltrec_evaluation_options options;
    ltrec_evaluation *evaluation = NULL;
    int status;

    ltrec_evaluation_options_init(&options, sizeof options);
    options.plays = plays;
    options.listeners = 1;
    term_doing(names[by]);
    status = ltrec_evaluation_create(
        work->ctx, ltrec_interactions_n_items(work->plays.train), &options,
        &evaluation, err);
    if (status == LTREC_OK)
        status = rank_by(work, by, evaluation, err);
    if (status == LTREC_OK)
        status =
            figures_take(work->ctx, evaluation, names[by], work->options.seed,
                         &work->figures[work->n_figures++], err);
    ltrec_evaluation_free(evaluation);
    term_done();
    return status;
}

static int evaluate_all(struct work *work, ltrec_error *err)
{
    size_t n = work->baselines ? RECOMMENDERS : 1;
    float *plays = plays_of_items(work->plays.train);
    int status = LTREC_OK;

    for (size_t by = 0; by < n && status == LTREC_OK; by++)
        status = evaluate(work, (enum recommender)by, plays, err);
    for (size_t by = 0; work->baselines && by < n && status == LTREC_OK; by++)
        if (by != POPULARITY)
            status = figures_compare(work->ctx, &work->figures[by],
                                     &work->figures[POPULARITY],
                                     work->options.seed, err);
    free(plays);
    return status;
}

static int do_it(struct work *work, struct args *args, enum split_kind kind,
                 uint32_t folds, ltrec_error *err)
{
    int status = read_plays(work, args, kind, folds, err);

    if (status == LTREC_OK)
        status = factorize(work, err);
    if (status == LTREC_OK)
        status = listeners_find(work->plays.train,
                                work->plays.foldin ? work->plays.foldin
                                                   : work->plays.train,
                                work->plays.test, &work->listeners, err);
    if (status == LTREC_OK)
        status = find_vectors(work, err);
    return status == LTREC_OK ? evaluate_all(work, err) : status;
}

/* ---- The command -------------------------------------------------------- */

static void put_baselines(const struct work *work, json_t *object)
{
    json_t *all = json_object();

    for (size_t i = 1; i < work->n_figures; i++) {
        json_t *one = json_object();

        figures_put_means(&work->figures[i], one);
        figures_put_intervals(&work->figures[i], one);
        json_put(all, work->figures[i].name, one);
    }
    json_put(object, "baselines", all);
}

static json_t *describe(const struct work *work)
{
    json_t *object = json_object();

    json_put_count(object, "users", work->figures[0].users);
    json_put_count(object, "items", ltrec_factors_count(work->items));
    figures_put_means(&work->figures[0], object);
    json_put_real(object, "seconds_per_epoch",
                  work->seconds / work->options.epochs);
    json_put_count(object, "rank", work->options.rank);
    json_put_count(object, "epochs", work->options.epochs);
    json_put_count(object, "unknown_users", work->listeners.unknown_users);
    json_put_count(object, "unknown_pairs", work->listeners.unknown_pairs);
    return object;
}

static void report(const struct work *work, int as_json)
{
    json_t *object = describe(work);
    const char *key;
    json_t *value;

    if (as_json) {
        figures_put_intervals(&work->figures[0], object);
        put_baselines(work, object);
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
    printf("\n");
    figures_print(work->figures, work->n_figures);
}

static void check_args(struct args *args)
{
    if (args_has(args, "plays")) {
        args_required(args, "split");
        if (args_has(args, "train") || args_has(args, "test") ||
            args_has(args, "heldout-users"))
            args_wrong(args, "--plays is parted here: no --train, --test or "
                             "--heldout-users");
        return;
    }
    args_required(args, "train");
    args_required(args, "test");
    if (args_has(args, "heldout-users"))
        args_required(args, "foldin");
}

static int run(struct args *args)
{
    static const char *const kinds[] = {"pairs", "listeners", "time", NULL};
    struct work work = {0};
    ltrec_error err = {0};
    enum split_kind kind;
    uint32_t folds;
    int status;

    check_args(args);
    factorizing_options(args, &work.options);
    kind = (enum split_kind)args_choice(args, "split", 0, kinds);
    folds = (uint32_t)args_integer(args, "folds", 5, 2, 1000);
    work.baselines = !args_has(args, "no-baselines");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(do_it(&work, args, kind, folds, &err), &err);
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
    {"plays", "T", "instead of those: one table, to be parted by --split"},
    {"split", "S", "what is held out: pairs, listeners, or by time"},
    {"folds", "N", "a part in N is held out (default: 5)"},
    {"no-baselines", NULL, "leave out item-item, popularity and chance"},
    FACTORIZING_OPTIONS,
    {"skip-bad", NULL, "count broken rows and go on"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate_cf = {
    .name = "evaluate cf",
    .summary = "how well factors rank what listeners play next",
    .usage = "--train T --test T | --plays T --split S [--rank K] ...",
    .details =
        "Ranks, for each listener of the test table, all items that are not "
        "in their\ntraining row.  Test pairs whose item was not trained on "
        "cannot be ranked; they\nare left out and counted as unknown_pairs, "
        "listeners likewise.  An item-item\nmodel, popularity and chance rank "
        "for the same listeners; intervals are 95 %\nbootstraps over "
        "listeners, and differences from popularity are paired.\n",
    .options = options_of_cf,
    .run = run,
};
