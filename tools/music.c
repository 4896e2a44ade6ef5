/*
 * music.c - all that is known of a set of tracks, from tables and sound
 */
#include "music.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

const char *const music_table_names[MUSIC_TABLES] = {"attribute", "genre",
                                                     "column"};

struct music *music_create(void)
{
    struct music *music = tool_alloc(1, sizeof *music);

    music->items = names_create("item");
    music->artists = names_create("artist");
    for (int t = 0; t < MUSIC_TABLES; t++) {
        music->vocabulary[t] = names_create(music_table_names[t]);
        music->unknown[t] = names_create(music_table_names[t]);
    }
    return music;
}

void music_free(struct music *music)
{
    if (!music)
        return;
    for (size_t i = 0; i < music_count(music); i++) {
        for (int t = 0; t < MUSIC_TABLES; t++)
            free(music->values[t][i]);
        free(music->mel[i]);
    }
    for (int t = 0; t < MUSIC_TABLES; t++) {
        free(music->values[t]);
        names_free(music->vocabulary[t]);
        names_free(music->unknown[t]);
    }
    free(music->mel);
    free(music->mel_rows);
    free(music->artist);
    free(music->recording);
    free(music->album);
    free(music->released);
    free(music->scratch);
    music_catalog_free(music->kept);
    items_free(music->texts);
    names_free(music->artists);
    names_free(music->items);
    free(music);
}

/* The arrays by track grow together; new places are zero. */
static void make_room(struct music *m, size_t n)
{
    size_t old = m->capacity, capacity = old ? 2 * old : 256, more;

    if (n <= old)
        return;
    capacity = capacity < n ? n : capacity;
    more = capacity - old;
    for (int t = 0; t < MUSIC_TABLES; t++) {
        size_t room = old;

        m->values[t] =
            tool_grow(m->values[t], &room, capacity, sizeof *m->values[t]);
        memset(m->values[t] + old, 0, more * sizeof *m->values[t]);
    }
    m->mel = realloc(m->mel, capacity * sizeof *m->mel);
    m->mel_rows = realloc(m->mel_rows, capacity * sizeof *m->mel_rows);
    m->artist = realloc(m->artist, capacity * sizeof *m->artist);
    m->recording = realloc(m->recording, capacity * sizeof *m->recording);
    m->album = realloc(m->album, capacity * sizeof *m->album);
    m->released = realloc(m->released, capacity * sizeof *m->released);
    if (!m->mel || !m->mel_rows || !m->artist || !m->recording || !m->album ||
        !m->released)
        tool_no_memory();
    memset(m->mel + old, 0, more * sizeof *m->mel);
    memset(m->mel_rows + old, 0, more * sizeof *m->mel_rows);
    memset(m->artist + old, 0, more * sizeof *m->artist);
    memset(m->recording + old, 0, more * sizeof *m->recording);
    memset(m->album + old, 0, more * sizeof *m->album);
    memset(m->released + old, 0, more * sizeof *m->released);
    m->capacity = capacity;
}

int music_add(struct music *music, const char *text, uint32_t *item,
              ltrec_error *err)
{
    int status = names_add(music->items, text, strlen(text), item, err);

    if (status == LTREC_OK)
        make_room(music, names_count(music->items));
    return status;
}

/* ---- For the library ---------------------------------------------------- */

int music_by_ear(const struct music *m)
{
    return names_count(m->vocabulary[MUSIC_MACHINE]) == 0;
}

size_t music_count(const struct music *music)
{
    return names_count(music->items);
}

uint64_t music_id(const struct music *music, uint32_t item)
{
    return names_id(music->items, item);
}

uint64_t music_artist_id(const struct music *music, uint32_t item)
{
    uint32_t artist = music->artist[item];

    return artist ? names_id(music->artists, artist - 1) : 0;
}

int music_kin(const struct music *music, ltrec_context *ctx, int by_artist,
              uint64_t *kin, ltrec_error *err)
{
    size_t n = music_count(music);
    size_t n_artists = names_count(music->artists);
    uint64_t *own = tool_alloc(n + 1, sizeof *own);
    uint32_t *first = tool_alloc(n_artists + 1, sizeof *first);
    int status;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t artist = by_artist ? music->artist[i] : 0;

        if (artist && first[artist] == 0)
            first[artist] = i + 1;
        own[i] = artist ? first[artist] - 1 : i;
    }
    status = ltrec_split_merge(ctx, n, own, music->recording, kin, err);
    free(own);
    free(first);
    return status;
}

uint64_t music_group(const struct music *music, int by_artist, uint64_t kin)
{
    uint32_t item = (uint32_t)kin;

    if (!by_artist)
        return kin;
    return music->artist[item] ? music_artist_id(music, item)
                               : music_id(music, item);
}

