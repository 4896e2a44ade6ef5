/*
 * report_lists.c - what listeners are recommended, and how often each track
 */
#include <stdlib.h>
#include <string.h>

#include <ltrec/factorize.h>
#include <ltrec/recommend.h>

#include "report.h"
#include "term.h"

/* More listeners tell nothing that these do not. */
#define MOST_LISTENERS 5000

struct place {
    uint64_t id;
    size_t track;
};

struct lists {
    struct report *report;
    ltrec_factors *all;   /* every track of the report */
    struct place *places; /* [n], by ascending id */
    ltrec_foldin *foldin;
    float *listener;  /* [rank] */
    uint64_t *played; /* [as many as one listener has] */
    uint64_t found[REPORT_LIST];
    float scores[REPORT_LIST];
};

/*
 * Predictions take the length of a middling played track: their own says
 * nothing, and without length they would never be recommended.
 */
static int compare_floats(const void *left, const void *right)
{
    float a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static float middling_length(const ltrec_factors *factors)
{
    size_t n = ltrec_factors_count(factors), kept = 0;
    float *lengths = tool_alloc(n, sizeof *lengths), middle;

    for (size_t i = 0; i < n; i++)
        if (ltrec_factors_norms(factors)[i] > 0)
            lengths[kept++] = ltrec_factors_norms(factors)[i];
    qsort(lengths, kept, sizeof *lengths, compare_floats);
    middle = kept ? lengths[kept / 2] : 1;
    free(lengths);
    return middle;
}

static int gather(struct lists *l, ltrec_error *err)
{
    struct report *r = l->report;
    size_t rank = ltrec_factors_rank(r->factors), row;
    float *vectors = tool_alloc(r->n, rank * sizeof *vectors);
    float middle = middling_length(r->factors);
    int status;

    for (size_t i = 0; i < r->n; i++) {
        float length = middle;

        if (!r->cold[i] &&
            ltrec_factors_find(r->factors, r->ids[i], &row) == LTREC_OK)
            length = ltrec_factors_norms(r->factors)[row];
        for (size_t j = 0; j < rank; j++)
            vectors[i * rank + j] = length * r->vectors[i * rank + j];
    }
    status = ltrec_factors_create(r->ctx, r->n, rank, r->ids, vectors, NULL,
                                  &l->all, err);
    free(vectors);
    return status;
}

/* ---- Listeners ---------------------------------------------------------- */

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return (a->id > b->id) - (a->id < b->id);
}

static void count_found(struct lists *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct place wanted = {l->found[i], 0};
        const struct place *at = bsearch(&wanted, l->places, l->report->n,
                                         sizeof wanted, compare_places);

        l->report->listed[at->track]++;
    }
    l->report->n_lists++;
}

/* One listener's list of what they have not played. */
static int count_list(struct lists *l, size_t user, ltrec_error *err)
{
    const ltrec_interactions *plays = l->report->matrix.plays;
    const uint64_t *ids = ltrec_interactions_item_ids(plays);
    const uint32_t *columns;
    const float *counts;
    ltrec_index_filter filter;
    size_t n, known, found;
    int status =
        ltrec_interactions_user_row(plays, user, &n, &columns, &counts);

    /* Columns ascend, and ids with them: a filter's order. */
    for (size_t i = 0; i < n && status == LTREC_OK; i++)
        l->played[i] = ids[columns[i]];
    if (status == LTREC_OK)
        status = ltrec_foldin_solve(l->foldin, n, l->played, counts, NULL,
                                    l->listener, &known, err);
    if (status != LTREC_OK || known == 0)
        return status;
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.excluded = l->played;
    filter.n_excluded = n;
    status = ltrec_recommend(l->report->ctx, l->all, l->listener, REPORT_LIST,
                             &filter, NULL, l->found, l->scores, &found, err);
    if (status == LTREC_OK)
        count_found(l, found);
    return status;
}

/* Every listener, or evenly spread ones. */
static int count_lists(struct lists *l, ltrec_error *err)
{
    size_t n = ltrec_interactions_n_users(l->report->matrix.plays);
    size_t asked = n < MOST_LISTENERS ? n : MOST_LISTENERS;
    int status = LTREC_OK;

    term_doing("asking what listeners are recommended");
    for (size_t i = 0; i < asked && status == LTREC_OK; i++) {
        status = count_list(l, i * n / asked, err);
        if (status == LTREC_OK && term_progress(NULL, i + 1, asked) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    term_done();
    return status;
}

static int ask_listeners(struct lists *l, ltrec_error *err)
{
    struct report *r = l->report;
    size_t most = ltrec_interactions_n_items(r->matrix.plays);
    int status = gather(l, err);

    l->listener = tool_alloc(ltrec_factors_rank(r->factors), sizeof(float));
    l->played = tool_alloc(most, sizeof *l->played);
    l->places = tool_alloc(r->n, sizeof *l->places);
    for (size_t i = 0; i < r->n; i++)
        l->places[i] = (struct place){r->ids[i], i};
    qsort(l->places, r->n, sizeof *l->places, compare_places);
    if (status == LTREC_OK)
        status =
            ltrec_foldin_create(r->ctx, r->factors, NULL, &l->foldin, err);
    if (status == LTREC_OK)
        status = count_lists(l, err);
    ltrec_foldin_free(l->foldin);
    ltrec_factors_free(l->all);
    free(l->places);
    free(l->listener);
    free(l->played);
    return status;
}

int report_count_lists(struct report *r, ltrec_error *err)
{
    struct lists lists = {.report = r};

    if (r->matrix.plays)
        return ask_listeners(&lists, err);
    for (size_t i = 0; i < r->n * REPORT_NEIGHBOURS; i++)
        if (r->neighbours[i] != REPORT_NONE)
            r->listed[r->neighbours[i]]++;
    r->n_lists = r->n;
    return LTREC_OK;
}
