/*
 * tile_amxbf16.c - tiles for x86 with AMX tiles of bf16
 *
 * Compiled for them by the Makefile's rule for *_amxbf16.c.  What is packed
 * comes in blocks of 32 steps of 16 lines, 1 KB each: on the left the steps of
 * a line lie together, on the right two steps of all lines, the next two, and
 * so on.  Two by two products of such blocks keep their sums in tiles.
 *
 * A product of blocks sums the even steps and the odd ones, adds the two, and
 * adds that to what is there.  Blocks begin at multiples of 32 steps, so that
 * no bits depend on how a product was cut here either.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "math/amx.h"
#include "math/packing.h"

#define LINES 16 /* of a block */
#define STEPS 32
#define BLOCK_ROW 64                              /* bytes */
#define BLOCK (LINES * BLOCK_ROW / sizeof(float)) /* floats of room */
#define ROWS (2 * LINES)
#define COLUMNS (2 * LINES)

/* ---- Multiplying -------------------------------------------------------- */

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

/* ---- Packing ------------------------------------------------------------ */

static inline __mmask16 first_of(size_t n)
{
    return (__mmask16)(n < 16 ? (1u << n) - 1 : 0xffff);
}

/* Up to 32 steps of a line, and zeros. */
static inline __m512i steps_of(const float *line, size_t n)
{
    __m512 low = _mm512_maskz_loadu_ps(first_of(n), line);
    __m512 high =
        _mm512_maskz_loadu_ps(first_of(n > 16 ? n - 16 : 0), line + 16);

    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/* Two steps of 16 lines, by turns. */
static inline __m512i pairs_of(__m512 even, __m512 odd)
{
    const __m512i order = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7,
        22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);

    return _mm512_permutexvar_epi16(order,
                                    (__m512i)_mm512_cvtne2ps_pbh(odd, even));
}

/* Of 16 x 16 pairs. */
static inline void transpose(__m512i v[LINES])
{
    __m512i w[LINES];

#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        w[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        w[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        v[i] = _mm512_unpacklo_epi64(w[i], w[i + 2]);
        v[i + 1] = _mm512_unpackhi_epi64(w[i], w[i + 2]);
        v[i + 2] = _mm512_unpacklo_epi64(w[i + 1], w[i + 3]);
        v[i + 3] = _mm512_unpackhi_epi64(w[i + 1], w[i + 3]);
    }
    /* Quarter q of v[4 g + c] now is of row 4 q + c, and of columns 4 g on. */
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
        w[c] = _mm512_shuffle_i32x4(v[c], v[4 + c], 0x88);
        w[4 + c] = _mm512_shuffle_i32x4(v[c], v[4 + c], 0xdd);
        w[8 + c] = _mm512_shuffle_i32x4(v[8 + c], v[12 + c], 0x88);
        w[12 + c] = _mm512_shuffle_i32x4(v[8 + c], v[12 + c], 0xdd);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
        v[c] = _mm512_shuffle_i32x4(w[c], w[8 + c], 0x88);
        v[4 + c] = _mm512_shuffle_i32x4(w[4 + c], w[12 + c], 0x88);
        v[8 + c] = _mm512_shuffle_i32x4(w[c], w[8 + c], 0xdd);
        v[12 + c] = _mm512_shuffle_i32x4(w[4 + c], w[12 + c], 0xdd);
    }
}

static inline void put(float *to, __m512i v[LINES], bool turned)
{
    if (turned)
        transpose(v);
#pragma GCC unroll 16
    for (size_t i = 0; i < LINES; i++)
        _mm512_storeu_si512(to + i * BLOCK_ROW / sizeof *to, v[i]);
}

/*
 * Where the block of lines from `line` and steps from `step` on belongs.
 * Panels are as wide as a tile, the last one to the next `unit`.
 */
static inline float *block_at(float *to, const struct ltr_piece *p,
                              size_t unit, size_t line, size_t step)
{
    size_t panel = line / ROWS * ROWS;
    size_t wide = ltr_smaller(ROWS, ltr_round_up(p->count - panel, unit));

    return to + (panel * ltr_round_up(p->depth, STEPS) + step * wide +
                 (line - panel) * STEPS) /
                    2;
}

static inline void pack_along(const struct ltr_lines *lines,
                              const struct ltr_piece *p, size_t unit,
                              bool turned, float *to)
{
    static const float zeros[2 * LTR_TILE_DEPTH];

    for (size_t i = 0; i < ltr_round_up(p->count, unit); i += LINES) {
        const float *from[LINES];

        for (size_t j = 0; j < LINES; j++)
            from[j] = i + j < p->count
                          ? ltr_line_at(lines, p->first + i + j) + p->step
                          : zeros;
        for (size_t step = 0; step < p->depth; step += STEPS) {
            __m512i v[LINES];

#pragma GCC unroll 16
            for (size_t j = 0; j < LINES; j++)
                v[j] = steps_of(from[j] + step, p->depth - step);
            put(block_at(to, p, unit, i, step), v, turned);
        }
    }
}

static inline void pack_across(const struct ltr_lines *lines,
                               const struct ltr_piece *p, size_t unit,
                               bool turned, float *to)
{
    for (size_t step = 0; step < p->depth; step += STEPS) {
        size_t n = ltr_smaller(STEPS, p->depth - step);
        const float *from[STEPS];

        for (size_t j = 0; j < STEPS; j++)
            from[j] = ltr_line_at(lines, p->step + step + (j < n ? j : 0)) +
                      p->first;
        for (size_t i = 0; i < ltr_round_up(p->count, unit); i += LINES) {
            __mmask16 there = first_of(i < p->count ? p->count - i : 0);
            __m512i v[LINES];

#pragma GCC unroll 16
            for (size_t j = 0; j < STEPS; j += 2)
                v[j / 2] = pairs_of(
                    _mm512_maskz_loadu_ps(j < n ? there : 0, from[j] + i),
                    _mm512_maskz_loadu_ps(j + 1 < n ? there : 0,
                                          from[j + 1] + i));
            put(block_at(to, p, unit, i, step), v, turned);
        }
    }
}

static void pack_left(const struct ltr_lines *lines,
                      const struct ltr_piece *piece, float *to)
{
    if (lines->along)
        pack_along(lines, piece, LINES, false, to);
    else
        pack_across(lines, piece, LINES, true, to);
}

static void pack_right(const struct ltr_lines *lines,
                       const struct ltr_piece *piece, float *to)
{
    if (lines->along)
        pack_along(lines, piece, COLUMNS, true, to);
    else
        pack_across(lines, piece, COLUMNS, false, to);
}

const struct ltr_tiles ltr_tiles_amxbf16 = {
    .name = "amxbf16",
    .rows = ROWS,
    .columns = COLUMNS,
    .group = LINES,
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
