/*
 * features.h - what is known of the tracks by number
 *
 * Attributes and genres come as long tables: `item`, `attribute` (or `genre`)
 * and optionally `value` from 0 to 1, which is 1 when the column or the cell
 * is missing.  An item that is absent was not annotated; one that is present
 * has 0 for whatever it is not listed with.  Of a pair that comes twice the
 * larger value holds, whatever the order.
 *
 * Machine descriptors come as a wide table: `item`, then numeric columns.  An
 * empty cell is missing.  An item comes once.
 */
#ifndef FEATURES_H
#define FEATURES_H

#include "names.h"
#include "tool.h"

/* A sparse table: row i holds entries starts[i] up to starts[i + 1]. */
struct labels {
    struct names *items;  /* the rows */
    struct names *labels; /* what the columns are called */
    size_t *starts;       /* [items + 1] */
    uint32_t *columns;    /* [entries], ascending in each row, no repeats */
    float *values;        /* [entries] */
    uint64_t skipped;     /* rows that were skipped as bad */
};

/* `column` is "attribute" or "genre".  On failure `out` is all zero. */
int labels_read(const char *path, const char *column, int skip_bad,
                struct labels *out, ltrec_error *err);

void labels_free(struct labels *labels);

/* The value of a pair: 0 when it is not listed. */
float labels_value(const struct labels *labels, uint32_t row, uint32_t column);

/* A dense table. */
struct machine {
    struct names *items;
    struct names *columns;
    float *values;    /* [items][columns], NaN where missing */
    uint64_t skipped; /* rows that were skipped as bad */
};

int machine_read(const char *path, int skip_bad, struct machine *out,
                 ltrec_error *err);

void machine_free(struct machine *machine);

#endif /* FEATURES_H */
