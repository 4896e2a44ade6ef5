/*
 * artists.h - what an artist's other tracks are like
 *
 *     sums = artist_sums_create(music, factors, NULL);
 *     artist_sums_others(sums, item, mean, &track);
 *     artist_sums_free(sums);
 *
 * Both `music` and `factors` must stay.
 */
#ifndef ARTISTS_H
#define ARTISTS_H

#include <ltrec/factors.h>
#include <ltrec/model.h>

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
 * What a track's `artist`, `artist_tracks` and `artist_length` are; the mean
 * goes to mean[rank].  Zeros, and NULL, where there are no others or no artist
 * is known.
 */
void artist_sums_others(const struct artist_sums *sums, uint32_t item,
                        float *mean, ltrec_track *track);

#endif /* ARTISTS_H */
