/*
 * small_model.h - a model with every branch, small enough to be damaged bit
 * by bit
 *
 * Nobody trained it: its parameters are random, which is all that files and
 * predictors need to be tested.
 */
#ifndef SMALL_MODEL_H
#define SMALL_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "model/model_parts.h"

#define SMALL_RANK 4
#define SMALL_BANDS 3
#define SMALL_ATTRIBUTES 3
#define SMALL_GENRES 2
#define SMALL_PATCH 12
#define SMALL_REACH 8 /* frames the audio network needs */
#define SMALL_FACTORS_ID UINT64_C(0x123456789abcdef)
#define SMALL_FEATURES UINT64_C(0xfedcba9876543210)

static void small_names(ltrec_context *ctx, size_t n, const char *what,
                        struct ltr_names *names)
{
    char texts[4][32];
    const char *pointers[4];

    for (size_t i = 0; i < n; i++) {
        snprintf(texts[i], sizeof texts[i], "%s %zu", what, i);
        pointers[i] = texts[i];
    }
    if (ltr_names_copy(ctx, n, pointers, names) != LTREC_OK)
        abort();
}

static struct ltr_branch *small_branch(ltrec_context *ctx, size_t place,
                                       const char *layers, size_t n_in,
                                       size_t n_scales)
{
    struct ltr_branch *branch;
    struct ltr_net net;

    if (ltr_layers_parse(layers, n_in, &net, NULL) != LTREC_OK)
        abort();
    branch = ltr_branch_create(ctx, &net, n_scales);
    if (!branch)
        abort();
    for (size_t i = 0; i < net.n_parameters; i++)
        branch->parameters[i] = ltr_random_normal(1, place, i) / 2;
    for (size_t i = 0; i < n_scales; i++) {
        branch->mean[i] = ltr_random_normal(2, place, i);
        branch->scale[i] = 0.5f + ltr_random_uniform(3, place, i);
    }
    branch->validation = 0.5 + 0.1 * (double)place / 3;
    branch->training =
        (ltrec_branch_training){.size = sizeof branch->training,
                                .tracks = 40 + place,
                                .validation_tracks = place,
                                .seed = UINT64_MAX - place,
                                .split = 1 + (int32_t)place % 4,
                                .validation = 0.1f * (float)place / 3};
    return branch;
}

static struct ltr_branch *small_audio(ltrec_context *ctx, const char *layers)
{
    struct ltr_branch *audio =
        small_branch(ctx, LTR_AUDIO, layers, SMALL_BANDS, SMALL_BANDS);

    ltrec_frontend_options_init(&audio->frontend, sizeof audio->frontend);
    audio->frontend.bands = SMALL_BANDS;
    audio->frontend.fmin_hz = 27.5f;
    audio->frontend.fmax_hz = 11025;
    audio->feature_version = SMALL_FEATURES;
    audio->patch_frames = SMALL_PATCH;
    return audio;
}

/* Every branch, with MLG on what the head hears and a fusion over all. */
static ltrec_model *small_model(ltrec_context *ctx)
{
    ltrec_model *m = ltr_model_create(ctx, SMALL_RANK, SMALL_FACTORS_ID,
                                      "made up; \"quoted\"\n");
    struct ltr_branch **b = m->branches;

    m->norm = 1.7f;
    b[LTR_AUDIO] =
        small_audio(ctx, "conv 4 3, relu, pool 2, conv 5 3, relu, global, "
                         "dense 6, relu, dropout 32768, dense 4");
    b[LTR_MGP] = small_branch(ctx, LTR_MGP, "dense 5, relu, dense 4",
                              2 * SMALL_ATTRIBUTES, 0);
    small_names(ctx, SMALL_ATTRIBUTES, "attribute", &b[LTR_MGP]->names);
    b[LTR_MLG] = small_branch(ctx, LTR_MLG, "dense 4, relu, dense 4",
                              2 * SMALL_ATTRIBUTES, SMALL_ATTRIBUTES);
    small_names(ctx, SMALL_ATTRIBUTES, "attribute", &b[LTR_MLG]->names);
    b[LTR_MLG]->from_head = 1;
    b[LTR_GENRE] = small_branch(ctx, LTR_GENRE, "dense 3, relu, dense 4",
                                SMALL_GENRES, 0);
    small_names(ctx, SMALL_GENRES, "genre", &b[LTR_GENRE]->names);
    b[LTR_ARTIST] = small_branch(ctx, LTR_ARTIST, "dense 7, relu, dense 4",
                                 SMALL_RANK + 2, 0);
    b[LTR_ARTIST]->fame = 0.25f;
    b[LTR_ARTIST]->usual = 1.5f;
    b[LTR_HEAD] = small_branch(ctx, LTR_HEAD, "dense 4, relu, dense 3",
                               ltr_net_pooled(&b[LTR_AUDIO]->net), 0);
    small_names(ctx, SMALL_ATTRIBUTES, "attribute", &b[LTR_HEAD]->names);
    b[LTR_FUSION] = small_branch(ctx, LTR_FUSION, "dropout 45875, dense 4",
                                 ltr_fusion_size(m, 31), 0);
    b[LTR_FUSION]->fused = 31;
    b[LTR_FUSION]->stack[0][LTR_MGP] = 0.3f;
    b[LTR_FUSION]->stack[0][LTR_ARTIST] = 1.25f;
    b[LTR_FUSION]->stack[1][LTR_MGP] = 0.7f;
    return m;
}

