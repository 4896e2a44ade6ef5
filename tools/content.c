/*
 * content.c - how well are the factors of tracks without plays predicted?
 */
#include "content.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ltrec/evaluate.h>

#include "content_parts.h"
#include "json.h"
#include "term.h"

#define RESAMPLES 1000

static const struct {
    const char *name;
    uint32_t bit;
} branches[] = {
    {"audio", LTREC_BRANCH_AUDIO},   {"mgp", LTREC_BRANCH_MGP},
    {"mlg", LTREC_BRANCH_MLG},       {"genre", LTREC_BRANCH_GENRE},
    {"artist", LTREC_BRANCH_ARTIST},
};
#define N_BRANCHES (sizeof branches / sizeof branches[0])

/* ---- Options ------------------------------------------------------------ */

void content_options_init(struct content_options *o)
{
    *o = (struct content_options){.folds = 5, .min_listeners = 3};
    ltrec_factorize_options_init(&o->factorize, sizeof o->factorize);
    o->factorize.rank = 32;
    ltrec_train_options_init(&o->train, sizeof o->train);
    o->train.min_plays = 3;
    o->audio = o->fuse = o->train;
}

static uint32_t branch_of(const char *name, size_t length)
{
    for (size_t i = 0; i < N_BRANCHES; i++)
        if (strlen(branches[i].name) == length &&
            strncmp(branches[i].name, name, length) == 0)
            return branches[i].bit;
    return 0;
}

int content_add_row(struct content_options *options, const char *name,
                    ltrec_error *err)
{
    struct content_row *row = &options->rows[options->n_rows];
    size_t length = strlen(name);
    const char *colon = strchr(name, ':');

    if (options->n_rows == CONTENT_MOST_ROWS || length >= CONTENT_NAME)
        return tool_fail(err, LTREC_ERR_ARGUMENT, "row %.40s: too much", name);
    *row = (struct content_row){.full_track = colon != NULL};
    strcpy(row->name, name);
    if (colon) {
        length = (size_t)(colon - name);
        if (strcmp(colon, ":full") != 0)
            return tool_fail(err, LTREC_ERR_ARGUMENT,
                             "row %.40s: only :full may follow", name);
    }
    while (length > 0) {
        size_t part = strcspn(name, "+:");
        uint32_t bit = branch_of(name, part);

        if (bit == 0 || (row->branches & bit))
            return tool_fail(err, LTREC_ERR_ARGUMENT,
                             "row %.40s: wanted different ones of audio, mgp, "
                             "mlg, genre and artist, joined by +",
                             row->name);
        row->branches |= bit;
        name += part + (part < length);
        length -= part + (part < length);
    }
    if (row->branches == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT, "an empty row");
    row->full_track |= row->branches != LTREC_BRANCH_AUDIO;
    options->n_rows++;
    return LTREC_OK;
}

static uint32_t all_branches(const struct content_options *o)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < o->n_rows; i++)
        bits |= o->rows[i].branches;
    return bits;
}

/* ---- Results ------------------------------------------------------------ */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct content_result *result_of(struct content *c, const char *name,
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

/* Count f->guess in as what row `name` says of this fold's tracks. */
static int judge(struct fold *f, struct content_result *r, ltrec_error *err)
{
    ltrec_evaluation_options o;
    ltrec_evaluation *evaluation = NULL;
    ltrec_ranking_figures figures = {0};
    double *distances = tool_alloc(f->n + 1, sizeof *distances);
    int status = ltrec_cosine_distances(f->n, f->rank, f->guess, f->truth,
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
            f->offsets, f->liked, NULL, NULL, err);
    if (status == LTREC_OK)
        ltrec_evaluation_figures(evaluation, &figures, sizeof figures);
    r->users += (double)figures.users;
    r->recall += figures.recall_20 * (double)figures.users;
    r->auc += figures.auc * (double)figures.users;
    ltrec_evaluation_free(evaluation);
    return status;
}

static int summarise(ltrec_context *ctx, struct content *c, uint64_t seed,
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
        status = ltrec_bootstrap_mean(ctx, n, known, RESAMPLES, seed, &r->low,
                                      &r->high, err);
    }
    free(known);
    return status;
}

