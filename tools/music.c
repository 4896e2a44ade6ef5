/*
 * music.c - all that is known of a set of tracks, from tables and sound
 */
#include "music.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "melfile.h"
#include "term.h"

static const char *const table_names[MUSIC_TABLES] = {"attribute", "genre",
                                                      "column"};

struct music *music_create(void)
{
    struct music *music = tool_alloc(1, sizeof *music);

    music->items = names_create("item");
    music->artists = names_create("artist");
    for (int t = 0; t < MUSIC_TABLES; t++)
        music->vocabulary[t] = names_create(table_names[t]);
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
    }
    free(music->mel);
    free(music->mel_rows);
    free(music->artist);
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
    if (!m->mel || !m->mel_rows || !m->artist)
        tool_no_memory();
    memset(m->mel + old, 0, more * sizeof *m->mel);
    memset(m->mel_rows + old, 0, more * sizeof *m->mel_rows);
    memset(m->artist + old, 0, more * sizeof *m->artist);
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

/* ---- Tables ------------------------------------------------------------- */

int music_fix(struct music *music, enum music_table table,
              const ltrec_model *model, uint32_t branch, ltrec_error *err)
{
    size_t n = ltrec_model_vocabulary(model, branch);

    for (size_t i = 0; i < n; i++) {
        const char *name = ltrec_model_name(model, branch, i);
        uint32_t number;
        int status = names_add(music->vocabulary[table], name, strlen(name),
                               &number, err);

        if (status != LTREC_OK)
            return status;
    }
    music->fixed[table] = 1;
    return LTREC_OK;
}

int music_read_items(struct music *music, const char *path, int skip_bad,
                     ltrec_error *err)
{
    int status = items_read(path, skip_bad, &music->texts, err);
    size_t n;

    if (status != LTREC_OK)
        return status;
    n = names_count(items_names(music->texts));
    for (uint32_t i = 0; i < n && status == LTREC_OK; i++) {
        const char *artist = items_text(music->texts, i, ITEMS_ARTIST);
        uint32_t item, number;

        status = music_add(music, names_text(items_names(music->texts), i),
                           &item, err);
        if (status != LTREC_OK || artist[0] == '\0')
            continue;
        status =
            names_add(music->artists, artist, strlen(artist), &number, err);
        music->artist[item] = number + 1;
    }
    return status;
}

/* The columns of a table in the music's vocabulary; UINT32_MAX for none. */
static int map_columns(struct music *m, enum music_table table,
                       const struct names *from, uint32_t **out,
                       ltrec_error *err)
{
    size_t n = names_count(from);
    uint32_t *map = tool_alloc(n + 1, sizeof *map);
    int status = LTREC_OK;

    for (uint32_t i = 0; i < n && status == LTREC_OK; i++) {
        const char *text = names_text(from, i);

        if (!m->fixed[table])
            status = names_add(m->vocabulary[table], text, strlen(text),
                               &map[i], err);
        else if (!names_find(m->vocabulary[table], text, strlen(text),
                             &map[i]))
            map[i] = UINT32_MAX;
    }
    if (status != LTREC_OK) {
        free(map);
        map = NULL;
    }
    *out = map;
    return status;
}

static int read_labels(struct music *m, enum music_table table,
                       const char *path, int skip_bad, ltrec_error *err)
{
    struct labels labels;
    uint32_t *map = NULL;
    int status = labels_read(path, table_names[table], skip_bad, &labels, err);

    if (status == LTREC_OK)
        status = map_columns(m, table, labels.labels, &map, err);
    for (uint32_t row = 0;
         status == LTREC_OK && row < names_count(labels.items); row++) {
        uint32_t item;
        float *values;

        status = music_add(m, names_text(labels.items, row), &item, err);
        if (status != LTREC_OK)
            break;
        values =
            tool_alloc(names_count(m->vocabulary[table]) + 1, sizeof *values);
        for (size_t i = labels.starts[row]; i < labels.starts[row + 1]; i++) {
            uint32_t column = map[labels.columns[i]];

            if (column == UINT32_MAX)
                m->unknown[table]++;
            else
                values[column] = labels.values[i];
        }
        free(m->values[table][item]);
        m->values[table][item] = values;
    }
    free(map);
    labels_free(&labels);
    return status;
}

static int read_machine(struct music *m, const char *path, int skip_bad,
                        ltrec_error *err)
{
    struct machine machine;
    uint32_t *map = NULL;
    int status = machine_read(path, skip_bad, &machine, err);
    size_t wide = 0, n;

    if (status == LTREC_OK) {
        wide = names_count(machine.columns);
        status = map_columns(m, MUSIC_MACHINE, machine.columns, &map, err);
    }
    n = names_count(m->vocabulary[MUSIC_MACHINE]);
    for (uint32_t row = 0;
         status == LTREC_OK && row < names_count(machine.items); row++) {
        uint32_t item;
        float *values;

        status = music_add(m, names_text(machine.items, row), &item, err);
        if (status != LTREC_OK)
            break;
        values = tool_alloc(n + 1, sizeof *values);
        for (size_t i = 0; i < n; i++)
            values[i] = NAN;
        for (size_t i = 0; i < wide; i++) {
            if (map[i] == UINT32_MAX)
                m->unknown[MUSIC_MACHINE] += row == 0;
            else
                values[map[i]] = machine.values[row * wide + i];
        }
        free(m->values[MUSIC_MACHINE][item]);
        m->values[MUSIC_MACHINE][item] = values;
    }
    free(map);
    machine_free(&machine);
    return status;
}

