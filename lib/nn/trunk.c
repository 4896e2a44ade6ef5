/*
 * trunk.c - convolutions and pooling over the frames of each sample
 *
 * Frames are rows, so that the taps of one output are consecutive floats:
 * lines that overlap turn a convolution of several samples into one product,
 * without copying the input.  Its way back is a convolution of the derivative
 * with the taps in reverse, and the gradient of the filters a product over
 * the frames of all samples.
 */
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "nn/layers.h"
#include "nn/pass_parts.h"

#define MOST_GROUP 4 /* samples that a worker takes through at once */

/* ---- Filters ------------------------------------------------------------ */

/* [n_out][taps][n_in], each filter a column of the product. */
static struct ltr_lines filters(const struct ltr_pass *pass,
                                const struct ltr_layer *l)
{
    return ltr_along(pass->parameters + l->weights, l->taps * l->n_in);
}

/* The taps from the last to the first, and within each the filters. */
static struct ltr_lines filters_back(const struct ltr_pass *pass,
                                     const struct ltr_layer *l)
{
    return (struct ltr_lines){
        .data = pass->parameters + l->weights + (l->taps - 1) * l->n_in,
        .stride = (ptrdiff_t)(l->taps * l->n_in),
        .block = l->n_out,
        .block_stride = -(ptrdiff_t)l->n_in,
    };
}

void ltr_trunk_pack(struct ltr_pass *pass)
{
    for (size_t i = 0; i < pass->net->n_trunk; i++) {
        const struct ltr_layer *l = &pass->net->layers[i];

        if (pass->packed[i])
            ltr_pack(pass->packs, l->n_out, l->taps * l->n_in,
                     filters(pass, l), pass->packed[i]);
        if (pass->packed_back[i])
            ltr_pack(pass->packs, l->n_in, l->taps * l->n_out,
                     filters_back(pass, l), pass->packed_back[i]);
    }
}

/* ---- Forward ------------------------------------------------------------ */

/* Some samples of one length, whose values lie one after the other. */
struct run {
    size_t first, count;
    size_t frames; /* that enter the layer at hand */
    size_t worker;
};

static float *value_of(const struct ltr_pass *pass, size_t i, size_t sample)
{
    return pass->value[i] + sample * pass->stride[i];
}

static float *d_value_of(const struct ltr_pass *pass, size_t i, size_t sample)
{
    return pass->d_value[i] + sample * pass->d_stride[i];
}

/* Is the layer a rectifier that the convolution before it takes care of? */
static int is_done(const struct ltr_pass *pass, size_t i)
{
    return i > 0 && pass->net->layers[i].kind == LTR_RELU &&
           pass->net->layers[i - 1].kind == LTR_CONV;
}

static void convolve(const struct ltr_pass *pass, size_t i, struct run run)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    size_t rows = run.frames - l->taps + 1;
    struct ltr_product p =
        ltr_pass_product(pass, run.count * rows, l->n_out, l->taps * l->n_in);
    struct ltr_finish finish = {value_of(pass, i + 1, run.first), l->n_out,
                                pass->parameters + l->bias,
                                is_done(pass, i + 1)};

    p.a = (struct ltr_lines){value_of(pass, i, run.first), (ptrdiff_t)l->n_in,
                             rows, (ptrdiff_t)pass->stride[i], true};
    p.packed = pass->packed[i];
    p.sparse =
        pass->noise && i > 0 && pass->net->layers[i - 1].kind == LTR_DROPOUT;
    p.out = finish.y;
    p.stride = l->n_out;
    p.finish = ltr_pass_finish;
    p.arg = &finish;
    ltr_multiply_alone(pass->packs, &p, run.worker);
}

void ltr_trunk_end(const struct ltr_layer *layer, const float *x,
                   size_t frames, float *y)
{
    if (layer->kind == LTR_GLOBAL_POOL)
        ltr_global_pool_forward(x, frames, layer->n_in, y);
    else if (layer->kind == LTR_FLATTEN)
        memcpy(y, x, layer->n_out * sizeof *y);
}

static void layer_forward(const struct ltr_pass *pass, size_t i, size_t sample,
                          size_t frames)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    float *x = value_of(pass, i, sample), *y = value_of(pass, i + 1, sample);

    if (l->kind == LTR_RELU && !is_done(pass, i))
        ltr_relu_forward(x, frames * l->n_in);
    else if (l->kind == LTR_DROPOUT)
        ltr_pass_drop(pass, i, x, frames * l->n_in,
                      (uint64_t)sample * ((pass->stride[i] + 3) / 4) * 4);
    else if (l->kind == LTR_MAX_POOL)
        ltr_max_pool_forward(x, frames, l->n_in, l->size, y);
    else
        ltr_trunk_end(l, x, frames, y);
}

