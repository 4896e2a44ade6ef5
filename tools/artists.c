/*
 * artists.c - what an artist's other tracks are like
 *
 * Sums by artist, from which a track's own part and its copies' is taken away
 * when it is asked for: a mean of all others for each of n tracks would
 * otherwise take n^2 steps where one "Various Artists" has them all.
 */
#include "artists.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct artist_sums {
    const struct music *music;
    const ltrec_factors *factors;
    size_t rank;
    double *sums;     /* [artists][rank], of unit factors */
    double *logs;     /* [artists], of the lengths of those with plays */
    uint32_t *played; /* [artists], how many those are */
    uint32_t *counts; /* [artists] */
    uint32_t *first;  /* [items], of the copies that a track is one of */
    uint32_t *next;   /* [items], the copy after it; 0 after the last */
};

/* The row of a track's factor, which has a length; NULL for none. */
static const float *factor_of(const struct artist_sums *s, uint32_t item,
                              double *norm)
{
    size_t row;

    if (ltrec_factors_find(s->factors, music_id(s->music, item), &row) !=
        LTREC_OK)
        return NULL;
    *norm = (double)ltrec_factors_norms(s->factors)[row];
    return *norm > 0 ? ltrec_factors_vectors(s->factors) + row * s->rank
                     : NULL;
}

/* The logarithm of a track's length that plays made, and 1; or 0 and 0. */
static double log_length(const struct artist_sums *s, const float *factor,
                         double norm, uint32_t *played)
{
    const uint32_t *plays = ltrec_factors_plays(s->factors);
    const float *first = ltrec_factors_vectors(s->factors);

    *played = !plays || plays[(size_t)(factor - first) / s->rank] > 0;
    return *played ? log(norm) : 0;
}

/* The first is the least, so that none comes before track 0. */
static void chain_copies(struct artist_sums *s, const uint64_t *kin)
{
    size_t n = music_count(s->music);

    s->first = tool_alloc(n, sizeof *s->first);
    s->next = tool_alloc(n, sizeof *s->next);
    for (uint32_t i = (uint32_t)n; i-- > 0;) {
        uint32_t first = kin ? (uint32_t)kin[i] : i;

        s->first[i] = first;
        if (first == i)
            continue;
        s->next[i] = s->next[first];
        s->next[first] = i;
    }
}

struct artist_sums *artist_sums_create(const struct music *music,
                                       const ltrec_factors *factors,
                                       const uint64_t *kin)
{
    struct artist_sums *s = tool_alloc(1, sizeof *s);
    size_t n = names_count(music->artists);

    s->music = music;
    s->factors = factors;
    s->rank = ltrec_factors_rank(factors);
    s->sums = tool_alloc(n, s->rank * sizeof *s->sums);
    s->logs = tool_alloc(n, sizeof *s->logs);
    s->played = tool_alloc(n, sizeof *s->played);
    s->counts = tool_alloc(n, sizeof *s->counts);
    chain_copies(s, kin);
    for (uint32_t i = 0; i < music_count(music); i++) {
        size_t artist = music->artist[i];
        double norm;
        uint32_t played;
        const float *factor = artist ? factor_of(s, i, &norm) : NULL;

        if (!factor)
            continue;
        s->counts[artist - 1]++;
        s->logs[artist - 1] += log_length(s, factor, norm, &played);
        s->played[artist - 1] += played;
        for (size_t j = 0; j < s->rank; j++)
            s->sums[(artist - 1) * s->rank + j] += (double)factor[j] / norm;
    }
    return s;
}

void artist_sums_free(struct artist_sums *sums)
{
    if (!sums)
        return;
    free(sums->sums);
    free(sums->logs);
    free(sums->played);
    free(sums->counts);
    free(sums->first);
    free(sums->next);
    free(sums);
}

void artist_sums_others(const struct artist_sums *s, uint32_t item,
                        float *mean, ltrec_track *track)
{
    uint32_t artist = s->music->artist[item];
    double *sum, logs;
    uint32_t n, played, copy = s->first[item], one;

    memset(mean, 0, s->rank * sizeof *mean);
    track->artist = NULL;
    track->artist_tracks = 0;
    track->artist_length = 0;
    if (artist == 0)
        return;
    sum = tool_alloc(s->rank, sizeof *sum);
    memcpy(sum, s->sums + ((size_t)artist - 1) * s->rank,
           s->rank * sizeof *sum);
    logs = s->logs[artist - 1];
    played = s->played[artist - 1];
    n = s->counts[artist - 1];
    do {
        double norm;
        const float *own = s->music->artist[copy] == artist
                               ? factor_of(s, copy, &norm)
                               : NULL;

        n -= own != NULL;
        if (own) {
            logs -= log_length(s, own, norm, &one);
            played -= one;
        }
        for (size_t j = 0; own && j < s->rank; j++)
            sum[j] -= (double)own[j] / norm;
        copy = s->next[copy];
    } while (copy != 0);
    for (size_t j = 0; n > 0 && j < s->rank; j++)
        mean[j] = (float)(sum[j] / n);
    free(sum);
    if (n == 0)
        return;
    track->artist = mean;
    track->artist_tracks = n;
    track->artist_length = played > 0 ? exp(logs / played) : 0;
}