/* ---- Training ----------------------------------------------------------- */

static int show_epoch(void *user, uint32_t epoch, double train,
                      double validation)
{
    (void)user;
    (void)epoch;
    (void)train;
    (void)validation;
    return term_interrupted();
}

/* Train a branch on top of f->content->model, which the result replaces. */
static int teach(struct fold *f, const ltrec_dataset *dataset, uint32_t branch,
                 uint32_t fuse, const char *name,
                 struct content_result *result, ltrec_error *err)
{
    ltrec_train_options o =
        branch == LTREC_BRANCH_FUSION ? f->options->fuse : f->options->train;
    ltrec_train_report report = {.size = sizeof report};
    ltrec_model *model;
    double start = now();
    int status;

    if (branch == LTREC_BRANCH_FUSION)
        o = f->options->fuse;
    else if (branch == LTREC_BRANCH_AUDIO)
        o = f->options->audio;
    o.fuse = fuse;
    o.epoch = show_epoch;
    o.progress = term_progress;
    term_doing(name);
    status = ltrec_train(f->ctx, dataset, f->content->items, branch,
                         f->content->model, &o, &model, &report, err);
    term_done();
    if (status != LTREC_OK)
        return status;
    ltrec_model_free(f->content->model);
    f->content->model = model;
    if (result) {
        result->epochs += report.epochs;
        result->seconds_per_epoch += (now() - start) / report.epochs;
    }
    return LTREC_OK;
}

/* Every branch that a row needs, each in its own time. */
static int teach_branches(struct fold *f, const ltrec_dataset *dataset,
                          ltrec_error *err)
{
    uint32_t wanted = all_branches(f->options);
    int by_ear = content_by_ear(f->music, f->options), status = LTREC_OK;

    if ((wanted & LTREC_BRANCH_MLG) && by_ear)
        wanted |= LTREC_BRANCH_AUDIO;
    for (size_t i = 0; i < N_BRANCHES && status == LTREC_OK; i++) {
        uint32_t bit = branches[i].bit;
        struct content_result *alone = NULL;

        if (!(wanted & bit))
            continue;
        for (size_t row = 0; row < f->options->n_rows; row++)
            if (f->options->rows[row].branches == bit)
                alone = result_of(f->content, f->options->rows[row].name, 0);
        if (bit == LTREC_BRANCH_MLG && by_ear)
            status =
                teach(f, dataset, LTREC_BRANCH_HEAD, 0, "head", NULL, err);
        if (status == LTREC_OK)
            status = teach(f, dataset, bit, 0, branches[i].name, alone, err);
    }
    return status;
}

static int make_dataset(struct fold *f, ltrec_dataset **out, ltrec_error *err)
{
    const struct music *m = f->music;
    size_t n = music_count(m);
    size_t wide = names_count(m->vocabulary[MUSIC_ATTRIBUTES]);
    unsigned char *include = tool_alloc(n + 1, 1);
    int status;

    for (uint32_t i = 0; i < n; i++) {
        const float *values = m->values[MUSIC_ATTRIBUTES][i];
        uint32_t many = 0;

        for (size_t j = 0; values && j < wide; j++)
            many += values[j] > 0;
        include[i] = !f->held[i] &&
                     (!values || many >= f->options->min_train_attributes);
    }
    status = music_dataset(m, f->ctx, include, out, err);
    free(include);
    return status;
}

/* ---- Predicting --------------------------------------------------------- */

