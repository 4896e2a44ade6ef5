/*
 * catalog_parts.h - what the files of catalog_*.c share
 */
#ifndef CATALOG_PARTS_H
#define CATALOG_PARTS_H

#include "catalog.h"

struct catalog {
    char *path;
    struct sql *sql;
    struct sql *mels; /* NULL until rows are asked for */
    sqlite3_stmt *put_mel, *get_mel;
};

#endif /* CATALOG_PARTS_H */
