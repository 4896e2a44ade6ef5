/*
 * ltrec/model.h - the factors of a track that nobody has played
 *
 * A model holds up to five branches, each predicting a track's factors from
 * one kind of knowledge about it, and a fusion of any of them:
 *
 *     audio    log-mel spectrogram      convolutions over time
 *     MGP      attributes by people     two hidden layers
 *     MLG      attributes by machine    two hidden layers
 *     genre    genres                   one hidden layer
 *     artist   the artist's other tracks
 *
 * Models come from ltrec_train() and are kept in files.  A predictor runs
 * one: give it whatever is known of a track, and it answers with the track's
 * place among the factors the model was trained on, and how sure it is.
 *
 *     ltrec_model_load(ctx, "audio.model", &model, &err);
 *     ltrec_predictor_create(ctx, model, NULL, &predictor, &err);
 *     ltrec_track_init(&track, sizeof track);
 *     track.mel = mel;
 *     track.n_frames = n_frames;
 *     ltrec_predictor_run(predictor, &track, factor, &confidence, &err);
 *
 * Threads: a model never changes, and any number may use it; a predictor
 * serves one thread at a time, so make one for each.
 */
#ifndef LTREC_MODEL_H
#define LTREC_MODEL_H

#include <ltrec/audio.h>
#include <ltrec/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_model ltrec_model;
typedef struct ltrec_predictor ltrec_predictor;

/* Bits: one names a branch, several together a set of them. */
enum {
    LTREC_BRANCH_AUDIO = 1,
    LTREC_BRANCH_MGP = 2,
    LTREC_BRANCH_MLG = 4,
    LTREC_BRANCH_GENRE = 8,
    LTREC_BRANCH_ARTIST = 16,
    LTREC_BRANCH_FUSION = 32,
    LTREC_BRANCH_HEAD = 64, /* attributes heard in the sound, for MLG */
    LTREC_BRANCH_ALL = 127
};

/* ---- Models ------------------------------------------------------------- */

/*
 * LTREC_ERR_FORMAT when the file is damaged or something else than a model,
 * LTREC_ERR_UNSUPPORTED for a newer format, LTREC_ERR_IO, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_model_load(ltrec_context *ctx, const char *path,
                               ltrec_model **out, ltrec_error *err);

/*
 * The same of a file's bytes that are in memory already: compiled in, from an
 * archive or an application's assets.  They are copied and may go afterwards.
 */
LTREC_API int ltrec_model_load_memory(ltrec_context *ctx, const void *bytes,
                                      size_t size, ltrec_model **out,
                                      ltrec_error *err);

/* Replaces `path` whole or leaves it as it was: LTREC_ERR_IO,
 * LTREC_ERR_MEMORY. */
