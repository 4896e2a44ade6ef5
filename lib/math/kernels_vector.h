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

static inline float sum_of(vector v)
{
    float lanes[LANES];

    memcpy(lanes, &v, sizeof v);
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t i = 0; i < width; i++)
            lanes[i] += lanes[i + width];
    return lanes[0];
}

static float dot(const float *a, const float *b, size_t n)
{
    vector sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    float tail = 0;
    size_t i = 0;

    /* Four chains, because one would wait out the latency of every FMA. */
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        sum0 += load(a + i) * load(b + i);
        sum1 += load(a + i + LANES) * load(b + i + LANES);
        sum2 += load(a + i + 2 * LANES) * load(b + i + 2 * LANES);
        sum3 += load(a + i + 3 * LANES) * load(b + i + 3 * LANES);
    }
    for (; i + LANES <= n; i += LANES)
        sum0 += load(a + i) * load(b + i);
    for (; i < n; i++)
        tail += a[i] * b[i];
    return sum_of((sum0 + sum1) + (sum2 + sum3)) + tail;
}

static void dot_rows(float *out, const float *rows, size_t n_rows,
                     const float *query, size_t dim)
{
    for (size_t r = 0; r < n_rows; r++)
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

static void add_rows(float *out, const float *rows, const float *weights,
                     size_t n_rows, size_t dim)
{
    size_t i = 0;

    for (; i + 4 * LANES <= dim; i += 4 * LANES)
        add_stripe(out + i, rows + i, weights, n_rows, dim);
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
