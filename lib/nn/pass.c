/*
 * pass.c - a batch through a network and back
 *
 * The trunk is shared out by samples: one worker takes a sample through all
 * its layers while it is in cache.  The head is shared out by units, since
 * all samples meet in its matrix products.  Gradients of the trunk's filters
 * are shared out by filters, each summing over the samples in order.
 *
 * Rectifier and dropout work in place on what the layer before them wrote.
 */
#include "nn/net.h"

#include <string.h>

#include "base/context.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "math/gemm.h"
#include "math/kernels.h"
#include "nn/layers.h"

#define PANEL 128 /* units or filters a task; fixed, for the same bits */

struct ltr_pass {
    ltrec_context *ctx;
    const struct ltr_net *net;
    const struct ltr_kernels *kernels;
    size_t batch, n;
    int training;
    size_t frames[LTR_MOST_LAYERS + 1];  /* at most, before each layer */
    size_t stride[LTR_MOST_LAYERS + 1];  /* floats from sample to sample */
    float *value[LTR_MOST_LAYERS + 1];   /* what enters each layer */
    float *d_value[LTR_MOST_LAYERS + 1]; /* its derivative, when training */
    size_t *n_frames;                    /* [batch] */
    const float *parameters;
    const struct ltr_noise *noise;
    float *gradient;
    void (*tick)(void *user);
    void *user;
};

static int works_in_place(const struct ltr_layer *layer)
{
    return layer->kind == LTR_RELU || layer->kind == LTR_DROPOUT;
}

static struct ltr_conv conv_of(const struct ltr_pass *pass,
                               const struct ltr_layer *layer)
{
    return (struct ltr_conv){layer->n_in, layer->n_out, layer->taps,
                             pass->parameters + layer->weights,
                             pass->parameters + layer->bias};
}

static void tick(const struct ltr_pass *pass, size_t worker)
{
    if (worker == 0 && pass->tick)
        pass->tick(pass->user);
}

static size_t panels_of(size_t n)
{
    return (n + PANEL - 1) / PANEL;
}

static size_t panel_size(size_t panel, size_t n)
{
    size_t left = n - panel * PANEL;

    return left < PANEL ? left : PANEL;
}

/* ---- Memory ------------------------------------------------------------- */

static int take_memory(struct ltr_pass *pass)
{
    const struct ltr_net *net = pass->net;

    for (size_t i = 0; i <= net->n_layers; i++) {
        size_t channels = i < net->n_layers ? net->layers[i].n_in : net->n_out;

        if (i > 0 && works_in_place(&net->layers[i - 1])) {
            pass->stride[i] = pass->stride[i - 1];
            pass->value[i] = pass->value[i - 1];
            pass->d_value[i] = pass->d_value[i - 1];
            continue;
        }
        pass->stride[i] = pass->frames[i] * channels;
        pass->value[i] =
            ltr_alloc(pass->ctx, pass->batch, pass->stride[i] * sizeof(float));
        if (!pass->value[i])
            return LTREC_ERR_MEMORY;
        if (!pass->training)
            continue;
        pass->d_value[i] =
            ltr_alloc(pass->ctx, pass->batch, pass->stride[i] * sizeof(float));
        if (!pass->d_value[i])
            return LTREC_ERR_MEMORY;
    }
    return LTREC_OK;
}

int ltr_pass_create(ltrec_context *ctx, const struct ltr_net *net,
                    size_t batch, size_t frames, int training,
                    struct ltr_pass **out)
{
    struct ltr_pass *pass = ltr_alloc(ctx, 1, sizeof *pass);

    *out = NULL;
    if (!pass)
        return LTREC_ERR_MEMORY;
    pass->ctx = ltr_context_ref(ctx);
    pass->net = net;
    pass->kernels = ltr_kernels_for(ctx->cpu);
    pass->batch = batch;
    pass->training = training;
    pass->frames[0] = net->n_trunk > 0 ? frames : 1;
    for (size_t i = 0; i < net->n_layers; i++)
        pass->frames[i + 1] =
            ltr_layer_frames(&net->layers[i], pass->frames[i]);
    pass->n_frames = ltr_alloc(ctx, batch, sizeof *pass->n_frames);
    if (!pass->n_frames || take_memory(pass) != LTREC_OK) {
        ltr_pass_free(pass);
        return LTREC_ERR_MEMORY;
    }
    ltr_gemm_prepare(ctx);
    *out = pass;
    return LTREC_OK;
}

