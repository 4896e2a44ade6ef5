/*
 * index_open.c - an index out of a file: copied, to be changed, or mapped
 */
#include "index/index_file.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"

/* How far rounding to float may take a length from 1, with room to spare. */
#define UNIT_TOLERANCE 1e-5

/* Fill in what the header says; the arrays stay in the file. */
static int read_outline(ltrec_index *index, struct ltr_tracks *t,
                        const char *path, ltrec_error *err)
{
    size_t shape[] = {LTR_ANY, LTR_ANY};
    const void *ids, *order, *vectors;
    const char *metric = ltr_store_find_text(t->file, "ltrec.metric");
    uint64_t model_id, features;
    int status;

    if (!metric || strcmp(metric, "cosine") != 0)
        return ltr_fail(err, LTREC_ERR_UNSUPPORTED,
                        "%.150s: ltrec.metric is not \"cosine\"", path);
    status = ltr_store_find_number(t->file, "ltrec.model_id", 0, UINT64_MAX,
                                   &model_id, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number_or(t->file, "ltrec.feature_version", 0,
                                          &features, err);
    if (status == LTREC_OK)
        status = ltr_store_get(t->file, "vectors", LTR_F32, 2, shape, &vectors,
                               err);
    if (status == LTREC_OK && (shape[0] > LTR_MOST_ROWS || shape[1] == 0))
        status = ltr_fail(err, LTREC_ERR_FORMAT,
                          "%.150s: %zu vectors of %zu floats", path, shape[0],
                          shape[1]);
    if (status == LTREC_OK)
        status = ltr_store_get(t->file, "ids", LTR_U64, 1, shape, &ids, err);
    if (status == LTREC_OK)
        status =
            ltr_store_get(t->file, "order", LTR_U32, 1, shape, &order, err);
    if (status != LTREC_OK)
        return status;
    atomic_store(&index->model_id, model_id);
    atomic_store(&index->feature_version, features);
    index->dim = shape[1];
    t->dim = shape[1];
    t->capacity = shape[0];
    t->ids = ids;
    t->order = order;
    t->vectors = vectors;
    ltr_tracks_publish(t, shape[0], 0);
    return LTREC_OK;
}

/* The codes of format 2 and 3. */
static int read_plain_codes(struct ltr_tracks *t, uint64_t format,
                            ltrec_error *err)
{
    size_t blocks = ltr_index_file_blocks(t->capacity, format);
    size_t quads = ltr_codes_quads(t->dim);
    size_t shape[] = {blocks, quads, LTR_BLOCK, LTR_QUAD};
    size_t rows[] = {blocks, LTR_BLOCK};
    const void *codes, *scales, *margins;
    int status;

    status = ltr_store_get(t->file, "codes", LTR_I8, 4, shape, &codes, err);
    if (status == LTREC_OK)
        status =
            ltr_store_get(t->file, "scales", LTR_F32, 2, rows, &scales, err);
    if (status == LTREC_OK)
        status =
            ltr_store_get(t->file, "margins", LTR_F32, 2, rows, &margins, err);
    if (status != LTREC_OK)
        return status;
    t->codes = (struct ltr_sift_rows){
        .codes = codes,
        .scales = scales,
        .margins = margins,
        .quads = quads,
    };
    return LTREC_OK;
}

/* The codes of format 4. */
static int read_halves(struct ltr_tracks *t, ltrec_error *err)
{
    size_t blocks = t->capacity / LTR_BLOCK, quads = ltr_codes_quads(t->dim);
    size_t halves[] = {blocks, ltr_sift_pairs(quads), LTR_BLOCK, LTR_QUAD};
    size_t rows[] = {blocks, LTR_BLOCK};
    const void *parts[LTR_HALVES_PARTS];

    for (size_t i = 0; i < LTR_HALVES_PARTS; i++) {
        const struct ltr_halves_part *part = &ltr_halves_parts[i];
        int status = ltr_store_get(
            t->file, part->name, part->type, part->type == LTR_U8 ? 4 : 2,
            part->type == LTR_U8 ? halves : rows, &parts[i], err);

        if (status != LTREC_OK)
            return status;
    }
    t->halves = (struct ltr_sift_halves){
        .uppers = parts[0],
        .lowers = parts[1],
        .upper_scales = parts[2],
        .scales = parts[3],
        .upper_margins = parts[4],
        .margins = parts[5],
        .quads = quads,
    };
    return LTREC_OK;
}

/*
 * Loading makes them anew from the vectors: what they promise could not be
 * checked for less.
 */
static int read_codes(struct ltr_tracks *t, uint64_t format, ltrec_error *err)
{
    if (format == 1 || !ltr_codes_fit(t->dim))
        return LTREC_OK;
    return format < 4 ? read_plain_codes(t, format, err) : read_halves(t, err);
}

static int read_aim(const ltrec_index *index, struct ltr_tracks *t,
                    struct ltr_aim *aim, ltrec_error *err)
{
    static const char *const keys[LTR_AIMS] = {"ltrec.probes",
                                               "ltrec.probes_100"};
    int status = LTREC_OK;

    *aim = (struct ltr_aim){.recall = index->recall};
    for (size_t i = 0; i < LTR_AIMS && status == LTREC_OK; i++) {
        uint64_t probes;

        status = ltr_store_find_number(t->file, keys[i], 0, LTR_MOST_LISTS,
                                       &probes, err);
        if (status == LTREC_OK)
            aim->probes[i] = (uint32_t)probes;
    }
    if (status == LTREC_OK)
        status = ltr_store_find_real(t->file, "ltrec.recall_tracks", 0, 1,
                                     &aim->of_tracks, err);
    if (status == LTREC_OK)
        status = ltr_store_find_real(t->file, "ltrec.recall_queries", -1, 1,
                                     &aim->of_queries, err);
    return status;
}

static int check_begins(const uint32_t *begins, size_t n, size_t rows,
                        const char *path, ltrec_error *err)
{
    for (size_t i = 0; i <= n; i++)
        if (begins[i] < (i ? begins[i - 1] : 0) || begins[i] > rows ||
            (i == 0 && begins[0] != 0))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "%.150s: list %zu begins in row %lu", path, i,
                            (unsigned long)begins[i]);
    return LTREC_OK;
}

