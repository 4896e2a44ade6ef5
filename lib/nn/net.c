/*
 * net.c - a chain of layers: their sizes and their first parameters
 */
#include "nn/net.h"

#include <math.h>

#include "base/random.h"

#define MOST_SIZE 65536
#define MOST_TAPS 64
#define MOST_REACH ((size_t)1 << 20) /* frames for one: no size overflows */

static int has_weights(const struct ltr_layer *layer)
{
    return layer->kind == LTR_CONV || layer->kind == LTR_DENSE;
}

/* The channels that leave a layer which `n_in` enter; 0 when it is no layer.
 */
static size_t channels_after(const struct ltr_layer *layer, size_t n_in,
                             int in_trunk)
{
    switch (layer->kind) {
    case LTR_CONV:
        return in_trunk && layer->taps > 0 && layer->taps <= MOST_TAPS
                   ? layer->size
                   : 0;
    case LTR_MAX_POOL:
        return in_trunk && layer->size > 0 && layer->size <= MOST_TAPS ? n_in
                                                                       : 0;
    case LTR_GLOBAL_POOL:
        return in_trunk ? 3 * n_in : 0;
    case LTR_FLATTEN:
        return in_trunk && layer->size <= MOST_SIZE / n_in ? layer->size * n_in
                                                           : 0;
    case LTR_DENSE:
        return in_trunk ? 0 : layer->size;
    case LTR_RELU:
        return n_in;
    case LTR_DROPOUT:
        return layer->rate >= 0 && layer->rate < 1 ? n_in : 0;
    }
    return 0;
}

static size_t find_trunk(const struct ltr_layer *layers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (layers[i].kind == LTR_GLOBAL_POOL || layers[i].kind == LTR_FLATTEN)
            return i + 1;
    return 0;
}

int ltr_net_build(struct ltr_net *net, size_t n_in,
                  const struct ltr_layer *layers, size_t n_layers)
{
    size_t channels = n_in;

    *net =
        (struct ltr_net){.n_in = n_in, .n_layers = n_layers, .statistics = 2};
    if (n_in == 0 || n_in > MOST_SIZE || n_layers == 0 ||
        n_layers > LTR_MOST_LAYERS || layers[n_layers - 1].kind != LTR_DENSE)
        return LTREC_ERR_ARGUMENT;
    net->n_trunk = find_trunk(layers, n_layers);
    for (size_t i = 0; i < n_layers; i++) {
        struct ltr_layer *layer = &net->layers[i];

        *layer = layers[i];
        layer->n_in = channels;
        channels = channels_after(layer, channels, i < net->n_trunk);
        layer->n_out = channels;
        if (channels == 0 || channels > MOST_SIZE)
            return LTREC_ERR_ARGUMENT;
        if (has_weights(layer)) {
            size_t taps = layer->kind == LTR_CONV ? layer->taps : 1;

            layer->taps = (uint32_t)taps;
            layer->weights = net->n_parameters;
            layer->bias = layer->weights + layer->n_out * taps * layer->n_in;
            net->n_parameters = layer->bias + layer->n_out;
        }
    }
    net->n_out = channels;
    return ltr_net_least_frames(net) <= MOST_REACH ? LTREC_OK
                                                   : LTREC_ERR_ARGUMENT;
}

size_t ltr_net_frames_for(const struct ltr_net *net, size_t left)
{
    size_t frames = left;

    for (size_t i = net->n_trunk; i-- > 0 && frames <= MOST_REACH;) {
        const struct ltr_layer *layer = &net->layers[i];

        if (layer->kind == LTR_CONV)
            frames += layer->taps - 1;
        else if (layer->kind == LTR_MAX_POOL)
            frames *= layer->size;
    }
    return frames;
}

size_t ltr_net_least_frames(const struct ltr_net *net)
{
    size_t left = 1;

    if (net->n_trunk > 0 && net->layers[net->n_trunk - 1].kind == LTR_FLATTEN)
        left = net->layers[net->n_trunk - 1].size;
    return ltr_net_frames_for(net, left);
}

size_t ltr_net_frames_left(const struct ltr_net *net, size_t frames)
{
    for (size_t i = 0; i + 1 < net->n_trunk; i++)
        frames = ltr_layer_frames(&net->layers[i], frames);
    return frames;
}

size_t ltr_net_stride(const struct ltr_net *net)
{
    size_t stride = 1;

    for (size_t i = 0; i < net->n_trunk; i++)
        if (net->layers[i].kind == LTR_MAX_POOL)
            stride *= net->layers[i].size;
    return stride;
}

size_t ltr_layer_frames(const struct ltr_layer *layer, size_t frames)
{
    switch (layer->kind) {
    case LTR_CONV:
        return frames - layer->taps + 1;
    case LTR_MAX_POOL:
        return frames / layer->size;
    case LTR_GLOBAL_POOL:
    case LTR_FLATTEN:
        return 1;
    default:
        return frames;
    }
}

size_t ltr_net_values(const struct ltr_net *net, size_t frames)
{
    size_t values = 0;

    for (size_t i = 0; i < net->n_layers; i++) {
        values += frames * net->layers[i].n_in;
        frames = ltr_layer_frames(&net->layers[i], frames);
    }
    return values + net->n_out;
}

size_t ltr_net_hidden(const struct ltr_net *net)
{
    return net->layers[net->n_layers - 1].n_in;
}

size_t ltr_net_pooled(const struct ltr_net *net)
{
    return net->n_trunk > 0 ? net->layers[net->n_trunk - 1].n_out : 0;
}

void ltr_net_initialise_part(const struct ltr_net *net, uint64_t seed,
                             size_t first, size_t count, float *parameters)
{
    size_t end = first + count;

    for (size_t i = 0; i < net->n_layers; i++) {
        const struct ltr_layer *layer = &net->layers[i];
        size_t fan_in = layer->taps * layer->n_in;
        int last = i == net->n_layers - 1;
        float bound = sqrtf((last ? 3.0f : 6.0f) / (float)fan_in);
        size_t at = layer->weights > first ? layer->weights : first;

        if (!has_weights(layer))
            continue;
        for (; at < layer->bias && at < end; at++)
            parameters[at] =
                bound *
                (2 * ltr_random_uniform(seed, i, at - layer->weights) - 1);
        for (; at < layer->bias + layer->n_out && at < end; at++)
            parameters[at] = 0;
    }
}

void ltr_net_initialise(const struct ltr_net *net, uint64_t seed,
                        float *parameters)
{
    ltr_net_initialise_part(net, seed, 0, net->n_parameters, parameters);
}
