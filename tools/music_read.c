/*
 * music_read.c - tables and sound become what is known of the tracks
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "music.h"
#include "term.h"

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

/* Dates that cannot be understood, and the first of them. */
struct dates {
    size_t wrong;
    const char *first;
};

/* Row `i` of music->texts. */
static int take_item(struct music *music, uint32_t i, struct dates *dates,
                     ltrec_error *err)
{
    const struct items *texts = music->texts;
    const char *artist = items_text(texts, i, ITEMS_ARTIST);
    const char *released = items_text(texts, i, ITEMS_RELEASED);
    uint32_t item, number;
    int status =
        music_add(music, names_text(items_names(texts), i), &item, err);

    if (status == LTREC_OK && artist[0] != '\0') {
        music->recording[item] =
            items_recording(artist, items_text(texts, i, ITEMS_TITLE));
        status =
            names_add(music->artists, artist, strlen(artist), &number, err);
        if (status == LTREC_OK)
            music->artist[item] = number + 1;
    }
    if (status != LTREC_OK)
        return status;
    music_set_album(music, item, items_text(texts, i, ITEMS_ALBUM));
    if (!music_set_release(music, item, released) && dates->wrong++ == 0)
        dates->first = released;
    return LTREC_OK;
}

int music_read_items(struct music *music, const char *path, int skip_bad,
                     ltrec_error *err)
{
    int status = items_read(path, skip_bad, &music->texts, err);
    struct dates dates = {0};
    size_t n;

    if (status != LTREC_OK)
        return status;
    term_warn_skipped(path, items_skipped(music->texts));
    n = names_count(items_names(music->texts));
    for (uint32_t i = 0; i < n && status == LTREC_OK; i++)
        status = take_item(music, i, &dates, err);
    if (dates.wrong > 0)
        term_warn("%s: %zu dates of release, such as '%.40s', are not like "
                  "1997-05-21: taken for unknown",
                  path, dates.wrong, dates.first);
    return status;
}

/* The columns of a table in the music's vocabulary; UINT32_MAX for none. */
static int map_columns(struct music *m, enum music_table table,
                       const struct names *from, uint32_t **out,
                       ltrec_error *err)
{
    size_t n = names_count(from);
    uint32_t *map = tool_alloc(n, sizeof *map), unknown;
    int status = LTREC_OK;

    for (uint32_t i = 0; i < n && status == LTREC_OK; i++) {
        const char *text = names_text(from, i);
        size_t length = strlen(text);

        if (!m->fixed[table]) {
            status =
                names_add(m->vocabulary[table], text, length, &map[i], err);
        } else if (!names_find(m->vocabulary[table], text, length, &map[i])) {
            status = names_add(m->unknown[table], text, length, &unknown, err);
            map[i] = UINT32_MAX;
        }
    }
    if (status != LTREC_OK) {
        free(map);
        map = NULL;
    }
    *out = map;
    return status;
}

static void set_values(struct music *m, enum music_table table, uint32_t item,
                       float *values)
{
    free(m->values[table][item]);
    m->values[table][item] = values;
}

/* A track that is listed with what nobody knows, and nothing else, is one of
 * which nothing is known: zeros would say that it has none of the rest. */
static int read_label_row(struct music *m, enum music_table table,
                          const struct labels *labels, const uint32_t *map,
                          uint32_t row, ltrec_error *err)
{
    size_t n = names_count(m->vocabulary[table]), known = 0;
    float *values;
    uint32_t item;
    int status = music_add(m, names_text(labels->items, row), &item, err);

    if (status != LTREC_OK)
        return status;
    values = tool_alloc(n, sizeof *values);
    for (size_t i = labels->starts[row]; i < labels->starts[row + 1]; i++)
        if (map[labels->columns[i]] != UINT32_MAX) {
            values[map[labels->columns[i]]] = labels->values[i];
            known++;
        }
    if (known > 0) {
        set_values(m, table, item, values);
    } else {
        free(values);
    }
    return LTREC_OK;
}

static int read_labels(struct music *m, enum music_table table,
                       const char *path, int skip_bad, ltrec_error *err)
{
    struct labels labels;
    uint32_t *map = NULL;
    int status =
        labels_read(path, music_table_names[table], skip_bad, &labels, err);

    if (status != LTREC_OK)
        return status;
    term_warn_skipped(path, labels.skipped);
    status = map_columns(m, table, labels.labels, &map, err);
    for (uint32_t row = 0;
         status == LTREC_OK && row < names_count(labels.items); row++)
        status = read_label_row(m, table, &labels, map, row, err);
    free(map);
    labels_free(&labels);
    return status;
}

static int read_machine_row(struct music *m, const struct machine *machine,
                            const uint32_t *map, uint32_t row,
                            ltrec_error *err)
{
    size_t n = names_count(m->vocabulary[MUSIC_MACHINE]), known = 0;
    size_t wide = names_count(machine->columns);
    float *values;
    uint32_t item;
    int status = music_add(m, names_text(machine->items, row), &item, err);

    if (status != LTREC_OK)
        return status;
    values = tool_alloc(n, sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = NAN;
    for (size_t i = 0; i < wide; i++)
        if (map[i] != UINT32_MAX) {
            values[map[i]] = machine->values[row * wide + i];
            known += isnan(values[map[i]]) ? 0 : 1;
        }
    if (known > 0) {
        set_values(m, MUSIC_MACHINE, item, values);
    } else {
        free(values);
    }
    return LTREC_OK;
}

static int read_machine(struct music *m, const char *path, int skip_bad,
                        ltrec_error *err)
{
    struct machine machine;
    uint32_t *map = NULL;
    int status = machine_read(path, skip_bad, &machine, err);

    if (status != LTREC_OK)
        return status;
    term_warn_skipped(path, machine.skipped);
    status = map_columns(m, MUSIC_MACHINE, machine.columns, &map, err);
    for (uint32_t row = 0;
         status == LTREC_OK && row < names_count(machine.items); row++)
        status = read_machine_row(m, &machine, map, row, err);
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
    for (int t = 0; t < MUSIC_TABLES; t++) {
        size_t n = names_count(music->unknown[t]);

        if (n > 0)
            term_warn("%zu %s%s that the model has never seen, such as "
                      "'%.60s': left out",
                      n, music_table_names[t], n == 1 ? "" : "s",
                      names_text(music->unknown[t], 0));
    }
}
