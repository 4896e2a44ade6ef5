/*
 * index.c - the tracks of an index: adding, removing, looking up
 *
 * Vectors are stored at unit length, so that the cosine of the angle between
 * a track and a query is their dot product divided by the query's length.
 */
#include "index/index_parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "math/sort.h"

#define LEAST_CAPACITY 64
#define SHORTEST 1e-18
#define LONGEST 1e18

static const ltrec_index_options defaults = {
    .size = sizeof defaults,
};

double ltr_index_length(const float *v, size_t n)
{
    double sum = 0, length;

    for (size_t i = 0; i < n; i++) {
        double x = (double)v[i];

        sum += x * x;
    }
    length = sqrt(sum);
    return length >= SHORTEST && length <= LONGEST ? length : 0;
}

static void to_unit_length(float *to, const float *from, size_t n)
{
    double length = ltr_index_length(from, n);

    for (size_t i = 0; i < n; i++)
        to[i] = (float)((double)from[i] / length);
}

/* The row of `id` in the order a mapped file brings along. */
static size_t find_in_order(const ltrec_index *index, uint64_t id)
{
    size_t from = 0, to = index->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        uint32_t row = index->order[middle];

        if (row >= index->count)
            return LTR_NO_ROW;
        if (index->ids[row] == id)
            return row;
        if (index->ids[row] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return LTR_NO_ROW;
}

size_t ltr_index_row(const ltrec_index *index, uint64_t id)
{
    return index->file ? find_in_order(index, id)
                       : ltr_idmap_find(&index->map, index->ids, id);
}

/* ---- Room --------------------------------------------------------------- */

static void free_arrays(ltrec_index *index)
{
    ltr_free(index->ctx, index->own_ids);
    ltr_free(index->ctx, index->own_vectors);
    ltr_codes_free(index->ctx, &index->own_codes);
    ltr_idmap_free(index->ctx, &index->map);
}

/*
 * The codes of an index that was read from a file are made from its vectors,
 * so that no file can make a search miss anything.
 */
static void move_codes(ltrec_index *larger, const ltrec_index *index)
{
    size_t dim = index->dim;

    if (!ltr_codes_fit(index->dim))
        return;
    if (!index->file)
        ltr_codes_copy(&larger->own_codes, &index->own_codes, index->count,
                       dim);
    for (size_t row = 0; index->file && row < index->count; row++)
        ltr_codes_put(&larger->own_codes, row, index->vectors + row * dim,
                      dim);
}

/* Take over the arrays of `index` into those of `larger`. */
static void move_rows(ltrec_index *larger, const ltrec_index *index)
{
    size_t dim = index->dim;

    if (index->count > 0) {
        memcpy(larger->own_ids, index->ids, index->count * sizeof *index->ids);
        memcpy(larger->own_vectors, index->vectors,
               index->count * dim * sizeof *index->vectors);
    }
    move_codes(larger, index);
    for (size_t row = 0; row < index->count; row++)
        ltr_idmap_put(&larger->map, larger->own_ids, row);
}

static void use_own_arrays(ltrec_index *index)
{
    index->ids = index->own_ids;
    index->vectors = index->own_vectors;
    index->codes = (struct ltr_sift_rows){
        .codes = index->own_codes.codes,
        .scales = index->own_codes.scales,
        .margins = index->own_codes.margins,
        .quads = ltr_codes_quads(index->dim),
    };
}

int ltr_index_reserve(ltrec_index *index, size_t capacity, ltrec_error *err)
{
    ltrec_context *ctx = index->ctx;
    ltrec_index larger = *index;
    int status = LTREC_ERR_MEMORY;

    larger.map.slots = NULL;
    larger.own_ids = NULL;
    larger.own_vectors = NULL;
    larger.own_codes = (struct ltr_codes){0};
    if (capacity <= LTR_MOST_ROWS) {
        larger.own_ids = ltr_alloc(ctx, capacity, sizeof(uint64_t));
        larger.own_vectors =
            ltr_alloc(ctx, capacity, index->dim * sizeof(float));
        status = ltr_idmap_create(ctx, capacity, &larger.map);
        if (status == LTREC_OK && ltr_codes_fit(index->dim))
            status =
                ltr_codes_create(ctx, capacity, index->dim, &larger.own_codes);
    }
    if (status != LTREC_OK || !larger.own_ids || !larger.own_vectors) {
        free_arrays(&larger);
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "index: no memory for %zu tracks of %zu floats",
                        capacity, index->dim);
    }
    move_rows(&larger, index);
    free_arrays(index);
    *index = larger;
    use_own_arrays(index);
    index->capacity = capacity;
    return LTREC_OK;
}

