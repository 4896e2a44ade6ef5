/*
 * sift_vector.h - the sieve and its dot products on vectors
 *
 * Included by one file per x86 instruction set, which defines
 *
 *     vector            a register of integers
 *     PARTS             how many of them hold a quad of a block
 *     TILE_BLOCKS       blocks, and
 *     TILE_QUERIES      queries, whose sums fit the registers
 *     struct codes      a part of a quad of rows, made ready by
 *     prepare(from)     for any number of
 *     step(sum, codes, quad)    sum + each row's product with a query's quad
 *     spread(quad)      which is in all lanes
 *     compare(SUMS(sums, b), rows, row, query)   the mask of block b
 *     keep(to, SUMS(sums, b), query)             its dot products
 *
 * and for upper halves, four bits without a sign in each byte,
 *
 *     split(uppers, from)                  those of two quads of a part
 *     step_upper(sum, uppers, quads)       sum + their products with a query's
 *     compare_upper(SUMS(sums, b), rows, row, query)
 *
 * A tile of blocks and queries keeps its sums in registers from its first
 * quad to its last: each load of codes serves all its queries, each load of a
 * query's quad all its blocks.
 */
#define INLINE static inline __attribute__((always_inline))
#define QUAD_BYTES (LTR_BLOCK * LTR_QUAD)

static const int8_t nothing[LTR_QUAD];

/* Fetch what the next tile reads; past the last one that is nobody's. */
INLINE void ahead(const int8_t *from, size_t bytes)
{
    __builtin_prefetch((const void *)((uintptr_t)from + bytes));
}

/* Where a tile's sums go, compared or as they are; the other is NULL. */
struct sink {
    uint16_t *masks; /* [][stride] */
    int32_t *dots;   /* [][stride * LTR_BLOCK] */
    size_t stride;
};

/* `blocks`, `n` and what the sink lacks are constants where this is called:
   loops unroll. */
INLINE void tile(struct sink to, size_t first_query,
                 const struct ltr_sift_rows *rows, size_t first, size_t blocks,
                 const struct ltr_sift_query *queries, size_t n)
{
    const int8_t *from = rows->codes + first * rows->quads * QUAD_BYTES;
    vector sums[TILE_QUERIES][TILE_BLOCKS * PARTS];

    queries += first_query;
    for (size_t q = 0; q < n; q++)
        for (size_t p = 0; p < blocks * PARTS; p++)
            sums[q][p] = spread(nothing);
    for (size_t i = 0; i < rows->quads; i++) {
        struct codes codes[TILE_BLOCKS * PARTS];

        for (size_t b = 0; b < blocks; b++)
            ahead(from, ((blocks + b) * rows->quads + i) * QUAD_BYTES);
        for (size_t p = 0; p < blocks * PARTS; p++)
            codes[p] =
                prepare(from + p / PARTS * rows->quads * QUAD_BYTES +
                        i * QUAD_BYTES + p % PARTS * (QUAD_BYTES / PARTS));
        for (size_t q = 0; q < n; q++) {
            vector quad = spread(queries[q].codes + i * LTR_QUAD);

            for (size_t p = 0; p < blocks * PARTS; p++)
                sums[q][p] = step(sums[q][p], codes[p], quad);
        }
    }
    for (size_t q = 0; q < n; q++)
        for (size_t b = 0; b < blocks; b++) {
            size_t at = (first_query + q) * to.stride + first + b;

            if (to.masks)
                to.masks[at] = compare(SUMS(sums[q], b), rows,
                                       (first + b) * LTR_BLOCK, &queries[q]);
            else
                keep(to.dots + at * LTR_BLOCK, SUMS(sums[q], b), &queries[q]);
        }
}

INLINE void stripe(struct sink to, size_t first_query,
                   const struct ltr_sift_rows *rows, size_t n_blocks,
                   const struct ltr_sift_query *queries, size_t n)
{
    size_t b = 0;

    for (; b + TILE_BLOCKS <= n_blocks; b += TILE_BLOCKS)
        tile(to, first_query, rows, b, TILE_BLOCKS, queries, n);
    for (; b < n_blocks; b++)
        tile(to, first_query, rows, b, 1, queries, n);
}

INLINE void multiply(struct sink to, const struct ltr_sift_rows *rows,
                     size_t n_blocks, const struct ltr_sift_query *queries,
                     size_t n)
{
    size_t q = 0;

    for (; q + TILE_QUERIES <= n; q += TILE_QUERIES)
        stripe(to, q, rows, n_blocks, queries, TILE_QUERIES);
    for (; q < n; q++)
        stripe(to, q, rows, n_blocks, queries, 1);
}

static void sift(uint16_t *masks, const struct ltr_sift_rows *rows,
                 size_t n_blocks, const struct ltr_sift_query *queries,
                 size_t n)
{
    struct sink to = {.masks = masks, .dots = NULL, .stride = n_blocks};

    multiply(to, rows, n_blocks, queries, n);
}

static void dots(int32_t *out, const struct ltr_sift_rows *rows,
                 size_t n_blocks, const struct ltr_sift_query *queries,
                 size_t n)
{
    struct sink to = {.masks = NULL, .dots = out, .stride = n_blocks};

    multiply(to, rows, n_blocks, queries, n);
}

/* ---- Upper halves ------------------------------------------------------- */

/* How far ahead of what is read memory is asked for: pages of it. */
#define AHEAD_BYTES 8192

INLINE void upper_tile(uint16_t *masks, const struct ltr_sift_halves *rows,
                       size_t first, size_t blocks,
                       const struct ltr_sift_query *query)
{
    size_t pairs = ltr_sift_pairs(rows->quads), bytes = pairs * QUAD_BYTES;
    const uint8_t *from = rows->uppers + first * bytes;
    vector sums[UPPER_BLOCKS * PARTS];

    for (size_t p = 0; p < blocks * PARTS; p++)
        sums[p] = spread(nothing);
    for (size_t i = 0; i < pairs; i++) {
        const int8_t *quads = query->codes + 2 * i * LTR_QUAD;
        vector both[] = {spread(quads), spread(quads + LTR_QUAD)};

        for (size_t b = 0; b < blocks; b++)
            ahead((const int8_t *)from,
                  b * bytes + i * QUAD_BYTES + AHEAD_BYTES);
        for (size_t p = 0; p < blocks * PARTS; p++) {
            vector uppers[2];

            split(uppers, from + p / PARTS * bytes + i * QUAD_BYTES +
                              p % PARTS * (QUAD_BYTES / PARTS));
            sums[p] = step_upper(sums[p], uppers, both);
        }
    }
    for (size_t b = 0; b < blocks; b++)
        masks[first + b] =
            compare_upper(SUMS(sums, b), rows, (first + b) * LTR_BLOCK, query);
}

static void sift_upper(uint16_t *masks, const struct ltr_sift_halves *rows,
                       size_t n_blocks, const struct ltr_sift_query *queries,
                       size_t n)
{
    for (size_t q = 0; q < n; q++, masks += n_blocks) {
        size_t b = 0;

        for (; b + UPPER_BLOCKS <= n_blocks; b += UPPER_BLOCKS)
            upper_tile(masks, rows, b, UPPER_BLOCKS, &queries[q]);
        for (; b < n_blocks; b++)
            upper_tile(masks, rows, b, 1, &queries[q]);
    }
}
