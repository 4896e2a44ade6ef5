/*
 * pass.c - a batch through a network and back: its memory, and its course
 *
 * The trunk is shared out by samples (trunk.c): one worker takes a few of
 * them through all its layers while they are in cache.  The head is shared
 * out by products (head.c), since all samples meet in them.
 *
 * Rectifier and dropout work in place on what the layer before them wrote.
 */
#include "nn/net.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/fpu.h"
#include "nn/layers.h"
#include "nn/pass_parts.h"

/* ---- Memory ------------------------------------------------------------- */

static float *take(struct ltr_pass *pass, size_t count, size_t floats,
                   int *status)
{
    float *memory = ltr_alloc(pass->ctx, count, floats * sizeof(float));

    if (!memory)
        *status = LTREC_ERR_MEMORY;
    return memory;
}

/* What enters layer i, or leaves the last one. */
static int take_values(struct ltr_pass *pass, size_t i)
{
    const struct ltr_net *net = pass->net;
    const struct ltr_layer *before = i > 0 ? &net->layers[i - 1] : NULL;
    size_t channels = i < net->n_layers ? net->layers[i].n_in : net->n_out;
    int status = LTREC_OK;

    if (before && ltr_works_in_place(before)) {
        pass->value[i] = pass->value[i - 1];
        pass->d_stride[i] = pass->d_stride[i - 1];
        pass->d_value[i] = pass->d_value[i - 1];
        pass->margin[i] = pass->margin[i - 1];
        return LTREC_OK;
    }
    pass->value[i] = take(pass, 1, pass->room[i], &status);
    if (!pass->training || !ltr_has_weights_before(net, i))
        return status;
    if (before->kind == LTR_CONV)
        pass->margin[i] = before->taps - 1;
    pass->d_stride[i] = pass->stride[i] + 2 * pass->margin[i] * channels;
    pass->d_memory[i] = take(pass, pass->batch, pass->d_stride[i], &status);
    if (pass->d_memory[i])
        pass->d_value[i] = pass->d_memory[i] + pass->margin[i] * channels;
    return status;
}

static int take_filters(struct ltr_pass *pass, size_t i)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    int status = LTREC_OK;

    if (l->kind == LTR_DENSE && !pass->training &&
        pass->precision != LTREC_PRECISION_FLOAT32)
        pass->packed[i] = take(
            pass, 1, ltr_packed_size(pass->packs, l->n_out, l->n_in), &status);
    if (l->kind != LTR_CONV)
        return status;
    pass->packed[i] = take(
        pass, 1, ltr_packed_size(pass->packs, l->n_out, l->taps * l->n_in),
        &status);
    if (!pass->training)
        return status;
    pass->d_bias[i] = take(pass, pass->batch, l->n_out, &status);
    if (ltr_has_weights_before(pass->net, i))
        pass->packed_back[i] = take(
            pass, 1, ltr_packed_size(pass->packs, l->n_in, l->taps * l->n_out),
            &status);
    return status;
}

static int take_memory(struct ltr_pass *pass)
{
    int status = LTREC_OK;

    pass->n_frames = ltr_alloc(pass->ctx, pass->batch, sizeof(size_t));
    if (!pass->n_frames)
        return LTREC_ERR_MEMORY;
    /* Without any of these, no product is ever made. */
    if (pass->training || pass->net->n_trunk > 0 ||
        pass->precision != LTREC_PRECISION_FLOAT32)
        status = ltr_packs_create(pass->ctx, pass->precision, &pass->packs);
    for (size_t i = 0; i <= pass->net->n_layers && status == LTREC_OK; i++)
        status = take_values(pass, i);
    for (size_t i = 0; i < pass->net->n_layers && status == LTREC_OK; i++)
        status = take_filters(pass, i);
    return status;
}

struct ltr_pass *ltr_pass_begin(ltrec_context *ctx, const struct ltr_net *net,
                                size_t answers, int training,
                                int32_t precision)
{
    struct ltr_pass *pass = ltr_alloc(ctx, 1, sizeof *pass);

    if (!pass)
        return NULL;
    pass->ctx = ltr_context_ref(ctx);
    pass->net = net;
    pass->kernels = ltr_kernels_for(ctx->cpu);
    pass->answers = answers;
    pass->training = training;
    pass->precision = ltrec_context_precision(ctx, precision);
    return pass;
}

void ltr_pass_shape(struct ltr_pass *pass, size_t frames)
{
    const struct ltr_net *net = pass->net;

    pass->frames[0] = net->n_trunk > 0 ? frames : 1;
    for (size_t i = 0; i <= net->n_layers; i++) {
        size_t channels = i < net->n_layers ? net->layers[i].n_in : net->n_out;

        pass->stride[i] = pass->frames[i] * channels;
        if (i < net->n_layers)
            pass->frames[i + 1] =
                ltr_layer_frames(&net->layers[i], pass->frames[i]);
    }
}

