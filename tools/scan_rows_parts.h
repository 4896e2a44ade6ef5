/*
 * scan_rows_parts.h - what scan_rows.c, scan_results.c and scan_gone.c share
 */
#ifndef SCAN_ROWS_PARTS_H
#define SCAN_ROWS_PARTS_H

#include "scan_rows.h"

struct scan_rows {
    struct catalog *catalog;
    struct sql *sql;
    struct scan_wanted wanted;
    size_t n_noted;
    struct catalog_cursor *by_path, *next, *same;
    sqlite3_stmt *insert, *see, *mark, *unchanged, *unreadable, *fail, *unsee,
        *move, *drop, *copy, *save, *factor;
};

/* Run a statement whose ?1 is the track. */
int scan_rows_run(struct scan_rows *rows, sqlite3_stmt *statement, int64_t id,
                  ltrec_error *err);

/* Where a track was, no file is any more. */
int scan_rows_is_gone(const char *path);

#endif /* SCAN_ROWS_PARTS_H */
