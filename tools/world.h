/*
 * world.h - a small generated world of music, for trying everything out
 *
 * A world has artists with a style, tracks with attributes that can be heard,
 * and listeners with a taste.  Tracks sound like their attributes (synth.h)
 * and are listened to for their place in a space of taste, which follows from
 * the attributes, from subgenre and artist, and a little from what nobody can
 * hear.  Popularity has a long tail, and is more the artist's than the
 * track's.
 *
 *     struct world_options options;
 *     struct world *world;
 *
 *     world_options_init(&options);
 *     options.seed = 7;
 *     world = world_create(&options);
 *     plays = world_plays(world, &n_plays);
 *     world_render(world, 12, pcm, world_track_samples(world));
 *     world_free(world);
 *
 * About a fifth of the tracks are cold: nobody has played them yet.  Who will
 * is known to world_future(), by which a prediction is judged.  Undiscovered
 * tracks, if any are wanted, come after the others, by as many artists more in
 * proportion; nobody ever plays them, and the rest of the world is as it would
 * be without.
 *
 * Threads: a world never changes after world_create(), so that any number may
 * read and render it.  The same options give the same bits, and a track does
 * not depend on which others are rendered.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

#include "synth.h"

#define WORLD_N_ATTRIBUTES SYNTH_N_ATTRIBUTES
#define WORLD_N_GENRES 12
#define WORLD_N_SUBGENRES 6 /* of each genre */
#define WORLD_N_TAGS (WORLD_N_GENRES * (1 + WORLD_N_SUBGENRES))

struct world;

/* ---- Life cycle --------------------------------------------------------- */

struct world_options {
    uint64_t seed;             /* default 1 */
    size_t n_tracks;           /* default 1200 */
    size_t n_artists;          /* default 150 */
    size_t n_undiscovered;     /* more tracks; default 0 */
    size_t n_listeners;        /* default 1000 */
    size_t rank;               /* of the space of taste; default 16 */
    double plays_per_listener; /* different tracks, on average; default 130 */
    double cold_share;         /* of the tracks; default 0.2 */
    double annotated_share;    /* of the tracks; default 0.85 */
    double track_seconds;      /* default 30 */
    double rate_hz;            /* default 22050 */

    /* NULL, the default, or told how many listeners have made up their minds;
     * not 0 ends it. */
    ltrec_progress progress;
    void *user;
};

void world_options_init(struct world_options *options);

/*
 * NULL `options` means the defaults.  Returns NULL when there is no memory or
 * an option makes no sense: a count of 0, more artists than tracks, a share
 * outside [0, 1], a rate outside 8000 to 48000 Hz; or when the progress ended
 * it.
 */
struct world *world_create(const struct world_options *options);

/* Accepts NULL. */
void world_free(struct world *world);

/* ---- Artists, tracks, listeners ----------------------------------------- */

struct world_artist {
    char id[24]; /* such as "a0001" */
    char name[40];
};

struct world_track {
    char id[24]; /* such as "t0001" */
    char title[64];
    char album[64];
    size_t artist;
    size_t tags[3];    /* as tagged, which is not always right */
    size_t n_tags;     /* 2 or 3: one or two genres, and a subgenre */
    bool cold;         /* has no plays yet */
    bool undiscovered; /* nor ever will; not cold */
    bool annotated;    /* somebody has listened and noted the attributes */
};

struct world_listener {
    char id[24]; /* such as "u0001" */
};

size_t world_n_artists(const struct world *world);
size_t world_n_tracks(const struct world *world);
size_t world_n_listeners(const struct world *world);
size_t world_rank(const struct world *world);
const struct world_artist *world_artist(const struct world *world, size_t i);
const struct world_track *world_track(const struct world *world, size_t i);
const struct world_listener *world_listener(const struct world *world,
                                            size_t i);

/* What a tag is called: genres come first, then the subgenres of each. */
const char *world_tag_name(size_t tag);
const char *world_attribute_name(size_t attribute);

/* What is in the sound: WORLD_N_ATTRIBUTES values in [0, 1]. */
const float *world_attributes(const struct world *world, size_t track);

/* Whether people are asked about an attribute.  They are not about six of how
 * a track was mixed and mastered, which is heard all the same: no list of
 * questions has everything. */
bool world_is_asked(size_t attribute);

/*
 * The same as a person noted them, in quarters: 0, .25, .5, .75 or 1, or NAN
 * where the person left a blank or was not asked.  NULL when the track is not
 * annotated.
 */
const float *world_annotation(const struct world *world, size_t track);

/*
 * The oracle: where the track lies in the space of taste, `rank` floats
 * around 0.  Nothing can be predicted better than from this.
 */
const float *world_taste(const struct world *world, size_t track);

/* The same but for what is the artist's own and what no input shows: so much
 * could be told by sound and genre, if they were heard without an error. */
const float *world_known_taste(const struct world *world, size_t track);

/* ---- Listening ---------------------------------------------------------- */

struct world_play {
    uint32_t listener, track;
    uint32_t count; /* at least 1 */
};

/* By listener, then by track.  No cold track is in the first of them, and no
 * other in the second. */
const struct world_play *world_plays(const struct world *world, size_t *n);
const struct world_play *world_future(const struct world *world, size_t *n);

/* ---- Sound -------------------------------------------------------------- */

/* The samples of every track. */
size_t world_track_samples(const struct world *world);
double world_rate_hz(const struct world *world);

/*
 * Render the first `n` samples of a track that long, mono in [-1, 1].
 * Returns 0, or -1 when there is no memory.
 */
int world_render(const struct world *world, size_t track, float *pcm,
                 size_t n);

#endif /* WORLD_H */
