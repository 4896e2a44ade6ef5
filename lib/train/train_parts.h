/*
 * train_parts.h - what training is made of
 */
#ifndef LTR_TRAIN_PARTS_H
#define LTR_TRAIN_PARTS_H

#include <stdatomic.h>

#include <ltrec/train.h>

#include "math/idmap.h"
#include "math/kernels.h"
#include "model/model_parts.h"
#include "nn/net.h"
#include "train/sample.h"

/* ---- Progress ----------------------------------------------------------- */

/*
 * What long work tells the caller's progress function, and what that said.
 * Workers may look at `cancelled`; the rest is the calling thread's.
 */
struct ltr_watch {
    const ltrec_train_options *options;
    uint64_t done, total;
    atomic_int cancelled;
};

/*
 * Report to the caller: to be done on the calling thread, at least every
 * 100 ms.  Does nothing once cancelled.  `watch` is a struct ltr_watch.
 */
void ltr_watch_tick(void *watch);

/* The same now and then, for one row of many that take little each; whether
 * it has been cancelled. */
int ltr_watch_row(struct ltr_watch *watch, size_t row);

/* ---- Options ------------------------------------------------------------ */

/* LTREC_ERR_ARGUMENT, naming the option that is out of its range. */
int ltr_train_options_check(const ltrec_train_options *options,
                            ltrec_error *err);

/* The options as numbers; LTREC_ERR_MISMATCH, naming one, when these are
 * others, but for those of where to end. */
#define LTR_TRAIN_SETTINGS 38
void ltr_train_settings(const ltrec_train_options *options,
                        double values[LTR_TRAIN_SETTINGS]);
int ltr_train_settings_check(const ltrec_train_options *options,
                             const double found[LTR_TRAIN_SETTINGS],
                             ltrec_error *err);

/* ---- Datasets ----------------------------------------------------------- */

struct ltr_known {
    uint64_t artist, album, released, recording; /* 0: unknown */
    uint16_t *mel; /* [n_frames][bands]: least + step * value */
    size_t n_frames;
    float least, step;
    uint64_t stamp;                       /* of the spectrogram */
    float *attributes, *machine, *genres; /* NULL where not known */
};

struct ltrec_dataset {
    ltrec_context *ctx;
    int has_sound;
    ltrec_frontend_options frontend;
    struct ltr_names attributes, machine, genres;
    size_t n, capacity;
    uint64_t *ids;               /* [capacity] */
    struct ltr_known *tracks;    /* [capacity] */
    struct ltr_idmap rows;       /* from id to row */
    struct ltr_scratch *scratch; /* where spectrograms lie, unless NULL */
};

/* `frames` rows of a track from `start` on, as floats again. */
void ltr_dataset_mel(const ltrec_dataset *dataset, size_t row, size_t start,
                     size_t frames, float *out);

/*
 * groups[n] = what all tracks that must not be parted have in common, by
 * `split`, of LTREC_SPLIT_TRACK, _ARTIST or _ALBUM: of one artist or album,
 * or copies of one recording, or both by way of others.
 */
int ltr_dataset_groups(const ltrec_dataset *dataset, int32_t split,
                       uint64_t *groups);

/* times[n] = when each track's recording first came out, 0 for unknown.  Both
 * fail with LTREC_ERR_MEMORY alone. */
int ltr_dataset_first_times(const ltrec_dataset *dataset, uint64_t *times);

/* ---- The loop ----------------------------------------------------------- */

/*
 * Write the input of sample `i`, which may differ from epoch to epoch - each
 * draw by `draw` - and return its frames.  Called by several workers at once.
 * A draw of LTR_NO_DRAW is for validation: the same every time.
 */
#define LTR_NO_DRAW UINT64_MAX
typedef size_t (*ltr_fill)(void *arg, size_t i, uint64_t draw, float *input);

/* A number that tells sample `i` from any other, where its inputs are parts
 * of more. */
typedef uint64_t (*ltr_stamp)(void *arg, size_t i);

typedef double (*ltr_loss)(const float *p, const float *y, size_t n,
                           double weight, float *d_p);

struct ltr_beside; /* in beside.h */

/* Write the linear path's features of sample `i` in that draw; which set of
 * inputs they are. */
typedef size_t (*ltr_features)(void *arg, size_t i, uint64_t draw,
                               float *features);

