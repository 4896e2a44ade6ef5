/*
 * weigh.c - the weights that rank best what listeners went on to play
 *
 * What each source says of a listener's candidates is computed once, with
 * every source asked; a set of weights is then judged in microseconds a
 * listener.  NDCG is piecewise constant, so there is no slope to follow:
 * weights are tried on a fixed scale, one source after the other, three times
 * round.  The scale is coarse on purpose, and there are few weights: on the
 * real tables the figures of listeners not looked at follow closely.
 */
#include "rec/weigh.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "base/pool.h"
#include "math/topk.h"

#define NDCG_AT 100
#define TAIL_AT 20
#define ROUNDS 3
#define BREATH 1e-3 /* of an NDCG: less says nothing of other listeners */

static const ltrec_recommender_fit_options defaults = {
    .size = sizeof defaults,
    .most_listeners = 1000,
    .candidates = 200,
    .loss = 0.005,
};

/* Against the best source's weight of 1. */
static const double scale[] = {0,   0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6,
                               0.8, 1,    1.5, 2,    3,   4.5, 7};
#define STEPS (sizeof scale / sizeof scale[0])

void ltrec_recommender_fit_options_init(ltrec_recommender_fit_options *options,
                                        size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Judging ------------------------------------------------------------ */

static double ideal(size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n && i < NDCG_AT; i++)
        sum += 1 / log2((double)i + 2);
    return sum;
}

static void judge_one(void *arg, size_t i, size_t worker)
{
    const struct ltr_fitting *f = arg;
    struct ltr_sample *s = &f->samples[i];
    float best[NDCG_AT];
    uint64_t at[NDCG_AT];
    struct ltr_topk top;
    size_t n, most = s->n_tail < TAIL_AT ? s->n_tail : TAIL_AT;
    double hits = 0;

    (void)worker;
    s->ndcg = s->tail = 0;
    if (s->n_relevant == 0)
        return;
    ltr_topk_init(&top, NDCG_AT, best, at);
    for (size_t c = 0; c < s->n; c++) {
        const struct ltr_candidate *candidate = &s->candidates[c];
        double sum = -f->discount * (double)candidate->log_plays;

        for (int source = 0; source < LTREC_SOURCES; source++)
            sum += f->weights[source] * (double)candidate->parts[source];
        ltr_topk_offer(&top, (float)sum, c);
    }
    n = ltr_topk_finish(&top);
    for (size_t place = 0; place < n; place++) {
        const struct ltr_candidate *c = &s->candidates[at[place]];

        if (c->relevant)
            s->ndcg += 1 / log2((double)place + 2);
        hits += place < TAIL_AT && c->relevant && c->tail;
    }
    s->ndcg /= ideal(s->n_relevant);
    s->tail = most > 0 ? hits / (double)most : 0;
}

/* The mean NDCG, and where wanted the mean recall of the tail. */
static double judge(struct ltr_fitting *f, const double *weights,
                    double discount, double *tail)
{
    double ndcg = 0, sum = 0, n = 0, n_tail = 0;

    f->weights = weights;
    f->discount = discount;
    ltr_parallel(f->all.ctx, f->n, judge_one, f);
    for (size_t i = 0; i < f->n; i++) {
        ndcg += f->samples[i].ndcg;
        sum += f->samples[i].tail;
        n += f->samples[i].n_relevant > 0;
        n_tail += f->samples[i].n_tail > 0;
    }
    if (tail)
        *tail = n_tail > 0 ? sum / n_tail : 0;
    return n > 0 ? ndcg / n : 0;
}

/* ---- Searching ---------------------------------------------------------- */

static double start_alone(struct ltr_fitting *f, double *weights,
                          ltrec_recommender_fit_report *report)
{
    double most = -1;

    for (int s = 0; s < LTREC_SOURCES; s++) {
        double alone[LTREC_SOURCES] = {0}, ndcg;

        if (!(f->all.sources & 1u << s))
            continue;
        alone[s] = 1;
        ndcg = judge(f, alone, 0, NULL);
        if (ndcg > most) {
            most = ndcg;
            report->best_source = s;
        }
    }
    memset(weights, 0, LTREC_SOURCES * sizeof *weights);
    weights[report->best_source] = 1;
    report->best_ndcg = most;
    return most;
}

/*
 * The weight of one source, the others held: the least of those that rank as
 * well as the best but for a breath, and no worse than `*most`, what was
 * reached so far.
 */
