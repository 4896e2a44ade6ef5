/*
 * itemitem_fit.c - from plays to an item-item model
 *
 * G has far more entries than can be kept, but a row of it is cheap to make
 * again: the items of the listeners of one item, added up.  So it is made
 * once to choose each item's candidates, and again, a few times, to fill in
 * the equations (itemitem_solve.c).
 */
#include "cf/itemitem_fit.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "base/pool.h"
#include "math/sort.h"
#include "math/topk.h"

static const ltrec_itemitem_options defaults = {
    .size = sizeof defaults,
    .method = LTREC_ITEMITEM_EASE,
    .value = LTREC_ITEMITEM_LOG,
    .epsilon = 1,
    .candidates = 100,
    .neighbours = 100,
    .lambda = 30,
    .dropout = 0.5,
    .shrinkage = 10,
    .asymmetry = 0.5,
    .memory = (uint64_t)1 << 30,
};

void ltrec_itemitem_options_init(ltrec_itemitem_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Checking ----------------------------------------------------------- */

static int check_choices(const ltrec_itemitem_options *o, ltrec_error *err)
{
    if (o->method != LTREC_ITEMITEM_EASE && o->method != LTREC_ITEMITEM_COSINE)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: method is %d, must be 1 or 2",
                        (int)o->method);
    if (o->value != LTREC_ITEMITEM_PLAYED && o->value != LTREC_ITEMITEM_LOG)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: value is %d, must be 1 or 2",
                        (int)o->value);
    if (o->candidates == 0 || o->candidates > LTREC_ITEMITEM_MOST_CANDIDATES)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: %u candidates, must be 1 to %d",
                        (unsigned)o->candidates,
                        LTREC_ITEMITEM_MOST_CANDIDATES);
    if (o->neighbours == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: 0 neighbours, must be 1 or more");
    return LTREC_OK;
}

static int check_numbers(const ltrec_itemitem_options *o, ltrec_error *err)
{
    const struct {
        const char *name;
        double value, most;
        bool above;
    } numbers[] = {
        {"epsilon", o->epsilon, 1e300, true},
        {"lambda", o->lambda, 1e300, true},
        {"dropout", o->dropout, 0.999999, false},
        {"shrinkage", o->shrinkage, 1e300, false},
        {"asymmetry", o->asymmetry, 1, false},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double x = numbers[i].value;

        if (!(x >= 0 && x <= numbers[i].most) || (numbers[i].above && x == 0))
            return ltr_fail(
                err, LTREC_ERR_ARGUMENT,
                "itemitem: %s is %g, must be %s 0, up to %g", numbers[i].name,
                x, numbers[i].above ? "above" : "at least", numbers[i].most);
    }
    return LTREC_OK;
}

/* ---- Choosing ----------------------------------------------------------- */

void ltr_itemitem_keep(struct ltr_itemitem_fit *fit, size_t item, size_t n,
                       const uint32_t *items, const double *values,
                       struct ltr_itemitem_bench *bench)
{
    uint32_t *kept = fit->kept + item * fit->o.neighbours;
    float *weights = fit->weights + item * fit->o.neighbours;
    size_t n_best, n_kept = 0;
    struct ltr_topk top;

    ltr_topk_init(&top, fit->o.neighbours, bench->scores, bench->best);
    for (size_t i = 0; i < n; i++)
        ltr_topk_offer(&top, (float)fabs(values[i]), i);
    n_best = ltr_topk_finish(&top);
    ltr_sort_in_place(bench->best, n_best);
    for (size_t i = 0; i < n_best; i++) {
        float weight = (float)values[bench->best[i]];

        if (!isfinite(weight)) {
            fit->n_kept[item] = LTR_ITEMITEM_SINGULAR;
            return;
        }
        kept[n_kept] = items[bench->best[i]];
        weights[n_kept] = weight;
        n_kept += weight != 0;
    }
    fit->n_kept[item] = (uint32_t)n_kept;
}

/* Item numbers from bench->best, with the candidates' room as scratch. */
static size_t choose(const struct ltr_itemitem_fit *fit, size_t item,
                     size_t n_touched, struct ltr_itemitem_bench *bench)
{
    double own = fit->diagonal[item];
    struct ltr_topk top;

    ltr_topk_init(&top, fit->o.candidates, bench->scores, bench->best);
    for (size_t i = 0; i < n_touched; i++) {
        uint32_t other = bench->touched[i];
        double size = sqrt(own * fit->diagonal[other]) + fit->o.shrinkage;

        if (other != item)
            ltr_topk_offer(&top, (float)(bench->sums[other] / size), other);
    }
    return ltr_topk_finish(&top);
}

