/*
 * train_parts.h - what training is made of
 */
#ifndef LTR_TRAIN_PARTS_H
#define LTR_TRAIN_PARTS_H

#include <stdatomic.h>

#include <ltrec/train.h>

#include "math/idmap.h"
#include "model/model_parts.h"
#include "nn/net.h"

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

/* ---- Datasets ----------------------------------------------------------- */

struct ltr_known {
    uint64_t artist;
    uint16_t *mel; /* [n_frames][bands]: least + step * value */
    size_t n_frames;
    float least, step;
    float *attributes, *machine, *genres; /* NULL where not known */
};

struct ltrec_dataset {
    ltrec_context *ctx;
    int has_sound;
    ltrec_frontend_options frontend;
    struct ltr_names attributes, machine, genres;
    size_t n, capacity;
    uint64_t *ids;            /* [capacity] */
    struct ltr_known *tracks; /* [capacity] */
    struct ltr_idmap rows;    /* from id to row */
    struct ltr_scratch *scratch; /* where spectrograms lie, unless NULL */
};

/* `frames` rows of a track from `start` on, as floats again. */
void ltr_dataset_mel(const ltrec_dataset *dataset, size_t row, size_t start,
                     size_t frames, float *out);

/* ---- Who is trained on -------------------------------------------------- */

/*
 * The rows of a dataset that a branch can learn from, those to train on
 * first, with their targets.
 */
struct ltr_sample {
    ltrec_context *ctx;
    size_t n, n_train;
    size_t n_out;   /* floats of a target */
    uint32_t *rows; /* [n] in the dataset */
    float *targets; /* [n][n_out] */
    float *weights; /* [n] */
};

/* Which rows have what it takes; the rest have been seen to. */
typedef int (*ltr_eligible)(const ltrec_dataset *dataset, size_t row,
                            void *arg);

/* Unit factors for targets, weighted by their plays. */
int ltr_sample_factors(const ltrec_dataset *dataset,
                       const ltrec_factors *factors,
                       const ltrec_train_options *options,
                       ltr_eligible eligible, void *arg,
                       struct ltr_sample *sample, ltrec_error *err);

/* Attributes for targets, NaN where nobody has said. */
int ltr_sample_attributes(const ltrec_dataset *dataset,
                          const ltrec_train_options *options,
                          struct ltr_sample *sample, ltrec_error *err);

void ltr_sample_free(struct ltr_sample *sample);

/* ---- The loop ----------------------------------------------------------- */

/*
 * Write the input of sample `i`, which may differ from epoch to epoch - each
 * draw by `draw` - and return its frames.  Called by several workers at once.
 * A draw of LTR_NO_DRAW is for validation: the same every time.
 */
#define LTR_NO_DRAW UINT64_MAX
typedef size_t (*ltr_fill)(void *arg, size_t i, uint64_t draw, float *input);

typedef double (*ltr_loss)(const float *p, const float *y, size_t n,
                           double weight, float *d_p);

struct ltr_fit {
    ltrec_context *ctx;
    const struct ltr_net *net;
    const struct ltr_sample *sample;
    const ltrec_train_options *options;
    ltr_fill fill;
    void *arg;
    ltr_loss loss;
    size_t batch, most_frames;
    size_t repeats;  /* of each sample in an epoch */
    uint64_t stream; /* sets this fit's random numbers apart */
    int quiet;       /* no epoch callback: one of many */
};

/*
 * Train from He-uniform parameters until validation stops getting better;
 * parameters[net->n_parameters] receives the best epoch's.
 */
int ltr_fit_run(const struct ltr_fit *fit, float *parameters,
                ltrec_train_report *report, ltrec_error *err);

/* ---- Branches ----------------------------------------------------------- */

/* The network of a branch with `n_in` inputs and `n_out` outputs. */
int ltr_recipe(size_t place, const ltrec_train_options *options, size_t n_in,
               size_t n_out, struct ltr_net *net, ltrec_error *err);

/* Everything a branch's training is given. */
struct ltr_lesson {
    ltrec_context *ctx;
    const ltrec_dataset *dataset;
    const ltrec_factors *targets;
    const ltrec_model *base;
    const ltrec_train_options *options;
    size_t rank;
    int quiet; /* no epoch callback: one fit of several */
    ltrec_train_report *report;
    ltrec_error *err;
};

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
 * A matrix of inputs, a row for each sample; ltr_fill_row() is an ltr_fill
 * whose `arg` it is.
 */
struct ltr_matrix {
    size_t n, width;
    float *rows; /* [n][width] */
};
size_t ltr_fill_row(void *arg, size_t i, uint64_t draw, float *input);
int ltr_matrix_create(ltrec_context *ctx, size_t n, size_t width,
                      struct ltr_matrix *out);

/*
 * Fit a network of a branch to a matrix of inputs.  `n_scales` as in
 * ltr_branch_create().
 */
int ltr_teach_matrix(const struct ltr_lesson *lesson, size_t place,
                     const struct ltr_sample *sample,
                     struct ltr_matrix *matrix, size_t n_scales,
                     struct ltr_branch **out);

/*
 * For every row of the dataset, [rank]: the mean of the unit targets of the
 * artist's other tracks; counts[n] of how many.  Free the parts by ltr_free().
 */
struct ltr_siblings {
    float *means;     /* [dataset n][rank] */
    uint32_t *counts; /* [dataset n] */
};
int ltr_siblings_create(const struct ltr_lesson *lesson,
                        struct ltr_siblings *out);
void ltr_siblings_free(ltrec_context *ctx, struct ltr_siblings *siblings);

/*
 * Run the base model on rows of the dataset, several at a time, and hand what
 * it heard to `take` - for each row once, from any worker.
 * LTREC_ERR_MISMATCH when `branches` were made for other inputs than the
 * dataset holds.
 */
typedef void (*ltr_take)(void *arg, size_t i, const struct ltr_heard *heard);
int ltr_hear_rows(const struct ltr_lesson *lesson, uint32_t branches,
                  const struct ltr_siblings *siblings, const uint32_t *rows,
                  size_t n, ltr_take take, void *arg);

/* What the base model's trunk makes of each row's sound, pooled. */
int ltr_hear_pooled(const struct ltr_lesson *lesson, const uint32_t *rows,
                    size_t n, struct ltr_matrix *out);

/*
 * What is heard in every track that has sound and a target, `heard[n]
 * [attributes]`: each by a head that was trained without it and without its
 * artist's other tracks.  Both are to be freed also after a failure.
 */
int ltr_hear_by_others(const struct ltr_lesson *lesson,
                       struct ltr_sample *wanted, struct ltr_matrix *heard);

/* Mean and deviation of columns, NaN left out: a constant one is scaled 0. */
void ltr_standardise(const double *sum, const double *squares,
                     const uint64_t *count, size_t n, float *mean,
                     float *scale);

#endif /* LTR_TRAIN_PARTS_H */
