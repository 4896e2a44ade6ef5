/*
 * scan_parts.h - what scan.c and scan_heard.c share
 */
#ifndef SCAN_PARTS_H
#define SCAN_PARTS_H

#include "scan.h"
#include "scan_rows.h"
#include "scan_want.h"

struct scan {
    const struct scan_options *options;
    struct catalog *catalog;
    struct scan_want want;
    struct scan_rows *rows;
    struct crew crew;
    struct scan_counts *counts;
    double started;
    int64_t after;    /* the last track that was dealt out */
    int is_empty;     /* there was none after it */
    size_t n_put_off; /* since the walk through the list began */
};

/* Take in what workers have said, and replace those that have died. */
int scan_hear_all(struct scan *s, ltrec_error *err);

#endif /* SCAN_PARTS_H */
