/*
 * ltrec/factors.h - one vector per track, or per listener
 *
 * Factors are what everything else meets in: factorizing plays makes them,
 * the networks learn to predict them, an index is built over them.
 *
 *     ltrec_factors *items;
 *     if (ltrec_factors_load(ctx, path, 0, &items, &err) != LTREC_OK)
 *         return report(&err);
 *     rank = ltrec_factors_rank(items);
 *     if (ltrec_factors_find(items, track, &row) == LTREC_OK)
 *         use(ltrec_factors_vectors(items) + row * rank, rank);
 *     ltrec_factors_free(items);
 *
 * They never change once made, so any number of threads may read them.  The
 * arrays handed out live as long as the factors do.
 */
#ifndef LTREC_FACTORS_H
#define LTREC_FACTORS_H

#include <ltrec/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_factors ltrec_factors;

#define LTREC_FACTORS_MOST_RANK 65536

/* ---- Life cycle --------------------------------------------------------- */

typedef struct ltrec_factors_options {
    size_t size; /* set by ltrec_factors_options_init() */

    /* [n] how many others played each row, or NULL when not known. */
    const uint32_t *plays;

    /* [n] UTF-8, or NULL; a NULL among them reads back as "". */
    const char *const *names;

    /*
     * Which factorization or model made the vectors.  Vectors of two that
     * differ must not be compared.  0, the default, takes a hash of the
     * contents; factors that belong together are given the same number.
     */
    uint64_t model_id;

    /*
     * Factors that these belong to, being some of them, all under their names
     * or predictions of others; default NULL.  Theirs are then the model id,
     * unless one is given, and what ltrec_foldin_create() has to know.
     */
    const ltrec_factors *like;

    /* [n] how far each row may be off, squared, or NULL when not known. */
    const float *variance;

    /*
     * What the vectors were predicted from: the ltrec_frontend_version() of
     * the sound, see ltrec_model_feature_version().  Predictions from two that
     * differ must not be mixed, whatever their model id.  0, the default, is
     * not known, or no sound at all, and goes with any; with `like`, theirs.
     */
    uint64_t feature_version;
} ltrec_factors_options;

LTREC_API void ltrec_factors_options_init(ltrec_factors_options *options,
                                          size_t size);

/*
 * Copy `n` rows: `ids[n]`, in any order, and `vectors[n][rank]`.  A row of
 * zeros has no direction: it stands for something nobody has played.
 *
 * LTREC_ERR_ARGUMENT, naming the row, for NaN, infinity, a length beyond a
 * float, a variance below 0 or an id that was there before; for a rank of 0 or
 * above LTREC_FACTORS_MOST_RANK; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_factors_create(ltrec_context *ctx, size_t n, size_t rank,
                                   const uint64_t *ids, const float *vectors,
                                   const ltrec_factors_options *options,
                                   ltrec_factors **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_factors_free(ltrec_factors *factors);

/* ---- Questions ---------------------------------------------------------- */

/* Rows, floats a row, and what the options said when they were made. */
LTREC_API size_t ltrec_factors_count(const ltrec_factors *factors);
LTREC_API size_t ltrec_factors_rank(const ltrec_factors *factors);
LTREC_API uint64_t ltrec_factors_model_id(const ltrec_factors *factors);
LTREC_API uint64_t ltrec_factors_feature_version(const ltrec_factors *factors);

/* [count] */
LTREC_API const uint64_t *ltrec_factors_ids(const ltrec_factors *factors);

/* [count][rank], as long as they came out; not of unit length. */
LTREC_API const float *ltrec_factors_vectors(const ltrec_factors *factors);

/* [count], the lengths of the vectors. */
LTREC_API const float *ltrec_factors_norms(const ltrec_factors *factors);

/* [count], or NULL when nobody counted; 0 is an unplayed row. */
LTREC_API const uint32_t *ltrec_factors_plays(const ltrec_factors *factors);

/*
 * [count], or NULL when nobody computed it: the posterior variance of each
 * row, the expected square of its distance from what endless plays would give
 * (ltrec_factorize() with `variance`).  A row's trust is its squared norm over
 * the sum of that and this.  For a prediction of norm n and confidence c, see
 * ltrec_predictor_run(), it is n^2 (1 - c^2) / c^2: its trust is then c^2.
 */
