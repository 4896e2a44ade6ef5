/*
 * polar.c - the orthogonal matrix nearest to a square one
 *
 * The singular value decomposition by one-sided Jacobi rotations (Hestenes
 * 1958; Golub and Van Loan, section 8.6.3), in double: it is short, and small
 * singular values come out as right as large ones.  The columns of m are kept
 * as rows, so that every loop runs along memory.
 */
#include "math/polar.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "math/dot.h"

#define MOST_SWEEPS 60
#define TOLERANCE 1e-15

static void transpose(double *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double kept = m[i * n + j];

            m[i * n + j] = m[j * n + i];
            m[j * n + i] = kept;
        }
}

static void rotate(double *a, double *b, double c, double s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = a[i], y = b[i];

        a[i] = c * x - s * y;
        b[i] = s * x + c * y;
    }
}

/* Make rows p and q of m orthogonal; whether they were not. */
static bool straighten(double *m, double *v, size_t p, size_t q, size_t n)
{
    double *a = m + p * n, *b = m + q * n;
    double aa = ltr_dot(a, a, n), bb = ltr_dot(b, b, n), ab = ltr_dot(a, b, n);
    double zeta, t, c;

    if (!(fabs(ab) > TOLERANCE * sqrt(aa) * sqrt(bb)))
        return false;
    zeta = (bb - aa) / (2 * ab);
    t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + hypot(1, zeta));
    c = 1 / sqrt(1 + t * t);
    rotate(a, b, c, c * t, n);
    rotate(v + p * n, v + q * n, c, c * t, n);
    return true;
}

static void decompose(double *m, double *v, size_t n)
{
    bool busy = true;

    memset(v, 0, n * n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i * n + i] = 1;
    for (size_t sweep = 0; busy && sweep < MOST_SWEEPS; sweep++) {
        busy = false;
        for (size_t p = 0; p + 1 < n; p++)
            for (size_t q = p + 1; q < n; q++)
                busy |= straighten(m, v, p, q, n);
    }
}

/* Less what the other rows, of unit length or zero, have of it. */
static void subtract_others(double *m, size_t row, size_t n)
{
    double *x = m + row * n;

    for (size_t r = 0; r < n; r++) {
        double along;

        if (r == row)
            continue;
        along = ltr_dot(x, m + r * n, n);
        for (size_t i = 0; i < n; i++)
            x[i] -= along * m[r * n + i];
    }
}

/* A unit vector at right angles to all rows that are not zero. */
static void fill_up(double *m, size_t row, size_t n)
{
    double *x = m + row * n, length = 0;

    /* Some axis has at least 1/n of its square left. */
    for (size_t axis = 0; axis < n && length * length * (double)n < 0.5;
         axis++) {
        memset(x, 0, n * sizeof *x);
        x[axis] = 1;
        subtract_others(m, row, n);
        subtract_others(m, row, n); /* again, for the rounding */
        length = sqrt(ltr_dot(x, x, n));
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= length;
}

/* Rows to unit length, or zero where there is no direction; their sum. */
static double normalize(double *m, size_t n)
{
    double largest = 0, sum = 0;

    for (size_t r = 0; r < n; r++)
        largest = fmax(largest, sqrt(ltr_dot(m + r * n, m + r * n, n)));
    for (size_t r = 0; r < n; r++) {
        double *row = m + r * n, s = sqrt(ltr_dot(row, row, n));
        bool known = s > 0 && s >= largest * (double)n * TOLERANCE;

        for (size_t i = 0; i < n; i++)
            row[i] = known ? row[i] / s : 0;
        sum += s;
    }
    return sum;
}

double ltr_polar(double *m, double *v, double *q, size_t n)
{
    double sum;

    transpose(m, n);
    decompose(m, v, n);
    sum = normalize(m, n);
    for (size_t r = 0; r < n; r++)
        if (ltr_dot(m + r * n, m + r * n, n) < 0.5)
            fill_up(m, r, n);
    memset(q, 0, n * n * sizeof *q);
    for (size_t r = 0; r < n; r++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                q[i * n + j] += m[r * n + i] * v[r * n + j];
    return sum;
}
