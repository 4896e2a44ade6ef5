/*
 * predictor.c - what is known of a track goes in, its factor comes out
 *
 * All memory is taken here, when a predictor is made.  hear.c runs the
 * branches; what they heard is put together in answer.c.
 */
#include "model/predictor.h"

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "nn/layers.h"

static const ltrec_predictor_options defaults = {
    .size = sizeof defaults,
    .branches = LTREC_BRANCH_ALL,
    .full_track = LTREC_TRACK_PATCHES,
    .precision = LTREC_PRECISION_FLOAT32,
};

void ltrec_predictor_options_init(ltrec_predictor_options *options,
                                  size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Life cycle --------------------------------------------------------- */

/* Branches that must run for those in use: the head listens to the trunk. */
static uint32_t needed(const ltrec_model *model, uint32_t use)
{
    const struct ltr_branch *mlg = model->branches[LTR_MLG];
    uint32_t bits = use;

    if ((use & LTREC_BRANCH_MLG) && mlg->from_head)
        bits |= LTREC_BRANCH_HEAD;
    if (bits & LTREC_BRANCH_HEAD)
        bits |= LTREC_BRANCH_AUDIO;
    return bits;
}

/* Those asked for that the model has.  A fusion alone has nothing else to go
 * by than what it is over. */
static uint32_t use_of(const ltrec_model *model,
                       const ltrec_predictor_options *o)
{
    uint32_t use = o->branches & ltrec_model_branches(model);

    return (use & ~(uint32_t)LTREC_BRANCH_HEAD) == LTREC_BRANCH_FUSION
               ? use | model->branches[LTR_FUSION]->fused
               : use;
}

static int take_audio(ltrec_predictor *p, const struct ltr_branch *audio)
{
    size_t frames =
        ltr_larger(audio->patch_frames, ltr_net_least_frames(&audio->net));
    size_t windows = p->full_track == LTREC_TRACK_PATCHES ? LTR_PATCHES : 1;

    if (p->full_track == LTREC_TRACK_WHOLE)
        return ltr_pass_create_whole(p->ctx, &audio->net, p->precision,
                                     &p->passes[LTR_AUDIO]);
    return ltr_pass_create_windows(p->ctx, &audio->net, windows,
                                   frames +
                                       (windows - 1) * ltr_patch_step(audio),
                                   p->precision, &p->passes[LTR_AUDIO]);
}

static int take_pass(ltrec_predictor *p, size_t place)
{
    const struct ltr_branch *branch = p->model->branches[place];
    int status = place == LTR_AUDIO
                     ? take_audio(p, branch)
                     : ltr_pass_create(p->ctx, &branch->net, 1, 1, 0,
                                       p->precision, &p->passes[place]);

    if (status == LTREC_OK)
        ltr_pass_hold(p->passes[place], branch->parameters);
    return status;
}

static int take_features(ltrec_predictor *p, size_t place)
{
    const struct ltr_branch *b = p->model->branches[place];
    size_t n = ltr_linear_size(&b->net);

    p->heard.features[place] = ltr_alloc(p->ctx, n, sizeof(float));
    if (place == LTR_AUDIO) {
        p->sums[3] = ltr_alloc(p->ctx, n, sizeof(double));
        p->features = ltr_alloc(p->ctx, n, LTR_PATCHES * sizeof(float));
        if (!p->sums[3] || !p->features)
            return LTREC_ERR_MEMORY;
    }
    return p->heard.features[place] ? LTREC_OK : LTREC_ERR_MEMORY;
}

int ltr_predictor_describe(ltrec_predictor *p)
{
    uint32_t run = needed(p->model, p->use);
    int status = LTREC_OK;

    for (size_t i = 0; i < LTR_FUSABLE && status == LTREC_OK; i++)
        if ((run >> i & 1) && !p->heard.features[i])
            status = take_features(p, i);
    return status;
}

/* Whether a linear path, or the head, goes by what a branch is given. */
static int needs_features(const ltrec_predictor *p, size_t place)
{
    const struct ltr_branch *fusion = p->model->branches[LTR_FUSION];

    if (place == LTR_AUDIO && (needed(p->model, p->use) & LTREC_BRANCH_HEAD) &&
        ltr_head_inputs(&p->model->branches[LTR_AUDIO]->net) >
            ltr_net_pooled(&p->model->branches[LTR_AUDIO]->net))
        return 1;
    return p->model->branches[place]->linear ||
           ((p->use & LTREC_BRANCH_FUSION) && fusion->linear &&
            (fusion->fused >> place & 1));
}

static int take_fusion(ltrec_predictor *p)
{
    const struct ltr_branch *fusion = p->model->branches[LTR_FUSION];

    if (!(p->use & LTREC_BRANCH_FUSION) || !fusion->linear)
        return LTREC_OK;
    p->fused = ltr_alloc(p->ctx, fusion->n_scales, sizeof *p->fused);
    return p->fused ? LTREC_OK : LTREC_ERR_MEMORY;
}

static int take_sums(ltrec_predictor *p)
{
    const struct ltr_branch *audio = p->model->branches[LTR_AUDIO];
    size_t sizes[3] = {p->model->rank, ltr_net_hidden(&audio->net),
                       ltr_net_pooled(&audio->net)};

    for (size_t i = 0; i < 3; i++) {
        p->sums[i] = ltr_alloc(p->ctx, sizes[i], sizeof(double));
        if (!p->sums[i])
            return LTREC_ERR_MEMORY;
    }
    p->heard.pooled = ltr_alloc(p->ctx, sizes[2], sizeof(float));
    return p->heard.pooled ? LTREC_OK : LTREC_ERR_MEMORY;
}

static int take_memory(ltrec_predictor *p)
{
    uint32_t run = needed(p->model, p->use);
    struct ltr_branch *const *branches = p->model->branches;
    int status = LTREC_OK;

    for (size_t i = 0; i < LTR_BRANCHES && status == LTREC_OK; i++) {
        if (!(run >> i & 1))
            continue;
        status = take_pass(p, i);
        if (i >= LTR_FUSABLE || status != LTREC_OK)
            continue;
        p->heard.hidden[i] = ltr_alloc(
            p->ctx, ltr_net_hidden(&branches[i]->net), sizeof(float));
        p->heard.unit[i] = ltr_alloc(p->ctx, p->model->rank, sizeof(float));
        if (!p->heard.hidden[i] || !p->heard.unit[i] ||
            (needs_features(p, i) && take_features(p, i) != LTREC_OK))
            status = LTREC_ERR_MEMORY;
    }
    if (status == LTREC_OK)
        status = take_fusion(p);
    if (status == LTREC_OK && (run & LTREC_BRANCH_AUDIO))
        status = take_sums(p);
    if (status == LTREC_OK && (run & LTREC_BRANCH_HEAD)) {
        p->attributes =
            ltr_alloc(p->ctx, branches[LTR_HEAD]->net.n_out, sizeof(float));
        status = p->attributes ? LTREC_OK : LTREC_ERR_MEMORY;
    }
    p->unit = ltr_alloc(p->ctx, p->model->rank, sizeof(float));
    return p->unit ? status : LTREC_ERR_MEMORY;
}

/* What can be said of the options alone, and beside the model. */
static int check_options(const ltrec_model *model,
                         const ltrec_predictor_options *o, ltrec_error *err)
{
    const struct ltr_branch *audio = model->branches[LTR_AUDIO];
    uint32_t use = use_of(model, o);

    if (o->precision != LTREC_PRECISION_FLOAT32 &&
        o->precision != LTREC_PRECISION_BF16)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: no precision has the number %d",
                        (int)o->precision);
    if (o->full_track < LTREC_TRACK_MIDDLE ||
        o->full_track > LTREC_TRACK_WHOLE)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: full_track is %d, wanted 0 to 2",
                        (int)o->full_track);
    if (use == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: the model has none of these branches");
    if (o->full_track == LTREC_TRACK_WHOLE &&
        (needed(model, use) & LTREC_BRANCH_AUDIO) && ltr_flattens(&audio->net))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: the network for sound flattens patches of "
                        "%zu frames, and cannot hear a track as a whole",
                        audio->patch_frames);
    return LTREC_OK;
}

