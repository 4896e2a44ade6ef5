/*
 * cold_print.c - curves from content to plays, for people and programs
 */
#include <math.h>
#include <stdlib.h>

#include <ltrec/evaluate.h>

#include "cold.h"
#include "json.h"
#include "term.h"

#define RESAMPLES 1000

enum {
    COSINE,
    NDCG,
    LENGTH,
    FIGURES
};

static const char *const vector_names[COLD_VECTORS] = {"prior", "plays",
                                                       "both"};
static const char *const figure_names[FIGURES] = {"cosine", "ndcg@100",
                                                  "length"};

/* A point of a curve. */
struct point {
    double mean[COLD_VECTORS][FIGURES]; /* NaN without a vector */
    double interval[COLD_VECTORS][FIGURES][2];
    double gain[FIGURES][2]; /* of both over the better of the others */
};

static double value_of(const struct cold *c, const struct cold_curve *curve,
                       size_t item, size_t level, int vector, int figure)
{
    const struct cold_figures *f =
        &curve->of[(item * c->n_seen + level) * COLD_VECTORS + (size_t)vector];

    return figure == COSINE ? f->cosine : figure == NDCG ? f->ndcg : f->length;
}

/* One figure of every track that has it. */
static size_t gather(const struct cold *c, const struct cold_curve *curve,
                     size_t level, int vector, int figure, double *out)
{
    size_t n = 0;

    for (size_t i = 0; i < curve->n; i++) {
        double value = value_of(c, curve, i, level, vector, figure);

        if (!isnan(value))
            out[n++] = value;
    }
    return n;
}

static double mean_of(const double *values, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / (double)n : (double)NAN;
}

static int find_means(ltrec_context *ctx, const struct cold *c,
                      const struct cold_curve *curve, size_t level,
                      uint64_t seed, struct point *p, ltrec_error *err)
{
    double *values = tool_alloc(curve->n, sizeof *values);
    int status = LTREC_OK;

    for (int v = 0; v < COLD_VECTORS; v++)
        for (int f = 0; f < FIGURES && status == LTREC_OK; f++) {
            size_t n = gather(c, curve, level, v, f, values);

            p->mean[v][f] = mean_of(values, n);
            status = term_go_on(err);
            if (status == LTREC_OK && n > 0)
                status = ltrec_bootstrap_mean(ctx, n, values, RESAMPLES, seed,
                                              &p->interval[v][f][0],
                                              &p->interval[v][f][1], err);
        }
    free(values);
    return status;
}

static int find_gain(ltrec_context *ctx, const struct cold *c,
                     const struct cold_curve *curve, size_t level, int figure,
                     uint64_t seed, struct point *p, ltrec_error *err)
{
    double *both = tool_alloc(2 * curve->n, sizeof *both);
    double *other = both + curve->n;
    int better = p->mean[COLD_PLAYS][figure] > p->mean[COLD_PRIOR][figure]
                     ? COLD_PLAYS
                     : COLD_PRIOR;
    size_t n = 0;
    int status = term_go_on(err);

    for (size_t i = 0; i < curve->n; i++) {
        both[n] = value_of(c, curve, i, level, COLD_BOTH, figure);
        other[n] = value_of(c, curve, i, level, better, figure);
        n += !isnan(both[n]) && !isnan(other[n]);
    }
    p->gain[figure][0] = p->gain[figure][1] = (double)NAN;
    if (status == LTREC_OK && n > 0 && !isnan(p->mean[COLD_PLAYS][figure]))
        status = ltrec_bootstrap_difference(ctx, n, both, other, RESAMPLES,
                                            seed, &p->gain[figure][0],
                                            &p->gain[figure][1], err);
    free(both);
    return status;
}

static int find_point(ltrec_context *ctx, const struct cold *c,
                      const struct cold_curve *curve, size_t level,
                      uint64_t seed, struct point *p, ltrec_error *err)
{
    int status = find_means(ctx, c, curve, level, seed, p, err);

    for (int f = 0; f < LENGTH && status == LTREC_OK; f++)
        status = find_gain(ctx, c, curve, level, f, seed, p, err);
    return status;
}

/* ---- Told --------------------------------------------------------------- */

static json_t *interval_of(const double ends[2])
{
    json_t *interval = json_array();

    json_push(interval, json_real(ends[0]));
    json_push(interval, json_real(ends[1]));
    return interval;
}

static json_t *vector_of(const struct point *p, int vector)
{
    json_t *object = json_object();

    for (int f = 0; f < FIGURES; f++) {
        char key[32];

        json_put_real(object, figure_names[f], p->mean[vector][f]);
        snprintf(key, sizeof key, "%s_ci95", figure_names[f]);
        json_put(object, key, interval_of(p->interval[vector][f]));
    }
    return object;
}

static void print_json(const struct cold *c, const struct cold_curve *curve,
                       size_t level, const struct point *p)
{
    json_t *object = json_object(), *gain = json_object();

    json_put_text(object, "row", curve->name);
    json_put_count(object, "plays_seen", c->seen[level]);
    json_put_count(object, "items", curve->n);
    for (int v = 0; v < COLD_VECTORS; v++)
        json_put(object, vector_names[v],
                 isnan(p->mean[v][COSINE]) ? json_null() : vector_of(p, v));
    for (int f = 0; f < LENGTH && !isnan(p->gain[f][0]); f++)
        json_put(gain, figure_names[f], interval_of(p->gain[f]));
    json_put(object, "gain_ci95", gain);
    json_print(object);
}

static void print_line(struct term_table *table, const struct cold *c,
                       const struct cold_curve *curve, size_t level,
                       const struct point *p)
{
    term_table_cell(table, "%s", curve->name);
    term_table_cell(table, "%u", (unsigned)c->seen[level]);
    for (int f = 0; f < LENGTH; f++) {
        for (int v = 0; v < COLD_VECTORS; v++)
            if (isnan(p->mean[v][f]))
                term_table_cell(table, "-");
            else
                term_table_cell(table, "%.3f", p->mean[v][f]);
        if (isnan(p->gain[f][0]))
            term_table_cell(table, "-");
        else
            term_table_cell(table, "%+.3f %+.3f", p->gain[f][0],
                            p->gain[f][1]);
    }
    term_table_cell(table, "%zu", curve->n);
}

int cold_print(ltrec_context *ctx, const struct cold *c, uint64_t seed,
               int json, ltrec_error *err)
{
    static const char *const columns[] = {
        "row",        ">seen", ">cos prior",  ">cos plays",
        ">cos both",  ">gain", ">ndcg prior", ">ndcg plays",
        ">ndcg both", ">gain", ">tracks"};
    struct term_table *table = json ? NULL : term_table_create(11, columns);
    int status = LTREC_OK;

    for (size_t i = 0; i < c->n_curves; i++)
        for (size_t level = 0; level < c->n_seen; level++) {
            struct point point;

            if (status == LTREC_OK)
                status = find_point(ctx, c, &c->curves[i], level, seed, &point,
                                    err);
            if (status == LTREC_OK && json)
                print_json(c, &c->curves[i], level, &point);
            else if (status == LTREC_OK)
                print_line(table, c, &c->curves[i], level, &point);
        }
    if (table)
        term_table_print(table);
    return status;
}
