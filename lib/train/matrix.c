/*
 * matrix.c - what the lessons share: matrices of inputs, and the base model
 * run over a dataset
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/random.h"
#include "dsp/frontend.h"
#include "nn/layers.h"
#include "train/beside.h"
#include "train/listening.h"

#define ROWS 64                 /* from one report to the next */
#define MASK_STREAM 0x6d61736bu /* "mask" */

void ltr_watch_tick(void *watch)
{
    struct ltr_watch *w = watch;
    const ltrec_train_options *o = w->options;

    if (o->progress && !w->cancelled &&
        o->progress(o->user, w->done, w->total) != 0)
        w->cancelled = 1;
}

int ltr_watch_row(struct ltr_watch *watch, size_t row)
{
    if (row % ROWS == 0) {
        watch->done = row;
        ltr_watch_tick(watch);
    }
    return watch->cancelled;
}

/* ---- Matrices ----------------------------------------------------------- */

int ltr_matrix_create(ltrec_context *ctx, size_t n, size_t width,
                      struct ltr_matrix *out)
{
    *out = (struct ltr_matrix){.n = n, .width = width};
    if (width > SIZE_MAX / sizeof *out->rows)
        return LTREC_ERR_MEMORY;
    out->rows = ltr_alloc(ctx, n, width * sizeof *out->rows);
    return out->rows ? LTREC_OK : LTREC_ERR_MEMORY;
}

/* Some of the values in the first half become unknown in the second. */
static void mask_row(const struct ltr_matrix *matrix, uint64_t draw,
                     float *input)
{
    size_t n = matrix->width / 2;

    for (size_t j = 0; j < n; j++)
        if (ltr_random_uniform(matrix->seed, MASK_STREAM + (draw << 24), j) <
            matrix->mask) {
            input[j] = 0;
            input[n + j] = 1;
        }
}

static size_t fill_row(void *arg, size_t i, uint64_t draw, float *input)
{
    const struct ltr_matrix *matrix = arg;

    memcpy(input, matrix->rows + i * matrix->width,
           matrix->width * sizeof *input);
    if (matrix->mask > 0 && draw != LTR_NO_DRAW)
        mask_row(matrix, draw, input);
    return 1;
}

/* The linear path sees what is masked: it has no way to learn to do without.
 */
static size_t whole_row(void *arg, size_t i, uint64_t draw, float *features)
{
    const struct ltr_matrix *matrix = arg;

    (void)draw;
    memcpy(features, matrix->rows + i * matrix->width,
           matrix->width * sizeof *features);
    return 0;
}

/* As ltr_input_size() has it: a value and a bit each. */
size_t ltr_beside_bits(size_t place, size_t first, size_t n, uint32_t *bit)
{
    size_t half = place == LTR_MGP || place == LTR_MLG ? n / 2 : 0;

    for (size_t j = 0; j < n; j++)
        bit[first + j] = (uint32_t)(first + j + (j < half ? half : 0));
    return first + n;
}

int ltr_take_linear(const struct ltr_lesson *l, const struct ltr_beside *from,
                    struct ltr_branch *branch)
{
    size_t n = from->n_sets * (from->width + 1) * from->n_out;

    branch->linear = ltr_alloc(l->ctx, n, sizeof *branch->linear);
    if (!branch->linear)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    memcpy(branch->linear, from->weights[0], n * sizeof *branch->linear);
    return LTREC_OK;
}

static int fit_matrix(const struct ltr_lesson *l, size_t place,
                      const struct ltr_sample *sample,
                      struct ltr_matrix *matrix, struct ltr_branch *branch)
{
    ltrec_train_options own = *l->options, *o = &own;
    int has_linear = place != LTR_HEAD && o->linear != LTREC_LINEAR_NONE;
    uint32_t *bit = ltr_alloc(l->ctx, matrix->width, sizeof *bit);
    const struct ltr_beside_inputs inputs = {
        .features = matrix->rows, .width = matrix->width, .bit = bit};
    struct ltr_beside beside = {.ctx = l->ctx};
    struct ltr_fit fit = {
        .ctx = l->ctx,
        .net = &branch->net,
        .sample = sample,
        .options = o,
        .fill = fill_row,
        .features = whole_row,
        .arg = matrix,
        .loss = place == LTR_HEAD ? ltr_logistic_loss : ltr_cosine_loss,
        .batch = o->batch ? o->batch : 256,
        .most_frames = 1,
        .repeats = 1,
        .stream = place,
        .quiet = l->quiet,
        .beside = has_linear ? &beside : NULL,
        .groups = sample->groups,
    };
    int status = LTREC_OK;

