/*
 * scan_folders.h - the folders of a scan, before it and after it
 */
#ifndef SCAN_FOLDERS_H
#define SCAN_FOLDERS_H

#include "scan_rows.h"

/*
 * Walk the roots, given[n], and note what is there; their own paths, into
 * which a link may lead, go to roots[n], to be free()d.
 */
int scan_folders_walk(struct scan_rows *rows, const char *const *given,
                      size_t n, struct walk *walk, char **roots,
                      ltrec_error *err);

/*
 * Remove the tracks of a root that are gone, and add their number to
 * `*removed`.  Where nothing at all is left a disk may be away: that is told
 * and nothing removed, unless `prune`.
 */
int scan_folders_remove(struct scan_rows *rows, const char *root,
                        const struct walk *walk, int prune, int64_t *removed,
                        ltrec_error *err);

#endif /* SCAN_FOLDERS_H */
