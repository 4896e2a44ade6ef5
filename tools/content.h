/*
 * content.h - how well are the factors of tracks without plays predicted?
 *
 * Tracks are held out: the factorization never sees their plays, networks
 * learn from the others, and each prediction is compared with the factor that
 * the track's own plays give it when they are folded in afterwards.
 *
 *     content_options_init(&options);
 *     content_add_row(&options, "mgp+genre");
 *     status = content_run(ctx, music, &pairs, &options, &content, &err);
 *     for each of content->results[content->n_results]
 *         print it
 *     content_free(content);
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <ltrec/factorize.h>
#include <ltrec/model.h>
#include <ltrec/train.h>

#include "music.h"

#define CONTENT_MOST_ROWS 32
#define CONTENT_NAME 64

/* Who played what, by id. */
struct pair {
    uint64_t user, item;
    float count;
};

struct pairs {
    struct pair *at; /* [n] */
    size_t n, capacity;
};

void pairs_add(struct pairs *pairs, uint64_t user, uint64_t item, float count);

/* By listener, then by item, each pair once with its counts added up, and none
 * of which one was below 0, a thumb down; so they have to be for
 * content_run(). */
void pairs_finish(struct pairs *pairs);
void pairs_free(struct pairs *pairs);

/* A line of the table: the branches, fused when they are several. */
struct content_row {
    char name[CONTENT_NAME];
    uint32_t branches;
    int32_t full_track; /* LTREC_TRACK_... */
    int alone;          /* asked as if the artist had no other track */
};

/* What of its branches a row goes by: no artist when it is asked alone. */
uint32_t content_asked(const struct content_row *row);

/* "ridge:mgp+genre", on the same. */
void content_ridge_name(const struct content_row *row, char *name,
                        size_t bytes);

struct cold; /* cold.h */

struct content_options {
    struct content_row rows[CONTENT_MOST_ROWS];
    size_t n_rows;
    uint32_t folds;
    int by_artist;                /* no artist in two folds */
    const unsigned char *heldout; /* [music]: one fold, these; NULL: folds */
    uint32_t min_listeners;
    uint32_t min_train_attributes;
    const float *oracle;   /* [music][oracle_width], what a generator knows */
    const float *knowable; /* likewise, what inputs without an error would
                              tell of it; given with `oracle` */
    size_t oracle_width;
    struct cold *cold; /* to be filled with curves in place of results; NULL */
    ltrec_factorize_options factorize;
    ltrec_train_options audio; /* how the audio branch is trained, */
    ltrec_train_options train; /* the other branches */
    ltrec_train_options fuse;  /* and the fusions */
};

void content_options_init(struct content_options *options);

/* "audio", "mgp+genre", ...; "audio:full" over all patches of a track, as a
 * fusion goes by unless told otherwise, "audio:whole" over all of it at once;
 * "genre+artist:alone" as if each artist were unknown. */
int content_add_row(struct content_options *options, const char *name,
                    ltrec_error *err);

/* The branches of all rows. */
uint32_t content_branches(const struct content_options *options);

struct content_result {
    char name[CONTENT_NAME];
    int baseline;
    uint32_t branches; /* of a row or a ridge; or 0 */
    uint32_t asked;    /* of a row, content_asked() */
    double *distances; /* [scored] */
    double distance, low, high;
    double gain[2];  /* 95 % of how much nearer than ridge on the same inputs;
                        NaN for a baseline */
    double fused[2]; /* likewise than the best of the rows of one branch that
                        it fuses; NaN without such */
    double recall, users; /* sums over folds and their listeners, and how many
                             these are */
    double auc, auc_users;
    double epochs, seconds_per_epoch;
};

/* What a run leaves behind; of several folds the last one's. */
struct content {
    uint32_t *scored; /* [n_scored], tracks of the music */
    size_t n_scored;
    uint64_t *kin; /* [music], music_kin() of those that folds keep together */
    struct content_result *results;
    size_t n_results;
    ltrec_factors *users, *items;
    ltrec_model *model; /* every branch, and the fusion of the last row */
};

int content_run(ltrec_context *ctx, const struct music *music,
                const struct pairs *pairs,
                const struct content_options *options, struct content **out,
                ltrec_error *err);

void content_free(struct content *content); /* accepts NULL */

/* The table for people, or a JSON object a row. */
void content_print(const struct content *content, int json);

/* Every scored track with its distance in each row, tab-separated; an empty
 * cell where it has none. */
int content_write_distances(const struct content *content,
                            const struct music *music, const char *path,
                            ltrec_error *err);

#endif /* CONTENT_H */
