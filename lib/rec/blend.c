/*
 * blend.c - one vector a track, from cold to warm
 *
 * A factor y from plays and a prediction f of it are two measurements of one
 * direction.  One that has the cosine c with the truth is off by 1 - c^2 for
 * each c^2 of it that is right: its precision is c^2 / (1 - c^2), P for the
 * factor and Q for the prediction.  When the two err independently, the sum
 * of unit vectors that comes nearest to the truth is
 *
 *     sqrt(P (1 + P)) y / |y| + sqrt(Q (1 + Q)) f / |f|
 *
 * with the precision P + Q.  Its length goes from l to |y| as P / (P + Q) goes
 * to 1: l is the prediction's own where it has a variance, which stands in its
 * unit of length; otherwise, as many come at unit length or at none that means
 * anything, the median of played factors.
 *
 * P is |y|^2 over the posterior variance where the factors have one; that it
 * is what factors really come to was measured (docs/recommend.md).  Otherwise
 * n plays are taken to be worth n / prior_plays.
 */
#include "rec/recommender.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "factors/factors.h"
#include "math/sort.h"

#define UNKNOWN_CONFIDENCE 0.5
#define MOST_CONFIDENCE 0.999 /* or plays would never be heard */

/* The middle one of the lengths above 0; 1 when there is none. */
static int median_length(const ltrec_recommender *r, double *out)
{
    const ltrec_factors *f = r->factors;
    size_t n = 0;
    uint64_t *keys;

    *out = 1;
    if (!f || !r->content)
        return LTREC_OK;
    keys = ltr_alloc(r->ctx, f->count, sizeof *keys);
    if (!keys)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < f->count; i++)
        if (f->norms[i] > 0 && !ltr_factors_unplayed(f, i))
            keys[n++] = ltr_sort_key_of((double)f->norms[i]);
    ltr_sort_in_place(keys, n);
    if (n > 0)
        *out = ltr_sort_value_of(keys[n / 2]);
    ltr_free(r->ctx, keys);
    return LTREC_OK;
}

/*
 * The cosine that a prediction is expected to have with the truth: as given,
 * or from its variance s, as c^2 / (1 - c^2) is |f|^2 / s, its precision in
 * units of its length.
 */
static double confidence_in(const ltrec_recommender *r, const float *given,
                            size_t row)
{
    double square = (double)r->content->norms[row];

    if (given)
        return (double)given[row];
    if (!r->content->variance)
        return UNKNOWN_CONFIDENCE;
    square *= square;
    return sqrt(square / (square + (double)r->content->variance[row]));
}

static double precision_of(double confidence)
{
    double c = fmin(confidence, MOST_CONFIDENCE);

    return c * c / (1 - c * c);
}

/* P of track i, whose factor is `row`; INFINITY where nothing is said. */
static double precision_of_plays(const ltrec_recommender *r, size_t i,
                                 size_t row)
{
    const ltrec_factors *f = r->factors;
    double norm = (double)f->norms[row], n;

    if (ltr_factors_unplayed(f, row))
        return 0; /* it stands where its prior was */
    if (f->variance)
        return norm * norm / (double)f->variance[row];
    n = f->plays ? f->plays[row] : r->plays[i];
    return n > 0 ? n / r->options.prior_plays : (double)INFINITY;
}

static double certainty(double p, double q)
{
    return isinf(p) ? 1 : p > 0 ? p / (p + q) : 0;
}

/* The cosine that the mean of both is expected to have with the truth. */
static double trust_of(const ltrec_recommender *r, size_t i, double p,
                       double q)
{
    bool counted = r->factors && (r->factors->variance || r->factors->plays ||
                                  r->plays[i] > 0);

    if (isinf(p) && counted)
        return 1;
    if (isinf(p))
        p = 0; /* somebody fitted it, but to what was not said */
    return sqrt((p + q) / (1 + p + q));
}

