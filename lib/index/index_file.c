/*
 * index_file.c - an index in a file
 *
 * Three tensors: `ids` [n], `vectors` [n][dim] and `order` [n], the rows by
 * ascending id.  The order lets a mapped index find an id without
 * building a table first.  Since format 2 there are also the codes, so that a
 * mapped index need not make them; docs/format.md has the bytes.
 */
#include "index/index_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "math/sort.h"

#define KIND "index"
#define FORMAT 2

/* How far rounding to float may take a length from 1, with room to spare. */
#define UNIT_TOLERANCE 1e-5

/* ---- Saving ------------------------------------------------------------- */

/* Whether codes are missing that format 2 has. */
static int wants_codes(const ltrec_index *index)
{
    return ltr_codes_fit(index->dim) && !index->codes.codes;
}

static void write_codes(const ltrec_index *index, struct ltr_writer *file)
{
    size_t blocks = ltr_codes_blocks(index->count);
    size_t shape[] = {blocks, index->codes.quads, LTR_BLOCK, LTR_QUAD};
    size_t rows[] = {blocks, LTR_BLOCK};

    ltr_store_tensor(file, "codes", LTR_I8, 4, shape, index->codes.codes);
    ltr_store_tensor(file, "scales", LTR_F32, 2, rows, index->codes.scales);
    ltr_store_tensor(file, "margins", LTR_F32, 2, rows, index->codes.margins);
}

static int write(const ltrec_index *index, const uint32_t *order,
                 const char *path, ltrec_error *err)
{
    size_t shape[] = {index->count, index->dim};
    struct ltr_writer *file;
    int status;

    /* Mapped from a file of format 1 it still has no codes. */
    status = ltr_store_create(index->ctx, KIND,
                              wants_codes(index) ? 1 : FORMAT, &file, err);
    if (status != LTREC_OK)
        return status;
    ltr_store_text(file, "ltrec.metric", "cosine");
    ltr_store_number(file, "ltrec.model_id", index->model_id);
    ltr_store_tensor(file, "ids", LTR_U64, 1, shape, index->ids);
    ltr_store_tensor(file, "vectors", LTR_F32, 2, shape, index->vectors);
    ltr_store_tensor(file, "order", LTR_U32, 1, shape, order);
    if (index->codes.codes)
        write_codes(index, file);
    return ltr_store_save(file, path, err);
}

