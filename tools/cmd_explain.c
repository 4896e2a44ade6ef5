/*
 * cmd_explain.c - ltrec explain: why is this track like that one, or for this
 * listener?
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/path.h>

#include "artists.h"
#include "commands.h"
#include "json.h"
#include "sources.h"
#include "term.h"
#include "training.h"
#include "why.h"

#define MOST_VALUES 8 /* attributes told of each branch */

static const char *const branches[LTREC_EXPLAIN_BRANCHES] = {
    "audio", "mgp", "mlg", "genre", "artist"};

/* One value of a branch, and what it adds. */
struct value {
    const char *name;
    double part;
};

struct prediction {
    int there;
    double similarity, parts[LTREC_EXPLAIN_BRANCHES];
    struct value values[LTREC_EXPLAIN_BRANCHES][MOST_VALUES];
    size_t n[LTREC_EXPLAIN_BRANCHES];
};

struct work {
    struct sources sources;
    ltrec_model *model;
    struct music *music;
    struct artist_sums *artists;
    uint64_t *played;
    uint64_t from, to; /* from: the other track, if there is one */
    int two;           /* tracks */
    double cosine;
    struct why why;
    struct prediction prediction;
};

static void finish(struct work *work)
{
    ltrec_context *ctx = work->sources.ctx;

    artist_sums_free(work->artists);
    music_free(work->music);
    ltrec_model_free(work->model);
    sources_close(&work->sources);
    free(work->played);
    ltrec_context_free(ctx);
}

/* ---- In a list ---------------------------------------------------------- */

static int ask_as(struct work *work, const char *user,
                  ltrec_listener *listener, ltrec_error *err)
{
    const ltrec_interactions *plays = work->sources.plays.plays;
    const uint32_t *items;
    size_t number;
    int status;

    ltrec_listener_init(listener, sizeof *listener);
    if (work->two) {
        listener->n_seeds = 1;
        listener->seeds = &work->from;
        return LTREC_OK;
    }
    status = matrix_find_listener(&work->sources.plays, user, &number, err);
    if (status != LTREC_OK)
        return status;
    ltrec_interactions_user_row(plays, number, &listener->n_played, &items,
                                &listener->counts);
    work->played = tool_alloc(listener->n_played, sizeof *work->played);
    for (size_t i = 0; i < listener->n_played; i++)
        work->played[i] = ltrec_interactions_item_ids(plays)[items[i]];
    listener->played = work->played;
    return LTREC_OK;
}

static int explain_place(struct work *work, struct args *args,
                         ltrec_error *err)
{
    ltrec_listener listener;
    int status = ask_as(work, args_text(args, "user", NULL), &listener, err);

    work->why.parts.size = sizeof work->why.parts;
    if (status == LTREC_OK)
        status = ltrec_recommender_explain(
            work->sources.recommender, &listener, NULL, work->to,
            &work->why.parts, WHY_BECAUSE, work->why.because, work->why.shares,
            &work->why.n, err);
    if (status == LTREC_OK && work->two)
        ltrec_recommender_cosine(work->sources.recommender, work->from,
                                 work->to, &work->cosine);
    return status;
}

/* ---- By a model --------------------------------------------------------- */

static const float *vector_of(const ltrec_factors *f, uint64_t id)
{
    size_t row;

    if (!f || ltrec_factors_find(f, id, &row) != LTREC_OK ||
        !(ltrec_factors_norms(f)[row] > 0))
        return NULL;
    return ltrec_factors_vectors(f) + row * ltrec_factors_rank(f);
}

/* Keep the values that add or take most. */
static void keep_values(struct prediction *p, size_t b,
                        const ltrec_model *model, size_t n,
                        const double *parts)
{
    struct value *kept = p->values[b];

    for (size_t i = 0; i < n; i++) {
        size_t at = p->n[b];

        while (at > 0 && fabs(parts[i]) > fabs(kept[at - 1].part))
            at--;
        if (parts[i] == 0 || at == MOST_VALUES)
            continue;
        p->n[b] += p->n[b] < MOST_VALUES;
        memmove(kept + at + 1, kept + at, (p->n[b] - 1 - at) * sizeof *kept);
        kept[at].name = ltrec_model_name(model, 1u << b, i);
        kept[at].part = parts[i];
    }
}

