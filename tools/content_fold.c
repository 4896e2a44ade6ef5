/*
 * content_fold.c - one fold: factors without the held-out tracks, the truth
 * about them, and who likes them
 */
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include "content_parts.h"
#include "term.h"

#define LEAST_TRAINING 5 /* items, for a listener to be asked */

/* ---- Pairs -------------------------------------------------------------- */

void pairs_add(struct pairs *p, uint64_t user, uint64_t item, float count)
{
    size_t capacity = p->capacity;

    p->users = tool_grow(p->users, &capacity, p->n + 1, sizeof *p->users);
    capacity = p->capacity;
    p->items = tool_grow(p->items, &capacity, p->n + 1, sizeof *p->items);
    p->counts =
        tool_grow(p->counts, &p->capacity, p->n + 1, sizeof *p->counts);
    p->users[p->n] = user;
    p->items[p->n] = item;
    p->counts[p->n++] = count;
}

void pairs_free(struct pairs *pairs)
{
    free(pairs->users);
    free(pairs->items);
    free(pairs->counts);
    *pairs = (struct pairs){0};
}

/* ---- Factors without the held-out --------------------------------------- */

static int is_held(const struct fold *f, uint64_t id)
{
    uint32_t item;

    return names_find_id(f->music->items, id, &item) && f->held[item];
}

static int factorize(struct fold *f, ltrec_interactions **out,
                     ltrec_error *err)
{
    const struct pairs *p = f->pairs;
    ltrec_factorize_options o = f->options->factorize;
    int status = ltrec_interactions_create(f->ctx, NULL, out, err);

    for (size_t i = 0; i < p->n && status == LTREC_OK; i++)
        if (!is_held(f, p->items[i]))
            status = ltrec_interactions_add(*out, 1, &p->users[i],
                                            &p->items[i], &p->counts[i], err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(*out, NULL, NULL, err);
    term_doing("factorize");
    o.progress = term_progress;
    if (status == LTREC_OK)
        status = ltrec_factorize(f->ctx, *out, &o, &f->content->users,
                                 &f->content->items, NULL, err);
    term_done();
    return status;
}

/* ---- The truth ---------------------------------------------------------- */

/* The plays of each held-out track, as a list for each of f->items. */
struct by_item {
    size_t *starts; /* [n + 1] */
    uint64_t *users;
    float *counts;
};

/* Where tracks of the music stand in the fold; SIZE_MAX for not. */
static size_t *find_places(const struct fold *f)
{
    size_t n = music_count(f->music);
    size_t *at = tool_alloc(n + 1, sizeof *at);

    for (size_t i = 0; i < n; i++)
        at[i] = SIZE_MAX;
    for (size_t i = 0; i < f->n; i++)
        at[f->items[i]] = i;
    return at;
}

static size_t place_of(const struct fold *f, const size_t *at, uint64_t id)
{
    uint32_t item;

    return names_find_id(f->music->items, id, &item) ? at[item] : SIZE_MAX;
}

static struct by_item collect(const struct fold *f, const size_t *at)
{
    const struct pairs *p = f->pairs;
    struct by_item by;
    size_t *next;

    by.starts = tool_alloc(f->n + 2, sizeof *by.starts);
    by.users = tool_alloc(p->n + 1, sizeof *by.users);
    by.counts = tool_alloc(p->n + 1, sizeof *by.counts);
    next = tool_alloc(f->n + 1, sizeof *next);
    for (size_t i = 0; i < p->n; i++) {
        size_t place = place_of(f, at, p->items[i]);

        if (place != SIZE_MAX)
            by.starts[place + 1]++;
    }
    for (size_t i = 0; i < f->n; i++)
        by.starts[i + 1] += by.starts[i];
    memcpy(next, by.starts, f->n * sizeof *next);
    for (size_t i = 0; i < p->n; i++) {
        size_t place = place_of(f, at, p->items[i]);

        if (place == SIZE_MAX)
            continue;
        by.users[next[place]] = p->users[i];
        by.counts[next[place]++] = p->counts[i];
    }
    free(next);
    return by;
}

static void free_by_item(struct by_item *by)
{
    free(by->starts);
    free(by->users);
    free(by->counts);
}

static int make_unit(float *x, size_t n)
{
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        squares += (double)x[i] * (double)x[i];
    for (size_t i = 0; squares > 0 && i < n; i++)
        x[i] = (float)((double)x[i] / sqrt(squares));
    return squares > 0;
}

/* Fold every track in; those whose listeners are all unknown drop out. */
static int find_truth(struct fold *f, ltrec_error *err)
{
    size_t *at = find_places(f);
    struct by_item by = collect(f, at);
    ltrec_foldin *foldin = NULL;
    int status =
        ltrec_foldin_create(f->ctx, f->content->users, NULL, &foldin, err);
    size_t kept = 0;

    for (size_t i = 0; i < f->n && status == LTREC_OK; i++) {
        size_t first = by.starts[i], n = by.starts[i + 1] - first;
        float *truth = f->truth + kept * f->rank;

        status = ltrec_foldin_solve(foldin, n, by.users + first,
                                    by.counts + first, NULL, truth, NULL, err);
        if (status != LTREC_OK || !make_unit(truth, f->rank))
            continue;
        f->items[kept] = f->items[i];
        f->place[kept++] = f->place[i];
    }
    f->n = kept;
    ltrec_foldin_free(foldin);
    free_by_item(&by);
    free(at);
    return status;
}

/* ---- Who likes them ----------------------------------------------------- */

static void sort_row(uint32_t *row, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t moved = row[i];
        size_t j = i;

        for (; j > 0 && row[j - 1] > moved; j--)
            row[j] = row[j - 1];
        row[j] = moved;
    }
}

