/*
 * train.c - a branch is trained and joins the model
 */
#include <ltrec/train.h>

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "math/sort.h"
#include "train/train_parts.h"

/* ---- Checking ----------------------------------------------------------- */

static int check_base(const ltrec_model *base, const ltrec_factors *targets,
                      size_t place, ltrec_error *err)
{
    if (place == LTR_HEAD) /* learns attributes, not factors */
        return LTREC_OK;
    if (!targets)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: needs factors to learn");
    if (base && base->rank != ltrec_factors_rank(targets))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "train: the model was trained for other factors: of "
                        "rank %zu, where these have %zu",
                        base->rank, ltrec_factors_rank(targets));
    if (base && base->factors_id != ltrec_factors_model_id(targets))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "train: the model was trained for other factors: of "
                        "another factorization, to which "
                        "ltrec_factors_align() may turn these");
    return LTREC_OK;
}

/* ---- Putting together --------------------------------------------------- */

/*
 * The median length of those with as many listeners as a target must have: a
 * factor of fewer has the length that regularization leaves it.
 */
static int typical_norm(const struct ltr_lesson *l, float *norm)
{
    size_t n = ltrec_factors_count(l->targets), taught = 0;
    const float *norms = ltrec_factors_norms(l->targets);
    const uint32_t *plays = ltrec_factors_plays(l->targets);
    uint64_t *keys = ltr_alloc(l->ctx, n, sizeof *keys);
    uint64_t *scratch = ltr_alloc(l->ctx, n, sizeof *scratch);
    int ready = keys && scratch;

    for (size_t i = 0; ready && i < n; i++)
        if (norms[i] > 0 && (!plays || plays[i] >= l->options->min_plays))
            keys[taught++] = ltr_sort_key_of((double)norms[i]);
    if (ready && taught > 0) {
        ltr_sort_keys(keys, scratch, taught);
        *norm = (float)ltr_sort_value_of(keys[taught / 2]);
    }
    ltr_free(l->ctx, keys);
    ltr_free(l->ctx, scratch);
    return ready ? LTREC_OK
                 : ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
}

/* The branches of `base` that still stand when `place` is made anew. */
static int still_stands(const ltrec_model *base, size_t place, size_t other)
{
    const struct ltr_branch *b = base->branches[other];

    if (!b || other == place)
        return 0;
    if (other == LTR_HEAD)
        return place != LTR_AUDIO;
    if (other == LTR_MLG && b->from_head)
        return place != LTR_AUDIO && place != LTR_HEAD;
    if (other == LTR_FUSION)
        for (size_t i = 0; i < LTR_FUSABLE; i++)
            if ((b->fused >> i & 1) && !still_stands(base, place, i))
                return 0;
    return 1;
}

static int join(const struct ltr_lesson *l, size_t place,
                struct ltr_branch *branch, ltrec_model **out)
{
    const ltrec_model *base = l->base;
    const char *provenance = l->options->provenance;
    ltrec_model *model;

    if (base && provenance[0] == '\0')
        provenance = base->provenance;
    model = ltr_model_create(l->ctx, l->rank,
                             base ? base->factors_id
                                  : ltrec_factors_model_id(l->targets),
                             provenance);
    if (!model)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    for (size_t i = 0; base && i < LTR_BRANCHES; i++)
        if (still_stands(base, place, i))
            model->branches[i] = ltr_branch_ref(base->branches[i]);
    model->branches[place] = ltr_branch_ref(branch);
    if (base)
        model->norm = base->norm;
    *out = model;
    return base ? LTREC_OK : typical_norm(l, &model->norm);
}

static int teach(const struct ltr_lesson *lesson, size_t place,
                 struct ltr_branch **out)
{
    static int (*const lessons[LTR_BRANCHES])(const struct ltr_lesson *,
                                              struct ltr_branch **) = {
        [LTR_AUDIO] = ltr_teach_audio,   [LTR_MGP] = ltr_teach_mgp,
        [LTR_MLG] = ltr_teach_mlg,       [LTR_GENRE] = ltr_teach_genre,
        [LTR_ARTIST] = ltr_teach_artist, [LTR_FUSION] = ltr_teach_fusion,
        [LTR_HEAD] = ltr_teach_head,
    };
    double loss;
    int status = lessons[place](lesson, out);

    if (status != LTREC_OK)
        return status;
    loss = lesson->report->validation_loss;
    (*out)->validation = place == LTR_HEAD ? loss : 1 - loss;
    ltr_training_of(lesson, &(*out)->training);
    return LTREC_OK;
}

static int check_call(ltrec_context *ctx, const ltrec_dataset *dataset,
                      const ltrec_factors *targets, uint32_t branch,
                      const ltrec_model *base, const ltrec_train_options *o,
                      ltrec_error *err)
{
    size_t place = ltr_branch_place(branch);
    int status;

    if (!ctx || !dataset)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: needs a context and a dataset");
    if (place == LTR_BRANCHES)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: %#x is not one branch", (unsigned)branch);
    status = ltr_train_options_check(o, err);
    return status == LTREC_OK ? check_base(base, targets, place, err) : status;
}

/* The branches that this one joins have chosen before. */
static void choose_keeping(struct ltr_lesson *l, size_t place)
{
    struct ltr_branch *joined[LTR_BRANCHES] = {NULL};

    for (size_t i = 0; l->base && i < LTR_BRANCHES; i++)
        if (still_stands(l->base, place, i))
            joined[i] = l->base->branches[i];
    l->keeping = ltr_keeping_of(l->dataset, l->options, joined);
}

int ltrec_train(ltrec_context *ctx, const ltrec_dataset *dataset,
                const ltrec_factors *targets, uint32_t branch,
                const ltrec_model *base, const ltrec_train_options *options,
                ltrec_model **out, ltrec_train_report *report,
                ltrec_error *err)
{
    ltrec_train_options o;
    ltrec_train_report done = {.size = sizeof done};
    struct ltr_lesson lesson = {.ctx = ctx,
                                .dataset = dataset,
                                .targets = targets,
                                .base = base,
                                .options = &o,
                                .report = &done,
                                .err = err};
    struct ltr_branch *made = NULL;
    size_t place = ltr_branch_place(branch);
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "train: `out` is NULL");
    *out = NULL;
    ltrec_train_options_init(&o, sizeof o);
    status = ltr_options_read(&o, sizeof o, options, "train", err);
    if (status == LTREC_OK)
        status = check_call(ctx, dataset, targets, branch, base, &o, err);
    if (status != LTREC_OK)
        return status;
    o.precision = ltrec_context_precision(ctx, o.precision);
    lesson.rank = base      ? base->rank
                  : targets ? ltrec_factors_rank(targets)
                            : 0;
    choose_keeping(&lesson, place);
    status = teach(&lesson, place, &made);
    if (status == LTREC_OK)
        status = join(&lesson, place, made, out);
    ltr_branch_unref(made);
    if (status != LTREC_OK) {
        ltrec_model_free(*out);
        *out = NULL;
        return status;
    }
    if (report)
        ltr_report_write(report, &done, sizeof done);
    return LTREC_OK;
}
