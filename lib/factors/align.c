/*
 * align.c - one factor space turned into another
 *
 * With A the shared rows of `from` and B those of `to`, the orthogonal Q that
 * minimizes |AQ - B| is U V', where A'B = U S V' (Schoenemann 1966).
 */
#include "factors/factors.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "math/polar.h"
#include "math/product.h"

#define MOST_RANK 1024
#define SLAB 256 /* rows multiplied at once, and added up in double */
#define ORTHOGONAL 1e-6

static const ltrec_align_options defaults = {
    .size = sizeof defaults,
    .tolerance = 0.35,
};

void ltrec_align_options_init(ltrec_align_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

struct alignment {
    ltrec_context *ctx;
    const ltrec_factors *from, *to;
    bool weigh;
    size_t rank, n_shared;
    uint32_t *rows_from, *rows_to; /* [n_shared], of [from->count] */
    float *a, *b, *product;        /* [SLAB][rank] twice, [rank][rank] */
    double *cross, *v, *q;         /* [rank][rank] each */
    struct ltr_packs *packs;
};

/* ---- What both have ----------------------------------------------------- */

static void find_shared(struct alignment *x)
{
    for (size_t row = 0; row < x->from->count; row++) {
        size_t other;

        if (x->from->norms[row] > 0 &&
            ltrec_factors_find(x->to, x->from->ids[row], &other) == LTREC_OK &&
            x->to->norms[other] > 0) {
            x->rows_from[x->n_shared] = (uint32_t)row;
            x->rows_to[x->n_shared++] = (uint32_t)other;
        }
    }
}

static double weight_of(const struct alignment *x, size_t i)
{
    return x->weigh ? (double)x->from->plays[x->rows_from[i]] : 1;
}

static void add_slab(struct alignment *x, size_t first, size_t n)
{
    size_t rank = x->rank;
    struct ltr_product multiply = {
        .m = rank,
        .n = rank,
        .k = n,
        .a = ltr_across(x->a, rank),
        .b = ltr_across(x->b, rank),
        .out = x->product,
        .stride = rank,
    };

    for (size_t i = 0; i < n; i++) {
        const float *a = x->from->vectors + x->rows_from[first + i] * rank;
        const float *b = x->to->vectors + x->rows_to[first + i] * rank;
        float weight = (float)weight_of(x, first + i);

        for (size_t j = 0; j < rank; j++)
            x->a[i * rank + j] = weight * a[j];
        memcpy(x->b + i * rank, b, rank * sizeof *b);
    }
    ltr_multiply(x->packs, &multiply);
    for (size_t j = 0; j < rank * rank; j++)
        x->cross[j] += (double)x->product[j];
}

static void find_rotation(struct alignment *x)
{
    ltr_fpu saved = ltr_flush_begin();

    for (size_t at = 0; at < x->n_shared; at += SLAB)
        add_slab(x, at, x->n_shared - at < SLAB ? x->n_shared - at : SLAB);
    (void)ltr_polar(x->cross, x->v, x->q, x->rank);
    ltr_flush_end(saved);
}

/* ---- Turning ------------------------------------------------------------ */

static void turn(const float *from, const double *q, size_t rank, float *to,
                 double *sums)
{
    memset(sums, 0, rank * sizeof *sums);
    for (size_t i = 0; i < rank; i++)
        for (size_t j = 0; j < rank; j++)
            sums[j] += (double)from[i] * q[i * rank + j];
    for (size_t j = 0; j < rank; j++)
        to[j] = (float)sums[j];
}

/* The names as an array, which is the caller's to free; NULL for none. */
static int name_rows(const ltrec_factors *f, const char ***names)
{
    *names = NULL;
    if (!f->names)
        return LTREC_OK;
    *names = ltr_alloc(f->ctx, f->count, sizeof **names);
    if (!*names)
        return LTREC_ERR_MEMORY;
    for (size_t row = 0; row < f->count; row++)
        (*names)[row] = ltrec_factors_name(f, row);
    return LTREC_OK;
}

/* `model_id` 0 takes a new one. */
static int turned(ltrec_context *ctx, const ltrec_factors *f, const double *q,
                  uint64_t model_id, ltrec_factors **out, ltrec_error *err)
{
    float *vectors = ltr_alloc(ctx, f->count, f->rank * sizeof *vectors);
    double *sums = ltr_alloc(ctx, f->rank, sizeof *sums);
    ltrec_factors_options o;
    const char **names = NULL;
    int status = LTREC_ERR_MEMORY;

    ltrec_factors_options_init(&o, sizeof o);
    if (vectors && sums)
        status = name_rows(f, &names);
    if (status != LTREC_OK) {
        ltr_fail(err, status, "factors: no memory to turn %zu rows", f->count);
    } else {
        for (size_t row = 0; row < f->count; row++)
            turn(f->vectors + row * f->rank, q, f->rank,
                 vectors + row * f->rank, sums);
        o.plays = f->plays;
        o.variance = f->variance; /* a trace, the same however it is turned */
        o.names = names;
        o.model_id = model_id;
        o.feature_version = f->feature_version;
        status = ltrec_factors_create(ctx, f->count, f->rank, f->ids, vectors,
                                      &o, out, err);
    }
    if (status == LTREC_OK)
        ltr_factors_set_recipe(*out, f->recipe);
    ltr_free(ctx, vectors);
    ltr_free(ctx, sums);
    ltr_free(f->ctx, names);
    return status;
}

/* ---- How well they agree ------------------------------------------------ */

static void judge(struct alignment *x, double tolerance,
                  ltrec_align_report *report)
{
    double left = 0, all = 0, cosines = 0, weights = 0;

    for (size_t i = 0; i < x->n_shared; i++) {
        const float *b = x->to->vectors + x->rows_to[i] * x->rank;
        double weight = weight_of(x, i), aa = 0, bb = 0, ab = 0, gap = 0;

        turn(x->from->vectors + x->rows_from[i] * x->rank, x->q, x->rank, x->a,
             x->v);
        for (size_t j = 0; j < x->rank; j++) {
            double p = (double)x->a[j], r = (double)b[j];

            aa += p * p;
            bb += r * r;
            ab += p * r;
            gap += (p - r) * (p - r);
        }
        left += weight * gap;
        all += weight * bb;
        weights += weight;
        cosines += aa > 0 && bb > 0 ? weight * ab / sqrt(aa * bb) : 0;
    }
    report->n_shared = x->n_shared;
    report->residual = all > 0 ? sqrt(left / all) : (double)INFINITY;
    report->cosine = weights > 0 ? cosines / weights : 0;
    report->kept = report->residual <= tolerance;
}

/* ---- The whole ---------------------------------------------------------- */

static int check(const struct alignment *x, const ltrec_align_options *o,
                 ltrec_error *err)
{
    if (x->from->rank != x->to->rank)
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "align: ranks %zu and %zu, must be the same",
                        x->from->rank, x->to->rank);
    if (x->rank > MOST_RANK)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "align: rank is %zu, must be at most %d", x->rank,
                        MOST_RANK);
    if (o->weigh_by_plays && !x->from->plays)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "align: the factors do not know their plays");
    if (!(o->tolerance >= 0 && isfinite(o->tolerance)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "align: tolerance is %g, must be 0 or above",
                        o->tolerance);
    return LTREC_OK;
}

