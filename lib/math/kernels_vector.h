/*
 * kernels_vector.h - the kernels on vectors of LANES floats
 *
 * Included by one file per x86 instruction set, each compiled for its own
 * with LANES and SQRT defined: the loops are the same, the registers wider.
 * The compiler's vector types keep the code free of intrinsics, and the
 * Makefile lets it fuse multiplications and additions in these files alone.
 */
#include "math/kernels.h"

#include <math.h>
#include <string.h>

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

static inline vector load(const float *from)
{
    vector v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(float *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

typedef float half_vector
    __attribute__((vector_size(LANES / 2 * sizeof(float))));

/* Halved until one is left; the compiler makes shuffles of it. */
static inline float sum_of(vector v)
{
    half_vector low, high;
    float lanes[LANES / 2];

    memcpy(&low, &v, sizeof low);
    memcpy(&high, (const char *)&v + sizeof low, sizeof high);
    low += high;
    memcpy(lanes, &low, sizeof lanes);
    for (size_t width = LANES / 4; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            lanes[i] += lanes[i + width];
    return lanes[0];
}

/* LANES zeros, then LANES ones: loaded from at r, the last r are ones. */
static const float masks[2 * LANES] = {
    [LANES] = 1, 1, 1, 1, 1, 1, 1, 1,
#if LANES == 16
    1,           1, 1, 1, 1, 1, 1, 1,
#endif
};

static float dot_short(const float *a, const float *b, size_t n)
{
    float sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/*
 * Four chains, because one would wait out the latency of every FMA.  What is
 * left over at the end is a vector that overlaps the one before, less the
 * lanes it has in common with it: that costs less than a loop.
 */
static float dot(const float *a, const float *b, size_t n)
{
    vector sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    size_t i = 0;

    if (n < LANES)
        return dot_short(a, b, n);
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        sum0 += load(a + i) * load(b + i);
        sum1 += load(a + i + LANES) * load(b + i + LANES);
        sum2 += load(a + i + 2 * LANES) * load(b + i + 2 * LANES);
        sum3 += load(a + i + 3 * LANES) * load(b + i + 3 * LANES);
    }
    for (; i + LANES <= n; i += LANES)
        sum0 += load(a + i) * load(b + i);
    if (i < n)
        sum1 += load(a + n - LANES) *
                (load(b + n - LANES) * load(masks + (n - i)));
    return sum_of((sum0 + sum1) + (sum2 + sum3));
}

/* dot() of two rows, step by step the same: each load of b serves both. */
static void dot_pair(float *out, const float *a, const float *b, size_t n)
{
    const float *c = a + n;
    vector sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    vector other0 = {0}, other1 = {0}, other2 = {0}, other3 = {0};
    size_t i = 0;

    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        vector b0 = load(b + i), b1 = load(b + i + LANES);
        vector b2 = load(b + i + 2 * LANES), b3 = load(b + i + 3 * LANES);

        sum0 += load(a + i) * b0;
        other0 += load(c + i) * b0;
        sum1 += load(a + i + LANES) * b1;
        other1 += load(c + i + LANES) * b1;
        sum2 += load(a + i + 2 * LANES) * b2;
        other2 += load(c + i + 2 * LANES) * b2;
        sum3 += load(a + i + 3 * LANES) * b3;
        other3 += load(c + i + 3 * LANES) * b3;
    }
    for (; i + LANES <= n; i += LANES) {
        vector b0 = load(b + i);

        sum0 += load(a + i) * b0;
        other0 += load(c + i) * b0;
    }
    if (i < n) {
        vector b1 = load(b + n - LANES) * load(masks + (n - i));

        sum1 += load(a + n - LANES) * b1;
        other1 += load(c + n - LANES) * b1;
    }
    out[0] = sum_of((sum0 + sum1) + (sum2 + sum3));
    out[1] = sum_of((other0 + other1) + (other2 + other3));
}

static void dot_rows(float *out, const float *rows, size_t n_rows,
                     const float *query, size_t dim)
{
    size_t r = 0;

    for (; r + 2 <= n_rows && dim >= LANES; r += 2)
        dot_pair(out + r, rows + r * dim, query, dim);
    for (; r < n_rows; r++)
        out[r] = dot(rows + r * dim, query, dim);
}

/* A stripe of the columns stays in registers for all of the rows. */
static inline void add_stripe(float *out, const float *rows,
                              const float *weights, size_t n_rows, size_t dim)
{
    vector sum0 = load(out), sum1 = load(out + LANES);
    vector sum2 = load(out + 2 * LANES), sum3 = load(out + 3 * LANES);

    for (size_t r = 0; r < n_rows; r++) {
        const float *row = rows + r * dim;

        sum0 += weights[r] * load(row);
        sum1 += weights[r] * load(row + LANES);
        sum2 += weights[r] * load(row + 2 * LANES);
        sum3 += weights[r] * load(row + 3 * LANES);
    }
    store(out, sum0);
    store(out + LANES, sum1);
    store(out + 2 * LANES, sum2);
    store(out + 3 * LANES, sum3);
}

/* Columns from `i`, a vector of them at a time and then one by one. */
static void add_columns(float *out, const float *rows, const float *weights,
                        size_t n_rows, size_t dim, size_t i)
{
    for (; i + LANES <= dim; i += LANES) {
        vector sum = load(out + i);

        for (size_t r = 0; r < n_rows; r++)
            sum += weights[r] * load(rows + r * dim + i);
        store(out + i, sum);
    }
    for (; i < dim; i++)
        for (size_t r = 0; r < n_rows; r++)
            out[i] += weights[r] * rows[r * dim + i];
}

static void add_rows(float *out, const float *rows, const float *weights,
                     size_t n_rows, size_t dim)
{
    size_t i = 0;

    for (; i + 4 * LANES <= dim; i += 4 * LANES)
        add_stripe(out + i, rows + i, weights, n_rows, dim);
    add_columns(out, rows, weights, n_rows, dim, i);
}

static void adam(float *w, float *mean, float *square, const float *g,
                 size_t n, const struct ltr_adam_step *step)
{
    float keep1 = step->beta1, take1 = 1 - keep1;
    float keep2 = step->beta2, take2 = 1 - keep2;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        vector gradient = load(g + i);
        vector m = keep1 * load(mean + i) + take1 * gradient;
        vector s = keep2 * load(square + i) + take2 * (gradient * gradient);

        store(mean + i, m);
        store(square + i, s);
        store(w + i, load(w + i) - step->rate * m / (SQRT(s) + step->epsilon));
    }
    ltr_kernels_portable.adam(w + i, mean + i, square + i, g + i, n - i, step);
}

/*
 * As many filters as make twelve sums: two units that take four cycles for
 * each want eight under way, and the rest is for when something is late.  More
 * would share what is loaded, but of filters that lie further apart zeros
 * would be multiplied, too.
 */
#define ACROSS (LTR_FIR_LANES / LANES)
#define PHASES (12 / ACROSS)

static void fir(float *out, const float *taps, const float *x, size_t stride,
                size_t n)
{
    vector sum[PHASES][ACROSS];

    for (size_t p = 0; p < PHASES; p++)
        for (size_t i = 0; i < ACROSS; i++)
            sum[p][i] = load(out + p * LTR_FIR_LANES + i * LANES);
    for (size_t q = 0; q < n; q++, taps += PHASES, x += stride)
        for (size_t p = 0; p < PHASES; p++)
            for (size_t i = 0; i < ACROSS; i++)
                sum[p][i] += taps[p] * load(x + i * LANES);
    for (size_t p = 0; p < PHASES; p++)
        for (size_t i = 0; i < ACROSS; i++)
            store(out + p * LTR_FIR_LANES + i * LANES, sum[p][i]);
}

/* Pairs of rows are interleaved, then pairs of pairs, then the halves. */
static inline void transpose_8(float *to, size_t to_stride, const float *from,
                               size_t from_stride)
{
    __m256 a[8], b[8];

    for (size_t r = 0; r < 8; r++)
        a[r] = _mm256_loadu_ps(from + r * from_stride);
    for (size_t r = 0; r < 8; r += 2) {
        b[r] = _mm256_unpacklo_ps(a[r], a[r + 1]);
        b[r + 1] = _mm256_unpackhi_ps(a[r], a[r + 1]);
    }
    for (size_t r = 0; r < 8; r += 4) {
        a[r] = _mm256_shuffle_ps(b[r], b[r + 2], 0x44);
        a[r + 1] = _mm256_shuffle_ps(b[r], b[r + 2], 0xee);
        a[r + 2] = _mm256_shuffle_ps(b[r + 1], b[r + 3], 0x44);
        a[r + 3] = _mm256_shuffle_ps(b[r + 1], b[r + 3], 0xee);
    }
    for (size_t c = 0; c < 4; c++) {
        _mm256_storeu_ps(to + c * to_stride,
                         _mm256_permute2f128_ps(a[c], a[c + 4], 0x20));
        _mm256_storeu_ps(to + (c + 4) * to_stride,
                         _mm256_permute2f128_ps(a[c], a[c + 4], 0x31));
    }
}

static void transpose(float *to, size_t to_stride, const float *from,
                      size_t from_stride, size_t n_rows, size_t n_columns)
{
    size_t rows = n_rows - n_rows % 8, columns = n_columns - n_columns % 8;

    for (size_t c = 0; c < columns; c += 8)
        for (size_t r = 0; r < rows; r += 8)
            transpose_8(to + c * to_stride + r, to_stride,
                        from + r * from_stride + c, from_stride);
    for (size_t c = 0; c < n_columns; c++)
        for (size_t r = c < columns ? rows : 0; r < n_rows; r++)
            to[c * to_stride + r] = from[r * from_stride + c];
}
