/*
 * content.c - how well are the factors of tracks without plays predicted?
 */
#include "content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "cold.h"
#include "content_parts.h"
#include "term.h"

/* ---- Baselines ---------------------------------------------------------- */

/* On what a row goes by, and called by that in the row's order. */
static int run_ridge(struct fold *f, const struct content_row *row,
                     ltrec_error *err)
{
    struct content_result *r;
    char name[CONTENT_NAME];
    int status;

    content_ridge_name(row, name, sizeof name);
    term_doing(name);
    if (term_progress(NULL, 0, 1) != 0)
        status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    else
        status = baseline_ridge(f, content_asked(row), err);
    term_done();
    r = content_result(f->content, name, 1);
    r->branches = content_asked(row);
    return status == LTREC_OK ? fold_judge(f, r, err) : status;
}

static int run_ridges(struct fold *f, ltrec_error *err)
{
    const struct content_options *o = f->options;
    int status = LTREC_OK;

    for (size_t i = 0; i < o->n_rows && status == LTREC_OK; i++) {
        uint32_t asked = content_asked(&o->rows[i]);
        int before = asked == 0;

        for (size_t j = 0; j < i; j++)
            before |= content_asked(&o->rows[j]) == asked;
        if (!before)
            status = run_ridge(f, &o->rows[i], err);
    }
    return status;
}

/* Ridge on what only a generator knows. */
static int run_given(struct fold *f, const float *given, const char *name,
                     ltrec_error *err)
{
    int status;

    f->given = given;
    status = baseline_ridge(f, 0, err);
    return status == LTREC_OK
               ? fold_judge(f, content_result(f->content, name, 1), err)
               : status;
}

static int run_baselines(struct fold *f, ltrec_error *err)
{
    int status;

    baseline_constant(f);
    status = fold_judge(f, content_result(f->content, "constant", 1), err);
    if (status == LTREC_OK)
        status = run_ridges(f, err);
    if (status == LTREC_OK && f->options->oracle)
        status = run_given(f, f->options->knowable, "knowable", err);
    if (status == LTREC_OK && f->options->oracle)
        status = run_given(f, f->options->oracle, "oracle", err);
    /* Their own plays: as good as it gets with these factors. */
    memcpy(f->guess, f->truth, f->n * f->rank * sizeof *f->guess);
    if (status == LTREC_OK)
        status = fold_judge(
            f,
            content_result(f->content,
                           f->options->oracle ? "own plays" : "oracle", 1),
            err);
    return status;
}

/* ---- Folds -------------------------------------------------------------- */

static uint32_t *count_listeners(const struct music *m, const struct pairs *p)
{
    uint32_t *listeners = tool_alloc(music_count(m) + 1, sizeof *listeners);

    for (size_t i = 0; i < p->n; i++) {
        uint32_t item;

        if (names_find_id(m->items, p->at[i].item, &item))
            listeners[item]++;
    }
    return listeners;
}

static void choose_scored(const struct music *m, const struct pairs *p,
                          const struct content_options *o, struct content *c)
{
    uint32_t *listeners = count_listeners(m, p);
    uint32_t wanted = content_branches(o);
    int by_ear = music_by_ear(m);

    c->scored = tool_alloc(music_count(m) + 1, sizeof *c->scored);
    for (uint32_t i = 0; i < music_count(m); i++)
        if (listeners[i] >= o->min_listeners &&
            content_has(m, i, wanted, by_ear) &&
            (!o->heldout || o->heldout[i]))
            c->scored[c->n_scored++] = i;
    free(listeners);
}

static int deal_folds(ltrec_context *ctx, const struct music *m,
                      const struct content_options *o, const struct content *c,
                      uint32_t *fold, ltrec_error *err)
{
    uint64_t *groups = tool_alloc(c->n_scored + 1, sizeof *groups);
    int status;

    for (size_t i = 0; i < c->n_scored; i++)
        groups[i] = music_group(m, o->by_artist, c->kin[c->scored[i]]);
    status = ltrec_split_folds(ctx, c->n_scored, groups, o->folds,
                               o->train.seed, fold, err);
    free(groups);
    return status;
}

/*
 * What is held out takes its kin along, scored or not: a copy with too few
 * listeners to be scored has enough to give them away.
 */
static void hold_kin(struct fold *f)
{
    const uint64_t *kin = f->content->kin;
    size_t n = music_count(f->music);
    unsigned char *known = tool_alloc(n + 1, 1);

    for (size_t i = 0; i < n; i++)
        known[kin[i]] |= f->held[i];
    for (size_t i = 0; i < n; i++)
        f->held[i] = known[kin[i]];
    free(known);
}

