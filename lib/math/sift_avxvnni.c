/*
 * sift_avxvnni.c - the sieve for x86 with AVX2 and AVX-VNNI
 *
 * Compiled for them by the Makefile's rule for *_avxvnni.c.
 */
#ifdef LTR_BUILD_X86

#include "math/sift_ymm.h"

struct codes {
    __m256i shifted;
};

/* The instruction wants one factor without sign: 128 more than it is. */
static inline struct codes prepare(const int8_t *from)
{
    return (struct codes){
        _mm256_xor_si256(_mm256_loadu_si256((const __m256i_u *)from),
                         _mm256_set1_epi8((char)0x80))};
}

static inline __m256i step(__m256i sum, struct codes codes, __m256i quad)
{
    return _mm256_dpbusd_avx_epi32(sum, codes.shifted, quad);
}

static inline uint16_t compare(__m256i low, __m256i high,
                               const struct ltr_sift_rows *rows, size_t row,
                               const struct ltr_sift_query *query)
{
    int32_t surplus = 128 * query->sum;

    return (uint16_t)(compare_half(low, surplus, rows, row, query) |
                      compare_half(high, surplus, rows, row + 8, query) << 8);
}

static inline void keep(int32_t *to, __m256i low, __m256i high,
                        const struct ltr_sift_query *query)
{
    keep_both(to, low, high, 128 * query->sum);
}

static inline __m256i step_upper(__m256i sum, const __m256i *uppers,
                                 const __m256i *quads)
{
    return _mm256_dpbusd_avx_epi32(
        _mm256_dpbusd_avx_epi32(sum, uppers[0], quads[0]), uppers[1],
        quads[1]);
}

#include "math/sift_vector.h"

void ltr_sift_avxvnni(uint16_t *masks, const struct ltr_sift_rows *rows,
                      size_t n_blocks, const struct ltr_sift_query *queries,
                      size_t n)
{
    sift(masks, rows, n_blocks, queries, n);
}

void ltr_dots_avxvnni(int32_t *out, const struct ltr_sift_rows *rows,
                      size_t n_blocks, const struct ltr_sift_query *queries,
                      size_t n)
{
    dots(out, rows, n_blocks, queries, n);
}

void ltr_sift_upper_avxvnni(uint16_t *masks,
                            const struct ltr_sift_halves *rows,
                            size_t n_blocks,
                            const struct ltr_sift_query *queries, size_t n)
{
    sift_upper(masks, rows, n_blocks, queries, n);
}

#else
typedef int ltr_sift_avxvnni_needs_x86;
#endif
