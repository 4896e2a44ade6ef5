/*
 * predictor_lab.h - predictors of a small model with every branch
 *
 * For the tests of predictors: setup() and teardown() are their fixture.
 */
#ifndef PREDICTOR_LAB_H
#define PREDICTOR_LAB_H

#include "check_run.h"

#include <math.h>

#include "small_model.h"

#define FUSABLE (LTREC_BRANCH_FUSION - 1)

static ltrec_context *ctx;
static ltrec_model *model;
static struct small_track store;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    model = small_model(ctx);
}

static inline void teardown(void)
{
    ltrec_model_free(model);
    ltrec_context_free(ctx);
}

static inline ltrec_predictor *predictor_of(uint32_t branches, int full_track)
{
    ltrec_predictor_options options;
    ltrec_predictor *predictor;
    ltrec_error err = {0};

    ltrec_predictor_options_init(&options, sizeof options);
    options.branches = branches;
    options.full_track = full_track;
    ck_assert_msg(ltrec_predictor_create(ctx, model, &options, &predictor,
                                         &err) == LTREC_OK,
                  "%s", err.message);
    return predictor;
}

/* With a predictor of its own. */
static inline float run(uint32_t branches, int full_track,
                        const ltrec_track *track, float *factor)
{
    ltrec_predictor *predictor = predictor_of(branches, full_track);
    ltrec_error err = {0};
    float confidence;

    ck_assert_msg(ltrec_predictor_run(predictor, track, factor, &confidence,
                                      &err) == LTREC_OK,
                  "%s", err.message);
    ltrec_predictor_free(predictor);
    return confidence;
}

/* Let the audio branch add a linear path to what its network says. */
static inline void add_linear_path(void)
{
    struct ltr_branch *audio = model->branches[LTR_AUDIO];
    size_t n = (ltr_linear_size(&audio->net) + 1) * SMALL_RANK;

    audio->linear = ltr_alloc(ctx, n, sizeof *audio->linear);
    ck_assert_ptr_nonnull(audio->linear);
    for (size_t i = 0; i < n; i++)
        audio->linear[i] = ltr_random_normal(4, LTR_AUDIO, i);
}

static inline double dot(const float *a, const float *b)
{
    double sum = 0;

    for (size_t i = 0; i < SMALL_RANK; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static inline double validation(size_t place)
{
    return model->branches[place]->validation;
}

#endif /* PREDICTOR_LAB_H */
