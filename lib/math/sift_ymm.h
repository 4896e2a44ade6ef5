/*
 * sift_ymm.h - what the sieves on 256-bit vectors share
 */
#include <immintrin.h>

#include "math/sift.h"

#define PARTS 2
#define SUMS(sums, b) (sums)[2 * (b)], (sums)[2 * (b) + 1]
#define TILE_BLOCKS 1
#define TILE_QUERIES 4
#define UPPER_BLOCKS 2

typedef __m256i vector;

static inline __m256i spread(const int8_t *quad)
{
    int32_t four;

    __builtin_memcpy(&four, quad, sizeof four);
    return _mm256_set1_epi32(four);
}

/* A row can reach the threshold, with this scale and margin. */
static inline unsigned compare_rows(__m256i dots, __m256 scales,
                                    __m256 margins,
                                    const struct ltr_sift_query *query)
{
    __m256 most =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots), scales,
                        _mm256_mul_ps(margins, _mm256_set1_ps(query->reach)));

    return (unsigned)_mm256_movemask_ps(
        _mm256_cmp_ps(most, _mm256_set1_ps(query->threshold), _CMP_GE_OQ));
}

/* Eight rows; `surplus` is what every sum has too much. */
static inline unsigned compare_half(__m256i sum, int32_t surplus,
                                    const struct ltr_sift_rows *rows,
                                    size_t row,
                                    const struct ltr_sift_query *query)
{
    return compare_rows(_mm256_sub_epi32(sum, _mm256_set1_epi32(surplus)),
                        _mm256_loadu_ps(rows->scales + row),
                        _mm256_loadu_ps(rows->margins + row), query);
}

static inline void keep_both(int32_t *to, __m256i low, __m256i high,
                             int32_t surplus)
{
    __m256i too_much = _mm256_set1_epi32(surplus);

    _mm256_storeu_si256((__m256i_u *)to, _mm256_sub_epi32(low, too_much));
    _mm256_storeu_si256((__m256i_u *)(to + 8),
                        _mm256_sub_epi32(high, too_much));
}

/* ---- Upper halves ------------------------------------------------------- */

static inline void split(__m256i *uppers, const uint8_t *from)
{
    __m256i both =
        _mm256_xor_si256(_mm256_loadu_si256((const __m256i_u *)from),
                         _mm256_set1_epi8((char)0x88));

    uppers[0] = _mm256_and_si256(both, _mm256_set1_epi8(15));
    uppers[1] =
        _mm256_and_si256(_mm256_srli_epi16(both, 4), _mm256_set1_epi8(15));
}

static inline unsigned compare_upper_half(__m256i sum,
                                          const struct ltr_sift_halves *rows,
                                          size_t row,
                                          const struct ltr_sift_query *query)
{
    __m256i dots = _mm256_sub_epi32(_mm256_slli_epi32(sum, 4),
                                    _mm256_set1_epi32(120 * query->sum));
    __m256i margins = _mm256_cvtepu16_epi32(_mm_loadu_si128(
        (const __m128i_u *)(const void *)(rows->upper_margins + row)));

    return compare_rows(dots, _mm256_loadu_ps(rows->upper_scales + row),
                        _mm256_castsi256_ps(_mm256_slli_epi32(margins, 16)),
                        query);
}

static inline uint16_t compare_upper(__m256i low, __m256i high,
                                     const struct ltr_sift_halves *rows,
                                     size_t row,
                                     const struct ltr_sift_query *query)
{
    return (uint16_t)(compare_upper_half(low, rows, row, query) |
                      compare_upper_half(high, rows, row + 8, query) << 8);
}
