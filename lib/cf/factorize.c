/*
 * factorize.c - from plays to factors
 *
 * An epoch solves the items against the listeners and then the listeners
 * against the items, so that what comes out last - a listener's vector - is
 * what folding that listener in would give.
 */
#include <ltrec/factorize.h>

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/random.h"
#include "cf/loss.h"
#include "cf/sweep.h"
#include "cf/variance.h"
#include "factors/factors.h"
#include "math/gemm.h"
#include "math/sort.h"

#define START_FLOATS ((size_t)1 << 20) /* drawn between two reports */

struct run {
    ltrec_context *ctx;
    const ltrec_interactions *plays;
    ltrec_factorize_options options;
    size_t width; /* of the rows of both sides; see ltr_sweep_width() */
    struct ltr_side users, items;
    float *priors;   /* the items', or NULL */
    float *variance; /* the items', or NULL */
    double noise;    /* see variance.h */
    struct ltr_sweep sweep;
    struct ltr_steps steps;
    ltrec_factorize_report report;
    bool with_loss;
};

/* ---- Starting ----------------------------------------------------------- */

static void count_steps(struct run *run)
{
    const struct ltr_pairs *users = run->users.pairs;
    const struct ltr_pairs *items = run->items.pairs;
    uint64_t epoch =
        ltr_sweep_steps(items, users) + ltr_sweep_steps(users, items);

    if (run->with_loss)
        epoch += ltr_loss_steps(users, items);
    run->steps = (struct ltr_steps){run->options.progress, run->options.user,
                                    0, epoch * run->options.epochs};
    if (run->options.variance)
        run->steps.total += ltr_loss_steps(users, items) +
                            2 * (uint64_t)items->n + items->starts[items->n];
}

struct start {
    const struct run *run;
    struct ltr_side *side;
    uint64_t stream;
    size_t first;
};

/* Evenly spread, with the variance that init_scale asks for. */
static void start_row(void *arg, size_t i, size_t worker)
{
    const struct start *start = arg;
    const ltrec_factorize_options *o = &start->run->options;
    size_t at = (start->first + i) * start->run->width;
    const float *priors = start->side->priors;
    float scale = (float)(o->init_scale * sqrt(12.0 / (double)o->rank));

    (void)worker;
    for (size_t j = at; j < at + o->rank; j++) {
        float u = ltr_random_uniform(o->seed, start->stream, j);

        start->side->vectors[j] =
            scale * (u - 0.5f) + (priors ? priors[j] : 0);
    }
}

static int start_side(struct run *run, struct ltr_side *side, uint64_t stream)
{
    struct start start = {run, side, stream, 0};
    size_t round = START_FLOATS / run->width, n = side->pairs->n;
    int status = LTREC_OK;

    for (; start.first < n && status == LTREC_OK; start.first += round) {
        size_t left = n - start.first;

        ltr_parallel(run->ctx, left < round ? left : round, start_row, &start);
        status = ltr_steps_take(&run->steps, 0);
    }
    return status;
}

/* The priors of the items that were played, in their order. */
static int copy_priors(struct run *run)
{
    const ltrec_factors *prior = run->options.item_prior;
    const struct ltr_pairs *items = run->items.pairs;
    size_t rank = run->options.rank, width = run->width, row;

    if (!prior)
        return LTREC_OK;
    run->priors = ltr_alloc(run->ctx, items->n * width, sizeof *run->priors);
    if (!run->priors)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < items->n; i++)
        if (ltrec_factors_find(prior, items->ids[i], &row) == LTREC_OK)
            memcpy(run->priors + i * width, prior->vectors + row * rank,
                   rank * sizeof *run->priors);
    run->items.priors = run->priors;
    return LTREC_OK;
}

/*
 * Ten times the weight that an average pair would have if all pairs shared
 * what the played ones have: on sparser plays an unplayed pair says less.
 */
static int choose_alpha0(struct run *run)
{
    struct ltr_recipe recipe = ltr_recipe_of(&run->options);
    const struct ltr_pairs *users = run->users.pairs;
    size_t n = run->plays->n_pairs;
    int status = LTREC_OK;
    double sum = 0;

    if (run->options.alpha0 > 0)
        return LTREC_OK;
    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        sum += ltr_recipe_weight(&recipe, users->counts[i]);
        if (i % START_FLOATS == 0)
            status = ltr_steps_take(&run->steps, 0);
    }
    run->options.alpha0 =
        10 * sum / (double)users->n / (double)run->items.pairs->n;
    return status;
}