/* Make room for `n` more, and for as many again if that has to grow. */
static int grow(ltrec_index *index, size_t n, ltrec_error *err)
{
    size_t wanted = index->count + n, capacity = 2 * index->capacity;

    if (n > LTR_MOST_ROWS - index->count)
        return ltr_fail(err, LTREC_ERR_MEMORY,
                        "index: %zu and %zu tracks are more than %" PRIu32,
                        index->count, n, (uint32_t)LTR_MOST_ROWS);
    if (wanted <= index->capacity)
        return LTREC_OK;
    if (capacity < LEAST_CAPACITY)
        capacity = LEAST_CAPACITY;
    if (capacity > LTR_MOST_ROWS)
        capacity = LTR_MOST_ROWS;
    return ltr_index_reserve(index, capacity < wanted ? wanted : capacity,
                             err);
}

/* ---- Life cycle --------------------------------------------------------- */

void ltrec_index_options_init(ltrec_index_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

int ltrec_index_create(ltrec_context *ctx, size_t dim,
                       const ltrec_index_options *options, ltrec_index **out,
                       ltrec_error *err)
{
    ltrec_index_options o = defaults;
    ltrec_index *index;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `out` is NULL");
    *out = NULL;
    if (!ctx || dim == 0 || dim > SIZE_MAX / sizeof(float))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: needs a context and a dimension above 0");
    status = ltr_options_read(&o, sizeof o, options, "index", err);
    if (status != LTREC_OK)
        return status;

    index = ltr_alloc(ctx, 1, sizeof *index);
    if (!index)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    index->ctx = ltr_context_ref(ctx);
    index->kernels = ltr_kernels_for(ctx->cpu);
    index->sift = ltr_sift_for(ctx->cpu);
    index->dim = dim;
    index->model_id = o.model_id;
    status = ltr_index_reserve(index, o.reserve, err);
    if (status != LTREC_OK) {
        ltrec_index_free(index);
        return status;
    }
    *out = index;
    return LTREC_OK;
}

void ltrec_index_free(ltrec_index *index)
{
    ltrec_context *ctx;

    if (!index)
        return;
    ctx = index->ctx;
    free_arrays(index);
    ltr_store_close(index->file);
    ltr_free(ctx, index);
    ltr_context_unref(ctx);
}

/* ---- Filling ------------------------------------------------------------ */

static int check_to_change(const ltrec_index *index, size_t n,
                           const uint64_t *ids, ltrec_error *err)
{
    if (!index || (n > 0 && !ids))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: needs an index and %zu ids", n);
    if (index->file)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "index: mapped from a file, so it can't be changed");
    return LTREC_OK;
}

static int check_vectors(const ltrec_index *index, size_t n,
                         const float *vectors, ltrec_error *err)
{
    if (n > 0 && !vectors)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `vectors` is NULL");
    for (size_t i = 0; i < n; i++)
        if (ltr_index_length(vectors + i * index->dim, index->dim) == 0)
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "index: the vector of row %zu is zero, not finite "
                            "or not of a length from 1e-18 to 1e18",
                            i);
    return LTREC_OK;
}

/* Enter the ids of `n` new rows, all of them or, if one repeats, none. */
static int enter_ids(ltrec_index *index, size_t n, const uint64_t *ids,
                     ltrec_error *err)
{
    size_t first = index->count;

    for (size_t i = 0; i < n; i++) {
        size_t there;

        index->own_ids[first + i] = ids[i];
        there = ltr_idmap_put(&index->map, index->own_ids, first + i);
        if (there == LTR_NO_ROW)
            continue;
        for (size_t undo = i; undo-- > 0;)
            ltr_idmap_remove(&index->map, index->own_ids, first + undo);
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: the id %" PRIu64 " of row %zu is %s", ids[i],
                        i, there < first ? "in the index" : "named twice");
    }
    return LTREC_OK;
}

