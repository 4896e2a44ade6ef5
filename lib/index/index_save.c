/*
 * index_save.c - an index into a file
 */
#include "index/index_file.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "math/sort.h"

static void write_plain_codes(const struct ltr_view *view,
                              struct ltr_writer *file)
{
    const struct ltr_sift_rows *codes = &view->tracks->codes;
    size_t blocks = view->rows / LTR_BLOCK;
    size_t shape[] = {blocks, codes->quads, LTR_BLOCK, LTR_QUAD};
    size_t rows[] = {blocks, LTR_BLOCK};

    ltr_store_tensor(file, "codes", LTR_I8, 4, shape, codes->codes);
    ltr_store_tensor(file, "scales", LTR_F32, 2, rows, codes->scales);
    ltr_store_tensor(file, "margins", LTR_F32, 2, rows, codes->margins);
}

static void write_halves(const struct ltr_view *view, struct ltr_writer *file)
{
    const struct ltr_sift_halves *h = &view->tracks->halves;
    const void *parts[LTR_HALVES_PARTS] = {h->uppers,        h->lowers,
                                           h->upper_scales,  h->scales,
                                           h->upper_margins, h->margins};
    size_t blocks = view->rows / LTR_BLOCK;
    size_t halves[] = {blocks, ltr_sift_pairs(h->quads), LTR_BLOCK, LTR_QUAD};
    size_t rows[] = {blocks, LTR_BLOCK};

    for (size_t i = 0; i < LTR_HALVES_PARTS; i++) {
        const struct ltr_halves_part *part = &ltr_halves_parts[i];

        ltr_store_tensor(file, part->name, part->type,
                         part->type == LTR_U8 ? 4 : 2,
                         part->type == LTR_U8 ? halves : rows, parts[i]);
    }
}

/* Mapped from an older file it has what that had. */
static unsigned format_of(const struct ltr_tracks *t)
{
    if (t->codes.codes)
        return 3;
    return ltr_codes_fit(t->dim) && !t->halves.uppers ? 1 : LTR_INDEX_FORMAT;
}

/* `angles` [lists][parts], to live until the file is saved. */
static void write_lists(const struct ltr_tracks *t, const float *angles,
                        struct ltr_writer *file)
{
    const struct ltr_lists *lists = &t->lists;
    size_t begins[] = {lists->n + 1};
    size_t centroids[] = {lists->n, t->dim};
    size_t parts[] = {lists->n, LTR_LIST_PARTS};

    ltr_store_number(file, "ltrec.probes", lists->aim.probes[0]);
    ltr_store_number(file, "ltrec.probes_100", lists->aim.probes[1]);
    ltr_store_real(file, "ltrec.recall_tracks", lists->aim.of_tracks);
    ltr_store_real(file, "ltrec.recall_queries", lists->aim.of_queries);
    ltr_store_tensor(file, "begins", LTR_U32, 1, begins, lists->begins);
    ltr_store_tensor(file, "centroids", LTR_F32, 2, centroids,
                     lists->centroids);
    ltr_store_tensor(file, "angles", LTR_F32, 2, parts, angles);
}

static int write(const ltrec_index *index, const struct ltr_view *view,
                 const uint32_t *order, const float *angles, const char *path,
                 ltrec_error *err)
{
    const struct ltr_tracks *t = view->tracks;
    size_t shape[] = {view->rows, t->dim};
    struct ltr_writer *file;
    int status;

    status =
        ltr_store_create(index->ctx, LTR_INDEX_KIND, format_of(t), &file, err);
    if (status != LTREC_OK)
        return status;
    ltr_store_text(file, "ltrec.metric", "cosine");
    ltr_store_number(file, "ltrec.model_id", ltrec_index_model_id(index));
    if (ltrec_index_feature_version(index))
        ltr_store_number(file, "ltrec.feature_version",
                         ltrec_index_feature_version(index));
    ltr_store_real(file, "ltrec.recall", index->recall);
    ltr_store_tensor(file, "ids", LTR_U64, 1, shape, t->ids);
    ltr_store_tensor(file, "vectors", LTR_F32, 2, shape, t->vectors);
    ltr_store_tensor(file, "order", LTR_U32, 1, shape, order);
    if (t->codes.codes)
        write_plain_codes(view, file);
    if (t->halves.uppers)
        write_halves(view, file);
    if (t->lists.n > 0)
        write_lists(t, angles, file);
    return ltr_store_save(file, path, err);
}

static int save(const ltrec_index *index, const struct ltr_view *view,
                const char *path, ltrec_error *err)
{
    const struct ltr_tracks *t = view->tracks;
    const struct ltr_lists *lists = &t->lists;
    uint32_t *order = ltr_alloc(index->ctx, view->rows, 2 * sizeof *order);
    float *angles = ltr_alloc(index->ctx, lists->n, LTR_LIST_PARTS * 4);
    int status = LTREC_ERR_MEMORY;

    if (order && angles) {
        for (size_t list = 0; list < lists->n; list++)
            memcpy(angles + list * LTR_LIST_PARTS, lists->caps[list].angles,
                   sizeof lists->caps[list].angles);
        if (!t->order)
            ltr_sort_order(t->ids, order, order + view->rows, view->rows);
        status =
            write(index, view, t->order ? t->order : order, angles, path, err);
    } else {
        ltr_fail(err, status, "index: no memory");
    }
    ltr_free(index->ctx, order);
    ltr_free(index->ctx, angles);
    return status;
}

/* Rows of nobody are left out, which takes a copy. */
static int save_living(const ltrec_index *index, const struct ltr_view *view,
                       const char *path, ltrec_error *err)
{
    struct ltr_view living;
    struct ltr_tracks *copy;
    int status;

    if (view->gone == 0)
        return save(index, view, path, err);
    status = ltr_tracks_copy(index->ctx, view, NULL, 0, ltr_view_count(view),
                             &copy, err);
    if (status != LTREC_OK)
        return status;
    living = ltr_tracks_view(copy);
    status = save(index, &living, path, err);
    ltr_tracks_free(index->ctx, copy);
    return status;
}

int ltrec_index_save(const ltrec_index *index, const char *path,
                     ltrec_error *err)
{
    struct ltr_reading reading;
    int status;

    if (!index || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "index: saving needs an index and a path");
    reading = ltr_index_enter(index);
    status = save_living(index, &reading.view, path, err);
    ltr_index_leave(index, reading);
    return status;
}
