/*
 * sql.c - SQLite, with failures as they travel everywhere else
 */
#include "sql.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "term.h"

/* How long another program's lock is waited for. */
#define WAIT_MS 5000
#define NAP_MS 10

struct sql {
    sqlite3 *db;
    const struct sql_kind *kind;
    char name[TOOL_SHORT_NAME];
};

/* ---- Failures ----------------------------------------------------------- */

/* What SQLite answered, in words a user of the program can act on. */
static int explain(const struct sql *sql, int code, ltrec_error *err)
{
    int reason = sqlite3_system_errno(sql->db);

    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        if (term_interrupted())
            return tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
        return tool_fail(err, LTREC_ERR_IO,
                         "%s: another program has the %s locked", sql->name,
                         sql->kind->what);
    case SQLITE_FULL:
        return tool_fail(err, LTREC_ERR_IO, "%s: the disk is full", sql->name);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: damaged, or not a %s (%s)", sql->name,
                         sql->kind->what, sqlite3_errmsg(sql->db));
    case SQLITE_NOMEM:
        tool_no_memory();
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
        return tool_fail(err, LTREC_ERR_IO, "%s: %s%s%s", sql->name,
                         sqlite3_errstr(code), reason ? ": " : "",
                         reason ? strerror(reason) : "");
    }
    return tool_fail(err, LTREC_ERR_FORMAT, "%s: %.120s", sql->name,
                     sqlite3_errmsg(sql->db));
}

static int wait_for_lock(void *user, int tries)
{
    struct timespec nap = {0, NAP_MS * 1000000L};

    (void)user;
    if (tries >= WAIT_MS / NAP_MS || term_interrupted())
        return 0;
    nanosleep(&nap, NULL);
    return 1;
}

/* ---- Statements --------------------------------------------------------- */

int sql_run(struct sql *sql, const char *text, ltrec_error *err)
{
    int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);

    return code == SQLITE_OK ? LTREC_OK : explain(sql, code, err);
}

int sql_prepare(struct sql *sql, const char *text, sqlite3_stmt **out,
                ltrec_error *err)
{
    int code = sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT,
                                  out, NULL);

    return code == SQLITE_OK ? LTREC_OK : explain(sql, code, err);
}

int sql_step(struct sql *sql, sqlite3_stmt *statement, ltrec_error *err)
{
    int code = sqlite3_step(statement);
    int status;

    if (code == SQLITE_ROW)
        return 1;
    status = code == SQLITE_DONE ? LTREC_OK : explain(sql, code, err);
    sqlite3_reset(statement);
    return status;
}

int sql_do(struct sql *sql, sqlite3_stmt *statement, ltrec_error *err)
{
    int status = sql_step(sql, statement, err);

    sqlite3_reset(statement);
    return status < 0 ? status : LTREC_OK;
}

int sql_number(struct sql *sql, const char *text, int64_t otherwise,
               int64_t *out, ltrec_error *err)
{
    sqlite3_stmt *query;
    int status = sql_prepare(sql, text, &query, err);

    *out = otherwise;
    if (status != LTREC_OK)
        return status;
    status = sql_step(sql, query, err);
    if (status == 1 && sqlite3_column_type(query, 0) != SQLITE_NULL)
        *out = sqlite3_column_int64(query, 0);
    sqlite3_finalize(query);
    return status < 0 ? status : LTREC_OK;
}

int sql_changes(struct sql *sql)
{
    return sqlite3_changes(sql->db);
}

int64_t sql_last_id(struct sql *sql)
{
    return sqlite3_last_insert_rowid(sql->db);
}

void sql_bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_TRANSIENT);
}

void sql_bind_bytes(sqlite3_stmt *statement, int place, const void *bytes,
                    size_t n)
{
    if (bytes)
        sqlite3_bind_blob64(statement, place, bytes, n, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(statement, place);
}

const char *sql_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text ? (const char *)text : "";
}

/* ---- Opening ------------------------------------------------------------ */

/* One version further, unless another program has just done it. */
static int take_step(struct sql *sql, int64_t *version, ltrec_error *err)
{
    int64_t from = *version;
    char stamp[120];
    int status = sql_number(sql, "PRAGMA user_version", 0, version, err);

    if (status != LTREC_OK || *version != from)
        return status;
    snprintf(stamp, sizeof stamp,
             "PRAGMA application_id = %d; PRAGMA user_version = %d",
             (int)sql->kind->application, (int)from + 1);
    status = sql_run(sql, sql->kind->steps[from], err);
    if (status == LTREC_OK)
        status = sql_run(sql, stamp, err);
    *version = from + 1;
    return status;
}

