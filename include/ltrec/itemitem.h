/*
 * ltrec/itemitem.h - what playing one item says of another
 *
 * A second recommender beside factors: a sparse matrix of weights W, fitted
 * such that the plays of a listener, times W, give those plays back without
 * any item being told of itself.  What it then gives besides is what the
 * listener may like.  It remembers which two items go together, where factors
 * remember what whole groups have in common, so the two are wrong in
 * different places.
 *
 *     ltrec_itemitem *model;
 *     ltrec_itemitem_fit(ctx, plays, NULL, &model, &err);
 *     ltrec_itemitem_score(model, n, played, NULL, scores, NULL, &err);
 *     ltrec_itemitem_free(model);
 *
 * For every item j, over the items N with which it shares most listeners,
 *
 *     w = (G_NN + lambda + dropout / (1 - dropout) diag G_NN)^-1 G_Nj
 *
 * with G = X'X and X the listeners' plays (Steck 2019, "Embarrassingly shallow
 * autoencoders for sparse data"; 2020, "Autoencoders that don't overfit
 * towards the identity"; taken item by item as in Ning and Karypis 2011).
 * Where N can be every other item and all share listeners this is the dense
 * model, exactly; otherwise memory grows with the items and not with their
 * square.
 *
 * Threads: a model never changes once made; any number may read it.
 */
#ifndef LTREC_ITEMITEM_H
#define LTREC_ITEMITEM_H

#include <ltrec/base.h>
#include <ltrec/interactions.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_itemitem ltrec_itemitem;

/* ---- Fitting ------------------------------------------------------------ */

enum {
    LTREC_ITEMITEM_EASE = 1,  /* as above */
    LTREC_ITEMITEM_COSINE = 2 /* G_ij / (G_ii^a G_jj^(1 - a) + shrinkage), a
                                 the asymmetry: much faster, less accurate */
};

/* What a pair is in X. */
enum {
    LTREC_ITEMITEM_PLAYED = 1, /* 1 */
    LTREC_ITEMITEM_LOG = 2     /* log(1 + count / epsilon), divided by its
                                  mean over the listener's pairs */
};

#define LTREC_ITEMITEM_MOST_CANDIDATES 4096

typedef struct ltrec_itemitem_options {
    size_t size; /* set by ltrec_itemitem_options_init() */

    int32_t method; /* LTREC_ITEMITEM_EASE, the default, or ..._COSINE */
    int32_t value;  /* LTREC_ITEMITEM_LOG, the default, or ..._PLAYED */
    double epsilon; /* plays that make a difference; default 1 */

    /*
     * How many items N has, 1 to LTREC_ITEMITEM_MOST_CANDIDATES: those with
     * the largest G_ij / (sqrt(G_ii G_jj) + shrinkage), equal ones by id; no
     * item that shares no listener.
     * Time grows with its cube.  Default 100.
     */
    uint32_t candidates;
    uint32_t neighbours; /* weights kept an item, the largest; default 100 */

    double lambda;    /* above 0; default 30 */
    double dropout;   /* 0 to below 1; default 0.5 */
    double shrinkage; /* 0 or above; default 10 */
    double asymmetry; /* of the cosine, 0 to 1; default 0.5 */

    /*
     * Bytes to fill with equations at a time; default 2^30, and always enough
     * for one item.  Less of it takes more passes and gives the same bits.
     */
    uint64_t memory;

    ltrec_progress progress; /* may be NULL */
    void *user;
} ltrec_itemitem_options;

LTREC_API void ltrec_itemitem_options_init(ltrec_itemitem_options *options,
                                           size_t size);