struct ltr_fit {
    ltrec_context *ctx;
    const struct ltr_net *net;
    const struct ltr_sample *sample;
    const ltrec_train_options *options;
    ltr_fill fill;
    ltr_stamp stamp; /* NULL: the input without a draw is all there is */
    void *arg;
    ltr_loss loss;
    size_t batch, most_frames;
    size_t repeats;                  /* of each sample in an epoch */
    uint64_t stream;                 /* sets this fit's random numbers apart */
    int quiet;                       /* no epoch callback: one of many */
    const struct ltr_beside *beside; /* what the network adds to, or NULL */
    ltr_features features;  /* for it; NULL: ltr_linear_features() of input */
    const uint64_t *groups; /* as the sample's: no contrast within one; or
                               NULL */
    size_t n_extra;         /* outputs after the factor: attributes' logits */
    uint64_t feature_version; /* of the front end that made the inputs, or 0 */
};

/*
 * Train from He-uniform parameters until validation stops getting better;
 * parameters[net->n_parameters] receives the best epoch's.
 */
int ltr_fit_run(const struct ltr_fit *fit, float *parameters,
                ltrec_train_report *report, ltrec_error *err);

/* ---- A second loss ------------------------------------------------------ */

/*
 * That each prediction is nearer to its own target than to the batch's others:
 * the cross-entropy of the softmax of cosines over a temperature (van den
 * Oord, Li, Vinyals 2018, InfoNCE), those of the same group left out.
 */
struct ltr_contrast {
    ltrec_context *ctx;
    size_t n, k, stride; /* rows of k floats, `stride` apart */
    double weight, temperature;
    const float *p, *y;     /* predictions, and unit targets */
    const uint64_t *groups; /* [n]; 0 is nobody's */
    float *d_p;             /* what is added to */
    float *room;            /* [ltr_contrast_room()] to work in */
    struct ltr_packs *packs;
};
size_t ltr_contrast_room(const ltrec_context *ctx, size_t n, size_t k);
void ltr_contrast_add(const struct ltr_contrast *contrast);

/* ---- A step ------------------------------------------------------------- */

struct ltr_optimiser {
    ltrec_context *ctx;
    const struct ltr_net *net;
    const ltrec_train_options *options;
    const struct ltr_kernels *kernels;
    size_t steps_per_epoch;
    float *parameters; /* the caller's, [n_parameters], and so are the next */
    float *gradient, *mean, *square;
    float *average; /* NULL when none is wanted */
    uint64_t step;  /* so many have been made */
    struct ltr_adam_step adam;
};

int ltr_optimiser_create(const struct ltr_fit *fit, size_t steps_per_epoch,
                         float *parameters, struct ltr_optimiser *out);
void ltr_optimiser_free(struct ltr_optimiser *optimiser);

/* Against the gradient that lies in optimiser->gradient. */
void ltr_optimiser_step(struct ltr_optimiser *optimiser);

/* The weights to predict with: their average where there is one. */
const float *ltr_optimiser_weights(const struct ltr_optimiser *optimiser);

/* The learning rate of the next step. */
double ltr_optimiser_rate(const struct ltr_optimiser *optimiser);

/* ---- Checkpoints -------------------------------------------------------- */

/*
 * A training between two epochs.  `sum` tells it from others: of the network,
 * the options and the data.
 */
struct ltr_checkpoint {
    uint64_t sum;
    struct ltr_optimiser *optimiser;
    float *best; /* [n_parameters] */
    ltrec_train_report *report;
};

/* What `sum` is for a fit whose inputs can be written to `input`, and the
 * linear path's to `features`. */
uint64_t ltr_checkpoint_sum(const struct ltr_fit *fit, float *input,
                            float *features, struct ltr_watch *watch);

int ltr_checkpoint_save(const struct ltr_checkpoint *checkpoint,
                        const char *path, ltrec_error *err);

/*
 * Nothing is changed when there is no such file.  LTREC_ERR_MISMATCH for that
 * of another training, LTREC_ERR_FORMAT.
 */
int ltr_checkpoint_load(const struct ltr_checkpoint *checkpoint,
                        const char *path, ltrec_error *err);

/* The same from bytes in memory. */
int ltr_checkpoint_parse(const struct ltr_checkpoint *checkpoint,
                         const void *bytes, size_t size, ltrec_error *err);

/* ---- Branches ----------------------------------------------------------- */

/*
 * The network of a branch with `n_in` inputs and `n_out` outputs.  Samples are
 * of up to `frames` frames; 1 for all but audio.
 */
int ltr_recipe(size_t place, const ltrec_train_options *options, size_t frames,
               size_t n_in, size_t n_out, struct ltr_net *net,
               ltrec_error *err);

