/*
 * codes.h - a byte a float, and how far that can be from the truth
 *
 * A search sieves the codes of all tracks and scores, in float, only those
 * whose code does not rule them out.  That it misses none follows from the
 * bound below, which docs/index.md explains.
 *
 * Vectors are coded after a rotation that evens their floats out
 * (math/hadamard.h), which leaves angles as they are; x and q are what comes
 * of it.  The code c of a track stands for a multiple of itself, x~ = S c,
 * whose part along x is as long as a unit vector.  The rest stands across x:
 * its length is the margin m.  With y the cosine of x and q, both made unit
 * vectors, and z one from 0 to 1 that y is to reach,
 *
 *     x~.q = y + (a part of x~ across x).(the part of q across x)
 *          >= y - m sqrt (1 - y^2)  >=  z - m sqrt (1 - z^2)
 *
 * by Cauchy and Schwarz, and since that grows with y; for a z below 0 the root
 * is taken as 1.  The query has a code d of scale t and q~ = t d, and
 * f >= |q - q~|.  As |x~| is at most 1 + m, a track can only reach z |q| when
 *
 *     S (c.d) + m (|q| sqrt (1 - z^2) + f) / t >= (z |q| - f) / t
 *
 * The dot product of integers is exact, and ltr_sift() compares in float, with
 * eight roundings, each of 2^-24 of at most (1 + m) (|q| + f).  A millionth of
 * |q| + f beside both f's covers them.  A turned query is as long as the one
 * given to h of that, which f has as well.
 *
 * What the float kernels compute is above the product of a track and a query
 * as they were given by at most g = n u / (1 - n u) of their lengths, for n
 * dimensions and u = 2^-24, in whatever order they add (Higham 2002, section
 * 3.1); the rotation errs by h of each of their lengths; and a track is a unit
 * vector to 1e-5.  So z is that much less than the score asked for.
 */
#ifndef LTR_INDEX_CODES_H
#define LTR_INDEX_CODES_H

#include <ltrec/base.h>

#include "math/sift.h"

/* Above, a query's code would outgrow the stack. */
#define LTR_MOST_CODED 4096

/* Codes, in the order of the rows; what fills the last block is 0. */
struct ltr_codes {
    int8_t *codes;  /* [blocks][quads][LTR_BLOCK][LTR_QUAD] */
    float *scales;  /* [blocks * LTR_BLOCK] */
    float *margins; /* [blocks * LTR_BLOCK] */
};

/* Whether vectors of `dim` floats are given codes. */
int ltr_codes_fit(size_t dim);

size_t ltr_codes_blocks(size_t rows);
size_t ltr_codes_quads(size_t dim);

/* Bytes of one code: whole pairs of quads, filled up by zeros. */
size_t ltr_codes_bytes(size_t dim);

/* Room for `rows` codes; LTREC_ERR_MEMORY leaves `out` empty. */
int ltr_codes_create(ltrec_context *ctx, size_t rows, size_t dim,
                     struct ltr_codes *out);
void ltr_codes_free(ltrec_context *ctx, struct ltr_codes *codes);

/* As the kernels take them. */
struct ltr_sift_rows ltr_codes_rows(const struct ltr_codes *codes, size_t dim);

/* Those from block `first` on. */
struct ltr_sift_rows ltr_codes_from(const struct ltr_sift_rows *rows,
                                    size_t first);

/* Take over the first `blocks` of `from`. */
void ltr_codes_copy(struct ltr_codes *to, const struct ltr_codes *from,
                    size_t blocks, size_t dim);

/* How vectors are coded. */
enum ltr_coding {
    LTR_CODING_TURNED,
    LTR_CODING_PLAIN /* in files of format 2 and 3: as they are */
};

/* The code of the unit vector x[dim]. */
void ltr_codes_put(struct ltr_codes *codes, size_t row, const float *x,
                   size_t dim, enum ltr_coding coding);

/* What a code stands for. */
struct ltr_fit {
    float scale;
    float margin;
};

/*
 * codes[bytes] of x[dim]: its fit, and that of the upper halves alone
 * (math/sift.h).
 */
struct ltr_fit ltr_codes_make(int8_t *codes, const float *x, size_t dim,
                              enum ltr_coding coding, struct ltr_fit *upper);

/* ---- Queries ------------------------------------------------------------ */

/* A query's side of the bound. */
struct ltr_code_query {
    struct ltr_sift_query sift;
    enum ltr_coding coding;
    double length; /* |q| */
    double scale;  /* t */
    double shrink; /* 1 / |q| */
    double grow;   /* 1 / t */
    double margin; /* f, and what covers rounding */
    double slack;  /* what a score over |q| may be above the cosine */
    double widest; /* the reach whatever z is */
};

/* `codes[bytes]` is kept; |q| is `length`. */
void ltr_code_query_init(struct ltr_code_query *query, int8_t *codes,
                         const float *q, size_t dim, double length,
                         enum ltr_coding coding);

/* From now on only what may reach `score`. */
void ltr_code_query_demand(struct ltr_code_query *query, float score);

/* The cosine with the query of a row of this scale * dot product is at most
   this. */
double ltr_code_query_most(const struct ltr_code_query *query, float product,
                           float margin);

#endif /* LTR_INDEX_CODES_H */