int ltrec_index_save(const ltrec_index *index, const char *path,
                     ltrec_error *err)
{
    uint32_t *order;
    int status;

    if (!index || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: saving needs an index and a path");
    if (index->file)
        return write(index, index->order, path, err);
    order = ltr_alloc(index->ctx, index->count, 2 * sizeof *order);
    if (!order)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    ltr_sort_order(index->ids, order, order + index->count, index->count);
    status = write(index, order, path, err);
    ltr_free(index->ctx, order);
    return status;
}

/* ---- Opening ------------------------------------------------------------ */

/* Fill in what the header says; the arrays stay in the file. */
static int read_outline(ltrec_index *index, const char *path, ltrec_error *err)
{
    size_t shape[] = {LTR_ANY, LTR_ANY};
    const void *ids, *order, *vectors;
    const char *metric = ltr_store_find_text(index->file, "ltrec.metric");
    int status;

    if (!metric || strcmp(metric, "cosine") != 0)
        return ltr_fail(err, LTREC_ERR_UNSUPPORTED,
                        "%.150s: ltrec.metric is not \"cosine\"", path);
    status = ltr_store_find_number(index->file, "ltrec.model_id", 0,
                                   UINT64_MAX, &index->model_id, err);
    if (status == LTREC_OK)
        status = ltr_store_get(index->file, "vectors", LTR_F32, 2, shape,
                               &vectors, err);
    if (status == LTREC_OK && (shape[0] > LTR_MOST_ROWS || shape[1] == 0))
        status = ltr_fail(err, LTREC_ERR_FORMAT,
                          "%.150s: %zu vectors of %zu floats", path, shape[0],
                          shape[1]);
    if (status == LTREC_OK)
        status =
            ltr_store_get(index->file, "ids", LTR_U64, 1, shape, &ids, err);
    if (status == LTREC_OK)
        status = ltr_store_get(index->file, "order", LTR_U32, 1, shape, &order,
                               err);
    if (status != LTREC_OK)
        return status;
    index->count = shape[0];
    index->dim = shape[1];
    index->ids = ids;
    index->order = order;
    index->vectors = vectors;
    return LTREC_OK;
}

/*
 * The codes of format 2.  Loading makes them anew from the vectors: what they
 * promise could not be checked for less.
 */
static int read_codes(ltrec_index *index, ltrec_error *err)
{
    size_t blocks = ltr_codes_blocks(index->count);
    size_t quads = ltr_codes_quads(index->dim);
    size_t shape[] = {blocks, quads, LTR_BLOCK, LTR_QUAD};
    size_t rows[] = {blocks, LTR_BLOCK};
    const void *codes, *scales, *margins;
    uint64_t format;
    int status;

    status = ltr_store_find_number(index->file, "ltrec.format", 1, FORMAT,
                                   &format, err);
    if (status != LTREC_OK || format == 1 || !ltr_codes_fit(index->dim))
        return status;
    status =
        ltr_store_get(index->file, "codes", LTR_I8, 4, shape, &codes, err);
    if (status == LTREC_OK)
        status = ltr_store_get(index->file, "scales", LTR_F32, 2, rows,
                               &scales, err);
    if (status == LTREC_OK)
        status = ltr_store_get(index->file, "margins", LTR_F32, 2, rows,
                               &margins, err);
    if (status != LTREC_OK)
        return status;
    index->codes = (struct ltr_sift_rows){
        .codes = codes,
        .scales = scales,
        .margins = margins,
        .quads = quads,
    };
    return LTREC_OK;
}

/* Every vector a direction, every id once. */
static int check_contents(const ltrec_index *index, const char *path,
                          ltrec_error *err)
{
    for (size_t i = 0; i < index->count; i++) {
        double length =
            ltr_index_length(index->vectors + i * index->dim, index->dim);
        uint32_t row = index->order[i];

        if (fabs(length - 1) > UNIT_TOLERANCE)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "%.150s: the vector of row %zu is not of unit "
                            "length",
                            path, i);
        /* Ascending all the way, so no id twice and no row missing. */
        if (row >= index->count ||
            (i > 0 && index->ids[index->order[i - 1]] >= index->ids[row]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "%.150s: entry %zu of the order is out of order",
                            path, i);
    }
    return LTREC_OK;
}

/* Copy the arrays out of the file, to be added to. */
static int take_over(ltrec_index *index, ltrec_error *err)
{
    int status = ltr_index_reserve(index, index->count, err);

    if (status != LTREC_OK)
        return status;
    ltr_store_close(index->file);
    index->file = NULL;
    index->order = NULL;
    return LTREC_OK;
}

static int open_index(ltrec_context *ctx, const char *path, int map,
                      ltrec_index **out, ltrec_error *err)
{
    ltrec_index *index;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `out` is NULL");
    *out = NULL;
    if (!ctx || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: opening needs a context and a path");
    index = ltr_alloc(ctx, 1, sizeof *index);
    if (!index)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    index->ctx = ltr_context_ref(ctx);
    index->kernels = ltr_kernels_for(ctx->cpu);
    index->sift = ltr_sift_for(ctx->cpu);
    status = ltr_store_open(ctx, path, KIND, FORMAT, map, &index->file, err);
    if (status == LTREC_OK)
        status = read_outline(index, path, err);
    if (status == LTREC_OK)
        status = read_codes(index, err);
    if (status == LTREC_OK && !map)
        status = check_contents(index, path, err);
    if (status == LTREC_OK && !map)
        status = take_over(index, err);
    if (status != LTREC_OK) {
        ltrec_index_free(index);
        return status;
    }
    *out = index;
    return LTREC_OK;
}

int ltrec_index_load(ltrec_context *ctx, const char *path, ltrec_index **out,
                     ltrec_error *err)
{
    return open_index(ctx, path, 0, out, err);
}

int ltrec_index_map(ltrec_context *ctx, const char *path, ltrec_index **out,
                    ltrec_error *err)
{
    return open_index(ctx, path, 1, out, err);
}
