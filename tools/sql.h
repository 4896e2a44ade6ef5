/*
 * sql.h - SQLite, with failures as they travel everywhere else
 *
 *     sql_open("music.db", SQL_CREATE, kind, &sql, &err);
 *     sql_prepare(sql, "SELECT path FROM tracks WHERE id = ?", &query, &err);
 *     sqlite3_bind_int64(query, 1, id);
 *     while ((status = sql_step(sql, query, &err)) == 1)
 *         ...
 *
 * Databases are in write-ahead mode: readers never wait for a writer, and a
 * program killed at any moment leaves all that it committed.  What another
 * program has locked is waited for, five seconds or until Ctrl-C.
 */
#ifndef SQL_H
#define SQL_H

#include <sqlite3.h>

#include "tool.h"

struct sql;

/* What a file is, and how an older one becomes one of today. */
struct sql_kind {
    const char *what;         /* "catalogue", for messages */
    int32_t application;      /* SQLite's application_id */
    const char *const *steps; /* [n_steps], from version i to i + 1 */
    int n_steps;              /* the version of today */
    int least;                /* the oldest that SQL_READ takes as it is */
    uint32_t page_bytes;      /* of a new file */
};

enum {
    SQL_READ,   /* an existing file; written to only to bring it up to date
                 * when it is too old to be read.  One that we may not write
                 * to, and nobody has open, is read as it stands: another
                 * program that writes to it meanwhile is not noticed. */
    SQL_CREATE, /* make it where there is none */
    SQL_LOOK    /* whether SQL_CREATE would take an existing file, as it is */
};

/*
 * LTREC_ERR_FORMAT for a file that is damaged or something else,
 * LTREC_ERR_UNSUPPORTED for one made by a newer program, LTREC_ERR_IO.
 */
int sql_open(const char *path, int mode, const struct sql_kind *kind,
             struct sql **out, ltrec_error *err);

/* Accepts NULL.  Statements must have been finalized. */
void sql_close(struct sql *sql);

int sql_run(struct sql *sql, const char *text, ltrec_error *err);

/* A statement to be kept and reset; sqlite3_finalize() it in the end. */
int sql_prepare(struct sql *sql, const char *text, sqlite3_stmt **out,
                ltrec_error *err);

/* 1 and a row; 0 at the end, with the statement reset; or a failure. */
int sql_step(struct sql *sql, sqlite3_stmt *statement, ltrec_error *err);

/* Run a statement that gives no rows, and reset it. */
int sql_do(struct sql *sql, sqlite3_stmt *statement, ltrec_error *err);

/* The first column of the first row of `text`, or `otherwise`. */
int sql_number(struct sql *sql, const char *text, int64_t otherwise,
               int64_t *out, ltrec_error *err);

/* Rows that the last statement changed. */
int sql_changes(struct sql *sql);

int64_t sql_last_id(struct sql *sql);

/* NULL becomes an SQL NULL; texts are copied. */
void sql_bind_text(sqlite3_stmt *statement, int place, const char *text);
void sql_bind_bytes(sqlite3_stmt *statement, int place, const void *bytes,
                    size_t n);

/* "" for NULL; valid until the statement moves on. */
const char *sql_text(sqlite3_stmt *statement, int column);

#endif /* SQL_H */