/* From the version found to today's, each step whole or not at all. */
static int bring_up_to_date(struct sql *sql, int64_t version, ltrec_error *err)
{
    int status = LTREC_OK;

    while (version < sql->kind->n_steps && status == LTREC_OK) {
        status = sql_run(sql, "BEGIN IMMEDIATE", err);
        if (status == LTREC_OK)
            status = take_step(sql, &version, err);
        if (status == LTREC_OK)
            status = sql_run(sql, "COMMIT", err);
        if (status != LTREC_OK)
            sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

/* All of one moment: another program may be making the file. */
static int read_kind(struct sql *sql, int64_t *version, int64_t *application,
                     int64_t *tables, ltrec_error *err)
{
    int status = sql_run(sql, "BEGIN", err);

    if (status == LTREC_OK)
        status = sql_number(sql, "PRAGMA user_version", 0, version, err);
    if (status == LTREC_OK)
        status = sql_number(sql, "PRAGMA application_id", 0, application, err);
    if (status == LTREC_OK)
        status = sql_number(sql, "SELECT count(*) FROM sqlite_master", 0,
                            tables, err);
    if (status == LTREC_OK)
        status = sql_run(sql, "COMMIT", err);
    if (status != LTREC_OK)
        sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static int check_kind(struct sql *sql, int64_t *version, ltrec_error *err)
{
    int64_t application, tables;
    int status = read_kind(sql, version, &application, &tables, err);

    if (status != LTREC_OK)
        return status;
    if (tables > 0 && application != sql->kind->application)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: a database of another program, not a %s",
                         sql->name, sql->kind->what);
    if (*version > sql->kind->n_steps)
        return tool_fail(err, LTREC_ERR_UNSUPPORTED,
                         "%s: a %s of version %d, and this program knows "
                         "up to %d",
                         sql->name, sql->kind->what, (int)*version,
                         sql->kind->n_steps);
    return LTREC_OK;
}

static int set_up(struct sql *sql, int mode, ltrec_error *err)
{
    char page[60];
    int64_t version;
    int status;

    sqlite3_busy_handler(sql->db, wait_for_lock, NULL);
    sqlite3_extended_result_codes(sql->db, 1);
    status = check_kind(sql, &version, err);
    if (status == LTREC_OK && version == 0 && mode == SQL_READ)
        status = tool_fail(err, LTREC_ERR_FORMAT, "%s: not a %s", sql->name,
                           sql->kind->what);
    if (status != LTREC_OK || mode == SQL_LOOK ||
        version >= (mode == SQL_READ ? sql->kind->least : sql->kind->n_steps))
        return status;
    if (version > 0)
        term_say("%s: bringing the %s up to version %d", sql->name,
                 sql->kind->what, sql->kind->n_steps);
    snprintf(page, sizeof page, "PRAGMA page_size = %u",
             (unsigned)sql->kind->page_bytes);
    status = sql_run(sql, page, err);
    if (status == LTREC_OK)
        status = sql_run(sql, "PRAGMA journal_mode = WAL", err);
    if (status == LTREC_OK)
        status = bring_up_to_date(sql, version, err);
    return status;
}

/* An absolute path as the URI of a database that stays as it is. */
static char *as_uri(const char *path)
{
    static const char start[] = "file://", end[] = "?immutable=1";
    static const char digits[] = "0123456789abcdef";
    char *uri = tool_alloc(sizeof start + 3 * strlen(path) + sizeof end, 1);
    char *to = uri + strlen(strcpy(uri, start));

    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;

        if (strchr("?#%", c) || c <= ' ' || c >= 0x7f) {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        } else {
            *to++ = (char)c;
        }
    }
    strcpy(to, end);
    return uri;
}

/*
 * Whether we may only look at the database, and nobody has it open: its
 * folder, say, belongs to somebody else.  The write-ahead mode wants files
 * beside it even for reading, which such a folder does not take.
 */
static int stands_still(const char *path)
{
    char *log = tool_alloc(strlen(path) + sizeof "-wal", 1);
    char *folder = tool_copy_text(path);
    int still;

    strcat(strcpy(log, path), "-wal");
    still = access(path, R_OK) == 0 && access(log, F_OK) != 0 &&
            (access(path, W_OK) != 0 || access(dirname(folder), W_OK) != 0);
    free(log);
    free(folder);
    return still;
}

static int open_file(struct sql *sql, const char *path, int mode)
{
    char *real = mode == SQL_CREATE ? NULL : realpath(path, NULL);
    int flags = SQLITE_OPEN_READWRITE, code;

    if (mode == SQL_CREATE)
        flags |= SQLITE_OPEN_CREATE;
    if (real && stands_still(real)) {
        char *uri = as_uri(real);

        flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
        code = sqlite3_open_v2(uri, &sql->db, flags, NULL);
        free(uri);
    } else {
        code = sqlite3_open_v2(path, &sql->db, flags, NULL);
    }
    free(real);
    return code;
}

int sql_open(const char *path, int mode, const struct sql_kind *kind,
             struct sql **out, ltrec_error *err)
{
    struct sql *sql = tool_alloc(1, sizeof *sql);
    int code, status;

    *out = NULL;
    sql->kind = kind;
    tool_short_name(sql->name, path);
    code = open_file(sql, path, mode);
    status =
        code == SQLITE_OK ? set_up(sql, mode, err) : explain(sql, code, err);
    /* Survives a kill of the program; a power cut may take the last second,
     * but never the file. */
    if (status == LTREC_OK)
        status = sql_run(sql,
                         "PRAGMA synchronous = NORMAL;"
                         "PRAGMA foreign_keys = OFF;"
                         "PRAGMA temp_store = MEMORY;"
                         "PRAGMA trusted_schema = OFF",
                         err);
    if (status != LTREC_OK) {
        sql_close(sql);
        return status;
    }
    *out = sql;
    return LTREC_OK;
}

void sql_close(struct sql *sql)
{
    if (!sql)
        return;
    /* Somebody waits: what is in the log is as safe there, and the next to
     * open the database puts it in its place. */
    if (term_interrupted())
        sqlite3_db_config(sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(sql->db);
    free(sql);
}
