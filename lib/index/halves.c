/*
 * halves.c - tracks' codes, the upper half of each apart from the lower
 */
#include "index/halves.h"

#include <string.h>

#include "base/context.h"

/* Bytes of a half of a block. */
static size_t block_bytes(size_t quads)
{
    return ltr_sift_pairs(quads) * LTR_BLOCK * LTR_QUAD;
}

size_t ltr_halves_bytes(size_t dim)
{
    return 2 * (block_bytes(ltr_codes_quads(dim)) / LTR_BLOCK + sizeof(float) +
                sizeof(uint16_t));
}

int ltr_halves_create(ltrec_context *ctx, size_t rows, size_t dim,
                      struct ltr_halves *out)
{
    size_t blocks = ltr_codes_blocks(rows);
    size_t bytes = block_bytes(ltr_codes_quads(dim));

    out->uppers = ltr_alloc(ctx, blocks, bytes);
    out->lowers = ltr_alloc(ctx, blocks, bytes);
    out->upper_scales = ltr_alloc(ctx, blocks, LTR_BLOCK * sizeof(float));
    out->scales = ltr_alloc(ctx, blocks, LTR_BLOCK * sizeof(float));
    out->upper_margins = ltr_alloc(ctx, blocks, LTR_BLOCK * sizeof(uint16_t));
    out->margins = ltr_alloc(ctx, blocks, LTR_BLOCK * sizeof(uint16_t));
    if (out->uppers && out->lowers && out->upper_scales && out->scales &&
        out->upper_margins && out->margins)
        return LTREC_OK;
    ltr_halves_free(ctx, out);
    return LTREC_ERR_MEMORY;
}

void ltr_halves_free(ltrec_context *ctx, struct ltr_halves *halves)
{
    ltr_free(ctx, halves->uppers);
    ltr_free(ctx, halves->lowers);
    ltr_free(ctx, halves->upper_scales);
    ltr_free(ctx, halves->scales);
    ltr_free(ctx, halves->upper_margins);
    ltr_free(ctx, halves->margins);
    *halves = (struct ltr_halves){0};
}

struct ltr_sift_halves ltr_halves_rows(const struct ltr_halves *halves,
                                       size_t dim)
{
    return (struct ltr_sift_halves){
        .uppers = halves->uppers,
        .lowers = halves->lowers,
        .upper_scales = halves->upper_scales,
        .scales = halves->scales,
        .upper_margins = halves->upper_margins,
        .margins = halves->margins,
        .quads = ltr_codes_quads(dim),
    };
}

void ltr_halves_copy(struct ltr_halves *to, const struct ltr_sift_halves *from,
                     size_t blocks)
{
    size_t bytes = blocks * block_bytes(from->quads);
    size_t rows = blocks * LTR_BLOCK;

    if (blocks == 0)
        return;
    memcpy(to->uppers, from->uppers, bytes);
    memcpy(to->lowers, from->lowers, bytes);
    memcpy(to->upper_scales, from->upper_scales, rows * sizeof(float));
    memcpy(to->scales, from->scales, rows * sizeof(float));
    memcpy(to->upper_margins, from->upper_margins, rows * sizeof(uint16_t));
    memcpy(to->margins, from->margins, rows * sizeof(uint16_t));
}

/* Where pair `i` of a row lies. */
static size_t pair_at(size_t row, size_t i, size_t quads)
{
    return row / LTR_BLOCK * block_bytes(quads) +
           (i * LTR_BLOCK + row % LTR_BLOCK) * LTR_QUAD;
}

/* The upper half of a positive float, rounded up; infinity stays. */
static uint16_t bfloat_above(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)((bits + 0xffff) >> 16);
}

void ltr_halves_put(struct ltr_halves *halves, size_t row, const float *x,
                    size_t dim)
{
    size_t quads = ltr_codes_quads(dim);
    int8_t code[LTR_MOST_CODED];
    struct ltr_fit upper;
    struct ltr_fit whole =
        ltr_codes_make(code, x, dim, LTR_CODING_TURNED, &upper);

    halves->scales[row] = whole.scale;
    halves->margins[row] = bfloat_above(whole.margin);
    halves->upper_scales[row] = upper.scale;
    halves->upper_margins[row] = bfloat_above(upper.margin);
    for (size_t i = 0; i < ltr_sift_pairs(quads); i++) {
        const int8_t *even = code + 2 * i * LTR_QUAD, *odd = even + LTR_QUAD;
        size_t at = pair_at(row, i, quads);

        for (size_t j = 0; j < LTR_QUAD; j++) {
            halves->uppers[at + j] =
                (uint8_t)((even[j] >> 4 & 15) | (odd[j] & 0xf0));
            halves->lowers[at + j] =
                (uint8_t)((even[j] & 15) | (odd[j] & 15) << 4);
        }
    }
}

void ltr_halves_move(struct ltr_halves *to, size_t row,
                     const struct ltr_sift_halves *from, size_t from_row)
{
    for (size_t i = 0; i < ltr_sift_pairs(from->quads); i++) {
        size_t at = pair_at(row, i, from->quads);
        size_t from_at = pair_at(from_row, i, from->quads);

        memcpy(to->uppers + at, from->uppers + from_at, LTR_QUAD);
        memcpy(to->lowers + at, from->lowers + from_at, LTR_QUAD);
    }
    to->upper_scales[row] = from->upper_scales[from_row];
    to->scales[row] = from->scales[from_row];
    to->upper_margins[row] = from->upper_margins[from_row];
    to->margins[row] = from->margins[from_row];
}

void ltr_halves_get(const struct ltr_sift_halves *rows, size_t row,
                    int8_t *codes)
{
    for (size_t i = 0; i < ltr_sift_pairs(rows->quads); i++) {
        const uint8_t *upper = rows->uppers + pair_at(row, i, rows->quads);
        const uint8_t *lower = rows->lowers + pair_at(row, i, rows->quads);

        for (size_t j = 0; j < LTR_QUAD; j++) {
            codes[2 * i * LTR_QUAD + j] =
                (int8_t)((upper[j] & 15) << 4 | (lower[j] & 15));
            codes[(2 * i + 1) * LTR_QUAD + j] =
                (int8_t)((upper[j] & 0xf0) | lower[j] >> 4);
        }
    }
}
