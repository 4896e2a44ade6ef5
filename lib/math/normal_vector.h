/*
 * normal_vector.h - outer products on vectors of LANES floats
 *
 * Included by one file per x86 instruction set, each compiled for its own
 * with LANES and sums_of() defined; see kernels_vector.h.
 */
#include "math/normal.h"

#include <math.h>
#include <string.h>

/* Rows at once: as many chains of sums as hide the latency of one. */
#define ROWS 8

#define LINE_FLOATS 16 /* of a line of the cache */

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

/* out[i] = the sum over the lanes of v[i], all in the same order. */
static inline void sums_of(float *out, const vector *v);

static inline vector load(const float *from)
{
    vector v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(float *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

/*
 * The next vectors to send for, a few for each block of rows so that they are
 * spread evenly over a call: memory works best when asked all the time, and
 * waits that come in bursts are not hidden.
 */
struct ahead {
    const float *v[ROWS];
    size_t n, done, each;
};

static inline struct ahead ahead_of(const struct ltr_normal_rows *a)
{
    size_t blocks = (a->n + ROWS - 1) / ROWS;
    size_t each = blocks ? (a->n_ahead + blocks - 1) / blocks : 0;

    return (struct ahead){.each = each < ROWS ? each : ROWS};
}

static inline void next_ahead(struct ahead *ahead,
                              const struct ltr_normal_rows *a)
{
    size_t left = a->n_ahead - ahead->done;

    ahead->n = left < ahead->each ? left : ahead->each;
    for (size_t r = 0; r < ahead->n; r++)
        ahead->v[r] = a->vectors + a->ahead[ahead->done + r] * a->dim;
    ahead->done += ahead->n;
}

/* A line of the cache's worth of each dot product, and those sent for. */
static inline void dots(float *out, const float *const *v, const float *x,
                        size_t dim, const struct ahead *ahead)
{
    vector sums[ROWS] = {{0}};

    for (size_t line = 0; line < dim; line += LINE_FLOATS) {
        for (size_t r = 0; r < ahead->n; r++)
            __builtin_prefetch(ahead->v[r] + line, 0, 2);
        for (size_t i = line; i < line + LINE_FLOATS; i += LANES) {
            vector at = load(x + i);

            for (size_t r = 0; r < ROWS; r++)
                sums[r] += load(v[r] + i) * at;
        }
    }
    sums_of(out, sums);
}

/* The first n of the rows; a constant n makes a loop without jumps. */
static inline void add_rows(float *out, const float *const *v, const float *f,
                            size_t n, size_t dim)
{
    for (size_t i = 0; i < dim; i += LANES) {
        vector sum = load(out + i);

        for (size_t r = 0; r < n; r++)
            sum += f[r] * load(v[r] + i);
        store(out + i, sum);
    }
}

/* Their dot products; the last stands for those beyond. */
static inline void dots_from(float *f, const float **v, size_t n,
                             const struct ltr_normal_rows *a, size_t first,
                             struct ahead *ahead, const float *x)
{
    for (size_t r = 0; r < ROWS; r++)
        v[r] = a->vectors + a->rows[first + (r < n ? r : n - 1)] * a->dim;
    next_ahead(ahead, a);
    dots(f, v, x, a->dim, ahead);
}

/*
 * What to add of the rows from `first`.  Fused by name, since compilers choose
 * that in some loops and not in others.
 */
static inline void factors_of(float *f, const float **v, size_t n,
                              const struct ltr_normal_rows *a, size_t first,
                              struct ahead *ahead, const float *x,
                              const float *pulls)
{
    dots_from(f, v, n, a, first, ahead, x);
    if (pulls)
        for (size_t r = 0; r < n; r++)
            f[r] = fmaf(-a->weights[first + r], f[r], pulls[first + r]);
    else
        for (size_t r = 0; r < n; r++)
            f[r] = a->weights[first + r] * f[r];
}

static void apply(float *out, const struct ltr_normal_rows *a, const float *x,
                  const float *pulls)
{
    const float *v[ROWS];
    float f[ROWS];
    struct ahead ahead = ahead_of(a);
    size_t first = 0;

    for (; first + ROWS <= a->n; first += ROWS) {
        factors_of(f, v, ROWS, a, first, &ahead, x, pulls);
        add_rows(out, v, f, ROWS, a->dim);
    }
    if (first < a->n) {
        factors_of(f, v, a->n - first, a, first, &ahead, x, pulls);
        add_rows(out, v, f, a->n - first, a->dim);
    }
}

static float square(float sum, const struct ltr_normal_rows *a, const float *x)
{
    const float *v[ROWS];
    float f[ROWS];
    struct ahead ahead = ahead_of(a);

    for (size_t first = 0; first < a->n; first += ROWS) {
        size_t n = a->n - first < ROWS ? a->n - first : ROWS;

        dots_from(f, v, n, a, first, &ahead, x);
        for (size_t r = 0; r < n; r++)
            sum = fmaf(a->weights[first + r] * f[r], f[r], sum);
    }
    return sum;
}

static void share(float *out, const float *shared, float rho, const float *x,
                  size_t dim)
{
    for (size_t i = 0; i < dim; i += LANES)
        store(out + i, (load(shared + i) + rho) * load(x + i));
}

static void invert(float *out, const float *shared, float rho,
                   const float *typical, float weight, size_t dim)
{
    for (size_t i = 0; i < dim; i += LANES)
        store(out + i,
              1 / (load(shared + i) + rho + weight * load(typical + i)));
}

static void scale(float *out, const float *x, const float *by, size_t dim)
{
    for (size_t i = 0; i < dim; i += LANES)
        store(out + i, load(x + i) * load(by + i));
}

static void add(float *y, const float *x, float length, size_t dim)
{
    for (size_t i = 0; i < dim; i += LANES)
        store(y + i, load(y + i) + length * load(x + i));
}

static void turn(float *p, const float *r, float ratio, size_t dim)
{
    for (size_t i = 0; i < dim; i += LANES)
        store(p + i, load(r + i) + ratio * load(p + i));
}
