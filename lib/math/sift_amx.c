/*
 * sift_amx.c - the sieve for x86 with AMX tiles of bytes
 *
 * Compiled for them by the Makefile's rule for *_amx.c.  A block of rows is
 * laid out as the right operand of a tile product, sixteen quads of it at a
 * time, and so needs no preparing; queries are copied into rows of a left
 * one.  Two by two products keep their sums in tiles; the quads left over
 * have tiles of their own shape, because a product reads whole tiles.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>
#include <string.h>

#include "math/amx.h"
#include "math/sift.h"

#define TILE_ROWS 16
#define TILE_QUADS 16
#define TILE_BYTES (TILE_QUADS * LTR_QUAD)
#define QUAD_BYTES (LTR_BLOCK * LTR_QUAD)
#define PAIR 2

/* Queries a pass, and below how many a pass costs more than it saves. */
#define GROUP (PAIR * TILE_ROWS)
#define LEAST_GROUP 4

/* Longer queries would outgrow the stack: the sieve below takes them. */
#define MOST_QUADS 128
#define STRIDE (MOST_QUADS * LTR_QUAD)

struct group {
    _Alignas(64) int8_t codes[GROUP][STRIDE];
    const struct ltr_sift_query *queries;
    size_t n;
};

/* Which tile is what; 0 to 3 hold the sums of two by two. */
#define WHOLE_LEFT 4
#define REST_LEFT 5
#define WHOLE_RIGHT 6
#define REST_RIGHT 7

static void set_shapes(struct ltr_amx_shapes *before, size_t quads)
{
    uint8_t rest = (uint8_t)(quads % TILE_QUADS);
    struct ltr_amx_shapes shapes = {.palette = 1};

    for (int t = 0; t < 8; t++) {
        shapes.rows[t] = TILE_ROWS;
        shapes.row_bytes[t] = TILE_BYTES;
    }
    if (rest > 0) {
        shapes.row_bytes[REST_LEFT] = (uint16_t)(rest * LTR_QUAD);
        shapes.rows[REST_RIGHT] = rest;
    }
    ltr_amx_begin(before, &shapes);
}

typedef int32_t tile_sums[PAIR][PAIR][TILE_ROWS][LTR_BLOCK];

/*
 * Sixteen quads, or the rest, of two blocks that begin `apart` bytes apart;
 * the second sixteen queries only when there are any.
 */
#define STEP(LEFT, RIGHT, left, right) \
    do { \
        _tile_loadd(LEFT, (left), STRIDE); \
        _tile_loadd(RIGHT, (right), QUAD_BYTES); \
        _tile_dpbssd(0, LEFT, RIGHT); \
        _tile_loadd(RIGHT, (right) + apart, QUAD_BYTES); \
        _tile_dpbssd(1, LEFT, RIGHT); \
        if (g->n <= TILE_ROWS) \
            break; \
        _tile_loadd(LEFT, (left) + TILE_ROWS * STRIDE, STRIDE); \
        _tile_dpbssd(3, LEFT, RIGHT); \
        _tile_loadd(RIGHT, (right), QUAD_BYTES); \
        _tile_dpbssd(2, LEFT, RIGHT); \
    } while (0)

/* sums[a][b] of queries a * 16 ... and the block at `from`, or the next. */
static void multiply(tile_sums sums, const struct group *g, const int8_t *from,
                     size_t apart, size_t quads)
{
    const int8_t *left = g->codes[0];
    size_t i = 0;

    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (; i + TILE_QUADS <= quads; i += TILE_QUADS)
        STEP(WHOLE_LEFT, WHOLE_RIGHT, left + i * LTR_QUAD,
             from + i * QUAD_BYTES);
    if (i < quads)
        STEP(REST_LEFT, REST_RIGHT, left + i * LTR_QUAD,
             from + i * QUAD_BYTES);
    _tile_stored(0, sums[0][0], QUAD_BYTES);
    _tile_stored(1, sums[0][1], QUAD_BYTES);
    if (g->n <= TILE_ROWS)
        return;
    _tile_stored(2, sums[1][0], QUAD_BYTES);
    _tile_stored(3, sums[1][1], QUAD_BYTES);
}

