/*
 * figures.c - what one recommender came to, with intervals
 */
#include "figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "term.h"

#define RESAMPLES 1000

static const struct {
    const char *key;
    int32_t figure;
} kinds[FIGURES_KINDS] = {
    {"recall@20", LTREC_FIGURE_RECALL_20},
    {"recall@50", LTREC_FIGURE_RECALL_50},
    {"ndcg@100", LTREC_FIGURE_NDCG_100},
    {"map@500", LTREC_FIGURE_MAP_500},
    {"tail_recall@20", LTREC_FIGURE_TAIL_RECALL_20},
};

/* ---- Taken -------------------------------------------------------------- */

/* The values that are there, and how many. */
static size_t there(const double *values, size_t n, double *out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            out[found++] = values[i];
    return found;
}

static int interval_of(ltrec_context *ctx, const double *values, size_t n,
                       uint64_t seed, struct interval *out, ltrec_error *err)
{
    double *known = tool_alloc(n, sizeof *known);
    size_t n_known = there(values, n, known);
    int status = term_go_on(err);

    *out = (struct interval){0, 0};
    if (status == LTREC_OK && n_known > 0)
        status = ltrec_bootstrap_mean(ctx, n_known, known, RESAMPLES, seed,
                                      &out->low, &out->high, err);
    free(known);
    return status;
}

int figures_take(ltrec_context *ctx, const ltrec_evaluation *evaluation,
                 const char *name, uint64_t seed, struct figures *out,
                 ltrec_error *err)
{
    ltrec_ranking_figures f;
    int status = LTREC_OK;

    memset(out, 0, sizeof *out);
    ltrec_evaluation_figures(evaluation, &f, sizeof f);
    out->name = name;
    out->users = f.users;
    out->coverage = f.coverage_20;
    out->mean[0] = f.recall_20;
    out->mean[1] = f.recall_50;
    out->mean[2] = f.ndcg_100;
    out->mean[3] = f.map_500;
    out->mean[4] = f.tail_recall_20;
    if (f.users == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "nothing to measure: no listener of the test has an "
                         "item there that they have not in training");
    for (size_t k = 0; k < FIGURES_KINDS && status == LTREC_OK; k++) {
        size_t n = (size_t)f.users;

        out->listeners[k] = tool_alloc(n, sizeof(double));
        status = ltrec_evaluation_listeners(evaluation, kinds[k].figure, n,
                                            out->listeners[k], NULL, err);
        if (status == LTREC_OK)
            status = interval_of(ctx, out->listeners[k], n, seed,
                                 &out->interval[k], err);
    }
    return status;
}

int figures_compare(ltrec_context *ctx, struct figures *figures,
                    const struct figures *base, uint64_t seed,
                    ltrec_error *err)
{
    size_t n = (size_t)figures->users;
    double *a = tool_alloc(n, sizeof *a), *b = tool_alloc(n, sizeof *b);
    int status = LTREC_OK;

    figures->compared = 1;
    for (size_t k = 0; k < FIGURES_KINDS && status == LTREC_OK; k++) {
        /* The same listeners have none in both. */
        size_t found = there(figures->listeners[k], n, a);

        there(base->listeners[k], n, b);
        figures->difference[k] = figures->mean[k] - base->mean[k];
        figures->over[k] = (struct interval){0, 0};
        status = term_go_on(err);
        if (status == LTREC_OK && found > 0)
            status = ltrec_bootstrap_difference(ctx, found, a, b, RESAMPLES,
                                                seed, &figures->over[k].low,
                                                &figures->over[k].high, err);
    }
    free(a);
    free(b);
    return status;
}

void figures_free(struct figures *figures)
{
    for (size_t k = 0; k < FIGURES_KINDS; k++)
        free(figures->listeners[k]);
    memset(figures, 0, sizeof *figures);
}

/* ---- Told --------------------------------------------------------------- */

const char *figures_key(size_t kind)
{
    return kinds[kind].key;
}

static json_t *pair(const struct interval *interval)
{
    json_t *array = json_array();

    json_push(array, json_real(interval->low));
    json_push(array, json_real(interval->high));
    return array;
}

void figures_put_means(const struct figures *figures, json_t *object)
{
    for (size_t k = 0; k < FIGURES_KINDS; k++)
        json_put_real(object, kinds[k].key, figures->mean[k]);
    json_put_real(object, "coverage@20", figures->coverage);
}

void figures_put_intervals(const struct figures *figures, json_t *object)
{
    json_t *ci = json_object(), *over = json_object();

    for (size_t k = 0; k < FIGURES_KINDS; k++) {
        json_t *difference = json_object();

        json_put(ci, kinds[k].key, pair(&figures->interval[k]));
        json_put_real(difference, "difference", figures->difference[k]);
        json_put(difference, "ci95", pair(&figures->over[k]));
        json_put(over, kinds[k].key, difference);
    }
    json_put(object, "ci95", ci);
    if (figures->compared)
        json_put(object, "over_popularity", over);
    else
        json_decref(over);
}

void figures_print(const struct figures *figures, size_t n)
{
    static const char *const names[] = {"",          ">recall@20", "ci95",
                                        ">ndcg@100", "ci95",       ">map@500",
                                        ">tail@20",  ">cover@20"};
    struct term_table *table =
        term_table_create(sizeof names / sizeof names[0], names);

    for (size_t i = 0; i < n; i++) {
        const struct figures *f = &figures[i];

        term_table_cell(table, "%s", f->name);
        term_table_cell(table, "%.4f", f->mean[0]);
        term_table_cell(table, "%.4f-%.4f", f->interval[0].low,
                        f->interval[0].high);
        term_table_cell(table, "%.4f", f->mean[2]);
        term_table_cell(table, "%.4f-%.4f", f->interval[2].low,
                        f->interval[2].high);
        term_table_cell(table, "%.4f", f->mean[3]);
        term_table_cell(table, "%.4f", f->mean[4]);
        term_table_cell(table, "%.4f", f->coverage);
    }
    term_table_print(table);
}
