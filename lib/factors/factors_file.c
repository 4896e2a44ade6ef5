/*
 * factors_file.c - factors in and out of the container
 *
 * What is loaded stays where it lies in the file's bytes; only names are
 * copied, to end each with a NUL.
 */
#include "factors/factors.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "store/store.h"

#define KIND "factors"
#define FORMAT 1

/* Of a recipe, without the emphasis of items. */
#define FIRST_ENTRIES 7

/* Norms may be written by others, who sum in another order. */
#define NORM_TOLERANCE 1e-4

/* ---- Saving ------------------------------------------------------------- */

/* Names as a file has them: without their NULs. */
struct bare_names {
    char *bytes;
    uint64_t *offsets; /* [count + 1] */
};

static int strip_names(const ltrec_factors *f, struct bare_names *bare)
{
    size_t total = f->count > 0 ? f->name_ends[f->count - 1] : 0;

    bare->bytes = ltr_alloc(f->ctx, total, 1);
    bare->offsets = ltr_alloc(f->ctx, f->count + 1, sizeof *bare->offsets);
    if (!bare->bytes || !bare->offsets)
        return LTREC_ERR_MEMORY;
    for (size_t row = 0; row < f->count; row++) {
        const char *name = ltrec_factors_name(f, row);
        size_t n = strlen(name);

        memcpy(bare->bytes + bare->offsets[row], name, n);
        bare->offsets[row + 1] = bare->offsets[row] + n;
    }
    return LTREC_OK;
}

static void describe(struct ltr_writer *w, const ltrec_factors *f,
                     const struct bare_names *names)
{
    size_t rows[] = {f->count, f->rank}, ends[] = {f->count + 1};
    size_t recipe[] = {LTR_RECIPE_ENTRIES};

    ltr_store_number(w, "ltrec.model", f->model_id);
    if (f->feature_version)
        ltr_store_number(w, "ltrec.feature_version", f->feature_version);
    ltr_store_tensor(w, "factors", LTR_F32, 2, rows, f->vectors);
    ltr_store_tensor(w, "norms", LTR_F32, 1, rows, f->norms);
    ltr_store_tensor(w, "ids", LTR_U64, 1, rows, f->ids);
    if (f->plays)
        ltr_store_tensor(w, "plays", LTR_U32, 1, rows, f->plays);
    if (f->variance)
        ltr_store_tensor(w, "variance", LTR_F32, 1, rows, f->variance);
    if (f->recipe[LTR_RECIPE_FORM] > 0)
        ltr_store_tensor(w, "recipe", LTR_F64, 1, recipe, f->recipe);
    if (names->bytes) {
        size_t total[] = {(size_t)names->offsets[f->count]};

        ltr_store_tensor(w, "names", LTR_U8, 1, total, names->bytes);
        ltr_store_tensor(w, "name_offsets", LTR_U64, 1, ends, names->offsets);
    }
}

int ltrec_factors_save(const ltrec_factors *factors, const char *path,
                       ltrec_error *err)
{
    struct bare_names names = {0};
    struct ltr_writer *w;
    int status = LTREC_OK;

    if (!factors || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factors: needs factors and a path");
    if (factors->names && strip_names(factors, &names) != LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "factors: no memory");
    if (status == LTREC_OK)
        status = ltr_store_create(factors->ctx, KIND, FORMAT, &w, err);
    if (status == LTREC_OK) {
        describe(w, factors, &names);
        status = ltr_store_save(w, path, err);
    }
    ltr_free(factors->ctx, names.bytes);
    ltr_free(factors->ctx, names.offsets);
    return status;
}

/* ---- Loading ------------------------------------------------------------ */

static int check_offsets(const uint64_t *offsets, size_t count, size_t total,
                         ltrec_error *err)
{
    for (size_t row = 0; row < count; row++)
        if (offsets[row] > offsets[row + 1] || offsets[row + 1] > total)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "factors: the name of row %zu lies outside of "
                            "the %zu bytes of names",
                            row, total);
    if (offsets[0] != 0 || offsets[count] != total)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "factors: names do not add up to %zu bytes", total);
    return LTREC_OK;
}