/*
 * Fit a model of every item of `plays`, in the order of their ids.  NULL
 * `options` means the defaults.  The same options and plays give the same
 * bits at any number of threads.
 *
 * Takes options.memory, 4 bytes for each candidate and 16 for each neighbour
 * of an item, 16 a pair where counts matter, and for every thread 12 bytes an
 * item and 8 * candidates^2.  Time grows with the sum of the squares of the
 * listeners' rows.
 *
 * LTREC_ERR_ARGUMENT for an option outside its range, or when the equations
 * of an item overflow; LTREC_ERR_STATE when `plays` is not finished;
 * LTREC_ERR_CANCELLED; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_itemitem_fit(ltrec_context *ctx,
                                 const ltrec_interactions *plays,
                                 const ltrec_itemitem_options *options,
                                 ltrec_itemitem **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_itemitem_free(ltrec_itemitem *model);

/* ---- Questions ---------------------------------------------------------- */

LTREC_API size_t ltrec_itemitem_count(const ltrec_itemitem *model);

/* All weights together. */
LTREC_API size_t ltrec_itemitem_n_weights(const ltrec_itemitem *model);

/* [count], ascending. */
LTREC_API const uint64_t *ltrec_itemitem_ids(const ltrec_itemitem *model);

/* [count], the listeners each item had. */
LTREC_API const uint32_t *ltrec_itemitem_plays(const ltrec_itemitem *model);

/* The number of an id; LTREC_ERR_ARGUMENT when it is not there. */
LTREC_API int ltrec_itemitem_find(const ltrec_itemitem *model, uint64_t id,
                                  size_t *item);

/*
 * What item number `item` adds to the scores of those who played it: `*n`
 * others, by number and ascending, and the weights, which may be negative.
 * LTREC_ERR_ARGUMENT when there is no such item.
 */
LTREC_API int ltrec_itemitem_row(const ltrec_itemitem *model, size_t item,
                                 size_t *n, const uint32_t **others,
                                 const float **weights);

/*
 * scores[count] = for every item, the sum of the weights of a listener's
 * plays: counts[n] of the items ids[n], NULL meaning 1 each.  An id named
 * twice counts twice; those the model does not know are passed over, and
 * `*n_known`, unless NULL, receives how many were not.  Items already played
 * are scored like all others.  Takes no memory.
 *
 * LTREC_ERR_ARGUMENT, naming the place, for a count that is not positive and
 * finite; `scores` is then not written.
 */
LTREC_API int ltrec_itemitem_score(const ltrec_itemitem *model, size_t n,
                                   const uint64_t *ids, const float *counts,
                                   float *scores, size_t *n_known,
                                   ltrec_error *err);

/*
 * How much each of those plays adds to the score of `item`: parts[n], whose
 * sum is its score, 0 for ids that are not known.  LTREC_ERR_ARGUMENT as
 * above, and when `item` is not known.
 */
LTREC_API int ltrec_itemitem_parts(const ltrec_itemitem *model, uint64_t item,
                                   size_t n, const uint64_t *ids,
                                   const float *counts, float *parts,
                                   ltrec_error *err);

/*
 * The up to `k` items that having played `id` speaks for most, best first,
 * equal weights by id; only weights above 0.  LTREC_ERR_ARGUMENT when `id` is
 * not known.
 */
LTREC_API int ltrec_itemitem_similar(const ltrec_itemitem *model, uint64_t id,
                                     size_t k, uint64_t *ids, float *weights,
                                     size_t *n_found);

/* ---- Files -------------------------------------------------------------- */

/* Replaces `path` whole or leaves it as it was: LTREC_ERR_IO,
 * LTREC_ERR_MEMORY.  docs/format.md has the bytes. */
LTREC_API int ltrec_itemitem_save(const ltrec_itemitem *model,
                                  const char *path, ltrec_error *err);

/*
 * LTREC_ERR_FORMAT when the file is damaged or something else,
 * LTREC_ERR_UNSUPPORTED for a newer format, LTREC_ERR_IO, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_itemitem_load(ltrec_context *ctx, const char *path,
                                  ltrec_itemitem **out, ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_ITEMITEM_H */
