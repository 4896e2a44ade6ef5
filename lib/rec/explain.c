/*
 * explain.c - what a score is made of
 */
#include <ltrec/explain.h>

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "factors/factors.h"
#include "rec/recommender.h"

/* How one source's raw score becomes part of the total. */
static double scale_of(const struct ltr_scores *s, int source)
{
    return s->of[source] && s->fusion == LTREC_FUSION_SCORE ? s->scale[source]
                                                            : 0;
}

/* What a raw score of factors is a multiple of: cosines have lengths. */
static double per_dot(const ltrec_recommender *r, const struct ltr_profile *p,
                      size_t row)
{
    double lengths = p->length * (double)r->lengths[row];

    if (!p->is_track && r->foldin)
        return 1;
    return lengths > 0 ? 1 / lengths : 0;
}

/* ---- Shares ------------------------------------------------------------- */

/* Of factors, in units of the total; shares[n_events]. */
static int share_factors(const ltrec_recommender *r,
                         const struct ltr_profile *p,
                         const struct ltr_scores *s, size_t row,
                         double *shares)
{
    double scale = scale_of(s, LTREC_SOURCE_FACTORS) * per_dot(r, p, row);
    int status;

    if (scale == 0 || p->length == 0)
        return LTREC_OK;
    status = ltr_profile_shares(r, p, r->vectors + row * r->rank, shares);
    for (size_t i = 0; status == LTREC_OK && i < p->n_events; i++)
        shares[i] *= scale;
    return status;
}

/* Of item-item, added to shares[n_events]. */
static int share_itemitem(const ltrec_recommender *r,
                          const struct ltr_profile *p,
                          const struct ltr_scores *s, size_t row,
                          double *shares)
{
    double scale = scale_of(s, LTREC_SOURCE_ITEMITEM);
    float *parts;
    size_t at = 0;
    int status;

    if (scale == 0 || !ltr_rec_knows(r, LTREC_SOURCE_ITEMITEM, row))
        return LTREC_OK;
    parts = ltr_alloc(r->ctx, p->n_spoken, sizeof *parts);
    if (!parts)
        return LTREC_ERR_MEMORY;
    status = ltrec_itemitem_parts(r->itemitem, r->ids[row], p->n_spoken,
                                  p->ids, p->plays, parts, NULL);
    for (size_t i = 0; status == LTREC_OK && i < p->n_events; i++)
        if (p->events[i].plays > 0)
            shares[i] += scale * (double)parts[at++];
    ltr_free(r->ctx, parts);
    return status;
}

/* The largest shares first, by size; equal ones in the order of rows. */
static size_t hand_out(const ltrec_recommender *r, const struct ltr_profile *p,
                       const double *all, size_t capacity, uint64_t *because,
                       double *shares)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_events; i++) {
        size_t at = n;

        if (all[i] == 0)
            continue;
        while (at > 0 && fabs(all[i]) > fabs(shares[at - 1]))
            at--;
        if (at >= capacity)
            continue;
        n += n < capacity;
        for (size_t j = n - 1; j > at; j--) {
            shares[j] = shares[j - 1];
            because[j] = because[j - 1];
        }
        shares[at] = all[i];
        because[at] = r->ids[p->events[i].row];
    }
    return n;
}

static int share(const ltrec_recommender *r, const struct ltr_profile *p,
                 const struct ltr_scores *s, size_t row, ltrec_explanation *e,
                 size_t capacity, uint64_t *because, double *shares, size_t *n)
{
    double *all = ltr_alloc(r->ctx, p->n_events, sizeof *all);
    double sum = 0;
    int status = all ? LTREC_OK : LTREC_ERR_MEMORY;

    if (status == LTREC_OK)
        status = share_factors(r, p, s, row, all);
    if (status == LTREC_OK)
        status = share_itemitem(r, p, s, row, all);
    if (status == LTREC_OK) {
        for (size_t i = 0; i < p->n_events; i++)
            sum += all[i];
        e->unshared = e->sources[LTREC_SOURCE_FACTORS] +
                      e->sources[LTREC_SOURCE_ITEMITEM] - sum;
        *n = hand_out(r, p, all, capacity, because, shares);
    }
    ltr_free(r->ctx, all);
    return status;
}

/* ---- The explanation ---------------------------------------------------- */

