/*
 * checkpoint.c - a training between two epochs, in a file
 *
 * Random numbers are functions of seed, epoch and step, so that the weights,
 * what Adam remembers and a few counts are all there is to a training.
 */
#include "train/train_parts.h"

#include <math.h>
#include <float.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "store/store.h"
#include "train/beside.h"

#define KIND "checkpoint"
#define FORMAT 2 /* with the options */

/* ---- Which training it is of -------------------------------------------- */

/* What sample `i` is, to the network and to the linear path. */
static uint64_t add_sample(const struct ltr_fit *f, size_t i, float *input,
                           float *features, uint64_t sum)
{
    if (f->stamp) {
        uint64_t stamp = f->stamp(f->arg, i);

        sum = ltr_checksum(sum, &stamp, sizeof stamp);
    } else {
        size_t frames = f->fill(f->arg, i, LTR_NO_DRAW, input);

        sum = ltr_checksum(sum, input, frames * f->net->n_in * sizeof *input);
    }
    if (f->beside && f->features) {
        uint64_t set = f->features(f->arg, i, LTR_NO_DRAW, features);

        sum = ltr_checksum(sum + set, features,
                           f->beside->width * sizeof *features);
    }
    return sum;
}

static uint64_t add_beside(const struct ltr_beside *b, size_t n, uint64_t sum)
{
    size_t size = b->n_sets * (b->width + 1) * b->n_out;

    for (size_t i = 0; i <= LTR_BESIDE_FOLDS; i++)
        sum = ltr_checksum(sum, b->weights[i], size * sizeof(float));
    return ltr_checksum(sum, b->fold, n);
}

uint64_t ltr_checkpoint_sum(const struct ltr_fit *f, float *input,
                            float *features, struct ltr_watch *watch)
{
    const struct ltr_sample *s = f->sample;
    const uint64_t sizes[] = {s->n,      s->n_train,     s->n_more,
                              s->n_out,  f->batch,       f->repeats,
                              f->stream, f->most_frames, f->feature_version};
    size_t n = s->n + s->n_more;
    char layers[LTR_MOST_LAYERS_TEXT];
    uint64_t sum;

    ltr_layers_print(f->net, layers);
    sum = ltr_checksum(0, layers, strlen(layers));
    sum = ltr_checksum(sum, sizes, sizeof sizes);
    sum = ltr_checksum(sum, s->targets, n * s->n_out * sizeof *s->targets);
    sum = ltr_checksum(sum, s->weights, n * sizeof *s->weights);
    if (f->groups)
        sum = ltr_checksum(sum, f->groups, n * sizeof *f->groups);
    if (f->beside)
        sum = add_beside(f->beside, n, sum);
    for (size_t i = 0; i < n && !watch->cancelled; i++) {
        sum = add_sample(f, i, input, features, sum);
        ltr_watch_tick(watch);
    }
    return sum;
}

/* ---- Saving ------------------------------------------------------------- */

int ltr_checkpoint_save(const struct ltr_checkpoint *c, const char *path,
                        ltrec_error *err)
{
    const struct ltr_optimiser *o = c->optimiser;
    size_t n = o->net->n_parameters, n_settings = LTR_TRAIN_SETTINGS;
    double settings[LTR_TRAIN_SETTINGS];
    struct ltr_writer *w;
    int status = ltr_store_create(o->ctx, KIND, FORMAT, &w, err);

    if (status != LTREC_OK)
        return status;
    ltr_store_number(w, "ltrec.training", c->sum);
    ltr_train_settings(o->options, settings);
    ltr_store_tensor(w, "settings", LTR_F64, 1, &n_settings, settings);
    ltr_store_number(w, "ltrec.step", o->step);
    ltr_store_number(w, "ltrec.epochs", c->report->epochs);
    ltr_store_number(w, "ltrec.best_epoch", c->report->best_epoch);
    ltr_store_real(w, "ltrec.train_loss", c->report->train_loss);
    ltr_store_real(w, "ltrec.validation_loss", c->report->validation_loss);
    ltr_store_tensor(w, "parameters", LTR_F32, 1, &n, o->parameters);
    ltr_store_tensor(w, "mean", LTR_F32, 1, &n, o->mean);
    ltr_store_tensor(w, "square", LTR_F32, 1, &n, o->square);
    ltr_store_tensor(w, "best", LTR_F32, 1, &n, c->best);
    if (o->average)
        ltr_store_tensor(w, "average", LTR_F32, 1, &n, o->average);
    return ltr_store_save(w, path, err);
}