static int search_weight(struct ltr_fitting *f, double *weights, size_t s,
                         double *most)
{
    ltrec_recommender_fit_options *o = &f->options;
    double ndcg[STEPS], wanted = 0;
    size_t step = 0;

    for (size_t i = 0; i < STEPS; i++) {
        if (o->progress && o->progress(o->user, f->n, f->n) != 0)
            return LTREC_ERR_CANCELLED;
        weights[s] = scale[i];
        ndcg[i] = judge(f, weights, 0, NULL);
        wanted = fmax(wanted, ndcg[i]);
    }
    wanted = fmax(*most, (1 - BREATH) * wanted);
    while (ndcg[step] < wanted)
        step++;
    weights[s] = scale[step];
    *most = ndcg[step];
    return LTREC_OK;
}

static int search_weights(struct ltr_fitting *f, double *weights,
                          ltrec_recommender_fit_report *report)
{
    double most = start_alone(f, weights, report);
    int status = LTREC_OK;

    for (size_t i = 0; i < ROUNDS * LTREC_SOURCES && status == LTREC_OK; i++) {
        size_t s = i % LTREC_SOURCES;

        if ((int32_t)s != report->best_source && (f->all.sources & 1u << s))
            status = search_weight(f, weights, s, &most);
    }
    if (status != LTREC_OK)
        return status;
    report->fused_ndcg = judge(f, weights, 0, &report->fused_tail);
    return LTREC_OK;
}

/* A place is worth a sixtieth and less, a deviation one and more. */
static double unit_of(const struct ltr_fitting *f)
{
    return f->all.options.fusion == LTREC_FUSION_RANK ? 0.01 : 1;
}

/* The one with the most tail among those that cost no more than agreed. */
static double search_discount(struct ltr_fitting *f, const double *weights,
                              ltrec_recommender_fit_report *report)
{
    double ndcg[STEPS], tail[STEPS], most = 0;
    size_t best = 0;

    for (size_t i = 0; i < STEPS; i++) {
        ndcg[i] = judge(f, weights, scale[i] * unit_of(f), &tail[i]);
        most = ndcg[i] > most ? ndcg[i] : most;
    }
    for (size_t i = 1; i < STEPS && f->options.loss >= 0; i++)
        if (ndcg[i] >= (1 - f->options.loss) * most &&
            (tail[i] > tail[best] ||
             ndcg[best] < (1 - f->options.loss) * most))
            best = i;
    report->ndcg = ndcg[best];
    report->tail = tail[best];
    return scale[best] * unit_of(f);
}

/* ---- The call ----------------------------------------------------------- */

static int check_fit(const struct ltr_fitting *f, ltrec_error *err)
{
    if (!ltrec_interactions_item_ids(f->known) ||
        !ltrec_interactions_item_ids(f->heldout))
        return ltr_fail(err, LTREC_ERR_STATE,
                        "recommender: both tables must be finished");
    if (f->options.most_listeners == 0 || f->options.candidates == 0 ||
        !isfinite(f->options.loss))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: needs listeners, candidates and a "
                        "finite loss");
    return LTREC_OK;
}

static int search(struct ltr_fitting *f, ltrec_recommender_options *fitted,
                  ltrec_recommender_fit_report *report, ltrec_error *err)
{
    ltrec_recommender_options o = f->all.options;
    int status;

    for (size_t i = 0; i < f->n; i++)
        report->listeners += f->samples[i].n_relevant > 0;
    if (report->listeners == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: none of the listeners held out went on "
                        "to play a track of it");
    status = search_weights(f, o.weights, report);
    if (status != LTREC_OK)
        return ltr_fail(err, status, "recommender: stopped");
    o.discount = search_discount(f, o.weights, report);
    ltr_options_init(fitted, fitted->size, &o, sizeof o);
    return LTREC_OK;
}

int ltrec_recommender_fit(const ltrec_recommender *recommender,
                          const ltrec_interactions *known,
                          const ltrec_interactions *heldout,
                          const ltrec_recommender_fit_options *options,
                          ltrec_recommender_options *fitted,
                          ltrec_recommender_fit_report *report,
                          ltrec_error *err)
{
    ltrec_recommender_fit_report seen = {.size = sizeof seen};
    struct ltr_fitting f = {.known = known, .heldout = heldout};
    int status;

    if (!recommender || !known || !heldout || !fitted)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "recommender: fitting needs a recommender, two tables "
                        "and room for options");
    f.options = defaults;
    status = ltr_options_read(&f.options, sizeof f.options, options,
                              "recommender", err);
    if (status == LTREC_OK)
        status = check_fit(&f, err);
    if (status != LTREC_OK)
        return status;
    f.all = *recommender;
    for (int s = 0; s < LTREC_SOURCES; s++)
        f.all.options.weights[s] = 1;
    status = ltr_samples_take(&f, err);
    if (status == LTREC_OK)
        status = search(&f, fitted, &seen, err);
    if (status == LTREC_OK && report)
        ltr_options_init(report, report->size, &seen, sizeof seen);
    ltr_samples_free(&f);
    return status;
}
