/*
 * scores.c - what each source says of every track, and the sum of it
 *
 * Sources speak in units of their own: dot products, cosines, logarithms.
 * Over the tracks that may be answered, which is what they are to tell apart,
 * each is put on one scale, by mean and deviation or by place.  What a source
 * does not know it has no opinion on: an addend of 0.
 */
#include "rec/recommender.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "math/kernels.h"
#include "math/topk.h"

#define RANKED 500 /* places of a source that count */
#define RANK_OFFSET 60.0

/* ---- Opinions ----------------------------------------------------------- */

/* Dot products with the listener, over the lengths for a cosine. */
static void dot_all(const ltrec_recommender *r, const struct ltr_profile *p,
                    const float *vectors, const float *lengths, bool cosine,
                    size_t n, float *out)
{
    const struct ltr_kernels *kernels = ltr_kernels_for(r->ctx->cpu);

    kernels->dot_rows(out, vectors, n, p->vector, r->rank);
    for (size_t i = 0; cosine && i < n; i++)
        out[i] = lengths[i] > 0
                     ? (float)((double)out[i] / (double)lengths[i] / p->length)
                     : 0;
}

/* By artist first; the list of artists is much shorter than `out`. */
static int ask_artists(const ltrec_recommender *r, const struct ltr_profile *p,
                       float *out)
{
    float *of = ltr_alloc(r->ctx, r->artists.n, sizeof *of);

    if (!of)
        return LTREC_ERR_MEMORY;
    dot_all(r, p, r->artist_vectors, r->artist_lengths, true, r->artists.n,
            of);
    for (size_t i = 0; i < r->n; i++)
        if (r->artists.group[i] != LTR_NO_GROUP)
            out[i] = of[r->artists.group[i]];
    ltr_free(r->ctx, of);
    return LTREC_OK;
}

static int ask_itemitem(const ltrec_recommender *r,
                        const struct ltr_profile *p, float *out)
{
    float *of = ltr_alloc(r->ctx, r->itemitem->count, sizeof *of);
    int status;

    if (!of)
        return LTREC_ERR_MEMORY;
    status = ltrec_itemitem_score(r->itemitem, p->n_spoken, p->ids, p->plays,
                                  of, NULL, NULL);
    for (size_t i = 0; i < r->n; i++)
        if (r->numbers[i] != LTR_NO_NUMBER)
            out[i] = of[r->numbers[i]];
    ltr_free(r->ctx, of);
    return status;
}

static int ask(const ltrec_recommender *r, const struct ltr_profile *p,
               int source, float *out)
{
    switch (source) {
    case LTREC_SOURCE_FACTORS:
        dot_all(r, p, r->vectors, r->lengths, p->is_track || !r->foldin, r->n,
                out);
        return LTREC_OK;
    case LTREC_SOURCE_CONTENT:
        dot_all(r, p, r->promised, r->promises, true, r->n, out);
        return LTREC_OK;
    case LTREC_SOURCE_ARTIST:
        return ask_artists(r, p, out);
    case LTREC_SOURCE_POPULARITY:
        for (size_t i = 0; i < r->n; i++)
            out[i] = r->log_plays[i];
        return LTREC_OK;
    default:
        return ask_itemitem(r, p, out);
    }
}

/* ---- One scale ---------------------------------------------------------- */

/* Mean and deviation over the eligible tracks that the source knows. */
static void standardize(const ltrec_recommender *r, struct ltr_scores *s,
                        int source)
{
    const float *of = s->of[source];
    double sum = 0, squares = 0, n = 0, deviation;

    for (size_t i = 0; i < s->n; i++)
        if (s->eligible[i] && ltr_rec_knows(r, source, i)) {
            sum += (double)of[i];
            n++;
        }
    s->mean[source] = n > 0 ? sum / n : 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->eligible[i] && ltr_rec_knows(r, source, i)) {
            double d = (double)of[i] - s->mean[source];

            squares += d * d;
        }
    deviation = n > 0 ? sqrt(squares / n) : 0;
    s->scale[source] = deviation > 1e-12 * (fabs(s->mean[source]) + 1e-12)
                           ? s->weights[source] / deviation
                           : 0;
}

static int give_places(const ltrec_recommender *r, struct ltr_scores *s,
                       int source)
{
    float scores[RANKED];
    uint64_t ids[RANKED];
    struct ltr_topk top;
    size_t n;

    s->place[source] = ltr_alloc(s->ctx, s->n, sizeof(float));
    if (!s->place[source])
        return LTREC_ERR_MEMORY;
    ltr_topk_init(&top, RANKED, scores, ids);
    for (size_t i = 0; i < s->n; i++)
        if (s->eligible[i] && ltr_rec_knows(r, source, i))
            ltr_topk_offer(&top, s->of[source][i], r->ids[i]);
    n = ltr_topk_finish(&top);
    for (size_t i = 0; i < n; i++)
        s->place[source][ltr_rec_row(r, ids[i])] =
            (float)(1 / (RANK_OFFSET + 1 + (double)i));
    return LTREC_OK;
}

double ltr_scores_part(const ltrec_recommender *r,
                       const struct ltr_scores *scores, int source, size_t row)
{
    if (!scores->of[source] || !ltr_rec_knows(r, source, row))
        return 0;
    if (scores->fusion == LTREC_FUSION_RANK)
        return scores->weights[source] * (double)scores->place[source][row];
    return scores->scale[source] *
           ((double)scores->of[source][row] - scores->mean[source]);
}

