/*
 * eligible.c - which tracks may be answered
 */
#include "rec/recommender.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "math/sort.h"

bool ltr_rec_knows(const ltrec_recommender *r, int source, size_t row)
{
    uint32_t artist;

    switch (source) {
    case LTREC_SOURCE_FACTORS:
        return r->lengths[row] > 0;
    case LTREC_SOURCE_CONTENT:
        return r->promises && r->promises[row] > 0;
    case LTREC_SOURCE_ARTIST:
        artist = r->artists.group ? r->artists.group[row] : LTR_NO_GROUP;
        return artist != LTR_NO_GROUP && r->artist_lengths[artist] > 0;
    case LTREC_SOURCE_ITEMITEM:
        return r->numbers && r->numbers[row] != LTR_NO_NUMBER;
    default:
        return true;
    }
}

static bool anything_known(const ltrec_recommender *r, size_t row)
{
    return r->plays[row] > 0 || ltr_rec_knows(r, LTREC_SOURCE_FACTORS, row) ||
           ltr_rec_knows(r, LTREC_SOURCE_ARTIST, row);
}

/* To those who are asked: what none of them has an opinion of would come
 * before all that they think little of. */
static bool is_known(const ltrec_recommender *r, const struct ltr_scores *s,
                     size_t row)
{
    for (int source = 0; source < LTREC_SOURCES; source++)
        if (s->weights[source] > 0 && ltr_rec_knows(r, source, row))
            return anything_known(r, row);
    return false;
}

static void leave_out(const ltrec_recommender *r, size_t n,
                      const uint64_t *ids, struct ltr_scores *s)
{
    for (size_t i = 0; i < n; i++) {
        size_t row = ltr_rec_row(r, ids[i]);

        if (row != LTR_NO_ROW)
            s->eligible[row] = 0;
    }
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Lists of bans may be long, and catalogues are. */
static int leave_out_artists(const ltrec_recommender *r,
                             const ltrec_list_options *list,
                             struct ltr_scores *s)
{
    size_t n = list->n_banned_artists;
    uint64_t *banned;

    if (n == 0 || !r->artists.keys)
        return LTREC_OK;
    banned = ltr_alloc(s->ctx, n, sizeof *banned);
    if (!banned)
        return LTREC_ERR_MEMORY;
    memcpy(banned, list->banned_artists, n * sizeof *banned);
    ltr_sort_in_place(banned, n);
    for (size_t row = 0; row < r->n; row++)
        if (r->artists.keys[row] != 0 && bsearch(&r->artists.keys[row], banned,
                                                 n, sizeof *banned, by_value))
            s->eligible[row] = 0;
    ltr_free(s->ctx, banned);
    return LTREC_OK;
}

/* Whatever else: a person said no, or has just heard it. */
static int apply_bans(const ltrec_recommender *r,
                      const ltrec_list_options *list, struct ltr_scores *s)
{
    leave_out(r, list->n_banned, list->banned, s);
    if (list->one_recording)
        leave_out(r, list->n_before, list->before, s);
    return leave_out_artists(r, list, s);
}

int ltr_rec_mark_eligible(const ltrec_recommender *r,
                          const struct ltr_profile *p,
                          const ltrec_list_options *list,
                          const struct ltr_filter *filter,
                          struct ltr_scores *s)
{
    size_t at = 0;

    for (size_t row = 0; row < r->n; row++) {
        const struct ltr_event *event = NULL;

        if (at < p->n_events && p->events[at].row == row)
            event = &p->events[at++];
        s->eligible[row] =
            is_known(r, s, row) && r->plays[row] <= list->most_plays &&
            !(event && (!list->played_too || event->weight < 0)) &&
            ltr_filter_passes(filter, r->ids[row]);
    }
    return apply_bans(r, list, s);
}
