/*
 * catalog.c - the catalogue's database, and its tracks one by one
 */
#include "catalog_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const catalog_status_names[] = {"new", "ok", "failed",
                                            "unreadable", NULL};

/* ---- The schema --------------------------------------------------------- */

/*
 * A step is never changed once it has been released: what is wanted more is
 * another step.  Numbers of 64 bits are kept as SQLite's signed ones.
 */
static const char *const steps[] = {
    "CREATE TABLE tracks ("
    "    id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "    path BLOB NOT NULL UNIQUE,"
    "    size INTEGER NOT NULL,"
    "    mtime_ns INTEGER NOT NULL,"
    "    hash INTEGER,"
    "    todo INTEGER NOT NULL DEFAULT 1,"
    "    status TEXT NOT NULL DEFAULT 'new',"
    "    error TEXT,"
    "    note TEXT,"
    "    decoder TEXT,"
    "    features INTEGER NOT NULL DEFAULT 0,"
    "    model INTEGER NOT NULL DEFAULT 0,"
    "    artist TEXT, title TEXT, album TEXT, genre TEXT,"
    "    year INTEGER, number INTEGER,"
    "    seconds REAL, rate_hz INTEGER, channels INTEGER,"
    "    rows INTEGER NOT NULL DEFAULT 0,"
    "    mel_bits INTEGER NOT NULL DEFAULT 0,"
    "    confidence REAL,"
    "    factor BLOB"
    ");"
    "CREATE INDEX tracks_by_contents ON tracks (hash, size);"
    "CREATE INDEX tracks_to_do ON tracks (id) WHERE todo;"
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;",

    "ALTER TABLE tracks ADD COLUMN described INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tracks ADD COLUMN descriptors BLOB;",
};

static const struct sql_kind kind = {
    .what = "catalogue",
    .application = 0x6c747263, /* "ltrc" */
    .steps = steps,
    .n_steps = sizeof steps / sizeof steps[0],
    .least = 2,
    .page_bytes = 4096,
};

/* ---- Life cycle --------------------------------------------------------- */

int catalog_open(const char *path, int mode, struct catalog **out,
                 ltrec_error *err)
{
    struct catalog *catalog = tool_alloc(1, sizeof *catalog);
    int status;

    *out = NULL;
    catalog->path = tool_copy_text(path);
    status = sql_open(path, mode == CATALOG_MAKE ? SQL_CREATE : SQL_READ,
                      &kind, &catalog->sql, err);
    if (status != LTREC_OK) {
        catalog_close(catalog);
        return status;
    }
    *out = catalog;
    return LTREC_OK;
}

int catalog_check(const char *path, ltrec_error *err)
{
    struct sql *sql = NULL;
    int status = LTREC_OK;

    if (access(path, F_OK) == 0)
        status = sql_open(path, SQL_LOOK, &kind, &sql, err);
    sql_close(sql);
    return status;
}

void catalog_close(struct catalog *catalog)
{
    if (!catalog)
        return;
    sqlite3_finalize(catalog->put_mel);
    sqlite3_finalize(catalog->get_mel);
    sql_close(catalog->mels);
    sql_close(catalog->sql);
    free(catalog->path);
    free(catalog);
}

struct sql *catalog_sql(struct catalog *catalog)
{
    return catalog->sql;
}

char *catalog_beside(const struct catalog *catalog, const char *ending)
{
    return catalog_path_beside(catalog->path, ending);
}

char *catalog_path_beside(const char *path, const char *ending)
{
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');
    size_t stem =
        dot && strcmp(dot, ".db") == 0 ? (size_t)(dot - path) : strlen(path);
    size_t bytes = stem + strlen(ending) + 1;
    char *beside = tool_alloc(bytes, 1);

    snprintf(beside, bytes, "%.*s%s", (int)stem, path, ending);
    return beside;
}

/* ---- Tracks ------------------------------------------------------------- */

struct catalog_cursor {
    struct catalog *catalog;
    sqlite3_stmt *query;
};

#define COLUMNS \
    "id, path, size, mtime_ns, hash, todo, status, error, note, decoder, " \
    "features, model, artist, title, album, genre, year, number, seconds, " \
    "rate_hz, channels, rows, mel_bits, confidence, factor, described, " \
    "descriptors"

int catalog_list_where(struct catalog *catalog, const char *where,
                       struct catalog_cursor **out, ltrec_error *err)
{
    static const char select[] = "SELECT " COLUMNS " FROM tracks ";
    size_t bytes = sizeof select + strlen(where);
    char *text = tool_alloc(bytes, 1);
    struct catalog_cursor *cursor = tool_alloc(1, sizeof *cursor);
    int status;

    snprintf(text, bytes, "%s%s", select, where);
    cursor->catalog = catalog;
    status = sql_prepare(catalog->sql, text, &cursor->query, err);
    free(text);
    if (status != LTREC_OK) {
        catalog_end(cursor);
        cursor = NULL;
    }
    *out = cursor;
    return status;
}

int catalog_list(struct catalog *catalog, struct catalog_cursor **out,
                 ltrec_error *err)
{
    return catalog_list_where(catalog, "ORDER BY id", out, err);
}