LTREC_API const float *ltrec_factors_variance(const ltrec_factors *factors);

/* The name of a row below count, or NULL when there are no names. */
LTREC_API const char *ltrec_factors_name(const ltrec_factors *factors,
                                         size_t row);

/* LTREC_ERR_ARGUMENT when no row has this id; `*row` is then not written. */
LTREC_API int ltrec_factors_find(const ltrec_factors *factors, uint64_t id,
                                 size_t *row);

/* ---- Two spaces --------------------------------------------------------- */

/*
 * Factorizing again, with more plays or another seed, gives vectors that have
 * the same angles to each other in a space turned any way: networks and
 * indexes of the old space are of no use to them.  Turning it back makes them
 * so, as far as the two agree.
 */
typedef struct ltrec_align_options {
    size_t size; /* set by ltrec_align_options_init() */

    /* Not 0: a row counts as often as `from` was played; default 0: once. */
    uint32_t weigh_by_plays;

    /* The largest residual at which the two are one space; default 0.35. */
    double tolerance;
} ltrec_align_options;

LTREC_API void ltrec_align_options_init(ltrec_align_options *options,
                                        size_t size);

/* How well they agree.  The caller sets `size` and `rotation`. */
typedef struct ltrec_align_report {
    size_t size;      /* sizeof(ltrec_align_report) */
    double *rotation; /* [rank][rank] receives the rotation, or NULL */
    size_t n_shared;  /* rows that both have, with a direction */
    double residual;  /* |aligned - to| / |to|, over those rows together */
    double cosine;    /* mean over those rows, between aligned and to */
    uint32_t kept;    /* 1: `*aligned` has the model id of `to` */
} ltrec_align_report;

/*
 * `*aligned` = `from`, turned by the rotation or reflection that brings the
 * rows it shares with `to` nearest to them: orthogonal Procrustes (Schoenemann
 * 1966), the decomposition in double.  Lengths and angles within `from` stay
 * as they are.  The result has the model id of `to` when the residual is
 * within the tolerance, one of its own otherwise; names, plays and how it was
 * factorized are those of `from`.  NULL `options` means the defaults, `report`
 * may be NULL.  Time grows with the cube of the rank.
 *
 * LTREC_ERR_MISMATCH for two ranks, LTREC_ERR_ARGUMENT for fewer shared rows
 * than the rank, which say too little, for a rank above 1024 and for plays
 * that `from` does not know; LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_factors_align(
    ltrec_context *ctx, const ltrec_factors *from, const ltrec_factors *to,
    const ltrec_align_options *options, ltrec_factors **aligned,
    ltrec_align_report *report, ltrec_error *err);

/*
 * `*out` = `factors` turned by `rotation[rank][rank]`, row vectors times the
 * matrix: the listeners, once their items have been aligned.  The model id is
 * that of `like`.  LTREC_ERR_ARGUMENT for a rotation that is not orthogonal to
 * 1e-6, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_factors_rotate(ltrec_context *ctx,
                                   const ltrec_factors *factors,
                                   const double *rotation,
                                   const ltrec_factors *like,
                                   ltrec_factors **out, ltrec_error *err);

/* ---- Files -------------------------------------------------------------- */

/*
 * Flags of ltrec_factors_load().  A mapped file opens at once, is shared
 * between processes and is only read where it is used; its checksum is not
 * looked at, and it must not be changed in place meanwhile.
 */
#define LTREC_FACTORS_MAP 1u

/*
 * Files are safetensors: `factors` [n][rank] and `norms` [n] float32, `ids`
 * uint64, and where known `plays` uint32, `variance` float32, `names` uint8
 * and `name_offsets` [n + 1] uint64: row i is named by names[name_offsets[i]]
 * up to but not including names[name_offsets[i + 1]].
 *
 * Replaces `path` whole or leaves it as it was: LTREC_ERR_IO,
 * LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_factors_save(const ltrec_factors *factors,
                                 const char *path, ltrec_error *err);

/*
 * LTREC_ERR_FORMAT when the file is damaged or something else than factors,
 * LTREC_ERR_UNSUPPORTED for a newer format, LTREC_ERR_IO, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_factors_load(ltrec_context *ctx, const char *path,
                                 uint32_t flags, ltrec_factors **out,
                                 ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_FACTORS_H */
