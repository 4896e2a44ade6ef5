/*
 * scrobbles.h - the tables that logs of Last.fm come as
 *
 *     artist,album,track,date          without a header: lastfm-to-csv
 *     user time artist-id artist track-id track
 *                                      without a header, tabs: Last.fm 1K
 *     user artist-id artist plays      without a header, tabs: Last.fm 360K
 *
 * and any table with a header that has `artist`, `track` or `title`, and when,
 * in `uts`, `timestamp`, `time`, `date` or `utc_time`; a `user` is optional.
 */
#ifndef SCROBBLES_H
#define SCROBBLES_H

#include "listen.h"
#include "table.h"

/* Columns, or -1. */
struct scrobbles {
    int user, artist, track, time, count;
};

/* 1 when the table is one of those, 0 when not, or a negative status. */
int scrobbles_find(struct table *table, struct scrobbles *out,
                   ltrec_error *err);

/* The row last read. */
int scrobbles_row(struct table *table, const struct scrobbles *scrobbles,
                  struct listen *listen, ltrec_error *err);

#endif /* SCROBBLES_H */
