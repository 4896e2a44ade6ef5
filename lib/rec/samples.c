/*
 * samples.c - what the sources say of the candidates of listeners held out
 */
#include "rec/weigh.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "math/sort.h"
#include "math/topk.h"

#define HEAD 0.2  /* the most played part that is no tail */
#define AT_ONCE 8 /* listeners between two reports of progress */

/* ---- Candidates --------------------------------------------------------- */

/* Mark the best of one source among rows; `best` and `ids` are scratch. */
static void mark_best(const struct ltr_fitting *f, const struct ltr_scores *s,
                      int source, float *best, uint64_t *ids,
                      unsigned char *marks)
{
    struct ltr_topk top;
    size_t n;

    if (!s->of[source])
        return;
    ltr_topk_init(&top, f->options.candidates, best, ids);
    for (size_t row = 0; row < f->all.n; row++)
        if (s->eligible[row])
            ltr_topk_offer(&top,
                           (float)ltr_scores_part(&f->all, s, source, row),
                           f->all.ids[row]);
    n = ltr_topk_finish(&top);
    for (size_t i = 0; i < n; i++)
        marks[ltr_rec_row(&f->all, ids[i])] = 1;
}

static void describe(const struct ltr_fitting *f, const struct ltr_scores *s,
                     size_t row, struct ltr_candidate *c)
{
    for (int source = 0; source < LTREC_SOURCES; source++)
        c->parts[source] = (float)ltr_scores_part(&f->all, s, source, row);
    c->log_plays = f->all.log_plays[row];
    c->tail = f->tail[row];
}

/* Which rows the listener went on to play: marks get 2. */
static void mark_relevant(const struct ltr_fitting *f,
                          const struct ltr_scores *s,
                          struct ltr_sample *sample, unsigned char *marks)
{
    const uint64_t *ids = ltrec_interactions_item_ids(f->heldout);
    const uint32_t *items;
    const float *counts;
    size_t n;

    ltrec_interactions_user_row(f->heldout, sample->user, &n, &items, &counts);
    for (size_t i = 0; i < n; i++) {
        size_t row = ltr_rec_row(&f->all, ids[items[i]]);

        if (row == LTR_NO_ROW || !s->eligible[row])
            continue;
        sample->n_relevant++;
        sample->n_tail += f->tail[row];
        marks[row] |= 2;
    }
}

static int collect(const struct ltr_fitting *f, const struct ltr_scores *s,
                   struct ltr_sample *sample)
{
    size_t k = f->options.candidates;
    unsigned char *marks = ltr_alloc(f->all.ctx, f->all.n, 1);
    float *best = ltr_alloc(f->all.ctx, k, sizeof *best);
    uint64_t *ids = ltr_alloc(f->all.ctx, k, sizeof *ids);
    int status = marks && best && ids ? LTREC_OK : LTREC_ERR_MEMORY;
    size_t n = 0;

    for (int i = 0; status == LTREC_OK && i < LTREC_SOURCES; i++)
        mark_best(f, s, i, best, ids, marks);
    if (status == LTREC_OK)
        mark_relevant(f, s, sample, marks);
    for (size_t row = 0; status == LTREC_OK && row < f->all.n; row++)
        n += marks[row] & 1;
    sample->candidates = ltr_alloc(f->all.ctx, n, sizeof *sample->candidates);
    if (!sample->candidates)
        status = LTREC_ERR_MEMORY;
    for (size_t row = 0; status == LTREC_OK && row < f->all.n; row++)
        if (marks[row] & 1) {
            struct ltr_candidate *c = &sample->candidates[sample->n++];

            describe(f, s, row, c);
            c->relevant = marks[row] >> 1;
        }
    ltr_free(f->all.ctx, marks);
    ltr_free(f->all.ctx, best);
    ltr_free(f->all.ctx, ids);
    return status;
}

/* What was known of the listener, as one who asks; NULL ids: nothing. */
static uint64_t *recall(const struct ltr_fitting *f, size_t user,
                        ltrec_listener *listener)
{
    const uint64_t *all = ltrec_interactions_item_ids(f->known);
    const uint32_t *items = NULL;
    const float *counts = NULL;
    uint64_t *ids;
    size_t known, n = 0;

    if (ltrec_interactions_find_user(
            f->known, ltrec_interactions_user_ids(f->heldout)[user], &known) ==
        LTREC_OK)
        ltrec_interactions_user_row(f->known, known, &n, &items, &counts);
    ids = ltr_alloc(f->all.ctx, n, sizeof *ids);
    for (size_t i = 0; ids && i < n; i++)
        ids[i] = all[items[i]];
    ltrec_listener_init(listener, sizeof *listener);
    listener->n_played = n;
    listener->played = ids;
    listener->counts = counts;
    return ids;
}

