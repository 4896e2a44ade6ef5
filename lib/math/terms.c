/*
 * terms.c - products whose left operand is mostly zeros
 */
#include "math/terms.h"

#include <string.h>

#define MOST_DENSE 0.55 /* beyond, packing and multiplying all is faster */

/* Rows that came as lines across, one after the other. */
static void gather(const struct ltr_tiles *tiles,
                   const struct ltr_lines *lines, struct ltr_piece p,
                   float *rows)
{
    static const float zeros[LTR_TERMS_ROWS];

    for (size_t step = 0; step < p.depth; step += LTR_TILE_GROUP) {
        const float *group[LTR_TILE_GROUP];

        for (size_t i = 0; i < LTR_TILE_GROUP; i++)
            group[i] = step + i < p.depth
                           ? ltr_line_at(lines, p.step + step + i) + p.first
                           : zeros;
        tiles->pack_along(rows + step, LTR_TILE_DEPTH, group, 0, p.count);
    }
}

bool ltr_terms_find(const struct ltr_tiles *tiles,
                    const struct ltr_lines *lines, struct ltr_piece p,
                    float *room, struct ltr_terms *terms)
{
    float *rows = room + 2 * LTR_TERMS_ROWS * LTR_TILE_TERMS;
    size_t total = 0;

    terms->tiles = tiles;
    terms->piece = p;
    terms->visits = (p.depth + tiles->visit - 1) / tiles->visit;
    terms->found = (struct ltr_tile_terms){
        (void *)room, room + LTR_TERMS_ROWS * LTR_TILE_TERMS, terms->starts};
    if (!lines->along)
        gather(tiles, lines, p, rows);
    for (size_t i = 0; i < p.count; i++) {
        const float *row = lines->along
                               ? ltr_line_at(lines, p.first + i) + p.step
                               : rows + i * LTR_TILE_DEPTH;

        tiles->find_terms(
            row, p.depth, terms->found.places + i * LTR_TILE_TERMS,
            terms->found.values + i * LTR_TILE_TERMS, terms->starts[i]);
        total += terms->starts[i][terms->visits];
    }
    return (double)total <= MOST_DENSE * (double)(p.count * p.depth);
}

/* Columns that fill no whole panel go by way of ones that do. */
static void multiply_edge(const struct ltr_terms *terms, size_t visit,
                          const float *b, size_t n_columns, float *out,
                          size_t stride, bool add)
{
    const struct ltr_tiles *tiles = terms->tiles;
    size_t panels = (n_columns + tiles->columns - 1) / tiles->columns;
    float edge[LTR_TILE_MOST];

    for (size_t i = 0; i < terms->piece.count; i++, out += stride) {
        if (add)
            memcpy(edge, out, n_columns * sizeof *edge);
        tiles->multiply_terms(&terms->found, visit, i, 1, b,
                              tiles->columns * terms->piece.depth, panels,
                              edge, 0, add);
        memcpy(out, edge, n_columns * sizeof *out);
    }
}

/* So much of b at a time as stays in the first-level cache for all rows. */
void ltr_terms_multiply(const struct ltr_terms *terms, const float *right,
                        size_t n_columns, float *out, size_t stride, bool add)
{
    const struct ltr_tiles *tiles = terms->tiles;
    size_t columns = tiles->columns, depth = terms->piece.depth, some;

    for (size_t j = 0; j < n_columns; j += some) {
        some = ltr_smaller(tiles->panels * columns, n_columns - j);
        for (size_t v = 0; v < terms->visits; v++) {
            const float *b = right + j * depth + v * tiles->visit * columns;

            if (some % columns == 0)
                tiles->multiply_terms(&terms->found, v, 0, terms->piece.count,
                                      b, columns * depth, some / columns,
                                      out + j, stride, add || v > 0);
            else
                multiply_edge(terms, v, b, some, out + j, stride,
                              add || v > 0);
        }
    }
}