static void choose_candidates(void *arg, size_t item, size_t worker)
{
    struct ltr_itemitem_fit *fit = arg;
    struct ltr_itemitem_bench *bench = &fit->benches[worker];
    uint32_t *to = fit->candidates + item * fit->o.candidates;
    size_t n_touched = ltr_itemitem_row_of(fit, item, bench);
    size_t n = choose(fit, item, n_touched, bench);

    ltr_sort_in_place(bench->best, n);
    for (size_t i = 0; i < n; i++)
        to[i] = (uint32_t)bench->best[i];
    fit->n_candidates[item] = (uint32_t)n;
    if (fit->o.method == LTREC_ITEMITEM_COSINE) {
        double a = fit->o.asymmetry;

        for (size_t i = 0; i < n; i++)
            bench->b[i] =
                bench->sums[to[i]] / (pow(fit->diagonal[to[i]], a) *
                                          pow(fit->diagonal[item], 1 - a) +
                                      fit->o.shrinkage);
        ltr_itemitem_keep(fit, item, n, to, bench->b, bench);
    }
    ltr_itemitem_clear(bench, n_touched);
}

struct stretch {
    struct ltr_itemitem_fit *fit;
    size_t first;
};

static void choose_in(void *arg, size_t i, size_t worker)
{
    struct stretch *s = arg;

    choose_candidates(s->fit, s->first + i, worker);
}

static int choose_all(struct ltr_itemitem_fit *fit, ltrec_error *err)
{
    struct stretch s = {fit, 0};

    while (s.first < fit->n) {
        size_t end = s.first;
        uint64_t steps = 0;

        while (end < fit->n && steps < LTR_ITEMITEM_BLOCK)
            steps += fit->touches[end++];
        ltr_parallel(fit->ctx, end - s.first, choose_in, &s);
        if (ltr_steps_take(&fit->steps, steps) != LTREC_OK)
            return ltr_fail(err, LTREC_ERR_CANCELLED, "itemitem: cancelled");
        s.first = end;
    }
    return LTREC_OK;
}

/* ---- The result --------------------------------------------------------- */

/* Turn "who speaks for it" into "for whom it speaks". */
static void transpose(const struct ltr_itemitem_fit *fit, uint64_t *starts,
                      uint32_t *others, float *weights)
{
    size_t k = fit->o.neighbours;

    /* Counted two places up, so that filling leaves each start in place. */
    for (size_t item = 0; item < fit->n; item++)
        for (size_t i = 0; i < fit->n_kept[item]; i++)
            starts[fit->kept[item * k + i] + 2]++;
    for (size_t i = 0; i < fit->n; i++)
        starts[i + 2] += starts[i + 1];
    for (size_t item = 0; item < fit->n; item++)
        for (size_t i = 0; i < fit->n_kept[item]; i++) {
            uint64_t at = starts[fit->kept[item * k + i] + 1]++;

            others[at] = (uint32_t)item;
            weights[at] = fit->weights[item * k + i];
        }
}

static int make_model(struct ltr_itemitem_fit *fit, ltrec_itemitem **out)
{
    ltrec_itemitem *m = ltr_itemitem_empty(fit->ctx);
    uint64_t *ids = ltr_alloc(fit->ctx, fit->n, sizeof *ids);
    uint64_t *starts = ltr_alloc(fit->ctx, fit->n + 2, sizeof *starts);
    uint32_t *plays = ltr_alloc(fit->ctx, fit->n, sizeof *plays), *others;
    size_t n_weights = 0;
    float *weights;

    for (size_t item = 0; item < fit->n; item++)
        n_weights += fit->n_kept[item];
    others = ltr_alloc(fit->ctx, n_weights, sizeof *others);
    weights = ltr_alloc(fit->ctx, n_weights, sizeof *weights);
    if (!m || !ids || !starts || !plays || !others || !weights) {
        void *arrays[] = {ids, starts, plays, others, weights};

        for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
            ltr_free(fit->ctx, arrays[i]);
        ltrec_itemitem_free(m);
        return LTREC_ERR_MEMORY;
    }
    for (size_t item = 0; item < fit->n; item++) {
        ids[item] = fit->plays->by_item.ids[item];
        plays[item] = (uint32_t)ltr_pairs_in_row(&fit->plays->by_item, item);
    }
    transpose(fit, starts, others, weights);
    m->value = fit->o.value;
    m->epsilon = fit->o.epsilon;
    m->count = fit->n;
    m->ids = ids;
    m->plays = plays;
    m->starts = starts;
    m->others = others;
    m->weights = weights;
    *out = m;
    return LTREC_OK;
}

/* ---- Memory ------------------------------------------------------------- */

static int make_bench(struct ltr_itemitem_fit *fit,
                      struct ltr_itemitem_bench *bench)
{
    size_t m = fit->o.candidates, k = fit->o.neighbours;
    size_t most = m > k ? m : k;
    bool solves = fit->o.method == LTREC_ITEMITEM_EASE;