void ltr_pass_free(struct ltr_pass *pass)
{
    ltrec_context *ctx;

    if (!pass)
        return;
    ctx = pass->ctx;
    for (size_t i = 0; i <= pass->net->n_layers; i++) {
        if (i > 0 && works_in_place(&pass->net->layers[i - 1]))
            continue;
        ltr_free(ctx, pass->value[i]);
        ltr_free(ctx, pass->d_value[i]);
    }
    ltr_free(ctx, pass->n_frames);
    ltr_free(ctx, pass);
    ltr_context_unref(ctx);
}

float *ltr_pass_input(struct ltr_pass *pass, size_t i)
{
    return pass->value[0] + i * pass->stride[0];
}

void ltr_pass_watch(struct ltr_pass *pass, void (*watch)(void *user),
                    void *user)
{
    pass->tick = watch;
    pass->user = user;
}

const float *ltr_pass_pooled(const struct ltr_pass *pass)
{
    return pass->net->n_trunk > 0 ? pass->value[pass->net->n_trunk] : NULL;
}

const float *ltr_pass_hidden(const struct ltr_pass *pass)
{
    return pass->value[pass->net->n_layers - 1];
}

/* ---- Forward ------------------------------------------------------------ */

/* Dropout of `n` values of layer i, the first of them number `first`. */
static void drop(const struct ltr_pass *pass, size_t i, float *x, size_t n,
                 uint64_t first)
{
    if (pass->noise)
        ltr_dropout_forward(x, n, pass->net->layers[i].rate, pass->noise->seed,
                            pass->noise->step * LTR_MOST_LAYERS + i, first);
}

static void trunk_forward(void *arg, size_t sample, size_t worker)
{
    struct ltr_pass *pass = arg;
    size_t frames = pass->n_frames[sample];

    for (size_t i = 0; i < pass->net->n_trunk; i++) {
        const struct ltr_layer *layer = &pass->net->layers[i];
        float *x = pass->value[i] + sample * pass->stride[i];
        float *y = pass->value[i + 1] + sample * pass->stride[i + 1];
        struct ltr_conv conv = conv_of(pass, layer);

        if (layer->kind == LTR_CONV)
            ltr_conv_forward(pass->ctx, &conv, frames, x, 0, layer->n_out, y);
        else if (layer->kind == LTR_RELU)
            ltr_relu_forward(x, frames * layer->n_in);
        else if (layer->kind == LTR_DROPOUT)
            drop(pass, i, x, frames * layer->n_in,
                 (uint64_t)sample * ((pass->stride[i] + 3) / 4) * 4);
        else if (layer->kind == LTR_MAX_POOL)
            ltr_max_pool_forward(x, frames, layer->n_in, layer->size, y);
        else
            ltr_global_pool_forward(x, frames, layer->n_in, y);
        frames = ltr_layer_frames(layer, frames);
        tick(pass, worker);
    }
}

/* A layer of the head being shared out. */
struct share {
    struct ltr_pass *pass;
    size_t layer;
};

/*
 * One weight row at a time against every sample.  A product of matrices packs
 * the weights first, which for the few rows of a prediction costs more than
 * the product itself; this way they are read once, as they lie.
 */
static void dense_predict(void *arg, size_t panel, size_t worker)
{
    struct share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *layer = &pass->net->layers[share->layer];
    struct ltr_conv conv = conv_of(pass, layer);
    const float *x = pass->value[share->layer];
    float *y = pass->value[share->layer + 1];
    size_t first = panel * PANEL;

    for (size_t unit = first; unit < first + panel_size(panel, conv.n_out);
         unit++)
        for (size_t i = 0; i < pass->n; i++)
            y[i * conv.n_out + unit] =
                conv.bias[unit] +
                pass->kernels->dot(conv.weights + unit * conv.n_in,
                                   x + i * conv.n_in, conv.n_in);
    tick(pass, worker);
}

