/*
 * normal_avx512.c - outer products for x86 with AVX-512 F, BW, DQ and VL
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

#define LANES 16

#include "math/normal_vector.h"

/* Lanes of four vectors added up, within each quarter: one sum of each. */
static inline __m512 quarters(const vector *v)
{
    __m512 a = _mm512_add_ps(_mm512_unpacklo_ps((__m512)v[0], (__m512)v[1]),
                             _mm512_unpackhi_ps((__m512)v[0], (__m512)v[1]));
    __m512 b = _mm512_add_ps(_mm512_unpacklo_ps((__m512)v[2], (__m512)v[3]),
                             _mm512_unpackhi_ps((__m512)v[2], (__m512)v[3]));

    return _mm512_add_ps(_mm512_shuffle_ps(a, b, 0x44),
                         _mm512_shuffle_ps(a, b, 0xee));
}

static inline void sums_of(float *out, const vector *v)
{
    __m512 a = quarters(v), b = quarters(v + 4), halves, whole;

    halves = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88),
                           _mm512_shuffle_f32x4(a, b, 0xdd));
    whole = _mm512_add_ps(_mm512_shuffle_f32x4(halves, halves, 0x08),
                          _mm512_shuffle_f32x4(halves, halves, 0x0d));
    _mm256_storeu_ps(out, _mm512_castps512_ps256(whole));
}

const struct ltr_normal ltr_normal_avx512 = {
    .apply = apply,
    .square = square,
    .share = share,
    .invert = invert,
    .scale = scale,
    .add = add,
    .turn = turn,
};

#else
typedef int ltr_normal_avx512_needs_x86;
#endif
