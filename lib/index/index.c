/*
 * index.c - an index: life cycle and questions
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
#include "factors/factors.h"

#define SHORTEST 1e-18
#define LONGEST 1e18

static const ltrec_index_options defaults = {
    .size = sizeof defaults,
    .recall = 1,
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

void ltr_index_to_unit(float *to, const float *from, size_t n)
{
    double length = ltr_index_length(from, n);

    for (size_t i = 0; i < n; i++)
        to[i] = (float)((double)from[i] / length);
}

/* ---- Life cycle --------------------------------------------------------- */

void ltrec_index_options_init(ltrec_index_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

int ltr_index_begin(ltrec_context *ctx, ltrec_index **out, ltrec_error *err)
{
    ltrec_index *index = ltr_alloc(ctx, 1, sizeof *index);

    *out = NULL;
    if (!index)
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    index->gate = ltr_alloc(ctx, 1, sizeof *index->gate);
    if (!index->gate) {
        ltr_free(ctx, index);
        return ltr_fail(err, LTREC_ERR_MEMORY, "index: no memory");
    }
    index->ctx = ltr_context_ref(ctx);
    index->kernels = ltr_kernels_for(ctx->cpu);
    index->sift = ltr_sift_for(ctx->cpu);
    index->dots = ltr_dots_for(ctx->cpu);
    index->sift_upper = ltr_sift_upper_for(ctx->cpu);
    index->join = ltr_join_for(ctx->cpu);
    index->recall = 1;
    *out = index;
    return LTREC_OK;
}

int ltrec_index_create(ltrec_context *ctx, size_t dim,
                       const ltrec_index_options *options, ltrec_index **out,
                       ltrec_error *err)
{
    ltrec_index_options o = defaults;
    struct ltr_tracks *tracks;
    ltrec_index *index;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `out` is NULL");
    *out = NULL;
    if (!ctx || dim == 0 || dim > SIZE_MAX / sizeof(float))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: needs a context and a dimension above 0");
    status = ltr_options_read(&o, sizeof o, options, "index", err);
    if (status == LTREC_OK && !(o.recall > 0 && o.recall <= 1))
        status =
            ltr_fail(err, LTREC_ERR_ARGUMENT,
                     "index: a recall of %g, wanted above 0 to 1", o.recall);
    if (status == LTREC_OK)
        status = ltr_tracks_create(ctx, dim, o.reserve, &tracks, err);
    if (status != LTREC_OK)
        return status;
    status = ltr_index_begin(ctx, &index, err);
    if (status != LTREC_OK) {
        ltr_tracks_free(ctx, tracks);
        return status;
    }
    index->dim = dim;
    index->recall = o.recall;
    atomic_store(&index->model_id, o.model_id);
    atomic_store(&index->feature_version, o.feature_version);
    ltr_gate_open(index->gate, tracks);
    *out = index;
    return LTREC_OK;
}

void ltrec_index_free(ltrec_index *index)
{
    ltrec_context *ctx;

    if (!index)
        return;
    ctx = index->ctx;
    ltr_gate_close(ctx, index->gate);
    ltr_free(ctx, index->gate);
    ltr_free(ctx, index);
    ltr_context_unref(ctx);
}

/* ---- Reading and changing ----------------------------------------------- */

struct ltr_reading ltr_index_enter(const ltrec_index *index)
{
    struct ltr_reading reading;
    const struct ltr_tracks *tracks =
        ltr_gate_enter(index->gate, &reading.place);

    reading.view = ltr_tracks_view(tracks);
    return reading;
}

void ltr_index_leave(const ltrec_index *index, struct ltr_reading reading)
{
    ltr_gate_leave(index->ctx, index->gate, reading.place);
}

int ltr_index_begin_change(const ltrec_index *index, ltrec_error *err)
{
    if (index->mapped)
        return ltr_fail(err, LTREC_ERR_STATE,
                        "index: mapped from a file, so it can't be changed");
    if (!ltr_gate_begin(index->gate))
        return ltr_fail(err, LTREC_ERR_STATE,
                        "index: another thread is changing it");
    return LTREC_OK;
}

int ltr_index_replace(ltrec_index *index, struct ltr_tracks *tracks,
                      ltrec_error *err)
{
    int status = ltr_gate_replace(index->ctx, index->gate, tracks);

    if (status == LTREC_OK)
        return LTREC_OK;
    ltr_tracks_free(index->ctx, tracks);
    return ltr_fail(err, status,
                    "index: searches still read %d former states of it",
                    LTR_GATE_PLACES - 1);
}

/* ---- Questions ---------------------------------------------------------- */

size_t ltrec_index_count(const ltrec_index *index)
{
    struct ltr_reading reading;
    size_t count;

    if (!index)
        return 0;
    reading = ltr_index_enter(index);
    count = ltr_view_count(&reading.view);
    ltr_index_leave(index, reading);
    return count;
}

size_t ltrec_index_dim(const ltrec_index *index)
{
    return index ? index->dim : 0;
}

uint64_t ltrec_index_model_id(const ltrec_index *index)
{
    return index ? atomic_load(&index->model_id) : 0;
}

int ltrec_index_check_model(const ltrec_index *index, uint64_t model_id,
                            ltrec_error *err)
{
    uint64_t own = ltrec_index_model_id(index);

    if (!index)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `index` is NULL");
    if (own && model_id && own != model_id)
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "index: vectors of model %016" PRIx64
                        ", wanted those of model %016" PRIx64,
                        model_id, own);
    return LTREC_OK;
}