LTREC_API int ltrec_model_save(const ltrec_model *model, const char *path,
                               ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_model_free(ltrec_model *model);

/* The bits of the branches it has. */
LTREC_API uint32_t ltrec_model_branches(const ltrec_model *model);

/* Floats of a factor. */
LTREC_API size_t ltrec_model_rank(const ltrec_model *model);

/* The ltrec_factors_model_id() of the factors it predicts. */
LTREC_API uint64_t ltrec_model_factors_id(const ltrec_model *model);

/*
 * The ltrec_frontend_version() of the rows its audio branch was trained on: a
 * front end of another version makes others, and predictions of models that
 * differ here are not to be mixed.  0 without such a branch, or when the file
 * does not say.
 */
LTREC_API uint64_t ltrec_model_feature_version(const ltrec_model *model);

/*
 * LTREC_ERR_MISMATCH when rows of `version`, or vectors predicted from such,
 * are others than those the model knows.  Where either version is 0, not
 * known, all is well.  A program that makes rows itself asks before: a front
 * end of today may have another version than one of ltrec_model_frontend()'s
 * options had when the model was trained.
 */
LTREC_API int ltrec_model_check_features(const ltrec_model *model,
                                         uint64_t version, ltrec_error *err);

/*
 * The median length of the factors that it was taught, of tracks with
 * `min_plays` listeners, for setting predictions beside them, which are of
 * unit length; ltrec_model_length() says it of a single track.
 */
LTREC_API float ltrec_model_norm(const ltrec_model *model);

/* The learnable numbers of one branch; 0 for one it has not. */
LTREC_API size_t ltrec_model_parameters(const ltrec_model *model,
                                        uint32_t branch);

/*
 * The mean cosine of a branch's predictions with the factors of the tracks it
 * was validated on, and for LTREC_BRANCH_HEAD the mean binary cross-entropy.
 * These tracks have chosen the penalties of a fusion with LTREC_LINEAR_RIDGE,
 * and in the end its regression was fitted to them as well, which this is from
 * before: they are no test of it.
 */
LTREC_API double ltrec_model_validation(const ltrec_model *model,
                                        uint32_t branch);

/* What a model is made of; fields may be added at its end. */
typedef struct ltrec_model_information {
    size_t size;
    uint32_t fused;      /* bits of the branches that its fusion is over */
    uint32_t by_ear;     /* 1: MLG goes by what the head hears, not a table */
    uint32_t one_length; /* 1: audio flattens: not for LTREC_TRACK_WHOLE */
    uint32_t patch_frames; /* rows that audio hears at a time */
} ltrec_model_information;

/* Pass sizeof(ltrec_model_information).  0 for what there is not, or a NULL
 * model. */
LTREC_API void ltrec_model_info(const ltrec_model *model,
                                ltrec_model_information *out, size_t size);

/* How a branch was trained; fields may be added at its end. */
typedef struct ltrec_branch_training {
    size_t size;
    uint64_t tracks;            /* with a target, that it learnt from */
    uint64_t validation_tracks; /* that were kept back; 0 when too few */
    uint64_t seed;              /* of ltrec_train_options, */
    int32_t split;              /* and so are LTREC_SPLIT_..., which is
                                   LTREC_SPLIT_TRACK where the dataset named
                                   no artist, or no album, */
    float validation;           /* and the share to be kept back */
} ltrec_branch_training;

/*
 * Pass sizeof(ltrec_branch_training).  LTREC_ERR_STATE for a branch that it
 * has not, and when its file does not say: as one of another program;
 * LTREC_ERR_ARGUMENT for a NULL `out` or one without room for its size.
 */
LTREC_API int ltrec_model_training(const ltrec_model *model, uint32_t branch,
                                   ltrec_branch_training *out, size_t size);

/* What `provenance` of ltrec_train_options said of data and licence, which
 * may be "".  It belongs to the model; NULL of a NULL model. */
LTREC_API const char *ltrec_model_provenance(const ltrec_model *model);

/*
 * The front end that makes its log-mel; LTREC_ERR_ARGUMENT for NULL,
 * LTREC_ERR_STATE for a model without audio.  Rows made in any other way give
 * nonsense, not an error; ltrec_model_check_features() tells them apart.
 */
LTREC_API int ltrec_model_frontend(const ltrec_model *model,
                                   ltrec_frontend_options *options,
                                   size_t size);

/*
 * What the inputs of LTREC_BRANCH_MGP, _MLG and _GENRE, and the outputs of
 * _HEAD, are called.  `_name` is NULL past the last; `_find` answers
 * LTREC_ERR_ARGUMENT for a name the model has never seen.
 */
LTREC_API size_t ltrec_model_vocabulary(const ltrec_model *model,
                                        uint32_t branch);
LTREC_API const char *ltrec_model_name(const ltrec_model *model,
                                       uint32_t branch, size_t i);
LTREC_API int ltrec_model_find(const ltrec_model *model, uint32_t branch,
                               const char *name, size_t *i);

/* ---- What is known of a track ------------------------------------------- */

/* NULL is "not known": leave out what there is not. */
typedef struct ltrec_track {
    size_t size; /* set by ltrec_track_init() */

    /* The whole track's rows, levelled: [n_frames][bands]. */
    const float *mel;
    size_t n_frames;

    /* [vocabulary of MGP] in [0, 1]; NaN where nobody has said. */
    const float *attributes;

    /*
     * [vocabulary of MLG], in the units of training; NaN where missing.  Where
     * the model hears these attributes in the sound, what a person says here
     * beats it, value by value.
     */
    const float *machine;

    /* [vocabulary of genre] in [0, 1]. */
    const float *genres;

    /* [rank], the mean of the unit factors of `artist_tracks` other tracks of
     * this artist. */
    const float *artist;
    uint32_t artist_tracks;

    /*
     * For a dataset alone, which may keep back whole albums or what is newest:
     * any number for the album, and one that grows with the time of release,
     * such as 19970521; 0 for unknown.
     */
    uint64_t album;
    uint64_t released;

    /* Likewise: equal for copies of one recording, such as that of a single
     * and that of an album, none of which is kept back without the others,
     * or among the others of their artist; 0 for unknown. */
    uint64_t recording;

    /* The geometric mean of the lengths of those of the `artist_tracks`
     * factors that somebody has played, for ltrec_model_length(); 0, the
     * default, when there are none or it is not known. */
    double artist_length;
} ltrec_track;

/* All unknown.  Pass sizeof(ltrec_track). */
LTREC_API void ltrec_track_init(ltrec_track *track, size_t size);

/*
 * How long the factor of `track` may be expected to be:
 *     norm * (artist_length / usual)^(fame * n / (n + 1)),  n = artist_tracks,
 * norm being ltrec_model_norm(); `fame` and `usual`, the geometric mean of the
 * artist_lengths in training, are learnt with LTREC_BRANCH_ARTIST.  A track of
 * an artist whom many play will be played by many; a dot product with a
 * prediction of that length takes it into account, a cosine does not.
 *
 * ltrec_model_norm() where artist_tracks is 0 or artist_length is no number
 * above 0, where the model has learnt nothing of lengths, and for a NULL
 * `track` or one that asks for what this library does not know.
 */
LTREC_API float ltrec_model_length(const ltrec_model *model,
                                   const ltrec_track *track);

/* ---- Predicting --------------------------------------------------------- */

/*
 * How much of a track is heard, `full_track` of ltrec_predictor_options.  A
 * patch has the length that the model was trained on.  Whichever it is, tracks
 * may have any length, and memory does not depend on it; those no longer than
 * a patch are heard alike by all three - to the bit where the convolutions
 * leave no more than 64 frames of one, beyond that LTREC_TRACK_WHOLE has the
 * sums over time rounded otherwise.
 */
enum {
    /* The patch in the middle alone. */
    LTREC_TRACK_MIDDLE = 0,

    /*
     * Half-overlapping patches cover the track - but for the last frames,
     * fewer than the network pools into one - and their unit predictions are
     * averaged (O. Nieto, "Long tail music recommendation with deep
     * architectures", 2017).  How far they agree, the length of that average,
     * is a factor of the confidence.
     */
    LTREC_TRACK_PATCHES = 1,

    /*
     * One pass over all frames, as if the track were one patch: mean, maximum
     * and L2 norm over time, and the statistics that a linear path and a head
     * go by, are those of the whole track (S. Dieleman, "Recommending music on
     * Spotify with deep learning", 2014).  Nothing is there to agree, so that
     * the confidence is the validation cosine alone.  Not for a network that
     * flattens: it has one length.
     */
    LTREC_TRACK_WHOLE = 2
};

typedef struct ltrec_predictor_options {
    size_t size; /* set by ltrec_predictor_options_init() */

    /* The branches to be used, when the model has them and the track has
     * what they need; default LTREC_BRANCH_ALL.  LTREC_BRANCH_FUSION alone,
     * or with _HEAD, stands for all that the fusion is over as well. */
    uint32_t branches;

    int32_t full_track; /* LTREC_TRACK_...; default LTREC_TRACK_PATCHES */

    int32_t precision; /* LTREC_PRECISION_..., of the networks' products;
                          default LTREC_PRECISION_FLOAT32 */
} ltrec_predictor_options;

LTREC_API void ltrec_predictor_options_init(ltrec_predictor_options *options,
                                            size_t size);

/*
 * Keeps `model` alive.  LTREC_ERR_ARGUMENT when none of the branches asked
 * for is in the model, when `full_track` or `precision` is no number of
 * theirs, and when LTREC_TRACK_WHOLE is asked of a network that flattens what
 * it hears and is needed for these branches; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_predictor_create(ltrec_context *ctx,
                                     const ltrec_model *model,
                                     const ltrec_predictor_options *options,
                                     ltrec_predictor **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_predictor_free(ltrec_predictor *predictor);

/*
 * Predict `factor[rank]`, of unit length: for cosines as it is; times
 * ltrec_model_length() to stand beside the factors of played tracks, as in
 * ltrec_recommend(), which asks for dot products.  With a fusion among the
 * branches it decides, on whatever of its inputs there are; without one, or
 * any of these, the branches' unit predictions are averaged, each weighted by
 * its validation cosine.
 *
 * `*confidence` (NULL when unwanted), 0 to 1: the validation cosine of what
 * was used, times the agreement of the patches - the length of the mean of
 * their unit predictions - where sound was.  A silent track has confidence 0
 * when there is nothing but its sound.  A track shorter than a patch is one
 * patch; one shorter than the network's reach is filled up with its lowest
 * level, as silence would have.
 *
 * Allocates nothing.  LTREC_ERR_ARGUMENT when nothing is known that a branch
 * in use could work on - attributes that are all NaN are not known - or when a
 * value is out of its range, which the message names, or the values together
 * lead to a vector of no length or past all floats.  `factor` is then not
 * written.
 */
LTREC_API int ltrec_predictor_run(ltrec_predictor *predictor,
                                  const ltrec_track *track, float *factor,
                                  float *confidence, ltrec_error *err);

/*
 * The attributes heard in a track's sound: `attributes[vocabulary of head]`,
 * 0 to 1.  LTREC_ERR_STATE when the model has no head, or the predictor's
 * `branches` have neither LTREC_BRANCH_HEAD nor an MLG that goes by it;
 * LTREC_ERR_ARGUMENT without sound.
 */
LTREC_API int ltrec_predictor_attributes(ltrec_predictor *predictor,
                                         const ltrec_track *track,
                                         float *attributes, ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_MODEL_H */
