/*
 * ltrec/train.h - learn to predict factors from what a track is
 *
 * A dataset holds what is known of each track; the targets are the factors of
 * those that have been played.  Branches are trained one at a time, each on
 * top of the model so far, and at the end a fusion of some of them:
 *
 *     ltrec_dataset_create(ctx, &dataset_options, &dataset, &err);
 *     for each track
 *         ltrec_dataset_add(dataset, id, artist, &track, &err);
 *     ltrec_train(ctx, dataset, factors, LTREC_BRANCH_MGP, NULL, &options,
 *                 &mgp, NULL, &err);
 *     ltrec_train(ctx, dataset, factors, LTREC_BRANCH_GENRE, mgp, &options,
 *                 &both, NULL, &err);
 *     options.fuse = LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE;
 *     ltrec_train(ctx, dataset, factors, LTREC_BRANCH_FUSION, both, &options,
 *                 &fused, NULL, &err);
 *
 * The loss is 1 - cos(prediction, factor); a part of the tracks is kept for
 * validation and decides when to stop and which epoch's weights stay.
 *
 * Threads: a dataset belongs to one caller while it grows.  Training works on
 * all threads of the context; the same seed gives the same bits at any number
 * of them.
 */
#ifndef LTREC_TRAIN_H
#define LTREC_TRAIN_H

#include <ltrec/audio.h>
#include <ltrec/base.h>
#include <ltrec/factors.h>
#include <ltrec/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_dataset ltrec_dataset;

/* ---- Datasets ----------------------------------------------------------- */

typedef struct ltrec_dataset_options {
    size_t size; /* set by ltrec_dataset_options_init() */

    /* The front end of the spectrograms; NULL, the default, for no sound. */
    const ltrec_frontend_options *frontend;

    /* How many of each there are, and what they are called; default none.
     * Names are copied. */
    size_t n_attributes, n_machine, n_genres;
    const char *const *attribute_names;
    const char *const *machine_names;
    const char *const *genre_names;

    /*
     * A folder for the spectrograms when there are more than memory holds:
     * they lie in a file without a name there, which goes with the dataset,
     * and only those being learnt from are in memory.  Default NULL: in
     * memory.
     */
    const char *scratch;
} ltrec_dataset_options;

LTREC_API void ltrec_dataset_options_init(ltrec_dataset_options *options,
                                          size_t size);

/* LTREC_ERR_ARGUMENT for a front end that cannot be, names that are missing,
 * not UTF-8 or there twice in a list, LTREC_ERR_IO when `scratch` takes no
 * file, LTREC_ERR_MEMORY. */
