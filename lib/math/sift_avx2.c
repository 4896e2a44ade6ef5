/*
 * sift_avx2.c - the sieve for x86 with AVX2
 *
 * Compiled for it by the Makefile's rule for *_avx2.c.
 */
#ifdef LTR_BUILD_X86

#include "math/sift_ymm.h"

struct codes {
    __m256i signs;
    __m256i magnitudes;
};

static inline struct codes prepare(const int8_t *from)
{
    __m256i codes = _mm256_loadu_si256((const __m256i_u *)from);

    return (struct codes){codes, _mm256_abs_epi8(codes)};
}

/*
 * The product of bytes wants one factor without sign, so the rows' signs move
 * to the query.  Two products are at most 2 * 127 * 127, which fits 16 bits.
 */
static inline __m256i step(__m256i sum, struct codes codes, __m256i quad)
{
    __m256i pairs = _mm256_maddubs_epi16(codes.magnitudes,
                                         _mm256_sign_epi8(quad, codes.signs));

    return _mm256_add_epi32(sum,
                            _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

static inline uint16_t compare(__m256i low, __m256i high,
                               const struct ltr_sift_rows *rows, size_t row,
                               const struct ltr_sift_query *query)
{
    return (uint16_t)(compare_half(low, 0, rows, row, query) |
                      compare_half(high, 0, rows, row + 8, query) << 8);
}

static inline void keep(int32_t *to, __m256i low, __m256i high,
                        const struct ltr_sift_query *query)
{
    (void)query;
    keep_both(to, low, high, 0);
}

static inline __m256i step_upper(__m256i sum, const __m256i *uppers,
                                 const __m256i *quads)
{
    __m256i pairs =
        _mm256_add_epi16(_mm256_maddubs_epi16(uppers[0], quads[0]),
                         _mm256_maddubs_epi16(uppers[1], quads[1]));

    return _mm256_add_epi32(sum,
                            _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "math/sift_vector.h"

void ltr_sift_avx2(uint16_t *masks, const struct ltr_sift_rows *rows,
                   size_t n_blocks, const struct ltr_sift_query *queries,
                   size_t n)
{
    sift(masks, rows, n_blocks, queries, n);
}

void ltr_dots_avx2(int32_t *out, const struct ltr_sift_rows *rows,
                   size_t n_blocks, const struct ltr_sift_query *queries,
                   size_t n)
{
    dots(out, rows, n_blocks, queries, n);
}

void ltr_sift_upper_avx2(uint16_t *masks, const struct ltr_sift_halves *rows,
                         size_t n_blocks, const struct ltr_sift_query *queries,
                         size_t n)
{
    sift_upper(masks, rows, n_blocks, queries, n);
}

void ltr_join_avx2(int8_t *codes, const struct ltr_sift_halves *rows,
                   size_t block)
{
    size_t pairs = ltr_sift_pairs(rows->quads);
    const uint8_t *upper = rows->uppers + block * pairs * QUAD_BYTES;
    const uint8_t *lower = rows->lowers + block * pairs * QUAD_BYTES;
    const __m256i low = _mm256_set1_epi8(15);

    for (size_t i = 0; i < pairs * QUAD_BYTES; i += 32) {
        __m256i u = _mm256_loadu_si256((const __m256i_u *)(upper + i));
        __m256i l = _mm256_loadu_si256((const __m256i_u *)(lower + i));
        int8_t *to = codes + i / QUAD_BYTES * 2 * QUAD_BYTES + i % QUAD_BYTES;

        _mm256_storeu_si256(
            (__m256i_u *)to,
            _mm256_or_si256(_mm256_andnot_si256(low, _mm256_slli_epi16(u, 4)),
                            _mm256_and_si256(low, l)));
        _mm256_storeu_si256(
            (__m256i_u *)(to + QUAD_BYTES),
            _mm256_or_si256(_mm256_andnot_si256(low, u),
                            _mm256_and_si256(low, _mm256_srli_epi16(l, 4))));
    }
}

#else
typedef int ltr_sift_avx2_needs_x86;
#endif