static int explain_values(struct work *work, ltrec_predictor *predictor,
                          const ltrec_track *track, const float *target,
                          uint32_t orders, ltrec_error *err)
{
    const float *given[LTREC_EXPLAIN_BRANCHES] = {
        NULL, track->attributes, track->machine, track->genres, NULL};
    int status = LTREC_OK;

    for (size_t b = 0; b < LTREC_EXPLAIN_BRANCHES && status == LTREC_OK; b++) {
        size_t n = given[b] ? ltrec_model_vocabulary(work->model, 1u << b) : 0;
        double *parts = tool_alloc(n + 1, sizeof *parts), rest, similarity;

        if (n > 0)
            status = ltrec_explain_attributes(
                work->sources.ctx, predictor, track, 1u << b,
                ltrec_model_rank(work->model), target, orders, 1, n, parts,
                &rest, &similarity, err);
        if (n > 0 && status == LTREC_OK)
            keep_values(&work->prediction, b, work->model, n, parts);
        free(parts);
    }
    return status;
}

static int describe(struct work *work, ltrec_track *track, float *mean,
                    ltrec_error *err)
{
    uint32_t item;

    if (!names_find_id(work->music->items, work->to, &item))
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "the tables know nothing of the track");
    music_track(work->music, item, track);
    if (work->artists)
        artist_sums_others(work->artists, item, mean, track);
    return LTREC_OK;
}

/* Put before a reason the track that it is about, B, as it was called. */
static void name_track(struct args *args, ltrec_error *err)
{
    const char *name = args_word(args, args_count(args) - 1);
    char reason[sizeof err->message];

    snprintf(reason, sizeof reason, "%s", err->message);
    snprintf(err->message, sizeof err->message, "%.80s: %.160s", name, reason);
}

static int explain_prediction(struct work *work, struct args *args,
                              ltrec_error *err)
{
    uint32_t orders = (uint32_t)args_integer(args, "orders", 4, 1, 10000);
    size_t rank = ltrec_model_rank(work->model);
    float *mean = tool_alloc(rank, sizeof *mean);
    const float *target = vector_of(work->sources.factors, work->from);
    struct prediction *p = &work->prediction;
    ltrec_predictor *predictor = NULL;
    ltrec_track track;
    int status = describe(work, &track, mean, err);

    if (!target)
        target = vector_of(work->sources.predicted, work->from);
    if (status == LTREC_OK)
        status = ltrec_predictor_create(work->sources.ctx, work->model, NULL,
                                        &predictor, err);
    if (status == LTREC_OK)
        status =
            ltrec_explain_branches(work->sources.ctx, predictor, &track, rank,
                                   target, p->parts, &p->similarity, err);
    if (status == LTREC_OK)
        status = explain_values(work, predictor, &track, target, orders, err);
    p->there = status == LTREC_OK;
    if (status == LTREC_ERR_ARGUMENT)
        name_track(args, err);
    ltrec_predictor_free(predictor);
    free(mean);
    return status;
}

static int open_model(struct work *work, struct args *args, ltrec_error *err)
{
    const ltrec_factors *f = work->sources.factors ? work->sources.factors
                                                   : work->sources.predicted;
    int status = ltrec_model_load(
        work->sources.ctx, args_text(args, "model", NULL), &work->model, err);

    if (status == LTREC_OK &&
        ltrec_model_factors_id(work->model) != ltrec_factors_model_id(f))
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "the model was trained on other factors");
    if (status == LTREC_OK)
        status = ltrec_model_check_features(
            work->model, ltrec_factors_feature_version(f), err);
    work->music = music_create();
    if (status == LTREC_OK)
        status = tables_read(args, work->model, 0, work->music, err);
    if (status == LTREC_OK && work->sources.factors)
        work->artists =
            artist_sums_create(work->music, work->sources.factors, NULL);
    return status;
}

/* ---- Told --------------------------------------------------------------- */