static void put_vector(ltrec_index *index, size_t row, const float *vector)
{
    float *unit = index->own_vectors + row * index->dim;

    to_unit_length(unit, vector, index->dim);
    if (ltr_codes_fit(index->dim))
        ltr_codes_put(&index->own_codes, row, unit, index->dim);
}

int ltrec_index_add(ltrec_index *index, size_t n, const uint64_t *ids,
                    const float *vectors, ltrec_error *err)
{
    int status = check_to_change(index, n, ids, err);

    if (status == LTREC_OK)
        status = check_vectors(index, n, vectors, err);
    if (status == LTREC_OK)
        status = grow(index, n, err);
    if (status == LTREC_OK)
        status = enter_ids(index, n, ids, err);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        put_vector(index, index->count + i, vectors + i * index->dim);
    index->count += n;
    return LTREC_OK;
}

/* ---- Removing ----------------------------------------------------------- */

static int check_to_remove(const ltrec_index *index, size_t n,
                           const uint64_t *ids, ltrec_error *err)
{
    uint64_t *sorted = ltr_alloc(index->ctx, n, 2 * sizeof *sorted);
    int status = LTREC_OK;

    if (!sorted)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    memcpy(sorted, ids, n * sizeof *sorted);
    ltr_sort_keys(sorted, sorted + n, n);
    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        if (ltr_index_row(index, sorted[i]) == LTR_NO_ROW)
            status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                              "index: there is no id %" PRIu64, sorted[i]);
        else if (i > 0 && sorted[i] == sorted[i - 1])
            status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                              "index: the id %" PRIu64 " is named twice",
                              sorted[i]);
    }
    ltr_free(index->ctx, sorted);
    return status;
}

/* The last row takes the place of the one removed. */
static void remove_row(ltrec_index *index, size_t row)
{
    size_t last = index->count - 1, dim = index->dim;

    ltr_idmap_remove(&index->map, index->own_ids, row);
    if (row < last) {
        ltr_idmap_remove(&index->map, index->own_ids, last);
        index->own_ids[row] = index->own_ids[last];
        memcpy(index->own_vectors + row * dim, index->own_vectors + last * dim,
               dim * sizeof *index->own_vectors);
        ltr_idmap_put(&index->map, index->own_ids, row);
    }
    if (ltr_codes_fit(index->dim))
        ltr_codes_remove(&index->own_codes, row, last, dim);
    index->count--;
}

int ltrec_index_remove(ltrec_index *index, size_t n, const uint64_t *ids,
                       ltrec_error *err)
{
    int status = check_to_change(index, n, ids, err);

    if (status == LTREC_OK && n > 0)
        status = check_to_remove(index, n, ids, err);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        remove_row(index, ltr_index_row(index, ids[i]));
    return LTREC_OK;
}

/* ---- Questions ---------------------------------------------------------- */

size_t ltrec_index_count(const ltrec_index *index)
{
    return index ? index->count : 0;
}

size_t ltrec_index_dim(const ltrec_index *index)
{
    return index ? index->dim : 0;
}

uint64_t ltrec_index_model_id(const ltrec_index *index)
{
    return index ? index->model_id : 0;
}

int ltrec_index_check_model(const ltrec_index *index, uint64_t model_id,
                            ltrec_error *err)
{
    if (!index)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `index` is NULL");
    if (index->model_id && model_id && index->model_id != model_id)
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "index: vectors of model %016" PRIx64
                        ", wanted those of model %016" PRIx64,
                        model_id, index->model_id);
    return LTREC_OK;
}

int ltrec_index_contains(const ltrec_index *index, uint64_t id)
{
    return index && ltr_index_row(index, id) != LTR_NO_ROW;
}

int ltrec_index_vector(const ltrec_index *index, uint64_t id, float *out)
{
    size_t row = index && out ? ltr_index_row(index, id) : LTR_NO_ROW;

    if (row == LTR_NO_ROW)
        return LTREC_ERR_ARGUMENT;
    memcpy(out, index->vectors + row * index->dim, index->dim * sizeof *out);
    return LTREC_OK;
}

int ltrec_index_ids(const ltrec_index *index, size_t first, size_t n,
                    uint64_t *ids)
{
    if (!index || (n > 0 && !ids) || first > index->count ||
        n > index->count - first)
        return LTREC_ERR_ARGUMENT;
    if (n > 0)
        memcpy(ids, index->ids + first, n * sizeof *ids);
    return LTREC_OK;
}