static int predict(struct fold *f, const struct content_row *row,
                   ltrec_error *err)
{
    ltrec_predictor_options o;
    ltrec_predictor *predictor = NULL;
    float *mean = tool_alloc(f->rank, sizeof *mean);
    float *constant = tool_alloc(f->rank, sizeof *constant);
    int status;

    ltrec_predictor_options_init(&o, sizeof o);
    o.branches = row->branches;
    if (row->branches & (row->branches - 1))
        o.branches |= LTREC_BRANCH_FUSION;
    o.full_track = row->full_track;
    status =
        ltrec_predictor_create(f->ctx, f->content->model, &o, &predictor, err);
    baseline_constant(f); /* for a track of which nothing is known */
    memcpy(constant, f->guess, f->rank * sizeof *constant);
    for (size_t i = 0; i < f->n && status == LTREC_OK; i++) {
        float *guess = f->guess + i * f->rank;
        ltrec_track track;

        music_track(f->music, f->items[i], &track);
        if (row->branches & LTREC_BRANCH_ARTIST)
            track.artist_tracks =
                artist_sums_others(f->artists, f->items[i], mean);
        track.artist = track.artist_tracks > 0 ? mean : NULL;
        if (ltrec_predictor_run(predictor, &track, guess, NULL, NULL) !=
            LTREC_OK)
            memcpy(guess, constant, f->rank * sizeof *guess);
    }
    ltrec_predictor_free(predictor);
    free(constant);
    free(mean);
    return status;
}

static int run_rows(struct fold *f, ltrec_error *err)
{
    ltrec_dataset *dataset = NULL;
    int status = make_dataset(f, &dataset, err);

    if (status == LTREC_OK)
        status = teach_branches(f, dataset, err);
    for (size_t i = 0; i < f->options->n_rows && status == LTREC_OK; i++) {
        const struct content_row *row = &f->options->rows[i];
        struct content_result *r = result_of(f->content, row->name, 0);

        if (row->branches & (row->branches - 1))
            status = teach(f, dataset, LTREC_BRANCH_FUSION, row->branches,
                           row->name, r, err);
        if (status == LTREC_OK)
            status = predict(f, row, err);
        if (status == LTREC_OK)
            status = judge(f, r, err);
    }
    ltrec_dataset_free(dataset);
    return status;
}

/* ---- Baselines ---------------------------------------------------------- */

static int run_ridges(struct fold *f, ltrec_error *err)
{
    const struct content_options *o = f->options;
    int status = LTREC_OK;

    for (size_t i = 0; i < o->n_rows && status == LTREC_OK; i++) {
        char name[CONTENT_NAME];
        int before = 0;

        for (size_t j = 0; j < i; j++)
            before |= o->rows[j].branches == o->rows[i].branches;
        if (before)
            continue;
        snprintf(name, sizeof name, "ridge:%.*s",
                 (int)strcspn(o->rows[i].name, ":"), o->rows[i].name);
        term_doing(name);
        term_progress(NULL, 0, 1);
        status = baseline_ridge(f, o->rows[i].branches, err);
        term_done();
        if (status == LTREC_OK)
            status = judge(f, result_of(f->content, name, 1), err);
    }
    return status;
}

