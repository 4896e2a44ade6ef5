/*
 * fields.c - a line of a table in its fields
 */
#include "fields.h"

#include <string.h>

size_t fields_at_tabs(char *text, size_t length, struct field *fields,
                      size_t room)
{
    char *end = text + length;
    size_t n = 0;

    for (;;) {
        char *tab = memchr(text, '\t', (size_t)(end - text));
        char *stop = tab ? tab : end;

        if (n < room) {
            fields[n].text = text;
            fields[n].length = (size_t)(stop - text);
            *stop = '\0';
        }
        n++;
        if (!tab)
            return n;
        text = tab + 1;
    }
}

/*
 * Take the quotes off the field that begins at `text`, in place, two of them
 * being one.  What comes after it, or NULL when it does not end in a quote
 * before a comma or the end.
 */
static char *unquote(char *text, char *end, size_t *length)
{
    char *to = text, *from = text + 1;

    for (;;) {
        char *quote = memchr(from, '"', (size_t)(end - from));

        if (!quote)
            return NULL;
        memmove(to, from, (size_t)(quote - from));
        to += quote - from;
        from = quote + 1;
        if (from == end || *from != '"')
            break;
        *to++ = '"';
        from++;
    }
    *length = (size_t)(to - text);
    return from == end || *from == ',' ? from : NULL;
}

size_t fields_at_commas(char *text, size_t length, struct field *fields,
                        size_t room, size_t *broken)
{
    char *end = text + length;
    size_t n = 0;

    for (;;) {
        char *stop = memchr(text, ',', (size_t)(end - text));
        size_t field = (size_t)((stop ? stop : end) - text);

        if (!stop)
            stop = end;
        if (text < end && *text == '"')
            stop = unquote(text, end, &field);
        *broken = n + 1;
        if (!stop || memchr(text, '\t', field))
            return 0;
        if (n < room) {
            fields[n].text = text;
            fields[n].length = field;
        }
        n++;
        text[field] = '\0';
        if (stop == end)
            return n;
        text = stop + 1;
    }
}
