/*
 * als_start.c - a factorization, up to its first epoch
 */
#include "cf/als_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/random.h"
#include "cf/als_checkpoint.h"
#include "cf/emphasis.h"
#include "cf/loss.h"
#include "factors/factors.h"

#define START_FLOATS ((size_t)1 << 20) /* drawn between two reports */

/* ---- Starting ----------------------------------------------------------- */

static void count_steps(struct ltr_run *run)
{
    const struct ltr_pairs *users = run->users.pairs;
    const struct ltr_pairs *items = run->items.pairs;
    uint64_t epoch =
        ltr_sweep_steps(items, users) + ltr_sweep_steps(users, items);

    if (run->with_loss)
        epoch += ltr_loss_steps(users, items);
    epoch += run->validation.n_users;
    run->epoch_steps = epoch;
    run->steps = (struct ltr_steps){run->options.progress, run->options.user,
                                    0, epoch * run->options.epochs};
    if (run->options.variance)
        run->steps.total +=
            ltr_loss_steps(users, items) + items->n + items->starts[items->n];
}

struct start {
    const struct ltr_run *run;
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

static int start_side(struct ltr_run *run, struct ltr_side *side,
                      uint64_t stream)
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
static int copy_priors(struct ltr_run *run)
{
    const ltrec_factors *prior = run->options.item_prior;
    const struct ltr_pairs *items = run->items.pairs;
    size_t rank = run->options.rank, width = run->width, row;

    if (!prior)
        return LTREC_OK;
    /* Twice: as they are, and as a sweep turns them. */
    run->priors =
        ltr_alloc(run->ctx, 2 * items->n * width, sizeof *run->priors);
    if (!run->priors)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < items->n; i++)
        if (ltrec_factors_find(prior, items->ids[i], &row) == LTREC_OK)
            memcpy(run->priors + i * width, prior->vectors + row * rank,
                   rank * sizeof *run->priors);
    run->items.priors = run->priors;
    run->items.priors_turned = run->priors + items->n * width;
    return LTREC_OK;
}

/*
 * Ten times the weight that an average pair would have if all pairs shared
 * what the played ones have: on sparser plays an unplayed pair says less.
 */
static int choose_alpha0(struct ltr_run *run)
{
    struct ltr_recipe recipe = ltr_recipe_of(&run->options);
    const struct ltr_pairs *users = run->users.pairs;
    uint64_t n = users->starts[users->n];
    int status = LTREC_OK;
    double sum = 0;

    if (run->options.alpha0 > 0)
        return LTREC_OK;
    for (uint64_t i = 0; i < n && status == LTREC_OK; i++) {
        sum += ltr_recipe_weight(&recipe, users->counts[i]);
        if (i % START_FLOATS == 0)
            status = ltr_steps_take(&run->steps, 0);
    }
    run->options.alpha0 =
        10 * sum / (double)users->n / (double)run->items.pairs->n;
    return status;
}

static int take_memory(struct ltr_run *run)
{
    size_t users = run->users.pairs->n * run->width;
    size_t items = run->items.pairs->n * run->width;
    struct ltr_validation *v = &run->validation;

    run->users.vectors = ltr_alloc(run->ctx, users, sizeof(float));
    run->items.vectors = ltr_alloc(run->ctx, items, sizeof(float));
    if (v->on) {
        v->best_users = ltr_alloc(run->ctx, users, sizeof(float));
        v->best_items = ltr_alloc(run->ctx, items, sizeof(float));
    }
    if (run->options.checkpoint)
        run->losses =
            ltr_alloc(run->ctx, run->options.epochs, sizeof *run->losses);
    return run->users.vectors && run->items.vectors &&
                   (!v->on || (v->best_users && v->best_items)) &&
                   (!run->options.checkpoint || run->losses)
               ? LTREC_OK
               : LTREC_ERR_MEMORY;
}

static int prepare(struct ltr_run *run)
{
    int status;

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
    if (status == LTREC_OK)
        status = ltr_emphasis_begin(run->ctx, &run->sweep.recipe, run->width,
                                    run->priors, &run->items, &run->scales);
    if (status == LTREC_OK)
        status = take_memory(run);
    if (status != LTREC_OK)
        return status;
    status = start_side(run, &run->users, 0);
    return status == LTREC_OK ? start_side(run, &run->items, 1) : status;
}

int ltr_run_prepare(struct ltr_run *run, ltrec_error *err)
{
    int status;

    run->width = ltr_sweep_width(run->options.rank);
    status = ltr_run_choose_pairs(run, err);
    if (status != LTREC_OK)
        return status;
    if (run->options.checkpoint)
        ltr_run_identify(run);
    status = prepare(run);
    if (status != LTREC_OK)
        ltr_fail(err, status, "factorize: %s at rank %u",
                 ltrec_status_name(status), (unsigned)run->options.rank);
    return status;
}

void ltr_run_clean_up(struct ltr_run *run)
{
    struct ltr_validation *v = &run->validation;

    ltr_sweep_free(&run->sweep);
    ltr_free(run->ctx, run->users.order);
    ltr_free(run->ctx, run->items.order);
    ltr_free(run->ctx, run->users.vectors);
    ltr_free(run->ctx, run->items.vectors);
    ltr_free(run->ctx, run->priors);
    ltr_free(run->ctx, run->scales);
    ltr_free(run->ctx, run->variance);
    ltr_free(run->ctx, run->losses);
    ltr_free(run->ctx, v->users);
    ltr_free(run->ctx, v->starts);
    ltr_free(run->ctx, v->items);
    ltr_free(run->ctx, v->best_users);
    ltr_free(run->ctx, v->best_items);
    run->by_user.ids = run->by_item.ids = NULL; /* those of the plays */
    ltr_pairs_free(run->ctx, &run->by_user);
    ltr_pairs_free(run->ctx, &run->by_item);
}
