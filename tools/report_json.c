/*
 * report_json.c - a report's figures, and the page that draws them
 *
 * The page is report_page.html, line by line; the figures take the place of
 * the line that says so.  One array for each column keeps them small.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "output.h"
#include "report.h"
#include "report_page.h"

#define MOST_ATTRIBUTES 12 /* of one track that are shown */
#define PLACE_OF_FIGURES "@figures@"

struct columns {
    const struct report *report;
    struct names *artists, *albums;
    json_t *root;
};

/* ---- One column each ---------------------------------------------------- */

static json_t *real(double value, double unit)
{
    return json_real((double)(int64_t)(value / unit + 0.5) * unit);
}

/* A number of the text among `names`, -1 for none. */
static json_t *number_of(struct names *names, const char *text)
{
    uint32_t number;

    if (!*text ||
        names_add(names, text, strlen(text), &number, NULL) != LTREC_OK)
        return json_integer(-1);
    return json_integer(number);
}

static void put_texts(struct columns *c)
{
    json_t *name = json_array(), *title = json_array();
    json_t *artist = json_array(), *album = json_array();

    for (size_t i = 0; i < c->report->n; i++) {
        const struct report *r = c->report;

        json_push(name, json_text(report_name(r, i)));
        json_push(title, json_text(report_text(r, i, ITEMS_TITLE)));
        json_push(artist,
                  number_of(c->artists, report_text(r, i, ITEMS_ARTIST)));
        json_push(album, number_of(c->albums, report_text(r, i, ITEMS_ALBUM)));
    }
    json_put(c->root, "name", name);
    json_put(c->root, "title", title);
    json_put(c->root, "artist", artist);
    json_put(c->root, "album", album);
}

static void put_numbers(struct columns *c)
{
    const struct report *r = c->report;
    json_t *x = json_array(), *y = json_array(), *plays = json_array();
    json_t *cold = json_array(), *listed = json_array();

    for (size_t i = 0; i < r->n; i++) {
        json_push(x, real((double)r->points[2 * i], 1e-4));
        json_push(y, real((double)r->points[2 * i + 1], 1e-4));
        json_push(plays, json_integer(report_plays(r, i)));
        json_push(cold, json_integer(r->cold[i]));
        json_push(listed, json_integer(r->listed[i]));
    }
    json_put(c->root, "x", x);
    json_put(c->root, "y", y);
    json_put(c->root, "plays", plays);
    json_put(c->root, "cold", cold);
    json_put(c->root, "listed", listed);
}

static void put_neighbours(struct columns *c)
{
    const struct report *r = c->report;
    json_t *all = json_array(), *similar = json_array();

    for (size_t i = 0; i < r->n; i++) {
        json_t *row = json_array(), *values = json_array();

        for (size_t j = 0; j < REPORT_NEIGHBOURS; j++) {
            size_t at = i * REPORT_NEIGHBOURS + j;

            if (r->neighbours[at] == REPORT_NONE)
                break;
            json_push(row, json_integer(r->neighbours[at]));
            json_push(values,
                      json_integer(
                          (json_int_t)((double)r->similarities[at] * 1000)));
        }
        json_push(all, row);
        json_push(similar, values);
    }
    json_put(c->root, "neighbours", all);
    json_put(c->root, "similarity", similar);
}

/* ---- Tables of values --------------------------------------------------- */

struct said {
    uint32_t column;
    float value;
};

static int most_first(const void *left, const void *right)
{
    const struct said *a = left, *b = right;

    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* What a table says of a track: [[column, value], ...], the most first. */
static json_t *values_of(const struct report *r, size_t track,
                         enum music_table table, struct said *said)
{
    size_t n = names_count(r->music->vocabulary[table]), kept = 0;
    json_t *row = json_array();
    const float *values;

    if (r->items[track] == REPORT_NONE)
        return row;
    values = r->music->values[table][r->items[track]];
    for (uint32_t i = 0; values && i < n; i++)
        if (values[i] > 0)
            said[kept++] = (struct said){i, values[i]};
    qsort(said, kept, sizeof *said, most_first);
    for (size_t i = 0; i < kept && i < MOST_ATTRIBUTES; i++) {
        json_t *pair = json_array();

        json_push(pair, json_integer(said[i].column));
        json_push(pair, real((double)said[i].value, 0.01));
        json_push(row, pair);
    }
    return row;
}

static json_t *list_of(const struct names *names)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < names_count(names); i++)
        json_push(list, json_text(names_text(names, i)));
    return list;
}

