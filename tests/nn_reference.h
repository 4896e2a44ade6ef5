/*
 * nn_reference.h - the layers in double, written from their definitions
 *
 * Those of nn/layers.h, loop by loop.  Central differences of it are exact to
 * about 1e-9, so the gradient of the float networks can be held to far less
 * than float differences would allow.
 */
#ifndef NN_REFERENCE_H
#define NN_REFERENCE_H

#include <math.h>

#include "nn/net.h"

#define REFERENCE_MOST 4096 /* numbers of a sample, at any layer */

struct sequence {
    size_t frames, n;
    double x[REFERENCE_MOST];
};

static void reference_linear(const struct ltr_layer *l, const double *p,
                             struct sequence *s)
{
    static struct sequence out;

    out.frames = s->frames - l->taps + 1;
    out.n = l->n_out;
    for (size_t t = 0; t < out.frames; t++)
        for (size_t f = 0; f < l->n_out; f++) {
            double sum = p[l->bias + f];

            for (size_t tap = 0; tap < l->taps; tap++)
                for (size_t c = 0; c < l->n_in; c++)
                    sum += p[l->weights + (f * l->taps + tap) * l->n_in + c] *
                           s->x[(t + tap) * s->n + c];
            out.x[t * out.n + f] = sum;
        }
    *s = out;
}

static void reference_max_pool(size_t width, struct sequence *s)
{
    for (size_t t = 0; t < s->frames / width; t++)
        for (size_t c = 0; c < s->n; c++) {
            double most = s->x[t * width * s->n + c];

            for (size_t w = 1; w < width; w++)
                most = fmax(most, s->x[(t * width + w) * s->n + c]);
            s->x[t * s->n + c] = most;
        }
    s->frames /= width;
}

static void reference_global_pool(struct sequence *s)
{
    static struct sequence out;

    out.frames = 1;
    out.n = 3 * s->n;
    for (size_t c = 0; c < s->n; c++) {
        double sum = 0, most = s->x[c], squares = 0;

        for (size_t t = 0; t < s->frames; t++) {
            double x = s->x[t * s->n + c];

            sum += x;
            most = fmax(most, x);
            squares += x * x;
        }
        out.x[c] = sum / (double)s->frames;
        out.x[s->n + c] = most;
        out.x[2 * s->n + c] = sqrt(squares / (double)s->frames + 1e-12);
    }
    *s = out;
}

/* Frames lie one after the other already. */
static void reference_flatten(size_t frames, struct sequence *s)
{
    s->n *= frames;
    s->frames = 1;
}

/* `mask` is what the float network's dropout makes of ones. */
static void reference_forward(const struct ltr_net *net, const double *p,
                              const float *const *masks, struct sequence *s)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct ltr_layer *l = &net->layers[i];

        if (l->kind == LTR_CONV || l->kind == LTR_DENSE)
            reference_linear(l, p, s);
        else if (l->kind == LTR_MAX_POOL)
            reference_max_pool(l->size, s);
        else if (l->kind == LTR_GLOBAL_POOL)
            reference_global_pool(s);
        else if (l->kind == LTR_FLATTEN)
            reference_flatten(l->size, s);
        for (size_t j = 0; j < s->frames * s->n; j++) {
            if (l->kind == LTR_RELU)
                s->x[j] = fmax(s->x[j], 0);
            else if (l->kind == LTR_DROPOUT && masks)
                s->x[j] *= (double)masks[i][j];
        }
    }
}

static double reference_cosine(const struct sequence *s, const float *target)
{
    double dot = 0, norm = 0;

    for (size_t i = 0; i < s->n; i++) {
        dot += s->x[i] * (double)target[i];
        norm += s->x[i] * s->x[i];
    }
    return 1 - dot / sqrt(norm);
}

#endif /* NN_REFERENCE_H */
