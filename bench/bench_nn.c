/*
 * bench_nn.c - networks: a prediction, and a step of training
 *
 * Sizes: for audio the frames of a patch of 35 s, for MGP the tracks of a
 * batch of 400 attributes.  One thread; the kernels are the CPU's best.
 */
#include <stdlib.h>

#include <ltrec/train.h>

#include "base/context.h"
#include "bench.h"
#include "nn/net.h"
#include "train/train_parts.h"

#define RANK 200
#define PATCH 754
#define BANDS 128
#define ATTRIBUTES 400

struct network {
    struct ltr_net net;
    struct ltr_pass *pass;
    float *parameters, *gradient, *d_out;
    size_t batch;
    size_t frames[256];
    struct ltr_noise noise;
};

static void predict(void *state)
{
    struct network *n = state;

    ltr_pass_forward(n->pass, n->parameters, n->batch, n->frames, NULL);
}

static void train(void *state)
{
    struct network *n = state;

    n->noise.step++;
    ltr_pass_forward(n->pass, n->parameters, n->batch, n->frames, &n->noise);
    ltr_pass_backward(n->pass, n->parameters, n->d_out, n->gradient);
}

static int make(ltrec_context *ctx, size_t place, int32_t audio, size_t batch,
                int training, struct network *n)
{
    size_t n_in = place == LTR_AUDIO ? BANDS : 2 * ATTRIBUTES;
    size_t frames = place == LTR_AUDIO ? PATCH : 1;
    ltrec_train_options o;

    ltrec_train_options_init(&o, sizeof o);
    o.audio = audio;
    n->batch = batch;
    if (ltr_recipe(place, &o, frames, n_in, RANK, &n->net, NULL) != LTREC_OK ||
        ltr_pass_create(ctx, &n->net, batch, frames, training,
                        LTREC_PRECISION_FLOAT32, &n->pass) != LTREC_OK)
        return -1;
    n->parameters = ltr_alloc(ctx, n->net.n_parameters, sizeof(float));
    n->gradient = ltr_alloc(ctx, n->net.n_parameters, sizeof(float));
    n->d_out = ltr_alloc(ctx, batch * RANK, sizeof(float));
    if (!n->parameters || !n->gradient || !n->d_out)
        return -1;
    ltr_net_initialise(&n->net, 1, n->parameters);
    if (!training)
        ltr_pass_hold(n->pass, n->parameters);
    for (size_t i = 0; i < batch; i++) {
        n->frames[i] = frames;
        for (size_t j = 0; j < frames * n_in; j++)
            ltr_pass_input(n->pass, i)[j] = (float)(j * 37 % 101) / 101;
    }
    for (size_t i = 0; i < batch * RANK; i++)
        n->d_out[i] = (float)(i % 7) * 1e-3f;
    return 0;
}

static int measure(ltrec_context *ctx, size_t place, int32_t audio,
                   const char *what, void (*action)(void *), size_t batch)
{
    struct network n = {.batch = batch};

    if (make(ctx, place, audio, batch, action == train, &n) != 0)
        return -1;
    bench(what, batch, action, &n);
    ltr_pass_free(n.pass);
    ltr_free(ctx, n.parameters);
    ltr_free(ctx, n.gradient);
    ltr_free(ctx, n.d_out);
    return 0;
}

int main(void)
{
    ltrec_context *ctx;

    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK ||
        measure(ctx, LTR_AUDIO, LTREC_AUDIO_REFERENCE, "audio_predict",
                predict, 1) != 0 ||
        measure(ctx, LTR_AUDIO, LTREC_AUDIO_REFERENCE, "audio_step", train,
                8) != 0 ||
        measure(ctx, LTR_AUDIO, LTREC_AUDIO_SMALL, "small_audio_predict",
                predict, 1) != 0 ||
        measure(ctx, LTR_AUDIO, LTREC_AUDIO_SMALL, "small_audio_step", train,
                8) != 0 ||
        measure(ctx, LTR_AUDIO, LTREC_AUDIO_FLATTEN, "flatten_audio_predict",
                predict, 1) != 0 ||
        measure(ctx, LTR_AUDIO, LTREC_AUDIO_FLATTEN, "flatten_audio_step",
                train, 8) != 0 ||
        measure(ctx, LTR_MGP, 0, "mgp_predict", predict, 1) != 0 ||
        measure(ctx, LTR_MGP, 0, "mgp_step", train, 256) != 0)
        return EXIT_FAILURE;
    ltrec_context_free(ctx);
    return EXIT_SUCCESS;
}
