/*
 * model_file.c - models in files: what is of the model as a whole
 */
#include "model/model_parts.h"

#include <float.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "store/store.h"

#define KIND "model"
/* 4: more statistics of sound, a soft floor; 3: networks that flatten; 2:
 * linear paths; else 1 */
#define FORMAT 4

/* ---- Saving ------------------------------------------------------------- */

/* The least that a reader must know of. */
static unsigned format_of(const ltrec_model *model)
{
    const struct ltr_branch *audio = model->branches[LTR_AUDIO];

    if (audio && (audio->net.statistics != 2 || audio->soft_floor > 0))
        return FORMAT;
    if (audio && ltr_flattens(&audio->net))
        return 3;
    for (size_t i = 0; i < LTR_BRANCHES; i++)
        if (model->branches[i] && model->branches[i]->linear)
            return 2;
    return 1;
}

int ltrec_model_save(const ltrec_model *model, const char *path,
                     ltrec_error *err)
{
    struct ltr_writer *w;
    int status;

    if (!model || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "model: an argument is NULL");
    status = ltr_store_create(model->ctx, KIND, format_of(model), &w, err);
    if (status != LTREC_OK)
        return status;
    ltr_store_number(w, "ltrec.rank", model->rank);
    ltr_store_number(w, "ltrec.factors_id", model->factors_id);
    ltr_store_real(w, "ltrec.norm", (double)model->norm);
    ltr_store_number(w, "ltrec.branches", ltrec_model_branches(model));
    ltr_store_text(w, "ltrec.provenance", model->provenance);
    for (size_t i = 0; i < LTR_BRANCHES; i++)
        if (model->branches[i])
            ltr_branch_write(w, i, model->branches[i]);
    return ltr_store_save(w, path, err);
}

/* ---- Loading ------------------------------------------------------------ */

static int read_model(ltrec_context *ctx, const struct ltr_reader *r,
                      ltrec_model **out, ltrec_error *err)
{
    const char *provenance = ltr_store_find_text(r, "ltrec.provenance");
    uint64_t rank = 0, id = 0, bits = 0;
    double norm = 0;
    int status = ltr_store_find_number(r, "ltrec.rank", 1, 65536, &rank, err);

    if (status == LTREC_OK)
        status = ltr_store_find_number(r, "ltrec.factors_id", 0, UINT64_MAX,
                                       &id, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(r, "ltrec.branches", 1,
                                       LTREC_BRANCH_ALL, &bits, err);
    if (status == LTREC_OK)
        status = ltr_store_find_real(r, "ltrec.norm", 0, (double)FLT_MAX,
                                     &norm, err);
    if (status != LTREC_OK)
        return status;
    *out =
        ltr_model_create(ctx, (size_t)rank, id, provenance ? provenance : "");
    if (!*out)
        return ltr_fail(err, LTREC_ERR_MEMORY, "model: no memory");
    (*out)->norm = (float)norm;
    for (size_t i = 0; i < LTR_BRANCHES && status == LTREC_OK; i++)
        if (bits >> i & 1)
            status = ltr_branch_read(ctx, r, i, &(*out)->branches[i], err);
    return status == LTREC_OK ? ltr_model_check(*out, err) : status;
}

static int finish(struct ltr_reader *r, int status, ltrec_model **out)
{
    ltr_store_close(r);
    if (status != LTREC_OK) {
        ltrec_model_free(*out);
        *out = NULL;
    }
    return status;
}

int ltrec_model_load(ltrec_context *ctx, const char *path, ltrec_model **out,
                     ltrec_error *err)
{
    struct ltr_reader *r;
    ltrec_error inner = {0};
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "model: `out` is NULL");
    *out = NULL;
    if (!ctx || !path)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "model: an argument is NULL");
    status = ltr_store_open(ctx, path, KIND, FORMAT, 0, &r, err);
    if (status != LTREC_OK)
        return status;
    status = finish(r, read_model(ctx, r, out, &inner), out);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}

int ltrec_model_load_memory(ltrec_context *ctx, const void *bytes, size_t size,
                            ltrec_model **out, ltrec_error *err)
{
    struct ltr_reader *r;
    void *aligned;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "model: `out` is NULL");
    *out = NULL;
    if (!ctx || !bytes)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "model: an argument is NULL");
    aligned = ltr_alloc(ctx, size, 1); /* as `bytes` need not be */
    if (!aligned)
        return ltr_fail(err, LTREC_ERR_MEMORY, "model: no memory");
    memcpy(aligned, bytes, size);
    status = ltr_store_parse(ctx, aligned, size, KIND, FORMAT, &r, err);
    if (status == LTREC_OK)
        status = finish(r, read_model(ctx, r, out, err), out);
    ltr_free(ctx, aligned);
    return status;
}
