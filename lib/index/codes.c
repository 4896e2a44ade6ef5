/*
 * codes.c - vectors to codes; codes.h has the proof
 */
#include "index/codes.h"

#include <math.h>
#include <string.h>

#include "base/context.h"

#define LARGEST 127
#define LANES 8

/* For rounding in what is computed here, and for what flushes to zero. */
#define ROUND_UP (1 + 1e-6)
#define LEAST 1e-30

/* A unit vector's length, to the tolerance of files. */
#define UNIT (1 + 1e-5)

int ltr_codes_fit(size_t dim)
{
    return dim <= LTR_MOST_CODED;
}

size_t ltr_codes_blocks(size_t rows)
{
    return rows / LTR_BLOCK + (rows % LTR_BLOCK != 0);
}

size_t ltr_codes_quads(size_t dim)
{
    return dim / LTR_QUAD + (dim % LTR_QUAD != 0);
}

static size_t block_bytes(size_t dim)
{
    return ltr_codes_quads(dim) * LTR_BLOCK * LTR_QUAD;
}

/* ---- Room --------------------------------------------------------------- */

int ltr_codes_create(ltrec_context *ctx, size_t rows, size_t dim,
                     struct ltr_codes *out)
{
    size_t blocks = ltr_codes_blocks(rows);

    out->codes = ltr_alloc(ctx, blocks, block_bytes(dim));
    out->scales = ltr_alloc(ctx, blocks, LTR_BLOCK * sizeof(float));
    out->margins = ltr_alloc(ctx, blocks, LTR_BLOCK * sizeof(float));
    if (out->codes && out->scales && out->margins)
        return LTREC_OK;
    ltr_codes_free(ctx, out);
    return LTREC_ERR_MEMORY;
}

void ltr_codes_free(ltrec_context *ctx, struct ltr_codes *codes)
{
    ltr_free(ctx, codes->codes);
    ltr_free(ctx, codes->scales);
    ltr_free(ctx, codes->margins);
    *codes = (struct ltr_codes){0};
}

struct ltr_sift_rows ltr_codes_rows(const struct ltr_codes *codes, size_t dim)
{
    return (struct ltr_sift_rows){
        .codes = codes->codes,
        .scales = codes->scales,
        .margins = codes->margins,
        .quads = ltr_codes_quads(dim),
    };
}

struct ltr_sift_rows ltr_codes_from(const struct ltr_sift_rows *rows,
                                    size_t first)
{
    return (struct ltr_sift_rows){
        .codes = rows->codes + first * rows->quads * LTR_BLOCK * LTR_QUAD,
        .scales = rows->scales + first * LTR_BLOCK,
        .margins = rows->margins + first * LTR_BLOCK,
        .quads = rows->quads,
    };
}

void ltr_codes_copy(struct ltr_codes *to, const struct ltr_sift_rows *from,
                    size_t blocks)
{
    if (blocks == 0)
        return;
    memcpy(to->codes, from->codes,
           blocks * from->quads * LTR_BLOCK * LTR_QUAD);
    memcpy(to->scales, from->scales, blocks * LTR_BLOCK * sizeof(float));
    memcpy(to->margins, from->margins, blocks * LTR_BLOCK * sizeof(float));
}

/* ---- Coding ------------------------------------------------------------- */

static float largest_of(const float *v, size_t n)
{
    float most[LANES] = {0};

    for (size_t i = 0; i < n; i += LANES) {
        size_t lanes = n - i < LANES ? n - i : LANES;

        for (size_t lane = 0; lane < lanes; lane++) {
            float size = fabsf(v[i + lane]);

            most[lane] = size > most[lane] ? size : most[lane];
        }
    }
    for (size_t lane = 1; lane < LANES; lane++)
        most[0] = most[lane] > most[0] ? most[lane] : most[0];
    return most[0];
}

