/*
 * batch.c - samples drawn, mixed, sent through the network, and learnt from
 */
#include "train/fit_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "base/random.h"
#include "math/product.h"
#include "nn/layers.h"
#include "train/beside.h"

#define PIECE 65536 /* parameters a task */
#define MOST_TRIES 100
#define MIX_STREAM 0x6d6978u /* "mix" */

/* What a stream of random numbers is for. */
enum {
    INITIAL,
    ORDER,
    NOISE,
    PURPOSES
};

/* ---- Memory ------------------------------------------------------------- */

void ltr_fitting_free(struct ltr_fitting *s)
{
    ltrec_context *ctx = s->fit->ctx;

    ltr_pass_free(s->pass);
    ltr_optimiser_free(&s->optimiser);
    ltr_free(ctx, s->best);
    ltr_free(ctx, s->p);
    ltr_free(ctx, s->targets);
    ltr_free(ctx, s->d_out);
    ltr_free(ctx, s->features);
    ltr_free(ctx, s->partners);
    ltr_free(ctx, s->order);
    ltr_free(ctx, s->batch);
    ltr_free(ctx, s->draws);
    ltr_free(ctx, s->frames);
    ltr_free(ctx, s->groups);
    ltr_free(ctx, s->room);
    ltr_packs_free(s->packs);
}

/* Batches have few targets or none where most tracks have none.  Divided by
 * their own sum, weights would say nothing any more. */
static double mean_weight(const struct ltr_sample *sample)
{
    size_t n = ltr_sample_learnt(sample);
    double sum = 0;

    if (sample->n_more == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)sample->weights[ltr_sample_at(sample, i)];
    return sum / (double)n;
}

int ltr_fitting_take(struct ltr_fitting *s, float *parameters)
{
    const struct ltr_fit *f = s->fit;
    size_t n_train = ltr_sample_learnt(f->sample) * f->repeats;
    size_t n_out = f->net->n_out, workers = ltr_workers(f->ctx);
    ltrec_context *ctx = f->ctx;
    size_t partner = f->options->mixup > 0 ? f->net->n_in : 0;
    size_t room =
        f->options->contrast > 0 ? ltr_contrast_room(ctx, f->batch, n_out) : 0;

    s->mean_weight = mean_weight(f->sample);
    s->optimiser.ctx = ctx;
    s->best = ltr_alloc(ctx, f->net->n_parameters, sizeof *s->best);
    s->p = ltr_alloc(ctx, f->batch, n_out * sizeof *s->p);
    s->targets = ltr_alloc(ctx, f->batch, n_out * sizeof *s->targets);
    s->d_out = ltr_alloc(ctx, f->batch, n_out * sizeof *s->d_out);
    s->features =
        ltr_alloc(ctx, workers,
                  (f->beside ? f->beside->width : 0) * sizeof *s->features);
    s->partners =
        ltr_alloc(ctx, workers * f->most_frames, partner * sizeof(float));
    s->order = ltr_alloc(ctx, n_train, sizeof *s->order);
    s->batch = ltr_alloc(ctx, f->batch, sizeof *s->batch);
    s->draws = ltr_alloc(ctx, f->batch, sizeof *s->draws);
    s->frames = ltr_alloc(ctx, f->batch, sizeof *s->frames);
    s->groups = ltr_alloc(ctx, f->batch, sizeof *s->groups);
    s->room = ltr_alloc(ctx, room, sizeof *s->room);
    if (!s->best || !s->p || !s->targets || !s->d_out || !s->features ||
        !s->partners || !s->order || !s->batch || !s->draws || !s->frames ||
        !s->groups || !s->room)
        return LTREC_ERR_MEMORY;
    if (f->options->contrast > 0 &&
        ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &s->packs) != LTREC_OK)
        return LTREC_ERR_MEMORY;
    ltr_watch_tick(&s->watch); /* hundreds of MB on either side */
    if (ltr_optimiser_create(f, (n_train + f->batch - 1) / f->batch,
                             parameters, &s->optimiser) != LTREC_OK)
        return LTREC_ERR_MEMORY;
    ltr_watch_tick(&s->watch);
    return ltr_pass_create(ctx, f->net, f->batch, f->most_frames, 1,
                           f->options->precision, &s->pass);
}

static uint64_t stream_of(const struct ltr_fit *f, int purpose)
{
    return f->stream * PURPOSES + (uint64_t)purpose;
}

/* Ten million numbers take a second: shared out, and reported. */
static void initialise_piece(void *arg, size_t i, size_t worker)
{
    struct ltr_fitting *s = arg;
    const struct ltr_net *net = s->fit->net;
    size_t first = i * PIECE, left = net->n_parameters - first;
    uint64_t seed =
        ltr_random_bits(s->fit->options->seed, stream_of(s->fit, INITIAL), 0);

    ltr_net_initialise_part(net, seed, first, left < PIECE ? left : PIECE,
                            s->optimiser.parameters);
    if (worker == 0)
        ltr_watch_tick(&s->watch);
}

