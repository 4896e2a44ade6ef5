/*
 * factors.c - one vector per track, or per listener
 */
#include "factors/factors.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "store/store.h"

static const ltrec_factors_options defaults = {
    .size = sizeof defaults,
};

/* ---- Contents ----------------------------------------------------------- */

/* The length of v[n], in double; NaN or infinity when it has none. */
static double length_of(const float *v, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    return sqrt(sum);
}

static int measure(const ltrec_factors *f, float *norms, ltrec_error *err)
{
    for (size_t row = 0; row < f->count; row++) {
        if (f->variance && !ltr_is_variance(f->variance[row]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "factors: the variance of row %zu is %g, must be "
                            "0 or above and finite",
                            row, (double)f->variance[row]);
        norms[row] = (float)length_of(f->vectors + row * f->rank, f->rank);
        if (!isfinite(norms[row]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "factors: row %zu is not finite", row);
    }
    return LTREC_OK;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *from = bytes;

    for (size_t i = 0; i < n; i += 4) {
        uint32_t word;

        memcpy(&word, from + i, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

/* Everything that a vector of another factorization would not share. */
static uint64_t hash_of(const ltrec_factors *f)
{
    uint64_t sizes[] = {f->count, f->rank};
    uint64_t hash = mix(1, sizes, sizeof sizes);

    hash = mix(hash, f->ids, f->count * sizeof *f->ids);
    hash = mix(hash, f->vectors, f->count * f->rank * sizeof *f->vectors);
    return hash ? hash : 1; /* 0 asks for a hash */
}

static int copy_names(ltrec_factors *f, const char *const *names)
{
    size_t total = 0;

    for (size_t row = 0; row < f->count; row++)
        total += (names[row] ? strlen(names[row]) : 0) + 1;
    f->names = ltr_alloc(f->ctx, total, 1);
    f->name_ends = ltr_alloc(f->ctx, f->count, sizeof *f->name_ends);
    if (!f->names || !f->name_ends)
        return LTREC_ERR_MEMORY;
    total = 0;
    for (size_t row = 0; row < f->count; row++) {
        size_t n = names[row] ? strlen(names[row]) : 0;

        if (n > 0)
            memcpy(f->names + total, names[row], n);
        total += n + 1;
        f->name_ends[row] = total;
    }
    return LTREC_OK;
}

/* A copy of an array, or NULL. */
static void *copy_of(ltrec_context *ctx, const void *from, size_t count,
                     size_t size)
{
    void *to = ltr_alloc(ctx, count, size);

    if (to && count > 0)
        memcpy(to, from, count * size);
    return to;
}

static int copy_rows(ltrec_factors *f, const uint64_t *ids,
                     const float *vectors, const ltrec_factors_options *o,
                     ltrec_error *err)
{
    float *norms = ltr_alloc(f->ctx, f->count, sizeof *norms);

    f->norms = norms;
    f->ids = copy_of(f->ctx, ids, f->count, sizeof *ids);
    f->vectors = copy_of(f->ctx, vectors, f->count * f->rank, sizeof *vectors);
    if (o->plays)
        f->plays = copy_of(f->ctx, o->plays, f->count, sizeof *o->plays);
    if (o->variance)
        f->variance =
            copy_of(f->ctx, o->variance, f->count, sizeof *o->variance);
    if (!norms || !f->ids || !f->vectors || (o->plays && !f->plays) ||
        (o->variance && !f->variance) ||
        (o->names && copy_names(f, o->names) != LTREC_OK))
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "factors: no memory for %zu rows of %zu floats",
                        f->count, f->rank);
    return measure(f, norms, err);
}

/* ---- Life cycle --------------------------------------------------------- */

void ltrec_factors_options_init(ltrec_factors_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

ltrec_factors *ltr_factors_empty(ltrec_context *ctx, size_t count, size_t rank)
{
    ltrec_factors *f = ltr_alloc(ctx, 1, sizeof *f);

    if (!f)
        return NULL;
    f->ctx = ltr_context_ref(ctx);
    atomic_init(&f->references, 1);
    f->count = count;
    f->rank = rank;
    return f;
}

int ltr_factors_index_ids(ltrec_factors *f, ltrec_error *err)
{
    f->ascending = true;
    for (size_t row = 1; row < f->count; row++)
        f->ascending = f->ascending && f->ids[row - 1] < f->ids[row];
    if (f->ascending)
        return LTREC_OK;
    if (ltr_idmap_create(f->ctx, f->count, &f->rows) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "factors: no memory for %zu ids", f->count);
    for (size_t row = 0; row < f->count; row++) {
        size_t before = ltr_idmap_put(&f->rows, f->ids, row);

        if (before != LTR_NO_ROW)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "factors: rows %zu and %zu have the same id %llu",
                            before, row, (unsigned long long)f->ids[row]);
    }
    return LTREC_OK;
}

int ltrec_factors_create(ltrec_context *ctx, size_t n, size_t rank,
                         const uint64_t *ids, const float *vectors,
                         const ltrec_factors_options *options,
                         ltrec_factors **out, ltrec_error *err)
{
    ltrec_factors_options o = defaults;
    ltrec_factors *f;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "factors: `out` is NULL");
    *out = NULL;
    if (!ctx || (n > 0 && (!ids || !vectors)))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factors: needs a context, ids and vectors");
    if (rank == 0 || rank > LTREC_FACTORS_MOST_RANK)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factors: rank is %zu, must be 1 to %d", rank,
                        LTREC_FACTORS_MOST_RANK);
    if (n > LTR_MOST_ROWS || n > SIZE_MAX / sizeof(double) / rank)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "factors: no memory for %zu rows of %zu floats", n,
                        rank);
    status = ltr_options_read(&o, sizeof o, options, "factors", err);
    if (status != LTREC_OK)
        return status;

    f = ltr_factors_empty(ctx, n, rank);
    if (!f)
        return ltr_fail(err, LTREC_ERR_MEMORY, "factors: no memory");
    status = copy_rows(f, ids, vectors, &o, err);
    if (status == LTREC_OK)
        status = ltr_factors_index_ids(f, err);
    if (status != LTREC_OK) {
        ltrec_factors_free(f);
        return status;
    }
    f->model_id = o.model_id ? o.model_id : hash_of(f);
    f->feature_version = o.feature_version;
    if (o.like) {
        f->model_id = o.model_id ? o.model_id : o.like->model_id;
        if (o.feature_version == 0)
            f->feature_version = o.like->feature_version;
        ltr_factors_set_recipe(f, o.like->recipe);
    }
    *out = f;
    return LTREC_OK;
}

int ltr_factors_adopt(ltrec_context *ctx, struct ltr_factor_rows *rows,
                      size_t rank, uint64_t model_id, ltrec_factors **out,
                      ltrec_error *err)
{
    ltrec_factors *f = ltr_factors_empty(ctx, rows->n, rank);
    float *norms = ltr_alloc(ctx, rows->n, sizeof *norms);
    int status = LTREC_ERR_MEMORY;

    *out = NULL;
    if (!f || !norms) {
        ltr_free(ctx, norms);
        ltrec_factors_free(f);
        return ltr_fail(err, status, "factors: no memory");
    }
    f->ids = rows->ids;
    f->vectors = rows->vectors;
    f->plays = rows->plays;
    f->variance = rows->variance;
    f->norms = norms;
    status = measure(f, norms, err);
    if (status == LTREC_OK)
        status = ltr_factors_index_ids(f, err);
    if (status != LTREC_OK) {
        f->ids = NULL; /* still the caller's, as are those below */
        f->vectors = NULL;
        f->plays = NULL;
        f->variance = NULL;
        ltrec_factors_free(f);
        return status;
    }
    f->model_id = model_id ? model_id : hash_of(f);
    *rows = (struct ltr_factor_rows){0};
    *out = f;
    return LTREC_OK;
}

ltrec_factors *ltr_factors_ref(const ltrec_factors *factors)
{
    /* The count of readers is the one thing about factors that changes. */
    ltrec_factors *f = (ltrec_factors *)(uintptr_t)factors;

    atomic_fetch_add_explicit(&f->references, 1, memory_order_relaxed);
    return f;
}

/* Arrays are const to all who read them, and to nobody else. */
static void drop(ltrec_context *ctx, const void *array)
{
    ltr_free(ctx, (void *)(uintptr_t)array);
}

void ltrec_factors_free(ltrec_factors *factors)
{
    ltrec_context *ctx;

    if (!factors || atomic_fetch_sub_explicit(&factors->references, 1,
                                              memory_order_acq_rel) > 1)
        return;
    ctx = factors->ctx;
    if (!factors->reader) {
        drop(ctx, factors->ids);
        drop(ctx, factors->vectors);
        drop(ctx, factors->norms);
        drop(ctx, factors->plays);
        drop(ctx, factors->variance);
    }
    ltr_store_close(factors->reader);
    ltr_free(ctx, factors->names);
    ltr_free(ctx, factors->name_ends);
    ltr_idmap_free(ctx, &factors->rows);
    ltr_free(ctx, factors);
    ltr_context_unref(ctx);
}

void ltr_factors_set_recipe(ltrec_factors *factors, const double *recipe)
{
    memcpy(factors->recipe, recipe, sizeof factors->recipe);
}

/* ---- Questions ---------------------------------------------------------- */

size_t ltrec_factors_count(const ltrec_factors *factors)
{
    return factors ? factors->count : 0;
}

size_t ltrec_factors_rank(const ltrec_factors *factors)
{
    return factors ? factors->rank : 0;
}

uint64_t ltrec_factors_model_id(const ltrec_factors *factors)
{
    return factors ? factors->model_id : 0;
}

uint64_t ltrec_factors_feature_version(const ltrec_factors *factors)
{
    return factors ? factors->feature_version : 0;
}

const uint64_t *ltrec_factors_ids(const ltrec_factors *factors)
{
    return factors ? factors->ids : NULL;
}

const float *ltrec_factors_vectors(const ltrec_factors *factors)
{
    return factors ? factors->vectors : NULL;
}

const float *ltrec_factors_norms(const ltrec_factors *factors)
{
    return factors ? factors->norms : NULL;
}

const uint32_t *ltrec_factors_plays(const ltrec_factors *factors)
{
    return factors ? factors->plays : NULL;
}

const float *ltrec_factors_variance(const ltrec_factors *factors)
{
    return factors ? factors->variance : NULL;
}

const char *ltrec_factors_name(const ltrec_factors *factors, size_t row)
{
    if (!factors || !factors->names || row >= factors->count)
        return NULL;
    return factors->names + (row > 0 ? factors->name_ends[row - 1] : 0);
}

/* The place of `id` among ascending ids, or `count`. */
static size_t search(const ltrec_factors *f, uint64_t id)
{
    size_t low = 0, high = f->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (f->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->count && f->ids[low] == id ? low : f->count;
}

int ltrec_factors_find(const ltrec_factors *factors, uint64_t id, size_t *row)
{
    size_t found;

    if (!factors || !row)
        return LTREC_ERR_ARGUMENT;
    found = factors->ascending
                ? search(factors, id)
                : ltr_idmap_find(&factors->rows, factors->ids, id);
    if (found >= factors->count)
        return LTREC_ERR_ARGUMENT;
    *row = found;
    return LTREC_OK;
}