static int prepare(struct run *run)
{
    int status;

    run->width = ltr_sweep_width(run->options.rank);
    run->users.pairs = &run->plays->by_user;
    run->items.pairs = &run->plays->by_item;
    count_steps(run);
    status = choose_alpha0(run);
    if (status != LTREC_OK)
        return status;
    status = ltr_sweep_init(run->ctx, &run->options, run->users.pairs,
                            run->items.pairs, &run->sweep);
    if (status == LTREC_OK)
        status = ltr_side_sort(run->ctx, &run->users);
    if (status == LTREC_OK)
        status = ltr_side_sort(run->ctx, &run->items);
    if (status == LTREC_OK)
        status = copy_priors(run);
    if (status != LTREC_OK)
        return status;
    run->users.vectors =
        ltr_alloc(run->ctx, run->users.pairs->n * run->width, sizeof(float));
    run->items.vectors =
        ltr_alloc(run->ctx, run->items.pairs->n * run->width, sizeof(float));
    if (!run->users.vectors || !run->items.vectors)
        return LTREC_ERR_MEMORY;
    ltr_gemm_prepare(run->ctx);
    status = start_side(run, &run->users, 0);
    return status == LTREC_OK ? start_side(run, &run->items, 1) : status;
}

static void clean_up(struct run *run)
{
    ltr_sweep_free(&run->sweep);
    ltr_free(run->ctx, run->users.order);
    ltr_free(run->ctx, run->items.order);
    ltr_free(run->ctx, run->users.vectors);
    ltr_free(run->ctx, run->items.vectors);
    ltr_free(run->ctx, run->priors);
    ltr_free(run->ctx, run->variance);
}

/* ---- Epochs ------------------------------------------------------------- */

static int measure(struct run *run, size_t epoch, ltrec_error *err)
{
    ltrec_factorize_report *report = &run->report;
    struct ltr_loss loss;
    int status =
        ltr_loss(&run->sweep, &run->users, &run->items, &run->steps, &loss);

    report->loss = loss.total;
    if (status == LTREC_OK && epoch < report->capacity)
        report->losses[epoch] = report->loss;
    if (status != LTREC_OK)
        ltr_fail(err, status, "factorize: %s", ltrec_status_name(status));
    return status;
}

static int run_epochs(struct run *run, ltrec_error *err)
{
    int status = LTREC_OK;

    for (size_t epoch = 0; epoch < run->options.epochs; epoch++) {
        status = ltr_sweep_run(&run->sweep, &run->items, &run->users,
                               &run->steps, err);
        if (status == LTREC_OK)
            status = ltr_sweep_run(&run->sweep, &run->users, &run->items,
                                   &run->steps, err);
        if (status == LTREC_OK && run->with_loss)
            status = measure(run, epoch, err);
        if (status != LTREC_OK)
            return status;
        run->report.n_epochs = epoch + 1;
    }
    return LTREC_OK;
}

/* The items' Gramian is there again: what came last was the listeners'. */
static int find_variance(struct run *run, ltrec_error *err)
{
    struct ltr_sweep *s = &run->sweep;
    struct ltr_loss loss;
    int status = LTREC_ERR_MEMORY;

    run->variance =
        ltr_alloc(run->ctx, run->items.pairs->n, sizeof *run->variance);
    if (run->variance)
        status = ltr_gram_compute(&s->gram, run->items.vectors,
                                  run->items.pairs->n, NULL, &run->steps);
    if (status == LTREC_OK)
        status = ltr_loss(s, &run->users, &run->items, &run->steps, &loss);
    if (status == LTREC_OK)
        status = ltr_variance(s, &run->users, &run->items, &loss, &run->steps,
                              run->variance);
    if (status != LTREC_OK)
        return ltr_fail(err, status, "factorize: %s, for the variance",
                        ltrec_status_name(status));
    run->noise =
        ltr_variance_noise(s, &run->users, run->items.pairs->n, &loss);
    return LTREC_OK;
}

/* ---- Results ------------------------------------------------------------ */

/* Rows as they are handed out: those solved, and those only foreseen. */
struct rows {
    size_t n;
    uint64_t *ids;
    float *vectors;
    uint32_t *plays;
    float *variance; /* or NULL */
};

static void free_rows(ltrec_context *ctx, struct rows *rows)
{
    ltr_free(ctx, rows->ids);
    ltr_free(ctx, rows->vectors);
    ltr_free(ctx, rows->plays);
    ltr_free(ctx, rows->variance);
}

/* The ids of all rows, ascending: of the side's, then of the prior's. */
static int merge_ids(struct run *run, const struct ltr_side *side,
                     const ltrec_factors *prior, struct rows *rows)
{
    size_t n_prior = prior ? prior->count : 0, solved = side->pairs->n;

    rows->ids = ltr_alloc(run->ctx, solved + n_prior, sizeof *rows->ids);
    if (!rows->ids)
        return LTREC_ERR_MEMORY;
    for (rows->n = 0; rows->n < solved; rows->n++)
        rows->ids[rows->n] = side->pairs->ids[rows->n];
    for (size_t i = 0; i < n_prior; i++) {
        size_t found;

        if (ltrec_interactions_find_item(run->plays, prior->ids[i], &found) !=
            LTREC_OK)
            rows->ids[rows->n++] = prior->ids[i];
    }
    ltr_sort_in_place(rows->ids, rows->n);
    return LTREC_OK;
}

