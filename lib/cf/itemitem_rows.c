/*
 * itemitem_rows.c - X, and rows of G
 *
 * A row of G is added up in the order of listeners, by one task: its bits do
 * not depend on who asks for it.
 */
#include "cf/itemitem_fit.h"

#include <string.h>

#include "base/context.h"

/* No pair counts for less: its square must not vanish among sums. */
#define LEAST_VALUE 1e-6

static void fill_values(struct ltr_itemitem_fit *fit, uint64_t *next)
{
    const struct ltr_pairs *users = &fit->plays->by_user;

    for (size_t u = 0; u < users->n; u++) {
        uint64_t begin = users->starts[u], end = users->starts[u + 1];
        double sum = 0, mean;

        for (uint64_t p = begin; p < end; p++)
            sum += ltr_itemitem_value(fit->o.value, fit->o.epsilon,
                                      users->counts[p]);
        mean = sum > 0 ? sum / (double)(end - begin) : 1;
        for (uint64_t p = begin; p < end; p++) {
            double value = ltr_itemitem_value(fit->o.value, fit->o.epsilon,
                                              users->counts[p]) /
                           mean;

            fit->user_values[p] =
                (float)(value > LEAST_VALUE ? value : LEAST_VALUE);
            fit->item_values[next[users->others[p]]++] = fit->user_values[p];
        }
    }
}

int ltr_itemitem_values(struct ltr_itemitem_fit *fit)
{
    size_t n_pairs = fit->plays->n_pairs;
    uint64_t *next;

    if (fit->o.value == LTREC_ITEMITEM_PLAYED)
        return LTREC_OK;
    fit->user_values = ltr_alloc(fit->ctx, n_pairs, sizeof(float));
    fit->item_values = ltr_alloc(fit->ctx, n_pairs, sizeof(float));
    next = ltr_alloc(fit->ctx, fit->n, sizeof *next);
    if (!fit->user_values || !fit->item_values || !next) {
        ltr_free(fit->ctx, next);
        return LTREC_ERR_MEMORY;
    }
    if (fit->n > 0)
        memcpy(next, fit->plays->by_item.starts, fit->n * sizeof *next);
    fill_values(fit, next);
    ltr_free(fit->ctx, next);
    return LTREC_OK;
}

void ltr_itemitem_measure(struct ltr_itemitem_fit *fit)
{
    const struct ltr_pairs *items = &fit->plays->by_item;

    for (size_t item = 0; item < fit->n; item++)
        for (uint64_t p = items->starts[item]; p < items->starts[item + 1];
             p++) {
            double x = fit->item_values ? (double)fit->item_values[p] : 1;

            fit->diagonal[item] += x * x;
            fit->touches[item] +=
                ltr_pairs_in_row(&fit->plays->by_user, items->others[p]);
        }
}

size_t ltr_itemitem_row_of(const struct ltr_itemitem_fit *fit, size_t item,
                           struct ltr_itemitem_bench *bench)
{
    const struct ltr_pairs *items = &fit->plays->by_item;
    const struct ltr_pairs *users = &fit->plays->by_user;
    double *sums = bench->sums;
    size_t n = 0;

    for (uint64_t p = items->starts[item]; p < items->starts[item + 1]; p++) {
        uint32_t user = items->others[p];
        double x = fit->item_values ? (double)fit->item_values[p] : 1;

        for (uint64_t q = users->starts[user]; q < users->starts[user + 1];
             q++) {
            uint32_t other = users->others[q];

            if (sums[other] == 0)
                bench->touched[n++] = other;
            sums[other] +=
                fit->user_values ? x * (double)fit->user_values[q] : x;
        }
    }
    return n;
}

void ltr_itemitem_clear(struct ltr_itemitem_bench *bench, size_t n_touched)
{
    for (size_t i = 0; i < n_touched; i++)
        bench->sums[bench->touched[i]] = 0;
}
