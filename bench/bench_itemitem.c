/*
 * bench_itemitem.c - fitting an item-item model, and asking it
 *
 * itemitem_ease and itemitem_cosine: fits of as many items as the size says,
 * 4,000 listeners of 50 plays each, popular items far more often; the
 * processor's time of one thread.  itemitem_score: all items scored for a
 * listener with as many plays as the size says.
 */
#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID

#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

#include "bench.h"

#define LISTENERS 4000
#define ITEMS 1500
#define PLAYS 50

struct data {
    ltrec_context *ctx;
    ltrec_interactions *plays;
    ltrec_itemitem_options options;
    ltrec_itemitem *model;
    uint64_t listener[PLAYS];
    float scores[ITEMS];
};

static void fit(void *state)
{
    struct data *d = state;

    ltrec_itemitem_free(d->model);
    if (ltrec_itemitem_fit(d->ctx, d->plays, &d->options, &d->model, NULL) !=
        LTREC_OK)
        exit(EXIT_FAILURE);
}

static void score(void *state)
{
    struct data *d = state;

    ltrec_itemitem_score(d->model, PLAYS, d->listener, NULL, d->scores, NULL,
                         NULL);
}

static void draw(struct data *d)
{
    uint32_t x = 1;

    if (ltrec_interactions_create(d->ctx, NULL, &d->plays, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    for (uint64_t i = 0; i < (uint64_t)LISTENERS * PLAYS; i++) {
        uint64_t user = i / PLAYS, item;
        float u, count = 1;

        x = x * 1664525u + 1013904223u;
        u = (float)(x >> 8) / (1 << 24);
        item = (uint64_t)(u * u * ITEMS);
        d->listener[i % PLAYS] = item;
        if (ltrec_interactions_add(d->plays, 1, &user, &item, &count, NULL) !=
            LTREC_OK)
            exit(EXIT_FAILURE);
    }
    if (ltrec_interactions_finish(d->plays, NULL, NULL, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
}

int main(void)
{
    static struct data d;

    if (ltrec_context_create(NULL, &d.ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    draw(&d);
    ltrec_itemitem_options_init(&d.options, sizeof d.options);
    d.options.method = LTREC_ITEMITEM_COSINE;
    bench("itemitem_cosine", ltrec_interactions_n_items(d.plays), fit, &d);
    d.options.method = LTREC_ITEMITEM_EASE;
    bench("itemitem_ease", ltrec_interactions_n_items(d.plays), fit, &d);
    bench("itemitem_score", PLAYS, score, &d);
    ltrec_itemitem_free(d.model);
    ltrec_interactions_free(d.plays);
    ltrec_context_free(d.ctx);
    return EXIT_SUCCESS;
}
