/*
 * training.h - the options of training and of content tables, for the
 * commands that have them
 */
#ifndef TRAINING_H
#define TRAINING_H

#include <ltrec/train.h>

#include "args.h"
#include "music.h"

/* Entries for a command's list of options. */
#define PRECISION_OPTION \
    { \
        "precision", "P", "of networks: float32 (default) or bf16" \
    }

#define TRAINING_OPTIONS \
    {"network", "N", "for audio: reference, small or flatten"}, \
        {"patch-seconds", "S", "of sound at a time (default: 35)"}, \
        {"patches", "N", "a track and epoch (default: 1)"}, \
        {"hidden", "N", "units of the dense layers"}, \
        {"dropout", "P", "of hidden units (default: 0.5)"}, \
        {"input-dropout", "P", "of attributes (default: 0.5)"}, \
        {"fuse-dropout", "P", "of the fusion's inputs (default: 0.7)"}, \
        {"stack", "N", "1: branches' own answers beside it (default), or 0"}, \
        {"max-epochs", "N", "at most (default: 100)"}, \
        {"patience", "N", "epochs without a better one (default: 8)"}, \
        {"batch", "N", "tracks (default: 64 for audio, 256)"}, \
        {"rate", "R", "of Adam (default: 0.001)"}, \
        {"schedule", "S", "of the rate: constant or cosine"}, \
        {"warmup", "N", "epochs in which the rate rises (default: 0)"}, \
        {"decay", "D", "of weights (default: 0)"}, \
        {"average", "A", "of weights over steps (default: 0.99)"}, \
        {"linear", "L", "what a network adds to: none, mean or ridge"}, \
        {"contrast", "W", "weight of telling tracks apart (default: 0)"}, \
        {"temperature", "T", "of that (default: 0.1)"}, \
        {"mask", "P", "attributes made unknown (default: 0)"}, \
        {"mixup", "A", "tracks mixed by Beta(A, A) (default: 0)"}, \
        {"stripes", "N", "blotted out of a patch (default: 0)"}, \
        {"soft-floor", "DB", "below which levels count less (default: 0)"}, \
        {"auxiliary", "W", "attributes learnt by audio (default: 0)"}, \
        {"distil", "P", "of MGP's answers learnt by audio (default: 0)"}, \
        {"unplayed", "N", "1: both of tracks without a target, too, or 0"}, \
        PRECISION_OPTION, \
        {"weigh", "BY", "targets by plays (default) or trust in them"}, \
    { \
        "kappa", "K", "by plays, n of them weigh n / (n + K) (default: 3)" \
    }

#define CONTENT_TABLES \
    {"attributes", "T", "by people: item, attribute, value"}, \
        {"machine", "T", "by machine: item and numeric columns"}, \
        {"genres", "T", "item, genre, value"}, \
        {"items", "T", "item, artist, title, and path to the sound"}, \
        {"catalog", "C.db", "of ltrec scan: its tracks, and their sound"}, \
        {"preset", "P", "front end: default, librosa, musicnn or cqt"}, \
    { \
        "skip-bad", NULL, "count broken rows and go on" \
    }

/* Wrong when none of the tables is given. */
void tables_required(struct args *args);

/* Wrong when a table is not given without which a branch knows nothing. */
void branches_required(struct args *args, uint32_t wanted);

/* The library's defaults, with what the person asks for. */
void training_options(struct args *args, ltrec_train_options *options);

/* Warn of options that are of none of the branches that are taught, which
 * `option` asks for. */
void training_warn(const struct args *args, const char *option,
                   uint32_t taught);

/* What the person asks for, over what `options` hold. */
void training_wishes(struct args *args, ltrec_train_options *options);

/* What --precision says, LTREC_PRECISION_... */
int32_t precision_wish(struct args *args, int32_t otherwise);

/* Tell when this machine works in another precision than is wished for. */
void precision_warn(const ltrec_context *ctx, int32_t wish);

