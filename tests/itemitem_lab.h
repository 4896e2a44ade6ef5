/*
 * itemitem_lab.h - a few plays and the item-item model of them
 *
 * For the tests of it: setup() and teardown() are their fixture.
 */
#ifndef ITEMITEM_LAB_H
#define ITEMITEM_LAB_H

#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/itemitem.h"
#include "small_plays.h"

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_itemitem_options o;
static ltrec_itemitem *model;
static ltrec_error err;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    x = small_plays_finished(ctx, &plays);
    ltrec_itemitem_options_init(&o, sizeof o);
    o.lambda = 5;
}

static inline void teardown(void)
{
    ltrec_itemitem_free(model);
    model = NULL;
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
}

static inline void fit(void)
{
    ltrec_itemitem_free(model);
    ck_assert_int_eq(ltrec_itemitem_fit(ctx, x, &o, &model, &err), LTREC_OK);
}

static inline double weight(size_t i, size_t j)
{
    const uint32_t *others;
    const float *weights;
    size_t n;

    ltrec_itemitem_row(model, i, &n, &others, &weights);
    for (size_t p = 0; p < n; p++)
        if (others[p] == j)
            return (double)weights[p];
    return 0;
}

#endif /* ITEMITEM_LAB_H */
