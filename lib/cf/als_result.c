/*
 * als_result.c - what a factorization hands out
 */
#include "cf/als_run.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "cf/variance.h"
#include "factors/factors.h"
#include "math/sort.h"

/* Rows as they are handed out: those solved, and those only foreseen. */
struct rows {
    size_t n;
    uint64_t *ids;
    float *vectors;
    uint32_t *plays;
    float *variance; /* or NULL */
};

static void free_rows(ltrec_context *ctx, struct rows *rows)
{
    ltr_free(ctx, rows->ids);
    ltr_free(ctx, rows->vectors);
    ltr_free(ctx, rows->plays);
    ltr_free(ctx, rows->variance);
}

/* The ids of all rows, ascending: of the side's, then of the prior's. */
static int merge_ids(struct ltr_run *run, const struct ltr_side *side,
                     const ltrec_factors *prior, struct rows *rows)
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

static int collect(struct ltr_run *run, const struct ltr_side *side,
                   const ltrec_factors *prior, struct rows *rows)
{
    size_t rank = run->options.rank, solved = 0, row;
    const float *variance = side == &run->items ? run->variance : NULL;

    if (merge_ids(run, side, prior, rows) != LTREC_OK)
        return LTREC_ERR_MEMORY;
    rows->vectors = ltr_alloc(run->ctx, rows->n * rank, sizeof(float));
    rows->plays = ltr_alloc(run->ctx, rows->n, sizeof *rows->plays);
    if (variance)
        rows->variance = ltr_alloc(run->ctx, rows->n, sizeof *variance);
    if (!rows->vectors || !rows->plays || (variance && !rows->variance))
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < rows->n; i++) {
        const float *from = NULL;

        if (solved < side->pairs->n &&
            side->pairs->ids[solved] == rows->ids[i]) {
            from = side->vectors + solved * run->width;
            rows->plays[i] = (uint32_t)ltr_pairs_in_row(side->pairs, solved);
            if (variance)
                rows->variance[i] = variance[solved];
            solved++;
        } else if (ltrec_factors_find(prior, rows->ids[i], &row) == LTREC_OK) {
            from = prior->vectors + row * rank;
            if (variance)
                rows->variance[i] = ltr_variance_unplayed(
                    &run->sweep, run->users.pairs->n, run->noise);
        }
        if (from)
            memcpy(rows->vectors + i * rank, from, rank * sizeof *from);
    }
    run->report.n_unplayed += rows->n - solved;
    return LTREC_OK;
}

/* The vectors of `side` are gone afterwards, to not be in memory thrice. */
static int hand_out(struct ltr_run *run, struct ltr_side *side,
                    const ltrec_factors *prior, uint64_t model_id,
                    ltrec_factors **out, ltrec_error *err)
{
    double packed[LTR_RECIPE_ENTRIES];
    ltrec_factors_options o;
    struct rows rows = {0};
    int status = collect(run, side, prior, &rows);

    ltr_free(run->ctx, side->vectors);
    side->vectors = NULL;
    if (status == LTREC_OK) {
        ltrec_factors_options_init(&o, sizeof o);
        o.plays = rows.plays;
        o.variance = rows.variance;
        o.model_id = model_id;
        status = ltrec_factors_create(run->ctx, rows.n, run->options.rank,
                                      rows.ids, rows.vectors, &o, out, err);
    } else {
        ltr_fail(err, status, "factorize: no memory for the factors");
    }
    free_rows(run->ctx, &rows);
    if (status != LTREC_OK)
        return status;
    ltr_recipe_pack(&run->sweep.recipe, packed);
    ltr_factors_set_recipe(*out, packed);
    return LTREC_OK;
}

int ltr_run_finish(struct ltr_run *run, ltrec_factors **users,
                   ltrec_factors **items, ltrec_error *err)
{
    int status =
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
