/*
 * foldin_lab.h - factors to fold listeners in against
 *
 * For the tests of folding in: setup() and teardown() are their fixture.
 */
#ifndef FOLDIN_LAB_H
#define FOLDIN_LAB_H

#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "small_plays.h"

#define RANK 12

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_factorize_options o;
static ltrec_factors *users, *items;
static ltrec_foldin *foldin;
static ltrec_error err;

static inline void factorize(void)
{
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &users, &items, NULL, &err),
                     LTREC_OK);
}

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    x = small_plays_finished(ctx, &plays);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = 5;
    o.confidence = LTREC_CONFIDENCE_LOG;
    o.solver = LTREC_SOLVER_CHOLESKY;
}

static inline void teardown(void)
{
    ltrec_foldin_free(foldin);
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    ltrec_interactions_free(x);
    foldin = NULL;
    users = items = NULL;
    ltrec_context_free(ctx);
}

static inline void create(const ltrec_factorize_options *options)
{
    ck_assert_int_eq(ltrec_foldin_create(ctx, items, options, &foldin, &err),
                     LTREC_OK);
}

static inline void same(const float *a, const float *b, double tolerance)
{
    double distance = 0, length = 0;

    for (size_t j = 0; j < RANK; j++) {
        distance += pow((double)a[j] - (double)b[j], 2);
        length += pow((double)b[j], 2);
    }
    ck_assert_double_le(sqrt(distance), tolerance * sqrt(length));
}

#endif /* FOLDIN_LAB_H */
