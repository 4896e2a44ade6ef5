/*
 * cmd_factorize.c - ltrec factorize: from plays to factors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/factorize.h>

#include "aligning.h"
#include "commands.h"
#include "factorizing.h"
#include "interactions.h"
#include "json.h"
#include "term.h"
#include "tuning.h"
#include "vectors.h"

/* Everything the command holds. */
struct work {
    ltrec_context *ctx;
    struct matrix matrix;
    ltrec_factorize_options options;
    double half_life; /* days; 0: plays don't age */
    size_t n_trials;  /* 0: no tuning */
    struct tuning tuning;
    ltrec_align_options aligning;
    ltrec_align_report aligned;
    ltrec_factors *users, *items, *prior;
    ltrec_factorize_report report;
    double seconds;
};

/* What is known of items beforehand has the rank of its own. */
static int read_prior(struct work *work, struct args *args, ltrec_error *err)
{
    const char *path = args_text(args, "prior", NULL);
    ltrec_factors *predicted;
    int status;

    if (!path)
        return LTREC_OK;
    status = ltrec_factors_load(work->ctx, path, 0, &predicted, err);
    if (status == LTREC_OK)
        status = vectors_expected(work->ctx, predicted, &work->prior, err);
    ltrec_factors_free(predicted);
    if (status != LTREC_OK)
        return status;
    work->options.item_prior = work->prior;
    if (!args_has(args, "rank"))
        work->options.rank = (uint32_t)ltrec_factors_rank(work->prior);
    return LTREC_OK;
}

static int factorize(struct work *work, struct args *args, ltrec_error *err)
{
    const char *users = args_text(args, "users-out", NULL);
    double start;
    int status = matrix_read_aged(work->ctx, args_text(args, "plays", NULL),
                                  args_has(args, "skip-bad"), work->half_life,
                                  &work->matrix, err);

    if (status == LTREC_OK)
        status = read_prior(work, args, err);
    if (status == LTREC_OK && work->n_trials > 0)
        status = tuning_do(work->ctx, work->matrix.plays, args, work->n_trials,
                           &work->options, &work->tuning, err);
    if (status != LTREC_OK)
        return status;
    term_doing("factorizing");
    start = tool_now();
    work->options.dislikes = work->matrix.dislikes;
    work->report.size = sizeof work->report;
    status = ltrec_factorize(
        work->ctx, work->matrix.plays, &work->options, &work->users,
        &work->items, work->options.patience > 0 ? &work->report : NULL, err);
    work->seconds = tool_now() - start;
    if (status == LTREC_OK && args_has(args, "align-to"))
        status = aligning_do(work->ctx, args_text(args, "align-to", NULL),
                             &work->aligning, &work->items, &work->users,
                             &work->aligned, err);
    if (status == LTREC_OK)
        status = vectors_save(work->ctx, work->items, work->matrix.items,
                              work->prior, args_text(args, "out", NULL), err);
    if (status == LTREC_OK && users)
        status = vectors_save(work->ctx, work->users, work->matrix.users, NULL,
                              users, err);
    return status;
}

static void report(const struct work *work, struct args *args)
{
    const ltrec_interactions *plays = work->matrix.plays;
    size_t users = ltrec_interactions_n_users(plays);
    size_t items = ltrec_interactions_n_items(plays);
    size_t pairs = ltrec_interactions_n_pairs(plays);

    if (users == 1)
        term_warn("the plays of one listener do not say which items go "
                  "together");
    if (args_has(args, "json")) {
        json_t *object = json_object();

        json_put_count(object, "users", users);
        json_put_count(object, "items", items);
        json_put_count(object, "pairs", pairs);
        json_put_count(object, "disliked",
                       ltrec_interactions_n_pairs(work->matrix.dislikes));
        json_put_count(object, "skipped", work->matrix.skipped);
        json_put_count(object, "rank", work->options.rank);
        json_put_count(object, "epochs", work->options.epochs);
        if (work->options.patience > 0) {
            json_put_count(object, "best_epoch", work->report.best_epoch);
            json_put_real(object, "validation", work->report.validation);
        }
        json_put_real(object, "seconds", work->seconds);
        if (work->n_trials > 0) {
            json_put_real(object, "lambda", work->options.lambda);
            json_put_real(object, "alpha0", work->options.alpha0);
            json_put(object, "trials", tuning_json(&work->tuning));
        }
        if (work->aligned.size > 0)
            aligning_put(&work->aligned, object);
        json_put_text(object, "out", args_text(args, "out", ""));
        json_print(object);
    } else {
        if (work->n_trials > 0) {
            tuning_print(&work->tuning);
            printf("with all plays: lambda %.3g", work->options.lambda);
            if (work->options.alpha0 > 0)
                printf(", alpha0 %.3g", work->options.alpha0);
            printf("\n");
        }
        printf("%zu listeners, %zu items, %zu pairs: rank %u, %u epochs in "
               "%.2f s\n",
               users, items, pairs, (unsigned)work->options.rank,
               (unsigned)work->options.epochs, work->seconds);
        if (work->options.patience > 0)
            printf("the best of %zu epochs was number %zu: NDCG@100 of kept "
                   "pairs %.4f\n",
                   work->report.n_epochs, work->report.best_epoch,
                   work->report.validation);
        if (work->aligned.size > 0)
            aligning_print(&work->aligned);
    }
}