static void put_table(struct columns *c, enum music_table table,
                      const char *key, const char *names_key)
{
    const struct names *names = c->report->music->vocabulary[table];
    struct said *said = tool_alloc(names_count(names), sizeof *said);
    json_t *rows = json_array();

    for (size_t i = 0; i < c->report->n; i++)
        json_push(rows, values_of(c->report, i, table, said));
    json_put(c->root, key, rows);
    json_put(c->root, names_key, list_of(names));
    free(said);
}

/* Where no table tells genres, those of the items' own column do. */
static void put_genres(struct columns *c)
{
    struct names *names;
    json_t *rows;

    if (names_count(c->report->music->vocabulary[MUSIC_GENRES]) > 0) {
        put_table(c, MUSIC_GENRES, "genre", "genres");
        return;
    }
    names = names_create("genre");
    rows = json_array();
    for (size_t i = 0; i < c->report->n; i++) {
        json_t *genre =
            number_of(names, report_text(c->report, i, ITEMS_GENRE));
        json_t *row = json_array();

        if (json_integer_value(genre) >= 0) {
            json_t *pair = json_array();

            json_push(pair, genre);
            json_push(pair, json_integer(1));
            json_push(row, pair);
        } else {
            json_decref(genre);
        }
        json_push(rows, row);
    }
    json_put(c->root, "genre", rows);
    json_put(c->root, "genres", list_of(names));
    names_free(names);
}

/* ---- Sound -------------------------------------------------------------- */

static void put_pictures(struct columns *c)
{
    const struct report *r = c->report;
    json_t *pictures = json_object();
    char key[24];

    for (size_t i = 0; i < r->n; i++)
        if (r->pictures && r->pictures[i]) {
            json_t *picture = json_object();

            json_put_text(picture, "png", r->pictures[i]);
            json_put_real(picture, "seconds", r->seconds[i]);
            snprintf(key, sizeof key, "%zu", i);
            json_put(pictures, key, picture);
        }
    json_put(c->root, "pictures", pictures);
    json_put_real(c->root, "fmin", (double)r->frontend.fmin_hz);
    json_put_real(c->root, "fmax", (double)r->frontend.fmax_hz);
    json_put_count(c->root, "htk", r->frontend.scale == LTREC_MEL_HTK);
}

/* ---- The page ----------------------------------------------------------- */

static json_t *figures_of(const struct report *r)
{
    struct columns c = {.report = r, .root = json_object()};

    c.artists = names_create("artist");
    c.albums = names_create("album");
    json_put_text(c.root, "library", r->title);
    json_put_text(c.root, "version", ltrec_version());
    json_put_count(c.root, "lists", r->n_lists);
    json_put_count(c.root, "by_listeners", r->matrix.plays != NULL);
    put_texts(&c);
    json_put(c.root, "artists", list_of(c.artists));
    json_put(c.root, "albums", list_of(c.albums));
    put_numbers(&c);
    put_neighbours(&c);
    put_genres(&c);
    put_table(&c, MUSIC_ATTRIBUTES, "attribute", "attributes");
    put_pictures(&c);
    names_free(c.artists);
    names_free(c.albums);
    return c.root;
}

/* Inside a page nothing may look like the end of a script. */
static int write_escaped(const char *buffer, size_t size, void *stream)
{
    for (size_t i = 0; i < size; i++)
        if (buffer[i] == '<')
            fputs("\\u003c", stream);
        else
            putc(buffer[i], stream);
    return 0;
}

int report_write(const struct report *r, const char *path, ltrec_error *err)
{
    struct output *output;
    json_t *figures;
    int status = output_open(path, &output, err);

    if (status != LTREC_OK)
        return status;
    figures = figures_of(r);
    for (size_t i = 0; report_page[i]; i++)
        if (strcmp(report_page[i], PLACE_OF_FIGURES) == 0)
            json_dump_callback(figures, write_escaped, output_stream(output),
                               JSON_COMPACT | JSON_REAL_PRECISION(6));
        else
            fprintf(output_stream(output), "%s\n", report_page[i]);
    json_decref(figures);
    return output_commit(output, err);
}
