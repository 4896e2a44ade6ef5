/*
 * scan_results.c - what a scan's workers found, into the catalogue
 */
#include "scan_rows_parts.h"

/* NULL rather than nothing. */
static void bind_text(sqlite3_stmt *s, int place, const char *text)
{
    sql_bind_text(s, place, *text ? text : NULL);
}

static void bind_number(sqlite3_stmt *s, int place, uint64_t number)
{
    if (number > 0)
        sqlite3_bind_int64(s, place, (int64_t)number);
    else
        sqlite3_bind_null(s, place);
}

static void bind_result(const struct scan_rows *rows,
                        const struct scan_job *job,
                        const struct scan_result *r, const float *factor)
{
    sqlite3_stmt *s = rows->save;
    int ok = r->status == CATALOG_OK;

    sqlite3_bind_int64(s, 1, job->id);
    sqlite3_bind_int64(s, 2, job->found.size);
    sqlite3_bind_int64(s, 3, job->found.mtime_ns);
    if (job->found.hash != 0)
        sqlite3_bind_int64(s, 4, (int64_t)job->found.hash);
    else
        sqlite3_bind_null(s, 4);
    bind_text(s, 5, catalog_status_names[r->status]);
    bind_text(s, 6, r->error);
    bind_text(s, 7, r->note);
    bind_text(s, 8, r->decoder);
    sqlite3_bind_int64(s, 9, ok ? (int64_t)rows->wanted.features : 0);
    sqlite3_bind_int64(s, 10, ok ? (int64_t)rows->wanted.model : 0);
    bind_text(s, 11, r->artist);
    bind_text(s, 12, r->title);
    bind_text(s, 13, r->album);
    bind_text(s, 14, r->genre);
    bind_number(s, 15, r->year);
    bind_number(s, 16, r->number);
    sqlite3_bind_double(s, 17, r->seconds);
    bind_number(s, 18, r->rate_hz);
    bind_number(s, 19, r->channels);
    sqlite3_bind_int64(s, 20, (int64_t)r->rows);
    sqlite3_bind_int64(s, 21, r->mel.bits);
    if (factor)
        sqlite3_bind_double(s, 22, r->confidence);
    else
        sqlite3_bind_null(s, 22);
    sql_bind_bytes(s, 23, factor, r->rank * sizeof *factor);
    sqlite3_bind_int64(s, 24, r->described);
    sql_bind_bytes(s, 25, r->described ? r->descriptors : NULL,
                   sizeof r->descriptors);
}

/* A file that is no longer there is nobody's; one that is closed keeps what
 * was found in it when it was open. */
static int save_unreadable(struct scan_rows *rows, const struct scan_job *job,
                           const char *why, ltrec_error *err)
{
    if (scan_rows_is_gone(job->path))
        return scan_rows_run(rows, rows->unsee, job->id, err);
    sqlite3_bind_int64(rows->unreadable, 1, job->id);
    sql_bind_text(rows->unreadable, 2, why);
    return sql_do(rows->sql, rows->unreadable, err);
}

/* Whether what the catalogue has was found in the contents of today; where
 * nobody got as far as looking, nothing says otherwise. */
static int is_known(const struct scan_job *job)
{
    return job->found.hash == 0 || scan_rows_is_same(job);
}

/* What was found in these contents before is true still: another model, an
 * ffmpeg that is gone or too little memory made the failure. */
static int save_failure(struct scan_rows *rows, const struct scan_job *job,
                        const char *why, ltrec_error *err)
{
    int looked = job->found.hash != 0;

    sqlite3_bind_int64(rows->fail, 1, job->id);
    sql_bind_text(rows->fail, 2, why);
    sqlite3_bind_int64(rows->fail, 3, looked ? job->found.size : job->size);
    sqlite3_bind_int64(rows->fail, 4,
                       looked ? job->found.mtime_ns : job->mtime_ns);
    return sql_do(rows->sql, rows->fail, err);
}

int scan_rows_save(struct scan_rows *rows, const struct scan_job *job,
                   const struct scan_result *r, const float *factor,
                   ltrec_error *err)
{
    int status;

    if (r->status == CATALOG_UNREADABLE)
        return save_unreadable(rows, job, r->error, err);
    if (r->status == CATALOG_FAILED && is_known(job))
        return save_failure(rows, job, r->error, err);
    status = r->mel.bits
                 ? catalog_mel_put(rows->catalog, job->id, &r->mel, err)
                 : LTREC_OK;

    if (status != LTREC_OK)
        return status;
    bind_result(rows, job, r, factor);
    return sql_do(rows->sql, rows->save, err);
}

int scan_rows_save_factor(struct scan_rows *rows, const struct scan_job *job,
                          const struct scan_result *r, const float *factor,
                          ltrec_error *err)
{
    sqlite3_bind_int64(rows->factor, 1, job->id);
    sqlite3_bind_int64(rows->factor, 2, (int64_t)rows->wanted.model);
    sqlite3_bind_double(rows->factor, 3, r->confidence);
    sql_bind_bytes(rows->factor, 4, factor, r->rank * sizeof *factor);
    return sql_do(rows->sql, rows->factor, err);
}