/* The square of the length of v - scale * codes. */
static double error_of(const int8_t *codes, float scale, const float *v,
                       size_t n)
{
    double squares[LANES] = {0}, sum = 0;

    for (size_t i = 0; i < n; i += LANES) {
        size_t lanes = n - i < LANES ? n - i : LANES;

        for (size_t lane = 0; lane < lanes; lane++) {
            double error =
                (double)v[i + lane] - (double)scale * (double)codes[i + lane];

            squares[lane] += error * error;
        }
    }
    for (size_t lane = 0; lane < LANES; lane++)
        sum += squares[lane];
    return sum;
}

/*
 * codes[n] and their scale, and their margin: at least the length of
 * v - scale * codes.  Any whole numbers near v / scale will do, since what
 * they miss is measured after.
 */
static double encode(int8_t *codes, float *scale, const float *v, size_t n)
{
    float inverse;

    *scale = largest_of(v, n) / LARGEST;
    inverse = 1 / *scale;
    for (size_t i = 0; i < n; i++) {
        float code = v[i] * inverse;

        codes[i] = (int8_t)(int)(code + copysignf(0.5f, code));
    }
    return sqrt(error_of(codes, *scale, v, n)) * ROUND_UP + LEAST;
}

/* Where quad `i` of a row lies. */
static size_t quad_at(size_t row, size_t i, size_t quads)
{
    return ((row / LTR_BLOCK * quads + i) * LTR_BLOCK + row % LTR_BLOCK) *
           LTR_QUAD;
}

void ltr_codes_put(struct ltr_codes *codes, size_t row, const float *x,
                   size_t dim)
{
    size_t quads = ltr_codes_quads(dim);
    int8_t code[LTR_MOST_CODED + LTR_QUAD] = {0};
    float scale;

    codes->margins[row] = (float)encode(code, &scale, x, dim);
    codes->scales[row] = scale;
    for (size_t i = 0; i < quads; i++)
        memcpy(codes->codes + quad_at(row, i, quads), code + i * LTR_QUAD,
               LTR_QUAD);
}

void ltr_codes_move(struct ltr_codes *to, size_t row,
                    const struct ltr_sift_rows *from, size_t from_row)
{
    for (size_t i = 0; i < from->quads; i++)
        memcpy(to->codes + quad_at(row, i, from->quads),
               from->codes + quad_at(from_row, i, from->quads), LTR_QUAD);
    to->scales[row] = from->scales[from_row];
    to->margins[row] = from->margins[from_row];
}

float ltr_codes_get(const struct ltr_sift_rows *rows, size_t row,
                    int8_t *codes)
{
    for (size_t i = 0; i < rows->quads; i++)
        memcpy(codes + i * LTR_QUAD,
               rows->codes + quad_at(row, i, rows->quads), LTR_QUAD);
    return rows->scales[row];
}

float ltr_codes_make(int8_t *codes, const float *x, size_t dim)
{
    float scale;

    memset(codes + dim, 0, ltr_codes_quads(dim) * LTR_QUAD - dim);
    encode(codes, &scale, x, dim);
    return scale;
}

/* ---- Queries ------------------------------------------------------------ */

void ltr_code_query_init(struct ltr_code_query *query, int8_t *codes,
                         const float *q, size_t dim, double length)
{
    double margin, reach, g = (double)(dim + 8) * 0x1p-24 * 1.01;
    size_t padded = ltr_codes_quads(dim) * LTR_QUAD;
    int32_t sum = 0;
    float scale;

    memset(codes + dim, 0, padded - dim);
    margin = encode(codes, &scale, q, dim);
    for (size_t i = 0; i < dim; i++)
        sum += codes[i];
    reach = length * ROUND_UP + margin;
    query->sift = (struct ltr_sift_query){
        .codes = codes,
        .sum = sum,
        .reach = (float)(reach * ROUND_UP / (double)scale),
        .threshold = -INFINITY,
    };
    query->scale = (double)scale;
    query->slack = UNIT * (margin + g * reach) + (ROUND_UP - 1) * reach;
}

void ltr_code_query_demand(struct ltr_code_query *query, float score)
{
    query->sift.threshold =
        (float)(((double)score - query->slack) / query->scale);
}
