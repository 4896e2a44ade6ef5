/*
 * sift_avx512vnni.c - the sieve for x86 with AVX-512 and its VNNI
 *
 * Compiled for them by the Makefile's rule for *_avx512vnni.c.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

#include "math/sift.h"

#define PARTS 1
#define SUMS(sums, b) (sums)[b]
#define TILE_BLOCKS 2
#define TILE_QUERIES 8
#define UPPER_BLOCKS 4

typedef __m512i vector;

struct codes {
    __m512i shifted;
};

/* The instruction wants one factor without sign: 128 more than it is. */
static inline struct codes prepare(const int8_t *from)
{
    return (struct codes){_mm512_xor_si512(_mm512_loadu_si512(from),
                                           _mm512_set1_epi8((char)0x80))};
}

static inline __m512i spread(const int8_t *quad)
{
    int32_t four;

    __builtin_memcpy(&four, quad, sizeof four);
    return _mm512_set1_epi32(four);
}

/* Of the intrinsic GCC 12 makes two copies of every sum as well. */
static inline __m512i step(__m512i sum, struct codes codes, __m512i quad)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(codes.shifted), "v"(quad));
    return sum;
}

static inline uint16_t compare(__m512i sum, const struct ltr_sift_rows *rows,
                               size_t row, const struct ltr_sift_query *query)
{
    __m512i dots = _mm512_sub_epi32(sum, _mm512_set1_epi32(128 * query->sum));
    __m512 margins = _mm512_mul_ps(_mm512_loadu_ps(rows->margins + row),
                                   _mm512_set1_ps(query->reach));
    __m512 most =
        _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots),
                        _mm512_loadu_ps(rows->scales + row), margins);

    return _mm512_cmp_ps_mask(most, _mm512_set1_ps(query->threshold),
                              _CMP_GE_OQ);
}

static inline void keep(int32_t *to, __m512i sum,
                        const struct ltr_sift_query *query)
{
    _mm512_storeu_si512(
        to, _mm512_sub_epi32(sum, _mm512_set1_epi32(128 * query->sum)));
}

static inline void split(__m512i *uppers, const uint8_t *from)
{
    __m512i both = _mm512_xor_si512(_mm512_loadu_si512(from),
                                    _mm512_set1_epi8((char)0x88));

    uppers[0] = _mm512_and_si512(both, _mm512_set1_epi8(15));
    uppers[1] =
        _mm512_and_si512(_mm512_srli_epi16(both, 4), _mm512_set1_epi8(15));
}

static inline __m512i step_upper(__m512i sum, const __m512i *uppers,
                                 const __m512i *quads)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(uppers[0]), "v"(quads[0]));
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(uppers[1]), "v"(quads[1]));
    return sum;
}

static inline uint16_t compare_upper(__m512i sum,
                                     const struct ltr_sift_halves *rows,
                                     size_t row,
                                     const struct ltr_sift_query *query)
{
    __m512i dots = _mm512_sub_epi32(_mm512_slli_epi32(sum, 4),
                                    _mm512_set1_epi32(120 * query->sum));
    __m512i margins = _mm512_slli_epi32(
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(
            (const __m256i_u *)(const void *)(rows->upper_margins + row))),
        16);
    __m512 most = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots),
                                  _mm512_loadu_ps(rows->upper_scales + row),
                                  _mm512_mul_ps(_mm512_castsi512_ps(margins),
                                                _mm512_set1_ps(query->reach)));

    return _mm512_cmp_ps_mask(most, _mm512_set1_ps(query->threshold),
                              _CMP_GE_OQ);
}

#include "math/sift_vector.h"

void ltr_sift_avx512vnni(uint16_t *masks, const struct ltr_sift_rows *rows,
                         size_t n_blocks, const struct ltr_sift_query *queries,
                         size_t n)
{
    sift(masks, rows, n_blocks, queries, n);
}

void ltr_dots_avx512vnni(int32_t *out, const struct ltr_sift_rows *rows,
                         size_t n_blocks, const struct ltr_sift_query *queries,
                         size_t n)
{
    dots(out, rows, n_blocks, queries, n);
}

void ltr_sift_upper_avx512vnni(uint16_t *masks,
                               const struct ltr_sift_halves *rows,
                               size_t n_blocks,
                               const struct ltr_sift_query *queries, size_t n)
{
    sift_upper(masks, rows, n_blocks, queries, n);
}

void ltr_join_avx512vnni(int8_t *codes, const struct ltr_sift_halves *rows,
                         size_t block)
{
    size_t pairs = ltr_sift_pairs(rows->quads);
    const uint8_t *upper = rows->uppers + block * pairs * QUAD_BYTES;
    const uint8_t *lower = rows->lowers + block * pairs * QUAD_BYTES;
    const __m512i low = _mm512_set1_epi8(15);

    for (size_t i = 0; i < pairs; i++) {
        __m512i u = _mm512_loadu_si512(upper + i * QUAD_BYTES);
        __m512i l = _mm512_loadu_si512(lower + i * QUAD_BYTES);
        int8_t *to = codes + 2 * i * QUAD_BYTES;

        /* Of each bit the second operand where `low` has it, else the
           third. */
        _mm512_storeu_si512(to, _mm512_ternarylogic_epi64(
                                    low, l, _mm512_slli_epi16(u, 4), 0xca));
        _mm512_storeu_si512(
            to + QUAD_BYTES,
            _mm512_ternarylogic_epi64(low, _mm512_srli_epi16(l, 4), u, 0xca));
    }
}

#else
typedef int ltr_sift_avx512vnni_needs_x86;
#endif
