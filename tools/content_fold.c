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
    p->at = tool_grow(p->at, &p->capacity, p->n + 1, sizeof *p->at);
    p->at[p->n++] = (struct pair){user, item, count};
}

/* The count last, so that sums do not depend on the order of the rows. */
static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;

    if (a->user != b->user)
        return a->user < b->user ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    return (a->count > b->count) - (a->count < b->count);
}

void pairs_finish(struct pairs *p)
{
    size_t n = 0;

    if (p->n > 0)
        qsort(p->at, p->n, sizeof *p->at, compare_pairs);
    for (size_t i = 0, next; i < p->n; i = next) {
        struct pair pair = p->at[i]; /* of the least count */

        for (next = i + 1; next < p->n && p->at[next].user == pair.user &&
                           p->at[next].item == pair.item;
             next++)
            if (pair.count >= 0)
                pair.count += p->at[next].count;
        if (pair.count > 0)
            p->at[n++] = pair;
    }
    p->n = n;
}

void pairs_free(struct pairs *pairs)
{
    free(pairs->at);
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
        if (!is_held(f, p->at[i].item))
            status = ltrec_interactions_add(
                *out, 1, &p->at[i].user, &p->at[i].item, &p->at[i].count, err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(*out, NULL, NULL, err);
    term_doing("factorize");
    o.progress = term_progress;
    o.variance = f->options->train.weighing == LTREC_WEIGHING_TRUST;
    if (status == LTREC_OK)
        status = ltrec_factorize(f->ctx, *out, &o, &f->content->users,
                                 &f->content->items, NULL, err);
    term_done();
    return status;
}

/* ---- The truth ---------------------------------------------------------- */

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

struct fold_plays fold_plays_of(const struct fold *f)
{
    const struct pairs *p = f->pairs;
    size_t *at = find_places(f), *next;
    struct fold_plays by;

    by.starts = tool_alloc(f->n + 2, sizeof *by.starts);
    by.users = tool_alloc(p->n + 1, sizeof *by.users);
    by.counts = tool_alloc(p->n + 1, sizeof *by.counts);
    next = tool_alloc(f->n + 1, sizeof *next);
    for (size_t i = 0; i < p->n; i++) {
        size_t place = place_of(f, at, p->at[i].item);

        if (place != SIZE_MAX)
            by.starts[place + 1]++;
    }
    for (size_t i = 0; i < f->n; i++)
        by.starts[i + 1] += by.starts[i];
    memcpy(next, by.starts, f->n * sizeof *next);
    for (size_t i = 0; i < p->n; i++) {
        size_t place = place_of(f, at, p->at[i].item);

        if (place == SIZE_MAX)
            continue;
        by.users[next[place]] = p->at[i].user;
        by.counts[next[place]++] = p->at[i].count;
    }
    free(next);
    free(at);
    return by;
}

void fold_plays_free(struct fold_plays *by)
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
    struct fold_plays by = fold_plays_of(f);
    ltrec_foldin *foldin = NULL;
    int status =
        ltrec_foldin_create(f->ctx, f->content->users, NULL, &foldin, err);
    size_t kept = 0;

    term_doing("fold in");
    for (size_t i = 0; i < f->n && status == LTREC_OK; i++) {
        size_t first = by.starts[i], n = by.starts[i + 1] - first;
        float *truth = f->truth + kept * f->rank;

        if (term_progress(NULL, i, f->n) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        else
            status =
                ltrec_foldin_solve(foldin, n, by.users + first,
                                   by.counts + first, NULL, truth, NULL, err);
        if (status != LTREC_OK || !make_unit(truth, f->rank))
            continue;
        f->items[kept] = f->items[i];
        f->place[kept++] = f->place[i];
    }
    f->n = kept;
    term_done();
    ltrec_foldin_free(foldin);
    fold_plays_free(&by);
    return status;
}

/* ---- Who likes them ----------------------------------------------------- */

static int compare_places(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
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
            size_t place = place_of(f, at, p->at[i].item), user;

            if (place == SIZE_MAX ||
                ltrec_interactions_find_user(training, p->at[i].user, &user) !=
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
        qsort(f->liked + f->offsets[u],
              (size_t)(f->offsets[u + 1] - f->offsets[u]), sizeof *f->liked,
              compare_places);
    free(next);
    free(row);
    free(at);
}

/* A track's artist is known by what is no copy of it: that would tell all. */
static int find_artists(struct fold *f, ltrec_error *err)
{
    uint64_t *kin = tool_alloc(music_count(f->music) + 1, sizeof *kin);
    int status = music_kin(f->music, f->ctx, 0, kin, err);

    if (status == LTREC_OK)
        f->artists = artist_sums_create(f->music, f->content->items, kin);
    free(kin);
    return status;
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
    if (status == LTREC_OK)
        status = find_artists(f, err);
    if (status == LTREC_OK)
        find_likes(f, training);
    ltrec_interactions_free(training);
    return status;
}

void fold_free(struct fold *f)
{
    free(f->learn);
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
