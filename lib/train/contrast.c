/*
 * contrast.c - predictions told apart from the others of their batch
 *
 *     s_ij = cos(p_i, y_j) / t        loss_i = log sum_j exp(s_ij) - s_ii
 *
 *     d loss_i / d cos(p_i, y_j) = (softmax_j(s_i) - [i = j]) / t
 *
 * A. van den Oord, Y. Li, O. Vinyals, "Representation learning with
 * contrastive predictive coding", 2018.
 *
 * Both sums over j are products of matrices, some rows at a time.
 */
#include "train/train_parts.h"

#include <math.h>

#include "base/pool.h"
#include "math/product.h"
#include "nn/layers.h"

#define ROWS 32 /* predictions at a time */

size_t ltr_contrast_room(const ltrec_context *ctx, size_t n, size_t k)
{
    return ltr_workers(ctx) * (ROWS * (n + k) + n);
}

static int counts(const struct ltr_contrast *c, size_t i, size_t j)
{
    return i == j || c->groups[i] == 0 || c->groups[i] != c->groups[j];
}

/*
 * scores[n], the cosines of prediction i, become `scale` times the derivatives
 * of its loss by them; returns the sum of each times its cosine.
 */
static double derive(const struct ltr_contrast *c, size_t i, double scale,
                     float *scores, float *powers)
{
    double total = 0, along = 0;
    float most = scores[i];

    for (size_t j = 0; j < c->n; j++)
        if (counts(c, i, j) && scores[j] > most)
            most = scores[j];
    /* Shifted by the most, nothing overflows, and not all of it underflows. */
    for (size_t j = 0; j < c->n; j++) {
        double power =
            exp(((double)scores[j] - (double)most) / c->temperature);

        powers[j] = counts(c, i, j) ? (float)power : 0;
        total += (double)powers[j];
    }
    for (size_t j = 0; j < c->n; j++) {
        double part = (double)powers[j] / total - (i == j);
        double by = scale * part / c->temperature;

        along += by * (double)scores[j];
        scores[j] = (float)by;
    }
    return along;
}

/* With u = p / |p| the derivative of cos(p, y) by p is (y - cos u) / |p|. */
static void add_rows(void *arg, size_t task, size_t worker)
{
    const struct ltr_contrast *c = arg;
    size_t first = task * ROWS, left = c->n - first;
    size_t rows = left < ROWS ? left : ROWS;
    float *u = c->room + worker * (ROWS * (c->n + c->k) + c->n);
    float *scores = u + ROWS * c->k, *powers = scores + ROWS * c->n;
    double scale[ROWS];
    struct ltr_product cosines = {
        .m = rows,
        .n = c->n,
        .k = c->k,
        .a = ltr_along(u, c->k),
        .b = ltr_along(c->y, c->stride),
        .out = scores,
        .stride = c->n,
    };
    struct ltr_product slopes = {
        .m = rows,
        .n = c->k,
        .k = c->n,
        .a = ltr_along(scores, c->n),
        .b = ltr_across(c->y, c->stride),
        .out = c->d_p + first * c->stride,
        .stride = c->stride,
        .add = true,
    };

    for (size_t i = 0; i < rows; i++) {
        double length = ltr_unit_forward(c->p + (first + i) * c->stride, c->k,
                                         u + i * c->k);

        scale[i] = c->weight / (double)c->n / fmax(length, LTR_LEAST_NORM);
    }
    ltr_multiply_alone(c->packs, &cosines, worker);
    for (size_t i = 0; i < rows; i++) {
        float *d = c->d_p + (first + i) * c->stride;
        double along =
            derive(c, first + i, scale[i], scores + i * c->n, powers);

        for (size_t m = 0; m < c->k; m++)
            d[m] -= (float)(along * (double)u[i * c->k + m]);
    }
    ltr_multiply_alone(c->packs, &slopes, worker);
}

void ltr_contrast_add(const struct ltr_contrast *contrast)
{
    ltr_parallel(contrast->ctx, (contrast->n + ROWS - 1) / ROWS, add_rows,
                 (void *)(uintptr_t)contrast);
}
