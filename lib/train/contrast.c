/*
 * contrast.c - predictions told apart from the others of their batch
 *
 *     s_ij = cos(p_i, y_j) / t        loss_i = log sum_j exp(s_ij) - s_ii
 *
 *     d loss_i / d cos(p_i, y_j) = (softmax_j(s_i) - [i = j]) / t
 *
 * A. van den Oord, Y. Li, O. Vinyals, "Representation learning with
 * contrastive predictive coding", 2018.
 */
#include "train/train_parts.h"

#include <math.h>

#include "base/pool.h"
#include "nn/layers.h"

static int counts(const struct ltr_contrast *c, size_t i, size_t j)
{
    return i == j || c->groups[i] == 0 || c->groups[i] != c->groups[j];
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/*
 * The derivative by p_i of all its cosines: with u = p_i / |p_i|, that of
 * cos(p_i, y_j) is (y_j - cos u) / |p_i|.
 */
static void add_one(void *arg, size_t i, size_t worker)
{
    const struct ltr_contrast *c = arg;
    const float *p = c->p + i * c->stride;
    float *d = c->d_p + i * c->stride;
    double length = fmax(sqrt(dot(p, p, c->k)), LTR_LEAST_NORM);
    double total = 0, scale = c->weight / (double)c->n / c->temperature;

    (void)worker;
    /* Cosines are at most 1: shifted by that, nothing overflows. */
    for (size_t j = 0; j < c->n; j++)
        if (counts(c, i, j))
            total += exp((dot(p, c->y + j * c->stride, c->k) / length - 1) /
                         c->temperature);
    for (size_t j = 0; j < c->n; j++) {
        const float *y = c->y + j * c->stride;
        double cosine, part;

        if (!counts(c, i, j))
            continue;
        cosine = dot(p, y, c->k) / length;
        part = exp((cosine - 1) / c->temperature) / total - (i == j);
        for (size_t m = 0; m < c->k; m++)
            d[m] += (float)(scale * part / length *
                            ((double)y[m] - cosine * (double)p[m] / length));
    }
}

void ltr_contrast_add(ltrec_context *ctx, const struct ltr_contrast *contrast)
{
    ltr_parallel(ctx, contrast->n, add_one, (void *)(uintptr_t)contrast);
}
