/*
 * pooling.c - pooling over time
 */
#include "nn/layers.h"

#include <math.h>
#include <string.h>

/* Under the root, so that silence has a derivative. */
#define LEAST_SQUARE 1e-12f

/* y[n] = the largest of `width` frames that lie `stride` apart. */
static void pool(const float *x, size_t n, size_t stride, size_t width,
                 float *y)
{
    memcpy(y, x, n * sizeof *y);
    for (size_t w = 1; w < width; w++)
        for (size_t c = 0; c < n; c++)
            y[c] = x[w * stride + c] > y[c] ? x[w * stride + c] : y[c];
}

void ltr_max_pool_forward(const float *x, size_t frames, size_t n,
                          size_t width, float *y)
{
    for (size_t t = 0; t < frames / width; t++)
        pool(x + t * width * n, n, n, width, y + t * n);
}

#define TOGETHER 64 /* channels */

/*
 * Frame by frame, what is left for it: without branches, since which frame is
 * the largest cannot be foretold.  The last one takes what no other has,
 * because NaN equals nothing, not even itself.
 */
static void unpool(const float *x, size_t n, size_t stride, size_t width,
                   const float *d_y, float *d_x)
{
    float left[TOGETHER], y[TOGETHER];

    pool(x, n, stride, width, y);
    memcpy(left, d_y, n * sizeof *left);
    for (size_t w = 0; w + 1 < width; w++, x += stride, d_x += stride)
        for (size_t c = 0; c < n; c++) {
            float here = x[c] == y[c] ? left[c] : 0;

            left[c] = x[c] == y[c] ? 0 : left[c];
            d_x[c] = here;
        }
    memcpy(d_x, left, n * sizeof *left);
}

void ltr_max_pool_backward(const float *x, size_t frames, size_t n,
                           size_t width, const float *d_y, float *d_x)
{
    size_t out = frames / width;

    for (size_t t = 0; t < out; t++)
        for (size_t c = 0; c < n; c += TOGETHER)
            unpool(x + t * width * n + c, n - c < TOGETHER ? n - c : TOGETHER,
                   n, width, d_y + t * n + c, d_x + t * width * n + c);
    /* Frames that fill no window. */
    memset(d_x + out * width * n, 0, (frames - out * width) * n * sizeof *d_x);
}

void ltr_global_pool_sum(const float *x, size_t frames, size_t n, float *sums)
{
    float *sum = sums, *most = sums + n, *squares = sums + 2 * n;

    memset(sums, 0, 3 * n * sizeof *sums);
    memcpy(most, x, n * sizeof *most);
    for (size_t t = 0; t < frames; t++)
        for (size_t c = 0; c < n; c++) {
            float value = x[t * n + c];

            sum[c] += value;
            most[c] = value > most[c] ? value : most[c];
            squares[c] += value * value;
        }
}

void ltr_global_pool_join(double *all, const float *sums, size_t n)
{
    double *most = all + n;

    for (size_t c = 0; c < n; c++) {
        double value = (double)sums[n + c];

        all[c] += (double)sums[c];
        most[c] = value > most[c] ? value : most[c];
        all[2 * n + c] += (double)sums[2 * n + c];
    }
}

void ltr_global_pool_end(float *y, size_t frames, size_t n)
{
    float *mean = y, *norm = y + 2 * n;
    float scale = 1.0f / (float)frames;

    for (size_t c = 0; c < n; c++) {
        mean[c] *= scale;
        norm[c] = sqrtf(norm[c] * scale + LEAST_SQUARE);
    }
}

void ltr_global_pool_forward(const float *x, size_t frames, size_t n, float *y)
{
    ltr_global_pool_sum(x, frames, n, y);
    ltr_global_pool_end(y, frames, n);
}

void ltr_global_pool_backward(const float *x, const float *y, size_t frames,
                              size_t n, const float *d_y, float *d_x)
{
    const float *most = y + n, *norm = y + 2 * n;
    const float *d_mean = d_y, *d_most = d_y + n, *d_norm = d_y + 2 * n;
    float scale = 1.0f / (float)frames;

    for (size_t t = 0; t < frames; t++)
        for (size_t c = 0; c < n; c++)
            d_x[t * n + c] =
                scale * (d_mean[c] + d_norm[c] * x[t * n + c] / norm[c]);
    for (size_t c = 0; c < n; c++) {
        size_t at = c, last = (frames - 1) * n + c;

        while (at < last && x[at] != most[c])
            at += n;
        d_x[at] += d_most[c];
    }
}
