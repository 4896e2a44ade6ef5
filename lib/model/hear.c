/*
 * hear.c - the branches of a predictor run on what is known of a track
 *
 * Sound goes through in batches of patches whose sums are all that is kept,
 * or in one window whose network keeps only what it pooled, so the length of a
 * track does not matter.
 */
#include "model/predictor.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/options.h"
#include "base/pool.h"
#include "nn/layers.h"

/* ---- Sound -------------------------------------------------------------- */

size_t ltr_patch_step(const struct ltr_branch *audio)
{
    size_t stride = ltr_net_stride(&audio->net);

    return ltr_larger(audio->patch_frames / 2 / stride * stride, stride);
}

/*
 * Patch `i` of a track: half a patch after the last, and the last as near to
 * the end as the steps of the network allow.  All but a single one begin where
 * what the network pools for one is what it pools for the others.
 */
static size_t patch_start(const ltrec_predictor *p, size_t frames, size_t i)
{
    const struct ltr_branch *audio = p->model->branches[LTR_AUDIO];
    size_t start = i * ltr_patch_step(audio), last;

    if (frames <= audio->patch_frames || p->full_track == LTREC_TRACK_WHOLE)
        return 0;
    last = frames - audio->patch_frames;
    if (p->full_track == LTREC_TRACK_MIDDLE)
        return last / 2;
    last -= last % ltr_net_stride(&audio->net);
    return start < last ? start : last;
}

static size_t count_patches(const ltrec_predictor *p, size_t frames)
{
    const struct ltr_branch *audio = p->model->branches[LTR_AUDIO];
    size_t stride = ltr_net_stride(&audio->net), step = ltr_patch_step(audio);
    size_t last;

    if (frames <= audio->patch_frames || p->full_track != LTREC_TRACK_PATCHES)
        return 1;
    last = (frames - audio->patch_frames) / stride * stride;
    return 1 + (last + step - 1) / step;
}

static void add_to(double *sum, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (double)x[i];
}

struct sound {
    const struct ltr_levels *levels;
    const struct ltr_branch *audio;
    const ltrec_track *track;
    float silence; /* behind the end of the track */
};

static void fill(void *arg, size_t start, size_t frames, float *to)
{
    const struct sound *s = arg;
    size_t end = s->track->n_frames, left;

    start = start < end ? start : end;
    left = end - start;
    ltr_input_mel(s->levels, s->audio,
                  s->track->mel + start * s->audio->n_scales,
                  left < frames ? left : frames, frames, s->silence, to);
}

/* p->unit = what a branch's network and its linear path add up to. */
static void predict(ltrec_predictor *p, size_t place, const float *out,
                    const float *features)
{
    const struct ltr_branch *b = p->model->branches[place];

    memcpy(p->unit, out, p->model->rank * sizeof *out);
    if (b->linear)
        ltr_linear_add(b->linear, features, ltr_linear_size(&b->net),
                       p->model->rank, p->unit);
}

/* What the linear path goes by. */
static void describe_patches(ltrec_predictor *p, const ltrec_track *track,
                             const struct ltr_windows *windows)
{
    const struct ltr_branch *audio = p->model->branches[LTR_AUDIO];
    size_t width = ltr_linear_size(&audio->net);

    ltr_linear_of_mel(p->ctx, audio, track->mel, track->n_frames, windows,
                      p->features);
    for (size_t i = 0; i < windows->n; i++)
        add_to(p->sums[3], p->features + i * width, width);
}

/* Run patches `first` to `first` + `n` - 1 and add up what they give; the
 * whole of a track counts as one. */