static int look_at(const struct ltr_fitting *f, struct ltr_sample *sample)
{
    ltrec_list_options list;
    ltrec_listener listener;
    struct ltr_profile profile;
    struct ltr_scores scores;
    uint64_t *ids = recall(f, sample->user, &listener);
    int status = ids ? LTREC_OK : LTREC_ERR_MEMORY;

    ltrec_list_options_init(&list, sizeof list);
    if (status == LTREC_OK)
        status = ltr_profile_create(&f->all, &listener, &profile, NULL);
    ltr_free(f->all.ctx, ids);
    if (status != LTREC_OK)
        return status;
    status = ltr_scores_create(&f->all, &profile, &list, &scores, NULL);
    if (status == LTREC_OK) {
        status = collect(f, &scores, sample);
        ltr_scores_free(&scores);
    } else if (status == LTREC_ERR_STATE) {
        status = LTREC_OK; /* nothing is known of this one */
    }
    ltr_profile_free(&profile);
    return status;
}

static void look_at_one(void *arg, size_t i, size_t worker)
{
    struct ltr_fitting *f = arg;

    (void)worker;
    f->statuses[i] = look_at(f, &f->samples[f->first + i]);
}

static int look_at_all(struct ltr_fitting *f, ltrec_error *err)
{
    const ltrec_recommender_fit_options *o = &f->options;

    for (f->first = 0; f->first < f->n; f->first += AT_ONCE) {
        size_t left = f->n - f->first;
        size_t n = left < AT_ONCE ? left : AT_ONCE;

        if (o->progress && o->progress(o->user, f->first, f->n) != 0)
            return ltr_fail(err, LTREC_ERR_CANCELLED, "recommender: stopped");
        ltr_parallel(f->all.ctx, n, look_at_one, f);
        for (size_t i = 0; i < n; i++)
            if (f->statuses[i] != LTREC_OK)
                return ltr_fail(err, f->statuses[i],
                                "recommender: listener %zu of those held out: "
                                "%s",
                                f->samples[f->first + i].user,
                                ltrec_status_name(f->statuses[i]));
    }
    return LTREC_OK;
}

/* ---- Listeners ---------------------------------------------------------- */

/* All but the most played fifth; equal plays by row. */
static int mark_tail(struct ltr_fitting *f)
{
    const ltrec_recommender *r = &f->all;
    uint64_t *keys = ltr_alloc(r->ctx, r->n, sizeof *keys);
    uint32_t *order = ltr_alloc(r->ctx, r->n, 2 * sizeof *order);

    f->tail = ltr_alloc(r->ctx, r->n, 1);
    if (keys && order && f->tail) {
        for (size_t i = 0; i < r->n; i++)
            keys[i] = UINT32_MAX - r->plays[i];
        ltr_sort_order(keys, order, order + r->n, r->n);
        for (size_t i = (size_t)(HEAD * (double)r->n); i < r->n; i++)
            f->tail[order[i]] = 1;
    }
    ltr_free(r->ctx, keys);
    ltr_free(r->ctx, order);
    return keys && order && f->tail ? LTREC_OK : LTREC_ERR_MEMORY;
}

/* Listeners spread evenly over those held out. */
static int choose_listeners(struct ltr_fitting *f)
{
    size_t there = ltrec_interactions_n_users(f->heldout);

    f->n =
        there < f->options.most_listeners ? there : f->options.most_listeners;
    f->samples = ltr_alloc(f->all.ctx, f->n, sizeof *f->samples);
    f->statuses = ltr_alloc(f->all.ctx, AT_ONCE, sizeof *f->statuses);
    if (!f->samples || !f->statuses)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < f->n; i++)
        f->samples[i].user =
            (size_t)((double)i * (double)there / (double)f->n);
    return LTREC_OK;
}

int ltr_samples_take(struct ltr_fitting *f, ltrec_error *err)
{
    if (mark_tail(f) != LTREC_OK || choose_listeners(f) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "recommender: no memory");
    return look_at_all(f, err);
}

void ltr_samples_free(struct ltr_fitting *f)
{
    for (size_t i = 0; f->samples && i < f->n; i++)
        ltr_free(f->all.ctx, f->samples[i].candidates);
    ltr_free(f->all.ctx, f->samples);
    ltr_free(f->all.ctx, f->statuses);
    ltr_free(f->all.ctx, f->tail);
}
