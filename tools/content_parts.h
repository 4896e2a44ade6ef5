/*
 * content_parts.h - what the files of an evaluation share
 */
#ifndef CONTENT_PARTS_H
#define CONTENT_PARTS_H

#include "artists.h"
#include "content.h"

/* One fold under way. */
struct fold {
    ltrec_context *ctx;
    const struct music *music;
    const struct pairs *pairs;
    const struct content_options *options;
    struct content *content;     /* factors and model of this fold */
    struct artist_sums *artists; /* of its factors */
    size_t rank;
    unsigned char *held;  /* [music], plays are not to be seen */
    unsigned char *learn; /* [music], may be learnt from */
    size_t n;             /* scored tracks in this fold */
    uint32_t *items;      /* [n], of the music */
    size_t *place;        /* [n], among the scored */
    float *truth;         /* [n][rank], unit */
    float *guess;         /* [n][rank], of the row at hand */
    const float *given;   /* [music][oracle_width], inputs of no branch */

    /* Who likes which of them. */
    size_t n_users;
    float *users;      /* [n_users][rank] */
    uint64_t *offsets; /* [n_users + 1] */
    uint32_t *liked;   /* places in `items`, ascending in each row */
};

/* Those a row may name. */
#define CONTENT_BRANCHES 5

/* The result of that name, made when there is none yet. */
struct content_result *content_result(struct content *content,
                                      const char *name, int baseline);

/* When every fold has been judged: means, intervals and paired gains. */
int content_summarise(ltrec_context *ctx, struct content *content,
                      uint64_t seed, ltrec_error *err);

/* ---- A fold's data ------------------------------------------------------ */

/* Factorize without the held-out, fold them in, find who likes them. */
int fold_prepare(struct fold *fold, ltrec_error *err);
void fold_free(struct fold *fold);

/* The plays of each of fold->items, which nobody has learnt from. */
struct fold_plays {
    size_t *starts; /* [n + 1] */
    uint64_t *users;
    float *counts;
};

struct fold_plays fold_plays_of(const struct fold *fold);
void fold_plays_free(struct fold_plays *plays);

/* Count fold->guess in as what a row says of this fold's tracks. */
int fold_judge(struct fold *fold, struct content_result *result,
               ltrec_error *err);

/* ---- Networks ----------------------------------------------------------- */

/* Teach every row's branches, predict and judge. */
int fold_run_rows(struct fold *fold, ltrec_error *err);

/* ---- Baselines ---------------------------------------------------------- */

/* The mean of the unit factors that networks learn from. */
void baseline_constant(struct fold *fold);

/* Ridge on the inputs of `branches`; 0 for those in fold->given. */
int baseline_ridge(struct fold *fold, uint32_t branches, ltrec_error *err);

/* Whether a track has what these branches need. */
int content_has(const struct music *music, uint32_t item, uint32_t branches,
                int by_ear);

#endif /* CONTENT_PARTS_H */
