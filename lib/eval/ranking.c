/*
 * ranking.c - lists held against what was relevant
 *
 * recall@k with min(k, relevant) below: D. Liang, R. Krishnan, M. Hoffman,
 * T. Jebara, "Variational autoencoders for collaborative filtering", 2018;
 * NDCG: K. Jarvelin, J. Kekalainen 2002, with binary gain; MAP@500 as in the
 * Million Song Dataset Challenge, B. McFee et al. 2012.
 */
#include "eval/measure.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "math/sort.h"

static const ltrec_evaluation_options defaults = {
    .size = sizeof defaults,
    .head = 0.2,
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

int ltr_eval_holds(const uint32_t *items, size_t n, uint32_t item)
{
    size_t from = 0, to = n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (items[middle] < item)
            from = middle + 1;
        else
            to = middle;
    }
    return from < n && items[from] == item;
}

int ltr_eval_is_row(const uint32_t *items, size_t n, size_t limit)
{
    for (size_t i = 0; i < n; i++)
        if (items[i] >= limit || (i > 0 && items[i] <= items[i - 1]))
            return 0;
    return 1;
}

/* ---- One ranking -------------------------------------------------------- */

double ltrec_ranking_recall(size_t n, const uint32_t *ranked,
                            size_t n_relevant, const uint32_t *relevant,
                            size_t k)
{
    size_t hits = 0, ideal = smaller(k, n_relevant);

    for (size_t i = 0; i < smaller(k, n); i++)
        hits += (size_t)ltr_eval_holds(relevant, n_relevant, ranked[i]);
    return ideal ? (double)hits / (double)ideal : 0;
}

double ltrec_ranking_ndcg(size_t n, const uint32_t *ranked, size_t n_relevant,
                          const uint32_t *relevant, size_t k)
{
    double gain = 0, ideal = 0;

    for (size_t i = 0; i < smaller(k, n); i++)
        if (ltr_eval_holds(relevant, n_relevant, ranked[i]))
            gain += 1 / log2((double)i + 2);
    for (size_t i = 0; i < smaller(k, n_relevant); i++)
        ideal += 1 / log2((double)i + 2);
    return ideal > 0 ? gain / ideal : 0;
}

double ltrec_ranking_average_precision(size_t n, const uint32_t *ranked,
                                       size_t n_relevant,
                                       const uint32_t *relevant, size_t k)
{
    size_t hits = 0, ideal = smaller(k, n_relevant);
    double sum = 0;

    for (size_t i = 0; i < smaller(k, n); i++)
        if (ltr_eval_holds(relevant, n_relevant, ranked[i]))
            sum += (double)++hits / (double)(i + 1);
    return ideal ? sum / (double)ideal : 0;
}

static double tail_recall(const ltrec_evaluation *e, size_t n,
                          const uint32_t *ranked, size_t n_relevant,
                          const uint32_t *relevant, uint32_t *has_tail)
{
    size_t hits = 0, n_tail = 0, ideal;

    for (size_t i = 0; i < n_relevant; i++)
        n_tail += e->tail[relevant[i]];
    for (size_t i = 0; i < smaller(LTR_COVERED, n); i++)
        hits += e->tail[ranked[i]] &&
                ltr_eval_holds(relevant, n_relevant, ranked[i]);
    ideal = smaller(LTR_COVERED, n_tail);
    *has_tail = ideal > 0;
    return ideal ? (double)hits / (double)ideal : 0;
}

struct ltr_measures ltr_eval_measure(const ltrec_evaluation *e, size_t n,
                                     const uint32_t *ranked, size_t n_relevant,
                                     const uint32_t *relevant)
{
    struct ltr_measures m = {.has_relevant = n_relevant > 0};

    m.recall_20 = ltrec_ranking_recall(n, ranked, n_relevant, relevant, 20);
    m.recall_50 = ltrec_ranking_recall(n, ranked, n_relevant, relevant, 50);
    m.ndcg_100 = ltrec_ranking_ndcg(n, ranked, n_relevant, relevant, 100);
    m.precision_500 = ltrec_ranking_average_precision(
        n, ranked, n_relevant, relevant, LTR_LIST_LENGTH);
    m.tail_recall_20 =
        tail_recall(e, n, ranked, n_relevant, relevant, &m.has_tail);
    return m;
}