    bench->sums = ltr_alloc(fit->ctx, fit->n, sizeof *bench->sums);
    bench->touched = ltr_alloc(fit->ctx, fit->n, sizeof *bench->touched);
    bench->scores = ltr_alloc(fit->ctx, most, sizeof *bench->scores);
    bench->best = ltr_alloc(fit->ctx, most, sizeof *bench->best);
    bench->b = ltr_alloc(fit->ctx, m, sizeof *bench->b);
    bench->a = ltr_alloc(fit->ctx, solves ? m * m : 1, sizeof *bench->a);
    return bench->sums && bench->touched && bench->scores && bench->best &&
                   bench->a && bench->b
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

static int make_room(struct ltr_itemitem_fit *fit)
{
    size_t m = fit->o.candidates, k = fit->o.neighbours, n = fit->n;
    size_t n_workers = ltr_workers(fit->ctx);

    fit->diagonal = ltr_alloc(fit->ctx, n, sizeof *fit->diagonal);
    fit->touches = ltr_alloc(fit->ctx, n, sizeof *fit->touches);
    fit->n_candidates = ltr_alloc(fit->ctx, n, sizeof *fit->n_candidates);
    fit->n_kept = ltr_alloc(fit->ctx, n, sizeof *fit->n_kept);
    fit->candidates = ltr_alloc(fit->ctx, n, m * sizeof *fit->candidates);
    fit->kept = ltr_alloc(fit->ctx, n, k * sizeof *fit->kept);
    fit->weights = ltr_alloc(fit->ctx, n, k * sizeof *fit->weights);
    fit->benches = ltr_alloc(fit->ctx, n_workers, sizeof *fit->benches);
    if (!fit->diagonal || !fit->touches || !fit->n_candidates ||
        !fit->n_kept || !fit->candidates || !fit->kept || !fit->weights ||
        !fit->benches)
        return LTREC_ERR_MEMORY;
    for (size_t w = 0; w < n_workers; w++)
        if (make_bench(fit, &fit->benches[w]) != LTREC_OK)
            return LTREC_ERR_MEMORY;
    return ltr_itemitem_values(fit);
}

static void free_benches(struct ltr_itemitem_fit *fit)
{
    for (size_t w = 0; fit->benches && w < ltr_workers(fit->ctx); w++) {
        struct ltr_itemitem_bench *b = &fit->benches[w];
        void *arrays[] = {b->sums, b->touched, b->scores, b->best, b->a, b->b};

        for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
            ltr_free(fit->ctx, arrays[i]);
    }
    ltr_free(fit->ctx, fit->benches);
    fit->benches = NULL;
}

static void free_fit(struct ltr_itemitem_fit *fit)
{
    void *arrays[] = {fit->user_values, fit->item_values, fit->diagonal,
                      fit->touches,     fit->candidates,  fit->n_candidates,
                      fit->kept,        fit->weights,     fit->n_kept};

    free_benches(fit);
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        ltr_free(fit->ctx, arrays[i]);
}

/* ---- All of it ---------------------------------------------------------- */

static int fit_all(struct ltr_itemitem_fit *fit, ltrec_error *err)
{
    ltr_fpu saved = ltr_flush_begin();
    int status;

    ltr_itemitem_measure(fit);
    fit->steps.progress = fit->o.progress;
    fit->steps.user = fit->o.user;
    for (size_t item = 0; item < fit->n; item++)
        fit->steps.total += fit->touches[item];
    if (fit->o.method == LTREC_ITEMITEM_EASE)
        fit->steps.total += ltr_itemitem_solve_steps(fit);
    status = choose_all(fit, err);
    if (status == LTREC_OK && fit->o.method == LTREC_ITEMITEM_EASE)
        status = ltr_itemitem_solve(fit, err);
    ltr_flush_end(saved);
    return status;
}

static int start(struct ltr_itemitem_fit *fit,
                 const ltrec_itemitem_options *options, ltrec_error *err)
{
    int status;

    fit->o = defaults;
    status =
        ltr_options_read(&fit->o, sizeof fit->o, options, "itemitem", err);
    if (status == LTREC_OK)
        status = check_choices(&fit->o, err);
    if (status == LTREC_OK)
        status = check_numbers(&fit->o, err);
    if (status != LTREC_OK)
        return status;
    if (!fit->plays->finished)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "itemitem: the plays are not finished");
    fit->n = fit->plays->by_item.n;
    if (fit->o.candidates >= fit->n)
        fit->o.candidates = fit->n > 1 ? (uint32_t)fit->n - 1 : 1;
    if (fit->o.neighbours > fit->o.candidates)
        fit->o.neighbours = fit->o.candidates;
    return LTREC_OK;
}

int ltrec_itemitem_fit(ltrec_context *ctx, const ltrec_interactions *plays,
                       const ltrec_itemitem_options *options,
                       ltrec_itemitem **out, ltrec_error *err)
{
    struct ltr_itemitem_fit fit = {.ctx = ctx, .plays = plays};
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "itemitem: `out` is NULL");
    *out = NULL;
    if (!ctx || !plays)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: needs a context and plays");
    status = start(&fit, options, err);
    if (status != LTREC_OK)
        return status;
    status = make_room(&fit);
    if (status == LTREC_OK) {
        status = fit_all(&fit, err);
        free_benches(&fit);
        if (status == LTREC_OK && make_model(&fit, out) != LTREC_OK)
            status = ltr_fail(err, LTREC_ERR_MEMORY,
                              "itemitem: no memory for the model");
    } else {
        ltr_fail(err, status, "itemitem: no memory for %zu items", fit.n);
    }
    free_fit(&fit);
    return status;
}
