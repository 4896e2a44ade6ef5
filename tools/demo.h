/*
 * demo.h - the parts of `ltrec demo`: a generated world, listened to and told
 */
#ifndef DEMO_H
#define DEMO_H

#include "content.h"
#include "music.h"
#include "world.h"

struct demo {
    ltrec_context *ctx;
    const char *folder;
    uint32_t n_tracks, n_undiscovered, n_listeners;
    double track_seconds;
    struct world *world;
    int with_music;          /* write every track as a sound file */
    int json;                /* print the table of rows and nothing else */
    struct music *music;     /* item i is track i of the world */
    struct pairs pairs;      /* plays there have been, and those to come */
    unsigned char *cold;     /* [tracks], what is held out */
    unsigned char *unplayed; /* [tracks], that and the undiscovered */
    float *taste;            /* [tracks][world_rank()], the oracle's */
    float *known;            /* likewise, what sound and genre tell of it */
};

/* ---- demo_world.c: from the world to what the program works on ---------- */

/* Names, artists, attributes, genres and plays. */
int demo_learn(struct demo *demo, ltrec_error *err);

/* plays.tsv, items.tsv, attributes.tsv and genres.tsv in the folder, and with
 * all the music plays-by-name.tsv. */
int demo_write_tables(const struct demo *demo, ltrec_error *err);

/* ---- demo_sound.c ------------------------------------------------------- */

/* Play every track on all processors and keep its mel rows. */
int demo_listen(struct demo *demo, ltrec_error *err);

/* The tracks of which a WAV is kept, by number. */
#define DEMO_KEPT 6
void demo_choose_kept(const struct demo *demo, uint32_t kept[DEMO_KEPT]);

/* With all the music, a track's file: "music/Artist/t0001 Title.flac", to be
 * freed. */
char *demo_music_path(const struct demo *demo, size_t track);

/* Their WAVs, and a picture of the first. */
int demo_write_sound(const struct demo *demo, ltrec_error *err);

/* ---- demo_lists.c ------------------------------------------------------- */

/*
 * Predict the cold tracks with the model of the evaluation, put all into an
 * index, save everything, and print who is near whom, unless in JSON.
 */
int demo_tell(const struct demo *demo, const struct content *content,
              ltrec_error *err);

/* DIR/name, to be freed. */
char *demo_path(const struct demo *demo, const char *name);

#endif /* DEMO_H */
