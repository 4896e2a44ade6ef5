/*
 * tile.h - the innermost loops of matrix products, one set per kernel set
 *
 * A product is made of tiles of the result that fit into registers.  What is
 * multiplied has been packed: `rows` numbers of the left and `columns` of the
 * right for each step of the depth, one step after the other.  product.c cuts
 * products into tiles and packs.
 *
 * Each number of a tile is a sum over the depth in ascending order that goes
 * on from what is there, whatever its place in the tile, so no bits depend on
 * how a product was cut.
 *
 * Two sets round what they pack to bf16, and have orders of their own.
 */
#ifndef LTR_MATH_TILE_H
#define LTR_MATH_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LTR_TILE_GROUP 4   /* lines packed at a time */
#define LTR_TILE_MOST 1024 /* numbers of a tile, at most */
#define LTR_TILE_STATE 64  /* bytes */
#define LTR_TILE_SLACK 16
#define LTR_TILE_VISITS 4  /* of LTR_TILE_DEPTH, at most */
#define LTR_TILE_DEPTH 256 /* floats of a line packed at a time, at most */
#define LTR_TILE_TERMS (LTR_TILE_DEPTH + LTR_TILE_SLACK)

/* Row i's begin at i * LTR_TILE_TERMS. */
struct ltr_tile_terms {
    uint32_t *places;
    float *values;
    uint16_t (*starts)[LTR_TILE_VISITS + 1];
};

struct ltr_lines;
struct ltr_piece;

struct ltr_tiles {
    const char *name;
    size_t rows, columns; /* of a tile; multiples of `group` */
    size_t group;         /* rows are filled up with zeros to some of it */
    size_t steps;         /* and the depth, when packed, to some of this */
    size_t numbers;       /* packed in the room of a float */
    size_t panels; /* of b that multiply_terms() takes in one go, at most */
    size_t visit;  /* steps of so many panels that stay in a cache */

    /*
     * Around calls of multiply(), with nothing of others in between: what a
     * thread has set up, kept in the room of LTR_TILE_STATE aligned bytes and
     * put back.  NULL for nothing to be done.
     */
    void (*begin)(void *before);
    void (*end)(const void *before);

    /*
     * out[rows][columns], `stride` floats from row to row, = a * b, or
     * out + a * b with `add`, for a[depth][rows] and b[depth][columns]. `rows`
     * is a multiple of `group` up to the tile's; the columns are all.
     */
    void (*multiply)(const float *a, size_t rows, const float *b, size_t depth,
                     float *out, size_t stride, bool add);

    /*
     * Lines to panels in an order of the set's own, by these; or, where they
     * are NULL, step after step, by packing.c and the next two.
     */
    void (*pack_left)(const struct ltr_lines *lines,
                      const struct ltr_piece *piece, float *to);
    void (*pack_right)(const struct ltr_lines *lines,
                       const struct ltr_piece *piece, float *to);

    /*
     * to[step * width + i] = lines[i][step], for LTR_TILE_GROUP lines.  What
     * lies `ahead` floats further is fetched into the cache, to be next.
     */
    void (*pack_along)(float *to, size_t width, const float *const *lines,
                       ptrdiff_t ahead, size_t depth);

    /*
     * to[panel * panel_size + j * width + i] = lines[j][panel * width + i],
     * i < width, for `width` the rows or the columns of a tile and up to
     * LTR_TILE_GROUP lines.  So many fill whole cache lines: of one step
     * alone, the panels' being a power of two apart, all would fall into one
     * set of the cache.
     */
    void (*pack_across)(float *to, size_t width, size_t panel_size,
                        const float *const *lines, size_t n_lines,
                        size_t n_panels);

    /*
     * Of row[depth] what is not 0: the values, and their steps within each
     * `visit` of them times the columns of a tile.  starts[i] is where those
     * of visit i begin, and after the last is where they end.  Writes up to
     * LTR_TILE_SLACK more, which are not to be looked at.
     */
    void (*find_terms)(const float *row, size_t depth, uint32_t *places,
                       float *values, uint16_t *starts);

    /*
     * multiply() for rows of a that are mostly zeros, without these: some of
     * the terms[n_rows] by `panels` panels of b, `panel_size` floats apart,
     * into out[n_rows][panels * columns].
     */
    void (*multiply_terms)(const struct ltr_tile_terms *terms, size_t visit,
                           size_t row, size_t n_rows, const float *b,
                           size_t panel_size, size_t panels, float *out,
                           size_t stride, bool add);
};

extern const struct ltr_tiles ltr_tiles_portable;
extern const struct ltr_tiles ltr_tiles_avx2;
extern const struct ltr_tiles ltr_tiles_avx512;

/* Operands are rounded to bf16 first. */
extern const struct ltr_tiles ltr_tiles_avx512bf16;
extern const struct ltr_tiles ltr_tiles_amxbf16;

/* The best set for a CPU, given the bits of ltrec_context.cpu, and for an
 * LTREC_PRECISION_... if it has one for that. */
const struct ltr_tiles *ltr_tiles_for(unsigned cpu, int32_t precision);

#endif /* LTR_MATH_TILE_H */