/* The branches that `option` joins by +, none when it is absent or wrong. */
uint32_t branches_wish(struct args *args, const char *option);

#define TRAINING_LESSONS 6

/*
 * The branches to teach for those that are wanted, each after what it builds
 * on, as LTREC_BRANCH_... bits: sound learns from MGP when it distils, and
 * MLG that listens needs sound and a head.  Returns how many there are.
 */
size_t training_lessons(uint32_t wanted, int by_ear, int distils,
                        uint32_t lessons[TRAINING_LESSONS]);

/* All that is taught for branches, wanted alone and fused, as bits. */
uint32_t training_taught(uint32_t wanted, int fused, int by_ear, int distils);

/* What the bit of a branch is called. */
const char *training_branch(uint32_t branch);

/* "artist" and the like, of LTREC_SPLIT_.... */
const char *training_split(int32_t split);

/* Look at the options of the tables before any work; see args_failed(). */
void tables_check(struct args *args);

/*
 * Read the tables that were named.  With a model its vocabularies hold, but
 * for the branch `anew`, which is about to be trained; 0 for none, and then a
 * table that the model has no branch for is told and left out.
 */
int tables_read(struct args *args, const ltrec_model *model, uint32_t anew,
                struct music *music, ltrec_error *err);

/* The ltrec_frontend_version() of what these options make. */
int frontend_version(ltrec_context *ctx, const ltrec_frontend_options *options,
                     uint64_t *version, ltrec_error *err);

/*
 * LTREC_ERR_MISMATCH when `preset` (NULL for none) would not make rows as what
 * says itself how they are made, `made` of `whose`: "the model is", say.
 */
int preset_agrees(ltrec_context *ctx, const char *preset,
                  const ltrec_frontend_options *made, const char *whose,
                  ltrec_error *err);

/*
 * The front end of a model with audio, which this program must make as the one
 * was that it was trained with: LTREC_ERR_MISMATCH, naming the file `path`.
 */
int model_frontend(ltrec_context *ctx, const ltrec_model *model,
                   const char *path, ltrec_frontend_options *options,
                   ltrec_error *err);

/*
 * Take the tags of --catalog, whose tracks are called as what is `known` calls
 * them, and with `sound` theirs, or listen to the files of the
 * items' paths, through the front end of a model with audio.  A file that
 * fails is told and counted in `*failed`; there being none at all is an error.
 */
int tables_listen(struct args *args, ltrec_context *ctx,
                  const ltrec_model *model, library_known known, void *user,
                  int sound, struct music *music, size_t *failed,
                  ltrec_error *err);

/*
 * Tables and factors that call everything differently are from two worlds: an
 * error, of the file `path` that the factors are of, and `example`, what the
 * first of them is called.
 */
int tables_agree(const struct music *music, const ltrec_factors *factors,
                 const char *path, const char *example, ltrec_error *err);

/*
 * What --split says: LTREC_SPLIT_..., by artist where it says nothing.
 */
int32_t split_wish(struct args *args);

/*
 * Choose where a dataset's spectrograms are to lie, music->scratch: in a file
 * in the folder of --scratch, or of the file `out` when a catalogue has more
 * of them than a quarter of this machine's memory holds; or else in memory.
 */
void scratch_choose(struct args *args, struct music *music, const char *out);

/* Warn of what a training did that nobody would expect. */
void report_warn(const char *branch, const ltrec_train_report *report);

/* LTREC_ERR_ARGUMENT when MLG is among `branches`, and there are neither a
 * machine's columns nor attributes to listen for. */
int ears_check(uint32_t branches, const struct music *music, ltrec_error *err);

/* What else the options of sound need: attributes for --auxiliary, --distil.
 */
void teachers_required(struct args *args, uint32_t wanted,
                       const ltrec_train_options *options);

/* LTREC_ERR_ARGUMENT when --split asks for what no track has. */
int split_check(struct args *args, const struct music *music,
                ltrec_error *err);

#endif /* TRAINING_H */