static int use_lists(const ltrec_index *index, struct ltr_tracks *t, size_t n,
                     const void *begins, const float *centroids,
                     const float *angles, ltrec_error *err)
{
    struct ltr_aim aim;
    int status = read_aim(index, t, &aim, err);

    if (status != LTREC_OK)
        return status;
    if (ltr_lists_create(index->ctx, n, t->dim, &t->lists) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory for lists");
    memcpy(t->lists.begins, begins, (n + 1) * sizeof *t->lists.begins);
    memcpy(t->lists.centroids, centroids, n * t->dim * sizeof *centroids);
    for (size_t list = 0; list < n; list++)
        memcpy(t->lists.caps[list].angles, angles + list * LTR_LIST_PARTS,
               sizeof t->lists.caps[list].angles);
    t->lists.aim = aim;
    ltr_lists_code(&t->lists, t->dim,
                   index->mapped ? ltr_tracks_coding(t) : LTR_CODING_TURNED);
    ltr_lists_use_angles(&t->lists);
    return LTREC_OK;
}

/* Lists are few: they are copied even where the tracks are not. */
static int read_lists(const ltrec_index *index, struct ltr_tracks *t,
                      const char *path, ltrec_error *err)
{
    size_t shape[] = {LTR_ANY, t->dim}, begins_shape[] = {0};
    size_t parts[] = {0, LTR_LIST_PARTS};
    const float *centroids, *angles;
    const void *begins;
    int status;

    if (!ltr_codes_fit(t->dim) || !ltr_store_has(t->file, "centroids"))
        return LTREC_OK;
    status =
        ltr_store_get_floats(t->file, "centroids", 2, shape, &centroids, err);
    if (status == LTREC_OK && (shape[0] == 0 || shape[0] > LTR_MOST_LISTS))
        status = ltr_fail(err, LTREC_ERR_FORMAT, "%.150s: %zu lists", path,
                          shape[0]);
    begins_shape[0] = shape[0] + 1;
    parts[0] = shape[0];
    if (status == LTREC_OK)
        status = ltr_store_get(t->file, "begins", LTR_U32, 1, begins_shape,
                               &begins, err);
    if (status == LTREC_OK)
        status = check_begins(begins, shape[0], t->capacity, path, err);
    if (status == LTREC_OK)
        status =
            ltr_store_get_floats(t->file, "angles", 2, parts, &angles, err);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < shape[0]; i++)
        if (fabs(ltr_index_length(centroids + i * t->dim, t->dim) - 1) >
            UNIT_TOLERANCE)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "%.150s: the centroid of list %zu is not of unit "
                            "length",
                            path, i);
    return use_lists(index, t, shape[0], begins, centroids, angles, err);
}