    if (!bit)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    ltr_beside_bits(place, 0, matrix->width, bit);
    if (place == LTR_HEAD) /* these are for directions */
        own.mixup = own.contrast = 0;
    if (place == LTR_MGP || place == LTR_MLG)
        matrix->mask = o->mask;
    matrix->seed = o->seed;
    if (has_linear)
        status = ltr_beside_create(l, sample, &inputs, &beside);
    if (status == LTREC_OK)
        status = ltr_fit_run(&fit, branch->parameters, l->report, l->err);
    if (status == LTREC_OK && has_linear)
        status = ltr_take_linear(l, &beside, branch);
    ltr_beside_free(&beside);
    ltr_free(l->ctx, bit);
    return status;
}

int ltr_teach_matrix(const struct ltr_lesson *lesson, size_t place,
                     const struct ltr_sample *sample,
                     struct ltr_matrix *matrix, size_t n_scales,
                     struct ltr_branch **out)
{
    struct ltr_net net;
    struct ltr_alike alike = {0};
    int status = ltr_recipe(place, lesson->options, 1, matrix->width,
                            sample->n_out, &net, lesson->err);

    if (status != LTREC_OK)
        return status;
    *out = ltr_branch_create(lesson->ctx, &net, n_scales);
    if (!*out)
        return ltr_fail(lesson->err, LTREC_ERR_MEMORY, "train: no memory");
    if (place == LTR_HEAD)
        status = ltr_alike_make(lesson, sample, matrix, &alike);
    if (status == LTREC_OK)
        status = fit_matrix(lesson, place, sample, matrix, *out);
    if (status == LTREC_OK && place == LTR_HEAD)
        ltr_alike_fold(&alike, *out);
    ltr_alike_free(lesson->ctx, &alike);
    return status;
}

/* ---- The base model over a dataset -------------------------------------- */

struct hearing {
    const struct ltr_lesson *lesson;
    const struct ltr_siblings *siblings;
    const float *const *machine; /* [dataset n], in place of its own */
    const uint32_t *rows;
    uint32_t inputs;              /* bits of the branches they are for */
    size_t first;                 /* of this stretch */
    ltrec_predictor **predictors; /* [workers] */
    float **mels;                 /* [workers][most_values], or NULL */
    ltr_take take;
    void *arg;
    struct ltr_watch watch; /* counts rows */
};

static void hear_one(void *arg, size_t i, size_t worker)
{
    struct hearing *h = arg;
    const struct ltr_lesson *l = h->lesson;
    size_t at = h->first + i, row = h->rows[at];
    const struct ltr_known *known = &l->dataset->tracks[row];
    const struct ltr_heard *heard;
    ltrec_track track;

    if (h->watch.cancelled)
        return;
    ltrec_track_init(&track, sizeof track);
    if (h->inputs & LTREC_BRANCH_MGP)
        track.attributes = known->attributes;
    if (h->inputs & LTREC_BRANCH_MLG)
        track.machine =
            h->machine && known->mel ? h->machine[row] : known->machine;
    if (h->inputs & LTREC_BRANCH_GENRE)
        track.genres = known->genres;
    if (known->mel && h->mels[worker]) {
        ltr_dataset_mel(l->dataset, row, 0, known->n_frames, h->mels[worker]);
        track.mel = h->mels[worker];
        track.n_frames = known->n_frames;
    }
    if (h->siblings && h->siblings->counts[row] > 0) {
        track.artist = h->siblings->means + row * l->rank;
        track.artist_tracks = h->siblings->counts[row];
    }
    /* What was checked when it was added cannot be refused here. */
    if (ltr_predictor_hear(h->predictors[worker], &track, &heard, NULL) ==
        LTREC_OK)
        h->take(h->arg, at, heard);
    if (worker == 0)
        ltr_watch_tick(&h->watch);
}

static size_t most_values(const struct ltr_lesson *l, const uint32_t *rows,
                          size_t n)
{
    size_t most = 0;

    for (size_t i = 0; i < n; i++) {
        const struct ltr_known *known = &l->dataset->tracks[rows[i]];
        size_t values =
            known->mel ? known->n_frames * l->dataset->frontend.bands : 0;

        most = values > most ? values : most;
    }
    return most;
}

/* A linear path goes by them, and a head, for which sound alone is heard. */
static int wants_features(const struct hearing *h)
{
    return h->lesson->options->linear != LTREC_LINEAR_NONE ||
           h->inputs == LTREC_BRANCH_AUDIO;
}

