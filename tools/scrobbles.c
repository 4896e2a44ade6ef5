/*
 * scrobbles.c - the tables that logs of Last.fm come as
 */
#include "scrobbles.h"

#include <string.h>

#include "moment.h"
#include "number.h"

#define COUNT_MAX 1e9

/* The first of several names that the table has, or -1. */
static int first_of(const struct table *table, const char *const *names,
                    int *column, ltrec_error *err)
{
    int status = LTREC_OK;

    *column = -1;
    for (size_t i = 0; names[i] && *column < 0 && status == LTREC_OK; i++)
        status = table_want(table, names[i], column, err);
    return status;
}

static int find_named(const struct table *table, struct scrobbles *out,
                      ltrec_error *err)
{
    static const char *const artists[] = {"artist", "artist_name", NULL};
    static const char *const tracks[] = {"track", "title", "track_name", NULL};
    static const char *const times[] = {"uts",  "timestamp", "time",
                                        "date", "utc_time",  NULL};
    static const char *const users[] = {"user", "username", NULL};
    int item, status = table_want(table, "item", &item, err);

    out->count = -1;
    if (status == LTREC_OK)
        status = first_of(table, artists, &out->artist, err);
    if (status == LTREC_OK)
        status = first_of(table, tracks, &out->track, err);
    if (status == LTREC_OK)
        status = first_of(table, times, &out->time, err);
    if (status == LTREC_OK)
        status = first_of(table, users, &out->user, err);
    if (status != LTREC_OK)
        return status;
    return item < 0 && out->artist >= 0 && out->track >= 0 && out->time >= 0;
}

static int is_moment(const struct table *table, size_t column, int words)
{
    const char *text = table_column_name(table, column);
    int64_t seconds;

    /* A bare number is a moment too, but tells nothing. */
    return moment_parse(text, strlen(text), &seconds) &&
           (!words || strpbrk(text, "-: ") != NULL);
}

/* Logs without a header are known by what stands in the first row. */
static int find_bare(const struct table *table, struct scrobbles *out)
{
    size_t n = table_columns(table);
    const char *user = table_column_name(table, 0);
    int commas = table_has_commas(table);

    if (commas && n == 4 && is_moment(table, 3, 1))
        *out = (struct scrobbles){-1, 0, 2, 3, -1};
    else if (!commas && n == 6 && is_moment(table, 1, 1))
        *out = (struct scrobbles){0, 3, 5, 1, -1};
    else if (!commas && n == 4 && strlen(user) == 40 &&
             strspn(user, "0123456789abcdef") == 40 && is_moment(table, 3, 0))
        *out = (struct scrobbles){0, 2, -1, -1, 3};
    else
        return 0;
    return 1;
}

int scrobbles_find(struct table *table, struct scrobbles *out,
                   ltrec_error *err)
{
    int found = find_bare(table, out);

    if (found)
        table_header_is_row(table);
    return found ? 1 : find_named(table, out, err);
}

int scrobbles_row(struct table *table, const struct scrobbles *scrobbles,
                  struct listen *listen, ltrec_error *err)
{
    const char *artist, *track = "", *time;
    size_t artist_length, track_length = 0;
    int status =
        table_id(table, scrobbles->artist, &artist, &artist_length, err);

    listen->count = 1;
    listen->timestamp = 0;
    listen->user = NULL;
    if (status == LTREC_OK && scrobbles->user >= 0)
        status = table_id(table, scrobbles->user, &listen->user,
                          &listen->user_length, err);
    if (status == LTREC_OK && scrobbles->track >= 0)
        status = table_id(table, scrobbles->track, &track, &track_length, err);
    if (status == LTREC_OK && scrobbles->count >= 0)
        status = table_number(table, scrobbles->count, 0, COUNT_MAX,
                              &listen->count, err);
    if (status != LTREC_OK)
        return status;
    if (scrobbles->time >= 0) {
        time = table_text(table, scrobbles->time);
        if (!moment_parse(time, table_length(table, scrobbles->time),
                          &listen->timestamp))
            return table_refuse(table, scrobbles->time, err,
                                "'%.40s' is no moment", time);
    }
    listen_name(listen, artist, artist_length, track, track_length);
    return LTREC_OK;
}
