/*
 * scan_rows.c - what a scan writes into the catalogue
 *
 * Each track is committed by itself: in write-ahead mode that costs some tens
 * of microseconds, and a kill then loses only what was being listened to.
 */
#include "scan_rows_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files noted in one transaction. */
#define BATCH 2000

static const char *const texts[] = {
    "INSERT INTO tracks (path, size, mtime_ns) VALUES (?, ?, ?)",
    "INSERT OR IGNORE INTO temp.seen VALUES (?)",
    "UPDATE tracks SET todo = 1 WHERE id = ?",
    "UPDATE tracks SET todo = 0, size = ?2, mtime_ns = ?3, status = "
    "iif(status = 'unreadable', 'ok', status), error = iif(status = "
    "'unreadable', NULL, error) WHERE id = ?1",
    "UPDATE tracks SET todo = 0, status = 'unreadable', error = ?2 "
    "WHERE id = ?1",
    "UPDATE tracks SET todo = 0, status = 'failed', error = ?2, features = 0, "
    "size = ?3, mtime_ns = ?4 WHERE id = ?1",
    "DELETE FROM temp.seen WHERE id = ?",
    "UPDATE tracks SET path = ?2, size = ?3, mtime_ns = ?4 WHERE id = ?1",
    "DELETE FROM tracks WHERE id = ?",
    /* ?1 from ?2 */
    "UPDATE tracks SET (hash, todo, status, error, note, decoder, features, "
    "model, artist, title, album, genre, year, number, seconds, rate_hz, "
    "channels, rows, mel_bits, confidence, factor, described, descriptors) = "
    "(SELECT hash, 0, status, "
    "error, note, decoder, features, model, artist, title, album, genre, "
    "year, number, seconds, rate_hz, channels, rows, mel_bits, confidence, "
    "factor, described, descriptors FROM tracks WHERE id = ?2), size = ?3, "
    "mtime_ns = ?4 "
    "WHERE id = ?1",
    "UPDATE tracks SET todo = 0, size = ?2, mtime_ns = ?3, hash = ?4, "
    "status = ?5, error = ?6, note = ?7, decoder = ?8, features = ?9, "
    "model = ?10, artist = ?11, title = ?12, album = ?13, genre = ?14, "
    "year = ?15, number = ?16, seconds = ?17, rate_hz = ?18, channels = ?19, "
    "rows = ?20, mel_bits = ?21, confidence = ?22, factor = ?23, "
    "described = ?24, descriptors = ?25 "
    "WHERE id = ?1",
    "UPDATE tracks SET todo = 0, model = ?2, confidence = ?3, factor = ?4 "
    "WHERE id = ?1",
};

/* ---- Life cycle --------------------------------------------------------- */

static int prepare(struct scan_rows *r, ltrec_error *err)
{
    sqlite3_stmt **const statements[] = {
        &r->insert,     &r->see,  &r->mark,  &r->unchanged,
        &r->unreadable, &r->fail, &r->unsee, &r->move,
        &r->drop,       &r->copy, &r->save,  &r->factor};
    int status = sql_run(
        r->sql,
        "CREATE TEMP TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY);"
        "DELETE FROM temp.seen;",
        err);

    for (size_t i = 0;
         i < sizeof texts / sizeof texts[0] && status == LTREC_OK; i++)
        status = sql_prepare(r->sql, texts[i], statements[i], err);
    if (status == LTREC_OK)
        status =
            catalog_list_where(r->catalog, "WHERE path = ?", &r->by_path, err);
    if (status == LTREC_OK)
        status = catalog_list_where(r->catalog,
                                    "WHERE todo AND id > ? AND id IN "
                                    "(SELECT id FROM temp.seen) "
                                    "ORDER BY id LIMIT 1",
                                    &r->next, err);
    if (status == LTREC_OK)
        status = catalog_list_where(r->catalog,
                                    "WHERE hash = ? AND size = ? AND id <> ? "
                                    "AND status = 'ok' ORDER BY id",
                                    &r->same, err);
    return status;
}

int scan_rows_open(struct catalog *catalog, const struct scan_wanted *wanted,
                   struct scan_rows **out, ltrec_error *err)
{
    struct scan_rows *rows = tool_alloc(1, sizeof *rows);
    int status;

    *out = NULL;
    rows->catalog = catalog;
    rows->sql = catalog_sql(catalog);
    rows->wanted = *wanted;
    status = prepare(rows, err);
    if (status != LTREC_OK) {
        scan_rows_close(rows);
        return status;
    }
    *out = rows;
    return LTREC_OK;
}