int music_read_table(struct music *music, enum music_table table,
                     const char *path, int skip_bad, ltrec_error *err)
{
    return table == MUSIC_MACHINE
               ? read_machine(music, path, skip_bad, err)
               : read_labels(music, table, path, skip_bad, err);
}

void music_warn(const struct music *music)
{
    for (int t = 0; t < MUSIC_TABLES; t++)
        if (music->unknown[t] > 0)
            term_warn("%llu entries name a%s %s that the model has never "
                      "seen; they were left out",
                      (unsigned long long)music->unknown[t],
                      t == MUSIC_ATTRIBUTES ? "n" : "", table_names[t]);
}

/* ---- Sound -------------------------------------------------------------- */

/* `path`, or beside the table when it is relative. */
static char *beside(const char *table, const char *path)
{
    const char *slash = strrchr(table, '/');
    size_t folder = slash && path[0] != '/' ? (size_t)(slash - table) + 1 : 0;
    char *place = tool_alloc(folder + strlen(path) + 1, 1);

    memcpy(place, table, folder);
    strcpy(place + folder, path);
    return place;
}

void music_set_mel(struct music *music, uint32_t item, float *mel, size_t rows)
{
    free(music->mel[item]);
    music->mel[item] = mel;
    music->mel_rows[item] = rows;
}

static int read_file(struct music *m, ltrec_frontend *frontend,
                     const char *table, uint32_t row, ltrec_error *err)
{
    const struct names *names = items_names(m->texts);
    char *path = beside(table, items_text(m->texts, row, ITEMS_PATH));
    struct melfile file;
    uint32_t item;
    int status = melfile_read(path, frontend, MELFILE_SECONDS, &file, err);

    free(path);
    if (status != LTREC_OK)
        return status;
    names_find(m->items, names_text(names, row),
               strlen(names_text(names, row)), &item);
    music_set_mel(m, item, file.mel, file.rows);
    return LTREC_OK;
}

int music_read_sound(struct music *music, ltrec_context *ctx,
                     const ltrec_frontend_options *frontend,
                     const char *items_path, size_t *failed, ltrec_error *err)
{
    size_t n = music->texts ? names_count(items_names(music->texts)) : 0;
    ltrec_frontend *made;
    int status = ltrec_frontend_create(ctx, frontend, &made, err);

    *failed = 0;
    if (status != LTREC_OK)
        return status;
    ltrec_frontend_options_get(made, &music->frontend, sizeof music->frontend);
    music->has_sound = 1;
    term_doing("listening");
    for (uint32_t row = 0; row < n && status == LTREC_OK; row++) {
        ltrec_error one;

        if (term_progress(NULL, row, n) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        else if (items_text(music->texts, row, ITEMS_PATH)[0] != '\0' &&
                 read_file(music, made, items_path, row, &one) != LTREC_OK) {
            term_error("%s", one.message);
            ++*failed;
        }
    }
    term_done();
    ltrec_frontend_free(made);
    return status;
}

/* ---- For the library ---------------------------------------------------- */

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

void music_track(const struct music *music, uint32_t item, ltrec_track *track)
{
    ltrec_track_init(track, sizeof *track);
    track->mel = music->mel[item];
    track->n_frames = music->mel_rows[item];
    track->attributes = music->values[MUSIC_ATTRIBUTES][item];
    track->genres = music->values[MUSIC_GENRES][item];
    track->machine = music->values[MUSIC_MACHINE][item];
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

uint32_t music_siblings(const struct music *music,
                        const ltrec_factors *factors, uint32_t item,
                        float *mean)
{
    size_t rank = ltrec_factors_rank(factors);
    const float *vectors = ltrec_factors_vectors(factors);
    const float *norms = ltrec_factors_norms(factors);
    uint32_t n = 0;

    memset(mean, 0, rank * sizeof *mean);
    for (uint32_t i = 0; i < music_count(music); i++) {
        size_t row;

        if (i == item || music->artist[i] == 0 ||
            music->artist[i] != music->artist[item] ||
            ltrec_factors_find(factors, music_id(music, i), &row) !=
                LTREC_OK ||
            !(norms[row] > 0))
            continue;
        n++;
        for (size_t j = 0; j < rank; j++)
            mean[j] += vectors[row * rank + j] / norms[row];
    }
    for (size_t j = 0; n > 0 && j < rank; j++)
        mean[j] /= (float)n;
    return n;
}
