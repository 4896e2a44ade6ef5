/*
 * tile_avx2.c - tiles for x86 with AVX2 and FMA
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>
#include <stddef.h>

#define ROWS 4
#define COLUMNS 24
#define LANES 8
#define PANELS 3
#define VISIT 128

/* In each half of the vectors a block of 4 x 4. */
static inline void transpose_4(float *to, size_t width,
                               const float *const *lines, size_t step)
{
    __m256 a = _mm256_loadu_ps(lines[0] + step);
    __m256 b = _mm256_loadu_ps(lines[1] + step);
    __m256 c = _mm256_loadu_ps(lines[2] + step);
    __m256 d = _mm256_loadu_ps(lines[3] + step);
    __m256 ab_low = _mm256_unpacklo_ps(a, b);
    __m256 ab_high = _mm256_unpackhi_ps(a, b);
    __m256 cd_low = _mm256_unpacklo_ps(c, d);
    __m256 cd_high = _mm256_unpackhi_ps(c, d);
    __m256 steps[4] = {_mm256_shuffle_ps(ab_low, cd_low, 0x44),
                       _mm256_shuffle_ps(ab_low, cd_low, 0xee),
                       _mm256_shuffle_ps(ab_high, cd_high, 0x44),
                       _mm256_shuffle_ps(ab_high, cd_high, 0xee)};

#pragma GCC unroll 4
    for (size_t i = 0; i < 4; i++) {
        _mm_storeu_ps(to + i * width, _mm256_castps256_ps128(steps[i]));
        _mm_storeu_ps(to + (4 + i) * width,
                      _mm256_extractf128_ps(steps[i], 1));
    }
}

#include "math/tile_vector.h"

const struct ltr_tiles ltr_tiles_avx2 = {
    .name = "avx2",
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
typedef int ltr_tiles_avx2_needs_x86;
#endif
