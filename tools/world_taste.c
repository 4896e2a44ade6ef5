/*
 * world_taste.c - why people like what they like
 *
 * A track's place in the space of taste is the sum of four parts, each around
 * zero and of a fixed size: what its attributes say, bent a little; what its
 * genre and subgenre mean to people beyond their sound; its artist; and
 * something that no input shows, which is why no prediction can be perfect.
 */
#include "world_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "synth_random.h"

#define HIDDEN 24

/* Shares of the variance, so that regressions fare with attributes, genres and
 * sound as they do with real listeners, and where that leaves room, so that
 * networks come to about the published ratios (docs/accuracy.md). */
#define HEARD 0.73
#define CULTURE 0.02    /* what a genre means */
#define SUBCULTURE 0.14 /* and a subgenre */
#define ARTIST 0.08
#define UNHEARD 0.03

#define COLUMNS (WORLD_N_ATTRIBUTES + HIDDEN)

/* What the people of this world make of the attributes they hear. */
struct ears {
    double mean[WORLD_N_ATTRIBUTES];
    double hidden[HIDDEN][WORLD_N_ATTRIBUTES];
    double *weights; /* [rank][COLUMNS] */
};

static double normal(const struct world *world, uint64_t stream, size_t row,
                     size_t column)
{
    return synth_normal(world->options.seed, stream, 4096 * row + column);
}

/* Attributes around their mean over the world, by how much they matter. */
static void weigh(const struct world *world, const double *mean, size_t track,
                  double x[WORLD_N_ATTRIBUTES])
{
    for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++) {
        double off = (double)world->truths[track].attributes[a] - mean[a];

        x[a] = off * (double)world_attribute_weight(a);
    }
}

/* Mostly linear, and a layer of bends. */
static void hear(const struct world *world, const struct ears *ears,
                 size_t track, double *part)
{
    double x[WORLD_N_ATTRIBUTES], hidden[HIDDEN];

    weigh(world, ears->mean, track, x);
    for (size_t h = 0; h < HIDDEN; h++) {
        double sum = 0;

        for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++)
            sum += ears->hidden[h][a] * x[a];
        hidden[h] = tanh(sum);
    }
    for (size_t r = 0; r < world->options.rank; r++) {
        const double *row = ears->weights + r * COLUMNS;

        part[r] = 0;
        for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++)
            part[r] += row[a] * x[a];
        for (size_t h = 0; h < HIDDEN; h++)
            part[r] += 0.3 * row[WORLD_N_ATTRIBUTES + h] * hidden[h];
    }
}

static void find_mean(const struct world *world, double *mean)
{
    for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++) {
        mean[a] = 0;
        for (size_t t = 0; t < world->options.n_tracks; t++)
            mean[a] += (double)world->truths[t].attributes[a];
        mean[a] /= (double)world->options.n_tracks;
    }
}

/* Add `part`, moved to mean zero and brought to the mean square `share` of
 * what is discovered. */
static void add_part(struct world *world, double *part, double share)
{
    size_t n = world->options.n_tracks, rank = world->options.rank;
    double sum = 1e-12;

    for (size_t r = 0; r < rank; r++) {
        double mean = 0;

        for (size_t t = 0; t < n; t++)
            mean += part[t * rank + r];
        mean /= (double)n;
        for (size_t t = 0; t < world->n_tracks; t++)
            part[t * rank + r] -= mean;
        for (size_t t = 0; t < n; t++)
            sum += part[t * rank + r] * part[t * rank + r];
    }
    for (size_t i = 0; i < world->n_tracks * rank; i++)
        world->taste[i] += (float)(part[i] * sqrt(share * (double)n / sum));
}

/* The group of a track, and the other one that it is of by its share. */
static void find_groups(const struct world *world, size_t track,
                        uint64_t stream, size_t groups[2])
{
    const struct world_truth *truth = &world->truths[track];

    groups[0] = groups[1] = track;
    if (stream == WORLD_ARTIST) {
        groups[0] = groups[1] = world->tracks[track].artist;
    } else if (stream == WORLD_CULTURE) {
        groups[0] = truth->genre;
        groups[1] = truth->other;
    } else if (stream == WORLD_SUBCULTURE) {
        groups[0] = truth->subgenre;
        groups[1] = truth->other_subgenre;
    }
}

/* What is equal for all tracks of a group, which may be each for itself. */
static void add_group(struct world *world, double *part, uint64_t stream,
                      double share)
{
    size_t rank = world->options.rank;

    for (size_t t = 0; t < world->n_tracks; t++) {
        double other = (double)world->truths[t].share;
        size_t groups[2];

        find_groups(world, t, stream, groups);
        for (size_t r = 0; r < rank; r++)
            part[t * rank + r] =
                (1.0 - other) * normal(world, stream, groups[0], r) +
                other * normal(world, stream, groups[1], r);
    }
    add_part(world, part, share);
}

static void grow_ears(const struct world *world, struct ears *ears)
{
    find_mean(world, ears->mean);
    for (size_t h = 0; h < HIDDEN; h++)
        for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++)
            ears->hidden[h][a] = normal(world, WORLD_HIDDEN, h, a);
    for (size_t r = 0; r < world->options.rank; r++)
        for (size_t c = 0; c < COLUMNS; c++)
            ears->weights[r * COLUMNS + c] =
                normal(world, WORLD_WEIGHTS, r, c);
}

int world_make_taste(struct world *world)
{
    size_t n = world->n_tracks, rank = world->options.rank;
    double *part = malloc(n * rank * sizeof *part);
    struct ears ears = {.weights = malloc(rank * COLUMNS * sizeof(double))};
    int status = -1;

    if (part != NULL && ears.weights != NULL) {
        grow_ears(world, &ears);
        for (size_t t = 0; t < n; t++)
            hear(world, &ears, t, part + t * rank);
        add_part(world, part, HEARD);
        add_group(world, part, WORLD_CULTURE, CULTURE);
        add_group(world, part, WORLD_SUBCULTURE, SUBCULTURE);
        memcpy(world->known, world->taste, n * rank * sizeof *world->known);
        add_group(world, part, WORLD_ARTIST, ARTIST);
        add_group(world, part, WORLD_UNHEARD, UNHEARD);
        status = 0;
    }
    free(part);
    free(ears.weights);
    return status;
}
