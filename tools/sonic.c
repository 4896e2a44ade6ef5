/*
 * sonic.c - answers to the two calls of OpenSubsonic's sonicSimilarity
 */
#include "sonic.h"

#include <math.h>

#include "json.h"

#define API_VERSION "1.16.1"

static json_t *response(const char *status)
{
    json_t *object = json_object();

    json_put_text(object, "status", status);
    json_put_text(object, "version", API_VERSION);
    json_put_text(object, "type", "ltrec");
    json_put_text(object, "serverVersion", ltrec_version());
    json_put(object, "openSubsonic", json_true());
    return object;
}

static void print(json_t *object)
{
    json_t *whole = json_object();

    json_put(whole, "subsonic-response", object);
    json_print(whole);
}

static void put_known(json_t *entry, const char *key, const char *text)
{
    if (*text)
        json_put_text(entry, key, text);
}

/* The required members, and what is known of the others. */
static json_t *child(const struct titles *titles, uint64_t id)
{
    json_t *entry = json_object();
    const char *name, *artist, *title;
    uint32_t number;

    titles_of(titles, id, &name, &artist, &title);
    if (*name)
        json_put_text(entry, "id", name);
    else
        json_put(entry, "id", json_id(id));
    json_put(entry, "isDir", json_false());
    json_put_text(entry, "title", *title ? title : name);
    put_known(entry, "artist", artist);
    if (!titles->items ||
        !names_find_id(items_names(titles->items), id, &number))
        return entry;
    put_known(entry, "album", items_text(titles->items, number, ITEMS_ALBUM));
    put_known(entry, "genre", items_text(titles->items, number, ITEMS_GENRE));
    put_known(entry, "path", items_text(titles->items, number, ITEMS_PATH));
    if (items_seconds(titles->items, number) > 0)
        json_put_count(
            entry, "duration",
            (uint64_t)llround(items_seconds(titles->items, number)));
    return entry;
}

void sonic_print(const struct titles *titles, size_t n,
                 const struct sonic_match *matches)
{
    json_t *object = response("ok"), *array = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *match = json_object();

        json_put(match, "entry", child(titles, matches[i].id));
        json_put_real(match, "similarity", matches[i].similarity);
        json_push(array, match);
    }
    json_put(object, "sonicMatch", array);
    print(object);
}

void sonic_print_failure(int code, const char *message)
{
    json_t *object = response("failed"), *error = json_object();

    json_put(error, "code", json_integer(code));
    json_put_text(error, "message", message);
    json_put(object, "error", error);
    print(object);
}
