/*
 * ridge.c - the linear baseline
 *
 * With x and y centred the intercept drops out of the normal equations:
 *
 *     (X'X + lambda I) W = X'Y                     d unknowns, d <= n
 *     W = X'A,  (XX' + lambda I) A = Y             n unknowns, d > n
 *
 * Either matrix is the products of some vectors among themselves: the columns
 * of X or its rows.  They are centred in panels, in double, and the products
 * summed panel by panel: the same order at any number of threads.
 */
#include <ltrec/evaluate.h>

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "math/solve.h"

#define PANEL 128

struct ridge {
    ltrec_context *ctx;
    size_t n, d, k;
    const float *x, *y;
    double *mean_x, *mean_y; /* [d], [k] */

    int is_dual;
    size_t m;      /* unknowns: vectors to multiply */
    size_t length; /* of those vectors */
    size_t at;     /* where in them the panel stands */
    size_t width;  /* how much of them is in it */
    double *panel; /* [m + k][PANEL]: the vectors, and of y, centred */
    double *gram;  /* [m][m], its lower triangle */
    double *right; /* [k][m], right-hand sides, then solutions */
};

static double x_at(const struct ridge *r, size_t row, size_t col)
{
    return (double)r->x[row * r->d + col] - r->mean_x[col];
}

static double y_at(const struct ridge *r, size_t row, size_t col)
{
    return (double)r->y[row * r->k + col] - r->mean_y[col];
}

static void find_means(const float *values, size_t n, size_t cols,
                       double *mean)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < cols; j++)
            mean[j] += (double)values[i * cols + j];
    for (size_t j = 0; j < cols; j++)
        mean[j] /= (double)n;
}

/* ---- The normal equations ----------------------------------------------- */

/* Vector v of the panel: a column or a row of x, or past them a column of y.
 */
static void fill_vector(void *arg, size_t v, size_t worker)
{
    struct ridge *r = arg;
    double *to = r->panel + v * PANEL;

    (void)worker;
    for (size_t t = 0; t < r->width; t++) {
        size_t at = r->at + t;

        if (v >= r->m)
            to[t] = y_at(r, at, v - r->m);
        else
            to[t] = r->is_dual ? x_at(r, v, at) : x_at(r, at, v);
    }
}

static double dot_panels(const double *a, const double *b)
{
    double sum[4] = {0};

    for (size_t t = 0; t < PANEL; t += 4)
        for (size_t lane = 0; lane < 4; lane++)
            sum[lane] += a[t + lane] * b[t + lane];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void add_products(void *arg, size_t i, size_t worker)
{
    struct ridge *r = arg;
    const double *own = r->panel + i * PANEL;

    (void)worker;
    for (size_t j = 0; j <= i; j++)
        r->gram[i * r->m + j] += dot_panels(own, r->panel + j * PANEL);
    for (size_t c = 0; c < r->k && !r->is_dual; c++)
        r->right[c * r->m + i] +=
            dot_panels(own, r->panel + (r->m + c) * PANEL);
}

static void build(struct ridge *r, double lambda)
{
    size_t n_vectors = r->m + (r->is_dual ? 0 : r->k);

    for (r->at = 0; r->at < r->length; r->at += PANEL) {
        size_t left = r->length - r->at;

        r->width = left < PANEL ? left : PANEL;
        if (left < PANEL) /* so that products need not know the width */
            memset(r->panel, 0, n_vectors * PANEL * sizeof *r->panel);
        ltr_parallel(r->ctx, n_vectors, fill_vector, r);
        ltr_parallel(r->ctx, r->m, add_products, r);
    }
    for (size_t i = 0; i < r->m; i++) {
        r->gram[i * r->m + i] += lambda;
        for (size_t c = 0; c < r->k && r->is_dual; c++)
            r->right[c * r->m + i] = y_at(r, i, c);
    }
}

/* ---- The solution ------------------------------------------------------- */

static void solve_target(void *arg, size_t c, size_t worker)
{
    struct ridge *r = arg;

    (void)worker;
    ltr_cholesky_solve(r->gram, r->m, r->right + c * r->m);
}

static double weight_of(const struct ridge *r, size_t j, size_t c)
{
    const double *solution = r->right + c * r->m;
    double sum = 0;

    if (!r->is_dual)
        return solution[j];
    for (size_t i = 0; i < r->n; i++)
        sum += x_at(r, i, j) * solution[i];
    return sum;
}

static void write_weights(const struct ridge *r, float *weights)
{
    for (size_t c = 0; c < r->k; c++) {
        double intercept = r->mean_y[c];

        for (size_t j = 0; j < r->d; j++) {
            double w = weight_of(r, j, c);

            intercept -= w * r->mean_x[j];
            weights[j * r->k + c] = (float)w;
        }
        weights[r->d * r->k + c] = (float)intercept;
    }
}

/*
 * A pivot of almost nothing is rounding, not information: columns that depend
 * on each other leave one where there should be 0.
 */
static int is_singular(const struct ridge *r, double largest)
{
    const double least = 1e-6 * sqrt(largest);

    for (size_t i = 0; i < r->m; i++)
        if (!(r->gram[i * r->m + i] > least))
            return 1;
    return 0;
}

static int solve(struct ridge *r, float *weights, ltrec_error *err)
{
    double largest = 0;

    for (size_t i = 0; i < r->m; i++)
        largest = fmax(largest, r->gram[i * r->m + i]);
    if (ltr_cholesky(r->gram, r->m) != 0 || is_singular(r, largest))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "ridge: columns depend on each other, wanted a larger "
                        "lambda");
    ltr_parallel(r->ctx, r->k, solve_target, r);
    write_weights(r, weights);
    return LTREC_OK;
}

