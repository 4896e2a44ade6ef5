/*
 * blend.c - one vector a track, from cold to warm
 *
 * A factor y from n plays and a prediction f of it are two measurements of
 * one thing.  Their mean, each weighted by its precision, is what a Gaussian
 * belief comes to:
 *
 *     v = certain y + (1 - certain) l f / |f|,   certain = n / (n + q)
 *     q = prior_plays c^2 / (1 - c^2)
 *
 * A prediction that is expected to have the cosine c with the truth errs by
 * sqrt(1 - c^2) for each c that it gets right, so its precision goes with
 * c^2 / (1 - c^2); that of a factor goes with its plays.  l is the median
 * length of the factors of played tracks: a prediction has a direction only.
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
#define MOST_CONFIDENCE 0.999 /* or one play would never be heard */

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

/* The part of a track's vector that its plays are good for. */
static double certainty(const ltrec_recommender *r, size_t row, bool promised,
                        double confidence)
{
    double n = 1, c = fmin(confidence, MOST_CONFIDENCE), q;

    if (row == LTR_NO_ROW || !(r->factors->norms[row] > 0))
        return 0;
    if (!promised)
        return 1;
    if (ltr_factors_unplayed(r->factors, row))
        return 0;
    if (!r->factors->plays)
        return 1; /* nobody counted, but somebody fitted it */
    n = r->factors->plays[row];
    q = r->options.prior_plays * c * c / (1 - c * c);
    return n / (n + q);
}

/*
 * The cosine that a track's vector is expected to have with the truth, from
 * the precisions of both: plays / prior_plays and c^2 / (1 - c^2) add up.
 */
static double trust_of(const ltrec_recommender *r, size_t i, size_t warm,
                       bool promised, double confidence)
{
    double c = fmin(confidence, MOST_CONFIDENCE), precision = 0;

    if (warm != LTR_NO_ROW && r->factors->norms[warm] > 0)
        precision += r->options.prior_plays > 0
                         ? r->plays[i] / r->options.prior_plays
                         : (double)INFINITY;
    if (promised)
        precision += c * c / (1 - c * c);
    return isinf(precision) ? 1 : sqrt(precision / (1 + precision));
}

static size_t find(const ltrec_factors *factors, uint64_t id)
{
    size_t row;

    return factors && ltrec_factors_find(factors, id, &row) == LTREC_OK
               ? row
               : LTR_NO_ROW;
}

static float length_of(const float *v, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    return (float)sqrt(sum);
}

/* Track i, from its rows among the factors and the content. */
static void blend_one(ltrec_recommender *r, size_t i, const float *confidence,
                      double length)
{
    size_t warm = find(r->factors, r->ids[i]), k = r->rank;
    size_t cold = find(r->content, r->ids[i]);
    bool promised = cold != LTR_NO_ROW && r->content->norms[cold] > 0;
    double c = promised ? confidence_in(r, confidence, cold) : 0;
    double certain = certainty(r, warm, promised, c);
    double scale =
        promised ? (1 - certain) * length / (double)r->content->norms[cold]
                 : 0;
    float *v = r->vectors + i * k;

    for (size_t j = 0; j < k; j++) {
        double sum = 0;

        if (certain > 0)
            sum += certain * (double)r->factors->vectors[warm * k + j];
        if (promised) {
            sum += scale * (double)r->content->vectors[cold * k + j];
            r->promised[i * k + j] = r->content->vectors[cold * k + j];
        }
        v[j] = (float)sum;
    }
    r->certain[i] = (float)certain;
    r->trust[i] = (float)trust_of(r, i, warm, promised, c);
    r->lengths[i] = length_of(v, k);
    if (promised)
        r->promises[i] = length_of(r->promised + i * k, k);
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
    if (!r->vectors || !r->lengths || !r->certain || !r->trust)
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
    double length;
    ltr_fpu saved;
    int status = make_room(r);

    if (status == LTREC_OK)
        status = median_length(r, &length);
    if (status == LTREC_OK) {
        saved = ltr_flush_begin();
        for (size_t i = 0; i < r->n; i++)
            blend_one(r, i, confidence, length);
        status = blend_artists(r);
        ltr_flush_end(saved);
    }
    return status == LTREC_OK
               ? LTREC_OK
               : ltr_fail(err, status, "recommender: no memory");
}
