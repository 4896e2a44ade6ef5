/*
 * artists.h - what an artist's other tracks are like
 *
 *     sums = artist_sums_create(music, factors, NULL);
 *     n = artist_sums_others(sums, item, mean);
 *     artist_sums_free(sums);
 *
 * Both `music` and `factors` must stay.
 */
#ifndef ARTISTS_H
#define ARTISTS_H

#include <ltrec/factors.h>

#include "music.h"

struct artist_sums;

/*
 * Add up the unit factors of each artist's tracks.  kin[items] of music_kin()
 * says which are copies of one recording, no others of each other, as when
 * something is to be learnt from them; NULL: a track is itself alone.
 */
struct artist_sums *artist_sums_create(const struct music *music,
                                       const ltrec_factors *factors,
                                       const uint64_t *kin);

/* Accepts NULL. */
void artist_sums_free(struct artist_sums *sums);

/*
 * The mean of the unit factors of the artist's other tracks to mean[rank];
 * of how many.  Zeros, and 0, where there is none or no artist is known.
 */
uint32_t artist_sums_others(const struct artist_sums *sums, uint32_t item,
                            float *mean);

#endif /* ARTISTS_H */
