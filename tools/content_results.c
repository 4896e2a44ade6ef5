/*
 * content_results.c - how far rows are from the truth, and from each other
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "cold.h"
#include "content_parts.h"
#include "term.h"

#define RESAMPLES 1000

struct content_result *content_result(struct content *c, const char *name,
                                      int baseline)
{
    struct content_result *r;

    for (size_t i = 0; i < c->n_results; i++)
        if (strcmp(c->results[i].name, name) == 0)
            return &c->results[i];
    r = &c->results[c->n_results++];
    snprintf(r->name, sizeof r->name, "%s", name);
    r->baseline = baseline;
    r->distances = tool_alloc(c->n_scored + 1, sizeof *r->distances);
    for (size_t i = 0; i < c->n_scored; i++)
        r->distances[i] = (double)NAN;
    return r;
}

int fold_judge(struct fold *f, struct content_result *r, ltrec_error *err)
{
    ltrec_evaluation_options o;
    ltrec_evaluation *evaluation = NULL;
    ltrec_ranking_figures figures = {0};
    double *distances;
    int status;

    if (f->options->cold)
        return cold_judge(f, r->name, err);
    distances = tool_alloc(f->n + 1, sizeof *distances);
    status = ltrec_cosine_distances(f->n, f->rank, f->guess, f->truth,
                                    distances, NULL, err);
    for (size_t i = 0; i < f->n && status == LTREC_OK; i++)
        r->distances[f->place[i]] = distances[i];
    free(distances);
    ltrec_evaluation_options_init(&o, sizeof o);
    o.auc = 1;
    if (status == LTREC_OK)
        status = ltrec_evaluation_create(f->ctx, f->n, &o, &evaluation, err);
    if (status == LTREC_OK)
        status = ltrec_evaluation_add_factors(
            evaluation, f->n_users, f->users, f->rank, f->guess, NULL, NULL,
            f->offsets, f->liked, term_progress_within, NULL, err);
    if (status == LTREC_OK)
        ltrec_evaluation_figures(evaluation, &figures, sizeof figures);
    r->users += (double)figures.users;
    r->recall += figures.recall_20 * (double)figures.users;
    r->auc_users += (double)figures.auc_users;
    r->auc += figures.auc * (double)figures.auc_users;
    ltrec_evaluation_free(evaluation);
    return status;
}

/* How much nearer than `other` a row is: 95 % of it. */
static int find_gain(ltrec_context *ctx, const struct content *c,
                     const struct content_result *r,
                     const struct content_result *other, uint64_t seed,
                     double gain[2], ltrec_error *err)
{
    double *pairs = tool_alloc(2 * c->n_scored + 2, sizeof *pairs);
    double *theirs = pairs, *own = pairs + c->n_scored;
    size_t n = 0;
    int status = term_go_on(err);

    for (size_t i = 0; other && i < c->n_scored; i++)
        if (!isnan(r->distances[i]) && !isnan(other->distances[i])) {
            theirs[n] = other->distances[i];
            own[n++] = r->distances[i];
        }
    gain[0] = gain[1] = (double)NAN;
    if (status == LTREC_OK && n > 0)
        status = ltrec_bootstrap_difference(ctx, n, theirs, own, RESAMPLES,
                                            seed, &gain[0], &gain[1], err);
    free(pairs);
    return status;
}

/* Against ridge on the same inputs, and against the best branch alone. */
static int compare(ltrec_context *ctx, const struct content *c,
                   struct content_result *r, uint64_t seed, ltrec_error *err)
{
    const struct content_result *ridge = NULL, *best = NULL;
    int fused = (r->branches & (r->branches - 1)) != 0, status;

    for (size_t i = 0; !r->baseline && i < c->n_results; i++) {
        const struct content_result *o = &c->results[i];

        if (r->asked && o->baseline && o->branches == r->asked)
            ridge = o;
        if (fused && !o->baseline && !(o->branches & (o->branches - 1)) &&
            (o->branches & r->branches) &&
            (!best || o->distance < best->distance))
            best = o;
    }
    status = find_gain(ctx, c, r, ridge, seed, r->gain, err);
    return status == LTREC_OK ? find_gain(ctx, c, r, best, seed, r->fused, err)
                              : status;
}

int content_summarise(ltrec_context *ctx, struct content *c, uint64_t seed,
                      ltrec_error *err)
{
    double *known = tool_alloc(c->n_scored + 1, sizeof *known);
    int status = LTREC_OK;

    for (size_t i = 0; i < c->n_results && status == LTREC_OK; i++) {
        struct content_result *r = &c->results[i];
        size_t n = 0;

        r->distance = 0;
        for (size_t j = 0; j < c->n_scored; j++)
            if (!isnan(r->distances[j])) {
                r->distance += r->distances[j];
                known[n++] = r->distances[j];
            }
        r->distance /= (double)(n > 0 ? n : 1);
        status = term_go_on(err);
        if (status == LTREC_OK)
            status = ltrec_bootstrap_mean(ctx, n, known, RESAMPLES, seed,
                                          &r->low, &r->high, err);
    }
    free(known);
    for (size_t i = 0; i < c->n_results && status == LTREC_OK; i++)
        status = compare(ctx, c, &c->results[i], seed, err);
    return status;
}
