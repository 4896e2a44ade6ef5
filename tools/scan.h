/*
 * scan.h - folders of music into a catalogue
 */
#ifndef SCAN_H
#define SCAN_H

#include "scan_worker.h"

struct scan_options {
    const char *catalog;
    const char *const *roots; /* [n_roots] */
    size_t n_roots;
    const char *model;  /* NULL: the catalogue's, if it has one */
    const char *preset; /* of a scan without a model; NULL: the catalogue's */
    int mel_bits;       /* 0, 8 or 16; -1: as before, or 8 without a model */
    uint32_t jobs;
    int32_t kernels;
    double max_seconds, duty;
    int nice, retry, prune, json, describe;
};

struct scan_counts {
    int64_t tracks, seen; /* in the catalogue, and below the roots */
    int64_t todo, done;   /* that had to be looked at, and were */
    int64_t listened, predicted, unchanged, moved, copied, removed;
    int64_t failed; /* below the roots, now or in earlier scans */
    double seconds, sound_seconds;
    double decode_seconds, listen_seconds, predict_seconds, read_seconds;
};

/*
 * LTREC_ERR_CANCELLED after Ctrl-C, with everything so far in the catalogue.
 * `counts` is what was done, whatever the status.
 */
int scan_run(const struct scan_options *options, struct scan_counts *counts,
             ltrec_error *err);

/*
 * LTREC_ERR_IO where a scan with a model would end in replacing a
 * C.factors that no scan made, or one that is damaged.  The catalogue is NULL
 * before it is opened: then only a model that is named counts.
 */
int scan_check_factors(const struct scan_options *options,
                       struct catalog *catalog, ltrec_error *err);

/*
 * Write C.factors anew if it is not there, or if the fact `factors_stale`,
 * which is set before any factor changes, says that it is old.
 */
int scan_write_factors(const struct scan_options *options,
                       struct catalog *catalog, ltrec_error *err);

/* ---- scan_report.c ------------------------------------------------------ */

/* The bar, with the rate and the time left. */
void scan_show_progress(const struct scan_counts *counts);

/* One track, as one JSON object. */
void scan_print_track(const struct scan_counts *counts, const char *path,
                      int64_t id, const char *what, const char *error,
                      const char *note);

void scan_print_counts(const struct scan_counts *counts, int json);

#endif /* SCAN_H */