/* What lasts longer than an epoch. */
static void keeping_options(struct args *args, ltrec_factorize_options *o)
{
    o->variance = args_has(args, "variance");
    o->checkpoint = args_text(args, "checkpoint", NULL);
    o->checkpoint_every =
        (uint32_t)args_integer(args, "checkpoint-every", 1, 1, 1000000);
    o->patience = (uint32_t)args_integer(args, "patience", 0, 1, 1000000);
    o->validation_share = args_real(args, "validation-share", 0, 1e-6, 0.5);
    if (o->validation_share > 0 && o->patience == 0)
        args_wrong(args, "--validation-share is of use with --patience alone");
}

static int run(struct args *args)
{
    static const char *const files[] = {"out", "users-out", "checkpoint",
                                        NULL};
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "plays");
    args_required(args, "out");
    factorizing_options(args, &work.options);
    keeping_options(args, &work.options);
    aligning_options(args, &work.aligning);
    work.half_life = args_real(args, "half-life", 0, 1e-3, 1e9);
    if (work.half_life > 0 && !args_has(args, "tune") &&
        work.options.confidence == LTREC_CONFIDENCE_CONSTANT)
        args_wrong(args, "--half-life changes counts, which only "
                         "--confidence log or linear looks at");
    if (args_has(args, "prior") && args_has(args, "tune"))
        args_wrong(args, "--tune tries ranks, and --prior has one");
    if (args_has(args, "tune"))
        work.n_trials = (size_t)args_integer(args, "trials", 27, 1, 1000);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_writable(args, files, 1);
    if (status == EXIT_DONE)
        status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(factorize(&work, args, &err), &err);
    if (status == EXIT_DONE)
        report(&work, args);
    tuning_free(&work.tuning);
    ltrec_factors_free(work.users);
    ltrec_factors_free(work.items);
    ltrec_factors_free(work.prior);
    matrix_free(&work.matrix);
    ltrec_context_free(work.ctx);
    return status;
}

static const struct args_option options[] = {
    {"plays", "T", "table of user, item, count, or a Matrix Market file"},
    {"out", "F", "the factor file to write, of items"},
    {"users-out", "F", "a factor file of the listeners besides"},
    FACTORIZING_OPTIONS,
    {"prior", "P", "factors that items are near to until they are played"},
    {"variance", NULL, "say of each item how far its vector may be off"},
    {"checkpoint", "C", "save each epoch there, and go on from it"},
    {"checkpoint-every", "N", "epochs between two of them (default: 1)"},
    {"patience", "N", "stop after N epochs that rank kept pairs no better"},
    {"validation-share", "S", "what is kept of a listener (default: a pair)"},
    {"tune", NULL, "search rank, lambda, alpha0 and the like first"},
    {"trials", "N", "how many settings --tune tries (default: 27)"},
    {"align-to", "G", "turn them into the space of this factor file"},
    ALIGNING_OPTIONS,
    {"half-life", "D", "days in which a play comes to count half"},
    {"skip-bad", NULL, "count broken rows and go on"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_factorize = {
    .name = "factorize",
    .summary = "from plays to factors, by collaborative filtering",
    .usage = "--plays T --out F [--rank K] [--epochs N] [--tune] ...",
    .details =
        "--tune keeps a fifth of each listener's pairs back and tries the "
        "defaults and\nothers on the rest, a few epochs each; the third that "
        "ranks the kept pairs best\ngoes on with twice as many.  What is "
        "given as an option is not searched.  The\nbest is then factorized "
        "with all plays, and a lambda as much smaller as they are more.\n",
    .options = options,
    .writes = "out users-out checkpoint",
    .run = run,
};