static void run_forward(const struct ltr_pass *pass, struct run run)
{
    size_t n = pass->net->n_trunk - (pass->windowed ? 1 : 0);

    for (size_t i = 0; i < n; i++) {
        const struct ltr_layer *layer = &pass->net->layers[i];

        if (layer->kind == LTR_CONV)
            convolve(pass, i, run);
        else
            for (size_t s = run.first; s < run.first + run.count; s++)
                layer_forward(pass, i, s, run.frames);
        run.frames = ltr_layer_frames(layer, run.frames);
        ltr_pass_tick(pass, run.worker);
    }
}

/*
 * The samples of a group at once when all have the full length, and so lie
 * without gaps; otherwise one by one.
 */
static void run_group(const struct ltr_pass *pass, size_t group, size_t worker,
                      void (*act)(const struct ltr_pass *pass, struct run run))
{
    size_t first = group * pass->group, left = pass->n - first;
    struct run run = {first, left < pass->group ? left : pass->group,
                      pass->frames[0], worker};
    int full = 1;

    for (size_t s = first; s < first + run.count; s++)
        full = full && pass->n_frames[s] == pass->frames[0];
    if (full) {
        act(pass, run);
        return;
    }
    for (size_t s = first; s < first + run.count; s++)
        act(pass, (struct run){s, 1, pass->n_frames[s], worker});
}

static void group_forward(void *arg, size_t group, size_t worker)
{
    run_group(arg, group, worker, run_forward);
}

/* Small groups where large ones would leave workers without any. */
static size_t group_of(const struct ltr_pass *pass)
{
    size_t group = pass->n / (2 * ltr_workers(pass->ctx));

    return group < 1 ? 1 : group < MOST_GROUP ? group : MOST_GROUP;
}

void ltr_trunk_forward(struct ltr_pass *pass)
{
    if (pass->held != pass->parameters)
        ltr_trunk_pack(pass);
    pass->group = group_of(pass);
    ltr_parallel(pass->ctx, (pass->n + pass->group - 1) / pass->group,
                 group_forward, pass);
}

/* ---- Backward ----------------------------------------------------------- */

static void bias_backward(const struct ltr_pass *pass, size_t i, size_t sample,
                          size_t rows)
{
    size_t n = pass->net->layers[i].n_out;
    float *d_bias = pass->d_bias[i] + sample * n;
    const float *d_y = d_value_of(pass, i + 1, sample);

    memset(d_bias, 0, n * sizeof *d_bias);
    for (size_t t = 0; t < rows; t++)
        for (size_t f = 0; f < n; f++)
            d_bias[f] += d_y[t * n + f];
}

/* Does what comes after a convolution send back nothing for many values? */
static bool leaves_zeros(const struct ltr_pass *pass, size_t i)
{
    int32_t after = pass->net->layers[i + 1].kind;

    return after == LTR_RELU || after == LTR_MAX_POOL || after == LTR_DROPOUT;
}

/* By the frames that have an input in common with each frame of x. */
static void deconvolve(const struct ltr_pass *pass, size_t i, struct run run)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    size_t rows = run.frames - l->taps + 1, edge = (l->taps - 1) * l->n_out;
    struct ltr_product p =
        ltr_pass_product(pass, run.frames, l->n_in, l->taps * l->n_out);
    size_t at_once = pass->d_stride[i] == run.frames * l->n_in ? run.count : 1;

    for (size_t s = run.first; s < run.first + run.count; s++)
        memset(d_value_of(pass, i + 1, s) + rows * l->n_out, 0,
               edge * sizeof(float));
    p.m *= at_once;
    p.packed = pass->packed_back[i];
    p.sparse = leaves_zeros(pass, i);
    p.stride = l->n_in;
    for (size_t s = run.first; s < run.first + run.count; s += at_once) {
        p.a = (struct ltr_lines){d_value_of(pass, i + 1, s) - edge,
                                 (ptrdiff_t)l->n_out, run.frames,
                                 (ptrdiff_t)pass->d_stride[i + 1], true};
        p.out = d_value_of(pass, i, s);
        ltr_multiply_alone(pass->packs, &p, run.worker);
    }
}

