/*
 * curves.h - how a training went: a line of JSON an epoch, and a drawing
 *
 *     curves_open(&curves, "mgp", "log.jsonl", append, &err);
 *     after each epoch: curves_add(&curves, &record);
 *     curves_draw(&curves, "curves.svg", &err);
 *     curves_close(&curves);
 */
#ifndef CURVES_H
#define CURVES_H

#include <stdio.h>

#include <ltrec/train.h>

#include "tool.h"

struct curves {
    const char *branch;
    FILE *log;    /* NULL without one */
    double start; /* of the epoch under way, in seconds */
    int lost;     /* errno of the first line that could not be written */
    int is_angle; /* losses are 1 - cos, which are also halved */
    ltrec_epoch_record *records;
    double *seconds;
    size_t n, capacity, seconds_capacity, begins_capacity;
    size_t n_earlier; /* of them from the log of an earlier run */
    /* Of a log that was there; until the first epoch is added to it. */
    const char *checkpoint; /* what the lines of this training name */
    int is_earlier;
    long size;    /* of the file */
    long end;     /* of its last whole line */
    long kept;    /* up to here are also lines of other trainings */
    long *begins; /* where the line of each record begins */
};

/*
 * `path` NULL: no log.  What is there is replaced, or with a checkpoint added
 * to, and each line names that.  Epochs of this branch and checkpoint are gone
 * on from where the losses of the epoch that is added first say so; several
 * trainings may share a log, and none removes a line of another.
 */
int curves_open(struct curves *curves, const char *branch, const char *path,
                const char *checkpoint, ltrec_error *err);

/* Writes the epoch's line at once: it is there when the program is killed. */
void curves_add(struct curves *curves, const ltrec_epoch_record *record);

/* The seconds that the epochs still to come may take at most. */
double curves_seconds_left(const struct curves *curves, uint32_t patience);

/* Both losses over the epochs of this run and what it went on from, as SVG. */
int curves_draw(const struct curves *curves, const char *path,
                ltrec_error *err);

/* Warns of a log that lacks lines. */
void curves_close(struct curves *curves);

/* ---- curves_log.c ------------------------------------------------------- */

/* Take in what the log of that path has of an earlier run. */
void curves_read_log(struct curves *curves, const char *path);

/* Whether lines could be added there, as far as can be told before. */
int curves_check(const char *path, ltrec_error *err);

/* What is there goes when the first epoch is there to replace it. */
void curves_replace_log(struct curves *curves, const char *path);

/*
 * Forget, also in the log, the epochs that this run comes to again, of which
 * `first` is the first, and every epoch of a training that this one does not
 * go on from.
 */
void curves_cut_log(struct curves *curves, const ltrec_epoch_record *first);

/* Make room for a record more. */
void curves_grow(struct curves *curves);

void curves_write_line(struct curves *curves, const ltrec_epoch_record *record,
                       double seconds);

#endif /* CURVES_H */