static void dense_forward(void *arg, size_t panel, size_t worker)
{
    struct share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *layer = &pass->net->layers[share->layer];
    struct ltr_conv conv = conv_of(pass, layer);

    ltr_conv_forward(pass->ctx, &conv, pass->n, pass->value[share->layer],
                     panel * PANEL, panel_size(panel, layer->n_out),
                     pass->value[share->layer + 1]);
    tick(pass, worker);
}

static void head_forward(struct ltr_pass *pass)
{
    for (size_t i = pass->net->n_trunk; i < pass->net->n_layers; i++) {
        const struct ltr_layer *layer = &pass->net->layers[i];
        struct share share = {pass, i};

        if (layer->kind == LTR_DENSE)
            ltr_parallel(pass->ctx, panels_of(layer->n_out),
                         pass->training ? dense_forward : dense_predict,
                         &share);
        else if (layer->kind == LTR_RELU)
            ltr_relu_forward(pass->value[i], pass->n * layer->n_in);
        else
            drop(pass, i, pass->value[i], pass->n * layer->n_in, 0);
    }
}

const float *ltr_pass_forward(struct ltr_pass *pass, const float *parameters,
                              size_t n, const size_t *frames,
                              const struct ltr_noise *noise)
{
    ltr_fpu saved = ltr_flush_begin();

    pass->n = n;
    pass->parameters = parameters;
    pass->noise = noise;
    for (size_t i = 0; i < n; i++)
        pass->n_frames[i] = frames ? frames[i] : 1;
    if (pass->net->n_trunk > 0)
        ltr_parallel(pass->ctx, n, trunk_forward, pass);
    head_forward(pass);
    ltr_flush_end(saved);
    return pass->value[pass->net->n_layers];
}

/* ---- Backward ----------------------------------------------------------- */

static void dense_gradient(void *arg, size_t panel, size_t worker)
{
    struct share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *layer = &pass->net->layers[share->layer];
    struct ltr_conv conv = conv_of(pass, layer);

    ltr_conv_gradient(pass->ctx, &conv, pass->n, pass->value[share->layer],
                      pass->d_value[share->layer + 1], panel * PANEL,
                      panel_size(panel, layer->n_out),
                      pass->gradient + layer->weights,
                      pass->gradient + layer->bias);
    tick(pass, worker);
}

static void dense_backward(void *arg, size_t panel, size_t worker)
{
    struct share *share = arg;
    struct ltr_pass *pass = share->pass;
    const struct ltr_layer *layer = &pass->net->layers[share->layer];
    struct ltr_conv conv = conv_of(pass, layer);

    ltr_conv_backward(pass->ctx, &conv, pass->n,
                      pass->d_value[share->layer + 1], panel * PANEL,
                      panel_size(panel, layer->n_in),
                      pass->d_value[share->layer]);
    tick(pass, worker);
}

static int has_weights_before(const struct ltr_net *net, size_t i)
{
    while (i-- > 0)
        if (net->layers[i].kind == LTR_CONV ||
            net->layers[i].kind == LTR_DENSE)
            return 1;
    return 0;
}

static void head_backward(struct ltr_pass *pass)
{
    for (size_t i = pass->net->n_layers; i-- > pass->net->n_trunk;) {
        const struct ltr_layer *layer = &pass->net->layers[i];
        struct share share = {pass, i};
        size_t values = pass->n * layer->n_in;

        if (layer->kind == LTR_DENSE) {
            ltr_parallel(pass->ctx, panels_of(layer->n_out), dense_gradient,
                         &share);
            /* Nothing to be learnt lies before the first of them. */
            if (has_weights_before(pass->net, i))
                ltr_parallel(pass->ctx, panels_of(layer->n_in), dense_backward,
                             &share);
        } else if (layer->kind == LTR_RELU) {
            ltr_relu_backward(pass->value[i], pass->d_value[i], values);
        } else if (pass->noise) {
            ltr_dropout_backward(pass->value[i], pass->d_value[i], values,
                                 layer->rate);
        }
    }
}