/* ---- Loading ------------------------------------------------------------ */

/* All of it, or nothing: with `into` only looked for. */
static int read_tensors(const struct ltr_checkpoint *c,
                        const struct ltr_reader *r, int into, ltrec_error *err)
{
    const struct ltr_optimiser *o = c->optimiser;
    const struct {
        const char *name;
        float *to;
    } tensors[] = {{"parameters", o->parameters},
                   {"mean", o->mean},
                   {"square", o->square},
                   {"best", c->best},
                   {"average", o->average}};
    int status = LTREC_OK;

    for (size_t i = 0; i < 5 && status == LTREC_OK; i++) {
        size_t n = o->net->n_parameters;
        const float *from;

        if (!tensors[i].to)
            continue;
        status = ltr_store_get_floats(r, tensors[i].name, 1, &n, &from, err);
        if (status == LTREC_OK && into)
            memcpy(tensors[i].to, from, n * sizeof *from);
    }
    return status;
}

static int read_counts(const struct ltr_reader *r, struct ltr_optimiser *o,
                       ltrec_train_report *report, ltrec_error *err)
{
    uint64_t epochs = 0, best = 0;
    int status = ltr_store_find_number(r, "ltrec.step", 0, UINT64_MAX >> 24,
                                       &o->step, err);

    if (status == LTREC_OK)
        status = ltr_store_find_number(r, "ltrec.epochs", 1, UINT32_MAX,
                                       &epochs, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(r, "ltrec.best_epoch", 0, epochs, &best,
                                       err);
    if (status == LTREC_OK)
        status = ltr_store_find_real(r, "ltrec.train_loss", -DBL_MAX, DBL_MAX,
                                     &report->train_loss, err);
    if (status == LTREC_OK)
        status = ltr_store_find_real(r, "ltrec.validation_loss", -DBL_MAX,
                                     DBL_MAX, &report->validation_loss, err);
    report->epochs = (uint32_t)epochs;
    report->best_epoch = (uint32_t)best;
    return status;
}

static int check_training(const struct ltr_checkpoint *c,
                          const struct ltr_reader *r, ltrec_error *err)
{
    size_t n = LTR_TRAIN_SETTINGS;
    uint64_t sum = 0;
    const void *settings;
    int status;

    if (!ltr_store_has(r, "settings"))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "train: the checkpoint is of a library that did not "
                        "say by which options");
    status = ltr_store_get(r, "settings", LTR_F64, 1, &n, &settings, err);

    if (status == LTREC_OK)
        status =
            ltr_train_settings_check(c->optimiser->options, settings, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(r, "ltrec.training", 0, UINT64_MAX,
                                       &sum, err);
    if (status == LTREC_OK && sum != c->sum)
        status = ltr_fail(err, LTREC_ERR_MISMATCH,
                          "train: the checkpoint is of other tracks, targets "
                          "or branches to build on");
    return status;
}

static int read_checkpoint(const struct ltr_checkpoint *c,
                           const struct ltr_reader *r, ltrec_error *err)
{
    struct ltr_optimiser o = *c->optimiser;
    ltrec_train_report report = *c->report;
    int status = check_training(c, r, err);

    if (status == LTREC_OK)
        status = read_counts(r, &o, &report, err);
    if (status == LTREC_OK)
        status = read_tensors(c, r, 0, err);
    if (status != LTREC_OK)
        return status;
    *c->optimiser = o;
    *c->report = report;
    return read_tensors(c, r, 1, err);
}

int ltr_checkpoint_load(const struct ltr_checkpoint *c, const char *path,
                        ltrec_error *err)
{
    ltrec_error inner = {0};
    struct ltr_reader *r;
    int status;

    if (ltr_file_is_missing(path))
        return LTREC_OK;
    status = ltr_store_open(c->optimiser->ctx, path, KIND, FORMAT, 0, &r, err);
    if (status != LTREC_OK)
        return status;
    status = read_checkpoint(c, r, &inner);
    ltr_store_close(r);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}

int ltr_checkpoint_parse(const struct ltr_checkpoint *c, const void *bytes,
                         size_t size, ltrec_error *err)
{
    struct ltr_reader *r;
    int status =
        ltr_store_parse(c->optimiser->ctx, bytes, size, KIND, FORMAT, &r, err);

    if (status != LTREC_OK)
        return status;
    status = read_checkpoint(c, r, err);
    ltr_store_close(r);
    return status;
}
