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
#include "store/store.h"
#include "train/train_parts.h"

#define MOST_PROVENANCE 65536 /* found out before hours of training */

static const ltrec_train_options defaults = {
    .size = sizeof defaults,
    .audio = LTREC_AUDIO_REFERENCE,
    .patch_seconds = 35,
    .patches = 1,
    .dropout = 0.5f,
    .input_dropout = 0.5f,
    .fuse_dropout = 0.7f,
    .branch_dropout = 0.25f,
    .head_folds = 5,
    .epochs = 100,
    .patience = 8,
    .rate = 1e-3f,
    .validation = 0.1f,
    .split = LTREC_SPLIT_ARTIST,
    .min_plays = 1,
    .kappa = 10,
    .provenance = "",
};

void ltrec_train_options_init(ltrec_train_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Checking ----------------------------------------------------------- */

static int check_options(const ltrec_train_options *o, ltrec_error *err)
{
    const struct {
        const char *name;
        double value, least, most;
    } ranges[] = {
        {"audio", o->audio, LTREC_AUDIO_REFERENCE, LTREC_AUDIO_SMALL},
        {"patch_seconds", (double)o->patch_seconds, 0.01, 3600},
        {"patches", o->patches, 1, 1000},
        {"hidden", o->hidden, 0, 65536},
        {"dropout", (double)o->dropout, 0, 0.99},
        {"input_dropout", (double)o->input_dropout, 0, 0.99},
        {"fuse_dropout", (double)o->fuse_dropout, 0, 0.99},
        {"branch_dropout", (double)o->branch_dropout, 0, 0.99},
        {"head_folds", o->head_folds, 2, 20},
        {"epochs", o->epochs, 1, 100000},
        {"patience", o->patience, 1, 100000},
        {"batch", o->batch, 0, 65536},
        {"rate", (double)o->rate, 1e-12, 10},
        {"validation", (double)o->validation, 0, 0.5},
        {"split", o->split, LTREC_SPLIT_TRACK, LTREC_SPLIT_ARTIST},
        {"kappa", (double)o->kappa, 0, 1e9},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        /* As floats: 0.99f is within, and a little more than 0.99. */
        if (!((float)ranges[i].value >= (float)ranges[i].least &&
              (float)ranges[i].value <= (float)ranges[i].most))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "train: %s is %g, wanted %g to %g", ranges[i].name,
                            ranges[i].value, ranges[i].least, ranges[i].most);
    if (!o->provenance)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: `provenance` is NULL");
    if (!ltr_store_accepts(o->provenance) ||
        strlen(o->provenance) > MOST_PROVENANCE)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: `provenance` is not UTF-8, or longer than %d "
                        "bytes",
                        MOST_PROVENANCE);
    return LTREC_OK;
}

static int check_base(const ltrec_model *base, const ltrec_factors *targets,
                      size_t place, ltrec_error *err)
{
    if (place == LTR_HEAD) /* learns attributes, not factors */
        return LTREC_OK;
    if (!targets)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "train: needs factors to learn");
    if (base && (base->rank != ltrec_factors_rank(targets) ||
                 base->factors_id != ltrec_factors_model_id(targets)))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "train: the model was trained for other factors");
    return LTREC_OK;
}

/* ---- Putting together --------------------------------------------------- */

/* The median length of those that have one. */
static int typical_norm(ltrec_context *ctx, const ltrec_factors *targets,
                        float *norm, ltrec_error *err)
{
    size_t n = ltrec_factors_count(targets), played = 0;
    const float *norms = ltrec_factors_norms(targets);
    uint64_t *keys = ltr_alloc(ctx, n, sizeof *keys);
    uint64_t *scratch = ltr_alloc(ctx, n, sizeof *scratch);
    int ready = keys && scratch;

    for (size_t i = 0; ready && i < n; i++)
        if (norms[i] > 0)
            keys[played++] = ltr_sort_key_of((double)norms[i]);
    if (ready && played > 0) {
        ltr_sort_keys(keys, scratch, played);
        *norm = (float)ltr_sort_value_of(keys[played / 2]);
    }
    ltr_free(ctx, keys);
    ltr_free(ctx, scratch);
    return ready ? LTREC_OK
                 : ltr_fail(err, LTREC_ERR_MEMORY, "train: no memory");
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
    return base ? LTREC_OK
                : typical_norm(l->ctx, l->targets, &model->norm, l->err);
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
    status = check_options(o, err);
    return status == LTREC_OK ? check_base(base, targets, place, err) : status;
}

int ltrec_train(ltrec_context *ctx, const ltrec_dataset *dataset,
                const ltrec_factors *targets, uint32_t branch,
                const ltrec_model *base, const ltrec_train_options *options,
                ltrec_model **out, ltrec_train_report *report,
                ltrec_error *err)
{
    ltrec_train_options o = defaults;
    ltrec_train_report done = {.size = sizeof done};
    struct ltr_lesson lesson = {ctx, dataset, targets, base, &o,
                                0,   0,       &done,   err};
    struct ltr_branch *made = NULL;
    size_t place = ltr_branch_place(branch);
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "train: `out` is NULL");
    *out = NULL;
    status = ltr_options_read(&o, sizeof o, options, "train", err);
    if (status == LTREC_OK)
        status = check_call(ctx, dataset, targets, branch, base, &o, err);
    if (status != LTREC_OK)
        return status;
    lesson.rank = base      ? base->rank
                  : targets ? ltrec_factors_rank(targets)
                            : 0;
    status = teach(&lesson, place, &made);
    if (status == LTREC_OK)
        status = join(&lesson, place, made, out);
    ltr_branch_unref(made);
    if (status != LTREC_OK) {
        ltrec_model_free(*out);
        *out = NULL;
        return status;
    }
    if (report) {
        size_t size = report->size;

        memcpy(report, &done, size < sizeof done ? size : sizeof done);
        report->size = size;
    }
    return LTREC_OK;
}
