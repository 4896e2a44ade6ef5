/*
 * itemitem.c - asking an item-item model
 */
#include "cf/itemitem.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "math/topk.h"
#include "store/store.h"

#define NOT_THERE SIZE_MAX

/* ---- Life cycle --------------------------------------------------------- */

ltrec_itemitem *ltr_itemitem_empty(ltrec_context *ctx)
{
    ltrec_itemitem *m = ltr_alloc(ctx, 1, sizeof *m);

    if (m) {
        m->ctx = ltr_context_ref(ctx);
        atomic_init(&m->references, 1);
    }
    return m;
}

ltrec_itemitem *ltr_itemitem_ref(const ltrec_itemitem *model)
{
    /* The count of readers is the one thing about a model that changes. */
    ltrec_itemitem *m = (ltrec_itemitem *)(uintptr_t)model;

    atomic_fetch_add_explicit(&m->references, 1, memory_order_relaxed);
    return m;
}

void ltrec_itemitem_free(ltrec_itemitem *model)
{
    ltrec_context *ctx;

    if (!model || atomic_fetch_sub_explicit(&model->references, 1,
                                            memory_order_acq_rel) != 1)
        return;
    ctx = model->ctx;
    if (!model->reader) {
        const void *arrays[] = {model->ids, model->plays, model->starts,
                                model->others, model->weights};

        for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
            ltr_free(ctx, (void *)(uintptr_t)arrays[i]);
    }
    ltr_store_close(model->reader);
    ltr_free(ctx, model);
    ltr_context_unref(ctx);
}

/* ---- Questions ---------------------------------------------------------- */

size_t ltrec_itemitem_count(const ltrec_itemitem *model)
{
    return model ? model->count : 0;
}

size_t ltrec_itemitem_n_weights(const ltrec_itemitem *model)
{
    return model ? (size_t)model->starts[model->count] : 0;
}

const uint64_t *ltrec_itemitem_ids(const ltrec_itemitem *model)
{
    return model ? model->ids : NULL;
}

const uint32_t *ltrec_itemitem_plays(const ltrec_itemitem *model)
{
    return model ? model->plays : NULL;
}

static size_t item_of(const ltrec_itemitem *m, uint64_t id)
{
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (m->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->count && m->ids[low] == id ? low : NOT_THERE;
}

int ltrec_itemitem_find(const ltrec_itemitem *model, uint64_t id, size_t *item)
{
    size_t found = model && item ? item_of(model, id) : NOT_THERE;

    if (found == NOT_THERE)
        return LTREC_ERR_ARGUMENT;
    *item = found;
    return LTREC_OK;
}

int ltrec_itemitem_row(const ltrec_itemitem *model, size_t item, size_t *n,
                       const uint32_t **others, const float **weights)
{
    if (!model || item >= model->count || !n || !others || !weights)
        return LTREC_ERR_ARGUMENT;
    *n = (size_t)(model->starts[item + 1] - model->starts[item]);
    *others = model->others + model->starts[item];
    *weights = model->weights + model->starts[item];
    return LTREC_OK;
}

/* ---- Scores ------------------------------------------------------------- */

double ltr_itemitem_value(int32_t value, double epsilon, float count)
{
    return value == LTREC_ITEMITEM_LOG ? log1p((double)count / epsilon) : 1;
}

static double value_at(const ltrec_itemitem *m, const float *counts, size_t i)
{
    return ltr_itemitem_value(m->value, m->epsilon, counts ? counts[i] : 1);
}

static int check_plays(const ltrec_itemitem *m, size_t n, const uint64_t *ids,
                       const float *counts, ltrec_error *err)
{
    if (!m || (n > 0 && !ids))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: needs a model and ids");
    for (size_t i = 0; counts && i < n; i++)
        if (!(counts[i] > 0) || !isfinite(counts[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "itemitem: count %zu is %g, must be above 0 and "
                            "finite",
                            i, (double)counts[i]);
    return LTREC_OK;
}

/* The mean value of the plays that are known, as when fitting; 1 of none. */
static double mean_value(const ltrec_itemitem *m, size_t n,
                         const uint64_t *ids, const float *counts,
                         size_t *n_known)
{
    double sum = 0;

    *n_known = 0;
    for (size_t i = 0; i < n; i++)
        if (item_of(m, ids[i]) != NOT_THERE) {
            sum += value_at(m, counts, i);
            ++*n_known;
        }
    return sum > 0 ? sum / (double)*n_known : 1;
}

int ltrec_itemitem_score(const ltrec_itemitem *model, size_t n,
                         const uint64_t *ids, const float *counts,
                         float *scores, size_t *n_known, ltrec_error *err)
{
    size_t known;
    double mean;
    ltr_fpu saved;
    int status = check_plays(model, n, ids, counts, err);

    if (status != LTREC_OK)
        return status;
    if (!scores && model->count > 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "itemitem: `scores` is NULL");
    saved = ltr_flush_begin();
    mean = mean_value(model, n, ids, counts, &known);
    if (model->count > 0)
        memset(scores, 0, model->count * sizeof *scores);
    for (size_t i = 0; i < n; i++) {
        size_t item = item_of(model, ids[i]);
        float value = (float)(value_at(model, counts, i) / mean);

        if (item == NOT_THERE)
            continue;
        for (uint64_t w = model->starts[item]; w < model->starts[item + 1];
             w++)
            scores[model->others[w]] += value * model->weights[w];
    }
    ltr_flush_end(saved);
    if (n_known)
        *n_known = known;
    return LTREC_OK;
}

/* The weight of `other` in the row of `item`, or 0. */
static float weight_of(const ltrec_itemitem *m, size_t item, size_t other)
{
    uint64_t low = m->starts[item], end = m->starts[item + 1], high = end;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (m->others[middle] < other)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && m->others[low] == other ? m->weights[low] : 0;
}

int ltrec_itemitem_parts(const ltrec_itemitem *model, uint64_t item, size_t n,
                         const uint64_t *ids, const float *counts,
                         float *parts, ltrec_error *err)
{
    size_t target, known;
    double mean;
    ltr_fpu saved;
    int status = check_plays(model, n, ids, counts, err);

    if (status != LTREC_OK)
        return status;
    target = item_of(model, item);
    if (target == NOT_THERE || (n > 0 && !parts))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: needs an item of the model and `parts`");
    saved = ltr_flush_begin();
    mean = mean_value(model, n, ids, counts, &known);
    for (size_t i = 0; i < n; i++) {
        size_t source = item_of(model, ids[i]);

        parts[i] = source == NOT_THERE
                       ? 0
                       : (float)(value_at(model, counts, i) / mean) *
                             weight_of(model, source, target);
    }
    ltr_flush_end(saved);
    return LTREC_OK;
}

int ltrec_itemitem_similar(const ltrec_itemitem *model, uint64_t id, size_t k,
                           uint64_t *ids, float *weights, size_t *n_found)
{
    size_t item = model ? item_of(model, id) : NOT_THERE;
    struct ltr_topk top;

    if (item == NOT_THERE || !n_found || (k > 0 && (!ids || !weights)))
        return LTREC_ERR_ARGUMENT;
    ltr_topk_init(&top, k, weights, ids);
    for (uint64_t w = model->starts[item]; w < model->starts[item + 1]; w++)
        if (model->weights[w] > 0)
            ltr_topk_offer(&top, model->weights[w],
                           model->ids[model->others[w]]);
    *n_found = ltr_topk_finish(&top);
    return LTREC_OK;
}