static enum catalog_status status_of(const char *text)
{
    int status = 0;

    while (catalog_status_names[status] &&
           strcmp(text, catalog_status_names[status]) != 0)
        status++;
    return catalog_status_names[status] ? (enum catalog_status)status
                                        : CATALOG_NEW;
}

/* A text column that is missing is "". */
static void read_columns(sqlite3_stmt *q, struct catalog_track *t)
{
    t->id = sqlite3_column_int64(q, 0);
    t->path = sql_text(q, 1);
    t->size = sqlite3_column_int64(q, 2);
    t->mtime_ns = sqlite3_column_int64(q, 3);
    t->has_hash = sqlite3_column_type(q, 4) != SQLITE_NULL;
    t->hash = (uint64_t)sqlite3_column_int64(q, 4);
    t->todo = sqlite3_column_int(q, 5);
    t->status = status_of(sql_text(q, 6));
    t->error = sql_text(q, 7);
    t->note = sql_text(q, 8);
    t->decoder = sql_text(q, 9);
    t->features = (uint64_t)sqlite3_column_int64(q, 10);
    t->model = (uint64_t)sqlite3_column_int64(q, 11);
    t->artist = sql_text(q, 12);
    t->title = sql_text(q, 13);
    t->album = sql_text(q, 14);
    t->genre = sql_text(q, 15);
    t->year = (uint32_t)sqlite3_column_int64(q, 16);
    t->number = (uint32_t)sqlite3_column_int64(q, 17);
    t->seconds = sqlite3_column_double(q, 18);
    t->rate_hz = (uint32_t)sqlite3_column_int64(q, 19);
    t->channels = (uint32_t)sqlite3_column_int64(q, 20);
    t->rows = (size_t)sqlite3_column_int64(q, 21);
    t->mel_bits = (uint32_t)sqlite3_column_int64(q, 22);
    t->confidence = sqlite3_column_double(q, 23);
    t->factor = sqlite3_column_blob(q, 24);
    t->rank = (size_t)sqlite3_column_bytes(q, 24) / sizeof *t->factor;
    if (t->rank == 0)
        t->factor = NULL;
    t->described = (uint32_t)sqlite3_column_int64(q, 25);
    t->descriptors = sqlite3_column_blob(q, 26);
    t->n_descriptors =
        (size_t)sqlite3_column_bytes(q, 26) / sizeof *t->descriptors;
}

int catalog_next(struct catalog_cursor *cursor, struct catalog_track *track,
                 ltrec_error *err)
{
    int status = sql_step(cursor->catalog->sql, cursor->query, err);

    if (status == 1)
        read_columns(cursor->query, track);
    return status;
}

sqlite3_stmt *catalog_statement(struct catalog_cursor *cursor)
{
    return cursor->query;
}

void catalog_end(struct catalog_cursor *cursor)
{
    if (!cursor)
        return;
    sqlite3_finalize(cursor->query);
    free(cursor);
}

/* ---- Facts about the whole ---------------------------------------------- */

int catalog_count(struct catalog *catalog, const char *where, int64_t *n,
                  ltrec_error *err)
{
    char text[400];

    snprintf(text, sizeof text, "SELECT count(*) FROM tracks %s", where);
    return sql_number(catalog->sql, text, 0, n, err);
}

int catalog_fact(struct catalog *catalog, const char *name, int64_t otherwise,
                 int64_t *value, ltrec_error *err)
{
    char text[200];

    snprintf(text, sizeof text, "SELECT value FROM facts WHERE name = '%s'",
             name);
    return sql_number(catalog->sql, text, otherwise, value, err);
}

int catalog_set_fact(struct catalog *catalog, const char *name, int64_t value,
                     ltrec_error *err)
{
    char text[200];

    snprintf(text, sizeof text,
             "INSERT OR REPLACE INTO facts VALUES ('%s', %" PRId64 ")", name,
             value);
    return sql_run(catalog->sql, text, err);
}

int catalog_text(struct catalog *catalog, const char *name, char **text,
                 ltrec_error *err)
{
    sqlite3_stmt *query;
    int status = sql_prepare(
        catalog->sql, "SELECT value FROM facts WHERE name = ?", &query, err);

    *text = NULL;
    if (status != LTREC_OK)
        return status;
    sql_bind_text(query, 1, name);
    status = sql_step(catalog->sql, query, err);
    if (status == 1)
        *text = tool_copy_text(sql_text(query, 0));
    sqlite3_finalize(query);
    return status < 0 ? status : LTREC_OK;
}

int catalog_set_text(struct catalog *catalog, const char *name,
                     const char *text, ltrec_error *err)
{
    sqlite3_stmt *insert;
    int status =
        sql_prepare(catalog->sql, "INSERT OR REPLACE INTO facts VALUES (?, ?)",
                    &insert, err);

    if (status != LTREC_OK)
        return status;
    sql_bind_text(insert, 1, name);
    sql_bind_text(insert, 2, text);
    status = sql_do(catalog->sql, insert, err);
    sqlite3_finalize(insert);
    return status;
}