/* ---- Many rankings ------------------------------------------------------ */

void ltrec_evaluation_options_init(ltrec_evaluation_options *options,
                                   size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

static int check_options(const ltrec_evaluation_options *o, size_t n_items,
                         ltrec_error *err)
{
    if (!(o->head >= 0 && o->head <= 1))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: a head outside 0 to 1");
    for (size_t i = 0; o->plays && i < n_items; i++)
        if (!isfinite(o->plays[i]) || o->plays[i] < 0)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "evaluation: plays of item %zu are negative or "
                            "not finite",
                            i);
    return LTREC_OK;
}

/* Everything but the most played; equal plays are ordered by number. */
static int mark_tail(ltrec_evaluation *e, const ltrec_evaluation_options *o,
                     ltrec_error *err)
{
    size_t n = e->n_items, n_head = (size_t)(o->head * (double)n);
    uint64_t *keys = ltr_alloc(e->ctx, n, sizeof *keys);
    uint32_t *order = ltr_alloc(e->ctx, n, 2 * sizeof *order);
    int status = LTREC_OK;

    if (!keys || !order) {
        status = ltr_fail(err, LTREC_ERR_MEMORY, "evaluation: no memory");
    } else {
        for (size_t i = 0; i < n; i++)
            keys[i] = ~ltr_sort_key_of((double)o->plays[i]);
        ltr_sort_order(keys, order, order + n, n);
        for (size_t i = n_head; i < n; i++)
            e->tail[order[i]] = 1;
    }
    ltr_free(e->ctx, keys);
    ltr_free(e->ctx, order);
    return status;
}

int ltrec_evaluation_create(ltrec_context *ctx, size_t n_items,
                            const ltrec_evaluation_options *options,
                            ltrec_evaluation **out, ltrec_error *err)
{
    ltrec_evaluation_options o = defaults;
    ltrec_evaluation *e;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "evaluation: `out` is NULL");
    *out = NULL;
    if (!ctx || n_items == 0 || n_items > UINT32_MAX)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: needs a context and 1 to 2^32 - 1 items, "
                        "not %zu",
                        n_items);
    status = ltr_options_read(&o, sizeof o, options, "evaluation", err);
    if (status == LTREC_OK)
        status = check_options(&o, n_items, err);
    if (status != LTREC_OK)
        return status;

    e = ltr_alloc(ctx, 1, sizeof *e);
    if (!e)
        return ltr_fail(err, LTREC_ERR_MEMORY, "evaluation: no memory");
    e->ctx = ltr_context_ref(ctx);
    e->n_items = n_items;
    e->wants_auc = o.auc != 0;
    e->keeps = o.listeners != 0;
    e->tail = ltr_alloc(ctx, n_items, 1);
    e->covered = ltr_alloc(ctx, n_items, 1);
    if (!e->tail || !e->covered)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "evaluation: no memory");
    else if (o.plays)
        status = mark_tail(e, &o, err);
    if (status != LTREC_OK) {
        ltrec_evaluation_free(e);
        return status;
    }
    *out = e;
    return LTREC_OK;
}

void ltrec_evaluation_free(ltrec_evaluation *evaluation)
{
    ltrec_context *ctx;

    if (!evaluation)
        return;
    ctx = evaluation->ctx;
    ltr_free(ctx, evaluation->tail);
    ltr_free(ctx, evaluation->covered);
    ltr_free(ctx, evaluation->kept);
    ltr_free(ctx, evaluation);
    ltr_context_unref(ctx);
}