/* Everything a branch's training is given. */
struct ltr_lesson {
    ltrec_context *ctx;
    const ltrec_dataset *dataset;
    const ltrec_factors *targets;
    const ltrec_model *base;
    const ltrec_train_options *options;
    struct ltr_keeping keeping;
    size_t rank;
    int quiet; /* no epoch callback: one fit of several */
    ltrec_train_report *report;
    ltrec_error *err;
};

/* The branches that a fusion is over, bits; LTREC_ERR_STATE without any, or
 * without one that was asked for. */
int ltr_recipe_branches(const struct ltr_lesson *lesson, uint32_t *fuse);

/* One for each branch; `*out` is a new branch. */
int ltr_teach_audio(const struct ltr_lesson *lesson, struct ltr_branch **out);
int ltr_teach_mgp(const struct ltr_lesson *lesson, struct ltr_branch **out);
int ltr_teach_mlg(const struct ltr_lesson *lesson, struct ltr_branch **out);
int ltr_teach_mlg_by_ear(const struct ltr_lesson *lesson,
                         struct ltr_branch **out);
int ltr_teach_genre(const struct ltr_lesson *lesson, struct ltr_branch **out);
int ltr_teach_artist(const struct ltr_lesson *lesson, struct ltr_branch **out);
int ltr_teach_fusion(const struct ltr_lesson *lesson, struct ltr_branch **out);
int ltr_teach_head(const struct ltr_lesson *lesson, struct ltr_branch **out);

/* ---- Helpers of theirs -------------------------------------------------- */

/*
 * What the audio network learns from, with the answers of a teacher in the
 * targets and attributes behind them as the options ask.
 */
int ltr_sample_sound(const struct ltr_lesson *lesson,
                     struct ltr_sample *sample);

/* A matrix of inputs, a row for each sample. */
struct ltr_matrix {
    size_t n, width;
    float *rows; /* [n][width] */
    float mask;  /* share of values that are unknown in a draw */
    uint64_t seed;
};
int ltr_matrix_create(ltrec_context *ctx, size_t n, size_t width,
                      struct ltr_matrix *out);

/*
 * Fit a network of a branch to a matrix of inputs, which for a head are then
 * others.  `n_scales` as in ltr_branch_create().
 */
int ltr_teach_matrix(const struct ltr_lesson *lesson, size_t place,
                     const struct ltr_sample *sample,
                     struct ltr_matrix *matrix, size_t n_scales,
                     struct ltr_branch **out);

/*
 * For every row of the dataset, [rank]: the mean of the unit targets of the
 * artist's other tracks; counts[n] of how many, lengths[n] the geometric mean
 * of how long those are that somebody has played.  Free the parts by
 * ltr_free().
 */
struct ltr_siblings {
    float *means;     /* [dataset n][rank] */
    float *lengths;   /* [dataset n], 0 where none was played */
    uint32_t *counts; /* [dataset n] */
};
int ltr_siblings_create(const struct ltr_lesson *lesson,
                        struct ltr_siblings *out);
void ltr_siblings_free(ltrec_context *ctx, struct ltr_siblings *siblings);

/* What the lengths of an artist's other tracks tell of a track's, as in
 * ltrec_model_length(): `*fame` 0 to 0.5, and `*usual` 0 without any. */
void ltr_siblings_fame(const struct ltr_lesson *lesson,
                       const struct ltr_siblings *siblings, float *fame,
                       float *usual);

/*
 * Run the base model on rows of the dataset, several at a time, and hand what
 * it heard to `take` - for each row once, from any worker.  `machine[n]`, one
 * for each row of the dataset, stands for its own table; NULL for that.
 * LTREC_ERR_MISMATCH when `branches` were made for other inputs than the
 * dataset holds.
 */
typedef void (*ltr_take)(void *arg, size_t i, const struct ltr_heard *heard);
int ltr_hear_rows(const struct ltr_lesson *lesson, uint32_t branches,
                  const struct ltr_siblings *siblings,
                  const float *const *machine, const uint32_t *rows, size_t n,
                  ltr_take take, void *arg);

/* Mean and deviation of columns, NaN left out: a constant one is scaled 0. */
void ltr_standardise(const double *sum, const double *squares,
                     const uint64_t *count, size_t n, float *mean,
                     float *scale);

/* The same of the columns of rows[n][width]. */
int ltr_columns_measure(const struct ltr_lesson *lesson, const float *rows,
                        size_t n, size_t width, float *mean, float *scale);

#endif /* LTR_TRAIN_PARTS_H */
