/*
 * listeners.c - one listener at a time: scores in, figures out
 */
#include "eval/measure.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "math/topk.h"

/* ---- Scores in ---------------------------------------------------------- */

/* The best items, less the excluded; both ascend, so one walk does it. */
static size_t rank(const ltrec_evaluation *e, const float *scores,
                   size_t n_excluded, const uint32_t *excluded,
                   uint32_t ranked[LTR_LIST_LENGTH])
{
    uint64_t ids[LTR_LIST_LENGTH];
    float best[LTR_LIST_LENGTH];
    struct ltr_topk top;
    size_t next = 0, n;

    ltr_topk_init(&top, LTR_LIST_LENGTH, best, ids);
    for (size_t i = 0; i < e->n_items; i++) {
        if (next < n_excluded && excluded[next] == i)
            next++;
        else if (top.count < top.k || scores[i] >= best[0])
            ltr_topk_offer(&top, scores[i], i);
    }
    n = ltr_topk_finish(&top);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (uint32_t)ids[i];
    return n;
}

static int check(const ltrec_evaluation *e, const float *scores,
                 size_t n_excluded, const uint32_t *excluded,
                 size_t n_relevant, const uint32_t *relevant, ltrec_error *err)
{
    if (!e || !scores || (n_excluded > 0 && !excluded) ||
        (n_relevant > 0 && !relevant))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: needs an evaluation, scores and lists");
    if (!ltr_eval_is_row(excluded, n_excluded, e->n_items) ||
        !ltr_eval_is_row(relevant, n_relevant, e->n_items))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: excluded or relevant items out of order "
                        "or past %zu",
                        e->n_items);
    return LTREC_OK;
}

int ltrec_evaluation_add_scores(ltrec_evaluation *evaluation,
                                const float *scores, size_t n_excluded,
                                const uint32_t *excluded, size_t n_relevant,
                                const uint32_t *relevant, ltrec_error *err)
{
    uint32_t ranked[LTR_LIST_LENGTH], *wanted;
    struct ltr_measures measures;
    size_t n, n_wanted = 0;
    int status = check(evaluation, scores, n_excluded, excluded, n_relevant,
                       relevant, err);

    if (status != LTREC_OK || n_relevant == 0)
        return status;
    wanted = ltr_alloc(evaluation->ctx, n_relevant, sizeof *wanted);
    if (!wanted || ltr_eval_reserve(evaluation, 1) != LTREC_OK) {
        ltr_free(evaluation->ctx, wanted);
        return ltr_fail(err, LTREC_ERR_MEMORY, "evaluation: no memory");
    }
    for (size_t i = 0; i < n_relevant; i++)
        if (!ltr_eval_holds(excluded, n_excluded, relevant[i]))
            wanted[n_wanted++] = relevant[i];
    if (n_wanted > 0) {
        n = rank(evaluation, scores, n_excluded, excluded, ranked);
        measures = ltr_eval_measure(evaluation, n, ranked, n_wanted, wanted);
        ltr_eval_cover(evaluation->covered, n, ranked);
        ltr_eval_sum(evaluation, &measures);
    }
    ltr_free(evaluation->ctx, wanted);
    return LTREC_OK;
}

/* ---- Figures out -------------------------------------------------------- */

int ltr_eval_reserve(ltrec_evaluation *e, size_t n)
{
    size_t wanted = (size_t)e->users + n, capacity = 2 * e->capacity;
    struct ltr_measures *larger;

    if (!e->keeps || wanted <= e->capacity)
        return LTREC_OK;
    if (capacity < wanted)
        capacity = wanted;
    larger = ltr_alloc(e->ctx, capacity, sizeof *larger);
    if (!larger)
        return LTREC_ERR_MEMORY;
    if (e->users > 0)
        memcpy(larger, e->kept, (size_t)e->users * sizeof *larger);
    ltr_free(e->ctx, e->kept);
    e->kept = larger;
    e->capacity = capacity;
    return LTREC_OK;
}

static double value_of(const struct ltr_measures *m, int32_t figure)
{
    switch (figure) {
    case LTREC_FIGURE_RECALL_20:
        return m->recall_20;
    case LTREC_FIGURE_RECALL_50:
        return m->recall_50;
    case LTREC_FIGURE_NDCG_100:
        return m->ndcg_100;
    case LTREC_FIGURE_MAP_500:
        return m->precision_500;
    case LTREC_FIGURE_TAIL_RECALL_20:
        return m->has_tail ? m->tail_recall_20 : (double)NAN;
    default:
        return m->has_auc ? m->auc : (double)NAN;
    }
}

int ltrec_evaluation_listeners(const ltrec_evaluation *evaluation,
                               int32_t figure, size_t capacity, double *values,
                               size_t *n, ltrec_error *err)
{
    const ltrec_evaluation *e = evaluation;

    if (!e || figure < LTREC_FIGURE_RECALL_20 || figure > LTREC_FIGURE_AUC ||
        (capacity > 0 && !values))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: needs an evaluation and a figure, not %d",
                        (int)figure);
    if (!e->keeps)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "evaluation: listeners were not kept");
    if (n)
        *n = (size_t)e->users;
    if (capacity < e->users)
        return ltr_fail(err, LTREC_ERR_CAPACITY,
                        "evaluation: %llu listeners, room for %zu",
                        (unsigned long long)e->users, capacity);
    for (size_t i = 0; i < e->users; i++)
        values[i] = value_of(&e->kept[i], figure);
    return LTREC_OK;
}
