/*
 * model.c - models and their branches: life time and questions
 */
#include "model/model_parts.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"

const char *const ltr_branch_names[LTR_BRANCHES] = {
    "audio", "mgp", "mlg", "genre", "artist", "fusion", "head"};

size_t ltr_branch_place(uint32_t bit)
{
    for (size_t place = 0; place < LTR_BRANCHES; place++)
        if (bit == UINT32_C(1) << place)
            return place;
    return LTR_BRANCHES;
}

/* ---- Names -------------------------------------------------------------- */

int ltr_names_copy(ltrec_context *ctx, size_t n, const char *const *texts,
                   struct ltr_names *names)
{
    size_t bytes = 0, used = 0;

    *names = (struct ltr_names){0};
    for (size_t i = 0; i < n; i++)
        bytes += strlen(texts[i]) + 1;
    names->text = ltr_alloc(ctx, bytes + 1, 1);
    names->offsets = ltr_alloc(ctx, n + 1, sizeof *names->offsets);
    if (!names->text || !names->offsets) {
        ltr_names_free(ctx, names);
        return LTREC_ERR_MEMORY;
    }
    names->n = n;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(texts[i]) + 1;

        memcpy(names->text + used, texts[i], length);
        used += length;
        names->offsets[i + 1] = used;
    }
    return LTREC_OK;
}

int ltr_names_clone(ltrec_context *ctx, const struct ltr_names *from,
                    struct ltr_names *names)
{
    size_t bytes = from->offsets[from->n];
    size_t ends = from->n + 1;

    *names = (struct ltr_names){0};
    names->text = ltr_alloc(ctx, bytes, 1);
    names->offsets = ltr_alloc(ctx, ends, sizeof *names->offsets);
    if (!names->text || !names->offsets) {
        ltr_names_free(ctx, names);
        return LTREC_ERR_MEMORY;
    }
    memcpy(names->text, from->text, bytes);
    memcpy(names->offsets, from->offsets, ends * sizeof *names->offsets);
    names->n = from->n;
    return LTREC_OK;
}

void ltr_names_free(ltrec_context *ctx, struct ltr_names *names)
{
    ltr_free(ctx, names->text);
    ltr_free(ctx, names->offsets);
    *names = (struct ltr_names){0};
}

int ltr_names_equal(const struct ltr_names *a, const struct ltr_names *b)
{
    return a->n == b->n &&
           (a->n == 0 ||
            (a->offsets[a->n] == b->offsets[b->n] &&
             memcmp(a->text, b->text, (size_t)a->offsets[a->n]) == 0));
}

/* ---- Branches ----------------------------------------------------------- */

struct ltr_branch *ltr_branch_create(ltrec_context *ctx,
                                     const struct ltr_net *net,
                                     size_t n_scales)
{
    struct ltr_branch *branch = ltr_alloc(ctx, 1, sizeof *branch);

    if (!branch)
        return NULL;
    branch->ctx = ltr_context_ref(ctx);
    atomic_init(&branch->references, 1);
    branch->net = *net;
    branch->n_scales = n_scales;
    branch->parameters =
        ltr_alloc(ctx, net->n_parameters, sizeof *branch->parameters);
    branch->mean = ltr_alloc(ctx, n_scales, sizeof *branch->mean);
    branch->scale = ltr_alloc(ctx, n_scales, sizeof *branch->scale);
    if (!branch->parameters || !branch->mean || !branch->scale) {
        ltr_branch_unref(branch);
        return NULL;
    }
    return branch;
}

struct ltr_branch *ltr_branch_ref(struct ltr_branch *branch)
{
    atomic_fetch_add_explicit(&branch->references, 1, memory_order_relaxed);
    return branch;
}

void ltr_branch_unref(struct ltr_branch *branch)
{
    ltrec_context *ctx;

    if (!branch || atomic_fetch_sub_explicit(&branch->references, 1,
                                             memory_order_acq_rel) != 1)
        return;
    ctx = branch->ctx;
    ltr_names_free(ctx, &branch->names);
    ltr_free(ctx, branch->parameters);
    ltr_free(ctx, branch->mean);
    ltr_free(ctx, branch->scale);
    ltr_free(ctx, branch->linear);
    ltr_free(ctx, branch->heard_ids);
    ltr_free(ctx, branch->heard);
    ltr_free(ctx, branch);
    ltr_context_unref(ctx);
}

/* ---- Models ------------------------------------------------------------- */