/* Any track that is not held out and not annotated too thinly. */
static void choose_lessons(struct fold *f)
{
    const struct music *m = f->music;
    size_t n = music_count(m);
    size_t wide = names_count(m->vocabulary[MUSIC_ATTRIBUTES]);

    f->learn = tool_alloc(n, 1);
    for (size_t i = 0; i < n; i++) {
        const float *values = m->values[MUSIC_ATTRIBUTES][i];
        uint32_t many = 0;

        for (size_t j = 0; values && j < wide; j++)
            many += values[j] > 0;
        f->learn[i] = !f->held[i] &&
                      (!values || many >= f->options->min_train_attributes);
    }
}

static void fill_fold(struct fold *f, const uint32_t *fold, uint32_t number)
{
    const struct content *c = f->content;
    size_t n = music_count(f->music);

    f->held = tool_alloc(n + 1, 1);
    f->items = tool_alloc(c->n_scored + 1, sizeof *f->items);
    f->place = tool_alloc(c->n_scored + 1, sizeof *f->place);
    for (size_t i = 0; i < c->n_scored; i++) {
        if (fold[i] != number)
            continue;
        f->items[f->n] = c->scored[i];
        f->place[f->n++] = i;
        f->held[c->scored[i]] = 1;
    }
    /* What is cold stays cold, scored or not. */
    for (size_t i = 0; f->options->heldout && i < n; i++)
        f->held[i] = f->options->heldout[i];
    hold_kin(f);
}

static void forget(struct content *c)
{
    ltrec_factors_free(c->users);
    ltrec_factors_free(c->items);
    ltrec_model_free(c->model);
    c->users = c->items = NULL;
    c->model = NULL;
}

static int run_fold(struct fold *f, const uint32_t *fold, uint32_t number,
                    ltrec_error *err)
{
    int status;

    forget(f->content);
    fill_fold(f, fold, number);
    choose_lessons(f);
    status = fold_prepare(f, err);
    if (status == LTREC_OK && f->n == 0)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "no held-out track has a known listener");
    if (status == LTREC_OK)
        status = f->options->cold ? run_ridges(f, err) : run_baselines(f, err);
    if (status == LTREC_OK &&
        (!f->options->cold || f->options->cold->networks))
        status = fold_run_rows(f, err);
    fold_free(f);
    return status;
}

int content_run(ltrec_context *ctx, const struct music *music,
                const struct pairs *pairs,
                const struct content_options *options, struct content **out,
                ltrec_error *err)
{
    struct content *c = tool_alloc(1, sizeof *c);
    uint32_t folds = options->heldout ? 1 : options->folds, *fold;
    int status = LTREC_OK;

    c->results = tool_alloc(3 * CONTENT_MOST_ROWS, sizeof *c->results);
    choose_scored(music, pairs, options, c);
    c->kin = tool_alloc(music_count(music) + 1, sizeof *c->kin);
    fold = tool_alloc(c->n_scored + 1, sizeof *fold);
    if (c->n_scored < 2 * folds)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "only %zu tracks have every input and %u "
                           "listeners, wanted at least %u",
                           c->n_scored, (unsigned)options->min_listeners,
                           2 * (unsigned)folds);
    else
        status = music_kin(music, ctx, options->by_artist && !options->heldout,
                           c->kin, err);
    if (status == LTREC_OK && !options->heldout)
        status = deal_folds(ctx, music, options, c, fold, err);
    for (uint32_t i = 0; i < folds && status == LTREC_OK; i++) {
        struct fold f = {.ctx = ctx,
                         .music = music,
                         .pairs = pairs,
                         .options = options,
                         .content = c};

        term_say("fold %u of %u", (unsigned)i + 1, (unsigned)folds);
        status = run_fold(&f, fold, i, err);
    }
    for (size_t i = 0; i < c->n_results; i++) {
        c->results[i].epochs /= folds;
        c->results[i].seconds_per_epoch /= folds;
    }
    if (status == LTREC_OK && !options->cold)
        status = content_summarise(ctx, c, options->train.seed, err);
    free(fold);
    if (status != LTREC_OK) {
        content_free(c);
        c = NULL;
    }
    *out = c;
    return status;
}

void content_free(struct content *content)
{
    if (!content)
        return;
    forget(content);
    for (size_t i = 0; i < content->n_results; i++)
        free(content->results[i].distances);
    free(content->results);
    free(content->scored);
    free(content->kin);
    free(content);
}
