/*
 * als_rows.h - rows of the factorization, solved
 */
#ifndef LTR_CF_ALS_ROWS_H
#define LTR_CF_ALS_ROWS_H

#include "cf/sweep.h"

/* Rows that are solved in step with each other. */
#define LTR_GROUP 4

/*
 * A row with more pairs than LTR_LONG_PAIRS, so long that one thread would
 * work on it while the others wait, is split among threads into pieces of a
 * fixed length, whose sums are added in order: whether a row is split depends
 * on the row alone, and so do its bits.
 */
#define LTR_PIECE_PAIRS ((size_t)1024)
#define LTR_LONG_PAIRS (16 * LTR_PIECE_PAIRS)

/* The floats of scratch that a worker needs. */
size_t ltr_rows_scratch(size_t rank, size_t gathered_rows);

/*
 * Solve `n` rows, at most LTR_GROUP, from place `at` in the order of the side
 * under way.  Long ones one at a time, by the calling thread, whose worker is
 * 0; others by any worker.
 */
void ltr_rows_solve(struct ltr_sweep *sweep, size_t at, size_t n,
                    size_t worker);

#endif /* LTR_CF_ALS_ROWS_H */
