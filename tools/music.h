/*
 * music.h - all that is known of a set of tracks, from tables and sound
 *
 * Tracks are numbered in the order they are met.  Tables may come in any
 * order; a track that only one of them names is a track all the same.
 *
 *     music = music_create();
 *     status = music_read_items(music, "items.tsv", 0, &err);
 *     status = music_read_table(music, MUSIC_ATTRIBUTES, "attributes.tsv", 0,
 *                               &err);
 *     status = music_dataset(music, ctx, NULL, &dataset, &err);
 *     music_free(music);
 */
#ifndef MUSIC_H
#define MUSIC_H

#include <ltrec/model.h>
#include <ltrec/train.h>

#include "items.h"
#include "library.h"
#include "names.h"
#include "tool.h"

/* The tables of values; what their columns are called is a vocabulary. */
enum music_table {
    MUSIC_ATTRIBUTES,
    MUSIC_GENRES,
    MUSIC_MACHINE,
    MUSIC_TABLES
};

/* What a column of each is called. */
extern const char *const music_table_names[MUSIC_TABLES];

struct music {
    struct names *items;
    struct names *artists;
    struct items *texts; /* titles and paths; NULL without such a table */
    uint32_t *artist;    /* [items], a number and 1; 0 for unknown */
    uint64_t *recording; /* [items], items_recording(); 0 for unknown */
    uint64_t *album;     /* [items], of the name alone; 0 for unknown */
    uint64_t *released;  /* [items], 19970521; months and days may be 0 */
    struct names *vocabulary[MUSIC_TABLES];
    int fixed[MUSIC_TABLES]; /* the vocabulary is a model's: nothing new */
    struct names *unknown[MUSIC_TABLES]; /* columns outside a fixed one */
    float **values[MUSIC_TABLES];        /* [items], [columns] each or NULL */
    int genre_tags; /* a catalogue's are wanted: no table has genres */
    int has_sound;
    ltrec_frontend_options frontend;
    float **mel;      /* [items], [rows][bands] each or NULL */
    size_t *mel_rows; /* [items] */
    size_t capacity;
    struct music_catalog *kept; /* more rows, fetched when wanted, or NULL */
    char *scratch; /* a folder for the dataset's spectrograms, to be free()d;
                    * NULL: in memory */
};

struct music *music_create(void);
void music_free(struct music *music); /* accepts NULL */

/* The number of a track, new or known. */
int music_add(struct music *music, const char *text, uint32_t *item,
              ltrec_error *err);

/* ---- Tables ------------------------------------------------------------- */

/* Take a model's vocabulary: what is outside it is noted and left out. */
int music_fix(struct music *music, enum music_table table,
              const ltrec_model *model, uint32_t branch, ltrec_error *err);

int music_read_items(struct music *music, const char *path, int skip_bad,
                     ltrec_error *err);
int music_read_table(struct music *music, enum music_table table,
                     const char *path, int skip_bad, ltrec_error *err);

/* Warn of what a fixed vocabulary left out. */
void music_warn(const struct music *music);

/* ---- Sound -------------------------------------------------------------- */

/* Whether the items table names any file. */
int music_has_files(const struct music *music);

/*
 * Decode the files that the items table's column `path` names, relative to
 * the table's own folder, and keep their mel rows.  One that cannot be read
 * is told and counted in `*failed`.
 */
int music_read_sound(struct music *music, ltrec_context *ctx,
                     const ltrec_frontend_options *frontend,
                     const char *items_path, size_t *failed, ltrec_error *err);

/* Give a track its rows; `mel` becomes the music's to free(). */
void music_set_mel(struct music *music, uint32_t item, float *mel,
                   size_t rows);

/* ---- A catalogue ---------------------------------------------------------
 */

/*
 * Take the tracks of a catalogue and, with `sound`, its rows of mel with the
 * front end they were made by.  A track is the item whose `path` in the items
 * table is its own; otherwise one by whose name the tables so far, or `known`,
 * know it; otherwise a new one.  Artists, recordings, albums, years and,
 * where wanted, genres are those of the tags, where no table has said so.
 * LTREC_ERR_STATE when no rows are kept that should be.
 */
int music_read_catalog(struct music *music, const char *path,
                       const char *items_path, int sound, library_known known,
                       void *user, ltrec_error *err);

/* The rows kept of a track, until the next call; NULL when there are none. */
const float *music_kept_rows(const struct music *music, uint32_t item,
                             size_t *n);

/* The bytes that a dataset of all rows kept takes. */
uint64_t music_kept_bytes(const struct music *music);

/* Fetch the rows of all tracks, for who looks at `mel` itself. */
void music_fetch_rows(struct music *music);

void music_catalog_free(struct music_catalog *kept);

/* Whether MLG listens, there being no machine's columns; once all is read. */
int music_by_ear(const struct music *music);

/* ---- For the library ---------------------------------------------------- */

size_t music_count(const struct music *music);
uint64_t music_id(const struct music *music, uint32_t item);
uint64_t music_artist_id(const struct music *music, uint32_t item);

/* Albums of the same name are others when they are by others; 0 for unknown.
 * Only when all is read: a catalogue may know whose it is after a table. */
uint64_t music_album_id(const struct music *music, uint32_t item);

/* Note the album of a track, and when it came out, as in 1997, 1997-05,
 * 1997-05-21, 19970521 or with a time behind it; "" for unknown, as is what is
 * none of these: 0 is returned then. */
void music_set_album(struct music *music, uint32_t item, const char *album);
int music_set_release(struct music *music, uint32_t item, const char *when);

/*
 * kin[items] = the first of the tracks that no split may part from it: copies
 * of one recording, and with `by_artist` all of an artist, or both by way of
 * others.
 */
int music_kin(const struct music *music, ltrec_context *ctx, int by_artist,
              uint64_t *kin, ltrec_error *err);

/* What ltrec_split_folds() is to keep together: the first of kin by its
 * number, or its artist's id, its own where the artist is unknown. */
uint64_t music_group(const struct music *music, int by_artist, uint64_t kin);

/* "Artist - Title", or the id where there is no more. */
void music_label(const struct music *music, uint32_t item, char *text,
                 size_t bytes);

/* What is known of a track; arrays stay the music's, and those of a catalogue
 * only until the next call. */
void music_track(const struct music *music, uint32_t item, ltrec_track *track);

/* All tracks, or those with include[item] not 0. */
int music_dataset(const struct music *music, ltrec_context *ctx,
                  const unsigned char *include, ltrec_dataset **out,
                  ltrec_error *err);

#endif /* MUSIC_H */