/* A listener's row among those asked, SIZE_MAX for one who is not. */
static size_t *choose_listeners(struct fold *f,
                                const ltrec_interactions *training)
{
    size_t n = ltrec_interactions_n_users(training);
    const float *vectors = ltrec_factors_vectors(f->content->users);
    size_t *row = tool_alloc(n + 1, sizeof *row);

    f->users = tool_alloc(n + 1, f->rank * sizeof *f->users);
    for (size_t user = 0; user < n; user++) {
        const uint32_t *items;
        const float *counts;
        size_t played = 0;

        ltrec_interactions_user_row(training, user, &played, &items, &counts);
        row[user] = SIZE_MAX;
        if (played < LEAST_TRAINING)
            continue;
        memcpy(f->users + f->n_users * f->rank, vectors + user * f->rank,
               f->rank * sizeof *vectors);
        row[user] = f->n_users++;
    }
    return row;
}

static void find_likes(struct fold *f, const ltrec_interactions *training)
{
    const struct pairs *p = f->pairs;
    size_t *row = choose_listeners(f, training), *at = find_places(f);
    uint64_t *next;

    f->offsets = tool_alloc(f->n_users + 2, sizeof *f->offsets);
    f->liked = tool_alloc(p->n + 1, sizeof *f->liked);
    next = tool_alloc(f->n_users + 1, sizeof *next);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < p->n; i++) {
            size_t place = place_of(f, at, p->items[i]), user;

            if (place == SIZE_MAX ||
                ltrec_interactions_find_user(training, p->users[i], &user) !=
                    LTREC_OK ||
                row[user] == SIZE_MAX)
                continue;
            if (pass == 0)
                f->offsets[row[user] + 1]++;
            else
                f->liked[next[row[user]]++] = (uint32_t)place;
        }
        for (size_t u = 0; pass == 0 && u < f->n_users; u++)
            f->offsets[u + 1] += f->offsets[u];
        memcpy(next, f->offsets, f->n_users * sizeof *next);
    }
    for (size_t u = 0; u < f->n_users; u++)
        sort_row(f->liked + f->offsets[u],
                 (size_t)(f->offsets[u + 1] - f->offsets[u]));
    free(next);
    free(row);
    free(at);
}

/* ---- All of it ---------------------------------------------------------- */

int fold_prepare(struct fold *f, ltrec_error *err)
{
    ltrec_interactions *training = NULL;
    int status = factorize(f, &training, err);

    f->rank = f->options->factorize.rank;
    f->truth = tool_alloc(f->n + 1, f->rank * sizeof *f->truth);
    f->guess = tool_alloc(f->n + 1, f->rank * sizeof *f->guess);
    if (status == LTREC_OK)
        status = find_truth(f, err);
    if (status == LTREC_OK) {
        f->artists = artist_sums_create(f->music, f->content->items);
        find_likes(f, training);
    }
    ltrec_interactions_free(training);
    return status;
}

void fold_free(struct fold *f)
{
    artist_sums_free(f->artists);
    free(f->held);
    free(f->items);
    free(f->place);
    free(f->truth);
    free(f->guess);
    free(f->users);
    free(f->offsets);
    free(f->liked);
}
