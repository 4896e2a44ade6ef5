/*
 * cmd_itemitem.c - ltrec itemitem ...: what playing one item says of another
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/itemitem.h>

#include "answers.h"
#include "commands.h"
#include "interactions.h"
#include "json.h"
#include "term.h"

/* ---- Fitting ------------------------------------------------------------ */

static void read_options(struct args *args, ltrec_itemitem_options *o)
{
    static const char *const methods[] = {"ease", "cosine", NULL};
    static const char *const values[] = {"played", "log", NULL};

    ltrec_itemitem_options_init(o, sizeof *o);
    o->method =
        LTREC_ITEMITEM_EASE +
        args_choice(args, "method", o->method - LTREC_ITEMITEM_EASE, methods);
    o->value =
        LTREC_ITEMITEM_PLAYED +
        args_choice(args, "value", o->value - LTREC_ITEMITEM_PLAYED, values);
    o->epsilon = args_real(args, "epsilon", o->epsilon, 1e-12, 1e12);
    o->candidates = (uint32_t)args_integer(args, "candidates", o->candidates,
                                           1, LTREC_ITEMITEM_MOST_CANDIDATES);
    o->neighbours = (uint32_t)args_integer(args, "neighbours", o->neighbours,
                                           1, UINT32_MAX);
    o->lambda = args_real(args, "lambda", o->lambda, 1e-12, 1e12);
    o->dropout = args_real(args, "dropout", o->dropout, 0, 0.999);
    o->shrinkage = args_real(args, "shrinkage", o->shrinkage, 0, 1e12);
    o->asymmetry = args_real(args, "asymmetry", o->asymmetry, 0, 1);
    o->memory =
        (uint64_t)args_integer(args, "memory", (int64_t)(o->memory >> 20), 0,
                               INT64_C(1) << 40)
        << 20;
    o->progress = term_progress;
}

struct fit {
    ltrec_context *ctx;
    struct matrix matrix;
    ltrec_itemitem *model;
    double seconds;
};

static int fit(struct fit *fit, struct args *args,
               const ltrec_itemitem_options *options, ltrec_error *err)
{
    double start;
    int status = matrix_read(fit->ctx, args_text(args, "plays", NULL),
                             args_has(args, "skip-bad"), &fit->matrix, err);

    if (status != LTREC_OK)
        return status;
    term_doing("fitting");
    start = tool_now();
    status = ltrec_itemitem_fit(fit->ctx, fit->matrix.plays, options,
                                &fit->model, err);
    fit->seconds = tool_now() - start;
    term_done();
    return status == LTREC_OK
               ? ltrec_itemitem_save(fit->model, args_text(args, "out", NULL),
                                     err)
               : status;
}

static void report(const struct fit *fit, struct args *args)
{
    size_t items = ltrec_itemitem_count(fit->model);
    size_t weights = ltrec_itemitem_n_weights(fit->model);
    json_t *object;

    if (!args_has(args, "json")) {
        printf("%zu items, %zu weights, in %.2f s\n", items, weights,
               fit->seconds);
        return;
    }
    object = json_object();
    json_put_count(object, "items", items);
    json_put_count(object, "weights", weights);
    json_put_count(object, "skipped", fit->matrix.skipped);
    json_put_real(object, "seconds", fit->seconds);
    json_put_text(object, "out", args_text(args, "out", ""));
    json_print(object);
}

static int run_fit(struct args *args)
{
    static const char *const files[] = {"out", NULL};
    struct fit work = {0};
    ltrec_itemitem_options options;
    ltrec_error err = {0};
    int status;

    args_required(args, "plays");
    args_required(args, "out");
    read_options(args, &options);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 1);
    if (status == EXIT_DONE)
        status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(fit(&work, args, &options, &err), &err);
    if (status == EXIT_DONE)
        report(&work, args);
    ltrec_itemitem_free(work.model);
    matrix_free(&work.matrix);
    ltrec_context_free(work.ctx);
    return status;
}

/* ---- Asking ------------------------------------------------------------- */

struct ask {
    ltrec_context *ctx;
    ltrec_itemitem *model;
    ltrec_factors *factors;
    struct items *items;
    struct titles titles;
};

