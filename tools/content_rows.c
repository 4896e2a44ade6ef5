/*
 * content_rows.c - the networks of a fold: taught on what is not held out,
 * and asked about what is
 */
#include <stdlib.h>
#include <string.h>

#include "content_parts.h"
#include "term.h"
#include "training.h"

/* ---- Training ----------------------------------------------------------- */

struct learnt {
    double epochs, seconds_per_epoch;
};

static int watch_epoch(void *user, uint32_t epoch, double train,
                       double validation)
{
    (void)user;
    (void)epoch;
    (void)train;
    (void)validation;
    return term_interrupted();
}

/* Train a branch on top of f->content->model, which the result replaces. */
static int teach(struct fold *f, const ltrec_dataset *dataset, uint32_t branch,
                 uint32_t fuse, const char *name, struct learnt *learnt,
                 ltrec_error *err)
{
    ltrec_train_options o = f->options->train;
    ltrec_train_report report = {.size = sizeof report};
    ltrec_model *model;
    double start = tool_now();
    int status;

    if (branch == LTREC_BRANCH_FUSION)
        o = f->options->fuse;
    else if (branch == LTREC_BRANCH_AUDIO)
        o = f->options->audio;
    o.fuse = fuse;
    o.epoch = watch_epoch;
    o.progress = term_progress;
    term_doing(name);
    status = ltrec_train(f->ctx, dataset, f->content->items, branch,
                         f->content->model, &o, &model, &report, err);
    term_done();
    if (status != LTREC_OK)
        return status;
    report_warn(name, &report);
    ltrec_model_free(f->content->model);
    f->content->model = model;
    learnt->epochs = (double)report.epochs;
    learnt->seconds_per_epoch = (tool_now() - start) / (double)report.epochs;
    return LTREC_OK;
}

/* What was learnt for a row counts for its average over folds. */
static void add_learnt(struct content_result *result,
                       const struct learnt *learnt)
{
    result->epochs += learnt->epochs;
    result->seconds_per_epoch += learnt->seconds_per_epoch;
}

/* Every branch that a row needs, once; a row of one branch has its time. */
static int teach_branches(struct fold *f, const ltrec_dataset *dataset,
                          ltrec_error *err)
{
    const struct content_options *o = f->options;
    uint32_t lessons[TRAINING_LESSONS];
    size_t n = training_lessons(content_branches(o), music_by_ear(f->music),
                                o->audio.distil > 0, lessons);
    int status = LTREC_OK;

    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        struct learnt learnt = {0};

        status = teach(f, dataset, lessons[i], 0, training_branch(lessons[i]),
                       &learnt, err);
        for (size_t j = 0; status == LTREC_OK && j < o->n_rows; j++)
            if (o->rows[j].branches == lessons[i])
                add_learnt(content_result(f->content, o->rows[j].name, 0),
                           &learnt);
    }
    return status;
}

/* ---- Predicting --------------------------------------------------------- */

/* The factor of one track, in units of the usual length; the constant's where
 * nothing can be said. */
static int predict_one(struct fold *f, ltrec_predictor *predictor,
                       const struct content_row *row, uint32_t item,
                       const float *constant, float *mean, float *guess,
                       ltrec_error *err)
{
    const ltrec_model *model = f->content->model;
    ltrec_track track;
    float length;
    int status;

    music_track(f->music, item, &track);
    if ((row->branches & LTREC_BRANCH_ARTIST) && !row->alone)
        artist_sums_others(f->artists, item, mean, &track);
    status = ltrec_predictor_run(predictor, &track, guess, NULL, err);
    if (status == LTREC_ERR_ARGUMENT) {
        memcpy(guess, constant, f->rank * sizeof *guess);
        return LTREC_OK;
    }
    length = ltrec_model_length(model, &track) / ltrec_model_norm(model);
    for (size_t i = 0; i < f->rank; i++)
        guess[i] *= length;
    return status;
}

static int predict(struct fold *f, const struct content_row *row,
                   ltrec_error *err)
{
    ltrec_predictor_options o;
    ltrec_predictor *predictor = NULL;
    float *mean = tool_alloc(f->rank, sizeof *mean);
    float *constant = tool_alloc(f->rank, sizeof *constant);
    int status;

    ltrec_predictor_options_init(&o, sizeof o);
    o.branches = row->branches;
    if (row->branches & (row->branches - 1))
        o.branches |= LTREC_BRANCH_FUSION;
    o.full_track = row->full_track;
    o.precision = f->options->train.precision;
    status =
        ltrec_predictor_create(f->ctx, f->content->model, &o, &predictor, err);
    baseline_constant(f);
    memcpy(constant, f->guess, f->rank * sizeof *constant);
    term_doing(row->name);
    for (size_t i = 0; i < f->n && status == LTREC_OK; i++)
        status = term_progress(NULL, i, f->n) != 0
                     ? tool_fail(err, LTREC_ERR_CANCELLED, "interrupted")
                     : predict_one(f, predictor, row, f->items[i], constant,
                                   mean, f->guess + i * f->rank, err);
    term_done();
    ltrec_predictor_free(predictor);
    free(constant);
    free(mean);
    return status;
}

int fold_run_rows(struct fold *f, ltrec_error *err)
{
    ltrec_dataset *dataset = NULL;
    struct learnt learnt = {0};
    uint32_t fused = 0; /* what the model's fusion is of */
    int status = music_dataset(f->music, f->ctx, f->learn, &dataset, err);

    if (status == LTREC_OK)
        status = teach_branches(f, dataset, err);
    for (size_t i = 0; i < f->options->n_rows && status == LTREC_OK; i++) {
        const struct content_row *row = &f->options->rows[i];
        struct content_result *r = content_result(f->content, row->name, 0);
        int several = (row->branches & (row->branches - 1)) != 0;

        r->branches = row->branches;
        r->asked = content_asked(row);
        if (several && row->branches != fused)
            status = teach(f, dataset, LTREC_BRANCH_FUSION, row->branches,
                           row->name, &learnt, err);
        if (several) {
            fused = row->branches;
            add_learnt(r, &learnt);
        }
        if (status == LTREC_OK)
            status = predict(f, row, err);
        if (status == LTREC_OK)
            status = fold_judge(f, r, err);
    }
    ltrec_dataset_free(dataset);
    return status;
}
