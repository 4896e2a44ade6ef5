/*
 * tile_avx512bf16.c - tiles for x86 with AVX512-BF16 and no AMX: AMD since
 * Zen 4, Cooper Lake
 *
 * Compiled for it by the Makefile's rule for *_avx512bf16.c.  The sums of
 * MOST rows and a tile's columns stay in registers over the whole depth:
 * enough of them to hide what a product takes until its sum is there.
 *
 * An instruction adds to a sum the product of the odd step of two, then that
 * of the even one, so that no bits depend on how a product was cut here
 * either.
 */
#ifdef LTR_BUILD_X86

#define UNIT 4
#include "math/tile_bf16.h"

#define MOST (2 * UNIT)
#define LINE (STEPS / 2) /* floats that a line's steps take in a block */

/* Two steps of a line in every lane. */
static inline __m512bh pair_at(const float *at)
{
    int pair;

    __builtin_memcpy(&pair, at, sizeof pair);
    return (__m512bh)_mm512_set1_epi32(pair);
}

/* A block's steps of some rows by all columns. */
static inline __attribute__((always_inline)) void
multiply_block(const float *a, const size_t rows, const float *b,
               __m512 sums[MOST][2])
{
#pragma GCC unroll 2
    for (size_t pair = 0; pair < STEPS / 2; pair++) {
        __m512bh left = (__m512bh)_mm512_loadu_ps(b + pair * LINES);
        __m512bh right = (__m512bh)_mm512_loadu_ps(b + BLOCK + pair * LINES);

#pragma GCC unroll 8
        for (size_t i = 0; i < MOST && i < rows; i++) {
            __m512bh row = pair_at(a + i * LINE + pair);

            sums[i][0] = _mm512_dpbf16_ps(sums[i][0], row, left);
            sums[i][1] = _mm512_dpbf16_ps(sums[i][1], row, right);
        }
    }
}

/*
 * Inlined once for each number of rows there may be, so that all is unrolled:
 * clang wants a bound that it sees before it has been inlined.  `wide` floats
 * of a lie between some steps of these rows and the next.
 */
static inline __attribute__((always_inline)) void
multiply_rows(const float *a, const size_t rows, size_t wide, const float *b,
              size_t depth, float *out, size_t stride, bool add)
{
    __m512 sums[MOST][2];

#pragma GCC unroll 8
    for (size_t i = 0; i < MOST && i < rows; i++) {
        const float *row = out + i * stride;

        sums[i][0] = add ? _mm512_loadu_ps(row) : _mm512_setzero_ps();
        sums[i][1] = add ? _mm512_loadu_ps(row + LINES) : _mm512_setzero_ps();
    }
    for (size_t step = 0; step < depth; step += STEPS) {
        multiply_block(a, rows, b, sums);
        a += wide;
        b += 2 * BLOCK;
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < MOST && i < rows; i++) {
        _mm512_storeu_ps(out + i * stride, sums[i][0]);
        _mm512_storeu_ps(out + i * stride + LINES, sums[i][1]);
    }
}

static void multiply(const float *a, size_t rows, const float *b, size_t depth,
                     float *out, size_t stride, bool add)
{
    size_t row = 0;

    for (; row + MOST <= rows; row += MOST)
        multiply_rows(a + row * LINE, MOST, rows * LINE, b, depth,
                      out + row * stride, stride, add);
    if (row < rows)
        multiply_rows(a + row * LINE, UNIT, rows * LINE, b, depth,
                      out + row * stride, stride, add);
}

const struct ltr_tiles ltr_tiles_avx512bf16 = {
    .name = "avx512bf16",
    .rows = ROWS,
    .columns = COLUMNS,
    .group = UNIT,
    .steps = STEPS,
    .numbers = 2,
    .multiply = multiply,
    .pack_left = pack_left,
    .pack_right = pack_right,
};

#else
typedef int ltr_tiles_avx512bf16_needs_x86;
#endif