static int read_all(ltrec_index *index, struct ltr_tracks *t, const char *path,
                    ltrec_error *err)
{
    uint64_t format;
    int status = ltr_store_find_number(t->file, "ltrec.format", 1,
                                       LTR_INDEX_FORMAT, &format, err);

    if (status == LTREC_OK)
        status = read_outline(index, t, path, err);
    if (status == LTREC_OK)
        status = read_codes(t, format, err);
    if (status != LTREC_OK || format < 3)
        return status;
    status = ltr_store_find_real(t->file, "ltrec.recall", DBL_MIN, 1,
                                 &index->recall, err);
    return status == LTREC_OK ? read_lists(index, t, path, err) : status;
}

/* Every vector a direction, every id once. */
static int check_contents(const struct ltr_tracks *t, const char *path,
                          ltrec_error *err)
{
    for (size_t i = 0; i < t->capacity; i++) {
        double length = ltr_index_length(t->vectors + i * t->dim, t->dim);
        uint32_t row = t->order[i];

        if (fabs(length - 1) > UNIT_TOLERANCE)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "%.150s: the vector of row %zu is not of unit "
                            "length",
                            path, i);
        /* Ascending all the way, so no id twice and no row missing. */
        if (row >= t->capacity ||
            (i > 0 && t->ids[t->order[i - 1]] >= t->ids[row]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "%.150s: entry %zu of the order is out of order",
                            path, i);
    }
    return LTREC_OK;
}

/*
 * Copy the tracks out of the file, to be changed.  Codes and caps are made
 * anew, so that none in a file can make a search miss anything.
 */
static int take_over(ltrec_index *index, struct ltr_tracks **t,
                     ltrec_error *err)
{
    struct ltr_view view;
    struct ltr_tracks *copy;
    int status;

    (*t)->codes.codes = NULL;
    (*t)->halves.uppers = NULL;
    view = ltr_tracks_view(*t);
    status = ltr_tracks_copy(index->ctx, &view, NULL, 0, (*t)->capacity, &copy,
                             err);
    if (status != LTREC_OK)
        return status;
    ltr_tracks_free(index->ctx, *t);
    *t = copy;
    if (ltr_lists_measure(index->ctx, &copy->lists, copy->vectors,
                          copy->dim) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory for lists");
    return LTREC_OK;
}

static int open_tracks(ltrec_index *index, struct ltr_tracks **t,
                       const char *path, ltrec_error *err)
{
    int status =
        ltr_store_open(index->ctx, path, LTR_INDEX_KIND, LTR_INDEX_FORMAT,
                       index->mapped, &(*t)->file, err);

    if (status == LTREC_OK)
        status = read_all(index, *t, path, err);
    if (status == LTREC_OK && !index->mapped)
        status = check_contents(*t, path, err);
    if (status == LTREC_OK && !index->mapped)
        status = take_over(index, t, err);
    return status;
}

static int open_index(ltrec_context *ctx, const char *path, int map,
                      ltrec_index **out, ltrec_error *err)
{
    ltrec_index *index;
    struct ltr_tracks *t;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `out` is NULL");
    *out = NULL;
    if (!ctx || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: opening needs a context and a path");
    status = ltr_index_begin(ctx, &index, err);
    if (status != LTREC_OK)
        return status;
    index->mapped = map;
    t = ltr_alloc(ctx, 1, sizeof *t);
    status = t ? open_tracks(index, &t, path, err)
               : ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    if (status != LTREC_OK) {
        ltr_tracks_free(ctx, t);
        ltrec_index_free(index);
        return status;
    }
    ltr_gate_open(index->gate, t);
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
