/*
 * listening.c - the branches that learn from sound: audio, and the head that
 * hears attributes in what the audio network's trunk made of it
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/random.h"
#include "nn/layers.h"

#define CROP_STREAM 0x63726f70u /* "crop" */

static int has_sound(const ltrec_dataset *d, size_t row, void *arg)
{
    (void)arg;
    return d->tracks[row].mel != NULL;
}

/* ---- Scales of the bands ------------------------------------------------ */

struct measuring {
    const ltrec_dataset *dataset;
    const struct ltr_sample *sample;
    double *sums; /* [sample n_train][2][bands] */
    struct ltr_watch watch;
};

static void measure_track(void *arg, size_t i, size_t worker)
{
    struct measuring *m = arg;
    size_t bands = m->dataset->frontend.bands;
    const struct ltr_known *known = &m->dataset->tracks[m->sample->rows[i]];
    double *sum = m->sums + i * 2 * bands, *squares = sum + bands;

    for (size_t t = 0; t < known->n_frames && !m->watch.cancelled; t++)
        for (size_t b = 0; b < bands; b++) {
            double x = (double)known->least +
                       (double)known->step * known->mel[t * bands + b];

            sum[b] += x;
            squares[b] += x * x;
        }
    if (worker == 0)
        ltr_watch_tick(&m->watch);
}

/* Per band over all frames of the tracks trained on; added up in order. */
static int measure_bands(const struct ltr_lesson *l,
                         const struct ltr_sample *sample,
                         struct ltr_branch *audio)
{
    size_t bands = l->dataset->frontend.bands, n = sample->n_train;
    struct measuring m = {
        l->dataset, sample, NULL, {.options = l->options, .total = n}};
    uint64_t *counts = ltr_alloc(l->ctx, bands, sizeof *counts);
    uint64_t frames = 0;

