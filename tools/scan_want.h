/*
 * scan_want.h - what a scan is to find out, from its options, its model and
 * what the catalogue remembers of earlier scans
 */
#ifndef SCAN_WANT_H
#define SCAN_WANT_H

#include "scan.h"
#include "scan_rows.h"

struct scan_want {
    struct scan_wanted wanted; /* of each track */
    struct scan_setup setup;   /* for the workers */
    char *model;               /* the path, absolute; NULL for none */
};

/* Whether scan_want_find() would take the model that was named. */
int scan_want_check(const struct scan_options *options, ltrec_error *err);

int scan_want_find(const struct scan_options *options, struct catalog *catalog,
                   struct scan_want *want, ltrec_error *err);

void scan_want_free(struct scan_want *want);

#endif /* SCAN_WANT_H */
