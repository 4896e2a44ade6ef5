/*
 * model_parts.h - what a model is made of
 *
 * A branch is a network with what its inputs need: names, scales.  Branches
 * never change once made and are shared between models: training a fusion on
 * top of four branches copies none of them.
 */
#ifndef LTR_MODEL_PARTS_H
#define LTR_MODEL_PARTS_H

#include <math.h>
#include <stdatomic.h>

#include <ltrec/model.h>

#include "model/levels.h"
#include "nn/net.h"
#include "store/store.h"

/* The places of the LTREC_BRANCH_... bits. */
enum {
    LTR_AUDIO,
    LTR_MGP,
    LTR_MLG,
    LTR_GENRE,
    LTR_ARTIST,
    LTR_FUSION,
    LTR_HEAD,
    LTR_BRANCHES
};

#define LTR_FUSABLE 5 /* the branches before LTR_FUSION */

/* What a network for sound may want: of frames in a patch, and of values for
 * one patch on its way through, 128 MB.  A predictor holds several, and a
 * file of a few bytes must not make it huge. */
#define LTR_MOST_PATCH 16384
#define LTR_MOST_VALUES ((size_t)1 << 25)

/* "audio", "mgp", ... as files and messages have them. */
extern const char *const ltr_branch_names[LTR_BRANCHES];

/* The place of a single bit, or LTR_BRANCHES. */
size_t ltr_branch_place(uint32_t bit);

struct ltr_names {
    size_t n;
    char *text;        /* each ended by a zero */
    uint64_t *offsets; /* [n + 1] */
};

struct ltr_branch {
    ltrec_context *ctx;
    atomic_size_t references;
    struct ltr_net net;
    float *parameters;              /* [net.n_parameters] */
    double validation;              /* a cosine, or the head's cross-entropy */
    ltrec_branch_training training; /* of 0 tracks when nothing is known */
    struct ltr_names names;
    size_t n_scales; /* mel bands, or columns of MLG; 0 for the others */
    float *mean;     /* [n_scales] of the training set */
    float *scale;    /* [n_scales], what to multiply by: 1 / deviation */
    uint32_t fused;  /* FUSION: bits of the branches it listens to */
    float stack[2][LTR_FUSABLE]; /* FUSION: how much of each one's own answer
                                    is added to its answer, both of unit
                                    length; and that where it is also over the
                                    artist, who is not known */
    int from_head;               /* MLG: its inputs are what the head hears */
    float fame, usual; /* ARTIST: what others' lengths tell of a track's, see
                          ltrec_model_length() */
    float *linear;     /* [ltr_linear_size() + 1][n_out], or NULL; FUSION: one
                          of [n_scales + 1][n_out] for each set of inputs */

    /* MLG, only as long as it is fresh from training and in no file: what
     * heads heard in these tracks that were trained without them. */
    size_t n_heard;
    uint64_t *heard_ids; /* [n_heard] */
    float *heard;        /* [n_heard][n_scales] */

    /* AUDIO */
    ltrec_frontend_options frontend;
    uint64_t feature_version; /* of that front end; 0: unknown */
    size_t patch_frames;
    float soft_floor; /* dB below 0; 0 for none */
};

struct ltrec_model {
    ltrec_context *ctx;
    atomic_size_t references; /* the caller's, and one per predictor */
    size_t rank;
    uint64_t factors_id;
    float norm;
    char *provenance;                          /* may be empty */
    struct ltr_branch *branches[LTR_BRANCHES]; /* NULL where there is none */
};

/* ---- Branches ----------------------------------------------------------- */

/* With parameters of zero; NULL when memory is short. */
struct ltr_branch *ltr_branch_create(ltrec_context *ctx,
                                     const struct ltr_net *net,
                                     size_t n_scales);
struct ltr_branch *ltr_branch_ref(struct ltr_branch *branch);
void ltr_branch_unref(struct ltr_branch *branch); /* accepts NULL */

/* LTREC_ERR_MEMORY; `names` is then empty. */
int ltr_names_copy(ltrec_context *ctx, size_t n, const char *const *texts,
                   struct ltr_names *names);
int ltr_names_clone(ltrec_context *ctx, const struct ltr_names *from,
                    struct ltr_names *names);
void ltr_names_free(ltrec_context *ctx, struct ltr_names *names);
int ltr_names_equal(const struct ltr_names *a, const struct ltr_names *b);