/* Beside a linear path the network begins by adding nothing to it. */
void ltr_fitting_initialise(struct ltr_fitting *s)
{
    const struct ltr_fit *f = s->fit;
    size_t n = f->net->n_parameters;
    const struct ltr_layer *last = &f->net->layers[f->net->n_layers - 1];
    size_t k = f->net->n_out - f->n_extra;

    ltr_parallel(f->ctx, (n + PIECE - 1) / PIECE, initialise_piece, s);
    if (f->beside)
        memset(s->optimiser.parameters + last->weights, 0,
               k * last->n_in * sizeof(float));
}

/* ---- A batch ------------------------------------------------------------ */

/* A sample's input, and in p what the linear path says of it. */
static size_t fill_sample(struct ltr_fitting *s, size_t sample, uint64_t draw,
                          size_t worker, float *input, float *p)
{
    const struct ltr_fit *f = s->fit;
    const struct ltr_beside *b = f->beside;
    size_t frames = f->fill(f->arg, sample, draw, input);
    float *features;
    size_t set = 0;

    if (!b)
        return frames;
    features = s->features + worker * b->width;
    if (f->features)
        set = f->features(f->arg, sample, draw, features);
    else
        ltr_linear_features(ltr_levels_for(f->ctx->cpu), f->net, input, frames,
                            features);
    ltr_linear_add(b->weights[b->fold[sample]] +
                       set * (b->width + 1) * b->n_out,
                   features, b->width, b->n_out, p);
    return frames;
}

/* Beta(a, a) for a of up to 1, by Joehnk's way. */
static float draw_share(const struct ltr_fit *f, uint64_t draw)
{
    double power = 1 / (double)f->options->mixup, a, b;
    uint64_t at = draw * 2 * MOST_TRIES;

    for (int i = 0; i < MOST_TRIES; i++) {
        a = pow((double)ltr_random_uniform(f->options->seed, MIX_STREAM, at++),
                power);
        b = pow((double)ltr_random_uniform(f->options->seed, MIX_STREAM, at++),
                power);
        if (a + b > 0 && a + b <= 1)
            return (float)(a / (a + b));
    }
    return 1;
}

static void blend(float *x, const float *y, size_t n, float share)
{
    for (size_t i = 0; i < n; i++)
        x[i] = share * x[i] + (1 - share) * y[i];
}

/* Mix another sample into sample i of the batch. */
static void mix_in(struct ltr_fitting *s, size_t i, size_t worker)
{
    const struct ltr_fit *f = s->fit;
    size_t n_out = f->net->n_out, n_in = f->net->n_in;
    size_t k = n_out - f->n_extra;
    uint64_t draw = s->draws[i];
    float *input = s->partners + worker * f->most_frames * n_in;
    float *target = s->targets + i * n_out, *p = s->d_out + i * n_out;
    float share = draw_share(f, draw);
    size_t other = (size_t)ltr_random_below(f->options->seed,
                                            stream_of(f, INITIAL) + MIX_STREAM,
                                            draw, f->sample->n_train);
    size_t frames;

    memset(p, 0, n_out * sizeof *p);
    frames = fill_sample(s, other, draw, worker, input, p);
    if (frames < s->frames[i])
        s->frames[i] = frames;
    blend(ltr_pass_input(s->pass, i), input, s->frames[i] * n_in, share);
    blend(s->p + i * n_out, p, n_out, share);
    blend(target, f->sample->targets + other * n_out, n_out, share);
    ltr_unit_forward(target, k, target);
}

static void fill_one(void *arg, size_t i, size_t worker)
{
    struct ltr_fitting *s = arg;
    const struct ltr_fit *f = s->fit;
    size_t n_out = f->net->n_out;

    memset(s->p + i * n_out, 0, n_out * sizeof *s->p);
    memcpy(s->targets + i * n_out, f->sample->targets + s->batch[i] * n_out,
           n_out * sizeof *s->targets);
    s->frames[i] = fill_sample(s, s->batch[i], s->draws[i], worker,
                               ltr_pass_input(s->pass, i), s->p + i * n_out);
    if (s->training && f->options->mixup > 0)
        mix_in(s, i, worker);
    if (worker == 0)
        ltr_watch_tick(&s->watch);
}

/* What a sample weighs: by its target, and by what is learnt beside it, which
 * is as good of one without a target. */
struct weight {
    double target, beside;
};

static struct weight weigh(const struct ltr_fitting *s, size_t i)
{
    const struct ltr_sample *sample = s->fit->sample;
    double weight = (double)sample->weights[s->batch[i]];

    return (struct weight){weight, sample->n_more > 0 ? 1 : weight};
}

/* What the weights of the batch are parts of. */
static struct weight weigh_all(const struct ltr_fitting *s)
{
    double n = (double)s->n_batch;
    struct weight all = {0, 0};

