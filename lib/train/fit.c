/*
 * fit.c - the loop: epochs, the best one's weights, and where to end
 */
#include "train/fit_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* ---- All of them -------------------------------------------------------- */

/* The weights in use are the best so far. */
static void keep_best(struct ltr_fitting *s, uint32_t epoch, double loss,
                      ltrec_train_report *report)
{
    report->validation_loss = loss;
    report->best_epoch = epoch;
    memcpy(s->best, ltr_optimiser_weights(&s->optimiser),
           s->fit->net->n_parameters * sizeof *s->best);
}

/* Nobody learns from nothing: where the linear path alone leads. */
static int begin(struct ltr_fitting *s, ltrec_train_report *report)
{
    report->validation_loss = HUGE_VAL;
    if (s->fit->beside && s->fit->sample->n > s->fit->sample->n_train) {
        double loss = ltr_fitting_validate(s);

        if (isfinite(loss))
            keep_best(s, 0, loss, report);
    }
    return s->watch.cancelled;
}

/* What has gone wrong, in words. */
static void name_culprit(const struct ltr_fitting *s, uint32_t epoch,
                         char *text, size_t bytes)
{
    static const char *const kinds[] = {
        [LTR_CONV] = "convolution",   [LTR_MAX_POOL] = "pooling",
        [LTR_GLOBAL_POOL] = "global", [LTR_DENSE] = "dense",
        [LTR_RELU] = "rectifier",     [LTR_DROPOUT] = "dropout",
        [LTR_FLATTEN] = "flatten"};
    size_t layer = ltr_pass_first_bad(s->pass);

    if (layer < s->fit->net->n_layers)
        snprintf(text, bytes,
                 "the loss is not finite in epoch %u, from layer %zu on (%s)",
                 (unsigned)epoch, layer,
                 kinds[s->fit->net->layers[layer].kind]);
    else
        snprintf(text, bytes, "the loss is not finite in epoch %u",
                 (unsigned)epoch);
}

/* Training ends here; with the best weights so far, if there are any. */
static int diverged(struct ltr_fitting *s, uint32_t epoch,
                    ltrec_train_report *report, ltrec_error *err)
{
    char text[sizeof report->stopped];

    name_culprit(s, epoch, text, sizeof text);
    if (!isfinite(report->validation_loss))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: %s; try a smaller rate", text);
    memcpy(report->stopped, text, sizeof text);
    return LTREC_OK;
}

/* Tell the caller; not 0 to cancel. */
static int tell(const struct ltr_fitting *s, const ltrec_train_report *report,
                double rate, double loss)
{
    const struct ltr_fit *f = s->fit;
    const ltrec_train_options *o = f->options;
    const ltrec_epoch_record record = {
        .size = sizeof record,
        .epoch = report->epochs,
        .epochs = o->epochs,
        .best_epoch = report->best_epoch,
        .train_loss = report->train_loss,
        .validation_loss = loss,
        .best_loss = report->validation_loss,
        .rate = rate,
        .samples = ltr_sample_learnt(f->sample) * f->repeats,
    };

    if (f->quiet)
        return 0;
    return (o->record && o->record(o->user, &record) != 0) ||
           (o->epoch &&
            o->epoch(o->user, report->epochs, report->train_loss, loss) != 0);
}

/* ---- Checkpoints -------------------------------------------------------- */

static int is_saved(const struct ltr_fitting *s)
{
    return s->fit->options->checkpoint && !s->fit->quiet;
}

/* Also before an end that is not the caller's: it has nothing to add. */
static int save(struct ltr_fitting *s, ltrec_train_report *report,
                ltrec_error *err)
{
    const ltrec_train_options *o = s->fit->options;
    const struct ltr_checkpoint c = {s->sum, &s->optimiser, s->best, report};

    if (!is_saved(s) || (report->epochs % o->checkpoint_epochs != 0 &&
                         report->epochs < o->epochs &&
                         report->epochs - report->best_epoch < o->patience))
        return LTREC_OK;
    return ltr_checkpoint_save(&c, o->checkpoint, err);
}