static void hear_patches(ltrec_predictor *p, const ltrec_track *track,
                         size_t first, size_t n)
{
    const struct ltr_branch *audio = p->model->branches[LTR_AUDIO];
    size_t rank = p->model->rank, hidden = ltr_net_hidden(&audio->net);
    size_t pooled = ltr_net_pooled(&audio->net), starts[LTR_PATCHES];
    size_t width = ltr_linear_size(&audio->net);
    struct ltr_pass *pass = p->passes[LTR_AUDIO];
    struct sound sound = {ltr_levels_for(p->ctx->cpu), audio, track, 0};
    struct ltr_windows windows = {n, starts, track->n_frames, fill, &sound};
    int whole = p->full_track == LTREC_TRACK_WHOLE;
    const float *out;

    for (size_t i = 0; i < n; i++)
        starts[i] = patch_start(p, track->n_frames, first + i);
    if (windows.frames > audio->patch_frames && !whole)
        windows.frames = audio->patch_frames;
    windows.frames =
        ltr_larger(windows.frames, ltr_net_least_frames(&audio->net));
    if (windows.frames > track->n_frames)
        sound.silence =
            ltr_lowest_level(track->mel, track->n_frames * audio->n_scales);
    if (p->features)
        describe_patches(p, track, &windows);
    out = (whole ? ltr_pass_whole : ltr_pass_windows)(pass, audio->parameters,
                                                      &windows);
    for (size_t i = 0; i < n; i++) {
        predict(p, LTR_AUDIO, out + i * rank,
                audio->linear ? p->features + i * width : NULL);
        ltr_unit_forward(p->unit, rank, p->unit);
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
    size_t width = ltr_linear_size(&audio->net);
    size_t n = count_patches(p, track->n_frames);
    struct ltr_heard *h = &p->heard;

    memset(p->sums[0], 0, rank * sizeof(double));
    memset(p->sums[1], 0, hidden * sizeof(double));
    memset(p->sums[2], 0, pooled * sizeof(double));
    if (p->features)
        memset(p->sums[3], 0, width * sizeof(double));
    for (size_t first = 0; first < n; first += LTR_PATCHES)
        hear_patches(p, track, first,
                     n - first < LTR_PATCHES ? n - first : LTR_PATCHES);
    h->agreement = mean_of(p->sums[0], rank, n, h->unit[LTR_AUDIO]);
    ltr_unit_forward(h->unit[LTR_AUDIO], rank, h->unit[LTR_AUDIO]);
    mean_of(p->sums[1], hidden, n, h->hidden[LTR_AUDIO]);
    ltr_unit_forward(h->hidden[LTR_AUDIO], hidden, h->hidden[LTR_AUDIO]);
    mean_of(p->sums[2], pooled, n, h->pooled);
    if (p->features)
        mean_of(p->sums[3], width, n, h->features[LTR_AUDIO]);
    h->silent = is_silent(track->mel, track->n_frames * audio->n_scales);
    h->present |= p->use & LTREC_BRANCH_AUDIO;
    h->by_ear |= LTREC_BRANCH_AUDIO;
}

void ltr_head_input(const ltrec_model *model, const struct ltr_heard *heard,
                    float *input)
{
    const struct ltr_net *audio = &model->branches[LTR_AUDIO]->net;
    size_t pooled = ltr_net_pooled(audio), n = ltr_head_inputs(audio);

    memcpy(input, heard->pooled, pooled * sizeof *input);
    if (n > pooled)
        memcpy(input + pooled, heard->features[LTR_AUDIO],
               (n - pooled) * sizeof *input);
}

static void hear_attributes(ltrec_predictor *p)
{
    const struct ltr_branch *head = p->model->branches[LTR_HEAD];
    struct ltr_pass *pass = p->passes[LTR_HEAD];
    const float *out;

    ltr_head_input(p->model, &p->heard, ltr_pass_input(pass, 0));
    out = ltr_pass_forward(pass, head->parameters, 1, NULL, NULL);
    memcpy(p->attributes, out, head->net.n_out * sizeof(float));
    ltr_logistic(p->attributes, head->net.n_out);
}

/* What somebody said of an attribute beats what was heard of it. */
static void correct(ltrec_predictor *p, const float *said)
{
    for (size_t i = 0; i < p->model->branches[LTR_HEAD]->net.n_out; i++)
        if (!isnan(said[i]))
            p->attributes[i] = said[i];
}

/* ---- Everything else ---------------------------------------------------- */

/* Run a branch whose input is in place. */
static void hear_vector(ltrec_predictor *p, size_t place)
{
    const struct ltr_branch *branch = p->model->branches[place];
    struct ltr_pass *pass = p->passes[place];
    float *features = p->heard.features[place];
    const float *out;

    if (features)
        ltr_linear_features(ltr_levels_for(p->ctx->cpu), &branch->net,
                            ltr_pass_input(pass, 0), 1, features);
    out = ltr_pass_forward(pass, branch->parameters, 1, NULL, NULL);
    predict(p, place, out, features);
    ltr_unit_forward(p->unit, p->model->rank, p->heard.unit[place]);
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

int ltr_predictor_check(const ltrec_predictor *p, const ltrec_track *given,
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

void ltr_predictor_listen(ltrec_predictor *p, const ltrec_track *track)
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
    if (track->mel && (p->use & LTREC_BRANCH_MLG) && mlg->from_head) {
        if (machine)
            correct(p, machine);
        else
            h->by_ear |= LTREC_BRANCH_MLG;
        machine = p->attributes;
    }
    hear_vectors(p, track, machine);
}

int ltr_predictor_hear(ltrec_predictor *p, const ltrec_track *given,
                       const struct ltr_heard **out, ltrec_error *err)
{
    ltrec_track track;
    int status = ltr_predictor_check(p, given, &track, err);

    if (status != LTREC_OK)
        return status;
    ltr_predictor_listen(p, &track);
    *out = &p->heard;
    return LTREC_OK;
}
