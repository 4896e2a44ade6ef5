/*
 * music_catalog.c - what a catalogue knows becomes what is known of tracks
 *
 * Rows of mel are fetched one track at a time, when they are asked for: all
 * of a library's would not fit in memory.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/describe.h>

#include "genres.h"
#include "library.h"
#include "music.h"

struct music_catalog {
    struct catalog *catalog;
    int64_t *tracks; /* [capacity], of each item: its id, or 0 */
    size_t capacity;
    float *rows;   /* of the track last asked for */
    int describes; /* no table has other columns */
    int sound;     /* rows are wanted */
};

void music_catalog_free(struct music_catalog *kept)
{
    if (!kept)
        return;
    catalog_close(kept->catalog);
    free(kept->tracks);
    free(kept->rows);
    free(kept);
}

/* ---- Which item a track is ---------------------------------------------- */

/* Items of a table that names files, by the paths that scan would write. */
struct by_path {
    char *path;
    uint32_t item;
};

struct places {
    struct by_path *places;
    size_t n;
};

static int by_path(const void *left, const void *right)
{
    const struct by_path *a = left, *b = right;

    return strcmp(a->path, b->path);
}

static struct places find_places(const struct music *m, const char *table)
{
    size_t n = m->texts && table ? names_count(items_names(m->texts)) : 0;
    struct places p = {tool_alloc(n, sizeof *p.places), 0};

    for (uint32_t row = 0; row < n; row++) {
        const char *id = names_text(items_names(m->texts), row);
        char *file, *path;
        uint32_t item;

        if (items_text(m->texts, row, ITEMS_PATH)[0] == '\0' ||
            !names_find(m->items, id, strlen(id), &item))
            continue;
        file = items_file(m->texts, row, table);
        path = realpath(file, NULL);
        p.places[p.n++] = (struct by_path){path ? path : file, item};
        if (path)
            free(file);
    }
    if (p.n > 1)
        qsort(p.places, p.n, sizeof *p.places, by_path);
    return p;
}

static void free_places(struct places *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->places[i].path);
    free(p->places);
}

/* ---- Tracks ------------------------------------------------------------- */

/* Whose it is and what of theirs, unless a table has said so. */
static int set_artist(struct music *m, uint32_t item,
                      const struct catalog_track *t, ltrec_error *err)
{
    uint32_t number;
    int status;

    if (m->recording[item] == 0)
        m->recording[item] = items_recording(t->artist, t->title);
    if (*t->artist == '\0' || m->artist[item] != 0)
        return LTREC_OK;
    status = names_add(m->artists, t->artist, strlen(t->artist), &number, err);
    if (status == LTREC_OK)
        m->artist[item] = number + 1;
    return status;
}

/* Which album, of what year, likewise. */
static void set_album(struct music *m, uint32_t item,
                      const struct catalog_track *t)
{
    char year[16];

    if (m->album[item] == 0)
        music_set_album(m, item, t->album);
    snprintf(year, sizeof year, "%u", (unsigned)t->year);
    if (m->released[item] == 0 && t->year > 0)
        music_set_release(m, item, year);
}

static void set_track(struct music_catalog *kept, uint32_t item, int64_t id)
{
    size_t old = kept->capacity;

    kept->tracks = tool_grow(kept->tracks, &kept->capacity, (size_t)item + 1,
                             sizeof *kept->tracks);
    if (kept->capacity > old)
        memset(kept->tracks + old, 0,
               (kept->capacity - old) * sizeof *kept->tracks);
    kept->tracks[item] = id;
}

/*
 * Descriptors are a machine's columns, unless a table brought others.  What a
 * model has never seen of them is left out.
 */