static int run_baselines(struct fold *f, ltrec_error *err)
{
    int status;

    baseline_constant(f);
    status = judge(f, result_of(f->content, "constant", 1), err);
    if (status == LTREC_OK)
        status = run_ridges(f, err);
    if (status == LTREC_OK && f->options->oracle) {
        status = baseline_ridge(f, 0, err);
        if (status == LTREC_OK)
            status = judge(f, result_of(f->content, "oracle", 1), err);
    }
    /* Their own plays: as good as it gets with these factors. */
    memcpy(f->guess, f->truth, f->n * f->rank * sizeof *f->guess);
    if (status == LTREC_OK)
        status =
            judge(f,
                  result_of(f->content,
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

        if (names_find_id(m->items, p->items[i], &item))
            listeners[item]++;
    }
    return listeners;
}

static void choose_scored(const struct music *m, const struct pairs *p,
                          const struct content_options *o, struct content *c)
{
    uint32_t *listeners = count_listeners(m, p);
    uint32_t wanted = all_branches(o);
    int by_ear = content_by_ear(m, o);

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

    for (size_t i = 0; i < c->n_scored; i++) {
        groups[i] = music_artist_id(m, c->scored[i]);
        if (groups[i] == 0)
            groups[i] = music_id(m, c->scored[i]);
    }
    status = ltrec_split_folds(ctx, c->n_scored, o->by_artist ? groups : NULL,
                               o->folds, o->train.seed, fold, err);
    free(groups);
    return status;
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
    status = fold_prepare(f, err);
    if (status == LTREC_OK && f->n == 0)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "no held-out track has a known listener");
    if (status == LTREC_OK)
        status = run_baselines(f, err);
    if (status == LTREC_OK)
        status = run_rows(f, err);
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
    fold = tool_alloc(c->n_scored + 1, sizeof *fold);
    if (c->n_scored < 2 * folds)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "only %zu tracks have every input and %u "
                           "listeners",
                           c->n_scored, (unsigned)options->min_listeners);
    else if (!options->heldout)
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
    if (status == LTREC_OK)
        status = summarise(ctx, c, options->train.seed, err);
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
    free(content);
}

/* ---- Printing ----------------------------------------------------------- */

static size_t count_known(const struct content *c,
                          const struct content_result *r)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_scored; i++)
        n += isnan(r->distances[i]) ? 0 : 1;
    return n;
}

static void print_json(const struct content *c, const struct content_result *r)
{
    json_t *object = json_object(), *interval = json_array();
    double users = r->users > 0 ? r->users : 1;

    json_array_append_new(interval, json_real(r->low));
    json_array_append_new(interval, json_real(r->high));
    json_put_text(object, "row", r->name);
    json_put_real(object, "cosine_distance", r->distance);
    json_put_real(object, "cosine_distance_half", r->distance / 2);
    json_put(object, "ci95", interval);
    json_put_real(object, "recall@20", r->recall / users);
    json_put_real(object, "auc", r->auc / users);
    json_put_count(object, "items", count_known(c, r));
    json_put_real(object, "epochs", r->epochs);
    json_put_real(object, "seconds_per_epoch", r->seconds_per_epoch);
    json_print(object);
}

static void print_line(struct term_table *table, const struct content *c,
                       const struct content_result *r)
{
    double users = r->users > 0 ? r->users : 1;

    term_table_cell(table, "%s", r->name);
    term_table_cell(table, "%.3f", r->distance);
    term_table_cell(table, "%.3f", r->distance / 2);
    term_table_cell(table, "%.3f-%.3f", r->low, r->high);
    term_table_cell(table, "%.3f", r->recall / users);
    term_table_cell(table, "%.3f", r->auc / users);
    term_table_cell(table, "%zu", count_known(c, r));
    if (r->epochs > 0) {
        term_table_cell(table, "%.0f", r->epochs);
        term_table_cell(table, "%.2f", r->seconds_per_epoch);
    } else {
        term_table_cell(table, "-");
        term_table_cell(table, "-");
    }
}

void content_print(const struct content *content, int json)
{
    static const char *const columns[] = {
        "row",  ">1 - cos", ">half",   ">95 % interval", ">recall@20",
        ">auc", ">tracks",  ">epochs", ">s/epoch"};
    struct term_table *table = json ? NULL : term_table_create(9, columns);

    for (int baseline = 1; baseline >= 0; baseline--)
        for (size_t i = 0; i < content->n_results; i++) {
            const struct content_result *r = &content->results[i];

            if (r->baseline != baseline)
                continue;
            if (json)
                print_json(content, r);
            else
                print_line(table, content, r);
        }
    if (table)
        term_table_print(table);
}
