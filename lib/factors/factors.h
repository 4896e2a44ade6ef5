/*
 * factors.h - inside the factors
 */
#ifndef LTR_FACTORS_FACTORS_H
#define LTR_FACTORS_FACTORS_H

#include <float.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <ltrec/factors.h>

#include "math/idmap.h"

struct ltr_reader;

/* How a factorization weighed its plays; see ltrec/factorize.h. */
enum ltr_recipe_entry {
    LTR_RECIPE_FORM, /* 0 when there is no recipe */
    LTR_RECIPE_CONFIDENCE,
    LTR_RECIPE_LAMBDA,
    LTR_RECIPE_NU,
    LTR_RECIPE_ALPHA0,
    LTR_RECIPE_ALPHA,
    LTR_RECIPE_EPSILON,
    LTR_RECIPE_POWER, /* of items; negative in factors of listeners */
    LTR_RECIPE_MEAN,  /* what items are emphasised by is divided by */
    LTR_RECIPE_ENTRIES
};

struct ltrec_factors {
    ltrec_context *ctx;
    atomic_size_t references;
    size_t count;
    size_t rank;
    uint64_t model_id;
    uint64_t feature_version; /* 0: unknown, or none */
    double recipe[LTR_RECIPE_ENTRIES];

    /* In memory of our own, or in the file that `reader` holds. */
    const uint64_t *ids;   /* [count] */
    const float *vectors;  /* [count][rank] */
    const float *norms;    /* [count] */
    const uint32_t *plays; /* [count], or NULL */
    const float *variance; /* [count], or NULL */
    struct ltr_reader *reader;

    char *names;         /* each with its NUL, or NULL */
    uint64_t *name_ends; /* [count], past each NUL */

    bool ascending;        /* ids are, and can be searched as they stand */
    struct ltr_idmap rows; /* when they are not */
};

/* Objects that go on using factors take a reference; freeing drops it. */
ltrec_factors *ltr_factors_ref(const ltrec_factors *factors);

/* Whether vectors of two feature versions may be mixed. */
static inline bool ltr_features_fit(uint64_t a, uint64_t b)
{
    return a == 0 || b == 0 || a == b;
}

/* Whether it may stand for a variance: finite and not below 0. */
static inline bool ltr_is_variance(float x)
{
    return x >= 0 && x <= FLT_MAX;
}

/*
 * For factors nobody else has seen yet: how they were made.  Fold-in asks,
 * also after the factors went through a file.
 */
void ltr_factors_set_recipe(ltrec_factors *factors, const double *recipe);

/* Nobody played it: plays are known and 0, or unknown and the row is zero. */
static inline bool ltr_factors_unplayed(const ltrec_factors *factors,
                                        size_t row)
{
    return factors->plays ? factors->plays[row] == 0
                          : !(factors->norms[row] > 0);
}

/*
 * Factors without rows, to be filled: by ltrec_factors_create() with copies,
 * by ltr_factors_parse() with what a file holds.
 */
ltrec_factors *ltr_factors_empty(ltrec_context *ctx, size_t count,
                                 size_t rank);

/* Arrays from ltr_alloc(), as ltrec_factors_create() is told of them. */
struct ltr_factor_rows {
    size_t n;
    uint64_t *ids;
    float *vectors;
    uint32_t *plays; /* or NULL */
    float *variance; /* or NULL */
};

/*
 * ltrec_factors_create() of `rows`, which are not copied: on success they are
 * the factors', and NULL.  A `model_id` of 0 takes a hash.
 */
int ltr_factors_adopt(ltrec_context *ctx, struct ltr_factor_rows *rows,
                      size_t rank, uint64_t model_id, ltrec_factors **out,
                      ltrec_error *err);

/*
 * Make ltrec_factors_find() work: LTREC_ERR_ARGUMENT, naming the row, for an
 * id that is there twice; LTREC_ERR_MEMORY.
 */
int ltr_factors_index_ids(ltrec_factors *factors, ltrec_error *err);

/* ltrec_factors_load() of bytes in memory, which must outlive the result. */
int ltr_factors_parse(ltrec_context *ctx, const void *bytes, size_t size,
                      ltrec_factors **out, ltrec_error *err);

#endif /* LTR_FACTORS_FACTORS_H */
