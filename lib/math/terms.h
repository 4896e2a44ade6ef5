/*
 * terms.h - products whose left operand is mostly zeros
 *
 * What a rectifier or dropout has been over is half or three quarters zeros.
 * For each row the terms that are not are found, and only they are multiplied:
 * sums of the same terms in the same order as without, so of the same bits.
 */
#ifndef LTR_MATH_TERMS_H
#define LTR_MATH_TERMS_H

#include "math/packing.h"

#define LTR_TERMS_ROWS 84 /* at a time */

/* Floats of the room that is worked in. */
#define LTR_TERMS_ROOM \
    (LTR_TERMS_ROWS * (3 * LTR_TILE_DEPTH + 2 * LTR_TILE_SLACK))

/* Of some rows over a piece of the depth. */
struct ltr_terms {
    const struct ltr_tiles *tiles;
    struct ltr_piece piece;
    struct ltr_tile_terms found;
    size_t visits; /* that the depth is cut into */
    uint16_t starts[LTR_TERMS_ROWS][LTR_TILE_VISITS + 1];
};

/* False when there are so many that multiplying all of them is faster. */
bool ltr_terms_find(const struct ltr_tiles *tiles,
                    const struct ltr_lines *lines, struct ltr_piece piece,
                    float *room, struct ltr_terms *terms);

/* out[rows][n_columns] = the rows times `right`, packed; or out + that. */
void ltr_terms_multiply(const struct ltr_terms *terms, const float *right,
                        size_t n_columns, float *out, size_t stride, bool add);

#endif /* LTR_MATH_TERMS_H */
