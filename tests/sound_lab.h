/*
 * sound_lab.h - tracks whose sound says what their factors are, and a model
 * of every branch trained on them
 *
 * For the tests of training on sound: setup() and teardown() are an unchecked
 * fixture, settle() a checked one.
 */
#ifndef SOUND_LAB_H
#define SOUND_LAB_H

#include "check_run.h"

#include "base/context.h"
#include "small_dataset.h"

#define TRACKS 112

static ltrec_context *ctx;
static struct toy toy;
static ltrec_train_options quick, settled;
static ltrec_dataset *dataset;
static ltrec_factors *factors;
static ltrec_model *audio; /* trained once, for all tests */
static ltrec_model *all;   /* the same and the rest, hardly trained */
static ltrec_train_report audio_report = {.size = sizeof audio_report};

static inline ltrec_model *teach(uint32_t branch, const ltrec_model *base,
                                 ltrec_train_report *report)
{
    ltrec_model *model;
    ltrec_error err = {0};

    ck_assert_msg(ltrec_train(ctx, dataset, factors, branch, base, &quick,
                              &model, report, &err) == LTREC_OK,
                  "%s", err.message);
    return model;
}

static inline ltrec_model *teach_more(uint32_t branch, ltrec_model *base)
{
    ltrec_model *model = teach(branch, base, NULL);

    ltrec_model_free(base);
    return model;
}

static inline ltrec_model *teach_everything(void)
{
    ltrec_model *model = teach(LTREC_BRANCH_HEAD, audio, NULL);

    model = teach_more(LTREC_BRANCH_MLG, model);
    model = teach_more(LTREC_BRANCH_MGP, model);
    model = teach_more(LTREC_BRANCH_GENRE, model);
    model = teach_more(LTREC_BRANCH_ARTIST, model);
    return teach_more(LTREC_BRANCH_FUSION, model);
}

/* The factors follow the attributes, and these the sound. */
static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    toy_make(&toy, TRACKS, LTREC_BRANCH_MGP, 1, 3);
    ck_assert_int_eq(toy_dataset(&toy, ctx, &dataset), LTREC_OK);
    ck_assert_int_eq(toy_factors(&toy, ctx, &factors), LTREC_OK);
    ltrec_train_options_init(&quick, sizeof quick);
    quick.audio = LTREC_AUDIO_SMALL;
    quick.patch_seconds = 0.01f; /* the least there can be: its reach */
    quick.hidden = 32;
    quick.dropout = 0;
    quick.input_dropout = 0;
    quick.fuse_dropout = 0.1f;
    quick.epochs = 10;
    quick.batch = 8;
    quick.validation = 0.2f;
    quick.split = LTREC_SPLIT_TRACK;
    quick.head_folds = 3;
    quick.seed = 5;
    audio = teach(LTREC_BRANCH_AUDIO, NULL, &audio_report);
    quick.epochs = 1;
    all = teach_everything();
    quick.epochs = 30;
    quick.batch = 16;
    quick.rate = 3e-3f;
    settled = quick;
}

/* Tests change the options, and may share a process. */
static inline void settle(void)
{
    quick = settled;
}

static inline void teardown(void)
{
    ltrec_model_free(all);
    ltrec_model_free(audio);
    ltrec_dataset_free(dataset);
    ltrec_factors_free(factors);
    ltrec_context_free(ctx);
}

#endif /* SOUND_LAB_H */
