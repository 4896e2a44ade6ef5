/*
 * scan_rows_parts.h - what scan_rows.c and scan_gone.c share
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

#endif /* SCAN_ROWS_PARTS_H */
