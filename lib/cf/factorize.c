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
#include "base/options.h"
#include "cf/als_checkpoint.h"
#include "cf/als_run.h"
#include "cf/variance.h"
#include "factors/factors.h"

/* ---- Epochs ------------------------------------------------------------- */

static int measure(struct ltr_run *run, ltrec_error *err)
{
    struct ltr_loss loss;
    int status =
        ltr_loss(&run->sweep, &run->users, &run->items, &run->steps, &loss);

    run->report.loss = loss.total;
    if (status != LTREC_OK)
        ltr_fail(err, status, "factorize: %s", ltrec_status_name(status));
    return status;
}

static void note_loss(struct ltr_run *run, size_t epoch, double loss)
{
    if (run->losses)
        run->losses[epoch] = loss;
    if (epoch < run->report.capacity)
        run->report.losses[epoch] = loss;
}

static void copy_side(const struct ltr_run *run, const struct ltr_side *side,
                      float *to, const float *from)
{
    memcpy(to, from, side->pairs->n * run->width * sizeof *to);
}

/* Keep the epoch's vectors if it is the best so far. */
static int judge(struct ltr_run *run, size_t epoch, ltrec_error *err)
{
    struct ltr_validation *v = &run->validation;
    double found;
    int status = ltr_run_judge(run, &found);

    if (status != LTREC_OK)
        return ltr_fail(err, status, "factorize: %s, to judge an epoch",
                        ltrec_status_name(status));
    if (v->best_epoch > 0 && found <= v->best)
        return LTREC_OK;
    v->best = found;
    v->best_epoch = epoch + 1;
    copy_side(run, &run->users, v->best_users, run->users.vectors);
    copy_side(run, &run->items, v->best_items, run->items.vectors);
    return LTREC_OK;
}

static int run_epoch(struct ltr_run *run, size_t epoch, ltrec_error *err)
{
    int status =
        ltr_sweep_run(&run->sweep, &run->items, &run->users, &run->steps, err);

    run->report.loss = (double)NAN;
    if (status == LTREC_OK)
        status = ltr_sweep_run(&run->sweep, &run->users, &run->items,
                               &run->steps, err);
    if (status == LTREC_OK &&
        ltr_basis_leave(&run->sweep, &run->users, &run->items, &run->steps) !=
            LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_CANCELLED, "factorize: cancelled");
    if (status == LTREC_OK && run->with_loss)
        status = measure(run, err);
    if (status == LTREC_OK && run->validation.on)
        status = judge(run, epoch, err);
    if (status != LTREC_OK)
        return status;
    note_loss(run, epoch, run->report.loss);
    run->report.n_epochs = epoch + 1;
    return LTREC_OK;
}

/* From a checkpoint, when there is one. */
static int resume(struct ltr_run *run, ltrec_error *err)
{
    int status = LTREC_OK;

    if (run->options.checkpoint)
        status = ltr_run_load(run, err);
    for (size_t i = 0; i < run->report.n_epochs && status == LTREC_OK; i++) {
        run->report.loss = run->losses[i];
        note_loss(run, i, run->losses[i]);
    }
    run->steps.done = run->report.n_epochs * run->epoch_steps;
    return status;
}

static bool is_done(const struct ltr_run *run)
{
    const struct ltr_validation *v = &run->validation;
    size_t n = run->report.n_epochs;

    return n == run->options.epochs ||
           (v->on && n - v->best_epoch >= run->options.patience);
}

static int run_epochs(struct ltr_run *run, ltrec_error *err)
{
    int status = resume(run, err);

    while (status == LTREC_OK && !is_done(run)) {
        size_t epoch = run->report.n_epochs;

        status = run_epoch(run, epoch, err);
        if (status == LTREC_OK && run->options.checkpoint &&
            (is_done(run) || (epoch + 1) % run->options.checkpoint_every == 0))
            status = ltr_run_save(run, err);
    }
    return status;
}

/* Stopping early leaves out steps; what is handed out is the best epoch. */
static int end_epochs(struct ltr_run *run, ltrec_error *err)
{
    struct ltr_validation *v = &run->validation;
    int status;

    run->report.best_epoch = v->best_epoch;
    run->report.validation = v->best;
    if (v->on) {
        copy_side(run, &run->users, run->users.vectors, v->best_users);
        copy_side(run, &run->items, run->items.vectors, v->best_items);
    }
    status =
        ltr_steps_take(&run->steps, run->epoch_steps * (run->options.epochs -
                                                        run->report.n_epochs));
    return status == LTREC_OK ? status
                              : ltr_fail(err, status, "factorize: cancelled");
}

static int find_variance(struct ltr_run *run, ltrec_error *err)
{
    struct ltr_sweep *s = &run->sweep;
    struct ltr_loss loss;
    int status = LTREC_ERR_MEMORY;

    run->variance =
        ltr_alloc(run->ctx, run->items.pairs->n, sizeof *run->variance);
    if (run->variance)
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

/* ---- The call ----------------------------------------------------------- */

static int check(const struct ltr_run *run,
                 const ltrec_factorize_report *report, ltrec_error *err)
{
    const ltrec_factors *prior = run->options.item_prior;

    if (!run->plays->finished)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "factorize: the interactions are not finished");
    if (run->options.dislikes && !run->options.dislikes->finished)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "factorize: the dislikes are not finished");
    if (run->plays->n_pairs == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: nobody played anything");
    if (prior && prior->rank != run->options.rank)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: the prior has rank %zu, wanted %u",
                        prior->rank, (unsigned)run->options.rank);
    if (report && (report->size < sizeof report->size ||
                   (run->report.capacity > 0 && !run->report.losses)))
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
    struct ltr_run run = {.ctx = ctx, .plays = plays, .with_loss = report};
    int status;

    if (!users || !items)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: `users` or `items` is NULL");
    *users = *items = NULL;
    if (!ctx || !plays)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factorize: needs a context and plays");
    status = ltr_recipe_options(options, &run.options, err);
    if (report)
        ltr_report_read(&run.report, sizeof run.report, report);
    if (status == LTREC_OK)
        status = check(&run, report, err);
    if (status != LTREC_OK)
        return status;
    run.report.n_epochs = run.report.n_unplayed = 0;

    status = ltr_run_prepare(&run, err);
    if (status == LTREC_OK)
        status = run_epochs(&run, err);
    if (status == LTREC_OK)
        status = end_epochs(&run, err);
    if (status == LTREC_OK && run.options.variance)
        status = find_variance(&run, err);
    if (status == LTREC_OK)
        status = ltr_run_finish(&run, users, items, err);
    if (status == LTREC_OK && report)
        ltr_report_write(report, &run.report, sizeof run.report);
    ltr_run_clean_up(&run);
    return status;
}