void ltr_pass_widen(struct ltr_pass *pass, size_t samples)
{
    if (pass->batch < samples)
        pass->batch = samples;
    for (size_t i = 0; i <= pass->net->n_layers; i++) {
        size_t n = i < pass->net->n_trunk ? samples : pass->answers;

        if (pass->room[i] < n * pass->stride[i])
            pass->room[i] = n * pass->stride[i];
    }
}

int ltr_pass_complete(struct ltr_pass *pass, struct ltr_pass **out)
{
    if (take_memory(pass) != LTREC_OK) {
        ltr_pass_free(pass);
        return LTREC_ERR_MEMORY;
    }
    *out = pass;
    return LTREC_OK;
}

int ltr_pass_create(ltrec_context *ctx, const struct ltr_net *net,
                    size_t batch, size_t frames, int training,
                    int32_t precision, struct ltr_pass **out)
{
    struct ltr_pass *pass =
        ltr_pass_begin(ctx, net, batch, training, precision);

    *out = NULL;
    if (!pass)
        return LTREC_ERR_MEMORY;
    ltr_pass_shape(pass, frames);
    ltr_pass_widen(pass, batch);
    return ltr_pass_complete(pass, out);
}

void ltr_pass_free(struct ltr_pass *pass)
{
    ltrec_context *ctx;

    if (!pass)
        return;
    ctx = pass->ctx;
    for (size_t i = 0; i <= pass->net->n_layers; i++) {
        if (i > 0 && ltr_works_in_place(&pass->net->layers[i - 1]))
            continue;
        ltr_free(ctx, pass->value[i]);
        ltr_free(ctx, pass->d_memory[i]);
    }
    for (size_t i = 0; i < pass->net->n_layers; i++) {
        ltr_free(ctx, pass->packed[i]);
        ltr_free(ctx, pass->packed_back[i]);
        ltr_free(ctx, pass->d_bias[i]);
    }
    ltr_packs_free(pass->packs);
    ltr_free(ctx, pass->n_frames);
    ltr_free(ctx, pass->pooled);
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

/* ---- What trunk and head have in common --------------------------------- */

void ltr_pass_finish(void *arg, size_t row, size_t n_rows, size_t column,
                     size_t n_columns)
{
    const struct ltr_finish *f = arg;
    const float *bias = f->bias + column;

    for (size_t i = row; i < row + n_rows; i++) {
        float *y = f->y + i * f->stride + column;

        for (size_t j = 0; j < n_columns; j++)
            y[j] += bias[j];
        if (f->rectify)
            ltr_relu_forward(y, n_columns);
    }
}

struct ltr_product ltr_pass_product(const struct ltr_pass *pass, size_t m,
                                    size_t n, size_t k)
{
    return (struct ltr_product){
        .m = m, .n = n, .k = k, .tick = pass->tick, .user = pass->user};
}

void ltr_pass_drop(const struct ltr_pass *pass, size_t i, float *x, size_t n,
                   uint64_t first)
{
    if (pass->noise)
        ltr_dropout_forward(x, n, pass->net->layers[i].rate, pass->noise->seed,
                            pass->noise->step * LTR_MOST_LAYERS + i, first);
}

/* ---- There and back ----------------------------------------------------- */

void ltr_pass_hold(struct ltr_pass *pass, const float *parameters)
{
    pass->parameters = parameters;
    pass->held = parameters;
    ltr_trunk_pack(pass);
    ltr_head_pack(pass);
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
        ltr_trunk_forward(pass);
    ltr_head_forward(pass);
    ltr_flush_end(saved);
    return pass->value[pass->net->n_layers];
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
    ltr_head_backward(pass);
    if (net->n_trunk > 0)
        ltr_trunk_backward(pass);
    ltr_flush_end(saved);
}

/* ---- What went wrong ---------------------------------------------------- */

static int is_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return 0;
    return 1;
}

size_t ltr_pass_first_bad(const struct ltr_pass *pass)
{
    const struct ltr_net *net = pass->net;

    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t sample = 0; sample < pass->n; sample++) {
            size_t frames = pass->n_frames[sample];

            for (size_t j = 0; j <= i; j++)
                frames = ltr_layer_frames(&net->layers[j], frames);
            if (!is_finite(pass->value[i + 1] + sample * pass->stride[i + 1],
                           frames * net->layers[i].n_out))
                return i;
        }
    return net->n_layers;
}
