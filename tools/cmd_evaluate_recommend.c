/*
 * cmd_evaluate_recommend.c - ltrec evaluate recommend: the ensemble against
 * each of its members
 */
#include <stdio.h>

#include "commands.h"
#include "ensemble.h"
#include "factorizing.h"
#include "json.h"
#include "sources.h"
#include "term.h"

/* The ensemble over this row: the other way round than it was compared. */
static json_t *lead_of(const struct figures *f, size_t kind)
{
    json_t *object = json_object(), *ci = json_array();

    json_push(ci, json_real(-f->over[kind].high));
    json_push(ci, json_real(-f->over[kind].low));
    json_put_real(object, "difference", -f->difference[kind]);
    json_put(object, "ci95", ci);
    return object;
}

static void print_json(const struct ensemble *work)
{
    for (size_t i = 0; i < work->n_rows; i++) {
        const struct ensemble_row *row = &work->rows[i];
        json_t *object = json_object(), *lead = json_object();

        json_put_text(object, "row", row->name);
        json_put_count(object, "users", row->figures.users);
        json_put_count(object, "items", row->spread.n_items);
        figures_put_means(&row->figures, object);
        spread_put(&row->spread, object);
        for (size_t k = 0; i > 0 && k < FIGURES_KINDS; k++)
            json_put(lead, figures_key(k), lead_of(&row->figures, k));
        if (i > 0)
            json_put(object, "ensemble_over", lead);
        else
            json_decref(lead);
        for (int s = 0; i == 0 && s < LTREC_SOURCES; s++)
            json_put_real(object, source_names[s], work->weights.weights[s]);
        if (i == 0)
            json_put_real(object, "discount", work->weights.discount);
        json_print(object);
    }
}

static void print_table(const struct ensemble *work)
{
    static const char *const names[] = {
        "",           ">ndcg@100",
        ">recall@20", ">map@500",
        ">tail@20",   ">cover@20",
        ">gini@20",   ">novelty",
        ">artists",   ">ensemble's ndcg over it",
        "ci95"};
    struct term_table *table =
        term_table_create(sizeof names / sizeof names[0], names);

    for (size_t i = 0; i < work->n_rows; i++) {
        const struct figures *f = &work->rows[i].figures;
        const struct spread *s = &work->rows[i].spread;

        term_table_cell(table, "%s", work->rows[i].name);
        term_table_cell(table, "%.4f", f->mean[2]);
        term_table_cell(table, "%.4f", f->mean[0]);
        term_table_cell(table, "%.4f", f->mean[3]);
        term_table_cell(table, "%.4f", f->mean[4]);
        term_table_cell(table, "%.4f", f->coverage);
        term_table_cell(table, "%.3f", spread_gini(s));
        term_table_cell(table, "%.2f", spread_novelty(s));
        term_table_cell(table, s->artists ? "%.3f" : "-", spread_artists(s));
        if (i > 0)
            term_table_cell(table, "%+.4f", -f->difference[2]);
        else
            term_table_cell(table, "%s", "");
        if (i > 0)
            term_table_cell(table, "%+.4f to %+.4f", -f->over[2].high,
                            -f->over[2].low);
        else
            term_table_cell(table, "%s", "");
    }
    term_table_print(table);
}

/* As --weights of other commands takes them. */
static void print_weights(const struct ensemble *work)
{
    printf("%llu listeners, %zu items; --weights ",
           (unsigned long long)work->rows[0].figures.users,
           work->rows[0].spread.n_items);
    for (int s = 0; s < LTREC_SOURCES; s++)
        if (work->weights.weights[s] > 0)
            printf("%s=%g,", source_names[s], work->weights.weights[s]);
    printf("discount=%g\n\n", work->weights.discount);
}

static void check_args(struct args *args)
{
    if (args_has(args, "plays")) {
        if (args_has(args, "train") || args_has(args, "test"))
            args_wrong(args, "--plays is parted here: no --train or --test");
        return;
    }
    args_required(args, "train");
    args_required(args, "test");
}

static int run(struct args *args)
{
    static const char *const fusions[] = {"score", "rank", NULL};
    struct ensemble work = {0};
    ltrec_error err = {0};
    int status;

    check_args(args);
    factorizing_options(args, &work.options);
    work.options.variance = args_has(args, "variance");
    sources_weights(args, &work.weights);
    work.given = args_has(args, "weights");
    work.weights.fusion =
        LTREC_FUSION_SCORE + args_choice(args, "fusion", 0, fusions);
    work.weights.prior_plays =
        args_real(args, "prior-plays", work.weights.prior_plays, 0, 1e9);
    work.loss = args_real(args, "loss", 0.005, 0, 1);
    work.diversity = args_real(args, "diversity", 0, 0, 1);
    work.per_artist =
        (uint32_t)args_integer(args, "per-artist", 0, 0, 1000000);
    work.most_listeners =
        (size_t)args_integer(args, "listeners", 3000, 1, INT32_MAX);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(ensemble_evaluate(&work, args, &err), &err);
    if (status == EXIT_DONE && args_has(args, "json")) {
        print_json(&work);
    } else if (status == EXIT_DONE) {
        print_weights(&work);
        print_table(&work);
    }
    ensemble_free(&work);
    ltrec_context_free(work.ctx);
    return status;
}

static const struct args_option options_of_recommend[] = {
    {"train", "T", "plays to learn from"},
    {"test", "T", "plays to predict"},
    {"plays", "T", "instead of those: one table, a fifth of it held out"},
    {"items", "T", "table of item, artist, title: artists are a source"},
    {"attributes", "T",
     "by people: content, by ridge regression, is a source"},
    {"machine", "T", "by machine, likewise"},
    {"genres", "T", "likewise"},
    {"weights", "W", "such as factors=1,artist=0.2, instead of fitted ones"},
    {"fusion", "F", "of scores, on one scale, or of ranks (default: score)"},
    {"prior-plays", "N", "plays that content counts for (default: 5)"},
    {"variance", NULL, "weigh plays by the variance they leave instead"},
    {"loss", "X", "the part of NDCG a discount may cost (default: 0.005)"},
    {"per-artist", "N", "at most N of an artist in the ensemble's lists"},
    {"diversity", "D", "of the ensemble's lists, 0 to 1 (default: 0)"},
    {"listeners", "N", "as many make lists (default: 3000)"},
    FACTORIZING_OPTIONS,
    {"skip-bad", NULL, "count broken rows and go on"},
    {"json", NULL, "one JSON object a row"},
    {NULL, NULL, NULL},
};

const struct command command_evaluate_recommend = {
    .name = "evaluate recommend",
    .summary = "lists of the ensemble against those of each source alone",
    .usage = "--train T --test T | --plays T [--items T] ...",
    .details =
        "Weights that are not given are fitted on a fifth of the training "
        "pairs; with\nthem everything is trained again on all of these and "
        "makes lists for the\nlisteners of the test table.  Differences are "
        "the ensemble's over each row,\nlistener by listener, with 95 % "
        "bootstraps.\n",
    .options = options_of_recommend,
    .run = run,
};
