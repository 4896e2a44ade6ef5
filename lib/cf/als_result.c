/*
 * als_result.c - what a factorization hands out
 */
#include "cf/als_run.h"
#include "cf/emphasis.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "cf/variance.h"
#include "factors/factors.h"
#include "math/sort.h"

static void free_rows(ltrec_context *ctx, struct ltr_factor_rows *rows)
{
    ltr_free(ctx, rows->ids);
    ltr_free(ctx, rows->vectors);
    ltr_free(ctx, rows->plays);
    ltr_free(ctx, rows->variance);
}

/* The ids of all rows, ascending: of the side's, then of the prior's. */
static int merge_ids(struct ltr_run *run, const struct ltr_side *side,
                     const ltrec_factors *prior, struct ltr_factor_rows *rows)
{
    size_t n_prior = prior ? prior->count : 0, solved = side->pairs->n;

    rows->ids = ltr_alloc(run->ctx, solved + n_prior, sizeof *rows->ids);
    if (!rows->ids)
        return LTREC_ERR_MEMORY;
    for (rows->n = 0; rows->n < solved; rows->n++)
        rows->ids[rows->n] = side->pairs->ids[rows->n];
    for (size_t i = 0; i < n_prior; i++) {
        size_t found;

        if (ltrec_interactions_find_item(run->plays, prior->ids[i], &found) !=
            LTREC_OK)
            rows->ids[rows->n++] = prior->ids[i];
    }
    ltr_sort_in_place(rows->ids, rows->n);
    return LTREC_OK;
}

/* Rows of the rank in place of rows of the width, which has no more floats. */
static void squeeze(const struct ltr_run *run, float *vectors, size_t n)
{
    size_t rank = run->options.rank;

    for (size_t row = 1; row < n && rank < run->width; row++)
        memmove(vectors + row * rank, vectors + row * run->width,
                rank * sizeof *vectors);
}

/* Row `i` of those handed out is one of the prior's. */
static void take_prior(const struct ltr_run *run, const ltrec_factors *prior,
                       struct ltr_factor_rows *rows, size_t i)
{
    size_t rank = run->options.rank, row;

    if (ltrec_factors_find(prior, rows->ids[i], &row) != LTREC_OK)
        return;
    memcpy(rows->vectors + i * rank, prior->vectors + row * rank,
           rank * sizeof(float));
    if (rows->variance)
        rows->variance[i] = ltr_variance_unplayed(
            &run->sweep, run->users.pairs->n, run->noise);
}

static int take_memory(struct ltr_run *run, struct ltr_side *side,
                       const float *variance, struct ltr_factor_rows *rows)
{
    rows->plays = ltr_alloc(run->ctx, rows->n, sizeof *rows->plays);
    if (variance)
        rows->variance = ltr_alloc(run->ctx, rows->n, sizeof *variance);
    if (rows->n == side->pairs->n) {
        rows->vectors = side->vectors;
        side->vectors = NULL;
        squeeze(run, rows->vectors, rows->n);
    } else {
        rows->vectors =
            ltr_alloc(run->ctx, rows->n * run->options.rank, sizeof(float));
    }
    return rows->plays && rows->vectors && (!variance || rows->variance)
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

/* The vectors of a side are moved where nothing comes between them. */
static int collect(struct ltr_run *run, struct ltr_side *side,
                   const ltrec_factors *prior, struct ltr_factor_rows *rows)
{
    size_t rank = run->options.rank, solved = 0;
    const float *variance = side == &run->items ? run->variance : NULL;

    if (merge_ids(run, side, prior, rows) != LTREC_OK ||
        take_memory(run, side, variance, rows) != LTREC_OK)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < rows->n; i++) {
        if (solved == side->pairs->n ||
            side->pairs->ids[solved] != rows->ids[i]) {
            take_prior(run, prior, rows, i);
            continue;
        }
        if (side->vectors)
            memcpy(rows->vectors + i * rank,
                   side->vectors + solved * run->width, rank * sizeof(float));
        if (variance)
            rows->variance[i] = variance[solved];
        rows->plays[i] = (uint32_t)ltr_pairs_in_row(side->pairs, solved++);
    }
    run->report.n_unplayed += rows->n - solved;
    return LTREC_OK;
}

static int hand_out(struct ltr_run *run, struct ltr_side *side,
                    const ltrec_factors *prior, uint64_t model_id,
                    ltrec_factors **out, ltrec_error *err)
{
    double packed[LTR_RECIPE_ENTRIES];
    struct ltr_factor_rows rows = {0};
    int status = collect(run, side, prior, &rows);

    ltr_free(run->ctx, side->vectors);
    side->vectors = NULL;
    if (status == LTREC_OK)
        status = ltr_factors_adopt(run->ctx, &rows, run->options.rank,
                                   model_id, out, err);
    else
        ltr_fail(err, status, "factorize: no memory for the factors");
    free_rows(run->ctx, &rows);
    if (status != LTREC_OK)
        return status;
    if (prior)
        (*out)->feature_version = prior->feature_version;
    ltr_recipe_pack(&run->sweep.recipe, side == &run->items, packed);
    ltr_factors_set_recipe(*out, packed);
    return LTREC_OK;
}

int ltr_run_finish(struct ltr_run *run, ltrec_factors **users,
                   ltrec_factors **items, ltrec_error *err)
{
    int status;

    ltr_emphasis_end(run->width, &run->items);
    status =
        hand_out(run, &run->items, run->options.item_prior, 0, items, err);
    if (status != LTREC_OK)
        return status;
    status = hand_out(run, &run->users, NULL, (*items)->model_id, users, err);
    if (status != LTREC_OK) {
        ltrec_factors_free(*items);
        *items = NULL;
    }
    return status;
}
