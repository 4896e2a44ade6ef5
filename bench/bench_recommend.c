/*
 * bench_recommend.c - lists, explanations and ways
 *
 * Over as many tracks as the size says, of rank 64, by 5 each of an artist,
 * for a listener of 50 plays: recommend_list, 50 tracks; recommend_rules, the
 * same with two of an artist, windows and diversity; recommend_explain, one
 * track of it; path, 25 tracks between two.  recommend_create: all of it made.
 */
#include <stdlib.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define BENCH_CLOCK CLOCK_PROCESS_CPUTIME_ID
#include "bench.h"

#define RANK 64
#define PLAYED 50
#define LIST 50

struct data {
    ltrec_context *ctx;
    ltrec_factors *factors;
    ltrec_recommender *recommender;
    uint64_t *ids, *artists;
    uint32_t *plays;
    size_t n;
    ltrec_listener listener;
    ltrec_list_options list;
    uint64_t found[LIST];
};

static void create(void *state)
{
    struct data *d = state;
    ltrec_recommender_sources sources;
    ltrec_recommender_items items;

    ltrec_recommender_free(d->recommender);
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = d->factors;
    ltrec_recommender_items_init(&items, sizeof items);
    items.n = d->n;
    items.ids = d->ids;
    items.artists = d->artists;
    items.plays = d->plays;
    if (ltrec_recommender_create(d->ctx, &sources, &items, NULL,
                                 &d->recommender, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
}

static void list(void *state)
{
    struct data *d = state;
    float scores[LIST];
    size_t n;

    if (ltrec_recommender_list(d->recommender, &d->listener, &d->list, LIST,
                               d->found, scores, &n, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
}

static void explain(void *state)
{
    struct data *d = state;
    ltrec_explanation e = {.size = sizeof e};
    uint64_t because[5];
    double shares[5];
    size_t n;

    ltrec_recommender_explain(d->recommender, &d->listener, &d->list,
                              d->found[0], &e, 5, because, shares, &n, NULL);
}

static void path(void *state)
{
    struct data *d = state;
    const uint64_t ends[] = {d->ids[0], d->ids[1]};
    float similarities[25];
    size_t n;

    ltrec_path(d->recommender, 2, ends, 25, NULL, d->found, similarities, &n,
               NULL);
}

static void draw(struct data *d, size_t n)
{
    float *vectors = malloc(n * RANK * sizeof *vectors);

    d->n = n;
    d->ids = malloc(n * sizeof *d->ids);
    d->artists = malloc(n * sizeof *d->artists);
    d->plays = malloc(n * sizeof *d->plays);
    if (!vectors || !d->ids || !d->artists || !d->plays)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < n; i++) {
        d->ids[i] = 7 + i * 3;
        d->artists[i] = 1 + i / 5;
        d->plays[i] = (uint32_t)ltr_random_below(1, 1, i, 1000);
        for (size_t j = 0; j < RANK; j++)
            vectors[i * RANK + j] =
                ltr_random_normal(2, i, j) / (float)(j + 1);
    }
    if (ltrec_factors_create(d->ctx, n, RANK, d->ids, vectors, NULL,
                             &d->factors, NULL) != LTREC_OK)
        exit(EXIT_FAILURE);
    free(vectors);
}

static void measure(struct data *d, size_t n)
{
    draw(d, n);
    ltrec_listener_init(&d->listener, sizeof d->listener);
    d->listener.n_played = PLAYED;
    d->listener.played = d->ids;
    ltrec_list_options_init(&d->list, sizeof d->list);
    bench("recommend_create", n, create, d);
    bench("recommend_list", n, list, d);
    d->list.per_artist = 2;
    d->list.artist_window = 3;
    d->list.diversity = 0.3;
    bench("recommend_rules", n, list, d);
    bench("recommend_explain", n, explain, d);
    bench("path", n, path, d);
    ltrec_recommender_free(d->recommender);
    ltrec_factors_free(d->factors);
    d->recommender = NULL;
    free(d->ids);
    free(d->artists);
    free(d->plays);
}

int main(void)
{
    struct data d = {0};

    if (ltrec_context_create(NULL, &d.ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    measure(&d, 10000);
    measure(&d, 100000);
    ltrec_context_free(d.ctx);
    return EXIT_SUCCESS;
}
