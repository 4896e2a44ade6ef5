/*
 * small_dataset.h - tracks whose factors are a function of what is known of
 * them
 *
 * Everything about a track is random, except that its factor is a random
 * linear map of the kinds of knowledge that the test names: only a branch
 * that uses one of those can do better than chance.
 */
#ifndef SMALL_DATASET_H
#define SMALL_DATASET_H

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "train/train_parts.h"

#define TOY_RANK 6
#define TOY_ATTRIBUTES 5
#define TOY_MACHINE 6
#define TOY_GENRES 4
#define TOY_BANDS 8
#define TOY_MOST 400
#define TOY_FRAMES 120
#define TOY_ALBUM 4 /* tracks of one artist */

static const char *const toy_names[] = {"one",  "two", "three", "four",
                                        "five", "six", "seven"};

struct toy {
    size_t n;
    uint32_t sources; /* LTREC_BRANCH_... bits that the factors depend on */
    int with_sound;
    uint64_t seed;
    uint64_t ids[TOY_MOST], artists[TOY_MOST];
    uint32_t plays[TOY_MOST];
    float attributes[TOY_MOST][TOY_ATTRIBUTES];
    float machine[TOY_MOST][TOY_MACHINE];
    float genres[TOY_MOST][TOY_GENRES];
    float levels[TOY_MOST][TOY_BANDS]; /* of the bands, all through */
    float factors[TOY_MOST][TOY_RANK];
};

/* Add what a random map makes of x[n] to a factor. */
static inline void toy_add(const struct toy *t, uint64_t map, const float *x,
                           size_t n, float *factor)
{
    for (size_t i = 0; i < TOY_RANK; i++)
        for (size_t j = 0; j < n; j++)
            factor[i] +=
                x[j] * ltr_random_normal(t->seed + 1000, map, i * n + j);
}

static inline void toy_fill_factor(struct toy *t, size_t i)
{
    float shifted[TOY_ATTRIBUTES], own[TOY_RANK], *factor = t->factors[i];

    memset(factor, 0, sizeof t->factors[i]);
    for (size_t j = 0; j < TOY_ATTRIBUTES; j++)
        shifted[j] = t->attributes[i][j] - 0.5f;
    for (size_t j = 0; j < TOY_RANK; j++)
        own[j] = ltr_random_normal(t->seed, 9, t->artists[i] * TOY_RANK + j);
    if (t->sources & LTREC_BRANCH_MGP)
        toy_add(t, LTR_MGP, shifted, TOY_ATTRIBUTES, factor);
    if (t->sources & LTREC_BRANCH_MLG)
        toy_add(t, LTR_MLG, t->machine[i], TOY_MACHINE, factor);
    if (t->sources & LTREC_BRANCH_GENRE)
        toy_add(t, LTR_GENRE, t->genres[i], TOY_GENRES, factor);
    if (t->sources & LTREC_BRANCH_AUDIO)
        toy_add(t, LTR_AUDIO, t->levels[i], TOY_BANDS, factor);
    if (t->sources & LTREC_BRANCH_ARTIST)
        toy_add(t, LTR_ARTIST, own, TOY_RANK, factor);
    for (size_t j = 0; j < TOY_RANK; j++)
        factor[j] += 0.05f * ltr_random_normal(t->seed, 10, i * TOY_RANK + j);
}

/* Attributes are what the loudness of the bands says, when there is sound. */
static inline void toy_fill_track(struct toy *t, size_t i)
{
    for (size_t j = 0; j < TOY_BANDS; j++)
        t->levels[i][j] = ltr_random_normal(t->seed, 1, i * TOY_BANDS + j);
    for (size_t j = 0; j < TOY_ATTRIBUTES; j++)
        t->attributes[i][j] =
            t->with_sound
                ? (float)(t->levels[i][j] > 0)
                : ltr_random_uniform(t->seed, 2, i * TOY_ATTRIBUTES + j);
    for (size_t j = 0; j < TOY_MACHINE; j++)
        t->machine[i][j] =
            10 + 3 * ltr_random_normal(t->seed, 3, i * TOY_MACHINE + j);
    for (size_t j = 0; j < TOY_GENRES; j++)
        t->genres[i][j] =
            (float)ltr_random_below(t->seed, 4, i * TOY_GENRES + j, 2);
    t->genres[i][i % TOY_GENRES] = 1; /* none at all says nothing */
}

/* Ids from 100 on, artists from 1 on, 50 plays each. */
static inline void toy_make(struct toy *t, size_t n, uint32_t sources,
                            int with_sound, uint64_t seed)
{
    *t = (struct toy){
        .n = n, .sources = sources, .with_sound = with_sound, .seed = seed};
    for (size_t i = 0; i < n; i++) {
        t->ids[i] = 100 + i;
        t->artists[i] = 1 + i / TOY_ALBUM;
        t->plays[i] = 50;
        toy_fill_track(t, i);
        toy_fill_factor(t, i);
    }
}

/* Levels in dB: [TOY_FRAMES][TOY_BANDS], noise around the track's own. */
static inline void toy_mel(const struct toy *t, size_t i, float *mel)
{
    for (size_t j = 0; j < TOY_FRAMES * TOY_BANDS; j++)
        mel[j] = -40 + 8 * t->levels[i][j % TOY_BANDS] +
                 2 * ltr_random_normal(t->seed, 50 + i, j);
}

static inline ltrec_dataset_options toy_options(const struct toy *t,
                                                ltrec_frontend_options *f)
{
    ltrec_dataset_options o;

    ltrec_frontend_options_init(f, sizeof *f);
    f->bands = TOY_BANDS;
    ltrec_dataset_options_init(&o, sizeof o);
    o.frontend = t->with_sound ? f : NULL;
    o.n_attributes = TOY_ATTRIBUTES;
    o.n_machine = t->with_sound ? 0 : TOY_MACHINE;
    o.n_genres = TOY_GENRES;
    o.attribute_names = o.machine_names = o.genre_names = toy_names;
    return o;
}

static inline int toy_add_track(const struct toy *t, size_t i,
                                ltrec_dataset *dataset, ltrec_error *err)
{
    float mel[TOY_FRAMES * TOY_BANDS];
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    track.attributes = t->attributes[i];
    track.machine = t->with_sound ? NULL : t->machine[i];
    track.genres = t->genres[i];
    if (t->with_sound) {
        toy_mel(t, i, mel);
        track.mel = mel;
        track.n_frames = TOY_FRAMES;
    }
    return ltrec_dataset_add(dataset, t->ids[i], t->artists[i], &track, err);
}

static inline int toy_dataset(const struct toy *t, ltrec_context *ctx,
                              ltrec_dataset **out)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(t, &frontend);
    int status = ltrec_dataset_create(ctx, &o, out, NULL);

    for (size_t i = 0; i < t->n && status == LTREC_OK; i++)
        status = toy_add_track(t, i, *out, NULL);
    if (status != LTREC_OK) {
        ltrec_dataset_free(*out);
        *out = NULL;
    }
    return status;
}

static inline int toy_factors(const struct toy *t, ltrec_context *ctx,
                              ltrec_factors **out)
{
    ltrec_factors_options o;

    ltrec_factors_options_init(&o, sizeof o);
    o.plays = t->plays;
    o.model_id = 4711;
    return ltrec_factors_create(ctx, t->n, TOY_RANK, t->ids, t->factors[0], &o,
                                out, NULL);
}

#endif /* SMALL_DATASET_H */