LTREC_API int ltrec_dataset_create(ltrec_context *ctx,
                                   const ltrec_dataset_options *options,
                                   ltrec_dataset **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_dataset_free(ltrec_dataset *dataset);

/*
 * Copy what is known of a track; see ltrec_track for shapes.  The artist
 * fields of `track` are not looked at: `artist`, 0 for unknown, says whose it
 * is, and the artist's vector is made from the targets, without the track's
 * own and those of its copies.  Spectrograms are kept in 16 bits a value, to
 * 1/65,535 of the track's range.  What the dataset was not made for, such as
 * rows without a front end or values without names, is passed over.
 *
 * LTREC_ERR_ARGUMENT, naming what, for a value out of its range or an id that
 * was there before; LTREC_ERR_IO when the disk of `scratch` is full;
 * LTREC_ERR_MEMORY; the dataset is then as it was.
 */
LTREC_API int ltrec_dataset_add(ltrec_dataset *dataset, uint64_t id,
                                uint64_t artist, const ltrec_track *track,
                                ltrec_error *err);

/* The tracks that were added. */
LTREC_API size_t ltrec_dataset_count(const ltrec_dataset *dataset);

/* ---- Training ----------------------------------------------------------- */

/*
 * The networks for sound.  The first two pool what they hear over all of a
 * patch; the third keeps its order, and so hears patches of one length: what
 * is shorter is filled up with the track's lowest level.  It is meant for the
 * preset "cqt".
 */
enum {
    LTREC_AUDIO_REFERENCE = 1, /* 256, 256, 512, 512 filters, 2048 units */
    LTREC_AUDIO_SMALL = 2,     /* 64, 128, 128, 256 filters, 512 units */
    LTREC_AUDIO_FLATTEN = 3    /* 256, 512, 1024, 1024 filters, dropout after
                                  each, 1024 values for each 64 frames */
};

/*
 * Which tracks may be validated on when others are trained on: never one whose
 * recording, ltrec_track.recording, is trained on as another track.  Artists
 * and albums that share one are kept back together; by time a recording is as
 * old as the first of its tracks.
 */
enum {
    LTREC_SPLIT_TRACK = 1,  /* any */
    LTREC_SPLIT_ARTIST = 2, /* none by an artist that is trained on */
    LTREC_SPLIT_ALBUM = 3,  /* none of an album that is trained on */
    LTREC_SPLIT_TIME = 4    /* the newest; of unknown age are trained on */
};

/* How the learning rate goes over the epochs, after its rise. */
enum {
    LTREC_SCHEDULE_CONSTANT = 1,
    LTREC_SCHEDULE_COSINE = 2 /* half a cosine, to a hundredth of it at the
                                 last of `epochs` */
};

/* What a target counts, between 0 and 1. */
enum {
    LTREC_WEIGHING_PLAYS = 1, /* n / (n + kappa) of its n listeners */
    LTREC_WEIGHING_TRUST = 2  /* what of its squared length is known:
                                 |y|^2 / (|y|^2 + variance), for factors with
                                 ltrec_factors_variance() */
};

/* What a network's output is added to. */
enum {
    LTREC_LINEAR_NONE = 1, /* nothing */
    LTREC_LINEAR_MEAN = 2, /* the mean target: the network learns what is
                              different about a track */
    LTREC_LINEAR_RIDGE = 3 /* what ridge regression says of its input: the
                              network learns what is left to learn; for up to
                              4,096 tracks, or numbers in an input, of which
                              sound has six a band.  A fusion's has a penalty
                              for each branch, chosen by the tracks that were
                              kept back, if they are ten and more - and from
                              all branches, as with `stack` -, and is in the
                              end fitted to these as well, where a regression
                              can be of so many.  Its validation is from before
                              that, and better than new tracks will be */
};

/* After every epoch, on the calling thread.  Non-zero cancels. */
typedef int (*ltrec_epoch)(void *user, uint32_t epoch, double train_loss,
                           double validation_loss);

/* The same and more; fields may be added at its end. */
typedef struct ltrec_epoch_record {
    size_t size;
    uint32_t epoch;         /* this one, from 1 */
    uint32_t epochs;        /* at most */
    uint32_t best_epoch;    /* so far; 0: the linear path alone */
    double train_loss;      /* 1 - cos, or the head's cross-entropy */
    double validation_loss; /* likewise */
    double best_loss;       /* validation's, so far */
    double rate;            /* of learning, at its beginning */
    uint64_t samples;       /* trained on in it: tracks, or patches */
} ltrec_epoch_record;

typedef int (*ltrec_epoch_recorder)(void *user,
                                    const ltrec_epoch_record *record);

typedef struct ltrec_train_options {
    size_t size; /* set by ltrec_train_options_init() */

    int32_t audio;        /* LTREC_AUDIO_...; default LTREC_AUDIO_REFERENCE */
    float patch_seconds;  /* of sound at a time; default 35 */
    uint32_t patches;     /* a track and epoch, drawn anew; default 1 */
    uint32_t hidden;      /* units of the dense layers; 0, the default, for
                             the network's own: 2048, 512 for genre, artist
                             and the small audio network, none for fusion and
                             the audio network that flattens */
    float dropout;        /* of hidden units, and of filters where there is
                             any, 0 to 0.99; default 0.5 */
    float input_dropout;  /* of attributes, MGP and MLG; default 0.5 */
    float fuse_dropout;   /* of the fusion's inputs; default 0.7 */
    float branch_dropout; /* of whole branches while fusing; default 0.25 */
    uint32_t fuse;        /* LTREC_BRANCH_... bits a fusion is to use;
                             0, the default, for all the model has */
    uint32_t head_folds;  /* to make MLG's training inputs from heads that
                             have not heard the track, 2 to 20; default 5.  A
                             fusion over MLG by ear learns from the same, by
                             id, while the model is the one that was trained;
                             where it comes out of a file they are made anew,
                             by this call's options, and those of MLG make the
                             same again */

    uint32_t epochs;   /* at most; default 100 */
    uint32_t patience; /* epochs without a better validation; default 8 */
    uint32_t batch;    /* 0, the default: 64 for audio, 256 otherwise */
    float rate;        /* of Adam; default 1e-3 */
    float validation;  /* share of the tracks, 0 to 0.5; default 0.1 */
    int32_t split;     /* LTREC_SPLIT_...; default LTREC_SPLIT_ARTIST; a branch
                          that joins others keeps back what they did, by their
                          seed, split and share and not by these, unless the
                          dataset knows nothing of what they went by */

    uint32_t min_plays; /* listeners a target must have, of factors that know
                           how many there are; default 1 */
    float kappa;        /* with LTREC_WEIGHING_PLAYS a target of n listeners
                           weighs n / (n + kappa); default 3; 0 for equal
                           weights */
    uint64_t seed;      /* default 0 */

    const char *provenance; /* kept in the file: licence, data; UTF-8, up to
                               65,536 bytes; default "", base's */

    ltrec_epoch epoch;       /* may be NULL */
    ltrec_progress progress; /* in batches; before the first epoch, and after
                                the last, in the steps of one task after
                                another, each from 0; may be NULL */
    void *user;

    int32_t schedule; /* LTREC_SCHEDULE_...; default _CONSTANT */
    float warmup;     /* epochs in which the rate rises to `rate`; default 0 */
    float decay;      /* of weights, as AdamW has it: a step takes rate *
                         decay of each; default 0 */
    float average;    /* not 0: the weights kept are an average over steps,
                         each of which leaves this much of those before; 0
                         to 0.99999, default 0.99 */
    int32_t linear;   /* LTREC_LINEAR_...; default LTREC_LINEAR_NONE; the
                         head is logistic and has none */
    float contrast;   /* weight of a second loss: that a prediction is nearer
                         to its own target than to the others of the batch
                         but for the same artist's; 0 to 10, default 0 */
    float temperature; /* of that loss, 0.01 to 10; default 0.1 */
    float mask;        /* share of attributes and machine columns that are
                          said to be unknown while training; 0 to 0.99,
                          default 0 */
    float mixup;       /* not 0: samples are mixed with others by shares from
                          Beta(mixup, mixup), 0 to 1; default 0 */
    uint32_t stripes;  /* of time and as many of bands are blotted out of a
                          patch while training; 0 to 10, default 0 */
    float auxiliary;   /* weight of the attributes of a track as a second
                          thing for audio to learn; 0 to 100, default 0 */
    float distil;      /* share of MGP's prediction, from `base`, in a target
                          of audio; 0 to 1, default 0 */
    ltrec_epoch_recorder record; /* after every epoch; may be NULL */

    /*
     * A file to go on from: training saves its state there after every
     * `checkpoint_epochs`, and begins from what is there, to the same bits as
     * if it had never been interrupted, by the same kernels.
     * LTREC_ERR_MISMATCH when the file is of other data - tracks added in
     * another order are that - or other options, also of what this branch does
     * not go by; `epochs` and `patience` may differ, unless the rate falls
     * with the epochs.  It stays when training is done: a finished training is
     * gone through in no time, but for the heads that MLG by ear learns from,
     * and one of more epochs than `epochs` gives what it has.  Default NULL.
     */
    const char *checkpoint;
    uint32_t checkpoint_epochs; /* 1 to 100,000; default 1 */

    /*
     * LTREC_PRECISION_..., of the products of networks; weights and Adam's
     * memory of them stay float32.  Default LTREC_PRECISION_FLOAT32.
     */
    int32_t precision;

    int32_t weighing; /* LTREC_WEIGHING_...; default LTREC_WEIGHING_PLAYS */

    /*
     * 1: to what a fusion says is added what its branches say alone, as much
     * of each as brings the tracks that were kept back nearest to their
     * targets (Wolpert 1992).  For this they must have been kept back from the
     * branches as well, as they are where ids, artists, albums and, by time,
     * the tracks of the dataset and their dates are the same; a branch with
     * fewer than five to keep back has learnt them, and so may one that
     * ltrec_model_training() knows nothing of.  The validation loss, and with
     * it the confidence, stay those of the fusion alone. 0: the fusion alone.
     * Default 1.
     */
    int32_t stack;

    /*
     * Not 0: what audio hears is levelled out softly around so many dB below
     * 0, so that it does not go by what encoders change most.  With u the dB a
     * level is above that, the network is given
     * (u + sqrt(u^2 + 100)) / 2 - soft_floor: the level itself far above, ever
     * less of it below.  0 dB is the front end's `reference`, the track's
     * loudest moment of the presets default and cqt, and 1 of librosa.  The
     * model keeps it.  For front ends whose level is LTREC_LEVEL_DB; 0 to 200,
     * default 0.
     */
    float soft_floor;

    /*
     * 1: with `auxiliary` or `distil` audio also learns from the tracks that
     * have sound and attributes and no target: what `auxiliary` says of them,
     * and by `distil` what MGP says in place of a target.  Tracks that would
     * be kept back for validation if they had a target are left out.  An epoch
     * is as many tracks longer; over it targets and attributes weigh what they
     * would without, and the attributes of all tracks alike.  Not with
     * `contrast`.  0: from tracks that have a target alone.  Default 1.
     */
    int32_t unplayed;
} ltrec_train_options;

LTREC_API void ltrec_train_options_init(ltrec_train_options *options,
                                        size_t size);

/* How it went; the caller sets `size`. */
typedef struct ltrec_train_report {
    size_t size;            /* sizeof(ltrec_train_report) */
    uint32_t epochs;        /* run */
    uint32_t best_epoch;    /* whose weights were kept, from 1; 0: none was
                               better than the linear path alone */
    double train_loss;      /* of the last epoch */
    double validation_loss; /* of the best */
    size_t n_train;         /* tracks */
    size_t n_validation;    /* tracks; 0 when too few to keep any back: an
                               epoch's training loss, as it was before each of
                               its steps, then decides */
    size_t n_parameters;
    char stopped[160]; /* "", or why training stopped before its time: a loss
                          that is not finite, in which epoch and from which
                          layer on; the best epoch's weights are kept */
    size_t n_unplayed; /* tracks beside `n_train`, without a target */
} ltrec_train_report;

/*
 * Train `branch`, one LTREC_BRANCH_... bit, on the tracks of `dataset` that
 * have a target and what the branch needs, and audio on others as `unplayed`
 * says.  The result has the branches of `base` (may be NULL) and the new one,
 * in place of its own of that kind and without what was built on that: a
 * fusion over it; with audio the head, and with either MLG by ear and what
 * fuses that.
 *
 * LTREC_BRANCH_HEAD needs audio in `base` and learns the attributes of all
 * tracks that have them; `targets` is not looked at.  LTREC_BRANCH_MLG learns
 * from the machine table if the dataset has one, otherwise from the head of
 * `base`, on estimates by heads that were trained without the track.
 * LTREC_BRANCH_FUSION trains on frozen branches of `base`.
 *
 * LTREC_ERR_ARGUMENT when there are fewer than 2 tracks to learn from, an
 * option is out of its range, a loss is not finite before an epoch was any
 * good, `auxiliary` or `distil` finds no attributes of a track that is learnt
 * from, `soft_floor` for levels that are not in dB, LTREC_LINEAR_RIDGE too
 * large or a patch too long to be flattened, which takes up to 4,222 frames,
 * LTREC_ERR_STATE when `base` lacks what the branch builds on,
 * LTREC_ERR_MISMATCH when `base` was trained for other factors, or what it
 * builds on for another front end or other names than the dataset's, or
 * `checkpoint` is of another training,
 * LTREC_ERR_FORMAT when it is damaged or something else, LTREC_ERR_IO when it
 * cannot be written, LTREC_ERR_CANCELLED, LTREC_ERR_MEMORY.  `report` may be
 * NULL.
 */
LTREC_API int ltrec_train(ltrec_context *ctx, const ltrec_dataset *dataset,
                          const ltrec_factors *targets, uint32_t branch,
                          const ltrec_model *base,
                          const ltrec_train_options *options,
                          ltrec_model **out, ltrec_train_report *report,
                          ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_TRAIN_H */