    if (s->training && s->mean_weight > 0)
        return (struct weight){s->mean_weight * n, n};
    for (size_t i = 0; i < s->n_batch; i++) {
        all.target += weigh(s, i).target;
        all.beside += weigh(s, i).beside;
    }
    return all;
}

/* The loss of sample i, and in s->d_out its derivative and that of what is
 * learnt beside the factor. */
static double lose(struct ltr_fitting *s, size_t i, struct weight weight)
{
    const struct ltr_fit *f = s->fit;
    size_t n_out = f->net->n_out, k = n_out - f->n_extra;
    const float *p = s->p + i * n_out;
    const float *y = f->options->mixup > 0
                         ? s->targets + i * n_out
                         : f->sample->targets + s->batch[i] * n_out;
    float *d = s->d_out + i * n_out;

    if (f->n_extra > 0)
        ltr_logistic_loss(p + k, y + k, f->n_extra,
                          weight.beside * (double)f->options->auxiliary,
                          d + k);
    return f->loss(p, y, k, weight.target, d);
}

/* Run the samples in s->batch; their weighted loss, and of their weights. */
static double run_batch(struct ltr_fitting *s, const struct ltr_noise *noise,
                        double *total_weight)
{
    const struct ltr_fit *f = s->fit;
    size_t n_out = f->net->n_out;
    struct weight all;
    double loss = 0;
    const float *out;

    s->training = noise != NULL;
    ltr_parallel(f->ctx, s->n_batch, fill_one, s);
    out = ltr_pass_forward(s->pass,
                           s->training ? s->optimiser.parameters
                                       : ltr_optimiser_weights(&s->optimiser),
                           s->n_batch, s->frames, noise);
    for (size_t i = 0; i < s->n_batch * n_out; i++)
        s->p[i] += out[i];
    all = weigh_all(s);
    for (size_t i = 0; i < s->n_batch; i++) {
        struct weight one = weigh(s, i);

        one.target /= all.target;
        one.beside /= all.beside;
        loss += lose(s, i, one);
    }
    *total_weight += all.target;
    return loss * all.target;
}

static void add_contrast(struct ltr_fitting *s)
{
    const struct ltr_fit *f = s->fit;
    const struct ltr_contrast contrast = {
        .ctx = f->ctx,
        .n = s->n_batch,
        .k = f->net->n_out - f->n_extra,
        .stride = f->net->n_out,
        .weight = (double)f->options->contrast,
        .temperature = (double)f->options->temperature,
        .p = s->p,
        .y = s->targets,
        .groups = s->groups,
        .d_p = s->d_out,
        .room = s->room,
        .packs = s->packs,
    };

    for (size_t i = 0; i < s->n_batch; i++)
        s->groups[i] = f->groups ? f->groups[s->batch[i]] : 0;
    ltr_contrast_add(&contrast);
}

static void update(struct ltr_fitting *s)
{
    struct ltr_optimiser *o = &s->optimiser;

    if (s->fit->options->contrast > 0)
        add_contrast(s);
    ltr_pass_backward(s->pass, o->parameters, s->d_out, o->gradient);
    ltr_optimiser_step(o);
}

/* ---- An epoch ----------------------------------------------------------- */

double ltr_fitting_train(struct ltr_fitting *s, uint64_t epoch)
{
    const struct ltr_fit *f = s->fit;
    size_t learnt = ltr_sample_learnt(f->sample), n = learnt * f->repeats;
    double loss = 0, weights = 0;

    ltr_random_shuffle(f->options->seed, stream_of(f, ORDER) + (epoch << 32),
                       s->order, n);
    for (size_t first = 0; first < n && !s->watch.cancelled;
         first += f->batch) {
        struct ltr_noise noise = {f->options->seed,
                                  s->optimiser.step * PURPOSES + NOISE +
                                      (f->stream << 40)};

        s->n_batch = n - first < f->batch ? n - first : f->batch;
        for (size_t i = 0; i < s->n_batch; i++) {
            s->batch[i] =
                ltr_sample_at(f->sample, s->order[first + i] % learnt);
            s->draws[i] = epoch * n + s->order[first + i];
        }
        loss += run_batch(s, &noise, &weights);
        if (s->watch.cancelled || !isfinite(loss))
            break;
        update(s);
        s->watch.done++;
        ltr_watch_tick(&s->watch);
    }
    return loss / weights;
}

double ltr_fitting_validate(struct ltr_fitting *s)
{
    const struct ltr_sample *sample = s->fit->sample;
    double loss = 0, weights = 0;

    for (size_t first = sample->n_train;
         first < sample->n && !s->watch.cancelled; first += s->fit->batch) {
        s->n_batch = sample->n - first < s->fit->batch ? sample->n - first
                                                       : s->fit->batch;
        for (size_t i = 0; i < s->n_batch; i++) {
            s->batch[i] = first + i;
            s->draws[i] = LTR_NO_DRAW;
        }
        loss += run_batch(s, NULL, &weights);
        ltr_watch_tick(&s->watch);
    }
    return loss / weights;
}
