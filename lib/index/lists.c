/*
 * lists.c - tracks of an index in lists of neighbours
 */
#include "index/lists.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"

#define LANES 8
#define ROUNDING 1e-6 /* more than float's, of what caps hold */
#define MEASURE_ROWS 1024
#define AT_ONCE 256 /* blocks of centroids, one for each query */

/* ---- Room --------------------------------------------------------------- */

int ltr_lists_create(ltrec_context *ctx, size_t n, size_t dim,
                     struct ltr_lists *out)
{
    int status;

    *out = (struct ltr_lists){.n = n};
    status = ltr_codes_create(ctx, n, dim, &out->codes);
    out->centroids = ltr_alloc(ctx, n, dim * sizeof *out->centroids);
    out->begins = ltr_alloc(ctx, n + 1, sizeof *out->begins);
    out->caps = ltr_alloc(ctx, n, sizeof *out->caps);
    if (status == LTREC_OK && out->centroids && out->begins && out->caps)
        return LTREC_OK;
    ltr_lists_free(ctx, out);
    return LTREC_ERR_MEMORY;
}

int ltr_lists_copy(ltrec_context *ctx, struct ltr_lists *to,
                   const struct ltr_lists *from, size_t dim)
{
    size_t n = from->n;
    int status = ltr_lists_create(ctx, n, dim, to);

    if (status != LTREC_OK)
        return status;
    memcpy(to->centroids, from->centroids, n * dim * sizeof *from->centroids);
    memcpy(to->begins, from->begins, (n + 1) * sizeof *from->begins);
    memcpy(to->caps, from->caps, n * sizeof *from->caps);
    ltr_codes_copy(&to->codes, &from->codes, ltr_codes_blocks(n), dim);
    to->aim = from->aim;
    return LTREC_OK;
}

void ltr_lists_free(ltrec_context *ctx, struct ltr_lists *lists)
{
    ltr_codes_free(ctx, &lists->codes);
    ltr_free(ctx, lists->centroids);
    ltr_free(ctx, lists->begins);
    ltr_free(ctx, lists->caps);
    *lists = (struct ltr_lists){0};
}

uint64_t ltr_lists_bytes(const struct ltr_lists *lists, size_t dim)
{
    size_t code = ltr_codes_quads(dim) * LTR_QUAD + 2 * sizeof(float);

    return lists->n
               ? lists->n * (dim * sizeof *lists->centroids +
                             sizeof *lists->caps + sizeof *lists->begins) +
                     ltr_lists_padded(lists) * code
               : 0;
}

size_t ltr_lists_of(const struct ltr_lists *lists, size_t row)
{
    size_t from = 0, to = lists->n;

    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;

        if (lists->begins[middle] <= row)
            from = middle;
        else
            to = middle;
    }
    return from;
}

/* ---- Measuring ---------------------------------------------------------- */