void music_label(const struct music *music, uint32_t item, char *text,
                 size_t bytes)
{
    const char *id = names_text(music->items, item);
    uint32_t row;

    if (music->texts &&
        names_find(items_names(music->texts), id, strlen(id), &row))
        snprintf(text, bytes, "%s - %s",
                 items_text(music->texts, row, ITEMS_ARTIST),
                 items_text(music->texts, row, ITEMS_TITLE));
    else
        snprintf(text, bytes, "%s", id);
}

uint64_t music_album_id(const struct music *music, uint32_t item)
{
    const uint64_t ids[2] = {music_artist_id(music, item), music->album[item]};

    return ids[1] ? names_id_of((const char *)ids, sizeof ids) : 0;
}

void music_set_album(struct music *music, uint32_t item, const char *album)
{
    music->album[item] = album[0] ? names_id_of(album, strlen(album)) : 0;
}

/* Up to `most` digits at *at, as a number; how many there were. */
static int take_digits(const char **at, int most, uint64_t *number)
{
    int n = 0;

    for (*number = 0; n < most && **at >= '0' && **at <= '9'; ++*at, n++)
        *number = *number * 10 + (uint64_t)(**at - '0');
    return n;
}

/* What stands between the parts of a date, if it is one. */
static void pass_dash(const char **at)
{
    if (**at == '-' || **at == '/' || **at == '.')
        ++*at;
}

int music_set_release(struct music *music, uint32_t item, const char *when)
{
    const char *at = when;
    uint64_t year, month = 0, day = 0;

    music->released[item] = 0;
    if (*when == '\0')
        return 1;
    if (take_digits(&at, 4, &year) < 4)
        return 0;
    pass_dash(&at);
    if (take_digits(&at, 2, &month) > 0) {
        pass_dash(&at);
        take_digits(&at, 2, &day);
    }
    if ((*at != '\0' && *at != 'T' && *at != ' ') || month > 12 || day > 31)
        return 0;
    music->released[item] = (year * 100 + month) * 100 + day;
    return 1;
}

void music_track(const struct music *music, uint32_t item, ltrec_track *track)
{
    ltrec_track_init(track, sizeof *track);
    track->mel = music->mel[item];
    track->n_frames = music->mel_rows[item];
    if (!track->mel)
        track->mel = music_kept_rows(music, item, &track->n_frames);
    track->attributes = music->values[MUSIC_ATTRIBUTES][item];
    track->genres = music->values[MUSIC_GENRES][item];
    track->machine = music->values[MUSIC_MACHINE][item];
    track->album = music_album_id(music, item);
    track->released = music->released[item];
    track->recording = music->recording[item];
}

/* The texts of a vocabulary as an array. */
static const char **texts_of(const struct names *names)
{
    size_t n = names_count(names);
    const char **texts = tool_alloc(n + 1, sizeof *texts);

    for (uint32_t i = 0; i < n; i++)
        texts[i] = names_text(names, i);
    return texts;
}

int music_dataset(const struct music *music, ltrec_context *ctx,
                  const unsigned char *include, ltrec_dataset **out,
                  ltrec_error *err)
{
    const char **texts[MUSIC_TABLES];
    ltrec_dataset_options o;
    int status;

    for (int t = 0; t < MUSIC_TABLES; t++)
        texts[t] = texts_of(music->vocabulary[t]);
    ltrec_dataset_options_init(&o, sizeof o);
    o.scratch = music->scratch;
    o.frontend = music->has_sound ? &music->frontend : NULL;
    o.n_attributes = names_count(music->vocabulary[MUSIC_ATTRIBUTES]);
    o.attribute_names = texts[MUSIC_ATTRIBUTES];
    o.n_genres = names_count(music->vocabulary[MUSIC_GENRES]);
    o.genre_names = texts[MUSIC_GENRES];
    o.n_machine = names_count(music->vocabulary[MUSIC_MACHINE]);
    o.machine_names = texts[MUSIC_MACHINE];
    status = ltrec_dataset_create(ctx, &o, out, err);
    for (int t = 0; t < MUSIC_TABLES; t++)
        free(texts[t]);
    for (uint32_t i = 0; status == LTREC_OK && i < music_count(music); i++) {
        ltrec_track track;

        if (include && !include[i])
            continue;
        music_track(music, i, &track);
        status = ltrec_dataset_add(*out, music_id(music, i),
                                   music_artist_id(music, i), &track, err);
    }
    if (status != LTREC_OK) {
        ltrec_dataset_free(*out);
        *out = NULL;
    }
    return status;
}
