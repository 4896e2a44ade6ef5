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
    int is_angle; /* losses are 1 - cos, which are also halved */
    ltrec_epoch_record *records;
    double *seconds;
    size_t n, capacity, seconds_capacity;
};

/* `path` NULL: no log.  Lines are added to what is there, or replace it. */
int curves_open(struct curves *curves, const char *branch, const char *path,
                int append, ltrec_error *err);

/* Writes the epoch's line at once: it is there when the program is killed. */
void curves_add(struct curves *curves, const ltrec_epoch_record *record);

/* The seconds that the epochs still to come may take at most. */
double curves_seconds_left(const struct curves *curves, uint32_t patience);

/* Both losses over the epochs of this run, as SVG. */
int curves_draw(const struct curves *curves, const char *path,
                ltrec_error *err);

void curves_close(struct curves *curves);

#endif /* CURVES_H */
