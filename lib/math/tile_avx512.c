/*
 * tile_avx512.c - tiles for x86 with AVX-512 F, BW, DQ and VL
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>
#include <stddef.h>

#define ROWS 12
#define COLUMNS 32
#define LANES 16

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

#include "math/tile_vector.h"

const struct ltr_tiles ltr_tiles_avx512 = {
    .name = "avx512",
    .rows = ROWS,
    .columns = COLUMNS,
    .multiply = multiply,
    .pack_along = pack_along,
    .pack_across = pack_across,
};

#else
typedef int ltr_tiles_avx512_needs_x86;
#endif
