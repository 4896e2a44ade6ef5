/*
 * track_statistics.c - what tracks are like on the whole, for a regression
 */
#include "train/listening.h"

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"

struct describing {
    ltrec_context *ctx;
    const ltrec_dataset *dataset;
    const struct ltr_sample *sample;
    const struct ltr_branch *audio;
    float *features; /* [sample n_train][width] */
    float *mel;      /* [workers][patch_frames][bands] */
    float *patch;    /* [workers][width], of one patch */
    size_t width, least;
    struct ltr_watch watch;
};

/*
 * The mean over patches from one end of the track to the other, as few as
 * cover it: what a predictor will have of it, whose patches are more.
 */
static void describe_track(void *arg, size_t i, size_t worker)
{
    static const size_t zero = 0;
    struct describing *d = arg;
    size_t row = d->sample->rows[i], most = d->audio->patch_frames;
    size_t frames = d->dataset->tracks[row].n_frames;
    size_t n = frames > most ? (frames + most - 1) / most : 1;
    float *mel = d->mel + worker * most * d->audio->n_scales;
    float *patch = d->patch + worker * d->width;
    float *out = d->features + i * d->width;

    for (size_t k = 0; k < n && !d->watch.cancelled; k++) {
        size_t length = frames < most ? frames : most;
        size_t start = n > 1 ? k * (frames - most) / (n - 1) : 0;
        const struct ltr_windows whole = {
            .n = 1,
            .starts = &zero,
            .frames = length < d->least ? d->least : length};

        ltr_dataset_mel(d->dataset, row, start, length, mel);
        ltr_linear_of_mel(d->ctx, d->audio, mel, length, &whole, patch);
        for (size_t j = 0; j < d->width; j++)
            out[j] += patch[j] / (float)n;
        if (worker == 0)
            ltr_watch_tick(&d->watch);
    }
}

int ltr_describe_tracks(const struct ltr_lesson *l,
                        const struct ltr_sample *sample,
                        const struct ltr_branch *audio, float *features)
{
    size_t workers = ltr_workers(l->ctx), n = sample->n_train;
    struct describing d = {
        .ctx = l->ctx,
        .dataset = l->dataset,
        .sample = sample,
        .audio = audio,
        .features = features,
        .width = ltr_linear_size(&audio->net),
        .least = ltr_net_least_frames(&audio->net),
        .watch = {.options = l->options, .total = n},
    };
    int ready;

    d.mel = ltr_alloc(l->ctx, workers * audio->patch_frames,
                      audio->n_scales * sizeof *d.mel);
    d.patch = ltr_alloc(l->ctx, workers, d.width * sizeof *d.patch);
    ready = d.mel && d.patch;
    if (ready)
        ltr_parallel(l->ctx, n, describe_track, &d);
    ltr_free(l->ctx, d.mel);
    ltr_free(l->ctx, d.patch);
    if (!ready)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return d.watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}
