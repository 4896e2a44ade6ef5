/*
 * predictor.c - what is known of a track goes in, its factor comes out
 *
 * All memory is taken when a predictor is made.  Sound goes through in
 * batches of patches whose sums are all that is kept, so the length of a
 * track does not matter.
 */
#include "model/parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "nn/layers.h"

#define PATCHES 8 /* at a time */

struct ltrec_predictor {
    ltrec_context *ctx;
    ltrec_model *model;
    uint32_t use; /* branches asked for that the model has */
    int full_track;
    struct ltr_pass *passes[LTR_BRANCHES];
    struct ltr_heard heard;
    float *attributes; /* what the head hears, or NULL */
    double *sums[3];   /* over patches: units, hidden and pooled */
    float *unit;       /* [rank] */
};

static const ltrec_predictor_options defaults = {
    .size = sizeof defaults,
    .branches = LTREC_BRANCH_ALL,
    .full_track = 1,
};

void ltrec_predictor_options_init(ltrec_predictor_options *options,
                                  size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Life cycle --------------------------------------------------------- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

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

static int take_pass(ltrec_predictor *p, size_t place)
{
    const struct ltr_branch *branch = p->model->branches[place];
    size_t batch = place == LTR_AUDIO ? PATCHES : 1;
    size_t frames =
        larger(branch->patch_frames, ltr_net_least_frames(&branch->net));

    return ltr_pass_create(p->ctx, &branch->net, batch, frames, 0,
                           &p->passes[place]);
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
        if (!p->heard.hidden[i] || !p->heard.unit[i])
            status = LTREC_ERR_MEMORY;
    }
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
    o.branches &= ltrec_model_branches(model);
    if (o.branches == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: the model has none of these branches");
    p = ltr_alloc(ctx, 1, sizeof *p);
    if (!p)
        return ltr_fail(err, LTREC_ERR_MEMORY, "predictor: no memory");
    p->ctx = ltr_context_ref(ctx);
    p->model = ltr_model_ref((ltrec_model *)(uintptr_t)model);
    p->use = o.branches;
    if (o.branches == LTREC_BRANCH_FUSION) /* it has nothing else to go by */
        p->use |= model->branches[LTR_FUSION]->fused;
    p->full_track = o.full_track;
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
    }
    for (size_t i = 0; i < 3; i++)
        ltr_free(ctx, predictor->sums[i]);
    ltr_free(ctx, predictor->heard.pooled);
    ltr_free(ctx, predictor->attributes);
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

/* ---- Sound -------------------------------------------------------------- */

/* Patch `i` of a track: half a patch after the last, the end always in. */
static size_t patch_start(const ltrec_predictor *p, size_t frames, size_t i)
{
    size_t patch = p->model->branches[LTR_AUDIO]->patch_frames;
    size_t start = i * larger(patch / 2, 1);

    if (frames <= patch)
        return 0;
    if (!p->full_track)
        return (frames - patch) / 2;
    return start < frames - patch ? start : frames - patch;
}

static size_t count_patches(const ltrec_predictor *p, size_t frames)
{
    size_t patch = p->model->branches[LTR_AUDIO]->patch_frames;
    size_t step = larger(patch / 2, 1);

    if (frames <= patch || !p->full_track)
        return 1;
    return 1 + (frames - patch + step - 1) / step;
}

static void add_to(double *sum, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (double)x[i];
}

/* Run patches `first` to `first` + `n` - 1 and add up what they give. */
static void hear_patches(ltrec_predictor *p, const ltrec_track *track,
                         size_t first, size_t n)
{
    const struct ltr_branch *audio = p->model->branches[LTR_AUDIO];
    size_t bands = audio->n_scales, rank = p->model->rank;
    size_t least = ltr_net_least_frames(&audio->net);
    size_t hidden = ltr_net_hidden(&audio->net);
    size_t pooled = ltr_net_pooled(&audio->net), frames[PATCHES];
    struct ltr_pass *pass = p->passes[LTR_AUDIO];
    const float *out;

    for (size_t i = 0; i < n; i++) {
        size_t start = patch_start(p, track->n_frames, first + i);
        size_t length = track->n_frames - start;

        if (length > audio->patch_frames)
            length = audio->patch_frames;
        ltr_input_mel(audio, track->mel + start * bands, length, least,
                      ltr_pass_input(pass, i));
        frames[i] = larger(length, least);
    }
    out = ltr_pass_forward(pass, audio->parameters, n, frames, NULL);
    for (size_t i = 0; i < n; i++) {
        ltr_unit_forward(out + i * rank, rank, p->unit);
        add_to(p->sums[0], p->unit, rank);
        add_to(p->sums[1], ltr_pass_hidden(pass) + i * hidden, hidden);
        add_to(p->sums[2], ltr_pass_pooled(pass) + i * pooled, pooled);
    }
}

/* out[n] = sum / count, as floats; returns its length. */
static double mean_of(const double *sum, size_t n, size_t count, float *out)
{
    double squares = 0;

    for (size_t i = 0; i < n; i++) {
        double mean = sum[i] / (double)count;

        out[i] = (float)mean;
        squares += mean * mean;
    }
    return sqrt(squares);
}

static int is_silent(const float *mel, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (fabsf(mel[i] - mel[0]) > 1e-6f)
            return 0;
    return 1;
}

static void hear_sound(ltrec_predictor *p, const ltrec_track *track)
{
    const struct ltr_branch *audio = p->model->branches[LTR_AUDIO];
    size_t rank = p->model->rank, hidden = ltr_net_hidden(&audio->net);
    size_t pooled = ltr_net_pooled(&audio->net);
    size_t n = count_patches(p, track->n_frames);
    struct ltr_heard *h = &p->heard;

    memset(p->sums[0], 0, rank * sizeof(double));
    memset(p->sums[1], 0, hidden * sizeof(double));
    memset(p->sums[2], 0, pooled * sizeof(double));
    for (size_t first = 0; first < n; first += PATCHES)
        hear_patches(p, track, first,
                     n - first < PATCHES ? n - first : PATCHES);
    h->agreement = mean_of(p->sums[0], rank, n, h->unit[LTR_AUDIO]);
    ltr_unit_forward(h->unit[LTR_AUDIO], rank, h->unit[LTR_AUDIO]);
    mean_of(p->sums[1], hidden, n, h->hidden[LTR_AUDIO]);
    ltr_unit_forward(h->hidden[LTR_AUDIO], hidden, h->hidden[LTR_AUDIO]);
    mean_of(p->sums[2], pooled, n, h->pooled);
    h->silent = is_silent(track->mel, track->n_frames * audio->n_scales);
    h->present |= p->use & LTREC_BRANCH_AUDIO;
    h->by_ear |= LTREC_BRANCH_AUDIO;
}

static void hear_attributes(ltrec_predictor *p)
{
    const struct ltr_branch *head = p->model->branches[LTR_HEAD];
    struct ltr_pass *pass = p->passes[LTR_HEAD];
    const float *out;

    memcpy(ltr_pass_input(pass, 0), p->heard.pooled,
           head->net.n_in * sizeof(float));
    out = ltr_pass_forward(pass, head->parameters, 1, NULL, NULL);
    memcpy(p->attributes, out, head->net.n_out * sizeof(float));
    ltr_logistic(p->attributes, head->net.n_out);
}

/* ---- Everything else ---------------------------------------------------- */

/* Run a branch whose input is in place. */
static void hear_vector(ltrec_predictor *p, size_t place)
{
    const struct ltr_branch *branch = p->model->branches[place];
    struct ltr_pass *pass = p->passes[place];
    const float *out =
        ltr_pass_forward(pass, branch->parameters, 1, NULL, NULL);

    ltr_unit_forward(out, p->model->rank, p->heard.unit[place]);
    ltr_unit_forward(ltr_pass_hidden(pass), ltr_net_hidden(&branch->net),
                     p->heard.hidden[place]);
    p->heard.present |= UINT32_C(1) << place;
}

static void hear_vectors(ltrec_predictor *p, const ltrec_track *track,
                         const float *machine)
{
    struct ltr_branch *const *branches = p->model->branches;
    uint32_t use = p->use;

    if ((use & LTREC_BRANCH_MGP) && track->attributes) {
        ltr_input_attributes(track->attributes, branches[LTR_MGP]->names.n,
                             ltr_pass_input(p->passes[LTR_MGP], 0));
        hear_vector(p, LTR_MGP);
    }
    if ((use & LTREC_BRANCH_MLG) && machine) {
        ltr_input_machine(branches[LTR_MLG], machine,
                          ltr_pass_input(p->passes[LTR_MLG], 0));
        hear_vector(p, LTR_MLG);
    }
    if ((use & LTREC_BRANCH_GENRE) && track->genres) {
        memcpy(ltr_pass_input(p->passes[LTR_GENRE], 0), track->genres,
               branches[LTR_GENRE]->names.n * sizeof(float));
        hear_vector(p, LTR_GENRE);
    }
    if ((use & LTREC_BRANCH_ARTIST) && track->artist &&
        track->artist_tracks > 0) {
        ltr_input_artist(track->artist, track->artist_tracks, p->model->rank,
                         ltr_pass_input(p->passes[LTR_ARTIST], 0));
        hear_vector(p, LTR_ARTIST);
    }
}

static int check(const ltrec_predictor *p, const ltrec_track *given,
                 ltrec_track *track, ltrec_error *err)
{
    struct ltr_branch *const *branches = p->model->branches;
    struct ltr_track_shape shape = {.rank = p->model->rank};
    int status;

    ltrec_track_init(track, sizeof *track);
    status = ltr_options_read(track, sizeof *track, given, "track", err);
    if (status != LTREC_OK)
        return status;
    if (branches[LTR_AUDIO])
        shape.bands = branches[LTR_AUDIO]->n_scales;
    if (branches[LTR_MGP])
        shape.n_attributes = branches[LTR_MGP]->names.n;
    if (branches[LTR_MLG])
        shape.n_machine = branches[LTR_MLG]->n_scales;
    if (branches[LTR_GENRE])
        shape.n_genres = branches[LTR_GENRE]->names.n;
    return ltr_track_check(track, &shape, err);
}

static void hear(ltrec_predictor *p, const ltrec_track *track)
{
    const struct ltr_branch *mlg = p->model->branches[LTR_MLG];
    struct ltr_heard *h = &p->heard;
    const float *machine = track->machine;

    h->present = h->by_ear = 0;
    h->agreement = 1;
    h->silent = 0;
    if (p->passes[LTR_AUDIO] && track->mel)
        hear_sound(p, track);
    if (p->passes[LTR_HEAD] && track->mel)
        hear_attributes(p);
    if (!machine && track->mel && (p->use & LTREC_BRANCH_MLG) &&
        mlg->from_head) {
        machine = p->attributes;
        h->by_ear |= LTREC_BRANCH_MLG;
    }
    hear_vectors(p, track, machine);
}

int ltr_predictor_hear(ltrec_predictor *p, const ltrec_track *given,
                       const struct ltr_heard **out, ltrec_error *err)
{
    ltrec_track track;
    int status = check(p, given, &track, err);

    if (status != LTREC_OK)
        return status;
    hear(p, &track);
    *out = &p->heard;
    return LTREC_OK;
}

/* ---- The answer --------------------------------------------------------- */

/* Unit predictions averaged by how well each branch does; their cosine. */
static double average(ltrec_predictor *p)
{
    double total = 0, weighted = 0;

    memset(p->unit, 0, p->model->rank * sizeof *p->unit);
    for (size_t i = 0; i < LTR_FUSABLE; i++) {
        double cosine, weight;

        if (!(p->heard.present >> i & 1))
            continue;
        cosine = p->model->branches[i]->validation;
        weight = cosine > 0.01 ? cosine : 0.01;
        total += weight;
        weighted += weight * cosine;
        for (size_t j = 0; j < p->model->rank; j++)
            p->unit[j] += (float)(weight * (double)p->heard.unit[i][j]);
    }
    return weighted / total;
}

static double fuse(ltrec_predictor *p)
{
    const struct ltr_branch *fusion = p->model->branches[LTR_FUSION];
    struct ltr_pass *pass = p->passes[LTR_FUSION];

    ltr_fusion_input(p->model, fusion->fused, p->heard.present,
                     p->heard.hidden, ltr_pass_input(pass, 0));
    memcpy(p->unit, ltr_pass_forward(pass, fusion->parameters, 1, NULL, NULL),
           p->model->rank * sizeof *p->unit);
    return fusion->validation;
}

static float confidence_of(const ltrec_predictor *p, double cosine)
{
    const struct ltr_heard *h = &p->heard;
    double confidence = cosine;

    if (h->present & h->by_ear)
        confidence *= h->agreement;
    if (h->silent && !(h->present & ~h->by_ear))
        confidence = 0;
    confidence = confidence > 0 ? confidence : 0;
    return (float)(confidence < 1 ? confidence : 1);
}

int ltrec_predictor_run(ltrec_predictor *predictor, const ltrec_track *track,
                        float *factor, float *confidence, ltrec_error *err)
{
    const struct ltr_heard *heard;
    const struct ltr_branch *fusion;
    double cosine, length;
    int status;

    if (!predictor || !track || !factor)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: an argument is NULL");
    status = ltr_predictor_hear(predictor, track, &heard, err);
    if (status != LTREC_OK)
        return status;
    if (heard->present == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: nothing is known of this track that the "
                        "model could use");
    fusion = predictor->model->branches[LTR_FUSION];
    if ((predictor->use & LTREC_BRANCH_FUSION) &&
        (heard->present & fusion->fused))
        cosine = fuse(predictor);
    else
        cosine = average(predictor);
    length = ltr_unit_forward(predictor->unit, predictor->model->rank,
                              predictor->unit);
    if (!(length > LTR_LEAST_NORM && length < HUGE_VAL))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: what is known of this track leads to a "
                        "vector of length %g, which has no direction",
                        length);
    memcpy(factor, predictor->unit, predictor->model->rank * sizeof *factor);
    if (confidence)
        *confidence = confidence_of(predictor, cosine);
    return LTREC_OK;
}

int ltrec_predictor_attributes(ltrec_predictor *predictor,
                               const ltrec_track *track, float *attributes,
                               ltrec_error *err)
{
    ltrec_track known;
    int status;

    if (!predictor || !track || !attributes)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: an argument is NULL");
    if (!predictor->passes[LTR_HEAD])
        return ltr_fail(err, LTREC_ERR_STATE,
                        "predictor: the model does not hear attributes");
    status = check(predictor, track, &known, err);
    if (status != LTREC_OK)
        return status;
    if (!known.mel)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: needs a track with sound");
    hear(predictor, &known);
    memcpy(attributes, predictor->attributes,
           predictor->model->branches[LTR_HEAD]->net.n_out *
               sizeof *attributes);
    return LTREC_OK;
}
