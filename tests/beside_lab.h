/*
 * beside_lab.h - a regression beside a network, on made-up numbers
 */
#ifndef BESIDE_LAB_H
#define BESIDE_LAB_H

#include "train_lab.h"

#include <ltrec/evaluate.h>

#include "train/beside.h"
#include "train/regression.h"

#define TRACKS 90
#define WIDE 130 /* more than tracks: the dual equations */

/* Targets that are linear in the first inputs. */
struct bench {
    struct lab lab;
    struct ltr_lesson lesson;
    struct ltr_sample sample;
    struct ltr_beside_inputs inputs;
    struct ltr_beside beside;
    ltrec_error err;
    uint32_t rows[TRACKS], present[TRACKS];
    uint8_t branch[WIDE];
    float scales[WIDE]; /* of the columns */
    float features[TRACKS * WIDE], targets[TRACKS * TOY_RANK], weights[TRACKS];
};

static struct bench bench;

static inline void prepare(size_t width)
{
    struct bench *b = &bench;

    *b = (struct bench){.lab = lab_of(TRACKS, 0, 0)};
    for (size_t i = 0; i < TRACKS * width; i++)
        b->features[i] = 3 + 2 * ltr_random_normal(1, 1, i);
    for (size_t j = 0; j < WIDE; j++)
        b->scales[j] = 1;
    for (size_t i = 0; i < TRACKS; i++) {
        b->rows[i] = (uint32_t)i;
        b->weights[i] = 1;
        for (size_t j = 0; j < TOY_RANK; j++)
            b->targets[i * TOY_RANK + j] = b->features[i * width + j] - 3;
        ltr_unit_forward(b->targets + i * TOY_RANK, TOY_RANK,
                         b->targets + i * TOY_RANK);
    }
    quick.linear = LTREC_LINEAR_RIDGE;
    b->lesson = (struct ltr_lesson){.ctx = ctx,
                                    .dataset = b->lab.dataset,
                                    .options = &quick,
                                    .rank = TOY_RANK,
                                    .err = &b->err};
    b->sample = (struct ltr_sample){.n = TRACKS,
                                    .n_train = TRACKS,
                                    .n_out = TOY_RANK,
                                    .rows = b->rows,
                                    .targets = b->targets,
                                    .weights = b->weights};
    b->inputs =
        (struct ltr_beside_inputs){.features = b->features, .width = width};
}

/* Of two branches, the first of `first` columns, that all tracks have; so many
 * of them are kept back. */
static inline void fuse(size_t first, size_t kept)
{
    bench.inputs.present = bench.present;
    bench.inputs.branch = bench.branch;
    bench.inputs.fused = 3;
    bench.sample.n_train = TRACKS - kept;
    for (size_t j = first; j < bench.inputs.width; j++)
        bench.branch[j] = 1;
    for (size_t i = 0; i < TRACKS; i++)
        bench.present[i] = 3;
}

static inline int create(void)
{
    return ltr_beside_create(&bench.lesson, &bench.sample, &bench.inputs,
                             &bench.beside);
}

static inline int complete(void)
{
    return ltr_beside_complete(&bench.lesson, &bench.sample, &bench.inputs,
                               &bench.beside);
}

static inline int create_and_complete(void)
{
    int status = create();

    return status == LTREC_OK ? complete() : status;
}

static inline void finish(void)
{
    ltr_beside_free(&bench.beside);
    lab_free(&bench.lab);
}

/* Let a set of inputs, by number, be what `distance` looks at. */
static inline void look_at(size_t set)
{
    size_t size = (bench.inputs.width + 1) * TOY_RANK;

    memcpy(bench.beside.weights[0], bench.beside.weights[0] + set * size,
           size * sizeof(float));
    for (size_t j = 0; j < bench.inputs.width; j++)
        bench.scales[j] =
            bench.beside.scales[set * LTR_FUSABLE + bench.branch[j]];
}

/* The largest difference to the ridge regression of all tracks, in double,
 * with columns times their scales. */
static inline double distance(double penalty)
{
    size_t width = bench.inputs.width;
    double worst = 0;
    float x[TRACKS * WIDE], w[(WIDE + 1) * TOY_RANK];
    double mean[WIDE] = {0}, scale[WIDE] = {0};

    for (size_t i = 0; i < TRACKS * width; i++)
        mean[i % width] += (double)bench.features[i] / TRACKS;
    for (size_t i = 0; i < TRACKS * width; i++)
        scale[i % width] +=
            pow((double)bench.features[i] - mean[i % width], 2) / TRACKS;
    for (size_t i = 0; i < TRACKS * width; i++)
        x[i] =
            (float)(((double)bench.features[i] - mean[i % width]) /
                    sqrt(scale[i % width]) * (double)bench.scales[i % width]);
    ck_assert_int_eq(ltrec_ridge_fit(ctx, TRACKS, width, x, TOY_RANK,
                                     bench.targets, penalty, w, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < width * TOY_RANK; i++)
        worst = fmax(worst, fabs((double)bench.beside.weights[0][i] -
                                 (double)w[i] / sqrt(scale[i / TOY_RANK]) *
                                     (double)bench.scales[i / TOY_RANK]));
    return worst;
}

#endif /* BESIDE_LAB_H */