static void free_alignment(struct alignment *x)
{
    void *arrays[] = {x->rows_from, x->rows_to, x->a, x->b,
                      x->product,   x->cross,   x->v, x->q};

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        ltr_free(x->ctx, arrays[i]);
    ltr_packs_free(x->packs);
}

static int make_room(struct alignment *x)
{
    size_t rank = x->rank, n = x->from->count;

    x->rows_from = ltr_alloc(x->ctx, n, sizeof *x->rows_from);
    x->rows_to = ltr_alloc(x->ctx, n, sizeof *x->rows_to);
    x->a = ltr_alloc(x->ctx, rank, SLAB * sizeof *x->a);
    x->b = ltr_alloc(x->ctx, rank, SLAB * sizeof *x->b);
    x->product = ltr_alloc(x->ctx, rank, rank * sizeof *x->product);
    x->cross = ltr_alloc(x->ctx, rank, rank * sizeof *x->cross);
    x->v = ltr_alloc(x->ctx, rank, rank * sizeof *x->v);
    x->q = ltr_alloc(x->ctx, rank, rank * sizeof *x->q);
    if (!x->rows_from || !x->rows_to || !x->a || !x->b || !x->product ||
        !x->cross || !x->v || !x->q)
        return LTREC_ERR_MEMORY;
    return ltr_packs_create(x->ctx, LTREC_PRECISION_FLOAT32, &x->packs);
}

