/*
 * listens.c - the listens of ListenBrainz, a JSON object a line
 */
#include "listens.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lines.h"

struct listens {
    struct lines *lines;
    int skip_bad;
    uint64_t skipped;
    json_t *object; /* of the line last read; texts of a listen are its */
};

struct listens *listens_open(FILE *stream, const char *name, int skip_bad)
{
    struct listens *listens = tool_alloc(1, sizeof *listens);

    listens->lines = lines_open_stream(stream, name);
    listens->skip_bad = skip_bad;
    return listens;
}

void listens_close(struct listens *listens)
{
    if (!listens)
        return;
    lines_close(listens->lines);
    json_decref(listens->object);
    free(listens);
}

uint64_t listens_skipped(const struct listens *listens)
{
    return listens->skipped;
}

/* ---- One line ----------------------------------------------------------- */

static int refuse(const struct listens *listens, int column, ltrec_error *err,
                  const char *reason)
{
    return tool_fail(err, LTREC_ERR_FORMAT, "%s: line %llu, column %d: %s",
                     lines_name(listens->lines),
                     (unsigned long long)lines_number(listens->lines),
                     column > 0 ? column : 1, reason);
}

static int parse(struct listens *listens, const char *text, size_t length,
                 ltrec_error *err)
{
    json_error_t error;

    json_decref(listens->object);
    listens->object = json_loadb(text, length, 0, &error);
    if (!listens->object)
        return refuse(listens, error.column, err, error.text);
    if (!json_is_object(listens->object))
        return refuse(listens, 1, err, "is not a JSON object");
    return LTREC_OK;
}

/* A text that is there and not empty, without a tab: it will be an id. */
static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && *text && !strpbrk(text, "\t\n\r") ? text : NULL;
}

static int read_time(const struct listens *listens, struct listen *listen,
                     ltrec_error *err)
{
    const json_t *time = json_object_get(listens->object, "listened_at");

    if (!time)
        time = json_object_get(listens->object, "timestamp");
    if (!json_is_integer(time))
        return refuse(listens, 1, err,
                      "no whole number 'listened_at' or 'timestamp'");
    listen->timestamp = json_integer_value(time);
    return LTREC_OK;
}

static int read_listen(const struct listens *listens, struct listen *listen,
                       ltrec_error *err)
{
    const json_t *track = json_object_get(listens->object, "track_metadata");
    const char *artist = text_of(track, "artist_name");
    const char *title = text_of(track, "track_name");

    if (!artist || !title)
        return refuse(listens, 1, err,
                      "no 'artist_name' and 'track_name' in its "
                      "'track_metadata', or with tabs in them");
    listen->count = 1;
    listen->user = NULL;
    if (json_object_get(listens->object, "user_name")) {
        listen->user = text_of(listens->object, "user_name");
        if (!listen->user)
            return refuse(listens, 1, err, "a 'user_name' that is no text");
        listen->user_length = strlen(listen->user);
    }
    listen_name(listen, artist, strlen(artist), title, strlen(title));
    return read_time(listens, listen, err);
}

static int next_line(struct listens *listens, struct listen *listen,
                     ltrec_error *err)
{
    char *text;
    size_t length;
    int status;

    do {
        status = lines_next(listens->lines, &text, &length, err);
        if (status != 1)
            return status;
    } while (length == 0);
    status = parse(listens, text, length, err);
    if (status == LTREC_OK)
        status = read_listen(listens, listen, err);
    return status == LTREC_OK ? 1 : status;
}

int listens_next(struct listens *listens, struct listen *listen,
                 ltrec_error *err)
{
    for (;;) {
        int status = next_line(listens, listen, err);

        if (status != LTREC_ERR_FORMAT || !listens->skip_bad)
            return status;
        listens->skipped++;
    }
}
