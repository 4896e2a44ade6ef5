/*
 * als_taught.c - what a factorization learns from, and what is kept from it
 *
 * The plays as they are, unless there are dislikes to merge in - pairs with a
 * count below 0 - or pairs are kept back to see how far it has come.
 */
#include "cf/als_run.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/random.h"

#define MOST_ASKED 4096 /* listeners, to judge an epoch in little time */
#define NOBODY UINT32_MAX

enum {
    STREAM_PAIR = 7,
    STREAM_LISTENER = 8
};

struct teaching {
    struct ltr_run *run;
    const struct ltr_pairs *plays, *dislikes; /* by listener, or NULL */
    uint32_t *known; /* [items of dislikes], their numbers in the plays */

    /* Being made; one side is then made of the other. */
    uint64_t *starts;
    uint32_t *others;
    float *counts;
    uint64_t n;
};

/* ---- Merging ------------------------------------------------------------ */

static void put(struct teaching *t, uint32_t item, float count)
{
    t->others[t->n] = item;
    t->counts[t->n++] = count;
}

/* Plays and dislikes of a listener, both ascending; a dislike has its way. */
static void merge_row(struct teaching *t, size_t user)
{
    const struct ltr_pairs *p = t->plays, *d = t->dislikes;
    uint64_t at = p->starts[user], end = p->starts[user + 1];
    size_t row;

    if (d && ltrec_interactions_find_user(t->run->options.dislikes,
                                          p->ids[user], &row) == LTREC_OK)
        for (uint64_t i = d->starts[row]; i < d->starts[row + 1]; i++) {
            uint32_t item = t->known[d->others[i]];

            if (item == NOBODY)
                continue;
            for (; at < end && p->others[at] < item; at++)
                put(t, p->others[at], p->counts[at]);
            at += at < end && p->others[at] == item;
            put(t, item, -d->counts[i]);
        }
    for (; at < end; at++)
        put(t, p->others[at], p->counts[at]);
}

/* ---- Keeping back ------------------------------------------------------- */

static bool is_asked(const struct ltr_run *run, size_t user)
{
    size_t n = run->plays->by_user.n;

    return run->validation.on &&
           (n <= MOST_ASKED ||
            ltr_random_below(run->options.seed, STREAM_LISTENER, user, n) <
                MOST_ASKED);
}

static size_t count_liked(const float *counts, uint64_t begin, uint64_t end)
{
    size_t n = 0;

    for (; begin < end; begin++)
        n += counts[begin] > 0;
    return n;
}

/* Of the liked pairs, number i of n, from place `at`. */
static bool is_kept(const struct ltr_run *run, size_t user, uint64_t at,
                    size_t i, size_t n)
{
    const ltrec_factorize_options *o = &run->options;

    if (o->validation_share == 0)
        return i == ltr_random_below(o->seed, STREAM_PAIR, user, n);
    return (double)ltr_random_uniform(o->seed, STREAM_PAIR, at) <
           o->validation_share;
}

/* Take pairs from the row that begins at `begin`, but never the last one. */
static void keep_back(struct teaching *t, size_t user, uint64_t begin)
{
    struct ltr_validation *v = &t->run->validation;
    size_t liked = count_liked(t->counts, begin, t->n), left = liked, seen = 0;
    uint64_t to = begin;

    for (uint64_t i = begin; i < t->n; i++) {
        if (t->counts[i] > 0 && left > 1 &&
            is_kept(t->run, user, i, seen++, liked)) {
            v->items[v->n++] = t->others[i];
            left--;
            continue;
        }
        t->others[to] = t->others[i];
        t->counts[to++] = t->counts[i];
    }
    t->n = to;
    if (v->n > v->starts[v->n_users]) {
        v->users[v->n_users++] = (uint32_t)user;
        v->starts[v->n_users] = v->n;
    }
}

/* ---- The whole ---------------------------------------------------------- */

static int take_memory(struct teaching *t)
{
    const struct ltr_pairs *p = t->plays, *d = t->dislikes;
    struct ltr_validation *v = &t->run->validation;
    ltrec_context *ctx = t->run->ctx;
    uint64_t n = p->starts[p->n] + (d ? d->starts[d->n] : 0);
    size_t asked = 0, most = 0;

    for (size_t user = 0; user < p->n; user++)
        if (is_asked(t->run, user)) {
            asked++;
            most += t->run->options.validation_share > 0
                        ? ltr_pairs_in_row(p, user)
                        : 1;
        }
    t->known = ltr_alloc(ctx, d ? t->run->options.dislikes->by_item.n : 0,
                         sizeof *t->known);
    t->starts = ltr_alloc(ctx, p->n + 1, sizeof *t->starts);
    t->others = ltr_alloc(ctx, n, sizeof *t->others);
    t->counts = ltr_alloc(ctx, n, sizeof *t->counts);
    v->users = ltr_alloc(ctx, asked, sizeof *v->users);
    v->starts = ltr_alloc(ctx, asked + 1, sizeof *v->starts);
    v->items = ltr_alloc(ctx, most, sizeof *v->items);
    t->run->by_user =
        (struct ltr_pairs){p->n, p->ids, t->starts, t->others, t->counts};
    return t->known && t->starts && t->others && t->counts && v->users &&
                   v->starts && v->items
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

static void number_items(struct teaching *t)
{
    const ltrec_interactions *dislikes = t->run->options.dislikes;
    size_t item;

    for (size_t i = 0; dislikes && i < dislikes->by_item.n; i++)
        t->known[i] = ltrec_interactions_find_item(t->run->plays,
                                                   dislikes->by_item.ids[i],
                                                   &item) == LTREC_OK
                          ? (uint32_t)item
                          : NOBODY;
}

static int teach(struct teaching *t, ltrec_error *err)
{
    struct ltr_run *run = t->run;
    size_t n_items = run->plays->by_item.n;

    if (take_memory(t) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "factorize: no memory for the pairs to learn from");
    number_items(t);
    for (size_t user = 0; user < t->plays->n; user++) {
        uint64_t begin = t->n;

        merge_row(t, user);
        if (is_asked(run, user))
            keep_back(t, user, begin);
        t->starts[user + 1] = t->n;
    }
    if (run->validation.on && run->validation.n == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: no listener has two pairs, of which one "
                        "could be kept back");
    if (ltr_pairs_transpose(run->ctx, &run->by_user, n_items, &run->by_item,
                            err) != LTREC_OK)
        return LTREC_ERR_MEMORY;
    run->by_item.ids = run->plays->by_item.ids;
    run->users.pairs = &run->by_user;
    run->items.pairs = &run->by_item;
    return LTREC_OK;
}

int ltr_run_choose_pairs(struct ltr_run *run, ltrec_error *err)
{
    const ltrec_interactions *dislikes = run->options.dislikes;
    struct teaching t = {.run = run, .plays = &run->plays->by_user};
    int status;

    run->users.pairs = &run->plays->by_user;
    run->items.pairs = &run->plays->by_item;
    run->validation.on = run->options.patience > 0;
    if (dislikes && dislikes->n_pairs > 0)
        t.dislikes = &dislikes->by_user;
    if (!t.dislikes && !run->validation.on)
        return LTREC_OK;
    status = teach(&t, err);
    ltr_free(run->ctx, t.known);
    return status;
}