uint64_t ltrec_index_feature_version(const ltrec_index *index)
{
    return index ? atomic_load(&index->feature_version) : 0;
}

int ltrec_index_check_features(const ltrec_index *index, uint64_t version,
                               ltrec_error *err)
{
    uint64_t own = ltrec_index_feature_version(index);

    if (!index)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "index: `index` is NULL");
    if (!ltr_features_fit(own, version))
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "index: vectors predicted from features %016" PRIx64
                        ", wanted those from %016" PRIx64,
                        version, own);
    return LTREC_OK;
}

int ltrec_index_contains(const ltrec_index *index, uint64_t id)
{
    struct ltr_reading reading;
    int contains;

    if (!index)
        return 0;
    reading = ltr_index_enter(index);
    contains = ltr_view_row(&reading.view, id) != LTR_NO_ROW;
    ltr_index_leave(index, reading);
    return contains;
}

int ltrec_index_vector(const ltrec_index *index, uint64_t id, float *out)
{
    struct ltr_reading reading;
    size_t row;

    if (!index || !out)
        return LTREC_ERR_ARGUMENT;
    reading = ltr_index_enter(index);
    row = ltr_view_row(&reading.view, id);
    if (row != LTR_NO_ROW)
        memcpy(out, reading.view.tracks->vectors + row * index->dim,
               index->dim * sizeof *out);
    ltr_index_leave(index, reading);
    return row != LTR_NO_ROW ? LTREC_OK : LTREC_ERR_ARGUMENT;
}

static void list_ids(const struct ltr_view *view, size_t first, size_t n,
                     uint64_t *ids)
{
    size_t found = 0;

    if (view->gone == 0 && n > 0) {
        memcpy(ids, view->tracks->ids + first, n * sizeof *ids);
        return;
    }
    for (size_t row = 0; row < view->rows && found < first + n; row++) {
        if (!ltr_view_has(view, row))
            continue;
        if (found >= first)
            ids[found - first] = view->tracks->ids[row];
        found++;
    }
}

int ltrec_index_ids(const ltrec_index *index, size_t first, size_t n,
                    uint64_t *ids)
{
    struct ltr_reading reading;
    size_t count;

    if (!index || (n > 0 && !ids))
        return LTREC_ERR_ARGUMENT;
    reading = ltr_index_enter(index);
    count = ltr_view_count(&reading.view);
    if (first <= count && n <= count - first)
        list_ids(&reading.view, first, n, ids);
    ltr_index_leave(index, reading);
    return first <= count && n <= count - first ? LTREC_OK
                                                : LTREC_ERR_ARGUMENT;
}
