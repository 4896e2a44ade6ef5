/*
 * chunk.c - some blocks of tracks' codes, sifted
 */
#include "index/chunk.h"

#include <string.h>

/* For how many queries joining halves pays. */
#define LEAST_JOINED 3

/* So many vectors are shorter than the lower half of a block. */
#define FEW_LEFT 2

#define BLOCK_BYTES ((size_t)LTR_BLOCK * LTR_QUAD)
#define LINE 64

/* Whole codes of a few blocks, one of them at least. */
struct room {
    _Alignas(64) int8_t codes[LTR_MOST_CODED * LTR_BLOCK];
    float scales[LTR_CHUNK * LTR_BLOCK];
    float margins[LTR_CHUNK * LTR_BLOCK];
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Bytes of a half of a block. */
static size_t half_bytes(const struct ltr_sift_halves *halves)
{
    return ltr_sift_pairs(halves->quads) * BLOCK_BYTES;
}

static size_t most_joined(const struct ltr_sift_halves *halves)
{
    return smaller(LTR_CHUNK, (size_t)LTR_MOST_CODED * LTR_BLOCK /
                                  (2 * half_bytes(halves)));
}

size_t ltr_chunk_blocks(const struct ltr_tracks *tracks, size_t n)
{
    if (tracks->codes.codes)
        return LTR_CHUNK;
    return n < LEAST_JOINED ? LTR_CHUNK_ALONE : most_joined(&tracks->halves);
}

/* The block, as number `at` in the room. */
static void join(const ltrec_index *index,
                 const struct ltr_sift_halves *halves, size_t block,
                 struct room *room, size_t at)
{
    const uint16_t *margins = halves->margins + block * LTR_BLOCK;

    index->join(room->codes + at * 2 * half_bytes(halves), halves, block);
    memcpy(room->scales + at * LTR_BLOCK, halves->scales + block * LTR_BLOCK,
           LTR_BLOCK * sizeof(float));
    for (size_t r = 0; r < LTR_BLOCK; r++) {
        uint32_t bits = (uint32_t)margins[r] << 16;

        memcpy(&room->margins[at * LTR_BLOCK + r], &bits, sizeof bits);
    }
}

static struct ltr_sift_rows rows_of(const struct room *room,
                                    const struct ltr_sift_halves *halves)
{
    return (struct ltr_sift_rows){
        .codes = room->codes,
        .scales = room->scales,
        .margins = room->margins,
        .quads = 2 * ltr_sift_pairs(halves->quads),
    };
}

static void sift_joined(const ltrec_index *index,
                        const struct ltr_sift_halves *halves, size_t first,
                        size_t n_blocks, const struct ltr_sift_query *queries,
                        size_t n, uint16_t *masks)
{
    struct room room;
    struct ltr_sift_rows rows = rows_of(&room, halves);

    for (size_t b = 0; b < n_blocks; b++)
        join(index, halves, first + b, &room, b);
    index->sift(masks, &rows, n_blocks, queries, n);
}

/* Whole codes of the blocks of which upper halves left more than a few. */
static void sift_again(const ltrec_index *index,
                       const struct ltr_sift_halves *halves, size_t first,
                       const unsigned char *left, size_t n_left,
                       const struct ltr_sift_query *query, uint16_t *masks)
{
    struct room room;
    struct ltr_sift_rows rows = rows_of(&room, halves);
    uint16_t again[LTR_CHUNK];
    size_t most = most_joined(halves), some;

    for (size_t i = 0; i < n_left; i += some) {
        some = smaller(most, n_left - i);
        for (size_t j = 0; j < some; j++)
            join(index, halves, first + left[i + j], &room, j);
        index->sift(again, &rows, some, query, 1);
        for (size_t j = 0; j < some; j++)
            masks[left[i + j]] = again[j];
    }
}

/* Those of them from a block on. */
static struct ltr_sift_halves uppers_from(const struct ltr_sift_halves *halves,
                                          size_t first)
{
    struct ltr_sift_halves rows = *halves;

    rows.uppers += first * half_bytes(halves);
    rows.upper_scales += first * LTR_BLOCK;
    rows.upper_margins += first * LTR_BLOCK;
    return rows;
}

static void sift_alone(const ltrec_index *index,
                       const struct ltr_sift_halves *halves, size_t first,
                       size_t n_blocks, const struct ltr_sift_query *query,
                       uint16_t *masks)
{
    size_t bytes = half_bytes(halves), n_left = 0;
    unsigned char left[LTR_CHUNK_ALONE];
    struct ltr_sift_halves rows = uppers_from(halves, first);

    index->sift_upper(masks, &rows, n_blocks, query, 1);
    for (size_t b = 0; b < n_blocks; b++) {
        if (__builtin_popcount(masks[b]) <= FEW_LEFT)
            continue;
        left[n_left++] = (unsigned char)b;
        for (size_t i = 0; i < bytes; i += LINE)
            __builtin_prefetch(halves->lowers + (first + b) * bytes + i);
    }
    sift_again(index, halves, first, left, n_left, query, masks);
}

void ltr_chunk_sift(const ltrec_index *index, const struct ltr_tracks *tracks,
                    size_t first, size_t n_blocks,
                    const struct ltr_sift_query *queries, size_t n,
                    uint16_t *masks)
{
    if (tracks->codes.codes) {
        struct ltr_sift_rows rows = ltr_codes_from(&tracks->codes, first);

        index->sift(masks, &rows, n_blocks, queries, n);
    } else if (n >= LEAST_JOINED) {
        sift_joined(index, &tracks->halves, first, n_blocks, queries, n,
                    masks);
    } else {
        for (size_t q = 0; q < n; q++)
            sift_alone(index, &tracks->halves, first, n_blocks, &queries[q],
                       masks + q * n_blocks);
    }
}

static void multiply(float *products, const int32_t *dots, const float *scales,
                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        products[i] = (float)dots[i] * scales[i];
}

void ltr_chunk_products(const ltrec_index *index,
                        const struct ltr_tracks *tracks, size_t first,
                        size_t n_blocks, const struct ltr_sift_query *query,
                        float *products)
{
    const struct ltr_sift_halves *halves = &tracks->halves;
    int32_t dots[LTR_CHUNK * LTR_BLOCK];
    size_t step = ltr_chunk_blocks(tracks, LEAST_JOINED), some;
    struct room room;

    for (size_t b = 0; b < n_blocks; b += some) {
        struct ltr_sift_rows rows;

        some = smaller(step, n_blocks - b);
        if (tracks->codes.codes) {
            rows = ltr_codes_from(&tracks->codes, first + b);
        } else {
            rows = rows_of(&room, halves);
            for (size_t i = 0; i < some; i++)
                join(index, halves, first + b + i, &room, i);
        }
        index->dots(dots, &rows, some, query, 1);
        multiply(products + b * LTR_BLOCK, dots, rows.scales,
                 some * LTR_BLOCK);
    }
}