/* Frames that were left out have not said anything. */
static void unflatten(const struct ltr_layer *l, size_t frames,
                      const float *d_y, float *d_x)
{
    memcpy(d_x, d_y, l->n_out * sizeof *d_x);
    memset(d_x + l->n_out, 0, (frames * l->n_in - l->n_out) * sizeof *d_x);
}

static void layer_backward(const struct ltr_pass *pass, size_t i,
                           size_t sample, size_t frames)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    const float *x = value_of(pass, i, sample);
    const float *y = value_of(pass, i + 1, sample);
    float *d_x = d_value_of(pass, i, sample);
    const float *d_y = d_value_of(pass, i + 1, sample);

    if (l->kind == LTR_RELU)
        ltr_relu_backward(x, d_x, frames * l->n_in);
    else if (l->kind == LTR_DROPOUT && pass->noise)
        ltr_dropout_backward(x, d_x, frames * l->n_in, l->rate);
    else if (l->kind == LTR_MAX_POOL)
        ltr_max_pool_backward(x, frames, l->n_in, l->size, d_y, d_x);
    else if (l->kind == LTR_GLOBAL_POOL)
        ltr_global_pool_backward(x, y, frames, l->n_in, d_y, d_x);
    else if (l->kind == LTR_FLATTEN)
        unflatten(l, frames, d_y, d_x);
}

static void run_backward(const struct ltr_pass *pass, struct run run)
{
    size_t frames[LTR_MOST_LAYERS + 1];

    frames[0] = run.frames;
    for (size_t i = 0; i < pass->net->n_trunk; i++)
        frames[i + 1] = ltr_layer_frames(&pass->net->layers[i], frames[i]);
    for (size_t i = pass->net->n_trunk; i-- > 0;) {
        int is_conv = pass->net->layers[i].kind == LTR_CONV;

        run.frames = frames[i];
        for (size_t s = run.first; s < run.first + run.count; s++)
            if (is_conv)
                bias_backward(pass, i, s, frames[i + 1]);
            else if (ltr_has_weights_before(pass->net, i))
                layer_backward(pass, i, s, frames[i]);
        if (is_conv && ltr_has_weights_before(pass->net, i))
            deconvolve(pass, i, run);
        ltr_pass_tick(pass, run.worker);
    }
}

static void group_backward(void *arg, size_t group, size_t worker)
{
    run_group(arg, group, worker, run_backward);
}

/* ---- Gradient ----------------------------------------------------------- */

/* Of samples `first` on, `count` of them of one length. */
static void filter_gradient(const struct ltr_pass *pass, size_t i,
                            size_t first, size_t count)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    size_t rows = pass->n_frames[first];
    struct ltr_product p;

    for (size_t j = 0; j <= i; j++)
        rows = ltr_layer_frames(&pass->net->layers[j], rows);
    p = ltr_pass_product(pass, l->n_out, l->taps * l->n_in, count * rows);
    p.a =
        (struct ltr_lines){d_value_of(pass, i + 1, first), (ptrdiff_t)l->n_out,
                           rows, (ptrdiff_t)pass->d_stride[i + 1], false};
    p.b = (struct ltr_lines){value_of(pass, i, first), (ptrdiff_t)l->n_in,
                             rows, (ptrdiff_t)pass->stride[i], false};
    p.out = pass->gradient + l->weights;
    p.stride = l->taps * l->n_in;
    p.sparse = leaves_zeros(pass, i);
    p.add = first > 0;
    ltr_multiply(pass->packs, &p);
}

static void filter_gradients(const struct ltr_pass *pass, size_t i)
{
    const struct ltr_layer *l = &pass->net->layers[i];
    float *d_bias = pass->gradient + l->bias;

    for (size_t first = 0, count; first < pass->n; first += count) {
        count = 1;
        while (first + count < pass->n &&
               pass->n_frames[first + count] == pass->n_frames[first])
            count++;
        filter_gradient(pass, i, first, count);
    }
    memset(d_bias, 0, l->n_out * sizeof *d_bias);
    for (size_t s = 0; s < pass->n; s++)
        for (size_t f = 0; f < l->n_out; f++)
            d_bias[f] += pass->d_bias[i][s * l->n_out + f];
}

void ltr_trunk_backward(struct ltr_pass *pass)
{
    ltr_parallel(pass->ctx, (pass->n + pass->group - 1) / pass->group,
                 group_backward, pass);
    for (size_t i = 0; i < pass->net->n_trunk; i++)
        if (pass->net->layers[i].kind == LTR_CONV)
            filter_gradients(pass, i);
}