static int read_names(ltrec_factors *f, ltrec_error *err)
{
    size_t total[] = {LTR_ANY}, ends[] = {f->count + 1};
    const void *found_offsets, *found_bytes;
    const uint64_t *offsets;
    const char *bytes;
    int status;

    if (!ltr_store_has(f->reader, "names"))
        return LTREC_OK;
    status =
        ltr_store_get(f->reader, "names", LTR_U8, 1, total, &found_bytes, err);
    if (status == LTREC_OK)
        status = ltr_store_get(f->reader, "name_offsets", LTR_U64, 1, ends,
                               &found_offsets, err);
    if (status != LTREC_OK)
        return status;
    bytes = found_bytes;
    offsets = found_offsets;
    status = check_offsets(offsets, f->count, total[0], err);
    if (status != LTREC_OK)
        return status;

    f->names = ltr_alloc(f->ctx, total[0] + f->count, 1);
    f->name_ends = ltr_alloc(f->ctx, f->count, sizeof *f->name_ends);
    if (!f->names || !f->name_ends)
        return ltr_fail(err, LTREC_ERR_MEMORY, "factors: no memory for names");
    for (size_t row = 0; row < f->count; row++) {
        size_t n = (size_t)(offsets[row + 1] - offsets[row]);

        if (memchr(bytes + offsets[row], '\0', n))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "factors: the name of row %zu contains a NUL",
                            row);
        memcpy(f->names + offsets[row] + row, bytes + offsets[row], n);
        f->name_ends[row] = offsets[row + 1] + row + 1;
    }
    return LTREC_OK;
}

static int read_recipe(ltrec_factors *f, ltrec_error *err)
{
    double recipe[LTR_RECIPE_ENTRIES] = {0};
    size_t shape[] = {LTR_ANY};
    const void *found;
    int status;

    if (!ltr_store_has(f->reader, "recipe"))
        return LTREC_OK;
    status =
        ltr_store_get(f->reader, "recipe", LTR_F64, 1, shape, &found, err);
    if (status != LTREC_OK)
        return status;
    if (shape[0] != LTR_RECIPE_ENTRIES && shape[0] != FIRST_ENTRIES)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "factors: a recipe of %zu entries, wanted %d or %d",
                        shape[0], FIRST_ENTRIES, LTR_RECIPE_ENTRIES);
    memcpy(recipe, found, shape[0] * sizeof *recipe);
    for (size_t i = 0; i < LTR_RECIPE_ENTRIES; i++)
        if (!isfinite(recipe[i]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "factors: entry %zu of the recipe is not finite",
                            i);
    ltr_factors_set_recipe(f, recipe);
    return LTREC_OK;
}

static int check_rows(const ltrec_factors *f, ltrec_error *err)
{
    for (size_t row = 0; row < f->count; row++) {
        const float *v = f->vectors + row * f->rank;
        double sum = 0, given = (double)f->norms[row], length;

        for (size_t i = 0; i < f->rank; i++)
            sum += (double)v[i] * (double)v[i];
        length = sqrt(sum);
        if (!(fabs(given - length) <= NORM_TOLERANCE * length))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "factors: the norm of row %zu is given as %g, "
                            "but its vector has %g",
                            row, given, length);
        if (f->variance && !ltr_is_variance(f->variance[row]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "factors: the variance of row %zu is %g", row,
                            (double)f->variance[row]);
    }
    return LTREC_OK;
}