static int take_workers(struct hearing *h, uint32_t branches, size_t values)
{
    const struct ltr_lesson *l = h->lesson;
    ltrec_predictor_options o;
    int status = LTREC_OK;

    ltrec_predictor_options_init(&o, sizeof o);
    o.branches = branches;
    o.precision = l->options->precision;
    for (size_t i = 0; i < ltr_workers(l->ctx) && status == LTREC_OK; i++) {
        status = ltrec_predictor_create(l->ctx, l->base, &o, &h->predictors[i],
                                        l->err);
        if (status == LTREC_OK && wants_features(h) &&
            ltr_predictor_describe(h->predictors[i]) != LTREC_OK)
            status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
        /* Worker 0 is the calling thread: a long track ticks on its way. */
        if (status == LTREC_OK && i == 0)
            ltr_predictor_watch(h->predictors[0], ltr_watch_tick, &h->watch);
        if (status != LTREC_OK || values == 0)
            continue;
        h->mels[i] = ltr_alloc(l->ctx, values, sizeof(float));
        if (!h->mels[i])
            status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    return status;
}

static int hear_all(struct hearing *h, size_t n)
{
    const struct ltr_lesson *l = h->lesson;
    size_t stretch = 4 * ltr_workers(l->ctx);

    for (h->first = 0; h->first < n && !h->watch.cancelled;
         h->first += stretch) {
        size_t left = n - h->first;

        h->watch.done = h->first;
        ltr_parallel(l->ctx, left < stretch ? left : stretch, hear_one, h);
    }
    return h->watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

/* What must be given to these branches: bits of those that it is for. */
static uint32_t inputs_of(const ltrec_model *base, uint32_t branches)
{
    const struct ltr_branch *mlg = base->branches[LTR_MLG];

    if ((branches & LTREC_BRANCH_MLG) && mlg->from_head)
        branches |= LTREC_BRANCH_AUDIO;
    return branches;
}

/* A dataset without something is fine; one with something else is not. */
static int check_fit(const struct ltr_lesson *l, uint32_t inputs)
{
    const ltrec_dataset *d = l->dataset;
    struct ltr_branch *const *b = l->base->branches;
    const struct {
        size_t place;
        const struct ltr_names *names;
    } tables[] = {{LTR_MGP, &d->attributes},
                  {LTR_MLG, &d->machine},
                  {LTR_GENRE, &d->genres}};

    if ((inputs & LTREC_BRANCH_AUDIO) && d->has_sound &&
        !ltr_frontend_options_equal(&d->frontend, &b[LTR_AUDIO]->frontend))
        return ltr_fail(l->err, LTREC_ERR_MISMATCH,
                        "train: the dataset's front end is not the one that "
                        "audio was trained with");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if ((inputs >> tables[i].place & 1) && tables[i].names->n > 0 &&
            !ltr_names_equal(tables[i].names, &b[tables[i].place]->names))
            return ltr_fail(l->err, LTREC_ERR_MISMATCH,
                            "train: the dataset's columns for %s are not "
                            "those that it was trained on",
                            ltr_branch_names[tables[i].place]);
    return LTREC_OK;
}

int ltr_hear_rows(const struct ltr_lesson *lesson, uint32_t branches,
                  const struct ltr_siblings *siblings,
                  const float *const *machine, const uint32_t *rows, size_t n,
                  ltr_take take, void *arg)
{
    ltrec_context *ctx = lesson->ctx;
    size_t workers = ltr_workers(ctx);
    struct hearing h = {.lesson = lesson,
                        .siblings = siblings,
                        .machine = machine,
                        .rows = rows,
                        .inputs = inputs_of(lesson->base, branches),
                        .take = take,
                        .arg = arg,
                        .watch = {.options = lesson->options, .total = n}};
    int sound = (h.inputs & LTREC_BRANCH_AUDIO) != 0;
    int status = check_fit(lesson, h.inputs);

    if (status != LTREC_OK)
        return status;
    h.predictors = ltr_alloc(ctx, workers, sizeof *h.predictors);
    h.mels = ltr_alloc(ctx, workers, sizeof *h.mels);
    if (!h.predictors || !h.mels)
        status = ltr_fail(lesson->err, LTREC_ERR_MEMORY, "train: no memory");
    if (status == LTREC_OK)
        status = take_workers(&h, branches,
                              sound ? most_values(lesson, rows, n) : 0);
    if (status == LTREC_OK)
        status = hear_all(&h, n);
    for (size_t i = 0; h.predictors && h.mels && i < workers; i++) {
        ltrec_predictor_free(h.predictors[i]);
        ltr_free(ctx, h.mels[i]);
    }
    ltr_free(ctx, h.predictors);
    ltr_free(ctx, h.mels);
    return status;
}
