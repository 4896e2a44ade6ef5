/*
 * activation.c - rectifier, dropout, unit length and losses
 */
#include "nn/layers.h"

#include <math.h>

#include "base/random.h"

/* ---- Rectifier and dropout ---------------------------------------------- */

void ltr_relu_forward(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < 0 ? 0 : x[i];
}

void ltr_relu_backward(const float *y, float *d, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] = y[i] > 0 ? d[i] : 0;
}

#define DRAWS 64 /* at a time, each of 64 bits for four values */

void ltr_dropout_forward(float *x, size_t n, float rate, uint64_t seed,
                         uint64_t stream, uint64_t first)
{
    uint16_t drawn[4 * DRAWS];
    uint16_t limit = (uint16_t)(rate * 65536.0f);
    float scale = 1 / (1 - rate);

    for (size_t done = 0; done < n; done += 4 * DRAWS) {
        size_t some = n - done < 4 * DRAWS ? n - done : 4 * DRAWS;

        for (size_t i = 0; i < some; i += 4) {
            uint64_t bits =
                ltr_random_bits(seed, stream, (first + done + i) / 4);

            for (size_t j = 0; j < 4; j++, bits >>= 16)
                drawn[i + j] = (uint16_t)bits;
        }
        /* A factor, where a branch could not be foretold. */
        for (size_t i = 0; i < some; i++)
            x[done + i] *= drawn[i] < limit ? 0 : scale;
    }
}

void ltr_dropout_backward(const float *y, float *d, size_t n, float rate)
{
    float scale = 1 / (1 - rate);

    for (size_t i = 0; i < n; i++)
        d[i] *= y[i] != 0 ? scale : 0;
}

/* ---- Unit length -------------------------------------------------------- */

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

double ltr_unit_forward(const float *x, size_t n, float *y)
{
    double norm = sqrt(dot(x, x, n));
    double divisor = norm > LTR_LEAST_NORM ? norm : LTR_LEAST_NORM;

    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)x[i] / divisor);
    return norm;
}

/* ---- Losses ------------------------------------------------------------- */

/*
 * With u = p / |p| the loss is 1 - u . y, so d_u = -y and what is left is the
 * way back through the division by |p|.
 */
double ltr_cosine_loss(const float *p, const float *y, size_t n, double weight,
                       float *d_p)
{
    double norm = sqrt(dot(p, p, n));
    double divisor = norm > LTR_LEAST_NORM ? norm : LTR_LEAST_NORM;
    double cosine = dot(p, y, n) / divisor;

    for (size_t i = 0; d_p && i < n; i++) {
        double unit = (double)p[i] / divisor;

        d_p[i] = (float)(-weight * ((double)y[i] - cosine * unit) / divisor);
    }
    return weight * (1 - cosine);
}

void ltr_logistic(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 1 / (1 + expf(-x[i]));
}

/* log(1 + exp(x)) - x y, arranged so that no large x overflows. */
double ltr_logistic_loss(const float *p, const float *y, size_t n,
                         double weight, float *d_p)
{
    double sum = 0, scale;
    size_t known = 0;

    for (size_t i = 0; i < n; i++)
        known += isnan(y[i]) ? 0 : 1;
    scale = known > 0 ? weight / (double)known : 0;
    for (size_t i = 0; i < n; i++) {
        double x = (double)p[i], target = (double)y[i];

        if (isnan(target)) {
            if (d_p)
                d_p[i] = 0;
            continue;
        }
        sum += (x > 0 ? x : 0) + log1p(exp(-fabs(x))) - x * target;
        if (d_p)
            d_p[i] = (float)(scale * (1 / (1 + exp(-x)) - target));
    }
    return scale * sum;
}