static int load(struct ltr_fitting *s, ltrec_train_report *report,
                ltrec_error *err)
{
    struct ltr_checkpoint c = {0, &s->optimiser, s->best, report};
    int status = LTREC_OK;

    if (!is_saved(s))
        return LTREC_OK;
    s->sum = c.sum = ltr_checkpoint_sum(s->fit, ltr_pass_input(s->pass, 0),
                                        s->features, &s->watch);
    if (!s->watch.cancelled)
        status = ltr_checkpoint_load(&c, s->fit->options->checkpoint, err);
    s->watch.done = (uint64_t)report->epochs * s->optimiser.steps_per_epoch;
    return status;
}

/* ---- Until it gets no better -------------------------------------------- */

static int run_epochs(struct ltr_fitting *s, ltrec_train_report *report,
                      ltrec_error *err)
{
    const struct ltr_fit *f = s->fit;
    const ltrec_train_options *o = f->options;
    int validated = f->sample->n > f->sample->n_train;
    int status = LTREC_OK, stop;

    while (status == LTREC_OK && report->epochs < o->epochs &&
           report->epochs - report->best_epoch < o->patience) {
        double rate = ltr_optimiser_rate(&s->optimiser);
        double train = ltr_fitting_train(s, report->epochs);
        double loss =
            validated && isfinite(train) ? ltr_fitting_validate(s) : train;

        if (s->watch.cancelled)
            return ltr_fail(err, LTREC_ERR_CANCELLED, "train: cancelled");
        if (!isfinite(loss))
            return diverged(s, report->epochs + 1, report, err);
        report->epochs++;
        report->train_loss = train;
        if (loss < report->validation_loss)
            keep_best(s, report->epochs, loss, report);
        /* Told first: a log may have an epoch twice, but lacks none. */
        stop = tell(s, report, rate, loss);
        status = save(s, report, err);
        if (status == LTREC_OK && stop)
            status = ltr_fail(err, LTREC_ERR_CANCELLED, "train: cancelled");
    }
    return status;
}

static int run(struct ltr_fitting *s, ltrec_train_report *report,
               ltrec_error *err)
{
    const struct ltr_fit *f = s->fit;
    int status;

    ltr_pass_watch(s->pass, ltr_watch_tick, &s->watch);
    ltr_fitting_initialise(s);
    report->n_train = f->sample->n_train;
    report->n_validation = f->sample->n - f->sample->n_train;
    report->n_unplayed = f->sample->n_more;
    report->n_parameters = f->net->n_parameters;
    if (begin(s, report) != 0)
        return ltr_fail(err, LTREC_ERR_CANCELLED, "train: cancelled");
    status = load(s, report, err);
    if (status == LTREC_OK && s->watch.cancelled)
        return ltr_fail(err, LTREC_ERR_CANCELLED, "train: cancelled");
    if (status == LTREC_OK)
        status = run_epochs(s, report, err);
    if (status == LTREC_OK)
        memcpy(s->optimiser.parameters, s->best,
               f->net->n_parameters * sizeof *s->best);
    return status;
}

/* A batch of more than there is would only take memory. */
static size_t batch_of(const struct ltr_fit *fit)
{
    size_t train = ltr_sample_learnt(fit->sample) * fit->repeats;
    size_t validation = fit->sample->n - fit->sample->n_train;
    size_t most = train > validation ? train : validation;

    return fit->batch < most ? fit->batch : most;
}

int ltr_fit_run(const struct ltr_fit *asked, float *parameters,
                ltrec_train_report *report, ltrec_error *err)
{
    struct ltr_fit own = *asked;
    const struct ltr_fit *fit = &own;
    struct ltr_fitting s = {.fit = fit};
    size_t train = ltr_sample_learnt(fit->sample) * fit->repeats;
    int status;

    own.batch = batch_of(asked);
    *report = (ltrec_train_report){.size = sizeof *report};
    s.watch.options = fit->options;
    s.watch.total =
        (train + fit->batch - 1) / fit->batch * fit->options->epochs;
    ltr_watch_tick(&s.watch);
    status = ltr_fitting_take(&s, parameters);
    ltr_watch_tick(&s.watch);
    if (status != LTREC_OK)
        ltr_fail(err, status, "train: no memory");
    else
        status = run(&s, report, err);
    ltr_fitting_free(&s);
    return status;
}
