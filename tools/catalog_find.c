/*
 * catalog_find.c - the track that somebody means
 */
#include "catalog_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"

/* ---- Paths -------------------------------------------------------------- */

/* As scan wrote it: from the root, links resolved; NULL for none. */
static char *absolute(const char *path)
{
    char *real = realpath(path, NULL);
    char *here;
    size_t bytes;

    if (real || path[0] == '/' || path[0] == '\0')
        return real;
    here = getcwd(NULL, 0);
    if (!here)
        return NULL;
    bytes = strlen(here) + strlen(path) + 2;
    real = tool_alloc(bytes, 1);
    snprintf(real, bytes, "%s/%s", here, path);
    free(here);
    return real;
}

/* ---- Queries ------------------------------------------------------------ */

/* The ids that the bound query gives: how many, and the first two. */
static int ask(struct catalog *c, sqlite3_stmt *query, int64_t ids[2],
               ltrec_error *err)
{
    int n = 0, status;

    while ((status = sql_step(c->sql, query, err)) == 1) {
        if (n < 2)
            ids[n] = sqlite3_column_int64(query, 0);
        n++;
    }
    return status < 0 ? status : n;
}

static int by_path(struct catalog *c, const char *path, int64_t ids[2],
                   ltrec_error *err)
{
    sqlite3_stmt *query;
    int status = sql_prepare(c->sql, "SELECT id FROM tracks WHERE path = ?",
                             &query, err);

    if (status != LTREC_OK)
        return status;
    sql_bind_bytes(query, 1, path, strlen(path));
    status = ask(c, query, ids, err);
    sqlite3_finalize(query);
    return status;
}

static int by_any_path(struct catalog *c, const char *text, int64_t ids[2],
                       ltrec_error *err)
{
    int n = by_path(c, text, ids, err);
    char *path;

    if (n != 0)
        return n;
    path = absolute(text);
    n = path ? by_path(c, path, ids, err) : 0;
    free(path);
    return n;
}

static int by_id(struct catalog *c, const char *text, int64_t ids[2],
                 ltrec_error *err)
{
    char query[80];
    int64_t number;

    if (number_parse_integer(text, strlen(text), &number) != NUMBER_OK)
        return 0;
    snprintf(query, sizeof query,
             "SELECT count(*) FROM tracks WHERE id = %" PRId64, number);
    ids[0] = number;
    if (sql_number(c->sql, query, 0, &number, err) != LTREC_OK)
        return err ? err->code : LTREC_ERR_IO;
    return number > 0;
}

/* ---- Artist and title --------------------------------------------------- */

static int by_names(struct catalog *c, sqlite3_stmt *query, const char *artist,
                    size_t length, const char *title, int64_t ids[2],
                    ltrec_error *err)
{
    sqlite3_bind_text(query, 1, artist, (int)length, SQLITE_STATIC);
    sqlite3_bind_text(query, 2, title, -1, SQLITE_STATIC);
    return ask(c, query, ids, err);
}

/* The text may be parted at any of its dashes: names have dashes too. */
static int by_artist_and_title(struct catalog *c, const char *text,
                               int64_t ids[2], ltrec_error *err)
{
    static const char *const dashes[] = {" - ", " \xe2\x80\x93 ",
                                         " \xe2\x80\x94 "};
    sqlite3_stmt *query;
    int n = sql_prepare(c->sql,
                        "SELECT id FROM tracks WHERE artist = ? COLLATE "
                        "NOCASE AND title = ? COLLATE NOCASE ORDER BY id",
                        &query, err);

    if (n != LTREC_OK)
        return n;
    for (size_t i = 0; i < 3 && n == 0; i++) {
        const char *dash = text;

        while (n == 0 && (dash = strstr(dash, dashes[i])) != NULL) {
            n = by_names(c, query, text, (size_t)(dash - text),
                         dash + strlen(dashes[i]), ids, err);
            dash++;
        }
    }
    sqlite3_finalize(query);
    return n;
}

static int by_title(struct catalog *c, const char *text, int64_t ids[2],
                    ltrec_error *err)
{
    sqlite3_stmt *query;
    int n = sql_prepare(c->sql,
                        "SELECT id FROM tracks WHERE title = ? COLLATE "
                        "NOCASE ORDER BY id",
                        &query, err);

    if (n != LTREC_OK)
        return n;
    sqlite3_bind_text(query, 1, text, -1, SQLITE_STATIC);
    n = ask(c, query, ids, err);
    sqlite3_finalize(query);
    return n;
}

/* Some track whose artist and title have the text somewhere, for the message
 * that no track is called so. */
static int explain_unknown(struct catalog *c, const char *text,
                           ltrec_error *err)
{
    static const char likely[] =
        "SELECT id, artist || ' - ' || title AS name FROM tracks WHERE "
        "length(?1) > 2 AND instr(lower(name), lower(?1)) > 0 ORDER BY id";
    sqlite3_stmt *query;
    char hint[160] = "";
    int status = sql_prepare(c->sql, likely, &query, err);

    if (status != LTREC_OK)
        return status;
    sqlite3_bind_text(query, 1, text, -1, SQLITE_STATIC);
    status = sql_step(c->sql, query, err);
    if (status == 1)
        snprintf(hint, sizeof hint, "; did you mean %" PRId64 ", '%.100s'?",
                 (int64_t)sqlite3_column_int64(query, 0),
                 (const char *)sqlite3_column_text(query, 1));
    sqlite3_finalize(query);
    return status < 0 ? status
                      : tool_fail(err, LTREC_ERR_ARGUMENT,
                                  "no track '%.80s' in the catalogue, by its "
                                  "path, id, \"artist - title\" or title%s",
                                  text, hint);
}

int catalog_find(struct catalog *catalog, const char *text, int64_t *id,
                 ltrec_error *err)
{
    int64_t ids[2] = {0, 0};
    int n = by_any_path(catalog, text, ids, err);

    if (n == 0)
        n = by_id(catalog, text, ids, err);
    if (n == 0)
        n = by_artist_and_title(catalog, text, ids, err);
    if (n == 0)
        n = by_title(catalog, text, ids, err);
    if (n < 0)
        return n;
    if (n == 0)
        return explain_unknown(catalog, text, err);
    if (n > 1)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "%d tracks are called '%.100s', such as %" PRId64
                         " and %" PRId64 ": please use the id",
                         n, text, ids[0], ids[1]);
    *id = ids[0];
    return LTREC_OK;
}
