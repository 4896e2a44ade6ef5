/*
 * listening.c - the branch that learns from sound
 */
#include "train/listening.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/random.h"
#include "dsp/frontend.h"
#include "nn/layers.h"
#include "train/beside.h"

#define CROP_STREAM 0x63726f70u /* "crop" */
#define OFTEN 4096              /* frames, between looks at whether to go on */
#define STRIPE_STREAM 0x73747269u /* "stri" */

/* ---- Scales of the bands ------------------------------------------------ */

struct measuring {
    const ltrec_dataset *dataset;
    const struct ltr_sample *sample;
    double *sums; /* [sample n_train][2][bands] */
    float soft_floor;
    struct ltr_watch watch;
};

static void measure_track(void *arg, size_t i, size_t worker)
{
    struct measuring *m = arg;
    size_t bands = m->dataset->frontend.bands;
    const struct ltr_known *known = &m->dataset->tracks[m->sample->rows[i]];
    double *sum = m->sums + i * 2 * bands, *squares = sum + bands;

    for (size_t t = 0; t < known->n_frames && !m->watch.cancelled; t++) {
        for (size_t b = 0; b < bands; b++) {
            double x = (double)known->least +
                       (double)known->step * known->mel[t * bands + b];

            if (m->soft_floor > 0)
                x = (double)ltr_soft_level((float)x, m->soft_floor);
            sum[b] += x;
            squares[b] += x * x;
        }
        if (worker == 0 && t % OFTEN == 0)
            ltr_watch_tick(&m->watch);
    }
}

/* Per band over all frames of the tracks trained on, added up in order. */
static int measure_bands(const struct ltr_lesson *l,
                         const struct ltr_sample *sample,
                         struct ltr_branch *audio)
{
    size_t bands = l->dataset->frontend.bands, n = sample->n_train;
    struct measuring m = {.dataset = l->dataset,
                          .sample = sample,
                          .soft_floor = audio->soft_floor,
                          .watch = {.options = l->options, .total = n}};
    uint64_t *counts = ltr_alloc(l->ctx, bands, sizeof *counts);
    double *all = ltr_alloc(l->ctx, 2 * bands, sizeof *all);
    uint64_t frames = 0;

    m.sums = ltr_alloc(l->ctx, n, 2 * bands * sizeof *m.sums);
    if (counts && all && m.sums) {
        ltr_parallel(l->ctx, n, measure_track, &m);
        for (size_t i = 0; i < n; i++)
            frames += l->dataset->tracks[sample->rows[i]].n_frames;
        for (size_t i = 0; i < n * 2 * bands; i++)
            all[i % (2 * bands)] += m.sums[i];
        for (size_t b = 0; b < bands; b++)
            counts[b] = frames;
        ltr_standardise(all, all + bands, counts, bands, audio->mean,
                        audio->scale);
    }
    ltr_free(l->ctx, m.sums);
    ltr_free(l->ctx, counts);
    ltr_free(l->ctx, all);
    if (!counts || !all || !m.sums)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return m.watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

/* ---- Audio -------------------------------------------------------------- */

struct crops {
    const struct ltr_levels *levels;
    const ltrec_dataset *dataset;
    const struct ltr_sample *sample;
    const struct ltr_branch *audio;
    const ltrec_train_options *options;
    size_t least;
};

/* Blot out stripes of time and of bands, up to an eighth of either each. */
static void add_stripes(const struct crops *c, uint64_t draw, size_t frames,
                        float *x)
{
    size_t bands = c->audio->n_scales;

    for (uint64_t i = 0; i < 4 * (uint64_t)c->options->stripes; i += 4) {
        uint64_t seed = c->options->seed,
                 stream = STRIPE_STREAM + (draw << 32);
        size_t width =
            (size_t)ltr_random_below(seed, stream, i, bands / 8 + 1);
        size_t first =
            (size_t)ltr_random_below(seed, stream, i + 1, bands - width + 1);
        size_t length =
            (size_t)ltr_random_below(seed, stream, i + 2, frames / 8 + 1);
        size_t start =
            (size_t)ltr_random_below(seed, stream, i + 3, frames - length + 1);

        for (size_t t = 0; t < frames; t++)
            memset(x + t * bands + first, 0, width * sizeof *x);
        memset(x + start * bands, 0, length * bands * sizeof *x);
    }
}

/* A patch from anywhere in the track; from its middle for validation. */
static size_t fill_crop(void *arg, size_t i, uint64_t draw, float *input)
{
    const struct crops *c = arg;
    size_t row = c->sample->rows[i], patch = c->audio->patch_frames;
    size_t frames = c->dataset->tracks[row].n_frames, start = 0;
    float silence = 0;

    if (frames > patch && draw == LTR_NO_DRAW)
        start = (frames - patch) / 2;
    else if (frames > patch)
        start = (size_t)ltr_random_below(c->options->seed, CROP_STREAM, draw,
                                         frames - patch + 1);
    frames = frames < patch ? frames : patch;
    ltr_dataset_mel(c->dataset, row, start, frames, input);
    if (frames < c->least)
        silence = ltr_lowest_level(input, frames * c->audio->n_scales);
    ltr_input_mel(c->levels, c->audio, input, frames, c->least, silence,
                  input);
    frames = frames > c->least ? frames : c->least;
    if (draw != LTR_NO_DRAW && c->options->stripes > 0)
        add_stripes(c, draw, frames, input);
    return frames;
}

static uint64_t stamp_track(void *arg, size_t i)
{
    const struct crops *c = arg;

    return c->dataset->tracks[c->sample->rows[i]].stamp;
}

/* What is asked for, before any network needs more. */
static size_t patch_frames(const struct ltr_lesson *l)
{
    const ltrec_frontend_options *f = &l->dataset->frontend;
    double wanted = (double)l->options->patch_seconds * (double)f->rate_hz /
                    (double)f->hop;

    return wanted < LTR_MOST_PATCH ? (size_t)(wanted + 0.5) : LTR_MOST_PATCH;
}

/*
 * With `extra` outputs the network also learns the attributes, which are cut
 * off afterwards: the last layer's rows for them lie behind those that stay.
 */
static int fit_audio(const struct ltr_lesson *l,
                     const struct ltr_sample *sample,
                     const struct ltr_net *net, struct ltr_beside *beside,
                     struct ltr_branch *audio)
{
    struct crops crops = {ltr_levels_for(l->ctx->cpu),
                          l->dataset,
                          sample,
                          audio,
                          l->options,
                          ltr_net_least_frames(&audio->net)};
    const struct ltr_layer *last = &net->layers[net->n_layers - 1];
    size_t kept = last->weights + audio->net.n_out * last->n_in;
    float *parameters =
        ltr_alloc(l->ctx, net->n_parameters, sizeof *parameters);
    const struct ltr_fit fit = {
        .ctx = l->ctx,
        .net = net,
        .sample = sample,
        .options = l->options,
        .fill = fill_crop,
        .stamp = stamp_track,
        .arg = &crops,
        .loss = ltr_cosine_loss,
        .batch = l->options->batch ? l->options->batch : 64,
        .most_frames = audio->patch_frames,
        .repeats = l->options->patches,
        .stream = LTR_AUDIO,
        .beside = beside,
        .groups = sample->groups,
        .n_extra = net->n_out - audio->net.n_out,
        .feature_version = audio->feature_version,
    };
    int status;