static int align(struct alignment *x, const ltrec_align_options *o,
                 ltrec_factors **aligned, ltrec_align_report *report,
                 ltrec_error *err)
{
    int status = make_room(x);

    if (status != LTREC_OK)
        return ltr_fail(err, status, "align: no memory for rank %zu", x->rank);
    find_shared(x);
    if (x->n_shared < x->rank)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "align: %zu rows are in both, rank %zu needs as many",
                        x->n_shared, x->rank);
    find_rotation(x);
    judge(x, o->tolerance, report);
    status = turned(x->ctx, x->from, x->q, report->kept ? x->to->model_id : 0,
                    aligned, err);
    if (status == LTREC_OK && report->rotation)
        memcpy(report->rotation, x->q, x->rank * x->rank * sizeof *x->q);
    return status;
}

int ltrec_factors_align(ltrec_context *ctx, const ltrec_factors *from,
                        const ltrec_factors *to,
                        const ltrec_align_options *options,
                        ltrec_factors **aligned, ltrec_align_report *report,
                        ltrec_error *err)
{
    struct alignment x = {.ctx = ctx, .from = from, .to = to};
    ltrec_align_report mine = {.size = sizeof mine};
    ltrec_align_options o = defaults;
    int status;

    if (!aligned)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "align: `aligned` is NULL");
    *aligned = NULL;
    if (!ctx || !from || !to || (report && report->size < sizeof report->size))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "align: needs a context, two factors and the size of "
                        "the report");
    status = ltr_options_read(&o, sizeof o, options, "align", err);
    x.rank = from->rank;
    x.weigh = o.weigh_by_plays != 0;
    if (status == LTREC_OK)
        status = check(&x, &o, err);
    if (status != LTREC_OK)
        return status;
    if (report)
        ltr_report_read(&mine, sizeof mine, report);
    status = align(&x, &o, aligned, &mine, err);
    free_alignment(&x);
    if (status == LTREC_OK && report)
        ltr_report_write(report, &mine, sizeof mine);
    return status;
}

static bool is_orthogonal(const double *q, size_t rank)
{
    for (size_t i = 0; i < rank; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;

            for (size_t k = 0; k < rank; k++)
                sum += q[i * rank + k] * q[j * rank + k];
            if (!(fabs(sum - (i == j)) <= ORTHOGONAL))
                return false;
        }
    return true;
}

int ltrec_factors_rotate(ltrec_context *ctx, const ltrec_factors *factors,
                         const double *rotation, const ltrec_factors *like,
                         ltrec_factors **out, ltrec_error *err)
{
    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "rotate: `out` is NULL");
    *out = NULL;
    if (!ctx || !factors || !rotation || !like)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "rotate: needs a context, factors, a rotation and "
                        "what they are like");
    if (!is_orthogonal(rotation, factors->rank))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "rotate: the rotation is not orthogonal");
    return turned(ctx, factors, rotation, like->model_id, out, err);
}
