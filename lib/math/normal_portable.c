/*
 * normal_portable.c - outer products in plain C; the definition of the others
 */
#include "math/normal.h"

/* Eight sums, for the reason given in kernels_portable.c. */
static float dot(const float *a, const float *b, size_t dim)
{
    float sum[8] = {0};

    for (size_t i = 0; i < dim; i += 8)
        for (size_t lane = 0; lane < 8; lane++)
            sum[lane] += a[i + lane] * b[i + lane];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) +
           ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static void apply(float *out, const struct ltr_normal_rows *a, const float *x,
                  const float *pulls)
{
    for (size_t i = 0; i < a->n; i++) {
        const float *v = a->vectors + a->rows[i] * a->dim;
        float f = a->weights[i] * dot(v, x, a->dim);

        f = pulls ? pulls[i] - f : f;
        for (size_t j = 0; j < a->dim; j++)
            out[j] += f * v[j];
    }
}

static float square(float sum, const struct ltr_normal_rows *a, const float *x)
{
    for (size_t i = 0; i < a->n; i++) {
        float f = dot(a->vectors + a->rows[i] * a->dim, x, a->dim);

        sum += a->weights[i] * f * f;
    }
    return sum;
}

static void share(float *out, const float *shared, float rho, const float *x,
                  size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        out[i] = (shared[i] + rho) * x[i];
}

static void invert(float *out, const float *shared, float rho,
                   const float *typical, float weight, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        out[i] = 1 / (shared[i] + rho + weight * typical[i]);
}

static void scale(float *out, const float *x, const float *by, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        out[i] = x[i] * by[i];
}

static void add(float *y, const float *x, float length, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        y[i] += length * x[i];
}

static void turn(float *p, const float *r, float ratio, size_t dim)
{
    for (size_t i = 0; i < dim; i++)
        p[i] = r[i] + ratio * p[i];
}

const struct ltr_normal ltr_normal_portable = {
    .apply = apply,
    .square = square,
    .share = share,
    .invert = invert,
    .scale = scale,
    .add = add,
    .turn = turn,
};