static int open_all(struct ask *ask, struct args *args, ltrec_error *err)
{
    const char *factors = args_text(args, "factors", NULL);
    const char *items = args_text(args, "items", NULL);
    int status = ltrec_itemitem_load(ask->ctx, args_text(args, "model", NULL),
                                     &ask->model, err);

    if (status == LTREC_OK && factors)
        status = vectors_read(ask->ctx, factors, &ask->factors, err);
    if (status == LTREC_OK && items)
        status = items_read(items, 0, &ask->items, err);
    ask->titles.factors = ask->factors;
    ask->titles.items = ask->items;
    return status;
}

static int answer(struct ask *ask, struct args *args,
                  const struct ranks *ranks, size_t k, ltrec_error *err)
{
    const char *item = args_word(args, 0);
    size_t n = ltrec_itemitem_count(ask->model), row;
    uint64_t *ids, id = names_id_of(item, strlen(item));
    struct answer *answers;
    float *weights;

    if (k > n)
        k = n;
    ids = tool_alloc(k, sizeof *ids);
    weights = tool_alloc(k, sizeof *weights);
    answers = tool_alloc(k, sizeof *answers);
    if (ltrec_itemitem_similar(ask->model, id, k, ids, weights, &n) !=
        LTREC_OK) {
        n = 0;
        k = SIZE_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        ltrec_itemitem_find(ask->model, ids[i], &row);
        answers[i].id = ids[i];
        answers[i].score = (double)weights[i];
        answers[i].plays = ltrec_itemitem_plays(ask->model)[row];
    }
    if (k < SIZE_MAX)
        answers_print(args, ranks, &ask->titles, "weight", n, answers);
    free(ids);
    free(weights);
    free(answers);
    return k < SIZE_MAX ? LTREC_OK
                        : tool_fail(err, LTREC_ERR_ARGUMENT,
                                    "no item '%.100s' in the model", item);
}

static int run_similar(struct args *args)
{
    struct ask ask = {0};
    struct ranks ranks;
    ltrec_error err = {0};
    size_t k = answers_ranks(args, &ranks);
    int status;

    args_required(args, "model");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &ask.ctx);
    if (status == EXIT_DONE)
        status = term_result(open_all(&ask, args, &err), &err);
    if (status == EXIT_DONE)
        status = term_result(answer(&ask, args, &ranks, k, &err), &err);
    ltrec_itemitem_free(ask.model);
    ltrec_factors_free(ask.factors);
    items_free(ask.items);
    ltrec_context_free(ask.ctx);
    return status;
}

/* ---- Commands ----------------------------------------------------------- */

static const struct args_option fit_options[] = {
    {"plays", "T", "table of user, item, count, or a Matrix Market file"},
    {"out", "N", "the model file to write"},
    {"method", "M", "ease, or the faster cosine"},
    {"candidates", "N", "items that may speak for an item (default: 100)"},
    {"neighbours", "K", "of which so many are kept (default: 100)"},
    {"lambda", "L", "regularisation (default: 30)"},
    {"dropout", "P", "more of it for popular items, below 1 (default: 0.5)"},
    {"shrinkage", "S", "against pairs that few played (default: 10)"},
    {"asymmetry", "A", "of the cosine, from 0 to 1 (default: 0.5)"},
    {"value", "V", "a play counts log of its count, or 1: log or played"},
    {"epsilon", "E", "plays that make a difference to log (default: 1)"},
    {"memory", "MB", "for equations at a time (default: 1024)"},
    {"skip-bad", NULL, "count broken rows and go on"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_itemitem_fit = {
    .name = "itemitem fit",
    .summary = "from plays to what playing one item says of another",
    .usage = "--plays T --out N [--candidates N] [--lambda L] ...",
    .options = fit_options,
    .writes = "out",
    .run = run_fit,
};

static const struct args_option similar_options[] = {
    {"model", "N", "the model file"},
    {"factors", "F", "a factor file, for the names"},
    ANSWERS_OPTIONS,
    {NULL, NULL, NULL},
};

const struct command command_itemitem_similar = {
    .name = "itemitem similar",
    .summary = "which items does playing this one speak for?",
    .usage = "ITEM --model N [--factors F] [--items T] [-k N]",
    .options = similar_options,
    .min_words = 1,
    .max_words = 1,
    .run = run_similar,
};
