/*
 * listens.h - the listens of ListenBrainz, a JSON object a line
 *
 *     {"user_name": "rob", "listened_at": 1606065600, "track_metadata":
 *      {"artist_name": "Portishead", "track_name": "Strangers"}}
 *
 * as in its dumps and exports; `user_name` may be missing, other members are
 * ignored.  A line that is no such object is refused with its number and the
 * column in it.
 */
#ifndef LISTENS_H
#define LISTENS_H

#include <stdio.h>

#include "listen.h"

struct listens;

/* Read an open stream, which stays the caller's. */
struct listens *listens_open(FILE *stream, const char *name, int skip_bad);

/* Accepts NULL. */
void listens_close(struct listens *listens);

/* 1 with the next one, 0 at the end, or a negative status. */
int listens_next(struct listens *listens, struct listen *listen,
                 ltrec_error *err);

/* Lines that were skipped as bad. */
uint64_t listens_skipped(const struct listens *listens);

#endif /* LISTENS_H */
