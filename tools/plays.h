/*
 * plays.h - who played what, from any of the files that say so
 *
 *     plays_open(path, &options, &plays, &err);
 *     while ((status = plays_next(plays, &play, &err)) == 1)
 *         use(play.user, play.item, play.count);
 *
 * A table has the columns `user`, `item` and `count`, or `rating` in place of
 * `count` or beside it: thumbs from -1 to 1.  `timestamp`, in any way of
 * moment.h, is read when asked for.  A file that begins with "%%MatrixMarket"
 * is a coordinate matrix of listeners by items, real, integer or pattern; its
 * users and items are named "1", "2" ...  One that begins with "{" has a
 * listen of ListenBrainz on each line (listens.h), and some tables are logs of
 * Last.fm (scrobbles.h): every row a play of "ARTIST - TITLE", by the listener
 * it names or, where it names none, by one called after the file.
 *
 * A count is finite and not negative.  A pair with count 0 was not played: it
 * is counted and passed over.  A pair may come again; summing is left to the
 * library.  Rows are handed out as they are read, so memory grows with the
 * number of different users and items only: 41 bytes and the text of each, up
 * to three times that while growing.
 */
#ifndef PLAYS_H
#define PLAYS_H

#include <stdio.h>

#include "names.h"
#include "tool.h"

/* The largest count taken: more is a mistake in the table. */
#define PLAYS_COUNT_MAX 1e9

struct plays_options {
    int skip_bad;   /* count broken rows and go on */
    int timestamps; /* the column `timestamp` is needed */
};

struct play {
    uint32_t user; /* numbers in plays_users() and plays_items() */
    uint32_t item;
    float count;       /* below 0: a thumb down, which undoes plays */
    int64_t timestamp; /* 0 when not asked for */
};

struct plays;

/* "-" is the standard input.  NULL `options` means neither of them. */
int plays_open(const char *path, const struct plays_options *options,
               struct plays **out, ltrec_error *err);

/* The same of an open stream, which stays the caller's. */
int plays_open_stream(FILE *stream, const char *name,
                      const struct plays_options *options, struct plays **out,
                      ltrec_error *err);

/* Accepts NULL. */
void plays_close(struct plays *plays);

/* 1 with the next pair, 0 at the end, or a negative status. */
int plays_next(struct plays *plays, struct play *play, ltrec_error *err);

/* Whether there are thumbs, and so counts below 0. */
int plays_have_ratings(const struct plays *plays);

/* The names met so far.  They grow with plays_next(). */
const struct names *plays_users(const struct plays *plays);
const struct names *plays_items(const struct plays *plays);

/* Take the names along; the reader must not be read from again. */
struct names *plays_take_users(struct plays *plays);
struct names *plays_take_items(struct plays *plays);

uint64_t plays_rows(const struct plays *plays);    /* handed out */
uint64_t plays_zeros(const struct plays *plays);   /* passed over */
uint64_t plays_skipped(const struct plays *plays); /* broken */

#endif /* PLAYS_H */
