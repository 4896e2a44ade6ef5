/*
 * sift_portable.c - the sieve in plain C; the definition of the others
 */
#include "math/sift.h"

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
