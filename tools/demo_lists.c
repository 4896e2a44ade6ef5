/*
 * demo_lists.c - who is near whom, and what a listener is told of
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/index.h>
#include <ltrec/recommend.h>

#include "demo.h"
#include "predicting.h"
#include "term.h"
#include "vectors.h"

#define SHOWN 8

struct telling {
    const struct demo *demo;
    const struct content *content;
    ltrec_factors *predicted;
    ltrec_index *index;
    size_t rank;
};

/* ---- What nobody has played --------------------------------------------- */

static int predict_unplayed(struct telling *t, ltrec_error *err)
{
    const struct demo *d = t->demo;
    struct predicting p = {.ctx = d->ctx,
                           .model = t->content->model,
                           .music = d->music,
                           .only = d->unplayed,
                           .played = t->content->items,
                           .with_sound = 1,
                           .full_track = LTREC_TRACK_PATCHES,
                           .untold = 1};
    int status = predicting_do(&p, err);

    t->predicted = p.factors;
    p.factors = NULL;
    predicting_free(&p);
    return status;
}

static int save_all(struct telling *t, ltrec_error *err)
{
    const struct demo *d = t->demo;
    char *items = demo_path(d, "items.factors");
    char *cold = demo_path(d, "unplayed.factors");
    char *model = demo_path(d, "tracks.model");
    char *index = demo_path(d, "tracks.index");
    int status = vectors_save(d->ctx, t->content->items, d->music->items, NULL,
                              items, err);

    if (status == LTREC_OK)
        status = ltrec_factors_save(t->predicted, cold, err);
    if (status == LTREC_OK)
        status = ltrec_model_save(t->content->model, model, err);
    if (status == LTREC_OK)
        status = ltrec_index_save(t->index, index, err);
    free(items);
    free(cold);
    free(model);
    free(index);
    return status;
}

/* ---- Lists -------------------------------------------------------------- */

static void print_track(const struct demo *d, struct term_table *table,
                        uint64_t id, double score)
{
    char label[160];
    uint32_t item;

    if (!names_find_id(d->music->items, id, &item))
        return;
    music_label(d->music, item, label, sizeof label);
    term_table_cell(table, "%s", names_text(d->music->items, item));
    term_table_cell(table, "%s", label);
    term_table_cell(table, "%s",
                    world_tag_name(world_track(d->world, item)->tags[0]));
    term_table_cell(table, "%.3f", score);
    term_table_cell(table, "%s", d->unplayed[item] ? "never played" : "");
}

static int print_neighbours(struct telling *t, uint32_t item, const char *what,
                            ltrec_error *err)
{
    static const char *const columns[] = {"track", "artist - title", "genre",
                                          ">cosine", "plays"};
    struct term_table *table = term_table_create(5, columns);
    uint64_t ids[SHOWN];
    float similarities[SHOWN];
    char label[160];
    size_t n = 0;
    int status =
        ltrec_index_search_id(t->index, music_id(t->demo->music, item), SHOWN,
                              NULL, ids, similarities, &n);

    music_label(t->demo->music, item, label, sizeof label);
    printf("\nNearest to %s (%s, %s):\n", label,
           names_text(t->demo->music->items, item), what);
    for (size_t i = 0; i < n; i++)
        print_track(t->demo, table, ids[i], (double)similarities[i]);
    term_table_print(table);
    if (status != LTREC_OK)
        return tool_fail(err, status, "%s: not in the index", label);
    return LTREC_OK;
}

/* The first track that is in the index and unplayed, or is not. */
static uint32_t find_track(const struct telling *t, int unplayed)
{
    uint32_t item = 0;

    while (item + 1 < music_count(t->demo->music) &&
           ((t->demo->unplayed[item] != 0) != unplayed ||
            !ltrec_index_contains(t->index, music_id(t->demo->music, item))))
        item++;
    return item;
}

static int print_recommendations(struct telling *t, ltrec_error *err)
{
    static const char *const columns[] = {"track", "artist - title", "genre",
                                          ">score", "plays"};
    const struct world_listener *listener = world_listener(t->demo->world, 0);
    struct term_table *table = term_table_create(5, columns);
    uint64_t ids[SHOWN];
    float scores[SHOWN];
    size_t n = 0, row = 0;
    int status = ltrec_factors_find(
        t->content->users, names_id_of(listener->id, strlen(listener->id)),
        &row);

    if (status == LTREC_OK)
        status = ltrec_recommend(t->demo->ctx, t->predicted,
                                 ltrec_factors_vectors(t->content->users) +
                                     row * t->rank,
                                 SHOWN, NULL, NULL, ids, scores, &n, err);
    printf("\nTracks nobody has played, for listener %s:\n", listener->id);
    for (size_t i = 0; i < n; i++)
        print_track(t->demo, table, ids[i], (double)scores[i]);
    term_table_print(table);
    return status;
}

static int print_lists(struct telling *t, ltrec_error *err)
{
    int status = print_neighbours(t, find_track(t, 0), "played", err);

    if (status == LTREC_OK)
        status = print_neighbours(t, find_track(t, 1), "never played", err);
    if (status == LTREC_OK)
        status = print_recommendations(t, err);
    return status;
}

int demo_tell(const struct demo *demo, const struct content *content,
              ltrec_error *err)
{
    struct telling t = {.demo = demo, .content = content};
    size_t left_out;
    int status;

    t.rank = ltrec_factors_rank(content->items);
    status = predict_unplayed(&t, err);
    if (status == LTREC_OK)
        status = vectors_index(demo->ctx, content->items, 1, &t.index,
                               &left_out, err);
    if (status == LTREC_OK)
        status = ltrec_index_add_factors(t.index, t.predicted, &left_out, err);
    if (status == LTREC_OK && !demo->json)
        status = print_lists(&t, err);
    if (status == LTREC_OK)
        status = save_all(&t, err);
    ltrec_index_free(t.index);
    ltrec_factors_free(t.predicted);
    return status;
}
