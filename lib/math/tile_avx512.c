/*
 * tile_avx512.c - tiles for x86 with AVX-512 F, BW, DQ and VL
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS 12
#define COLUMNS 32
#define LANES 16
#define PANELS 4
#define VISIT 64

/* In each quarter of the vectors a block of 4 x 4. */
static inline void transpose_4(float *to, size_t width,
                               const float *const *lines, size_t step)
{
    __m512 a = _mm512_loadu_ps(lines[0] + step);
    __m512 b = _mm512_loadu_ps(lines[1] + step);
    __m512 c = _mm512_loadu_ps(lines[2] + step);
    __m512 d = _mm512_loadu_ps(lines[3] + step);
    __m512 ab_low = _mm512_unpacklo_ps(a, b);
    __m512 ab_high = _mm512_unpackhi_ps(a, b);
    __m512 cd_low = _mm512_unpacklo_ps(c, d);
    __m512 cd_high = _mm512_unpackhi_ps(c, d);
    __m512 steps[4] = {_mm512_shuffle_ps(ab_low, cd_low, 0x44),
                       _mm512_shuffle_ps(ab_low, cd_low, 0xee),
                       _mm512_shuffle_ps(ab_high, cd_high, 0x44),
                       _mm512_shuffle_ps(ab_high, cd_high, 0xee)};

#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        _mm_storeu_ps(to + i * width, _mm512_castps512_ps128(steps[i]));
        _mm_storeu_ps(to + (4 + i) * width,
                      _mm512_extractf32x4_ps(steps[i], 1));
        _mm_storeu_ps(to + (8 + i) * width,
                      _mm512_extractf32x4_ps(steps[i], 2));
        _mm_storeu_ps(to + (12 + i) * width,
                      _mm512_extractf32x4_ps(steps[i], 3));
    }
}

/* A lane for each step; those that count move together. */
#define OWN_FIND_SOME
static inline size_t find_some(const float *row, size_t depth,
                               uint32_t *places, float *values)
{
    __m512i at = _mm512_mullo_epi32(
        _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
        _mm512_set1_epi32(COLUMNS));
    size_t n = 0;

    for (size_t step = 0; step < depth; step += 16) {
        unsigned all = depth - step < 16 ? (1u << (depth - step)) - 1 : 0xffff;
        __mmask16 there = (__mmask16)all;
        __m512 x = _mm512_maskz_loadu_ps(there, row + step);
        __mmask16 counts =
            _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_UQ);

        _mm512_storeu_ps(values + n, _mm512_maskz_compress_ps(counts, x));
        _mm512_storeu_si512(places + n,
                            _mm512_maskz_compress_epi32(counts, at));
        n += (size_t)__builtin_popcount(counts);
        at = _mm512_add_epi32(at, _mm512_set1_epi32(16 * COLUMNS));
    }
    return n;
}

#include "math/tile_vector.h"

const struct ltr_tiles ltr_tiles_avx512 = {
    .name = "avx512",
    .rows = ROWS,
    .columns = COLUMNS,
    .group = LTR_TILE_GROUP,
    .steps = 1,
    .numbers = 1,
    .panels = PANELS,
    .visit = VISIT,
    .multiply = multiply,
    .pack_along = pack_along,
    .pack_across = pack_across,
    .find_terms = find_terms,
    .multiply_terms = multiply_terms,
};

#else
typedef int ltr_tiles_avx512_needs_x86;
#endif
