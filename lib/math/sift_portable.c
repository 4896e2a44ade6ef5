/*
 * sift_portable.c - the sieve in plain C; the definition of the others
 */
#include "math/sift.h"

#include <string.h>

static void add_quad(int32_t *dots, const int8_t *codes, const int8_t *query)
{
    for (size_t r = 0; r < LTR_BLOCK; r++) {
        const int8_t *row = codes + r * LTR_QUAD;

        dots[r] += row[0] * query[0] + row[1] * query[1] + row[2] * query[2] +
                   row[3] * query[3];
    }
}

static void dot_block(int32_t *dots, const struct ltr_sift_rows *rows,
                      size_t b, const struct ltr_sift_query *query)
{
    const int8_t *codes = rows->codes + b * rows->quads * LTR_BLOCK * LTR_QUAD;

    for (size_t r = 0; r < LTR_BLOCK; r++)
        dots[r] = 0;
    for (size_t i = 0; i < rows->quads; i++)
        add_quad(dots, codes + i * LTR_BLOCK * LTR_QUAD,
                 query->codes + i * LTR_QUAD);
}

static uint16_t sift_block(const struct ltr_sift_rows *rows, size_t b,
                           const struct ltr_sift_query *query)
{
    int32_t dots[LTR_BLOCK];
    unsigned mask = 0;

    dot_block(dots, rows, b, query);
    for (size_t r = 0; r < LTR_BLOCK; r++) {
        float most = (float)dots[r] * rows->scales[b * LTR_BLOCK + r] +
                     rows->margins[b * LTR_BLOCK + r] * query->reach;

        mask |= (unsigned)(most >= query->threshold) << r;
    }
    return (uint16_t)mask;
}

void ltr_sift_portable(uint16_t *masks, const struct ltr_sift_rows *rows,
                       size_t n_blocks, const struct ltr_sift_query *queries,
                       size_t n)
{
    for (size_t q = 0; q < n; q++)
        for (size_t b = 0; b < n_blocks; b++)
            masks[q * n_blocks + b] = sift_block(rows, b, &queries[q]);
}

void ltr_dots_portable(int32_t *dots, const struct ltr_sift_rows *rows,
                       size_t n_blocks, const struct ltr_sift_query *queries,
                       size_t n)
{
    for (size_t q = 0; q < n; q++)
        for (size_t b = 0; b < n_blocks; b++)
            dot_block(dots + (q * n_blocks + b) * LTR_BLOCK, rows, b,
                      &queries[q]);
}

/* ---- Upper halves ------------------------------------------------------- */

/* The four bits of a code without a sign: 8 more than they are. */
static void add_upper_quad(int32_t *sums, const uint8_t *uppers, int shift,
                           const int8_t *query)
{
    for (size_t r = 0; r < LTR_BLOCK; r++)
        for (size_t j = 0; j < LTR_QUAD; j++)
            sums[r] +=
                ((uppers[r * LTR_QUAD + j] >> shift & 15) ^ 8) * query[j];
}

static float bfloat(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint16_t sift_upper_block(const struct ltr_sift_halves *rows, size_t b,
                                 const struct ltr_sift_query *query)
{
    size_t pairs = ltr_sift_pairs(rows->quads);
    const uint8_t *uppers = rows->uppers + b * pairs * LTR_BLOCK * LTR_QUAD;
    int32_t sums[LTR_BLOCK] = {0};
    unsigned mask = 0;

    for (size_t i = 0; i < pairs; i++) {
        const uint8_t *from = uppers + i * LTR_BLOCK * LTR_QUAD;

        add_upper_quad(sums, from, 0, query->codes + 2 * i * LTR_QUAD);
        add_upper_quad(sums, from, 4, query->codes + (2 * i + 1) * LTR_QUAD);
    }
    for (size_t r = 0; r < LTR_BLOCK; r++) {
        size_t row = b * LTR_BLOCK + r;
        int32_t dot = 16 * sums[r] - 120 * query->sum;
        float most = (float)dot * rows->upper_scales[row] +
                     bfloat(rows->upper_margins[row]) * query->reach;

        mask |= (unsigned)(most >= query->threshold) << r;
    }
    return (uint16_t)mask;
}

void ltr_sift_upper_portable(uint16_t *masks,
                             const struct ltr_sift_halves *rows,
                             size_t n_blocks,
                             const struct ltr_sift_query *queries, size_t n)
{
    for (size_t q = 0; q < n; q++)
        for (size_t b = 0; b < n_blocks; b++)
            masks[q * n_blocks + b] = sift_upper_block(rows, b, &queries[q]);
}

void ltr_join_portable(int8_t *codes, const struct ltr_sift_halves *rows,
                       size_t block)
{
    size_t pairs = ltr_sift_pairs(rows->quads), bytes = LTR_BLOCK * LTR_QUAD;

    for (size_t i = 0; i < pairs; i++) {
        const uint8_t *upper = rows->uppers + (block * pairs + i) * bytes;
        const uint8_t *lower = rows->lowers + (block * pairs + i) * bytes;

        for (size_t j = 0; j < bytes; j++) {
            codes[2 * i * bytes + j] =
                (int8_t)(upper[j] << 4 | (lower[j] & 15));
            codes[(2 * i + 1) * bytes + j] =
                (int8_t)((upper[j] & 0xf0) | lower[j] >> 4);
        }
    }
}