static int take_descriptors(struct music *m, const struct catalog_track *t,
                            uint32_t item, ltrec_error *err)
{
    struct names *columns = m->vocabulary[MUSIC_MACHINE];
    float *values;
    size_t n;

    if (t->described != ltrec_describe_version() ||
        t->n_descriptors != LTREC_DESCRIPTORS ||
        m->values[MUSIC_MACHINE][item])
        return LTREC_OK;
    for (uint32_t i = 0; i < LTREC_DESCRIPTORS; i++) {
        const char *name = ltrec_describe_name(i);
        uint32_t number;
        int status =
            m->fixed[MUSIC_MACHINE]
                ? LTREC_OK
                : names_add(columns, name, strlen(name), &number, err);

        if (status != LTREC_OK)
            return status;
    }
    n = names_count(columns);
    values = tool_alloc(n, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = NAN;
    for (uint32_t i = 0; i < LTREC_DESCRIPTORS; i++) {
        const char *name = ltrec_describe_name(i);
        uint32_t number;

        if (names_find(columns, name, strlen(name), &number))
            values[number] = t->descriptors[i];
    }
    m->values[MUSIC_MACHINE][item] = values;
    return LTREC_OK;
}

static int take_genres(struct music *m, const struct catalog_track *t,
                       uint32_t item, ltrec_error *err)
{
    struct names *genres = m->vocabulary[MUSIC_GENRES];
    const char *at = t->genre;
    float *values;
    size_t length, known = 0;
    uint32_t number;
    int status = LTREC_OK;

    if (m->values[MUSIC_GENRES][item])
        return LTREC_OK;
    values = tool_alloc(names_count(genres) + 1, sizeof *values);
    for (; (at = genres_next(at, &length)) != NULL && status == LTREC_OK;
         at += length) {
        if (names_find(genres, at, length, &number)) {
            values[number] = 1;
            known++;
        } else {
            status =
                names_add(m->unknown[MUSIC_GENRES], at, length, &number, err);
        }
    }
    if (known > 0)
        m->values[MUSIC_GENRES][item] = values;
    else
        free(values);
    return status;
}

/* Every track has as many values: the vocabulary comes first. */
static int gather_genres(struct music *m, ltrec_error *err)
{
    struct catalog_cursor *cursor;
    struct catalog_track t;
    int status = catalog_list_where(
        m->kept->catalog, "WHERE status = 'ok' ORDER BY id", &cursor, err);

    while (status == LTREC_OK &&
           (status = catalog_next(cursor, &t, err)) == 1) {
        const char *at = t.genre;
        size_t length;
        uint32_t number;

        status = LTREC_OK;
        for (; (at = genres_next(at, &length)) != NULL && status == LTREC_OK;
             at += length)
            status = names_add(m->vocabulary[MUSIC_GENRES], at, length,
                               &number, err);
    }
    catalog_end(cursor);
    return status;
}

static int take_as(struct music *m, uint32_t item,
                   const struct catalog_track *t, ltrec_error *err)
{
    int status = set_artist(m, item, t, err);

    if (status == LTREC_OK)
        set_album(m, item, t);
    if (status == LTREC_OK && m->kept->describes)
        status = take_descriptors(m, t, item, err);
    if (status == LTREC_OK && m->genre_tags)
        status = take_genres(m, t, item, err);
    if (status == LTREC_OK && m->kept->sound && t->mel_bits > 0)
        set_track(m->kept, item, t->id);
    return status;
}

/* The items of a file that a table names, or else one of a name of its own. */
static int take_track(struct music *m, const struct places *places,
                      struct library_naming *naming,
                      const struct catalog_track *t, ltrec_error *err)
{
    struct by_path wanted = {.path = (char *)(uintptr_t)t->path};
    const struct by_path *place =
        bsearch(&wanted, places->places, places->n, sizeof wanted, by_path);
    const struct by_path *end = places->places + places->n;
    const char *name;
    uint32_t item;
    int status = LTREC_OK;

    if (!place) {
        status = library_name(naming, t, &name, err);
        if (status == LTREC_OK)
            status = music_add(m, name, &item, err);
        return status == LTREC_OK ? take_as(m, item, t, err) : status;
    }
    while (place > places->places && by_path(place - 1, &wanted) == 0)
        place--;
    for (; status == LTREC_OK && place < end && by_path(place, &wanted) == 0;
         place++)
        status = take_as(m, place->item, t, err);
    return status;
}

/* Tables that were read before know names; so do the factors. */
struct knowing {
    struct names *names;
    library_known known;
    void *user;
};

static int is_known(void *user, uint64_t id)
{
    const struct knowing *k = user;

    return library_in_names(k->names, id) ||
           (k->known && k->known(k->user, id));
}

static int take_tracks(struct music *m, const char *items_path,
                       library_known known, void *user, ltrec_error *err)
{
    struct knowing knowing = {m->items, known, user};
    struct library_naming *naming = library_naming_create(is_known, &knowing);
    struct places places = find_places(m, items_path);
    struct catalog_cursor *cursor;
    struct catalog_track t;
    int status = catalog_list_where(
        m->kept->catalog, "WHERE status = 'ok' ORDER BY id", &cursor, err);

    if (status == LTREC_OK)
        while ((status = catalog_next(cursor, &t, err)) == 1) {
            status = take_track(m, &places, naming, &t, err);
            if (status != LTREC_OK)
                break;
        }
    catalog_end(cursor);
    free_places(&places);
    library_naming_free(naming);
    return status;
}

static int check_rows(struct music *m, const char *path, ltrec_error *err)
{
    int64_t n;
    int status = catalog_count(m->kept->catalog,
                               "WHERE status = 'ok' AND (mel_bits > 0 OR "
                               "described > 0)",
                               &n, err);

    if (status == LTREC_OK && n == 0)
        return tool_fail(err, LTREC_ERR_STATE,
                         "%.100s: no rows of mel are kept; scan with --mels 8",
                         path);
    if (status == LTREC_OK)
        status = catalog_count(
            m->kept->catalog, "WHERE status = 'ok' AND mel_bits > 0", &n, err);
    return status == LTREC_OK && n > 0
               ? catalog_mel_check(m->kept->catalog, err)
               : status;
}

int music_read_catalog(struct music *music, const char *path,
                       const char *items_path, int sound, library_known known,
                       void *user, ltrec_error *err)
{
    int status;

    music->kept = tool_alloc(1, sizeof *music->kept);
    music->kept->sound = sound;
    music->kept->describes =
        music->fixed[MUSIC_MACHINE] ||
        names_count(music->vocabulary[MUSIC_MACHINE]) == 0;
    status = catalog_open(path, CATALOG_READ, &music->kept->catalog, err);
    if (status == LTREC_OK && sound)
        status = catalog_frontend(music->kept->catalog, &music->frontend, err);
    if (status == LTREC_OK && sound)
        status = check_rows(music, path, err);
    if (status == LTREC_OK && music->genre_tags && !music->fixed[MUSIC_GENRES])
        status = gather_genres(music, err);
    if (status == LTREC_OK)
        status = take_tracks(music, items_path, known, user, err);
    music->has_sound = sound && status == LTREC_OK;
    return status;
}

/* ---- Rows --------------------------------------------------------------- */

const float *music_kept_rows(const struct music *music, uint32_t item,
                             size_t *n)
{
    struct music_catalog *kept = music->kept;
    struct catalog_mel mel;

    *n = 0;
    if (!kept || item >= kept->capacity || kept->tracks[item] == 0)
        return NULL;
    /* What the catalogue says is kept and is not is a track without sound. */
    if (catalog_mel_get(kept->catalog, kept->tracks[item], &mel, NULL) != 1)
        return NULL;
    free(kept->rows);
    kept->rows = NULL;
    if (mel.bands == music->frontend.bands) {
        kept->rows = catalog_mel_unpack(&mel);
        *n = mel.rows;
    }
    free(mel.numbers);
    return kept->rows;
}

uint64_t music_kept_bytes(const struct music *music)
{
    int64_t rows = 0;

    if (music->kept && music->kept->sound)
        sql_number(catalog_sql(music->kept->catalog),
                   "SELECT sum(rows) FROM tracks WHERE status = 'ok' AND "
                   "mel_bits > 0",
                   0, &rows, NULL);
    return rows > 0 ? (uint64_t)rows * music->frontend.bands * 2 : 0;
}

void music_fetch_rows(struct music *music)
{
    for (uint32_t i = 0; i < music_count(music); i++) {
        size_t n;

        if (!music->mel[i] && music_kept_rows(music, i, &n)) {
            music_set_mel(music, i, music->kept->rows, n);
            music->kept->rows = NULL;
        }
    }
}
