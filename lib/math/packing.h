/*
 * packing.h - lines of a product, in the order in which tiles want them
 */
#ifndef LTR_MATH_PACKING_H
#define LTR_MATH_PACKING_H

#include "math/product.h"
#include "math/tile.h"

struct ltr_packs {
    ltrec_context *ctx;
    const struct ltr_tiles *tiles;
    float *left; /* for each worker, and so is the next */
    float *right;
};

/* What is packed: lines or places on them, over a piece of the depth. */
struct ltr_piece {
    size_t first, count; /* of rows of a or columns of b */
    size_t step, depth;
};

static inline size_t ltr_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t ltr_round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Depths are cut evenly, so that no piece is much shorter than the others. */
size_t ltr_depth_of_pieces(const struct ltr_tiles *tiles, size_t k);

/* The floats whose room `depth` steps of a line take when packed. */
static inline size_t ltr_packed_line(const struct ltr_tiles *tiles,
                                     size_t depth)
{
    return ltr_round_up(depth, tiles->steps) / tiles->numbers;
}

const float *ltr_line_at(const struct ltr_lines *lines, size_t i);

/* Panels of a tile's rows; the last one is as wide as it must be. */
void ltr_pack_left(const struct ltr_tiles *tiles,
                   const struct ltr_lines *lines, struct ltr_piece piece,
                   float *to);

/* Panels of a tile's columns; the last one is filled up with zeros. */
void ltr_pack_right(const struct ltr_tiles *tiles,
                    const struct ltr_lines *lines, struct ltr_piece piece,
                    float *to);

#endif /* LTR_MATH_PACKING_H */
