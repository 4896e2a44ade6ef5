/*
 * normal_avx2.c - outer products for x86 with AVX2 and FMA
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

#define LANES 8

#include "math/normal_vector.h"

/* Lanes of four vectors added up, within each half: one sum of each. */
static inline __m256 halves(const vector *v)
{
    __m256 a = _mm256_add_ps(_mm256_unpacklo_ps((__m256)v[0], (__m256)v[1]),
                             _mm256_unpackhi_ps((__m256)v[0], (__m256)v[1]));
    __m256 b = _mm256_add_ps(_mm256_unpacklo_ps((__m256)v[2], (__m256)v[3]),
                             _mm256_unpackhi_ps((__m256)v[2], (__m256)v[3]));

    return _mm256_add_ps(_mm256_shuffle_ps(a, b, 0x44),
                         _mm256_shuffle_ps(a, b, 0xee));
}

static inline void sums_of(float *out, const vector *v)
{
    __m256 a = halves(v), b = halves(v + 4);

    _mm256_storeu_ps(out, _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20),
                                        _mm256_permute2f128_ps(a, b, 0x31)));
}

const struct ltr_normal ltr_normal_avx2 = {
    .apply = apply,
    .square = square,
    .share = share,
    .invert = invert,
    .scale = scale,
    .add = add,
    .turn = turn,
};

#else
typedef int ltr_normal_avx2_needs_x86;
#endif