/* ---- The sum ------------------------------------------------------------ */

double ltr_rec_boost(const ltrec_list_options *list, uint64_t id)
{
    double sum = 0;

    for (size_t i = 0; i < list->n_boosts; i++)
        if (list->boosted[i] == id)
            sum += (double)list->boosts[i];
    return sum;
}

static void add_up(const ltrec_recommender *r, const ltrec_list_options *list,
                   struct ltr_scores *s)
{
    for (size_t row = 0; row < s->n; row++) {
        double sum = -s->discount * (double)r->log_plays[row];

        if (!s->eligible[row]) {
            s->total[row] = -INFINITY;
            continue;
        }
        for (int source = 0; source < LTREC_SOURCES; source++)
            sum += ltr_scores_part(r, s, source, row);
        s->total[row] = (float)sum;
    }
    for (size_t i = 0; i < list->n_boosts; i++) {
        size_t row = ltr_rec_row(r, list->boosted[i]);

        if (row != LTR_NO_ROW)
            s->total[row] += list->boosts[i];
    }
}

static int ask_all(const ltrec_recommender *r, const struct ltr_profile *p,
                   struct ltr_scores *s)
{
    int status = LTREC_OK;

    for (int i = 0; i < LTREC_SOURCES && status == LTREC_OK; i++) {
        if (s->weights[i] == 0)
            continue;
        s->of[i] = ltr_alloc(s->ctx, s->n, sizeof(float));
        status = s->of[i] ? ask(r, p, i, s->of[i]) : LTREC_ERR_MEMORY;
        if (status == LTREC_OK && s->fusion == LTREC_FUSION_RANK)
            status = give_places(r, s, i);
        else if (status == LTREC_OK)
            standardize(r, s, i);
    }
    return status;
}

/* The sources that have something to go by. */
static uint32_t answerable(const ltrec_recommender *r,
                           const struct ltr_profile *p)
{
    uint32_t sources = 1u << LTREC_SOURCE_POPULARITY;
    size_t item;

    if (p->length > 0)
        sources |= 1u << LTREC_SOURCE_FACTORS | 1u << LTREC_SOURCE_CONTENT |
                   1u << LTREC_SOURCE_ARTIST;
    for (size_t i = 0; r->itemitem && i < p->n_spoken; i++)
        if (ltrec_itemitem_find(r->itemitem, p->ids[i], &item) == LTREC_OK)
            sources |= 1u << LTREC_SOURCE_ITEMITEM;
    return sources;
}

/*
 * Who is to be asked: what there is, and of a listener of whom nothing is
 * known only what is popular, whatever it weighs.
 */
static int choose_sources(const ltrec_recommender *r,
                          const struct ltr_profile *p,
                          const ltrec_list_options *list, struct ltr_scores *s,
                          ltrec_error *err)
{
    uint32_t there = r->sources & list->sources;
    double sum = 0;

    there &= answerable(r, p);
    for (int i = 0; i < LTREC_SOURCES; i++) {
        s->weights[i] = there & 1u << i ? r->options.weights[i] : 0;
        sum += s->weights[i];
    }
    if (sum > 0)
        return LTREC_OK;
    for (int i = 0; i < LTREC_SOURCES; i++)
        if (there & 1u << i)
            sum += s->weights[i] = 1;
    return sum > 0 ? LTREC_OK
                   : ltr_fail(err, LTREC_ERR_STATE,
                              "recommender: nothing is known of this "
                              "listener, nor of what is popular");
}

int ltr_scores_create(const ltrec_recommender *r,
                      const struct ltr_profile *profile,
                      const ltrec_list_options *list, struct ltr_scores *out,
                      ltrec_error *err)
{
    struct ltr_filter filter;
    ltr_fpu saved;
    int status = ltr_filter_read(&filter, list->filter, err);

    *out = (struct ltr_scores){.ctx = r->ctx, .n = r->n};
    if (status == LTREC_OK)
        status = choose_sources(r, profile, list, out, err);
    if (status != LTREC_OK)
        return status;
    out->fusion = r->options.fusion;
    out->discount =
        isnan(list->discount) ? r->options.discount : list->discount;
    out->eligible = ltr_alloc(r->ctx, r->n, 1);
    out->total = ltr_alloc(r->ctx, r->n, sizeof *out->total);
    if (!out->eligible || !out->total) {
        status = LTREC_ERR_MEMORY;
    } else {
        saved = ltr_flush_begin();
        status = ltr_rec_mark_eligible(r, profile, list, &filter, out);
        if (status == LTREC_OK)
            status = ask_all(r, profile, out);
        if (status == LTREC_OK)
            add_up(r, list, out);
        ltr_flush_end(saved);
    }
    if (status == LTREC_OK)
        return LTREC_OK;
    ltr_scores_free(out);
    return ltr_fail(err, status, "recommender: no memory for a list");
}

void ltr_scores_free(struct ltr_scores *scores)
{
    ltr_free(scores->ctx, scores->eligible);
    ltr_free(scores->ctx, scores->total);
    for (int i = 0; i < LTREC_SOURCES; i++) {
        ltr_free(scores->ctx, scores->of[i]);
        ltr_free(scores->ctx, scores->place[i]);
    }
}
