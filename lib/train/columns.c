/*
 * columns.c - means and deviations of the columns of a matrix
 */
#include "train/train_parts.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"

void ltr_standardise(const double *sum, const double *squares,
                     const uint64_t *count, size_t n, float *mean,
                     float *scale)
{
    for (size_t i = 0; i < n; i++) {
        double many = count[i] > 0 ? (double)count[i] : 1;
        double centre = sum[i] / many;
        double variance = squares[i] / many - centre * centre;

        mean[i] = (float)centre;
        /* What is left when equal numbers cancel is no deviation, whatever
         * the unit. */
        scale[i] = variance > 1e-12 * squares[i] / many &&
                           variance > 1e-60 /* past it 1 / sqrt() overflows */
                       ? (float)(1 / sqrt(variance))
                       : 0;
    }
}

static void add_up(const float *rows, size_t n, size_t width, double *sums,
                   uint64_t *counts, struct ltr_watch *watch)
{
    for (size_t i = 0; i < n && !ltr_watch_row(watch, i); i++)
        for (size_t j = 0; j < width; j++) {
            double x = (double)rows[i * width + j];

            counts[j]++;
            sums[j] += x;
            sums[width + j] += x * x;
        }
}

int ltr_columns_measure(const struct ltr_lesson *l, const float *rows,
                        size_t n, size_t width, float *mean, float *scale)
{
    double *sums = ltr_alloc(l->ctx, 2 * width, sizeof *sums);
    uint64_t *counts = ltr_alloc(l->ctx, width, sizeof *counts);
    struct ltr_watch watch = {.options = l->options, .total = n};
    int status = LTREC_OK;

    if (sums && counts) {
        add_up(rows, n, width, sums, counts, &watch);
        ltr_standardise(sums, sums + width, counts, width, mean, scale);
    } else {
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    if (watch.cancelled)
        status = ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled");
    ltr_free(l->ctx, sums);
    ltr_free(l->ctx, counts);
    return status;
}
