/*
 * listen.c - one play out of a log of plays
 */
#include "listen.h"

#include <string.h>

static void append(struct listen *listen, const char *text, size_t length)
{
    listen->item = tool_grow(listen->item, &listen->item_capacity,
                             listen->item_length + length + 1, 1);
    memcpy(listen->item + listen->item_length, text, length);
    listen->item_length += length;
    listen->item[listen->item_length] = '\0';
}

void listen_name(struct listen *listen, const char *artist,
                 size_t artist_length, const char *title, size_t title_length)
{
    listen->item_length = 0;
    append(listen, artist, artist_length);
    if (title_length > 0) {
        append(listen, " - ", 3);
        append(listen, title, title_length);
    }
}
