/*
 * world_plays.c - who listens to what, and how often
 *
 * A listener's taste is near that of a few tracks they love, leaning towards
 * a genre or two.  They choose tracks without repeating themselves, with odds
 * that grow with the track's popularity and with how well it suits them; the
 * choices that fall on cold tracks are yet to come.
 */
#include "world_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "synth_random.h"

#define LOVED 3
#define PICKINESS 2.6 /* log odds per unit of suiting */

struct offer {
    double key;
    double suits;
    uint32_t track;
};

static int is_better(const struct offer *a, const struct offer *b)
{
    return a->key != b->key ? a->key > b->key : a->track < b->track;
}

static int by_track(const void *left, const void *right)
{
    const struct offer *a = left, *b = right;

    return a->track < b->track ? -1 : a->track > b->track;
}

/* A unit vector, in `taste[rank]`. */
static void make_listener(const struct world *world, size_t listener,
                          double *taste)
{
    size_t rank = world->options.rank, n = world->options.n_tracks;
    uint64_t seed = world->options.seed;
    double length = 1e-12;

    memset(taste, 0, rank * sizeof *taste);
    for (uint64_t k = 0; k < LOVED; k++) {
        uint64_t draw = synth_bits(seed, WORLD_LISTENER, 8 * listener + k);
        const float *loved = world->taste + draw % n * rank;

        for (size_t r = 0; r < rank; r++)
            taste[r] += (double)loved[r] / (1.0 + (double)k);
    }
    for (size_t r = 0; r < rank; r++)
        length += taste[r] * taste[r];
    length = sqrt(length / (double)rank);
    for (size_t r = 0; r < rank; r++)
        taste[r] += 0.5 * length *
                    synth_normal(seed, WORLD_LISTENER,
                                 ((uint64_t)1 << 40) + listener * rank + r);
    length = 1e-12;
    for (size_t r = 0; r < rank; r++)
        length += taste[r] * taste[r];
    for (size_t r = 0; r < rank; r++)
        taste[r] /= sqrt(length);
}

/* Different tracks a listener will ever choose; few choose very many. */
static size_t choices(const struct world *world, size_t listener)
{
    double spread = 0.8;
    double z = synth_normal(world->options.seed, WORLD_ACTIVITY, listener);
    double n = world->options.plays_per_listener *
               exp(spread * z - 0.5 * spread * spread);

    if (n > 0.5 * (double)world->options.n_tracks)
        n = 0.5 * (double)world->options.n_tracks;
    return n < 2 ? 2 : (size_t)n;
}

/* A heap whose first is the worst, but that the one at `at` may be better than
 * those below it. */
static void sink(struct offer *best, size_t n, size_t at)
{
    struct offer offer = best[at];

    for (size_t below = 2 * at + 1; below < n; below = 2 * at + 1) {
        if (below + 1 < n && is_better(&best[below], &best[below + 1]))
            below++;
        if (!is_better(&offer, &best[below]))
            break;
        best[at] = best[below];
        at = below;
    }
    best[at] = offer;
}

/* Gumbel's trick: the largest keys, best[many], are a sample without
 * replacement. */
static void choose(const struct world *world, size_t listener,
                   const double *taste, struct offer *best, size_t many)
{
    size_t rank = world->options.rank, n = world->options.n_tracks;

    for (size_t t = 0; t < n; t++) {
        double u =
            synth_uniform(world->options.seed, WORLD_CHOICE, listener * n + t);
        struct offer offer;
        double suits = 0;

        for (size_t r = 0; r < rank; r++)
            suits += taste[r] * (double)world->taste[t * rank + r];
        suits *= sqrt((double)rank) / 2.0;
        offer = (struct offer){
            .key = (double)world->truths[t].log_popularity +
                   PICKINESS * suits - log(-log(u)),
            .suits = suits,
            .track = (uint32_t)t,
        };
        if (t < many) {
            best[t] = offer;
        } else if (is_better(&offer, best)) {
            best[0] = offer;
            sink(best, many, 0);
        }
        if (t + 1 == many)
            for (size_t i = many; i-- > 0;)
                sink(best, many, i);
    }
}

/* What suits is heard again and again, but luck has its part. */
static uint32_t count_plays(const struct world *world, size_t listener,
                            const struct offer *offer)
{
    uint64_t what = listener * world->options.n_tracks + offer->track;
    double z = synth_normal(world->options.seed, WORLD_COUNT, what);
    double times = exp(0.6 + 0.5 * offer->suits + 0.9 * z);

    return 1 + (uint32_t)(times < 500 ? times : 500);
}

static void append(struct world *world, size_t listener,
                   const struct offer *offer)
{
    struct world_play play = {
        .listener = (uint32_t)listener,
        .track = offer->track,
        .count = count_plays(world, listener, offer),
    };

    if (world->tracks[offer->track].cold)
        world->future[world->n_future++] = play;
    else
        world->plays[world->n_plays++] = play;
}

int world_make_plays(struct world *world)
{
    size_t n_listeners = world->options.n_listeners, n = 0;
    struct offer *offers = malloc(world->options.n_tracks * sizeof *offers);
    double *taste = malloc(world->options.rank * sizeof *taste);
    int status = -1;

    for (size_t i = 0; i < n_listeners; i++)
        n += choices(world, i);
    world->plays = malloc(n * sizeof *world->plays);
    world->future = malloc(n * sizeof *world->future);
    if (offers != NULL && taste != NULL && world->plays != NULL &&
        world->future != NULL)
        status = 0;
    for (size_t i = 0; status == 0 && i < n_listeners; i++) {
        size_t many = choices(world, i);

        if (world->options.progress &&
            world->options.progress(world->options.user, i, n_listeners) != 0)
            status = -1;
        make_listener(world, i, taste);
        choose(world, i, taste, offers, many);
        qsort(offers, many, sizeof *offers, by_track);
        for (size_t k = 0; k < many; k++)
            append(world, i, &offers[k]);
    }
    free(offers);
    free(taste);
    return status;
}
