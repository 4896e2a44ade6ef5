/*
 * listen.h - one play out of a log of plays
 *
 * Logs name artist and title and have no id of the track, or one that is
 * missing half of the time.  The item is therefore "ARTIST - TITLE", in all of
 * them alike, so that logs from several places meet.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include "tool.h"

struct listen {
    const char *user; /* NULL: whose log it is, is not in the log */
    size_t user_length;
    char *item; /* [item_length], and room for more */
    size_t item_length, item_capacity;
    double count;
    int64_t timestamp;
};

/* Name the item. */
void listen_name(struct listen *listen, const char *artist,
                 size_t artist_length, const char *title, size_t title_length);

#endif /* LISTEN_H */