void scan_rows_close(struct scan_rows *rows)
{
    if (!rows)
        return;
    catalog_end(rows->by_path);
    catalog_end(rows->next);
    catalog_end(rows->same);
    sqlite3_finalize(rows->insert);
    sqlite3_finalize(rows->see);
    sqlite3_finalize(rows->mark);
    sqlite3_finalize(rows->unchanged);
    sqlite3_finalize(rows->unreadable);
    sqlite3_finalize(rows->fail);
    sqlite3_finalize(rows->unsee);
    sqlite3_finalize(rows->move);
    sqlite3_finalize(rows->drop);
    sqlite3_finalize(rows->copy);
    sqlite3_finalize(rows->save);
    sqlite3_finalize(rows->factor);
    free(rows);
}

int scan_rows_begin(struct scan_rows *rows, ltrec_error *err)
{
    return sql_run(rows->sql, "BEGIN IMMEDIATE", err);
}

int scan_rows_commit(struct scan_rows *rows, ltrec_error *err)
{
    return sql_run(rows->sql, "COMMIT", err);
}

/* ---- Before: what is there ---------------------------------------------- */

int64_t scan_rows_time(const struct stat *info)
{
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

static int is_as_wanted(const struct scan_rows *rows,
                        const struct catalog_track *t)
{
    const struct scan_wanted *w = &rows->wanted;

    /* What failed has features of 0; what can just now not be read may be as
     * good as it was. */
    return t->features == w->features &&
           (w->model == 0 || t->model == w->model) &&
           (w->mel_bits == 0 || t->mel_bits == w->mel_bits) &&
           (w->described == 0 || t->described == w->described);
}

static int is_to_be_done(const struct scan_rows *rows,
                         const struct catalog_track *t,
                         const struct stat *info)
{
    if (t->size != info->st_size || t->mtime_ns != scan_rows_time(info))
        return 1;
    if (t->status == CATALOG_FAILED)
        return rows->wanted.retry;
    return t->status != CATALOG_OK || !is_as_wanted(rows, t);
}

int scan_rows_run(struct scan_rows *rows, sqlite3_stmt *statement, int64_t id,
                  ltrec_error *err)
{
    sqlite3_bind_int64(statement, 1, id);
    return sql_do(rows->sql, statement, err);
}

static int insert(struct scan_rows *rows, const char *path,
                  const struct stat *info, int64_t *id, ltrec_error *err)
{
    int status;

    sql_bind_bytes(rows->insert, 1, path, strlen(path));
    sqlite3_bind_int64(rows->insert, 2, info->st_size);
    sqlite3_bind_int64(rows->insert, 3, scan_rows_time(info));
    status = sql_do(rows->sql, rows->insert, err);
    *id = sql_last_id(rows->sql);
    return status;
}

int scan_rows_meet(struct scan_rows *rows, const char *path,
                   const struct stat *info, ltrec_error *err)
{
    sqlite3_stmt *query = catalog_statement(rows->by_path);
    struct catalog_track track;
    int64_t id = 0;
    int status, todo = 0;

    sql_bind_bytes(query, 1, path, strlen(path));
    status = catalog_next(rows->by_path, &track, err);
    if (status == 1) {
        id = track.id;
        todo = !track.todo && is_to_be_done(rows, &track, info);
    }
    sqlite3_reset(query);
    if (status == 0)
        status = insert(rows, path, info, &id, err);
    else if (status == 1)
        status = todo ? scan_rows_run(rows, rows->mark, id, err) : LTREC_OK;
    if (status == LTREC_OK)
        status = scan_rows_run(rows, rows->see, id, err);
    if (status == LTREC_OK && ++rows->n_noted % BATCH == 0) {
        status = scan_rows_commit(rows, err);
        if (status == LTREC_OK)
            status = scan_rows_begin(rows, err);
    }
    return status;
}

/* ---- Meanwhile ---------------------------------------------------------- */

int scan_rows_next(struct scan_rows *rows, int64_t *after,
                   struct scan_job *job, ltrec_error *err)
{
    sqlite3_stmt *query = catalog_statement(rows->next);
    struct catalog_track t;
    int status;

    sqlite3_bind_int64(query, 1, *after);
    status = catalog_next(rows->next, &t, err);
    if (status == 1) {
        memset(job, 0, sizeof *job);
        *after = job->id = t.id;
        job->path = tool_copy_text(t.path);
        snprintf(job->genre, sizeof job->genre, "%s", t.genre);
        job->has_hash = t.has_hash;
        job->hash = t.hash;
        job->size = t.size;
        job->status = t.status;
        job->is_current = is_as_wanted(rows, &t) ||
                          (t.status == CATALOG_FAILED && !rows->wanted.retry);
        job->mtime_ns = t.mtime_ns;
        job->has_rows = t.mel_bits > 0 &&
                        (rows->wanted.mel_bits == 0 ||
                         t.mel_bits == rows->wanted.mel_bits) &&
                        t.features == rows->wanted.features &&
                        (rows->wanted.described == 0 ||
                         t.described == rows->wanted.described);
        job->is_soundless =
            strncmp(t.note, SCAN_SILENT, sizeof SCAN_SILENT - 1) == 0 ||
            strncmp(t.note, SCAN_CONSTANT, sizeof SCAN_CONSTANT - 1) == 0;
    }
    sqlite3_reset(query);
    return status;
}

int scan_rows_left(struct scan_rows *rows, int64_t *todo, int64_t *seen,
                   ltrec_error *err)
{
    int status = catalog_count(
        rows->catalog, "WHERE todo AND id IN (SELECT id FROM temp.seen)", todo,
        err);

    return status == LTREC_OK
               ? sql_number(rows->sql, "SELECT count(*) FROM temp.seen", 0,
                            seen, err)
               : status;
}

int scan_rows_is_same(const struct scan_job *job)
{
    return job->has_hash && job->hash == job->found.hash &&
           job->size == job->found.size;
}

int scan_rows_unchanged(struct scan_rows *rows, const struct scan_job *job,
                        ltrec_error *err)
{
    sqlite3_bind_int64(rows->unchanged, 1, job->id);
    sqlite3_bind_int64(rows->unchanged, 2, job->found.size);
    sqlite3_bind_int64(rows->unchanged, 3, job->found.mtime_ns);
    return sql_do(rows->sql, rows->unchanged, err);
}

int scan_rows_is_gone(const char *path)
{
    struct stat info;

    return stat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* The track takes this file's place, and what it had is its own still. */
static int move(struct scan_rows *rows, const struct scan_job *job,
                int64_t from, ltrec_error *err)
{
    int status = scan_rows_begin(rows, err);

    if (status == LTREC_OK)
        status = scan_rows_run(rows, rows->drop, job->id, err);
    sqlite3_bind_int64(rows->move, 1, from);
    sql_bind_bytes(rows->move, 2, job->path, strlen(job->path));
    sqlite3_bind_int64(rows->move, 3, job->found.size);
    sqlite3_bind_int64(rows->move, 4, job->found.mtime_ns);
    if (status == LTREC_OK)
        status = sql_do(rows->sql, rows->move, err);
    if (status == LTREC_OK)
        status = scan_rows_run(rows, rows->see, from, err);
    if (status == LTREC_OK)
        status = catalog_set_fact(rows->catalog, "factors_stale", 1, err);
    return status == LTREC_OK ? scan_rows_commit(rows, err) : status;
}

static int copy(struct scan_rows *rows, const struct scan_job *job,
                int64_t from, int with_rows, ltrec_error *err)
{
    int status = with_rows
                     ? catalog_mel_copy(rows->catalog, from, job->id, err)
                     : LTREC_OK;

    sqlite3_bind_int64(rows->copy, 1, job->id);
    sqlite3_bind_int64(rows->copy, 2, from);
    sqlite3_bind_int64(rows->copy, 3, job->found.size);
    sqlite3_bind_int64(rows->copy, 4, job->found.mtime_ns);
    return status == LTREC_OK ? sql_do(rows->sql, rows->copy, err) : status;
}

int scan_rows_reuse(struct scan_rows *rows, struct scan_job *job,
                    ltrec_error *err)
{
    sqlite3_stmt *query = catalog_statement(rows->same);
    int64_t gone = 0, twin = 0;
    struct catalog_track t;
    int status, with_rows = 0;

    sqlite3_bind_int64(query, 1, (int64_t)job->found.hash);
    sqlite3_bind_int64(query, 2, job->found.size);
    sqlite3_bind_int64(query, 3, job->id);
    while ((status = catalog_next(rows->same, &t, err)) == 1) {
        if (gone == 0 && job->status == CATALOG_NEW &&
            scan_rows_is_gone(t.path))
            gone = t.id;
        if (twin == 0 && is_as_wanted(rows, &t)) {
            twin = t.id;
            with_rows = t.mel_bits > 0;
        }
    }
    if (status != LTREC_OK || (gone == 0 && twin == 0))
        return status;
    status = gone ? move(rows, job, gone, err)
                  : copy(rows, job, twin, with_rows, err);
    if (status != LTREC_OK)
        return status;
    if (gone)
        job->id = gone;
    return gone ? 1 : 2;
}