/* ---- Models ------------------------------------------------------------- */

/* Empty, with one reference; NULL when memory is short. */
ltrec_model *ltr_model_create(ltrec_context *ctx, size_t rank,
                              uint64_t factors_id, const char *provenance);
ltrec_model *ltr_model_ref(ltrec_model *model);

/* Whether a network for sound keeps the order of what it hears, of one
 * length. */
int ltr_flattens(const struct ltr_net *net);

/*
 * LTREC_ERR_FORMAT when the branches do not fit each other, or are too much
 * for a predictor to be made of.
 */
int ltr_model_check(const ltrec_model *model, ltrec_error *err);

/* A branch in a model's file; `*out` is to be freed also after a failure. */
void ltr_branch_write(struct ltr_writer *writer, size_t place,
                      const struct ltr_branch *branch);
int ltr_branch_read(ltrec_context *ctx, const struct ltr_reader *reader,
                    size_t place, struct ltr_branch **out, ltrec_error *err);

/* The options of a front end in a file's metadata; read, they are checked. */
void ltr_frontend_write(struct ltr_writer *writer,
                        const ltrec_frontend_options *options);
int ltr_frontend_read(const struct ltr_reader *reader,
                      ltrec_frontend_options *options, ltrec_error *err);

/* Statistics and soft floor, which files before format 4 lack; with the front
 * end in place. */
void ltr_hearing_write(struct ltr_writer *writer,
                       const struct ltr_branch *audio);
int ltr_hearing_read(const struct ltr_reader *reader, struct ltr_branch *audio,
                     ltrec_error *err);

/* What branches say beside a fusion; files may lack either set, and without
 * the second the first stands for it. */
void ltr_stack_write(struct ltr_writer *writer,
                     const struct ltr_branch *fusion);
int ltr_stack_read(const struct ltr_reader *reader, struct ltr_branch *fusion,
                   ltrec_error *err);

/* What an artist's other factors tell of a track's length, which files may
 * lack. */
void ltr_fame_write(struct ltr_writer *writer,
                    const struct ltr_branch *artist);
int ltr_fame_read(const struct ltr_reader *reader, struct ltr_branch *artist,
                  ltrec_error *err);

/* How a branch was trained, of which a file may say nothing. */
void ltr_training_write(struct ltr_writer *writer, size_t place,
                        const ltrec_branch_training *training);
int ltr_training_read(const struct ltr_reader *reader, size_t place,
                      ltrec_branch_training *training, ltrec_error *err);

/* ---- Inputs ------------------------------------------------------------- */

/* How many inputs a branch's network has for n names, columns or ranks. */
size_t ltr_input_size(size_t place, size_t n);

/* A value and a "not known" bit for each of `n`. */
void ltr_input_attributes(const float *values, size_t n, float *out);

/* The same, standardised; a missing one is at the mean. */
void ltr_input_machine(const struct ltr_branch *mlg, const float *values,
                       float *out);

/* The mean vector, log(1 + tracks) and a bit for "any". */
void ltr_input_artist(const float *mean, uint32_t tracks, size_t rank,
                      float *out);

/* The least of x[n]: what a spectrogram is padded with. */
float ltr_lowest_level(const float *x, size_t n);

/*
 * A level as the audio network is given it: `floor` dB below 0 and lower it
 * counts for less and less; 0 for as it is.
 */
#define LTR_MOST_SOFT_FLOOR 200
#define LTR_SOFT_BEND 10.0f /* dB on either side of the floor */
#define LTR_SOFT_MOST 1e6f  /* dB from it, whose square is still a float */
static inline float ltr_soft_level(float level, float floor)
{
    const float bend = LTR_SOFT_BEND, most = LTR_SOFT_MOST;
    float above = level + floor;

    if (floor == 0)
        return level;
    above = above > most ? most : above < -most ? -most : above;
    return (above + sqrtf(above * above + bend * bend)) / 2 - floor;
}

/* Standardise mel[frames][bands] into out, and pad it to `least` frames by
 * `silence`, the track's lowest level: `mel` may be but a part of it. */
void ltr_input_mel(const struct ltr_levels *levels,
                   const struct ltr_branch *audio, const float *mel,
                   size_t frames, size_t least, float silence, float *out);

/*
 * LTREC_ERR_ARGUMENT when something in a track is not what ltrec_track says
 * it must be; sizes that do not matter are given as 0.  A row in which nobody
 * has said anything becomes NULL: it is not known.
 */
