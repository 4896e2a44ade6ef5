/*
 * eigen.c - eigenvectors of a symmetric matrix
 *
 * Householder's reduction to a tridiagonal matrix, then implicit QL (Bowdler,
 * Martin, Reinsch, Wilkinson 1968: procedures tred2 and tql2 of the Handbook
 * for Automatic Computation).  Every loop runs along rows, which for the
 * vectors means that they are kept as rows; and QL's rotations are noted down
 * and applied many at a time to a strip of columns that the first-level cache
 * holds, strips being shared out over workers.
 */
#include "math/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "math/dot.h"

#define STRIP 16        /* columns that rotations are applied to at once */
#define NOTED_ROWS 64   /* rotations noted down, in rows of them */
#define MOST_SWEEPS 100 /* for one value; two are usual */

/* Work between two looks at whether to go on. */
#define TICK_FLOPS 5e7

struct rotation {
    double c, s;
    size_t row; /* and the next */
};

struct eigen {
    ltrec_context *ctx;
    struct ltr_steps *steps;
    size_t n;
    double *a;       /* [n][n]; row i becomes the i-th reflection */
    double *lengths; /* [n], of reflections; 0: none */
    double *diagonal, *off, *image; /* [n] */
    double *vectors;
    struct rotation *noted; /* [NOTED_ROWS * n] */
    size_t n_noted;
    size_t first_row; /* of those that reflections are applied to */
};

_Static_assert(sizeof(struct rotation) <= 3 * sizeof(double), "room");

size_t ltr_eigen_work(size_t n)
{
    return 3 * n + 3 * NOTED_ROWS * n;
}

static void add(double *y, const double *x, double length, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += length * x[i];
}

/* ---- To a tridiagonal matrix -------------------------------------------- */

/*
 * Row i as the vector u of the reflection I - uu'/length that leaves nothing
 * of it but the entry beside the diagonal.
 */
static void find_reflection(struct eigen *e, size_t i)
{
    double *u = e->a + i * e->n, last = u[i - 1];
    double rest = ltr_dot(u, u, i - 1), norm = sqrt(rest + last * last);

    e->diagonal[i] = u[i];
    if (!(rest > 0)) {
        e->off[i] = last;
        e->lengths[i] = 0;
        return;
    }
    e->off[i] = last > 0 ? -norm : norm;
    u[i - 1] = last - e->off[i];
    e->lengths[i] = norm * (norm + fabs(last));
}

/* The first i rows and columns, reflected from both sides. */
static void reflect(struct eigen *e, size_t i)
{
    const double *u = e->a + i * e->n;
    double *p = e->image, length = e->lengths[i];

    memset(p, 0, i * sizeof *p);
    for (size_t j = 0; j < i; j++) {
        const double *row = e->a + j * e->n;

        p[j] += ltr_dot(row, u, j) + row[j] * u[j];
        add(p, row, u[j], j);
    }
    for (size_t j = 0; j < i; j++)
        p[j] /= length;
    add(p, u, -ltr_dot(u, p, i) / (2 * length), i);
    for (size_t j = 0; j < i; j++) {
        double *row = e->a + j * e->n;

        for (size_t k = 0; k <= j; k++)
            row[k] -= u[j] * p[k] + p[j] * u[k];
    }
}

static int reduce(struct eigen *e)
{
    double flops = 0;

    for (size_t i = e->n - 1; i > 0; i--) {
        find_reflection(e, i);
        if (e->lengths[i] > 0)
            reflect(e, i);
        flops += 4 * (double)i * (double)i;
        if (flops > TICK_FLOPS) {
            flops = 0;
            if (ltr_steps_take(e->steps, 0) != LTREC_OK)
                return LTREC_ERR_CANCELLED;
        }
    }
    e->diagonal[0] = e->a[0];
    e->off[0] = 0;
    return LTREC_OK;
}

/* Row r of the identity, by all reflections, those of fewer rows first. */
static void reflect_row(void *arg, size_t r, size_t worker)
{
    struct eigen *e = arg;
    double *row = e->vectors + (e->first_row + r) * e->n;

    (void)worker;
    r += e->first_row;
    memset(row, 0, e->n * sizeof *row);
    row[r] = 1;
    for (size_t i = r + 1; i < e->n; i++) {
        const double *u = e->a + i * e->n;

        if (e->lengths[i] > 0)
            add(row, u, -ltr_dot(row, u, i) / e->lengths[i], i);
    }
}

