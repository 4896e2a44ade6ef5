/*
 * alternating.c - factorizing and training in turn
 */
#include "alternating.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "term.h"
#include "vectors.h"

/* FOLDER/ROUND-WHAT, to be freed; NULL without a folder. */
static char *checkpoint_path(const struct alternation *a, const char *what)
{
    size_t length;
    char *path;

    if (!a->checkpoint)
        return NULL;
    length = strlen(a->checkpoint) + strlen(what) + 16;
    path = tool_alloc(length, 1);
    snprintf(path, length, "%s/%u-%s", a->checkpoint, (unsigned)a->round,
             what);
    return path;
}

/* ---- Factorizing -------------------------------------------------------- */

/* The mean cosine of played items to what they were; NaN without any. */
static double compare(const ltrec_factors *was, const ltrec_factors *is)
{
    size_t rank = ltrec_factors_rank(is), n = 0, row;
    const float *x = ltrec_factors_vectors(was);
    const float *y = ltrec_factors_vectors(is);
    double sum = 0;

    for (size_t i = 0; i < ltrec_factors_count(is); i++) {
        double dot = 0, lengths;

        if (ltrec_factors_plays(is)[i] == 0 ||
            ltrec_factors_find(was, ltrec_factors_ids(is)[i], &row) !=
                LTREC_OK)
            continue;
        for (size_t j = 0; j < rank; j++)
            dot += (double)x[row * rank + j] * (double)y[i * rank + j];
        lengths = (double)ltrec_factors_norms(was)[row] *
                  (double)ltrec_factors_norms(is)[i];
        if (lengths > 0) {
            sum += dot / lengths;
            n++;
        }
    }
    return sum / (double)n;
}

int alternating_factorize(struct alternation *a, ltrec_error *err)
{
    ltrec_factorize_options o = a->factorize;
    ltrec_factors *was = a->items, *prior = NULL;
    char *path = checkpoint_path(a, "factors");
    double start = tool_now();
    int status = LTREC_OK;

    if (a->prior.factors)
        status = vectors_expected(a->ctx, a->prior.factors, &prior, err);
    o.checkpoint = path;
    o.item_prior = prior;
    o.dislikes = a->matrix->dislikes;
    o.variance = a->train.weighing == LTREC_WEIGHING_TRUST;
    ltrec_factors_free(a->users);
    a->users = a->items = NULL;
    term_doing("factorizing");
    if (status == LTREC_OK)
        status = ltrec_factorize(a->ctx, a->matrix->plays, &o, &a->users,
                                 &a->items, NULL, err);
    term_done();
    a->done[a->round].cosine =
        status == LTREC_OK && was ? compare(was, a->items) : (double)NAN;
    a->done[a->round].seconds += tool_now() - start;
    ltrec_factors_free(was);
    ltrec_factors_free(prior);
    free(path);
    return status;
}

/* ---- Teaching ----------------------------------------------------------- */

static int watch_epoch(void *user, const ltrec_epoch_record *record)
{
    (void)user;
    (void)record;
    return term_interrupted();
}

/* A branch on top of the model so far, which the result replaces. */
static int teach(struct alternation *a, uint32_t branch, ltrec_error *err)
{
    int fusion = branch == LTREC_BRANCH_FUSION;
    ltrec_train_options o = fusion ? a->fuse : a->train;
    ltrec_train_report report = {.size = sizeof report};
    const char *name = training_branch(branch);
    char *path = checkpoint_path(a, name);
    ltrec_model *model;
    int status;

    o.fuse = fusion ? a->branches : 0;
    o.record = watch_epoch;
    o.checkpoint = path;
    term_doing(name);
    status = ltrec_train(a->ctx, a->dataset, a->items, branch, a->model, &o,
                         &model, &report, err);
    term_done();
    free(path);
    if (status != LTREC_OK)
        return status;
    ltrec_model_free(a->model);
    a->model = model;
    a->done[a->round].validation = report.validation_loss;
    report_warn(name, &report);
    term_say("round %u of %u, %s: %u epochs, validation loss %.4f (halved: "
             "%.4f)",
             (unsigned)a->round, (unsigned)a->rounds, name,
             (unsigned)report.epochs, report.validation_loss,
             report.validation_loss / 2);
    return LTREC_OK;
}

int alternating_teach(struct alternation *a, ltrec_error *err)
{
    double start = tool_now();
    int status = LTREC_OK;

    ltrec_model_free(a->model);
    a->model = NULL;
    for (size_t i = 0; i < a->n_lessons && status == LTREC_OK; i++)
        status = teach(a, a->lessons[i], err);
    if (status == LTREC_OK && (a->branches & (a->branches - 1)))
        status = teach(a, LTREC_BRANCH_FUSION, err);
    a->done[a->round].seconds += tool_now() - start;
    return status;
}

/* ---- A turn ------------------------------------------------------------- */

int alternating_turn(struct alternation *a, ltrec_error *err)
{
    int by_artist = (a->branches & LTREC_BRANCH_ARTIST) != 0, status;
    double start = tool_now();

    predicting_free(&a->prior);
    a->prior = (struct predicting){.ctx = a->ctx,
                                   .model = a->model,
                                   .music = a->music,
                                   .played = by_artist ? a->items : NULL,
                                   .with_sound = a->with_sound,
                                   .full_track = LTREC_TRACK_PATCHES,
                                   .precision = a->train.precision,
                                   .untold = a->round > 0};
    status = predicting_do(&a->prior, err);
    a->done[++a->round].seconds = tool_now() - start;
    if (status == LTREC_OK)
        status = alternating_factorize(a, err);
    return status == LTREC_OK ? alternating_teach(a, err) : status;
}

void alternating_free(struct alternation *a)
{
    predicting_free(&a->prior);
    ltrec_factors_free(a->users);
    ltrec_factors_free(a->items);
    ltrec_model_free(a->model);
}