/* The masks of block `b` for the queries of the group. */
static void compare(uint16_t *masks, size_t stride, tile_sums sums, size_t b,
                    const struct ltr_sift_rows *rows, size_t block,
                    const struct group *g)
{
    __m512 scales = _mm512_loadu_ps(rows->scales + block * LTR_BLOCK);
    __m512 margins = _mm512_loadu_ps(rows->margins + block * LTR_BLOCK);

    for (size_t q = 0; q < g->n; q++) {
        const struct ltr_sift_query *query = &g->queries[q];
        __m512i dots =
            _mm512_load_si512(sums[q / TILE_ROWS][b][q % TILE_ROWS]);
        __m512 most = _mm512_fmadd_ps(
            _mm512_cvtepi32_ps(dots), scales,
            _mm512_mul_ps(margins, _mm512_set1_ps(query->reach)));

        masks[q * stride + block] = _mm512_cmp_ps_mask(
            most, _mm512_set1_ps(query->threshold), _CMP_GE_OQ);
    }
}

static void copy(int32_t *dots, size_t stride, tile_sums sums, size_t b,
                 size_t block, const struct group *g)
{
    for (size_t q = 0; q < g->n; q++)
        memcpy(dots + (q * stride + block) * LTR_BLOCK,
               sums[q / TILE_ROWS][b][q % TILE_ROWS],
               LTR_BLOCK * sizeof *dots);
}

/* To the masks of the group's queries or, where those are NULL, the dots. */
static void multiply_group(uint16_t *masks, int32_t *dots,
                           const struct ltr_sift_rows *rows, size_t n_blocks,
                           const struct group *g)
{
    size_t bytes = rows->quads * QUAD_BYTES;
    _Alignas(64) tile_sums sums[PAIR]; /* by turns, so that work overlaps */

    for (size_t first = 0; first < n_blocks; first += PAIR) {
        const int8_t *from = rows->codes + first * bytes;
        size_t left = n_blocks - first, two = left < PAIR ? left : PAIR;
        size_t turn = first / PAIR % PAIR;

        /* A last block without a second one is multiplied twice. */
        multiply(sums[turn], g, from, two > 1 ? bytes : 0, rows->quads);
        for (size_t b = 0; b < two; b++)
            if (masks)
                compare(masks, n_blocks, sums[turn], b, rows, first + b, g);
            else
                copy(dots, n_blocks, sums[turn], b, first + b, g);
    }
}

static void gather(struct group *g, const struct ltr_sift_query *queries,
                   size_t n, size_t quads)
{
    g->queries = queries;
    g->n = n;
    for (size_t q = 0; q < n; q++)
        memcpy(g->codes[q], queries[q].codes, quads * LTR_QUAD);
}

/* How many of the queries, from the first on, tiles are for. */
static size_t multiply_all(uint16_t *masks, int32_t *dots,
                           const struct ltr_sift_rows *rows, size_t n_blocks,
                           const struct ltr_sift_query *queries, size_t n)
{
    struct ltr_amx_shapes before;
    struct group g;
    size_t q = 0;

    if (rows->quads == 0 || rows->quads > MOST_QUADS || n < LEAST_GROUP)
        return 0;
    set_shapes(&before, rows->quads);
    for (; n - q >= LEAST_GROUP; q += g.n) {
        size_t at = q * n_blocks;

        gather(&g, queries + q, n - q < GROUP ? n - q : GROUP, rows->quads);
        multiply_group(masks ? masks + at : NULL,
                       dots ? dots + at * LTR_BLOCK : NULL, rows, n_blocks,
                       &g);
    }
    ltr_amx_end(&before);
    return q;
}

void ltr_sift_amx(uint16_t *masks, const struct ltr_sift_rows *rows,
                  size_t n_blocks, const struct ltr_sift_query *queries,
                  size_t n)
{
    size_t q = multiply_all(masks, NULL, rows, n_blocks, queries, n);

    ltr_sift_avx512vnni(masks + q * n_blocks, rows, n_blocks, queries + q,
                        n - q);
}

void ltr_dots_amx(int32_t *dots, const struct ltr_sift_rows *rows,
                  size_t n_blocks, const struct ltr_sift_query *queries,
                  size_t n)
{
    size_t q = multiply_all(NULL, dots, rows, n_blocks, queries, n);

    ltr_dots_avx512vnni(dots + q * n_blocks * LTR_BLOCK, rows, n_blocks,
                        queries + q, n - q);
}

#else
typedef int ltr_sift_amx_needs_x86;
#endif