static void print_json(const struct work *work)
{
    json_t *object = why_json(&work->why, &work->sources.titles);
    const struct prediction *p = &work->prediction;
    json_t *parts = json_object();

    json_put_real(object, "score", work->why.parts.score);
    if (work->two) {
        json_put_real(object, "cosine", work->cosine);
        json_put_real(object, "similarity", ltrec_similarity(work->cosine));
    }
    for (size_t b = 0; p->there && b < LTREC_EXPLAIN_BRANCHES; b++) {
        json_t *values = json_object(), *one = json_object();

        for (size_t i = 0; i < p->n[b]; i++)
            json_put_real(values, p->values[b][i].name, p->values[b][i].part);
        json_put_real(one, "part", p->parts[b]);
        json_put(one, "values", values);
        json_put(parts, branches[b], one);
    }
    if (p->there) {
        json_put_real(object, "predicted_cosine", p->similarity);
        json_put(object, "branches", parts);
    } else {
        json_decref(parts);
    }
    json_print(object);
}

static void print_prediction(const struct prediction *p)
{
    printf("predicted cosine %.4f, of which\n", p->similarity);
    for (size_t b = 0; b < LTREC_EXPLAIN_BRANCHES; b++) {
        if (p->parts[b] == 0)
            continue;
        printf("  %-8s %+.4f", branches[b], p->parts[b]);
        for (size_t i = 0; i < p->n[b]; i++)
            printf("%s%s %+.4f", i == 0 ? ": " : ", ", p->values[b][i].name,
                   p->values[b][i].part);
        printf("\n");
    }
}

static void print_plain(const struct work *work)
{
    if (work->two)
        printf("cosine %.4f, similarity %.4f\n", work->cosine,
               ltrec_similarity(work->cosine));
    printf("score %.4f, of which\n", work->why.parts.score);
    why_print(&work->why, &work->sources.titles, "  ");
    if (work->prediction.there)
        print_prediction(&work->prediction);
}

/* ---- The command -------------------------------------------------------- */

static int explain(struct work *work, struct args *args, ltrec_error *err)
{
    int status = sources_open(&work->sources, args, err);

    work->two = args_count(args) == 2;
    if (status == LTREC_OK && work->two)
        status =
            sources_find(&work->sources, args_word(args, 0), &work->from, err);
    if (status == LTREC_OK)
        status =
            sources_find(&work->sources, args_word(args, work->two ? 1 : 0),
                         &work->to, err);
    if (status == LTREC_OK)
        status = explain_place(work, args, err);
    if (status == LTREC_OK && args_has(args, "model"))
        status = open_model(work, args, err);
    if (status == LTREC_OK && args_has(args, "model"))
        status = explain_prediction(work, args, err);
    return status;
}

static int run(struct args *args)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status, one = args_count(args) == 1;

    sources_check(args);
    args_integer(args, "orders", 4, 1, 10000);
    if (one != args_has(args, "user") || (one && !args_has(args, "plays")))
        args_wrong(args, "two tracks, or one with --user and --plays");
    if (one && args_has(args, "model"))
        args_wrong(args, "--model explains one track by another");
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.sources.ctx);
    if (status == EXIT_DONE)
        status = term_result(explain(&work, args, &err), &err);
    if (status == EXIT_DONE && args_has(args, "json"))
        print_json(&work);
    else if (status == EXIT_DONE)
        print_plain(&work);
    finish(&work);
    return status;
}

static const struct args_option options[] = {
    SOURCES_OPTIONS,
    {"user", "U", "instead of a first track: this listener"},
    {"plays", "T", "table of user, item, count with the listener in it"},
    {"model", "M", "which branches and values made the prediction similar"},
    CONTENT_TABLES,
    {"orders", "N", "in which values become known (default: 4)"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_explain = {
    .name = "explain",
    .summary = "why this track, for that track or for a listener",
    .usage = "A B --factors F [--model M TABLES] | B --user U --plays T ...",
    .details =
        "Parts add up: those of sources to the score, those of branches to "
        "the predicted\ncosine, and all values of a branch to what they "
        "change; the 8 largest are shown.\nSound is not listened to.\n",
    .options = options,
    .min_words = 1,
    .max_words = 2,
    .run = run,
};
