/*
 * json.c - results as JSON, through Jansson
 */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

void json_put(json_t *object, const char *key, json_t *value)
{
    if (!value || json_object_set_new(object, key, value) != 0)
        tool_no_memory();
}

void json_push(json_t *array, json_t *value)
{
    if (!value || json_array_append_new(array, value) != 0)
        tool_no_memory();
}

void json_put_real(json_t *object, const char *key, double value)
{
    json_put(object, key, isfinite(value) ? json_real(value) : json_null());
}

void json_put_count(json_t *object, const char *key, uint64_t value)
{
    json_put(object, key, json_integer((json_int_t)value));
}

json_t *json_text(const char *text)
{
    json_t *value = json_string(text);

    if (!value) {
        char *shown = lines_shown(text);

        value = json_string(shown);
        free(shown);
    }
    return value;
}

void json_put_text(json_t *object, const char *key, const char *text)
{
    json_put(object, key, json_text(text));
}

json_t *json_id(uint64_t id)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, id);
    return json_string(text);
}

static int print_bytes(const char *bytes, size_t n, void *user)
{
    (void)user;
    return fwrite(bytes, 1, n, stdout) == n ? 0 : -1;
}

void json_print(json_t *value)
{
    /* A failing write is found by term_finish(). */
    json_dump_callback(value, print_bytes, NULL,
                       JSON_COMPACT | JSON_REAL_PRECISION(9) |
                           JSON_ENCODE_ANY);
    putchar('\n');
    json_decref(value);
}