static int reflect_rows(struct eigen *e)
{
    double flops = 2 * (double)e->n * (double)e->n;
    size_t most = (1 + (size_t)(TICK_FLOPS / flops)) * ltr_workers(e->ctx);
    int status = LTREC_OK;

    for (; e->first_row < e->n && status == LTREC_OK; e->first_row += most) {
        size_t left = e->n - e->first_row;

        ltr_parallel(e->ctx, left < most ? left : most, reflect_row, e);
        status = ltr_steps_take(e->steps, 0);
    }
    return status;
}

/* ---- To a diagonal one -------------------------------------------------- */

static void rotate_strip(void *arg, size_t i, size_t worker)
{
    struct eigen *e = arg;
    size_t first = i * STRIP, left = e->n - first;
    size_t n = left < STRIP ? left : STRIP;

    (void)worker;
    for (size_t t = 0; t < e->n_noted; t++) {
        struct rotation by = e->noted[t];
        double *low = e->vectors + by.row * e->n + first, *high = low + e->n;

        for (size_t j = 0; j < n; j++) {
            double at = high[j];

            high[j] = by.s * low[j] + by.c * at;
            low[j] = by.c * low[j] - by.s * at;
        }
    }
}

static int apply_noted(struct eigen *e)
{
    ltr_parallel(e->ctx, (e->n + STRIP - 1) / STRIP, rotate_strip, e);
    e->n_noted = 0;
    return ltr_steps_take(e->steps, 0);
}

/* One sweep of rotations from `end` to `first`, the shift being Wilkinson's.
 */
static void sweep(struct eigen *e, size_t first, size_t end)
{
    double *d = e->diagonal, *off = e->off; /* off[i + 1]: of i and i + 1 */
    double g = (d[first + 1] - d[first]) / (2 * off[first + 1]);
    double c = 1, s = 1, p = 0;

    g = d[end] - d[first] +
        off[first + 1] / (g + copysign(sqrt(g * g + 1), g));
    for (size_t i = end; i-- > first;) {
        double f = s * off[i + 1], b = c * off[i + 1], r;

        r = sqrt(f * f + g * g);
        if (i + 1 < end)
            off[i + 2] = r;
        if (!(r > 0)) { /* it has come apart here */
            d[i + 1] -= p;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        e->noted[e->n_noted++] = (struct rotation){c, s, i};
    }
    d[first] -= p;
    off[first + 1] = g;
}

/* The first row from `i` on with nothing beside it, up to rounding. */
static size_t find_end(const struct eigen *e, size_t i, double small)
{
    while (i + 1 < e->n && fabs(e->off[i + 1]) > small)
        i++;
    return i;
}

static double largest(const struct eigen *e)
{
    double most = 0;

    for (size_t i = 0; i < e->n; i++)
        most = fmax(most, fabs(e->diagonal[i]) + fabs(e->off[i]));
    return most;
}

static int diagonalize(struct eigen *e)
{
    double small = DBL_EPSILON * largest(e);
    int status = LTREC_OK;

    for (size_t i = 0; i < e->n && status == LTREC_OK; i++)
        for (size_t n = 0; n < MOST_SWEEPS && status == LTREC_OK; n++) {
            size_t end = find_end(e, i, small);

            if (end == i)
                break;
            if (end + 1 < e->n)
                e->off[end + 1] = 0;
            sweep(e, i, end);
            if (e->n_noted + e->n > NOTED_ROWS * e->n ||
                6 * (double)e->n_noted * (double)e->n > 4 * TICK_FLOPS)
                status = apply_noted(e);
        }
    return status == LTREC_OK ? apply_noted(e) : status;
}

int ltr_eigen(ltrec_context *ctx, size_t n, double *a, double *values,
              double *vectors, double *work, struct ltr_steps *steps)
{
    struct eigen e = {
        .ctx = ctx,
        .steps = steps,
        .n = n,
        .a = a,
        .lengths = work,
        .diagonal = values,
        .off = work + n,
        .image = work + 2 * n,
        .vectors = vectors,
        .noted = (struct rotation *)(work + 3 * n),
    };
    int status = reduce(&e);

    if (status == LTREC_OK)
        status = reflect_rows(&e);
    return status == LTREC_OK ? diagonalize(&e) : status;
}
