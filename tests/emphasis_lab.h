/*
 * emphasis_lab.h - a problem with item_power, written out pair by pair
 *
 * setup() and teardown() are the fixture of its tests.
 */
#ifndef EMPHASIS_LAB_H
#define EMPHASIS_LAB_H

#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/als_run.h"
#include "small_plays.h"

#define RANK 5
#define MOST_ITEMS (SMALL_ITEMS + 1)

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x, *dislikes;
static ltrec_factorize_options o;
static ltrec_factors *users, *items;
static double losses[60];
static ltrec_factorize_report report;
static ltrec_error err;

/* The taught pairs and what follows from them: the problem in full. */
static struct {
    size_t n_users, n_items;
    double weight[SMALL_USERS][MOST_ITEMS]; /* 0 where nobody played */
    double target[SMALL_USERS][MOST_ITEMS];
    double of_user[SMALL_USERS], of_item[MOST_ITEMS]; /* pairs */
    double emphasis[MOST_ITEMS];
} p;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    for (size_t i = 0; i < plays.n; i++) /* some are more popular */
        if (plays.items[i] % 3 == 0 && i % 2)
            plays.items[i] = 1000 + 7 * (i % 5);
    x = small_plays_finished(ctx, &plays);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = RANK;
    o.epochs = 6;
    o.alpha0 = 0.2;
    o.lambda = 0.05;
    o.item_power = 0.6;
    o.confidence = LTREC_CONFIDENCE_LOG;
    o.solver = LTREC_SOLVER_CHOLESKY;
    report = (ltrec_factorize_report){
        .size = sizeof report, .losses = losses, .capacity = 60};
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
    ltrec_interactions_free(dislikes);
    dislikes = NULL;
    ltrec_context_free(ctx);
}

/* Every seventh pair was turned down, by one thumb to three. */
static inline void turn_down(void)
{
    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &dislikes, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < plays.n; i += 7) {
        float thumbs = 1 + (float)(i % 3);

        ltrec_interactions_add(dislikes, 1, &plays.users[i], &plays.items[i],
                               &thumbs, NULL);
    }
    ck_assert_int_eq(ltrec_interactions_finish(dislikes, NULL, NULL, NULL),
                     LTREC_OK);
    o.dislikes = dislikes;
}

static inline void write_down(const struct ltr_run *run)
{
    const struct ltr_pairs *pairs = run->users.pairs;
    double sum = 0;

    memset(&p, 0, sizeof p);
    p.n_users = pairs->n;
    p.n_items = run->items.pairs->n;
    for (size_t u = 0; u < p.n_users; u++)
        for (uint64_t at = pairs->starts[u]; at < pairs->starts[u + 1]; at++) {
            size_t i = pairs->others[at];
            double count = (double)pairs->counts[at];

            p.weight[u][i] = log(1 + fabs(count));
            p.target[u][i] = count < 0 ? -1 : 1;
            p.of_user[u]++;
            p.of_item[i]++;
        }
    for (size_t i = 0; i < p.n_items; i++)
        sum += pow(fmax(1, p.of_item[i]), o.item_power);
    for (size_t i = 0; i < p.n_items; i++)
        p.emphasis[i] =
            pow(fmax(1, p.of_item[i]), o.item_power) * (double)p.n_items / sum;
}

static inline int factorize(ltrec_context *with)
{
    struct ltr_run run = {.ctx = ctx, .plays = x, .options = o};

    let_go();
    ck_assert_int_eq(ltr_run_prepare(&run, &err), LTREC_OK);
    write_down(&run);
    ltr_run_clean_up(&run);
    return ltrec_factorize(with, x, &o, &users, &items, &report, &err);
}

static inline const float *vector(const ltrec_factors *factors, size_t row)
{
    return ltrec_factors_vectors(factors) + row * RANK;
}

static inline double product(const float *a, const float *b)
{
    double sum = 0;

    for (size_t j = 0; j < RANK; j++)
        sum += (double)a[j] * (double)b[j];
    return sum;
}

/* Without regularisation. */
static inline double fit_in_full(void)
{
    double sum = 0;

    for (size_t u = 0; u < p.n_users; u++)
        for (size_t i = 0; i < p.n_items; i++) {
            double s = product(vector(users, u), vector(items, i));
            double off = s - p.target[u][i];
            int shifted = p.weight[u][i] > 0 && o.form == LTREC_LOSS_HU;

            sum += p.weight[u][i] * off * off;
            sum += o.alpha0 * p.emphasis[i] * (shifted ? off * off : s * s);
        }
    return sum;
}

static inline double rho_of_item(size_t i)
{
    return o.lambda *
           (p.of_item[i] + o.alpha0 * p.emphasis[i] * (double)p.n_users);
}

static inline double loss_in_full(void)
{
    double sum = fit_in_full();

    for (size_t u = 0; u < p.n_users; u++)
        sum += o.lambda * (p.of_user[u] + o.alpha0 * (double)p.n_items) *
               product(vector(users, u), vector(users, u));
    for (size_t i = 0; i < p.n_items; i++)
        sum += rho_of_item(i) * product(vector(items, i), vector(items, i));
    return sum;
}

#endif /* EMPHASIS_LAB_H */
