/*
 * intervals.c - distances, and how far to believe their mean
 *
 * B. Efron, R. Tibshirani, "An introduction to the bootstrap", 1993,
 * chapter 13: the percentile interval.
 */
#include <ltrec/evaluate.h>

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/random.h"
#include "math/sort.h"

#define LEAST_RESAMPLES 40 /* below, no 2.5 % of them is a whole one */

/* ---- Distances ---------------------------------------------------------- */

int ltrec_cosine_distances(size_t n, size_t dim, const float *a,
                           const float *b, double *distances, double *mean,
                           ltrec_error *err)
{
    double total = 0;

    if (n == 0 || dim == 0 || !a || !b)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "distances: need two arrays of vectors");
    for (size_t i = 0; i < n; i++) {
        double ab = 0, aa = 0, bb = 0, lengths, distance;

        for (size_t j = 0; j < dim; j++) {
            double x = (double)a[i * dim + j], y = (double)b[i * dim + j];

            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        lengths = sqrt(aa) * sqrt(bb);
        if (!isfinite(lengths) || lengths == 0)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "distances: a vector of row %zu is zero or not "
                            "finite",
                            i);
        distance = fmax(0, fmin(2, 1 - ab / lengths));
        total += distance;
        if (distances)
            distances[i] = distance;
    }
    if (mean)
        *mean = total / (double)n;
    return LTREC_OK;
}

/* ---- The bootstrap ------------------------------------------------------ */

struct bootstrap {
    size_t n;
    const double *a, *b; /* [n]; b may be NULL */
    uint64_t seed;
    uint64_t *means; /* [resamples], as keys that sort */
};

static double value_of(const struct bootstrap *boot, uint64_t bits)
{
    size_t i = (size_t)((bits & UINT32_MAX) * boot->n >> 32);

    return boot->a[i] - (boot->b ? boot->b[i] : 0);
}

static void resample(void *arg, size_t r, size_t worker)
{
    const struct bootstrap *boot = arg;
    double sum = 0;

    (void)worker;
    for (size_t i = 0; i < boot->n; i += 2) { /* two draws of 32 bits each */
        uint64_t bits = ltr_random_bits(boot->seed, r, i);

        sum += value_of(boot, bits);
        if (i + 1 < boot->n)
            sum += value_of(boot, bits >> 32);
    }
    boot->means[r] = ltr_sort_key_of(sum / (double)boot->n);
}

static int check(const struct bootstrap *boot, size_t resamples,
                 ltrec_error *err)
{
    if (boot->n == 0 || boot->n > UINT32_MAX || resamples < LEAST_RESAMPLES)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "bootstrap: %zu values and %zu resamples, wanted 1 to "
                        "2^32 - 1 and at least %d",
                        boot->n, resamples, LEAST_RESAMPLES);
    for (size_t i = 0; i < boot->n; i++)
        if (!isfinite(boot->a[i]) || (boot->b && !isfinite(boot->b[i])))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "bootstrap: value %zu is not finite", i);
    return LTREC_OK;
}

static int run(ltrec_context *ctx, struct bootstrap *boot, size_t resamples,
               double *low, double *high, ltrec_error *err)
{
    size_t outside = resamples / 40; /* 2.5 % at either end */
    int status;

    if (!ctx || !boot->a || !low || !high)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "bootstrap: needs a context, values and two results");
    status = check(boot, resamples, err);
    if (status != LTREC_OK)
        return status;
    boot->means = ltr_alloc(ctx, resamples, 2 * sizeof *boot->means);
    if (!boot->means)
        return ltr_fail(err, LTREC_ERR_MEMORY, "bootstrap: no memory");
    ltr_parallel(ctx, resamples, resample, boot);
    ltr_sort_keys(boot->means, boot->means + resamples, resamples);
    *low = ltr_sort_value_of(boot->means[outside]);
    *high = ltr_sort_value_of(boot->means[resamples - 1 - outside]);
    ltr_free(ctx, boot->means);
    return LTREC_OK;
}

int ltrec_bootstrap_mean(ltrec_context *ctx, size_t n, const double *values,
                         size_t resamples, uint64_t seed, double *low,
                         double *high, ltrec_error *err)
{
    struct bootstrap boot = {.n = n, .a = values, .seed = seed};

    return run(ctx, &boot, resamples, low, high, err);
}

int ltrec_bootstrap_difference(ltrec_context *ctx, size_t n, const double *a,
                               const double *b, size_t resamples,
                               uint64_t seed, double *low, double *high,
                               ltrec_error *err)
{
    struct bootstrap boot = {.n = n, .a = a, .b = b, .seed = seed};

    if (!b)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "bootstrap: a difference needs two results");
    return run(ctx, &boot, resamples, low, high, err);
}
