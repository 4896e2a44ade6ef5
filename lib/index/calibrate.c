/*
 * calibrate.c - how many lists a recall takes
 *
 * No search is repeated: a neighbour is found by a search that looks into p
 * lists when fewer than p are nearer to the query than the one it lies in.  So
 * one exact search gives the recall for every p.
 */
#include "index/calibrate.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "index/probe.h"

/* Answers in all, one more because a track finds itself. */
#define NEIGHBOURS 100
#define ASKED (NEIGHBOURS + 1)

/* Queries between two reports. */
#define SLICE 32

/* One-sided 95 % of the normal distribution. */
#define CONFIDENCE 1.645

static const size_t answers[LTR_AIMS] = {10, NEIGHBOURS};

/* Questions, and how far down the list of lists each answer lies. */
struct poll {
    const ltrec_index *index;
    const struct ltr_view *view;
    const struct ltr_lists *lists;
    uint32_t (*ranks)[NEIGHBOURS]; /* [n], from 1; 0 where there is none */
    size_t n;
    float *weights; /* [padded] */
    int8_t *code;
    uint64_t *ids;       /* [SLICE][ASKED] */
    float *similarities; /* the same */
    float *questions;    /* [SLICE][dim] */
};

static void close_poll(struct poll *p)
{
    ltrec_context *ctx = p->index->ctx;

    ltr_free(ctx, p->ranks);
    ltr_free(ctx, p->weights);
    ltr_free(ctx, p->code);
    ltr_free(ctx, p->ids);
    ltr_free(ctx, p->similarities);
    ltr_free(ctx, p->questions);
}

static int open_poll(struct poll *p, size_t n)
{
    ltrec_context *ctx = p->index->ctx;
    size_t dim = p->index->dim;

    p->n = n;
    p->ranks = ltr_alloc(ctx, n, sizeof *p->ranks);
    p->weights =
        ltr_alloc(ctx, ltr_lists_padded(p->lists), sizeof *p->weights);
    p->code = ltr_alloc(ctx, ltr_codes_bytes(dim), 1);
    p->ids = ltr_alloc(ctx, (size_t)SLICE * ASKED, sizeof *p->ids);
    p->similarities =
        ltr_alloc(ctx, (size_t)SLICE * ASKED, sizeof *p->similarities);
    p->questions = ltr_alloc(ctx, SLICE, dim * sizeof *p->questions);
    return p->ranks && p->weights && p->code && p->ids && p->similarities &&
                   p->questions
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

/* Lists that are at least as near as the one of `row`, itself included. */
static uint32_t rank_of(const struct poll *p, size_t row)
{
    size_t list = ltr_lists_of(p->lists, row);
    float weight = p->weights[list];
    uint32_t rank = 1;

    for (size_t i = 0; i < p->lists->n; i++)
        rank +=
            p->weights[i] > weight || (p->weights[i] == weight && i < list);
    return rank;
}

static void rank_answers(struct poll *p, size_t question, const float *query,
                         const uint64_t *ids, size_t n, const uint64_t *itself)
{
    struct ltr_code_query code;
    size_t dim = p->index->dim, at = 0;

    ltr_code_query_init(&code, p->code, query, dim,
                        ltr_index_length(query, dim), LTR_CODING_TURNED);
    ltr_lists_weigh(p->lists, p->index->dots, &code.sift, 1, dim, p->weights);
    for (size_t i = 0; i < n && at < NEIGHBOURS; i++)
        if (!itself || ids[i] != *itself)
            p->ranks[question][at++] =
                rank_of(p, ltr_view_row(p->view, ids[i]));
}

/* Questions from `first` on: rows, whose own ids are no answer, or queries. */
static int ask(struct poll *p, size_t first, size_t n, const uint32_t *rows,
               const float *queries)
{
    const struct ltr_tracks *t = p->view->tracks;
    size_t found[SLICE];
    int status;

    for (size_t i = 0; i < n; i++)
        memcpy(p->questions + i * t->dim,
               rows ? t->vectors + rows[first + i] * t->dim
                    : queries + (first + i) * t->dim,
               t->dim * sizeof *p->questions);
    status = ltr_search_view(p->index, p->view, n, p->questions, ASKED, p->ids,
                             p->similarities, found);
    for (size_t i = 0; i < n && status == LTREC_OK; i++)
        rank_answers(p, first + i, p->questions + i * t->dim,
                     p->ids + i * ASKED, found[i],
                     rows ? &t->ids[rows[first + i]] : NULL);
    return status;
}

static int ask_all(struct poll *p, const uint32_t *rows, const float *queries,
                   struct ltr_steps *steps)
{
    int status = LTREC_OK;

    for (size_t first = 0; first < p->n && status == LTREC_OK;
         first += SLICE) {
        size_t n = p->n - first < SLICE ? p->n - first : SLICE;

        status = ask(p, first, n, rows, queries);
        if (status == LTREC_OK)
            status = ltr_steps_take(steps, n);
    }
    return status;
}

/* ---- What it takes ------------------------------------------------------ */

/* The mean of the recall@k with `probes` lists, and what it may be too high.
 */
static double recall_of(const struct poll *p, size_t k, uint32_t probes,
                        double *doubt)
{
    double sum = 0, squares = 0, mean;

    for (size_t q = 0; q < p->n; q++) {
        size_t found = 0;
        double recall;

        for (size_t i = 0; i < k; i++)
            found += p->ranks[q][i] <= probes;
        recall = (double)found / (double)k;
        sum += recall;
        squares += recall * recall;
    }
    mean = sum / (double)p->n;
    *doubt = CONFIDENCE * sqrt(fmax(0, squares / (double)p->n - mean * mean) /
                               (double)p->n);
    return mean;
}

/* The fewest lists that reach `recall`; all of them do. */
static uint32_t fewest(const struct poll *p, size_t k, double recall)
{
    uint32_t from = 1, to = (uint32_t)p->lists->n;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        double doubt, mean = recall_of(p, k, middle, &doubt);

        if (mean - doubt >= recall)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

static void set_aim(struct ltr_aim *aim, const struct poll *tracks,
                    const struct poll *queries, double recall)
{
    double doubt;

    for (size_t i = 0; i < LTR_AIMS; i++) {
        aim->probes[i] = fewest(tracks, answers[i], recall);
        if (queries->n > 0) {
            uint32_t probes = fewest(queries, answers[i], recall);

            if (probes > aim->probes[i])
                aim->probes[i] = probes;
        }
    }
    aim->recall = recall;
    aim->of_tracks = recall_of(tracks, answers[0], aim->probes[0], &doubt);
    aim->of_queries =
        queries->n > 0 ? recall_of(queries, answers[0], aim->probes[0], &doubt)
                       : -1;
}

int ltr_calibrate(const ltrec_index *index, const struct ltr_view *view,
                  struct ltr_lists *lists, const uint32_t *held_out,
                  size_t n_held_out, const float *queries, size_t n_queries,
                  struct ltr_steps *steps)
{
    struct poll tracks = {.index = index, .view = view, .lists = lists};
    struct poll given = tracks;
    int status = open_poll(&tracks, n_held_out);

    if (status == LTREC_OK)
        status = open_poll(&given, n_queries);
    if (status == LTREC_OK)
        status = ask_all(&tracks, held_out, NULL, steps);
    if (status == LTREC_OK)
        status = ask_all(&given, NULL, queries, steps);
    if (status == LTREC_OK)
        set_aim(&lists->aim, &tracks, &given, index->recall);
    close_poll(&tracks);
    close_poll(&given);
    return status;
}
