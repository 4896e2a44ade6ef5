/*
 * train_lab.h - a dataset small enough to learn in no time, and its targets
 *
 * For the tests of training: setup() and teardown() are their fixture.
 */
#ifndef TRAIN_LAB_H
#define TRAIN_LAB_H

#include "check_run.h"

#include <math.h>

#include "base/context.h"
#include "nn/layers.h"
#include "small_dataset.h"

static ltrec_context *ctx;
static struct toy toy;
static ltrec_train_options quick;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ltrec_train_options_init(&quick, sizeof quick);
    quick.audio = LTREC_AUDIO_SMALL;
    quick.patch_seconds = 0.01f; /* the least there can be: its reach */
    quick.hidden = 32;
    quick.dropout = 0.1f;
    quick.input_dropout = 0;
    quick.fuse_dropout = 0.1f;
    quick.epochs = 40;
    quick.patience = 40;
    quick.batch = 16;
    quick.rate = 1e-2f;
    quick.validation = 0.25f;
    quick.average = 0;
    quick.seed = 5;
}

static inline void teardown(void)
{
    ltrec_context_free(ctx);
}

/* ---- A dataset, its targets, and what is trained on them ---------------- */

struct lab {
    ltrec_dataset *dataset;
    ltrec_factors *factors;
};

static inline struct lab lab_in(ltrec_context *with)
{
    struct lab lab;

    ck_assert_int_eq(toy_dataset(&toy, with, &lab.dataset), LTREC_OK);
    ck_assert_int_eq(toy_factors(&toy, with, &lab.factors), LTREC_OK);
    return lab;
}

static inline void lab_free(struct lab *lab)
{
    ltrec_dataset_free(lab->dataset);
    ltrec_factors_free(lab->factors);
}

static inline struct lab lab_of(size_t n, uint32_t sources, int with_sound)
{
    toy_make(&toy, n, sources, with_sound, 3);
    return lab_in(ctx);
}

static inline ltrec_model *teach(const struct lab *lab, uint32_t branch,
                                 const ltrec_model *base,
                                 ltrec_train_report *report)
{
    ltrec_model *model;
    ltrec_error err = {0};

    if (report)
        report->size = sizeof *report;
    ck_assert_msg(ltrec_train(ctx, lab->dataset, lab->factors, branch, base,
                              &quick, &model, report, &err) == LTREC_OK,
                  "%s", err.message);
    return model;
}

/* The same, on top of a model that is then freed. */
static inline ltrec_model *teach_more(const struct lab *lab, uint32_t branch,
                                      ltrec_model *base,
                                      ltrec_train_report *report)
{
    ltrec_model *model = teach(lab, branch, base, report);

    ltrec_model_free(base);
    return model;
}

/* Training that ends after an epoch, and has a checkpoint. */
static inline int stop_after(void *user, const ltrec_epoch_record *record)
{
    const uint32_t *after = user;

    return record->epoch == *after;
}

static inline void interrupt(const struct lab *lab, uint32_t branch,
                             const ltrec_model *base, uint32_t after)
{
    ltrec_model *none;

    quick.record = stop_after;
    quick.user = &after;
    ck_assert_int_eq(ltrec_train(ctx, lab->dataset, lab->factors, branch, base,
                                 &quick, &none, NULL, NULL),
                     LTREC_ERR_CANCELLED);
    ck_assert_ptr_null(none);
    quick.record = NULL;
    quick.user = NULL;
}

/* The same bits in the branch of that place, LTR_AUDIO or another. */
static inline void check_same(const ltrec_model *a, const ltrec_model *b,
                              size_t place)
{
    const struct ltr_branch *x = a->branches[place];
    const struct ltr_branch *y = b->branches[place];

    ck_assert_uint_eq(x->net.n_parameters, y->net.n_parameters);
    ck_assert_mem_eq(x->parameters, y->parameters,
                     x->net.n_parameters * sizeof(float));
    ck_assert_double_eq(x->validation, y->validation);
}

/* 1 - cos of the best constant vector, by hand, for all tracks. */
static inline double constant_loss(void)
{
    double sum[TOY_RANK] = {0}, squares = 0;

    for (size_t i = 0; i < toy.n; i++) {
        float unit[TOY_RANK];

        ltr_unit_forward(toy.factors[i], TOY_RANK, unit);
        for (size_t j = 0; j < TOY_RANK; j++)
            sum[j] += (double)unit[j] / (double)toy.n;
    }
    for (size_t j = 0; j < TOY_RANK; j++)
        squares += sum[j] * sum[j];
    return 1 - sqrt(squares);
}

/* ---- Epochs as they went by --------------------------------------------- */

struct history {
    uint32_t n, stop_at;
    double train[200], validation[200];
};

static inline int remember(void *user, uint32_t epoch, double train,
                           double validation)
{
    struct history *h = user;

    ck_assert_uint_eq(epoch, h->n + 1);
    h->train[h->n] = train;
    h->validation[h->n++] = validation;
    return h->n == h->stop_at;
}

#endif /* TRAIN_LAB_H */