struct ltr_track_shape {
    size_t bands, n_attributes, n_machine, n_genres, rank;
};
int ltr_track_check(ltrec_track *track, const struct ltr_track_shape *shape,
                    ltrec_error *err);

/* ---- The linear path ---------------------------------------------------- */

/* What a branch's network gives is added to `linear`'s product with features
 * of its input, where it has one. */
size_t ltr_linear_size(const struct ltr_net *net);

/* The inputs of a head beside that audio network: what its trunk pooled and,
 * where it has more than two, the statistics of the sound; not beside what was
 * flattened, which has as many inputs as a network may have. */
size_t ltr_head_inputs(const struct ltr_net *audio);

/* Of sound, [statistics][bands]; see LTR_STATISTICS. */
void ltr_linear_features(const struct ltr_levels *levels,
                         const struct ltr_net *net, const float *input,
                         size_t frames, float *features);

/*
 * The same, to rounding, of what ltr_input_mel() would write for each of up to
 * LTR_PATCHES windows, [n][statistics][bands]; a window longer than the sound
 * is the only one.  `fill` is not asked for anything.
 */
#define LTR_PATCHES 16
void ltr_linear_of_mel(ltrec_context *ctx, const struct ltr_branch *audio,
                       const float *mel, size_t frames,
                       const struct ltr_windows *windows, float *features);

/* out[n_out] += features[n] times weights[n + 1][n_out], the last row for 1.
 */
void ltr_linear_add(const float *weights, const float *features, size_t n,
                    size_t n_out, float *out);

/* ---- What the branches make of a track ---------------------------------- */

struct ltr_heard {
    uint32_t present; /* bits of the branches that had what they need */
    uint32_t by_ear;  /* of those that worked on the sound */
    double agreement; /* of the patches, 1 without sound */
    int silent;
    float *hidden[LTR_FUSABLE];   /* unit length, [ltr_net_hidden()] */
    float *unit[LTR_FUSABLE];     /* unit predictions, [rank] */
    float *pooled;                /* the trunk's, mean over patches */
    float *features[LTR_FUSABLE]; /* of the linear path, mean over patches */
};

/*
 * Run every branch of the predictor but the fusion.  What it returns belongs
 * to the predictor and lasts until its next call.
 */
int ltr_predictor_hear(ltrec_predictor *predictor, const ltrec_track *track,
                       const struct ltr_heard **out, ltrec_error *err);

/* input[ltr_head_inputs()], of what was heard with the features of sound. */
void ltr_head_input(const ltrec_model *model, const struct ltr_heard *heard,
                    float *input);

/* From now on heard->features are filled in for every branch, needed or not.
 * LTREC_ERR_MEMORY. */
int ltr_predictor_describe(ltrec_predictor *predictor);

/* ltr_pass_watch() for all that a predictor does. */
void ltr_predictor_watch(ltrec_predictor *predictor, void (*tick)(void *user),
                         void *user);

/*
 * The fusion's input: the hidden vectors of `fused` branches, zeros for those
 * not in `present`, then one presence bit each.
 */
size_t ltr_fusion_size(const ltrec_model *model, uint32_t fused);
void ltr_fusion_input(const ltrec_model *model, uint32_t fused,
                      uint32_t present, float *const *hidden, float *out);

/*
 * The features of a fusion's linear path: those of its branches, less the mean
 * of training, and zeros for those not in `present`.
 */
size_t ltr_fusion_sets(uint32_t fused); /* the sets that are not empty */
size_t ltr_fusion_set(uint32_t fused, uint32_t present); /* which it is */
size_t ltr_fusion_features_size(const ltrec_model *model, uint32_t fused);
void ltr_fusion_features(const ltrec_model *model, uint32_t fused,
                         uint32_t present, const float *mean,
                         float *const *features, float *out);

/* ---- Layers as text ----------------------------------------------------- */

#define LTR_MOST_LAYERS_TEXT 1024

/* "conv 256 4, relu, pool 4, ..., dense 200"; text[LTR_MOST_LAYERS_TEXT]. */
void ltr_layers_print(const struct ltr_net *net, char *text);

/* LTREC_ERR_FORMAT when it does not describe a network. */
int ltr_layers_parse(const char *text, size_t n_in, struct ltr_net *net,
                     ltrec_error *err);

#endif /* LTR_MODEL_PARTS_H */