void ltr_eval_cover(unsigned char *covered, size_t n, const uint32_t *ranked)
{
    for (size_t i = 0; i < smaller(LTR_COVERED, n); i++)
        covered[ranked[i]] = 1;
}

void ltr_eval_sum(ltrec_evaluation *e, const struct ltr_measures *m)
{
    if (e->keeps && m->has_relevant)
        e->kept[e->users] = *m;
    e->users += m->has_relevant;
    e->tail_users += m->has_tail;
    e->auc_users += m->has_auc;
    e->sums.recall_20 += m->recall_20;
    e->sums.recall_50 += m->recall_50;
    e->sums.ndcg_100 += m->ndcg_100;
    e->sums.precision_500 += m->precision_500;
    e->sums.tail_recall_20 += m->tail_recall_20;
    e->sums.auc += m->auc;
}

/* Whether every item is below n_items and comes once. */
static int check_list(const ltrec_evaluation *e, size_t n,
                      const uint32_t *ranked, ltrec_error *err)
{
    unsigned char *seen = ltr_alloc(e->ctx, e->n_items, 1);
    int status = LTREC_OK;

    if (!seen)
        return ltr_fail(err, LTREC_ERR_MEMORY, "evaluation: no memory");
    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        if (ranked[i] >= e->n_items || seen[ranked[i]])
            status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                              "evaluation: item %u at place %zu is past %zu "
                              "items or there twice",
                              (unsigned)ranked[i], i, e->n_items);
        else
            seen[ranked[i]] = 1;
    }
    ltr_free(e->ctx, seen);
    return status;
}

int ltrec_evaluation_add(ltrec_evaluation *evaluation, size_t n,
                         const uint32_t *ranked, size_t n_relevant,
                         const uint32_t *relevant, ltrec_error *err)
{
    struct ltr_measures measures;
    int status;

    if (!evaluation || (n > 0 && !ranked) || (n_relevant > 0 && !relevant))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: needs an evaluation and two lists");
    if (!ltr_eval_is_row(relevant, n_relevant, evaluation->n_items))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "evaluation: relevant items out of order or past %zu",
                        evaluation->n_items);
    status = check_list(evaluation, n, ranked, err);
    if (status == LTREC_OK && ltr_eval_reserve(evaluation, 1) != LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "evaluation: no memory");
    if (status != LTREC_OK || n_relevant == 0)
        return status;
    measures = ltr_eval_measure(evaluation, n, ranked, n_relevant, relevant);
    ltr_eval_cover(evaluation->covered, n, ranked);
    ltr_eval_sum(evaluation, &measures);
    return LTREC_OK;
}

/* ---- The figures -------------------------------------------------------- */

static double part(double sum, double of)
{
    return of > 0 ? sum / of : 0;
}

void ltrec_evaluation_figures(const ltrec_evaluation *e,
                              ltrec_ranking_figures *figures, size_t size)
{
    ltrec_ranking_figures f = {.size = size};
    double users, covered = 0;

    if (!figures || size < sizeof f.size)
        return;
    if (e) {
        users = (double)e->users;
        for (size_t i = 0; i < e->n_items; i++)
            covered += e->covered[i];
        f.users = e->users;
        f.tail_users = e->tail_users;
        f.recall_20 = part(e->sums.recall_20, users);
        f.recall_50 = part(e->sums.recall_50, users);
        f.ndcg_100 = part(e->sums.ndcg_100, users);
        f.map_500 = part(e->sums.precision_500, users);
        f.tail_recall_20 = part(e->sums.tail_recall_20, (double)e->tail_users);
        f.coverage_20 = part(covered, (double)e->n_items);
        f.auc = part(e->sums.auc, (double)e->auc_users);
        f.auc_users = e->auc_users;
    }
    ltr_options_init(figures, size, &f, sizeof f);
}
