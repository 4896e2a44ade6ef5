/*
 * tile_amxbf16.c - tiles for x86 with AMX tiles of bf16
 *
 * Compiled for them by the Makefile's rule for *_amxbf16.c.  Two by two
 * products of blocks keep their sums in tiles.
 *
 * A product of blocks sums the even steps and the odd ones, adds the two, and
 * adds that to what is there.  Blocks begin at multiples of 32 steps, so that
 * no bits depend on how a product was cut here either.
 */
#ifdef LTR_BUILD_X86

#include "math/amx.h"
#define UNIT 16
#include "math/tile_bf16.h"

_Static_assert(UNIT == LINES, "half a tile is a block of rows");
_Static_assert(sizeof(struct ltr_amx_shapes) == LTR_TILE_STATE,
               "room for shapes");

static void begin(void *before)
{
    struct ltr_amx_shapes shapes = {.palette = 1};

    for (int t = 0; t < 8; t++) {
        shapes.rows[t] = LINES;
        shapes.row_bytes[t] = BLOCK_ROW;
    }
    ltr_amx_begin(before, &shapes);
}

static void end(const void *before)
{
    ltr_amx_end(before);
}

/* Tiles 0 to 3 hold the sums, 4 and 5 rows, 6 and 7 columns. */
static void multiply_32(const float *a, const float *b, size_t depth,
                        float *out, size_t stride, bool add)
{
    size_t bytes = stride * sizeof *out;

    if (add) {
        _tile_loadd(0, out, bytes);
        _tile_loadd(1, out + LINES, bytes);
        _tile_loadd(2, out + LINES * stride, bytes);
        _tile_loadd(3, out + LINES * stride + LINES, bytes);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t step = 0; step < depth; step += STEPS) {
        _tile_loadd(6, b, BLOCK_ROW);
        _tile_loadd(4, a, BLOCK_ROW);
        _tile_loadd(7, b + BLOCK, BLOCK_ROW);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(5, a + BLOCK, BLOCK_ROW);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        a += 2 * BLOCK;
        b += 2 * BLOCK;
    }
    _tile_stored(0, out, bytes);
    _tile_stored(1, out + LINES, bytes);
    _tile_stored(2, out + LINES * stride, bytes);
    _tile_stored(3, out + LINES * stride + LINES, bytes);
}

/* The same of half as many rows. */
static void multiply_16(const float *a, const float *b, size_t depth,
                        float *out, size_t stride, bool add)
{
    size_t bytes = stride * sizeof *out;

    if (add) {
        _tile_loadd(0, out, bytes);
        _tile_loadd(1, out + LINES, bytes);
    } else {
        _tile_zero(0);
        _tile_zero(1);
    }
    for (size_t step = 0; step < depth; step += STEPS) {
        _tile_loadd(4, a, BLOCK_ROW);
        _tile_loadd(6, b, BLOCK_ROW);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b + BLOCK, BLOCK_ROW);
        _tile_dpbf16ps(1, 4, 7);
        a += BLOCK;
        b += 2 * BLOCK;
    }
    _tile_stored(0, out, bytes);
    _tile_stored(1, out + LINES, bytes);
}

static void multiply(const float *a, size_t rows, const float *b, size_t depth,
                     float *out, size_t stride, bool add)
{
    if (rows == ROWS)
        multiply_32(a, b, depth, out, stride, add);
    else
        multiply_16(a, b, depth, out, stride, add);
}

const struct ltr_tiles ltr_tiles_amxbf16 = {
    .name = "amxbf16",
    .rows = ROWS,
    .columns = COLUMNS,
    .group = UNIT,
    .steps = STEPS,
    .numbers = 2,
    .begin = begin,
    .end = end,
    .multiply = multiply,
    .pack_left = pack_left,
    .pack_right = pack_right,
};

#else
typedef int ltr_tiles_amxbf16_needs_x86;
#endif
