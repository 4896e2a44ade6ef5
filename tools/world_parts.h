/*
 * world_parts.h - what the parts of the generated world know of each other
 */
#ifndef WORLD_PARTS_H
#define WORLD_PARTS_H

#include "world.h"

/* A track as it is, beside what is told about it. */
struct world_truth {
    size_t genre, other;             /* what it mostly is, and what else */
    size_t subgenre, other_subgenre; /* numbered through all genres */
    float share;                     /* of the other one, below one half */
    float attributes[WORLD_N_ATTRIBUTES];
    float annotation[WORLD_N_ATTRIBUTES];
    float log_popularity;
    size_t before; /* the artist's track before it and 1, or 0 */
};

struct world_style {
    size_t genres[2];
    size_t subgenres[2]; /* of each, below WORLD_N_SUBGENRES */
    float second;        /* how often the second one */
    float offset[WORLD_N_ATTRIBUTES];
    float log_fame;
    size_t latest; /* the last of its tracks that has a name and 1, or 0 */
};

struct world {
    struct world_options options;
    size_t n_tracks, n_artists; /* with the undiscovered behind the others */
    struct world_artist *artists;
    struct world_style *styles; /* of the artists */
    struct world_track *tracks;
    struct world_truth *truths; /* of the tracks */
    struct world_listener *listeners;
    float *taste; /* [n_tracks][rank] */
    float *known; /* likewise, the parts that sound and genre tell */
    struct world_play *plays, *future;
    size_t n_plays, n_future;
};

/* What one number is drawn for; see synth_random.h. */
enum world_stream {
    WORLD_STYLE = 1000,
    WORLD_TRACK,
    WORLD_NOISE,
    WORLD_MOOD,
    WORLD_NOTE,
    WORLD_TAG,
    WORLD_FAME,
    WORLD_WEIGHTS,
    WORLD_HIDDEN,
    WORLD_UNHEARD,
    WORLD_CULTURE,
    WORLD_ARTIST,
    WORLD_LISTENER,
    WORLD_ACTIVITY,
    WORLD_CHOICE,
    WORLD_COUNT,
    WORLD_NAME,
    WORLD_TITLE,
    WORLD_SOUND,
    WORLD_SUBGENRE,
    WORLD_SUBCULTURE
};

/* The middle of a genre, on one attribute; its subgenres lie around it. */
float world_genre_mean(size_t genre, size_t attribute);

/* How much an attribute matters to listeners, on average. */
float world_attribute_weight(size_t attribute);

/* Fill in names and titles; the artist of a track is known. */
void world_name_everything(struct world *world);

/* Fill `world->taste`.  -1 when there is no memory. */
int world_make_taste(struct world *world);

/* Fill `world->plays` and `world->future`.  -1 when there is no memory. */
int world_make_plays(struct world *world);

#endif /* WORLD_PARTS_H */