int ltrec_predictor_create(ltrec_context *ctx, const ltrec_model *model,
                           const ltrec_predictor_options *options,
                           ltrec_predictor **out, ltrec_error *err)
{
    ltrec_predictor_options o = defaults;
    ltrec_predictor *p;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "predictor: `out` is NULL");
    *out = NULL;
    if (!ctx || !model)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: needs a context and a model");
    status = ltr_options_read(&o, sizeof o, options, "predictor", err);
    if (status != LTREC_OK)
        return status;
    status = check_options(model, &o, err);
    if (status != LTREC_OK)
        return status;
    p = ltr_alloc(ctx, 1, sizeof *p);
    if (!p)
        return ltr_fail(err, LTREC_ERR_MEMORY, "predictor: no memory");
    p->ctx = ltr_context_ref(ctx);
    p->model = ltr_model_ref((ltrec_model *)(uintptr_t)model);
    p->use = use_of(model, &o);
    p->full_track = o.full_track;
    p->precision = o.precision;
    if (take_memory(p) != LTREC_OK) {
        ltrec_predictor_free(p);
        return ltr_fail(err, LTREC_ERR_MEMORY, "predictor: no memory");
    }
    *out = p;
    return LTREC_OK;
}

void ltrec_predictor_free(ltrec_predictor *predictor)
{
    ltrec_context *ctx;

    if (!predictor)
        return;
    ctx = predictor->ctx;
    for (size_t i = 0; i < LTR_BRANCHES; i++)
        ltr_pass_free(predictor->passes[i]);
    for (size_t i = 0; i < LTR_FUSABLE; i++) {
        ltr_free(ctx, predictor->heard.hidden[i]);
        ltr_free(ctx, predictor->heard.unit[i]);
        ltr_free(ctx, predictor->heard.features[i]);
    }
    for (size_t i = 0; i < 4; i++)
        ltr_free(ctx, predictor->sums[i]);
    ltr_free(ctx, predictor->heard.pooled);
    ltr_free(ctx, predictor->attributes);
    ltr_free(ctx, predictor->features);
    ltr_free(ctx, predictor->fused);
    ltr_free(ctx, predictor->unit);
    ltrec_model_free(predictor->model);
    ltr_free(ctx, predictor);
    ltr_context_unref(ctx);
}

void ltr_predictor_watch(ltrec_predictor *predictor, void (*tick)(void *user),
                         void *user)
{
    for (size_t i = 0; i < LTR_BRANCHES; i++)
        if (predictor->passes[i])
            ltr_pass_watch(predictor->passes[i], tick, user);
}