    if (!parameters)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    status = ltr_fit_run(&fit, parameters, l->report, l->err);
    if (status == LTREC_OK) {
        memcpy(audio->parameters, parameters, kept * sizeof *parameters);
        memcpy(audio->parameters + kept, parameters + last->bias,
               audio->net.n_out * sizeof *parameters);
        l->report->n_parameters = audio->net.n_parameters;
    }
    ltr_free(l->ctx, parameters);
    return status;
}

/* The linear path; a regression is on what tracks are like on the whole. */
static int take_beside(const struct ltr_lesson *l,
                       const struct ltr_sample *sample,
                       const struct ltr_branch *audio,
                       struct ltr_beside *beside)
{
    struct ltr_beside_inputs inputs = {.width = ltr_linear_size(&audio->net)};
    float *features = NULL;
    int status = ltr_beside_check(l, sample->n_train, inputs.width);

    if (status == LTREC_OK && l->options->linear == LTREC_LINEAR_RIDGE) {
        features = ltr_alloc(l->ctx, sample->n_train,
                             inputs.width * sizeof *features);
        inputs.features = features;
        status = features
                     ? ltr_describe_tracks(l, sample, audio, features)
                     : ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    if (status == LTREC_OK)
        status = ltr_beside_create(l, sample, &inputs, beside);
    ltr_free(l->ctx, features);
    return status;
}

/* Bands measured, and then the linear path and the network. */
static int teach_audio(const struct ltr_lesson *l,
                       const struct ltr_sample *sample,
                       const struct ltr_net *net, struct ltr_branch *audio)
{
    int has_linear = l->options->linear != LTREC_LINEAR_NONE;
    struct ltr_beside beside = {.ctx = l->ctx};
    int status;

    audio->soft_floor = l->options->soft_floor;
    status = measure_bands(l, sample, audio);

    audio->frontend = l->dataset->frontend;
    audio->feature_version = ltr_frontend_options_version(&audio->frontend);
    audio->patch_frames = patch_frames(l);
    if (audio->patch_frames < ltr_net_least_frames(net))
        audio->patch_frames = ltr_net_least_frames(net);
    if (status == LTREC_OK && has_linear)
        status = take_beside(l, sample, audio, &beside);
    if (status == LTREC_OK)
        status = fit_audio(l, sample, net, has_linear ? &beside : NULL, audio);
    if (status == LTREC_OK && has_linear)
        status = ltr_take_linear(l, &beside, audio);
    ltr_beside_free(&beside);
    return status;
}

int ltr_teach_audio(const struct ltr_lesson *lesson, struct ltr_branch **out)
{
    size_t bands = lesson->dataset->frontend.bands, frames;
    struct ltr_sample sample;
    struct ltr_net net, wider;
    int status;

    if (!lesson->dataset->has_sound)
        return ltr_fail(lesson->err, LTREC_ERR_ARGUMENT,
                        "train: the dataset has no sound");
    if (lesson->options->soft_floor > 0 &&
        lesson->dataset->frontend.level != LTREC_LEVEL_DB)
        return ltr_fail(lesson->err, LTREC_ERR_ARGUMENT,
                        "train: soft_floor is for levels in dB, which this "
                        "front end's are not");
    status = ltr_sample_sound(lesson, &sample);
    if (status != LTREC_OK)
        return status;
    frames = patch_frames(lesson);
    status = ltr_recipe(LTR_AUDIO, lesson->options, frames, bands,
                        lesson->rank, &net, lesson->err);
    if (status == LTREC_OK)
        status = ltr_recipe(LTR_AUDIO, lesson->options, frames, bands,
                            sample.n_out, &wider, lesson->err);
    if (status == LTREC_OK) {
        *out = ltr_branch_create(lesson->ctx, &net, bands);
        status =
            *out ? teach_audio(lesson, &sample, &wider, *out)
                 : ltr_fail(lesson->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    ltr_sample_free(&sample);
    return status;
}
