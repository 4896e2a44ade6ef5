/*
 * itemitem_file.c - an item-item model in and out of the container
 */
#include "cf/itemitem.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "math/idmap.h"
#include "store/store.h"

#define KIND "itemitem"
#define FORMAT 1

/* ---- Saving ------------------------------------------------------------- */

int ltrec_itemitem_save(const ltrec_itemitem *model, const char *path,
                        ltrec_error *err)
{
    size_t items[1], starts[1], weights[1];
    struct ltr_writer *w;
    int status;

    if (!model || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: needs a model and a path");
    status = ltr_store_create(model->ctx, KIND, FORMAT, &w, err);
    if (status != LTREC_OK)
        return status;
    items[0] = model->count;
    starts[0] = model->count + 1;
    weights[0] = (size_t)model->starts[model->count];
    ltr_store_number(w, "ltrec.value", (uint64_t)model->value);
    ltr_store_real(w, "ltrec.epsilon", model->epsilon);
    ltr_store_tensor(w, "ids", LTR_U64, 1, items, model->ids);
    ltr_store_tensor(w, "plays", LTR_U32, 1, items, model->plays);
    ltr_store_tensor(w, "row_starts", LTR_U64, 1, starts, model->starts);
    ltr_store_tensor(w, "columns", LTR_U32, 1, weights, model->others);
    ltr_store_tensor(w, "weights", LTR_F32, 1, weights, model->weights);
    return ltr_store_save(w, path, err);
}

/* ---- Loading ------------------------------------------------------------ */

static int read_tensors(ltrec_itemitem *m, size_t *n_weights, ltrec_error *err)
{
    size_t items[] = {LTR_ANY}, ends[1], weights[] = {LTR_ANY};
    const void *ids, *plays, *starts, *others;
    struct ltr_reader *r = m->reader;
    int status = ltr_store_get(r, "ids", LTR_U64, 1, items, &ids, err);

    if (status == LTREC_OK && items[0] > LTR_MOST_ROWS)
        status = ltr_fail(err, LTREC_ERR_FORMAT,
                          "itemitem: %zu items are too many", items[0]);
    ends[0] = items[0] + 1;
    if (status == LTREC_OK)
        status = ltr_store_get(r, "plays", LTR_U32, 1, items, &plays, err);
    if (status == LTREC_OK)
        status =
            ltr_store_get(r, "row_starts", LTR_U64, 1, ends, &starts, err);
    if (status == LTREC_OK)
        status =
            ltr_store_get(r, "columns", LTR_U32, 1, weights, &others, err);
    if (status == LTREC_OK)
        status =
            ltr_store_get_floats(r, "weights", 1, weights, &m->weights, err);
    if (status != LTREC_OK)
        return status;
    m->count = items[0];
    m->ids = ids;
    m->plays = plays;
    m->starts = starts;
    m->others = others;
    *n_weights = weights[0];
    return LTREC_OK;
}

static int read_numbers(ltrec_itemitem *m, ltrec_error *err)
{
    uint64_t value;
    int status =
        ltr_store_find_number(m->reader, "ltrec.value", LTREC_ITEMITEM_PLAYED,
                              LTREC_ITEMITEM_LOG, &value, err);

    if (status == LTREC_OK)
        status = ltr_store_find_real(m->reader, "ltrec.epsilon", 0, 1e300,
                                     &m->epsilon, err);
    if (status == LTREC_OK && !(m->epsilon > 0))
        status = ltr_fail(err, LTREC_ERR_FORMAT,
                          "itemitem: ltrec.epsilon is 0, must be above");
    m->value = status == LTREC_OK ? (int32_t)value : 0;
    return status;
}

static int check_row(const ltrec_itemitem *m, size_t row, ltrec_error *err)
{
    for (uint64_t w = m->starts[row]; w < m->starts[row + 1]; w++)
        if (m->others[w] >= m->count || m->others[w] == row ||
            (w > m->starts[row] && m->others[w - 1] >= m->others[w]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "itemitem: row %zu holds item %u out of order, "
                            "itself or beyond %zu",
                            row, (unsigned)m->others[w], m->count);
    return LTREC_OK;
}

static int check_rows(const ltrec_itemitem *m, size_t n_weights,
                      ltrec_error *err)
{
    int status = LTREC_OK;

    for (size_t i = 1; i < m->count; i++)
        if (m->ids[i - 1] >= m->ids[i])
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "itemitem: ids %zu and %zu are out of order",
                            i - 1, i);
    if (m->starts[0] != 0 || m->starts[m->count] != n_weights)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "itemitem: rows do not add up to %zu weights",
                        n_weights);
    for (size_t row = 0; row < m->count; row++)
        if (m->starts[row] > m->starts[row + 1] ||
            m->starts[row + 1] > n_weights)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "itemitem: row %zu ends before it begins, or "
                            "past the %zu weights",
                            row, n_weights);
    for (size_t row = 0; row < m->count && status == LTREC_OK; row++)
        status = check_row(m, row, err);
    return status;
}

/* A model out of `reader`, which is its own from here on. */
static int from_reader(ltrec_context *ctx, struct ltr_reader *reader,
                       ltrec_itemitem **out, ltrec_error *err)
{
    ltrec_itemitem *m = ltr_itemitem_empty(ctx);
    size_t n_weights;
    int status;

    if (!m) {
        ltr_store_close(reader);
        return ltr_fail(err, LTREC_ERR_MEMORY, "itemitem: no memory");
    }
    m->reader = reader;
    status = read_tensors(m, &n_weights, err);
    if (status == LTREC_OK)
        status = read_numbers(m, err);
    if (status == LTREC_OK)
        status = check_rows(m, n_weights, err);
    if (status == LTREC_OK)
        *out = m;
    else
        ltrec_itemitem_free(m);
    return status;
}

int ltr_itemitem_parse(ltrec_context *ctx, const void *bytes, size_t size,
                       ltrec_itemitem **out, ltrec_error *err)
{
    struct ltr_reader *reader;
    int status = ltr_store_parse(ctx, bytes, size, KIND, FORMAT, &reader, err);

    *out = NULL;
    return status == LTREC_OK ? from_reader(ctx, reader, out, err) : status;
}

int ltrec_itemitem_load(ltrec_context *ctx, const char *path,
                        ltrec_itemitem **out, ltrec_error *err)
{
    ltrec_error inner = {0};
    struct ltr_reader *reader;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "itemitem: `out` is NULL");
    *out = NULL;
    if (!ctx || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "itemitem: needs a context and a path");
    status = ltr_store_open(ctx, path, KIND, FORMAT, 0, &reader, err);
    if (status != LTREC_OK)
        return status;
    status = from_reader(ctx, reader, out, &inner);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}
