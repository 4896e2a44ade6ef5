/*
 * items.c - what is known of the tracks by name
 */
#include "items.h"

#include <stdlib.h>
#include <string.h>

#include "table.h"

/* Nothing anybody calls a track is longer than a month. */
#define SECONDS_MAX 2678400

struct items {
    struct names *names;
    size_t *texts;   /* [count][ITEMS_TEXTS], offsets into `bytes` */
    double *seconds; /* [count] */
    char *bytes;     /* terminated texts; the first is "" */
    size_t used;
    size_t texts_capacity, seconds_capacity, bytes_capacity;
    uint64_t skipped;
};

struct columns {
    int item, seconds;
    int text[ITEMS_TEXTS];
};

static int find_columns(struct table *table, struct columns *columns,
                        ltrec_error *err)
{
    static const char *const names[ITEMS_TEXTS] = {
        "artist", "title", "album", "genre", "path", "released"};
    int status = table_need(table, "item", &columns->item, err);

    for (int i = 0; i < ITEMS_TEXTS && status == LTREC_OK; i++)
        status = i <= ITEMS_TITLE
                     ? table_need(table, names[i], &columns->text[i], err)
                     : table_want(table, names[i], &columns->text[i], err);
    if (status == LTREC_OK)
        status = table_want(table, "seconds", &columns->seconds, err);
    return status;
}

struct items *items_create(void)
{
    struct items *items = tool_alloc(1, sizeof *items);

    items->names = names_create("item");
    items->bytes = tool_grow(NULL, &items->bytes_capacity, 1, 1);
    items->bytes[items->used++] = '\0';
    return items;
}

static size_t keep(struct items *items, const char *text)
{
    size_t offset = items->used, length = strlen(text);

    if (length == 0)
        return 0;
    items->bytes = tool_grow(items->bytes, &items->bytes_capacity,
                             items->used + length + 1, 1);
    memcpy(items->bytes + offset, text, length + 1);
    items->used += length + 1;
    return offset;
}

int items_add(struct items *items, const char *id,
              const char *const texts[ITEMS_TEXTS], double seconds,
              ltrec_error *err)
{
    size_t n = names_count(items->names);
    uint32_t number;
    int status = names_add(items->names, id, strlen(id), &number, err);

    if (status != LTREC_OK)
        return status;
    items->seconds = tool_grow(items->seconds, &items->seconds_capacity, n + 1,
                               sizeof *items->seconds);
    items->texts = tool_grow(items->texts, &items->texts_capacity,
                             (n + 1) * ITEMS_TEXTS, sizeof *items->texts);
    items->seconds[n] = seconds;
    for (size_t i = 0; i < ITEMS_TEXTS; i++)
        items->texts[n * ITEMS_TEXTS + i] = keep(items, texts[i]);
    return LTREC_OK;
}

static int read_row(struct items *items, struct table *table,
                    const struct columns *columns, ltrec_error *err)
{
    const char *id, *texts[ITEMS_TEXTS];
    size_t length;
    uint32_t number;
    double seconds = 0;
    int status = table_id(table, columns->item, &id, &length, err);

    if (status == LTREC_OK && columns->seconds >= 0 &&
        table_length(table, columns->seconds) > 0)
        status = table_number(table, columns->seconds, 0, SECONDS_MAX,
                              &seconds, err);
    if (status != LTREC_OK)
        return status;
    if (names_find(items->names, id, length, &number))
        return table_refuse(table, columns->item, err,
                            "'%.40s' was there before", id);
    for (int i = 0; i < ITEMS_TEXTS; i++)
        texts[i] =
            columns->text[i] < 0 ? "" : table_text(table, columns->text[i]);
    return items_add(items, id, texts, seconds, err);
}

static int read_rows(struct items *items, struct table *table,
                     ltrec_error *err)
{
    struct columns columns;
    int status = find_columns(table, &columns, err);

    if (status != LTREC_OK)
        return status;
    while ((status = table_next(table, err)) == 1) {
        status = read_row(items, table, &columns, err);
        status = table_pass_over(table, status);
        if (status != LTREC_OK)
            return status;
    }
    return status;
}

int items_read(const char *path, int skip_bad, struct items **out,
               ltrec_error *err)
{
    struct items *items;
    struct table *table;
    int status;

    *out = NULL;
    status = table_open(path, skip_bad, &table, err);
    if (status != LTREC_OK)
        return status;
    items = items_create();
    status = read_rows(items, table, err);
    items->skipped = table_skipped(table);
    table_close(table);
    if (status != LTREC_OK) {
        items_free(items);
        return status;
    }
    *out = items;
    return LTREC_OK;
}

void items_free(struct items *items)
{
    if (!items)
        return;
    names_free(items->names);
    free(items->texts);
    free(items->seconds);
    free(items->bytes);
    free(items);
}

const struct names *items_names(const struct items *items)
{
    return items->names;
}

const char *items_text(const struct items *items, uint32_t number,
                       enum items_text which)
{
    return items->bytes + items->texts[(size_t)number * ITEMS_TEXTS + which];
}

char *items_file(const struct items *items, uint32_t number, const char *table)
{
    const char *path = items_text(items, number, ITEMS_PATH);
    const char *slash = strrchr(table, '/');
    size_t folder = slash && path[0] != '/' ? (size_t)(slash - table) + 1 : 0;
    char *place;

    if (path[0] == '\0')
        return NULL;
    place = tool_alloc(folder + strlen(path) + 1, 1);
    memcpy(place, table, folder);
    strcpy(place + folder, path);
    return place;
}

double items_seconds(const struct items *items, uint32_t number)
{
    return items->seconds[number];
}

uint64_t items_skipped(const struct items *items)
{
    return items->skipped;
}

/* ---- Recordings ------------------------------------------------------- */

/* Letters and digits alone, in lower case; bytes of other alphabets stay. */
static size_t plain(const char *text, char *out)
{
    size_t n = 0;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 'A' && c <= 'Z')
            out[n++] = (char)(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 128)
            out[n++] = (char)c;
    }
    return n;
}

uint64_t items_recording(const char *artist, const char *title)
{
    char *key = tool_alloc(strlen(artist) + strlen(title) + 2, 1);
    size_t n = plain(artist, key), m;
    uint64_t id;

    key[n++] = '\n';
    m = plain(title, key + n);
    id = n > 1 && m > 0 ? names_id_of(key, n + m) : 0;
    free(key);
    return id;
}
