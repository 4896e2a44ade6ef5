/*
 * codes.c - vectors to codes; codes.h has the proof
 */
#include "index/codes.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "math/hadamard.h"

#define LARGEST 127
#define LANES 8

/* For rounding in what is computed here, and for what flushes to zero. */
#define ROUND_UP (1 + 1e-6)
#define LEAST 1e-30

/* What dividing by lengths of 1, to the tolerance of files, may be off. */
#define UNIT_SLACK 2e-5

/* Codes at a wider angle, of 84 degrees, rule nothing out. */
#define LEAST_COSINE 0.1

/* More than the error of sums of 4096 products, in squares of lengths. */
#define SUM_ERROR 1e-9

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

size_t ltr_codes_bytes(size_t dim)
{
    return ltr_sift_pairs(ltr_codes_quads(dim)) * 2 * LTR_QUAD;
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

void ltr_codes_copy(struct ltr_codes *to, const struct ltr_codes *from,
                    size_t blocks, size_t dim)
{
    if (blocks == 0)
        return;
    memcpy(to->codes, from->codes, blocks * block_bytes(dim));
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

/*
 * codes[n] and what they are to be multiplied with.  Any whole numbers near
 * that will do, since what they miss is measured after.
 */
static float encode(int8_t *codes, const float *v, size_t n)
{
    float scale = largest_of(v, n) / LARGEST, inverse = 1 / scale;

    for (size_t i = 0; i < n; i++) {
        float code = v[i] * inverse;

        codes[i] = (int8_t)(int)(code + copysignf(0.5f, code));
    }
    return scale;
}

/* Sums over a vector and what stands for it. */
struct sums {
    double squares[LANES];        /* v.v */
    double products[LANES];       /* v.c */
    double upper_products[LANES]; /* v.u */
    int32_t code_squares[LANES];  /* c.c */
    int32_t upper_squares[LANES]; /* u.u */
};

/* `lanes` is a constant where this is called most: compilers then add several
   at once. */
static inline void add_lanes(struct sums *sums, const int8_t *codes,
                             const float *v, size_t lanes)
{
    for (size_t i = 0; i < lanes; i++) {
        double x = (double)v[i];
        int32_t code = codes[i], upper = ltr_upper_value(code);

        sums->squares[i] += x * x;
        sums->products[i] += x * (double)code;
        sums->upper_products[i] += x * (double)upper;
        sums->code_squares[i] += code * code;
        sums->upper_squares[i] += upper * upper;
    }
}

static void add_up(struct sums *sums, const int8_t *codes, const float *v,
                   size_t n)
{
    size_t whole = n / LANES * LANES;

    for (size_t i = 0; i < whole; i += LANES)
        add_lanes(sums, codes + i, v + i, LANES);
    add_lanes(sums, codes + whole, v + whole, n - whole);
    for (size_t i = 1; i < LANES; i++) {
        sums->squares[0] += sums->squares[i];
        sums->products[0] += sums->products[i];
        sums->upper_products[0] += sums->upper_products[i];
        sums->code_squares[0] += sums->code_squares[i];
        sums->upper_squares[0] += sums->upper_squares[i];
    }
}

/*
 * The multiple of c[] whose part along a vector is as long as a unit vector,
 * and how long the rest is: the tangent of their angle, from the squares of
 * their lengths and their product.
 */
static struct ltr_fit fit(double squares, int32_t code_squares, double product)
{
    double both = squares * (double)code_squares, tangent;

    if (!(product > LEAST_COSINE * sqrt(both)))
        return (struct ltr_fit){0, INFINITY};
    tangent = sqrt(fmax(0, both / (product * product) - 1) + SUM_ERROR);
    return (struct ltr_fit){(float)(sqrt(squares) / product),
                            (float)(tangent * ROUND_UP)};
}

/* The vector as it is coded. */
static void turn(float *to, const float *x, size_t dim, enum ltr_coding coding)
{
    memcpy(to, x, dim * sizeof *to);
    if (coding == LTR_CODING_TURNED)
        ltr_hadamard(to, dim);
}

struct ltr_fit ltr_codes_make(int8_t *codes, const float *x, size_t dim,
                              enum ltr_coding coding, struct ltr_fit *upper)
{
    float turned[LTR_MOST_CODED];
    struct sums sums = {0};

    turn(turned, x, dim, coding);
    encode(codes, turned, dim);
    memset(codes + dim, 0, ltr_codes_bytes(dim) - dim);
    add_up(&sums, codes, turned, dim);
    *upper =
        fit(sums.squares[0], sums.upper_squares[0], sums.upper_products[0]);
    return fit(sums.squares[0], sums.code_squares[0], sums.products[0]);
}

void ltr_codes_put(struct ltr_codes *codes, size_t row, const float *x,
                   size_t dim, enum ltr_coding coding)
{
    size_t quads = ltr_codes_quads(dim);
    int8_t code[LTR_MOST_CODED];
    struct ltr_fit upper, fit = ltr_codes_make(code, x, dim, coding, &upper);
    int8_t *to =
        codes->codes +
        (row / LTR_BLOCK * quads * LTR_BLOCK + row % LTR_BLOCK) * LTR_QUAD;

    codes->scales[row] = fit.scale;
    codes->margins[row] = fit.margin;
    for (size_t i = 0; i < quads; i++)
        memcpy(to + i * LTR_BLOCK * LTR_QUAD, code + i * LTR_QUAD, LTR_QUAD);
}

/* ---- Queries ------------------------------------------------------------ */

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

void ltr_code_query_init(struct ltr_code_query *query, int8_t *codes,
                         const float *q, size_t dim, double length,
                         enum ltr_coding coding)
{
    double g = (double)(dim + 8) * 0x1p-24, h = ltr_hadamard_error(dim);
    float turned[LTR_MOST_CODED], scale;
    int32_t sum = 0;

    turn(turned, q, dim, coding);
    scale = encode(codes, turned, dim);
    memset(codes + dim, 0, ltr_codes_bytes(dim) - dim);
    for (size_t i = 0; i < dim; i++)
        sum += codes[i];
    *query = (struct ltr_code_query){
        .coding = coding,
        .length = length,
        .scale = (double)scale,
        .shrink = 1 / length,
        .grow = 1 / (double)scale,
        .margin = (sqrt(error_of(codes, scale, turned, dim)) +
                   (ROUND_UP - 1 + h) * length) *
                      ROUND_UP * ROUND_UP +
                  LEAST,
        .slack = UNIT_SLACK + 1.01 * (g + 5 * h),
    };
    query->widest = (length + query->margin) * query->grow;
    query->sift = (struct ltr_sift_query){
        .codes = codes,
        .sum = sum,
        .reach = (float)query->widest,
        .threshold = -INFINITY,
    };
}

void ltr_code_query_demand(struct ltr_code_query *query, float score)
{
    double z = (double)score * query->shrink - query->slack, across = 1;

    /* Margins of plain codes are lengths, not only of what is across. */
    if (query->coding == LTR_CODING_TURNED && z > 0)
        across = sqrt(fmax(0, 1 - z * z));
    query->sift.reach =
        (float)((across * query->length + query->margin) * query->grow);
    query->sift.threshold =
        (float)((z * query->length - query->margin) * query->grow);
}

double ltr_code_query_most(const struct ltr_code_query *query, float product,
                           float margin)
{
    return (query->scale * ((double)product + (double)margin * query->widest) +
            query->margin) /
               query->length +
           query->slack;
}