static size_t find(const ltrec_factors *factors, uint64_t id)
{
    size_t row;

    return factors && ltrec_factors_find(factors, id, &row) == LTREC_OK
               ? row
               : LTR_NO_ROW;
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static float length_of(const float *v, size_t n)
{
    return (float)sqrt(dot(v, v, n));
}

/* One measurement of a track: its vector, length and precision. */
struct measured {
    const float *vector; /* NULL: there is none */
    double norm, precision;
    double length; /* that it is to have beside others */
};

/* What a vector is made of: own * y + lent * f. */
struct mixture {
    double own, lent;
};

static struct mixture mix(const struct measured *y, const struct measured *f,
                          size_t rank)
{
    double p = y->precision, q = f->precision, a, b, square, length;

    if (!f->vector)
        return (struct mixture){1, 0};
    if (p == 0)
        return (struct mixture){0, f->length / f->norm};
    if (q == 0 || isinf(p))
        return (struct mixture){1, 0};
    a = sqrt(p * (1 + p));
    b = sqrt(q * (1 + q));
    square = a * a + b * b +
             2 * a * b * dot(y->vector, f->vector, rank) / y->norm / f->norm;
    if (square < 1e-6 * (a * a + b * b))
        return (struct mixture){1, 0}; /* opposites leave no direction */
    length = (p * y->length + q * f->length) / (p + q) / sqrt(square);
    return (struct mixture){length * a / y->norm, length * b / f->norm};
}

/* A row with a direction; `row` may be LTR_NO_ROW. */
static struct measured measure(const ltrec_factors *factors, size_t row)
{
    if (row == LTR_NO_ROW || !(factors->norms[row] > 0))
        return (struct measured){0};
    return (struct measured){factors->vectors + row * factors->rank,
                             (double)factors->norms[row], 0,
                             (double)factors->norms[row]};
}

/* Track i, from its rows among the factors and the content. */
static void blend_one(ltrec_recommender *r, size_t i, const float *confidence,
                      double typical)
{
    size_t warm = find(r->factors, r->ids[i]), k = r->rank;
    size_t cold = find(r->content, r->ids[i]);
    struct measured y = measure(r->factors, warm);
    struct measured f = measure(r->content, cold);
    struct mixture m = {0};
    float *v = r->vectors + i * k;

    if (y.vector)
        y.precision = precision_of_plays(r, i, warm);
    if (f.vector && !r->content->variance)
        f.length = typical;
    if (f.vector)
        f.precision = precision_of(confidence_in(r, confidence, cold));
    if (y.vector || f.vector)
        m = mix(&y, &f, k);
    for (size_t j = 0; j < k; j++)
        v[j] = (float)((y.vector ? m.own * (double)y.vector[j] : 0) +
                       (f.vector ? m.lent * (double)f.vector[j] : 0));
    r->lengths[i] = length_of(v, k);
    r->own[i] = m.own;
    r->certain[i] = (float)certainty(y.precision, f.precision);
    r->trust[i] = (float)trust_of(r, i, y.precision, f.precision);
    if (!f.vector)
        return;
    memcpy(r->promised + i * k, f.vector, k * sizeof *f.vector);
    r->promises[i] = length_of(f.vector, k);
}

/* ---- Artists ------------------------------------------------------------ */

/* The mean of the unit vectors of an artist's tracks. */
static void average_artists(ltrec_recommender *r)
{
    size_t k = r->rank;

    for (size_t i = 0; i < r->n; i++) {
        uint32_t a = r->artists.group[i];

        if (a == LTR_NO_GROUP || !(r->lengths[i] > 0))
            continue;
        for (size_t j = 0; j < k; j++)
            r->artist_vectors[a * k + j] +=
                r->vectors[i * k + j] / r->lengths[i];
    }
    for (size_t a = 0; a < r->artists.n; a++)
        r->artist_lengths[a] = length_of(r->artist_vectors + a * k, k);
}

static int blend_artists(ltrec_recommender *r)
{
    size_t n = r->artists.n;

    if (n == 0 || r->rank == 0)
        return LTREC_OK;
    r->artist_vectors = ltr_alloc(r->ctx, n, r->rank * sizeof(float));
    r->artist_lengths = ltr_alloc(r->ctx, n, sizeof(float));
    if (!r->artist_vectors || !r->artist_lengths)
        return LTREC_ERR_MEMORY;
    average_artists(r);
    return LTREC_OK;
}

static int make_room(ltrec_recommender *r)
{
    size_t row = r->rank * sizeof(float);

    r->vectors = ltr_alloc(r->ctx, r->n, row);
    r->lengths = ltr_alloc(r->ctx, r->n, sizeof(float));
    r->certain = ltr_alloc(r->ctx, r->n, sizeof(float));
    r->trust = ltr_alloc(r->ctx, r->n, sizeof(float));
    r->own = ltr_alloc(r->ctx, r->n, sizeof *r->own);
    if (!r->vectors || !r->lengths || !r->certain || !r->trust || !r->own)
        return LTREC_ERR_MEMORY;
    if (!r->content)
        return LTREC_OK;
    r->promised = ltr_alloc(r->ctx, r->n, row);
    r->promises = ltr_alloc(r->ctx, r->n, sizeof(float));
    return r->promised && r->promises ? LTREC_OK : LTREC_ERR_MEMORY;
}

int ltr_rec_blend(ltrec_recommender *r, const float *confidence,
                  ltrec_error *err)
{
    double typical;
    ltr_fpu saved;
    int status = make_room(r);

    if (status == LTREC_OK)
        status = median_length(r, &typical);
    if (status == LTREC_OK) {
        saved = ltr_flush_begin();
        for (size_t i = 0; i < r->n; i++)
            blend_one(r, i, confidence, typical);
        status = blend_artists(r);
        ltr_flush_end(saved);
    }
    return status == LTREC_OK
               ? LTREC_OK
               : ltr_fail(err, status, "recommender: no memory");
}
