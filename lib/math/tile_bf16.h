/*
 * tile_bf16.h - lines of a product, rounded to bf16 and packed in blocks
 *
 * Included by one file per kind of unit, each compiled for AVX512-BF16, with
 * UNIT defined: what rows are filled up to.  A block is 32 steps of 16 lines,
 * 1 KB: on the left the steps of a line lie together, on the right two steps
 * of all lines, the next two, and so on.  A tile is two blocks of rows, or
 * some UNITs where a product ends, and two of columns.
 */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "math/packing.h"

#define LINES 16 /* of a block */
#define STEPS 32
#define BLOCK_ROW 64                              /* bytes */
#define BLOCK (LINES * BLOCK_ROW / sizeof(float)) /* floats of room */
#define ROWS (2 * LINES)
#define COLUMNS (2 * LINES)

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

/* The lines that there is room for. */
static inline void put(float *to, size_t room, __m512i v[LINES], bool turned)
{
    if (turned)
        transpose(v);
#pragma GCC unroll 16
    for (size_t i = 0; i < LINES; i++)
        if (i < room)
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
    size_t wanted = ltr_round_up(p->count, unit);

    for (size_t i = 0; i < wanted; i += LINES) {
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
            put(block_at(to, p, unit, i, step), wanted - i, v, turned);
        }
    }
}

static inline void pack_across(const struct ltr_lines *lines,
                               const struct ltr_piece *p, size_t unit,
                               bool turned, float *to)
{
    size_t wanted = ltr_round_up(p->count, unit);

    for (size_t step = 0; step < p->depth; step += STEPS) {
        size_t n = ltr_smaller(STEPS, p->depth - step);
        const float *from[STEPS];

        for (size_t j = 0; j < STEPS; j++)
            from[j] = ltr_line_at(lines, p->step + step + (j < n ? j : 0)) +
                      p->first;
        for (size_t i = 0; i < wanted; i += LINES) {
            __mmask16 there = first_of(i < p->count ? p->count - i : 0);
            __m512i v[LINES];

#pragma GCC unroll 16
            for (size_t j = 0; j < STEPS; j += 2)
                v[j / 2] = pairs_of(
                    _mm512_maskz_loadu_ps(j < n ? there : 0, from[j] + i),
                    _mm512_maskz_loadu_ps(j + 1 < n ? there : 0,
                                          from[j + 1] + i));
            put(block_at(to, p, unit, i, step), wanted - i, v, turned);
        }
    }
}

static void pack_left(const struct ltr_lines *lines,
                      const struct ltr_piece *piece, float *to)
{
    if (lines->along)
        pack_along(lines, piece, UNIT, false, to);
    else
        pack_across(lines, piece, UNIT, true, to);
}

static void pack_right(const struct ltr_lines *lines,
                       const struct ltr_piece *piece, float *to)
{
    if (lines->along)
        pack_along(lines, piece, COLUMNS, true, to);
    else
        pack_across(lines, piece, COLUMNS, false, to);
}
