/*
 * spread.c - how lists spread over a catalogue
 */
#include "spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define PLACES 20

/* Plays above the number, so that sorting gives the least played first. */
static int ascending(const void *left, const void *right)
{
    uint64_t a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static void mark_deciles(struct spread *s)
{
    uint64_t *keys = tool_alloc(s->n_items, sizeof *keys);

    for (size_t i = 0; i < s->n_items; i++)
        keys[i] = (uint64_t)s->plays[i] << 32 | i;
    qsort(keys, s->n_items, sizeof *keys, ascending);
    for (size_t i = 0; i < s->n_items; i++)
        s->decile[keys[i] & UINT32_MAX] =
            (uint8_t)(i * SPREAD_DECILES / s->n_items);
    free(keys);
}

void spread_start(struct spread *spread, size_t n_items, const uint32_t *plays,
                  const uint64_t *artists, size_t n_users)
{
    memset(spread, 0, sizeof *spread);
    spread->n_items = n_items;
    spread->plays = plays;
    spread->artists = artists;
    spread->n_users = (double)n_users;
    spread->decile = tool_alloc(n_items, sizeof *spread->decile);
    spread->counts = tool_alloc(n_items, sizeof *spread->counts);
    mark_deciles(spread);
}

void spread_free(struct spread *spread)
{
    free(spread->decile);
    free(spread->counts);
    memset(spread, 0, sizeof *spread);
}

static int holds(const uint32_t *items, size_t n, uint32_t item)
{
    for (size_t i = 0; i < n; i++)
        if (items[i] == item)
            return 1;
    return 0;
}

static void add_recall(struct spread *s, size_t n, const uint32_t *ranked,
                       size_t n_relevant, const uint32_t *relevant)
{
    size_t there[SPREAD_DECILES] = {0}, found[SPREAD_DECILES] = {0};

    for (size_t i = 0; i < n_relevant; i++) {
        uint8_t decile = s->decile[relevant[i]];

        there[decile]++;
        found[decile] += (size_t)holds(ranked, n, relevant[i]);
    }
    for (size_t d = 0; d < SPREAD_DECILES; d++)
        if (there[d] > 0) {
            size_t most = there[d] < PLACES ? there[d] : PLACES;

            s->recall[d] += (double)found[d] / (double)most;
            s->n_recall[d]++;
        }
}

/* Unknown artists count as different ones. */
static double part_of_artists(const struct spread *s, size_t n,
                              const uint32_t *ranked)
{
    size_t different = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t artist = s->artists[ranked[i]];
        size_t j = 0;

        while (artist != 0 && j < i && s->artists[ranked[j]] != artist)
            j++;
        different += artist == 0 || j == i;
    }
    return (double)different / (double)n;
}

void spread_add(struct spread *spread, size_t n, const uint32_t *ranked,
                size_t n_relevant, const uint32_t *relevant)
{
    if (n > PLACES)
        n = PLACES;
    if (n == 0 || n_relevant == 0)
        return;
    spread->n_lists++;
    spread->n_places += n;
    for (size_t i = 0; i < n; i++) {
        double plays = (double)spread->plays[ranked[i]];

        spread->counts[ranked[i]]++;
        spread->novelty -= log2((plays > 1 ? plays : 1) / spread->n_users);
    }
    if (spread->artists)
        spread->artist_parts += part_of_artists(spread, n, ranked);
    add_recall(spread, n, ranked, n_relevant, relevant);
}

double spread_gini(const struct spread *spread)
{
    size_t n = spread->n_items;
    uint64_t *sorted = tool_alloc(n, sizeof *sorted);
    double sum = 0, weighted = 0;

    for (size_t i = 0; i < n; i++)
        sorted[i] = spread->counts[i];
    qsort(sorted, n, sizeof *sorted, ascending);
    for (size_t i = 0; i < n; i++) {
        sum += (double)sorted[i];
        weighted += (double)(i + 1) * (double)sorted[i];
    }
    free(sorted);
    return sum > 0
               ? 2 * weighted / ((double)n * sum) - ((double)n + 1) / (double)n
               : 0;
}

double spread_novelty(const struct spread *spread)
{
    return spread->n_places > 0 ? spread->novelty / (double)spread->n_places
                                : 0;
}

double spread_artists(const struct spread *spread)
{
    return spread->n_lists > 0 ? spread->artist_parts / (double)spread->n_lists
                               : 0;
}

void spread_put(const struct spread *spread, json_t *object)
{
    json_t *deciles = json_array();

    json_put_real(object, "gini@20", spread_gini(spread));
    json_put_real(object, "novelty@20", spread_novelty(spread));
    if (spread->artists)
        json_put_real(object, "artists@20", spread_artists(spread));
    for (size_t d = 0; d < SPREAD_DECILES; d++)
        json_push(deciles, json_real(spread->n_recall[d] > 0
                                         ? spread->recall[d] /
                                               (double)spread->n_recall[d]
                                         : 0));
    json_put(object, "decile_recall@20", deciles);
}
