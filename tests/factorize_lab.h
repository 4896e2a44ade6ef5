/*
 * factorize_lab.h - plays to be factorized, and the equations said again
 *
 * For the tests of factorizing: setup() and teardown() are their fixture.
 */
#ifndef FACTORIZE_LAB_H
#define FACTORIZE_LAB_H

#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/interactions.h"
#include "small_plays.h"

#define RANK 10 /* not a whole register */

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_factorize_options o;
static ltrec_factors *users, *items;
static double losses[40];
static ltrec_factorize_report report;
static ltrec_error err;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    x = small_plays_finished(ctx, &plays);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = 12;
    o.confidence = LTREC_CONFIDENCE_LOG;
    o.alpha0 = 0.3;
    report = (ltrec_factorize_report){
        .size = sizeof report, .losses = losses, .capacity = 40};
}

static inline void let_go(void)
{
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    users = items = NULL;
}

static inline void teardown(void)
{
    let_go();
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
}

static inline void factorize(void)
{
    let_go();
    ck_assert_msg(ltrec_factorize(ctx, x, &o, &users, &items, &report, &err) ==
                      LTREC_OK,
                  "%s", err.message);
}

/* A prior of two played items and two that nobody played. */
static inline ltrec_factors *make_prior(uint32_t rank)
{
    const uint64_t ids[] = {5, 1000, UINT64_MAX, 1007};
    float vectors[4 * RANK];
    ltrec_factors_options options;
    ltrec_factors *prior;

    ltrec_factors_options_init(&options, sizeof options);
    options.feature_version = 12;
    for (size_t i = 0; i < 4 * RANK; i++)
        vectors[i] = ltr_random_normal(9, 9, i);
    ck_assert_int_eq(ltrec_factors_create(ctx, 4, rank, ids, vectors, &options,
                                          &prior, NULL),
                     LTREC_OK);
    return prior;
}

/* ---- The equations, said again ------------------------------------------ */

static inline double weight(float count)
{
    switch (o.confidence) {
    case LTREC_CONFIDENCE_CONSTANT:
        return o.alpha;
    case LTREC_CONFIDENCE_LINEAR:
        return o.alpha * (double)count;
    default:
        return o.alpha * log(1 + (double)count / o.epsilon);
    }
}

static inline double rho(size_t n, size_t others)
{
    return o.lambda * pow((double)n + o.alpha0 * (double)others, o.nu);
}

static inline double score(size_t user, size_t item)
{
    double sum = 0;

    for (size_t j = 0; j < RANK; j++)
        sum += (double)ltrec_factors_vectors(users)[user * RANK + j] *
               (double)ltrec_factors_vectors(items)[item * RANK + j];
    return sum;
}

static inline double square(const ltrec_factors *f, size_t row)
{
    double norm = (double)ltrec_factors_norms(f)[row];

    return norm * norm;
}

/* The count of a pair, or 0. */
static inline float count_of(size_t user, size_t item)
{
    const uint32_t *others;
    const float *counts;
    size_t n;

    ltrec_interactions_user_row(x, user, &n, &others, &counts);
    for (size_t i = 0; i < n; i++)
        if (others[i] == item)
            return counts[i];
    return 0;
}

/* Over each and every pair, without any identity. */
static inline double loss_in_full(void)
{
    size_t n_users = ltrec_factors_count(users);
    size_t n_items = ltrec_factors_count(items);
    double loss = 0;

    for (size_t u = 0; u < n_users; u++)
        for (size_t i = 0; i < n_items; i++) {
            float count = count_of(u, i);
            double s = score(u, i), w = count > 0 ? weight(count) : 0;
            double wanted = count > 0 && o.form == LTREC_LOSS_HU;

            loss += o.alpha0 * (s - wanted) * (s - wanted);
            loss += w * (s - 1) * (s - 1);
        }
    for (size_t u = 0; u < n_users; u++)
        loss += rho(ltrec_factors_plays(users)[u], n_items) * square(users, u);
    for (size_t i = 0; i < n_items; i++)
        loss += rho(ltrec_factors_plays(items)[i], n_users) * square(items, i);
    return loss;
}

#endif /* FACTORIZE_LAB_H */