/* Put an audio branch in its place that flattens what it does not pool: three
 * frames, all that a patch leaves. */
static inline void small_flatten(ltrec_context *ctx, ltrec_model *m)
{
    ltr_branch_unref(m->branches[LTR_AUDIO]);
    m->branches[LTR_AUDIO] =
        small_audio(ctx, "conv 4 3, relu, pool 2, dropout 32768, conv 5 3, "
                         "relu, dropout 32768, flatten 3, dense 6, relu, "
                         "dropout 32768, dense 4");
}

/* Let its sound have as many statistics as those of models taught today, by
 * which a linear path and the head go. */
static inline void small_statistics(ltrec_context *ctx, ltrec_model *m)
{
    struct ltr_branch *audio = m->branches[LTR_AUDIO];
    size_t n;

    audio->net.statistics = LTR_STATISTICS;
    n = (ltr_linear_size(&audio->net) + 1) * SMALL_RANK;
    audio->linear = ltr_alloc(ctx, n, sizeof *audio->linear);
    for (size_t i = 0; audio->linear && i < n; i++)
        audio->linear[i] = ltr_random_normal(4, LTR_AUDIO, i);
    ltr_branch_unref(m->branches[LTR_HEAD]);
    m->branches[LTR_HEAD] =
        small_branch(ctx, LTR_HEAD, "dense 4, relu, dense 3",
                     ltr_head_inputs(&audio->net), 0);
    small_names(ctx, SMALL_ATTRIBUTES, "attribute",
                &m->branches[LTR_HEAD]->names);
}

/* ---- A track for it ----------------------------------------------------- */

#define SMALL_FRAMES 45

struct small_track {
    float mel[SMALL_FRAMES * SMALL_BANDS];
    float attributes[SMALL_ATTRIBUTES], machine[SMALL_ATTRIBUTES];
    float genres[SMALL_GENRES], artist[SMALL_RANK];
};

/* All of it known, or only what has its branch's bit in `known`. */
static inline ltrec_track small_track(struct small_track *t, uint64_t seed,
                                      uint32_t known)
{
    ltrec_track track;

    for (size_t i = 0; i < sizeof t->mel / sizeof t->mel[0]; i++)
        t->mel[i] = ltr_random_normal(seed, 1, i);
    for (size_t i = 0; i < SMALL_ATTRIBUTES; i++) {
        t->attributes[i] = ltr_random_uniform(seed, 2, i);
        t->machine[i] = ltr_random_normal(seed, 3, i);
    }
    for (size_t i = 0; i < SMALL_GENRES; i++)
        t->genres[i] = ltr_random_uniform(seed, 4, i);
    for (size_t i = 0; i < SMALL_RANK; i++)
        t->artist[i] = ltr_random_normal(seed, 5, i) / 3;
    ltrec_track_init(&track, sizeof track);
    track.mel = known & LTREC_BRANCH_AUDIO ? t->mel : NULL;
    track.n_frames = SMALL_FRAMES;
    track.attributes = known & LTREC_BRANCH_MGP ? t->attributes : NULL;
    track.machine = known & LTREC_BRANCH_MLG ? t->machine : NULL;
    track.genres = known & LTREC_BRANCH_GENRE ? t->genres : NULL;
    track.artist = known & LTREC_BRANCH_ARTIST ? t->artist : NULL;
    track.artist_tracks = 3;
    return track;
}

#endif /* SMALL_MODEL_H */