ltrec_model *ltr_model_create(ltrec_context *ctx, size_t rank,
                              uint64_t factors_id, const char *provenance)
{
    ltrec_model *model = ltr_alloc(ctx, 1, sizeof *model);

    if (!model)
        return NULL;
    model->ctx = ltr_context_ref(ctx);
    atomic_init(&model->references, 1);
    model->rank = rank;
    model->factors_id = factors_id;
    model->norm = 1;
    model->provenance = ltr_alloc(ctx, strlen(provenance) + 1, 1);
    if (!model->provenance) {
        ltrec_model_free(model);
        return NULL;
    }
    strcpy(model->provenance, provenance);
    return model;
}

ltrec_model *ltr_model_ref(ltrec_model *model)
{
    atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
    return model;
}

void ltrec_model_free(ltrec_model *model)
{
    ltrec_context *ctx;

    if (!model || atomic_fetch_sub_explicit(&model->references, 1,
                                            memory_order_acq_rel) != 1)
        return;
    ctx = model->ctx;
    for (size_t i = 0; i < LTR_BRANCHES; i++)
        ltr_branch_unref(model->branches[i]);
    ltr_free(ctx, model->provenance);
    ltr_free(ctx, model);
    ltr_context_unref(ctx);
}

/* ---- Questions ---------------------------------------------------------- */

static const struct ltr_branch *find(const ltrec_model *model, uint32_t bit)
{
    size_t place = ltr_branch_place(bit);

    return model && place < LTR_BRANCHES ? model->branches[place] : NULL;
}

uint32_t ltrec_model_branches(const ltrec_model *model)
{
    uint32_t bits = 0;

    for (size_t i = 0; model && i < LTR_BRANCHES; i++)
        bits |= model->branches[i] ? UINT32_C(1) << i : 0;
    return bits;
}

size_t ltrec_model_rank(const ltrec_model *model)
{
    return model ? model->rank : 0;
}

uint64_t ltrec_model_factors_id(const ltrec_model *model)
{
    return model ? model->factors_id : 0;
}

float ltrec_model_norm(const ltrec_model *model)
{
    return model ? model->norm : 0;
}

size_t ltrec_model_parameters(const ltrec_model *model, uint32_t branch)
{
    const struct ltr_branch *b = find(model, branch);

    return b ? b->net.n_parameters : 0;
}

double ltrec_model_validation(const ltrec_model *model, uint32_t branch)
{
    const struct ltr_branch *b = find(model, branch);

    return b ? b->validation : 0;
}

uint64_t ltrec_model_feature_version(const ltrec_model *model)
{
    const struct ltr_branch *audio = find(model, LTREC_BRANCH_AUDIO);

    return audio ? audio->feature_version : 0;
}

int ltrec_model_check_features(const ltrec_model *model, uint64_t version,
                               ltrec_error *err)
{
    uint64_t own = ltrec_model_feature_version(model);

    if (!model)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "model: it is NULL");
    if (own == 0 || version == 0 || own == version)
        return LTREC_OK;
    return ltr_fail(err, LTREC_ERR_MISMATCH,
                    "model: trained on features %016llx, not %016llx",
                    (unsigned long long)own, (unsigned long long)version);
}

int ltrec_model_frontend(const ltrec_model *model,
                         ltrec_frontend_options *options, size_t size)
{
    const struct ltr_branch *audio = find(model, LTREC_BRANCH_AUDIO);

    if (!model || !options)
        return LTREC_ERR_ARGUMENT;
    if (!audio)
        return LTREC_ERR_STATE;
    ltr_options_init(options, size, &audio->frontend, sizeof audio->frontend);
    return LTREC_OK;
}

size_t ltrec_model_vocabulary(const ltrec_model *model, uint32_t branch)
{
    const struct ltr_branch *b = find(model, branch);

    return b ? b->names.n : 0;
}

const char *ltrec_model_name(const ltrec_model *model, uint32_t branch,
                             size_t i)
{
    const struct ltr_branch *b = find(model, branch);

    return b && i < b->names.n ? b->names.text + b->names.offsets[i] : NULL;
}

/* A scan: vocabularies hold hundreds, and a caller asks once for each name. */
int ltrec_model_find(const ltrec_model *model, uint32_t branch,
                     const char *name, size_t *i)
{
    const struct ltr_branch *b = find(model, branch);

    for (size_t at = 0; b && name && i && at < b->names.n; at++) {
        if (strcmp(b->names.text + b->names.offsets[at], name) == 0) {
            *i = at;
            return LTREC_OK;
        }
    }
    return LTREC_ERR_ARGUMENT;
}