static void layer_backward(struct ltr_pass *pass, size_t i, size_t sample,
                           size_t frames)
{
    const struct ltr_layer *layer = &pass->net->layers[i];
    struct ltr_conv conv = conv_of(pass, layer);
    float *x = pass->value[i] + sample * pass->stride[i];
    float *y = pass->value[i + 1] + sample * pass->stride[i + 1];
    float *d_x = pass->d_value[i] + sample * pass->stride[i];
    float *d_y = pass->d_value[i + 1] + sample * pass->stride[i + 1];

    if (layer->kind == LTR_CONV && has_weights_before(pass->net, i))
        ltr_conv_backward(pass->ctx, &conv, frames, d_y, 0, layer->n_in, d_x);
    else if (layer->kind == LTR_RELU)
        ltr_relu_backward(x, d_x, frames * layer->n_in);
    else if (layer->kind == LTR_DROPOUT && pass->noise)
        ltr_dropout_backward(x, d_x, frames * layer->n_in, layer->rate);
    else if (layer->kind == LTR_MAX_POOL)
        ltr_max_pool_backward(x, y, frames, layer->n_in, layer->size, d_y,
                              d_x);
    else if (layer->kind == LTR_GLOBAL_POOL)
        ltr_global_pool_backward(x, y, frames, layer->n_in, d_y, d_x);
}

static void trunk_backward(void *arg, size_t sample, size_t worker)
{
    struct ltr_pass *pass = arg;
    size_t frames[LTR_MOST_LAYERS + 1];

    frames[0] = pass->n_frames[sample];
    for (size_t i = 0; i < pass->net->n_trunk; i++)
        frames[i + 1] = ltr_layer_frames(&pass->net->layers[i], frames[i]);
    for (size_t i = pass->net->n_trunk; i-- > 0;) {
        layer_backward(pass, i, sample, frames[i]);
        tick(pass, worker);
    }
}

static void conv_gradient(void *arg, size_t panel, size_t worker)
{
    struct share *share = arg;
    struct ltr_pass *pass = share->pass;
    size_t l = share->layer;
    const struct ltr_layer *layer = &pass->net->layers[l];
    struct ltr_conv conv = conv_of(pass, layer);

    for (size_t sample = 0; sample < pass->n; sample++) {
        size_t frames = pass->n_frames[sample];

        for (size_t i = 0; i < l; i++)
            frames = ltr_layer_frames(&pass->net->layers[i], frames);
        ltr_conv_gradient(pass->ctx, &conv, frames,
                          pass->value[l] + sample * pass->stride[l],
                          pass->d_value[l + 1] + sample * pass->stride[l + 1],
                          panel * PANEL, panel_size(panel, layer->n_out),
                          pass->gradient + layer->weights,
                          pass->gradient + layer->bias);
        tick(pass, worker);
    }
}

void ltr_pass_backward(struct ltr_pass *pass, const float *parameters,
                       const float *d_out, float *gradient)
{
    const struct ltr_net *net = pass->net;
    ltr_fpu saved = ltr_flush_begin();

    pass->parameters = parameters;
    pass->gradient = gradient;
    memcpy(pass->d_value[net->n_layers], d_out,
           pass->n * net->n_out * sizeof *d_out);
    head_backward(pass);
    if (net->n_trunk > 0)
        ltr_parallel(pass->ctx, pass->n, trunk_backward, pass);
    for (size_t i = 0; i < net->n_trunk; i++) {
        struct share share = {pass, i};

        if (net->layers[i].kind == LTR_CONV)
            ltr_parallel(pass->ctx, panels_of(net->layers[i].n_out),
                         conv_gradient, &share);
    }
    ltr_flush_end(saved);
}