/* The sum of a[i] * b[i]. */
static double product(const float *a, const float *b, size_t n)
{
    double sums[LANES] = {0}, sum = 0;

    for (size_t i = 0; i < n; i += LANES) {
        size_t lanes = n - i < LANES ? n - i : LANES;

        for (size_t lane = 0; lane < lanes; lane++)
            sums[lane] += (double)a[i + lane] * (double)b[i + lane];
    }
    for (size_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum;
}

/* The square of the length of x - along * centroid. */
static double across(const float *centroid, const float *x, double along,
                     size_t n)
{
    double sums[LANES] = {0}, sum = 0;

    for (size_t i = 0; i < n; i += LANES) {
        size_t lanes = n - i < LANES ? n - i : LANES;

        for (size_t lane = 0; lane < lanes; lane++) {
            double rest =
                (double)x[i + lane] - along * (double)centroid[i + lane];

            sums[lane] += rest * rest;
        }
    }
    for (size_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum;
}

/* By both sides of the triangle: an arc cosine is poor at small angles. */
float ltr_lists_angle(const float *centroid, const float *x, size_t dim)
{
    double along = product(centroid, x, dim);

    return (float)atan2(sqrt(across(centroid, x, along, dim)), along);
}

struct measuring {
    const struct ltr_lists *lists;
    const float *vectors;
    size_t dim;
    float *angles; /* of each row */
};

static void measure_rows(void *arg, size_t i, size_t worker)
{
    const struct measuring *m = arg;
    size_t rows = ltr_lists_rows(m->lists), first = i * MEASURE_ROWS;
    size_t last = rows - first < MEASURE_ROWS ? rows : first + MEASURE_ROWS;
    size_t list = ltr_lists_of(m->lists, first);

    (void)worker;
    for (size_t row = first; row < last; row++) {
        while (row >= m->lists->begins[list + 1])
            list++;
        m->angles[row] = ltr_lists_angle(m->lists->centroids + list * m->dim,
                                         m->vectors + row * m->dim, m->dim);
    }
}

/* Where part `i` of a list ends. */
static size_t part_end(const struct ltr_lists *lists, size_t list, size_t i)
{
    size_t from = lists->begins[list], rows = lists->begins[list + 1] - from;

    return from + rows * (i + 1) / LTR_LIST_PARTS;
}

static void note_angles(struct ltr_lists *lists, const float *angles)
{
    for (size_t list = 0; list < lists->n; list++) {
        size_t row = lists->begins[list];
        float widest = 0;

        for (size_t i = 0; i < LTR_LIST_PARTS; i++) {
            for (; row < part_end(lists, list, i); row++)
                widest = fmaxf(widest, angles[row]);
            lists->caps[list].angles[i] = widest;
        }
    }
}

void ltr_lists_use_angles(struct ltr_lists *lists)
{
    for (size_t list = 0; list < lists->n; list++) {
        struct ltr_cap *cap = &lists->caps[list];

        for (size_t i = 0; i < LTR_LIST_PARTS; i++) {
            cap->cosines[i] = cosf(cap->angles[i]);
            cap->sines[i] = sinf(cap->angles[i]);
        }
    }
}

void ltr_lists_code(struct ltr_lists *lists, size_t dim,
                    enum ltr_coding coding)
{
    for (size_t list = 0; list < lists->n; list++)
        ltr_codes_put(&lists->codes, list, lists->centroids + list * dim, dim,
                      coding);
}

int ltr_lists_measure(ltrec_context *ctx, struct ltr_lists *lists,
                      const float *vectors, size_t dim)
{
    size_t rows = ltr_lists_rows(lists);
    struct measuring m = {lists, vectors, dim, NULL};

    if (lists->n == 0)
        return LTREC_OK;
    m.angles = ltr_alloc(ctx, rows, sizeof *m.angles);
    if (!m.angles)
        return LTREC_ERR_MEMORY;
    ltr_parallel(ctx, (rows + MEASURE_ROWS - 1) / MEASURE_ROWS, measure_rows,
                 &m);
    note_angles(lists, m.angles);
    ltr_lists_use_angles(lists);
    ltr_free(ctx, m.angles);
    return LTREC_OK;
}

/* ---- Choosing ----------------------------------------------------------- */

void ltr_lists_weigh(const struct ltr_lists *lists, ltr_dots *dots,
                     const struct ltr_sift_query *queries, size_t n,
                     size_t dim, float *weights)
{
    size_t blocks = ltr_codes_blocks(lists->n), step;
    struct ltr_sift_rows rows = ltr_codes_rows(&lists->codes, dim);
    int32_t some[AT_ONCE * LTR_BLOCK];

    for (size_t first = 0; first < blocks; first += step) {
        struct ltr_sift_rows part = ltr_codes_from(&rows, first);

        step = AT_ONCE / n;
        step = blocks - first < step ? blocks - first : step;
        dots(some, &part, step, queries, n);
        for (size_t q = 0; q < n; q++)
            for (size_t i = 0; i < step * LTR_BLOCK; i++)
                weights[(q * blocks + first) * LTR_BLOCK + i] =
                    (float)some[q * step * LTR_BLOCK + i] * part.scales[i];
    }
}

struct ltr_demand ltr_lists_demand(double length, size_t dim, float score)
{
    /* Lengths of 1 to 1e-5, what float may add to a score, and to angles. */
    double slack = 3e-5 + (double)(dim + 8) * 0x1p-24 * 1.01;
    double cosine = fmax(-1, fmin(1, (double)score / length - slack));

    return (struct ltr_demand){score, cosine, sqrt(1 - cosine * cosine)};
}

/* Whether none up to the end of a part can; together the angles may turn
   more than half around, and then anything can. */
static int rules_out(const struct ltr_cap *cap, size_t part, double most,
                     const struct ltr_demand *demand)
{
    double cosine = (double)cap->cosines[part];

    return cosine > -demand->cosine &&
           most < cosine * demand->cosine -
                      (double)cap->sines[part] * demand->sine - ROUNDING;
}

size_t ltr_lists_first(const struct ltr_lists *lists, size_t list,
                       float weight, const struct ltr_code_query *query,
                       const struct ltr_demand *demand)
{
    const struct ltr_cap *cap = &lists->caps[list];
    double most =
        ltr_code_query_most(query, weight, lists->codes.margins[list]);
    size_t part = 0;

    if (rules_out(cap, LTR_LIST_PARTS - 1, most, demand))
        return lists->begins[list + 1];
    while (rules_out(cap, part, most, demand))
        part++;
    return part ? part_end(lists, list, part - 1) : lists->begins[list];
}
