/*
 * codes.h - a byte a float, and how far that can be from the truth
 *
 * A search sieves the codes of all tracks and scores, in float, only those
 * whose code does not rule them out.  That it misses none follows from the
 * bound below, which docs/index.md explains.
 *
 * A unit vector x has the code c and the scale s, and so the approximation
 * x~ = s c, of which its margin says e >= |x - x~|.  A query q has the code d
 * and the scale t, q~ = t d, and f >= |q - q~|.  Then
 *
 *     x.q = x~.q~ + x~.(q - q~) + (x - x~).q
 *
 * and since |x~| <= |x| + e, by Cauchy and Schwarz
 *
 *     x.q <= s t (c.d) + (|x| + e) f + e |q|
 *          = s t (c.d) + e (|q| + f) + |x| f
 *
 * The dot product of integers is exact.  The score that the float kernels
 * give is at most g |x| |q| above x.q, with g = n u / (1 - n u) for n
 * dimensions and u = 2^-24, in whatever order they add (Higham 2002, section
 * 3.1).  So a track can reach the score z only when, both sides over t,
 *
 *     s (c.d) + e (|q| + f) / t >= (z - |x| f - g |x| |q|) / t
 *
 * which ltr_sift() compares in float, with four roundings, each of 2^-24 of
 * at most (1 + 2 e) (|q| + f).  A millionth of |q| + f on either side covers
 * them.
 */
#ifndef LTR_INDEX_CODES_H
#define LTR_INDEX_CODES_H

#include <ltrec/base.h>

#include "math/sift.h"

/* Above, a query's code would outgrow the stack. */
#define LTR_MOST_CODED 4096

/* Tracks' codes, in the order of the rows; what fills the last block is 0. */
struct ltr_codes {
    int8_t *codes;  /* [blocks][quads][LTR_BLOCK][LTR_QUAD] */
    float *scales;  /* [blocks * LTR_BLOCK] */
    float *margins; /* [blocks * LTR_BLOCK] */
};

/* Whether vectors of `dim` floats are given codes. */
int ltr_codes_fit(size_t dim);

size_t ltr_codes_blocks(size_t rows);
size_t ltr_codes_quads(size_t dim);

/* Room for `rows` tracks; LTREC_ERR_MEMORY leaves `out` empty. */
int ltr_codes_create(ltrec_context *ctx, size_t rows, size_t dim,
                     struct ltr_codes *out);
void ltr_codes_free(ltrec_context *ctx, struct ltr_codes *codes);

/* As the kernels take them. */
struct ltr_sift_rows ltr_codes_rows(const struct ltr_codes *codes, size_t dim);

/* Those from block `first` on. */
struct ltr_sift_rows ltr_codes_from(const struct ltr_sift_rows *rows,
                                    size_t first);

/* Take over the first `blocks` of `from`. */
void ltr_codes_copy(struct ltr_codes *to, const struct ltr_sift_rows *from,
                    size_t blocks);

/* The code of the unit vector x[dim]. */
void ltr_codes_put(struct ltr_codes *codes, size_t row, const float *x,
                   size_t dim);

/* That of another's row. */
void ltr_codes_move(struct ltr_codes *to, size_t row,
                    const struct ltr_sift_rows *from, size_t from_row);

/* codes[quads * LTR_QUAD] of a row, or of x[dim], and their scale. */
float ltr_codes_get(const struct ltr_sift_rows *rows, size_t row,
                    int8_t *codes);
float ltr_codes_make(int8_t *codes, const float *x, size_t dim);

/* A query's side of the bound. */
struct ltr_code_query {
    struct ltr_sift_query sift;
    double scale; /* t */
    double slack; /* what a score may be above its approximation */
};

/* `codes[quads * LTR_QUAD]` is kept; |q| is `length`. */
void ltr_code_query_init(struct ltr_code_query *query, int8_t *codes,
                         const float *q, size_t dim, double length);

/* From now on only what may reach `score`. */
void ltr_code_query_demand(struct ltr_code_query *query, float score);

#endif /* LTR_INDEX_CODES_H */
