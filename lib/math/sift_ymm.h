/*
 * sift_ymm.h - what the sieves on 256-bit vectors share
 */
#include <immintrin.h>

#include "math/sift.h"

#define PARTS 2
#define SUMS(sums, b) (sums)[2 * (b)], (sums)[2 * (b) + 1]
#define TILE_BLOCKS 1
#define TILE_QUERIES 4

typedef __m256i vector;

static inline __m256i spread(const int8_t *quad)
{
    int32_t four;

    __builtin_memcpy(&four, quad, sizeof four);
    return _mm256_set1_epi32(four);
}

/* Eight rows; `surplus` is what every sum has too much. */
static inline unsigned compare_half(__m256i sum, int32_t surplus,
                                    const struct ltr_sift_rows *rows,
                                    size_t row,
                                    const struct ltr_sift_query *query)
{
    __m256i dots = _mm256_sub_epi32(sum, _mm256_set1_epi32(surplus));
    __m256 margins = _mm256_mul_ps(_mm256_loadu_ps(rows->margins + row),
                                   _mm256_set1_ps(query->reach));
    __m256 most =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots),
                        _mm256_loadu_ps(rows->scales + row), margins);

    return (unsigned)_mm256_movemask_ps(
        _mm256_cmp_ps(most, _mm256_set1_ps(query->threshold), _CMP_GE_OQ));
}

static inline void keep_both(int32_t *to, __m256i low, __m256i high,
                             int32_t surplus)
{
    __m256i too_much = _mm256_set1_epi32(surplus);

    _mm256_storeu_si256((__m256i_u *)to, _mm256_sub_epi32(low, too_much));
    _mm256_storeu_si256((__m256i_u *)(to + 8),
                        _mm256_sub_epi32(high, too_much));
}