static int collect(struct run *run, const struct ltr_side *side,
                   const ltrec_factors *prior, struct rows *rows)
{
    size_t rank = run->options.rank, solved = 0, row;
    const float *variance = side == &run->items ? run->variance : NULL;

    if (merge_ids(run, side, prior, rows) != LTREC_OK)
        return LTREC_ERR_MEMORY;
    rows->vectors = ltr_alloc(run->ctx, rows->n * rank, sizeof(float));
    rows->plays = ltr_alloc(run->ctx, rows->n, sizeof *rows->plays);
    if (variance)
        rows->variance = ltr_alloc(run->ctx, rows->n, sizeof *variance);
    if (!rows->vectors || !rows->plays || (variance && !rows->variance))
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < rows->n; i++) {
        const float *from = NULL;

        if (solved < side->pairs->n &&
            side->pairs->ids[solved] == rows->ids[i]) {
            from = side->vectors + solved * run->width;
            rows->plays[i] = (uint32_t)ltr_pairs_in_row(side->pairs, solved);
            if (variance)
                rows->variance[i] = variance[solved];
            solved++;
        } else if (ltrec_factors_find(prior, rows->ids[i], &row) == LTREC_OK) {
            from = prior->vectors + row * rank;
            if (variance)
                rows->variance[i] = ltr_variance_unplayed(
                    &run->sweep, run->users.pairs->n, run->noise);
        }
        if (from)
            memcpy(rows->vectors + i * rank, from, rank * sizeof *from);
    }
    run->report.n_unplayed += rows->n - solved;
    return LTREC_OK;
}

/* The vectors of `side` are gone afterwards, to not be in memory thrice. */
static int hand_out(struct run *run, struct ltr_side *side,
                    const ltrec_factors *prior, uint64_t model_id,
                    ltrec_factors **out, ltrec_error *err)
{
    double packed[LTR_RECIPE_ENTRIES];
    ltrec_factors_options o;
    struct rows rows = {0};
    int status = collect(run, side, prior, &rows);

    ltr_free(run->ctx, side->vectors);
    side->vectors = NULL;
    if (status == LTREC_OK) {
        ltrec_factors_options_init(&o, sizeof o);
        o.plays = rows.plays;
        o.variance = rows.variance;
        o.model_id = model_id;
        status = ltrec_factors_create(run->ctx, rows.n, run->options.rank,
                                      rows.ids, rows.vectors, &o, out, err);
    } else {
        ltr_fail(err, status, "factorize: no memory for the factors");
    }
    free_rows(run->ctx, &rows);
    if (status != LTREC_OK)
        return status;
    ltr_recipe_pack(&run->sweep.recipe, packed);
    ltr_factors_set_recipe(*out, packed);
    return LTREC_OK;
}

static int finish(struct run *run, ltrec_factors **users,
                  ltrec_factors **items, ltrec_error *err)
{
    int status =
        hand_out(run, &run->items, run->options.item_prior, 0, items, err);

    if (status != LTREC_OK)
        return status;
    status = hand_out(run, &run->users, NULL, (*items)->model_id, users, err);
    if (status != LTREC_OK) {
        ltrec_factors_free(*items);
        *items = NULL;
    }
    return status;
}

/* ---- The call ----------------------------------------------------------- */

static int check(const struct run *run, const ltrec_factorize_report *report,
                 ltrec_error *err)
{
    const ltrec_factors *prior = run->options.item_prior;

    if (!run->plays->finished)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "factorize: the interactions are not finished");
    if (run->plays->n_pairs == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: nobody played anything");
    if (prior && prior->rank != run->options.rank)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: the prior has rank %zu, wanted %u",
                        prior->rank, (unsigned)run->options.rank);
    if (report && (report->size < sizeof *report ||
                   (report->capacity > 0 && !report->losses)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: the report needs a size, and an array "
                        "for its losses");
    return LTREC_OK;
}

int ltrec_factorize(ltrec_context *ctx, const ltrec_interactions *plays,
                    const ltrec_factorize_options *options,
                    ltrec_factors **users, ltrec_factors **items,
                    ltrec_factorize_report *report, ltrec_error *err)
{
    struct run run = {.ctx = ctx, .plays = plays, .with_loss = report};
    int status;

    if (!users || !items)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: `users` or `items` is NULL");
    *users = *items = NULL;
    if (!ctx || !plays)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: needs a context and plays");
    status = ltr_recipe_options(options, &run.options, err);
    if (status == LTREC_OK)
        status = check(&run, report, err);
    if (status != LTREC_OK)
        return status;
    if (report)
        run.report = *report;
    run.report.n_epochs = run.report.n_unplayed = 0;

    status = prepare(&run);
    if (status != LTREC_OK)
        ltr_fail(err, status, "factorize: %s at rank %u",
                 ltrec_status_name(status), (unsigned)run.options.rank);
    if (status == LTREC_OK)
        status = run_epochs(&run, err);
    if (status == LTREC_OK && run.options.variance)
        status = find_variance(&run, err);
    if (status == LTREC_OK)
        status = finish(&run, users, items, err);
    if (status == LTREC_OK && report)
        *report = run.report;
    clean_up(&run);
    return status;
}
