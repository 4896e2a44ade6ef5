/*
 * catalog.h - a music library as `ltrec scan` found it
 *
 * A catalogue is an SQLite database, C.db, of one row a sound file; any
 * program may read it.  Beside it lie C.mels, a database of the tracks' rows
 * of mel where they are kept, and C.factors, a factor file like any other
 * that is written anew at the end of a scan.
 *
 *     catalog_open("C.db", CATALOG_READ, &catalog, &err);
 *     catalog_list(catalog, &cursor, &err);
 *     while ((status = catalog_next(cursor, &track, &err)) == 1)
 *         show(track.path, track.artist, track.title);
 *     catalog_end(cursor);
 *     catalog_close(catalog);
 *
 * A track is called by its path, its id - a small number that stays the same
 * when the file is moved - or "artist - title".  What is true of the columns
 * is in docs/scan.md.
 */
#ifndef CATALOG_H
#define CATALOG_H

#include <ltrec/audio.h>
#include <ltrec/factors.h>

#include "sql.h"
#include "tool.h"

struct catalog;

enum {
    CATALOG_READ, /* one that is there */
    CATALOG_MAKE  /* made where there is none */
};

int catalog_open(const char *path, int mode, struct catalog **out,
                 ltrec_error *err);

/* Whether CATALOG_MAKE would take what is there, or make one where there is
 * nothing.  The failures are the same.  It changes nothing that is read from a
 * catalogue, but like every reader it puts in its place what a killed program
 * left in the log. */
int catalog_check(const char *path, ltrec_error *err);

/* Accepts NULL. */
void catalog_close(struct catalog *catalog);

/* ---- Tracks ------------------------------------------------------------- */

/* What is known of a file. */
enum catalog_status {
    CATALOG_NEW,       /* nothing yet */
    CATALOG_OK,        /* listened to */
    CATALOG_FAILED,    /* no sound, or not such as is read: see `error` */
    CATALOG_UNREADABLE /* the system would not hand it over */
};

extern const char *const catalog_status_names[];

/* Texts are never NULL: "" is "not known".  All of it is the cursor's. */
struct catalog_track {
    int64_t id;
    const char *path; /* absolute; bytes, which may not be UTF-8 */
    int64_t size, mtime_ns;
    int has_hash;
    uint64_t hash; /* of the contents */
    int todo;      /* a scan has still to look at it */
    enum catalog_status status;
    const char *error; /* why it failed */
    const char *note;  /* what is odd about its sound */
    const char *decoder;
    uint64_t features; /* the ltrec_frontend_version() it was heard with */
    uint64_t model;    /* the model that predicted `factor`; 0 for none */
    const char *artist, *title, *album, *genre;
    uint32_t year, number;
    double seconds;
    uint32_t rate_hz, channels;
    size_t rows;       /* of mel */
    uint32_t mel_bits; /* 8 or 16 when they are kept, otherwise 0 */
    double confidence;
    const float *factor; /* [rank], or NULL */
    size_t rank;
    uint32_t described;       /* ltrec_describe_version(), or 0 */
    const float *descriptors; /* [n_descriptors] */
    size_t n_descriptors;
};

struct catalog_cursor;

/* All tracks by id, or some of them: `where` is SQL of our own. */
int catalog_list(struct catalog *catalog, struct catalog_cursor **out,
                 ltrec_error *err);
int catalog_list_where(struct catalog *catalog, const char *where,
                       struct catalog_cursor **out, ltrec_error *err);

/* 1 with a track, valid until the next call; 0 after the last; or a status. */
int catalog_next(struct catalog_cursor *cursor, struct catalog_track *track,
                 ltrec_error *err);

/* The statement behind, to bind the places of `where`, and to start again. */
sqlite3_stmt *catalog_statement(struct catalog_cursor *cursor);

/* Accepts NULL. */
void catalog_end(struct catalog_cursor *cursor);

/*
 * The track that somebody means: a path as it is or from the current folder,
 * an id, or "artist - title", whatever the case and the dash, or the title.
 * LTREC_ERR_ARGUMENT when there is none or, naming two of them, when there
 * are several.
 */
int catalog_find(struct catalog *catalog, const char *text, int64_t *id,
                 ltrec_error *err);

/* ---- Facts about the whole ---------------------------------------------- */

int catalog_count(struct catalog *catalog, const char *where, int64_t *n,
                  ltrec_error *err);

/* Numbers and texts by name; `otherwise` where there is none. */
int catalog_fact(struct catalog *catalog, const char *name, int64_t otherwise,
                 int64_t *value, ltrec_error *err);
int catalog_set_fact(struct catalog *catalog, const char *name, int64_t value,
                     ltrec_error *err);

/* The text is to be free()d, and NULL where there is none. */
int catalog_text(struct catalog *catalog, const char *name, char **text,
                 ltrec_error *err);
int catalog_set_text(struct catalog *catalog, const char *name,
                     const char *text, ltrec_error *err);

/*
 * The front end behind the kept rows.  LTREC_ERR_STATE when nothing was
 * listened to, LTREC_ERR_MISMATCH when this program hears differently.
 */
int catalog_frontend(struct catalog *catalog, ltrec_frontend_options *options,
                     ltrec_error *err);
int catalog_set_frontend(struct catalog *catalog,
                         const ltrec_frontend *frontend, ltrec_error *err);

/* The catalogue's database, for what nothing here does. */
struct sql *catalog_sql(struct catalog *catalog);

/* A catalogue's path with another ending, to be free()d: C.factors. */
char *catalog_beside(const struct catalog *catalog, const char *ending);
char *catalog_path_beside(const char *path, const char *ending);

/* ---- Rows of mel -------------------------------------------------------- */

/* Rows as they are kept: row-major, value = low + step * number. */
struct catalog_mel {
    uint32_t bits, bands;
    size_t rows;
    float low, step;
    unsigned char *numbers; /* [rows][bands] of 1 or 2 bytes */
    size_t n_bytes;
};

/* Make numbers of 8 or 16 bits out of mel[rows][bands]; they are free()d. */
void catalog_mel_pack(const float *mel, size_t rows, uint32_t bands,
                      uint32_t bits, struct catalog_mel *out);

/* The rows again, to be free()d. */
float *catalog_mel_unpack(const struct catalog_mel *mel);

int catalog_mel_put(struct catalog *catalog, int64_t id,
                    const struct catalog_mel *mel, ltrec_error *err);

/* 1 when there are such rows, 0 when not, or a status. */
int catalog_mel_get(struct catalog *catalog, int64_t id,
                    struct catalog_mel *out, ltrec_error *err);

int catalog_mel_copy(struct catalog *catalog, int64_t from, int64_t to,
                     ltrec_error *err);

/* Whether the file of rows is there and is one: LTREC_ERR_STATE without. */
int catalog_mel_check(struct catalog *catalog, ltrec_error *err);

/* Note of tracks whose rows should be there and are not that none are kept:
 * the file was removed, or the catalogue copied without it.  LTREC_ERR_IO,
 * with nothing changed, when the file is only out of reach.  For scans: it
 * also brings the file up to date. */
int catalog_mel_miss(struct catalog *catalog, ltrec_error *err);

/* Drop the rows of tracks that are gone. */
int catalog_mel_tidy(struct catalog *catalog, ltrec_error *err);

#endif /* CATALOG_H */
