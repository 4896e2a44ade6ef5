/*
 * spread.h - how lists spread over a catalogue, rather than how right they are
 *
 *     gini        of how often each item is in somebody's first 20: 0 when
 *                 all are equally often, 1 when one has it all
 *     novelty     mean of -log2 of the part of the listeners who played what
 *                 is in the first 20, those of one being the highest there is
 *     artists     different artists among the first 20, as a part of them
 *     deciles     recall@20 of the items of each tenth by plays, the least
 *                 played first, over the listeners with a relevant one there
 */
#ifndef SPREAD_H
#define SPREAD_H

#include <jansson.h>

#include "tool.h"

#define SPREAD_DECILES 10

struct spread {
    size_t n_items;
    const uint32_t *plays;   /* [n_items] listeners of each */
    const uint64_t *artists; /* [n_items], 0 for unknown; or NULL */
    double n_users;
    uint8_t *decile;  /* [n_items] */
    uint32_t *counts; /* [n_items], in how many lists */
    double novelty, artist_parts;
    uint64_t n_lists, n_places;
    double recall[SPREAD_DECILES];
    uint64_t n_recall[SPREAD_DECILES];
};

/* The arrays must stay. */
void spread_start(struct spread *spread, size_t n_items, const uint32_t *plays,
                  const uint64_t *artists, size_t n_users);

/* Count in a list, the best first, and what was relevant, ascending. */
void spread_add(struct spread *spread, size_t n, const uint32_t *ranked,
                size_t n_relevant, const uint32_t *relevant);

double spread_gini(const struct spread *spread);
double spread_novelty(const struct spread *spread);
double spread_artists(const struct spread *spread);

/* All of it, under those names. */
void spread_put(const struct spread *spread, json_t *object);

void spread_free(struct spread *spread);

#endif /* SPREAD_H */