static int read_rows(ltrec_factors *f, bool check, ltrec_error *err)
{
    struct ltr_reader *r = f->reader;
    size_t shape[] = {f->count, f->rank};
    const void *ids, *vectors, *norms, *plays = NULL, *variance = NULL;
    int status = ltr_store_get(r, "ids", LTR_U64, 1, shape, &ids, err);

    if (status == LTREC_OK)
        status = ltr_store_get(r, "factors", LTR_F32, 2, shape, &vectors, err);
    if (status == LTREC_OK)
        status = ltr_store_get(r, "norms", LTR_F32, 1, shape, &norms, err);
    if (status == LTREC_OK && ltr_store_has(r, "plays"))
        status = ltr_store_get(r, "plays", LTR_U32, 1, shape, &plays, err);
    if (status == LTREC_OK && ltr_store_has(r, "variance"))
        status =
            ltr_store_get(r, "variance", LTR_F32, 1, shape, &variance, err);
    if (status != LTREC_OK)
        return status;
    f->ids = ids;
    f->vectors = vectors;
    f->norms = norms;
    f->plays = plays;
    f->variance = variance;
    return check ? check_rows(f, err) : LTREC_OK;
}

/* A repeated id is the file's fault here, not the caller's. */
static int read_ids(ltrec_factors *f, ltrec_error *err)
{
    ltrec_error inner = {0};
    int status = ltr_factors_index_ids(f, &inner);

    if (status == LTREC_ERR_ARGUMENT)
        status = LTREC_ERR_FORMAT;
    if (status != LTREC_OK)
        ltr_fail(err, status, "%s", inner.message);
    return status;
}

/* Factors from `reader`, which is closed if that fails. */
static int read_all(ltrec_context *ctx, struct ltr_reader *reader, bool check,
                    ltrec_factors **out, ltrec_error *err)
{
    size_t shape[] = {LTR_ANY, LTR_ANY};
    const void *vectors;
    ltrec_factors *f;
    int status =
        ltr_store_get(reader, "factors", LTR_F32, 2, shape, &vectors, err);

    if (status == LTREC_OK && (shape[0] > LTR_MOST_ROWS || shape[1] == 0 ||
                               shape[1] > LTREC_FACTORS_MOST_RANK))
        status = ltr_fail(err, LTREC_ERR_FORMAT,
                          "factors: %zu rows of rank %zu, wanted a rank of 1 "
                          "to %d",
                          shape[0], shape[1], LTREC_FACTORS_MOST_RANK);
    f = status == LTREC_OK ? ltr_factors_empty(ctx, shape[0], shape[1]) : NULL;
    if (!f) {
        ltr_store_close(reader);
        return status != LTREC_OK
                   ? status
                   : ltr_fail(err, LTREC_ERR_MEMORY, "factors: no memory");
    }
    f->reader = reader;
    status = read_rows(f, check, err);
    if (status == LTREC_OK)
        status = read_ids(f, err);
    if (status == LTREC_OK)
        status = read_names(f, err);
    if (status == LTREC_OK)
        status = read_recipe(f, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(reader, "ltrec.model", 1, UINT64_MAX,
                                       &f->model_id, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number_or(reader, "ltrec.feature_version", 0,
                                          &f->feature_version, err);
    if (status == LTREC_OK)
        *out = f;
    else
        ltrec_factors_free(f);
    return status;
}

int ltr_factors_parse(ltrec_context *ctx, const void *bytes, size_t size,
                      ltrec_factors **out, ltrec_error *err)
{
    struct ltr_reader *reader;
    int status = ltr_store_parse(ctx, bytes, size, KIND, FORMAT, &reader, err);

    *out = NULL;
    return status == LTREC_OK ? read_all(ctx, reader, true, out, err) : status;
}

int ltrec_factors_load(ltrec_context *ctx, const char *path, uint32_t flags,
                       ltrec_factors **out, ltrec_error *err)
{
    ltrec_error inner = {0};
    struct ltr_reader *reader;
    bool map = flags & LTREC_FACTORS_MAP;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "factors: `out` is NULL");
    *out = NULL;
    if (!ctx || !path || flags & ~LTREC_FACTORS_MAP)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "factors: needs a context, a path and known flags");
    status = ltr_store_open(ctx, path, KIND, FORMAT, map, &reader, err);
    if (status != LTREC_OK)
        return status;
    status = read_all(ctx, reader, !map, out, &inner);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}
