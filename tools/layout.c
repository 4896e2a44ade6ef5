/*
 * layout.c - a map: points on a plane for vectors of many dimensions
 */
#include "layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "synth_random.h"
#include "term.h"

#define SEED 1
#define AXIS_ROUNDS 30 /* of the power iteration */
#define MOVES 20000000 /* of neighbours, all together, at most */
#define EPOCHS_MIN 30
#define EPOCHS_MAX 300
#define REPELLED 5 /* points that each move pushes away */
#define STEP_MAX 4 /* of one coordinate in one move */
#define EXTENT 10  /* of the first map, in units of the attraction */

/* ---- The two main axes -------------------------------------------------- */

struct axes {
    const struct layout *l;
    double *mean;    /* [dim] */
    double *axis[2]; /* [dim] each, of unit length */
};

static double project(const struct axes *a, size_t row, const double *axis)
{
    const float *v = a->l->vectors + row * a->l->dim;
    double sum = 0;

    for (size_t j = 0; j < a->l->dim; j++)
        sum += ((double)v[j] - a->mean[j]) * axis[j];
    return sum;
}

static void normalise(double *x, size_t n)
{
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        squares += x[i] * x[i];
    if (squares > 0)
        for (size_t i = 0; i < n; i++)
            x[i] /= sqrt(squares);
}

/* One round towards the main axis `which` of what the axes before leave. */
static void improve_axis(const struct axes *a, int which, double *next)
{
    size_t dim = a->l->dim;
    double shared = 0;

    memset(next, 0, dim * sizeof *next);
    for (size_t row = 0; row < a->l->n; row++) {
        const float *v = a->l->vectors + row * dim;
        double along = project(a, row, a->axis[which]);

        for (size_t j = 0; j < dim; j++)
            next[j] += along * ((double)v[j] - a->mean[j]);
    }
    for (size_t j = 0; which > 0 && j < dim; j++)
        shared += next[j] * a->axis[0][j];
    for (size_t j = 0; which > 0 && j < dim; j++)
        next[j] -= shared * a->axis[0][j];
    normalise(next, dim);
    memcpy(a->axis[which], next, dim * sizeof *next);
}

static void find_axes(struct axes *a)
{
    size_t n = a->l->n, dim = a->l->dim;
    double *next = tool_alloc(dim, sizeof *next);

    a->mean = tool_alloc(dim, sizeof *a->mean);
    for (size_t i = 0; i < n * dim; i++)
        a->mean[i % dim] += (double)a->l->vectors[i] / (double)n;
    for (int which = 0; which < 2; which++) {
        a->axis[which] = tool_alloc(dim, sizeof(double));
        for (size_t j = 0; j < dim; j++)
            a->axis[which][j] = synth_normal(SEED, (uint64_t)which, j);
        for (int round = 0; round < AXIS_ROUNDS; round++)
            improve_axis(a, which, next);
    }
    free(next);
}

/* The first map, with a little noise, for equal vectors have to part. */
static void place_by_axes(const struct layout *l, float *points)
{
    struct axes a = {.l = l};
    double most = 1e-9;

    find_axes(&a);
    for (size_t i = 0; i < l->n; i++)
        for (int d = 0; d < 2; d++) {
            double at = project(&a, i, a.axis[d]);

            points[2 * i + (size_t)d] = (float)at;
            most = fmax(most, fabs(at));
        }
    for (size_t i = 0; i < 2 * l->n; i++)
        points[i] = (float)((double)points[i] * EXTENT / most +
                            0.01 * synth_normal(SEED, 2, i));
    free(a.mean);
    free(a.axis[0]);
    free(a.axis[1]);
}

/* ---- Moving ------------------------------------------------------------- */

static float bounded(float step)
{
    return step > STEP_MAX ? STEP_MAX : step < -STEP_MAX ? -STEP_MAX : step;
}

/* Move `from` by force * its way from `to`; `to` the other way if asked. */
static void move(float *from, float *to, float force, int both)
{
    for (int d = 0; d < 2; d++) {
        float step = bounded(force * (from[d] - to[d]));

        from[d] += step;
        if (both)
            to[d] -= step;
    }
}

static float apart(const float *a, const float *b)
{
    float x = a[0] - b[0], y = a[1] - b[1];

    return x * x + y * y;
}

static void attract_and_repel(const struct layout *l, float *points, size_t i,
                              size_t j, float rate, uint64_t *counter)
{
    float *from = points + 2 * i, *to = points + 2 * j;

    move(from, to, -2 * rate / (1 + apart(from, to)), 1);
    for (int r = 0; r < REPELLED; r++) {
        size_t other = (size_t)(synth_bits(SEED, 3, (*counter)++) % l->n);
        float *away = points + 2 * other, d2;

        if (other == i)
            continue;
        d2 = apart(from, away);
        move(from, away, 2 * rate / ((0.001f + d2) * (1 + d2)), 0);
    }
}

static void one_epoch(const struct layout *l, float *points, float rate,
                      uint64_t *counter)
{
    for (size_t i = 0; i < l->n; i++)
        for (size_t m = 0; m < l->k; m++) {
            size_t j = l->neighbours[i * l->k + m];

            if (j < l->n)
                attract_and_repel(l, points, i, j, rate, counter);
        }
}

/* Into the unit square, each axis by itself. */
static void fit_square(float *points, size_t n)
{
    for (size_t d = 0; d < 2; d++) {
        float low = points[d], high = points[d];

        for (size_t i = 0; i < n; i++) {
            low = fminf(low, points[2 * i + d]);
            high = fmaxf(high, points[2 * i + d]);
        }
        for (size_t i = 0; i < n; i++)
            points[2 * i + d] =
                high > low ? (points[2 * i + d] - low) / (high - low) : 0.5f;
    }
}

int layout_make(const struct layout *l, float *points, ltrec_error *err)
{
    size_t pairs = l->n * l->k + 1, epochs = MOVES / pairs;
    uint64_t counter = 0;
    int status = LTREC_OK;

    if (l->n == 0)
        return LTREC_OK;
    epochs = epochs < EPOCHS_MIN ? EPOCHS_MIN : epochs;
    epochs = epochs > EPOCHS_MAX ? EPOCHS_MAX : epochs;
    place_by_axes(l, points);
    term_doing("drawing the map");
    for (size_t epoch = 0; epoch < epochs && status == LTREC_OK; epoch++) {
        one_epoch(l, points, 1 - (float)epoch / (float)epochs, &counter);
        if (term_progress(NULL, epoch + 1, epochs) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    term_done();
    fit_square(points, l->n);
    return status;
}