/* The listener's dot product with the track's own factor, as far as it is in
 * the track's vector. */
static double dot_of_plays(const ltrec_recommender *r,
                           const struct ltr_profile *p, size_t row)
{
    size_t warm;
    double sum = 0;

    if (!(r->own[row] > 0) ||
        ltrec_factors_find(r->factors, r->ids[row], &warm) != LTREC_OK)
        return 0;
    for (size_t i = 0; i < r->rank; i++)
        sum += (double)p->vector[i] *
               (double)r->factors->vectors[warm * r->rank + i];
    return (double)r->own[row] * sum;
}

static void split_factors(const ltrec_recommender *r,
                          const struct ltr_profile *p,
                          const struct ltr_scores *s, size_t row,
                          ltrec_explanation *e)
{
    double scale = scale_of(s, LTREC_SOURCE_FACTORS), whole;

    if (scale == 0 || !(r->lengths[row] > 0))
        return;
    whole = scale * (double)s->of[LTREC_SOURCE_FACTORS][row];
    e->of_plays = scale * per_dot(r, p, row) * dot_of_plays(r, p, row);
    e->of_content = whole - e->of_plays;
    if (!r->promises || !(r->promises[row] > 0)) {
        e->of_plays = whole; /* but for rounding, it was */
        e->of_content = 0;
    }
}

static void describe(const ltrec_recommender *r, const struct ltr_profile *p,
                     const struct ltr_scores *s,
                     const ltrec_list_options *list, size_t row,
                     ltrec_explanation *e)
{
    for (int i = 0; i < LTREC_SOURCES; i++) {
        e->sources[i] = ltr_scores_part(r, s, i, row);
        e->score += e->sources[i];
    }
    e->discount = -s->discount * (double)r->log_plays[row];
    e->boost = ltr_rec_boost(list, r->ids[row]);
    e->score += e->discount + e->boost;
    e->confidence = (double)r->trust[row];
    e->certainty = (double)r->certain[row];
    e->plays = r->plays[row];
    e->cold = r->plays[row] == 0;
    e->eligible = s->eligible[row];
    split_factors(r, p, s, row, e);
}

int ltrec_recommender_explain(const ltrec_recommender *recommender,
                              const ltrec_listener *listener,
                              const ltrec_list_options *options,
                              uint64_t track, ltrec_explanation *explanation,
                              size_t capacity, uint64_t *because,
                              double *shares, size_t *n, ltrec_error *err)
{
    const ltrec_recommender *r = recommender;
    ltrec_explanation e = {.size = sizeof e};
    struct ltr_profile profile;
    struct ltr_scores scores;
    ltrec_list_options list;
    size_t row = r ? ltr_rec_row(r, track) : LTR_NO_ROW, found = 0;
    ltr_fpu saved;
    int status;

    if (!r || !explanation || (capacity > 0 && (!because || !shares)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "explain: needs a recommender and room");
    if (row == LTR_NO_ROW)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "explain: no track of the recommender");
    status = ltr_list_options(r, options, &list, err);
    if (status == LTREC_OK)
        status = ltr_profile_create(r, listener, &profile, err);
    if (status != LTREC_OK)
        return status;
    status = ltr_scores_create(r, &profile, &list, &scores, err);
    if (status == LTREC_OK) {
        saved = ltr_flush_begin();
        describe(r, &profile, &scores, &list, row, &e);
        status = share(r, &profile, &scores, row, &e, capacity, because,
                       shares, &found);
        ltr_flush_end(saved);
        ltr_scores_free(&scores);
        if (status != LTREC_OK)
            ltr_fail(err, status, "explain: no memory");
    }
    ltr_profile_free(&profile);
    if (status == LTREC_OK)
        ltr_options_init(explanation, explanation->size, &e, sizeof e);
    if (status == LTREC_OK && n)
        *n = found;
    return status;
}

/* ---- People and machines ------------------------------------------------ */

void ltrec_attributes_merge(size_t n, const float *person,
                            const float *machine, float *out,
                            unsigned char *by_person)
{
    for (size_t i = 0; out && i < n; i++) {
        float said = person ? person[i] : NAN;
        float heard = machine ? machine[i] : NAN;

        if (by_person)
            by_person[i] = (unsigned char)!isnan(said);
        out[i] = isnan(said) ? heard : said;
    }
}