    m.sums = ltr_alloc(l->ctx, n, 2 * bands * sizeof *m.sums);
    if (counts && m.sums) {
        ltr_parallel(l->ctx, n, measure_track, &m);
        for (size_t i = 0; i < n; i++)
            frames += l->dataset->tracks[sample->rows[i]].n_frames;
        for (size_t i = 1; i < n; i++)
            for (size_t j = 0; j < 2 * bands; j++)
                m.sums[j] += m.sums[i * 2 * bands + j];
        for (size_t b = 0; b < bands; b++)
            counts[b] = frames;
        ltr_standardise(m.sums, m.sums + bands, counts, bands, audio->mean,
                        audio->scale);
    }
    ltr_free(l->ctx, m.sums);
    ltr_free(l->ctx, counts);
    if (!counts || !m.sums)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return m.watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

/* ---- Audio -------------------------------------------------------------- */

struct crops {
    const ltrec_dataset *dataset;
    const struct ltr_sample *sample;
    const struct ltr_branch *audio;
    uint64_t seed;
    size_t least;
};

/* A patch from anywhere in the track; from its middle for validation. */
static size_t fill_crop(void *arg, size_t i, uint64_t draw, float *input)
{
    const struct crops *c = arg;
    size_t row = c->sample->rows[i], patch = c->audio->patch_frames;
    size_t frames = c->dataset->tracks[row].n_frames, start = 0;

    if (frames > patch && draw == LTR_NO_DRAW)
        start = (frames - patch) / 2;
    else if (frames > patch)
        start = (size_t)ltr_random_below(c->seed, CROP_STREAM, draw,
                                         frames - patch + 1);
    frames = frames < patch ? frames : patch;
    ltr_dataset_mel(c->dataset, row, start, frames, input);
    ltr_input_mel(c->audio, input, frames, c->least, input);
    return frames > c->least ? frames : c->least;
}

static size_t patch_frames(const struct ltr_lesson *l,
                           const struct ltr_net *net)
{
    const ltrec_frontend_options *f = &l->dataset->frontend;
    double wanted = (double)l->options->patch_seconds * (double)f->rate_hz /
                    (double)f->hop;
    size_t least = ltr_net_least_frames(net);
    size_t frames =
        wanted < LTR_MOST_PATCH ? (size_t)(wanted + 0.5) : LTR_MOST_PATCH;

    return frames > least ? frames : least;
}

static int fit_audio(const struct ltr_lesson *l,
                     const struct ltr_sample *sample, struct ltr_branch *audio)
{
    struct crops crops = {l->dataset, sample, audio, l->options->seed,
                          ltr_net_least_frames(&audio->net)};
    const struct ltr_fit fit = {
        .ctx = l->ctx,
        .net = &audio->net,
        .sample = sample,
        .options = l->options,
        .fill = fill_crop,
        .arg = &crops,
        .loss = ltr_cosine_loss,
        .batch = l->options->batch ? l->options->batch : 64,
        .most_frames = audio->patch_frames,
        .repeats = l->options->patches,
        .stream = LTR_AUDIO,
    };

    return ltr_fit_run(&fit, audio->parameters, l->report, l->err);
}

int ltr_teach_audio(const struct ltr_lesson *lesson, struct ltr_branch **out)
{
    size_t bands = lesson->dataset->frontend.bands;
    struct ltr_sample sample;
    struct ltr_net net;
    int status;

    if (!lesson->dataset->has_sound)
        return ltr_fail(lesson->err, LTREC_ERR_ARGUMENT,
                        "train: the dataset has no sound");
    status = ltr_recipe(LTR_AUDIO, lesson->options, bands, lesson->rank, &net,
                        lesson->err);
    if (status == LTREC_OK)
        status = ltr_sample_factors(lesson->dataset, lesson->targets,
                                    lesson->options, has_sound, NULL, &sample,
                                    lesson->err);
    if (status != LTREC_OK)
        return status;
    *out = ltr_branch_create(lesson->ctx, &net, bands);
    status = *out
                 ? measure_bands(lesson, &sample, *out)
                 : ltr_fail(lesson->err, LTREC_ERR_MEMORY, "train: no memory");
    if (status == LTREC_OK) {
        (*out)->frontend = lesson->dataset->frontend;
        (*out)->patch_frames = patch_frames(lesson, &net);
        status = fit_audio(lesson, &sample, *out);
    }
    ltr_sample_free(&sample);
    return status;
}

/* ---- The head ----------------------------------------------------------- */

static void take_pooled(void *arg, size_t i, const struct ltr_heard *heard)
{
    struct ltr_matrix *matrix = arg;

    memcpy(matrix->rows + i * matrix->width, heard->pooled,
           matrix->width * sizeof *matrix->rows);
}

int ltr_hear_pooled(const struct ltr_lesson *l, const uint32_t *rows, size_t n,
                    struct ltr_matrix *out)
{
    const struct ltr_branch *audio = l->base->branches[LTR_AUDIO];

    if (ltr_matrix_create(l->ctx, n, ltr_net_pooled(&audio->net), out) !=
        LTREC_OK)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return ltr_hear_rows(l, LTREC_BRANCH_AUDIO, NULL, rows, n, take_pooled,
                         out);
}

int ltr_teach_head(const struct ltr_lesson *l, struct ltr_branch **out)
{
    struct ltr_matrix pooled = {0};
    struct ltr_sample sample;
    int status;

    if (!l->base || !l->base->branches[LTR_AUDIO])
        return ltr_fail(l->err, LTREC_ERR_STATE,
                        "train: a head needs a model with audio below it");
    if (l->dataset->attributes.n == 0)
        return ltr_fail(l->err, LTREC_ERR_ARGUMENT,
                        "train: the dataset has no attributes to be heard");
    status = ltr_sample_attributes(l->dataset, l->options, &sample, l->err);
    if (status != LTREC_OK)
        return status;
    status = ltr_hear_pooled(l, sample.rows, sample.n, &pooled);
    if (status == LTREC_OK)
        status = ltr_teach_matrix(l, LTR_HEAD, &sample, &pooled, 0, out);
    if (status == LTREC_OK && ltr_names_clone(l->ctx, &l->dataset->attributes,
                                              &(*out)->names) != LTREC_OK)
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    ltr_free(l->ctx, pooled.rows);
    ltr_sample_free(&sample);
    return status;
}
