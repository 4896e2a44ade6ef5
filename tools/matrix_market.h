/*
 * matrix_market.h - sparse matrices in coordinate form
 *
 *     %%MatrixMarket matrix coordinate integer general
 *     % any comments
 *     3 4 2
 *     1 2 17
 *     3 4 1
 *
 * real, integer or pattern (every value 1); general only.  Values are finite
 * and from 0 to 1e9, indexes start at 1 and lie inside the stated size, and
 * there are exactly as many entries as stated: a file that was cut off is
 * recognised.  The stated sizes are never trusted with memory.
 */
#ifndef MATRIX_MARKET_H
#define MATRIX_MARKET_H

#include <stdio.h>

#include "tool.h"

#define MATRIX_MARKET_MAX 1e9

struct matrix_market;

/* Read the head of an open stream, which stays the caller's. */
int matrix_market_open(FILE *stream, const char *name, int skip_bad,
                       struct matrix_market **out, ltrec_error *err);

/* Accepts NULL. */
void matrix_market_close(struct matrix_market *matrix);

/* 1 with the next entry, 0 at the end, or a negative status. */
int matrix_market_next(struct matrix_market *matrix, uint64_t *row,
                       uint64_t *column, double *value, ltrec_error *err);

/* Entries that were skipped as bad. */
uint64_t matrix_market_skipped(const struct matrix_market *matrix);

#endif /* MATRIX_MARKET_H */