/* ---- Fitting and predicting --------------------------------------------- */

static int is_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return 0;
    return 1;
}

static int prepare(struct ridge *r, ltrec_error *err)
{
    ltrec_context *ctx = r->ctx;

    r->mean_x = ltr_alloc(ctx, r->d, sizeof *r->mean_x);
    r->mean_y = ltr_alloc(ctx, r->k, sizeof *r->mean_y);
    r->panel = ltr_alloc(ctx, r->m + r->k, PANEL * sizeof *r->panel);
    if (r->m <= SIZE_MAX / sizeof *r->gram)
        r->gram = ltr_alloc(ctx, r->m, r->m * sizeof *r->gram);
    if (r->k <= SIZE_MAX / sizeof *r->right)
        r->right = ltr_alloc(ctx, r->m, r->k * sizeof *r->right);
    if (!r->mean_x || !r->mean_y || !r->panel || !r->gram || !r->right)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "ridge: no memory for %zu unknowns", r->m);
    return LTREC_OK;
}

static void free_ridge(struct ridge *r)
{
    ltr_free(r->ctx, r->mean_x);
    ltr_free(r->ctx, r->mean_y);
    ltr_free(r->ctx, r->panel);
    ltr_free(r->ctx, r->gram);
    ltr_free(r->ctx, r->right);
}

int ltrec_ridge_fit(ltrec_context *ctx, size_t n, size_t d, const float *x,
                    size_t k, const float *y, double lambda, float *weights,
                    ltrec_error *err)
{
    struct ridge r = {.ctx = ctx, .n = n, .d = d, .k = k, .x = x, .y = y};
    int status;

    if (!ctx || !x || !y || !weights || n == 0 || d == 0 || k == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "ridge: needs a context and arrays above 0 by 0");
    if (!is_finite(x, n * d) || !is_finite(y, n * k) || !isfinite(lambda) ||
        lambda < 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "ridge: a number is not finite or lambda negative");
    r.is_dual = d > n;
    r.m = r.is_dual ? n : d;
    r.length = r.is_dual ? d : n;
    status = prepare(&r, err);
    if (status == LTREC_OK) {
        find_means(x, n, d, r.mean_x);
        find_means(y, n, k, r.mean_y);
        build(&r, lambda);
        status = solve(&r, weights, err);
    }
    free_ridge(&r);
    return status;
}

int ltrec_ridge_predict(size_t n, size_t d, const float *x, size_t k,
                        const float *weights, float *out)
{
    if (d == 0 || k == 0 || !weights || (n > 0 && (!x || !out)))
        return LTREC_ERR_ARGUMENT;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < k; c++) {
            double sum = (double)weights[d * k + c];

            for (size_t j = 0; j < d; j++)
                sum += (double)x[i * d + j] * (double)weights[j * k + c];
            out[i * k + c] = (float)sum;
        }
    return LTREC_OK;
}
