/*
 * pass_parts.h - a pass from the inside, shared by the files that run it
 */
#ifndef LTR_NN_PASS_PARTS_H
#define LTR_NN_PASS_PARTS_H

#include "math/kernels.h"
#include "math/product.h"
#include "nn/net.h"

struct ltr_pass {
    ltrec_context *ctx;
    const struct ltr_net *net;
    const struct ltr_kernels *kernels;
    struct ltr_packs *packs;
    size_t batch;   /* samples of the trunk, at most */
    size_t answers; /* samples of the head, at most: batch or windows */
    size_t n;
    int training;
    int32_t precision; /* in use */
    int windowed;      /* the trunk's last layer is made window by window */
    double *pooled;    /* of a whole sequence so far; or NULL */
    size_t frames[LTR_MOST_LAYERS + 1]; /* at most, before each layer */
    size_t stride[LTR_MOST_LAYERS + 1]; /* floats from sample to sample */
    size_t room[LTR_MOST_LAYERS + 1];   /* floats of all samples, at most */
    float *value[LTR_MOST_LAYERS + 1];  /* what enters each layer */

    /*
     * Its derivative, when training.  Where a convolution wrote the value,
     * each sample has `margin` frames of zeros before and after its own: the
     * way back is then a convolution without edges.
     */
    float *d_memory[LTR_MOST_LAYERS + 1];
    float *d_value[LTR_MOST_LAYERS + 1];
    size_t d_stride[LTR_MOST_LAYERS + 1];
    size_t margin[LTR_MOST_LAYERS + 1];

    /* Filters as products want them, there and back, and in bf16 the weights
     * that predictions go by. */
    float *packed[LTR_MOST_LAYERS];
    float *packed_back[LTR_MOST_LAYERS];
    const float *held; /* the parameters that stay packed, or NULL */

    float *d_bias[LTR_MOST_LAYERS]; /* [batch][n_out], of convolutions */
    size_t *n_frames;               /* [batch] */
    size_t group;                   /* samples a task of the trunk */
    const float *parameters;
    const struct ltr_noise *noise;
    float *gradient;
    void (*tick)(void *user);
    void *user;
};

static inline int ltr_works_in_place(const struct ltr_layer *layer)
{
    return layer->kind == LTR_RELU || layer->kind == LTR_DROPOUT;
}

/* Whether there is something to be learnt before layer i. */
static inline int ltr_has_weights_before(const struct ltr_net *net, size_t i)
{
    while (i-- > 0)
        if (net->layers[i].kind == LTR_CONV ||
            net->layers[i].kind == LTR_DENSE)
            return 1;
    return 0;
}

static inline void ltr_pass_tick(const struct ltr_pass *pass, size_t worker)
{
    if (worker == 0 && pass->tick)
        pass->tick(pass->user);
}

/* A layer being worked on by several. */
struct ltr_share {
    struct ltr_pass *pass;
    size_t layer;
};

/* A pass without memory of its own yet; NULL when there is none for it. */
struct ltr_pass *ltr_pass_begin(ltrec_context *ctx, const struct ltr_net *net,
                                size_t answers, int training,
                                int32_t precision);

/* Samples of `frames` frames from now on. */
void ltr_pass_shape(struct ltr_pass *pass, size_t frames);

/* Before memory is taken: make room for so many samples of that shape. */
void ltr_pass_widen(struct ltr_pass *pass, size_t samples);

/* Take all memory for the shapes there have been, or free the pass. */
int ltr_pass_complete(struct ltr_pass *pass, struct ltr_pass **out);

/* What a product of a layer is finished with. */
struct ltr_finish {
    float *y;
    size_t stride;
    const float *bias;
    int rectify; /* the next layer is a rectifier, which is then done */
};

/* For ltr_product.finish; `arg` is a struct ltr_finish. */
void ltr_pass_finish(void *arg, size_t row, size_t n_rows, size_t column,
                     size_t n_columns);

/* A product with what every product of a pass has. */
struct ltr_product ltr_pass_product(const struct ltr_pass *pass, size_t m,
                                    size_t n, size_t k);

/* Dropout of `n` values of layer i, the first of them number `first`. */
void ltr_pass_drop(const struct ltr_pass *pass, size_t i, float *x, size_t n,
                   uint64_t first);

/* Pack the filters, once or for this pass. */
void ltr_trunk_pack(struct ltr_pass *pass);

/* Pack what the head's predictions go by. */
void ltr_head_pack(struct ltr_pass *pass);

/* y = what the trunk's last layer makes of the frames that enter it; any other
 * makes nothing. */
void ltr_trunk_end(const struct ltr_layer *layer, const float *x,
                   size_t frames, float *y);

/* Packs the filters first unless they are held. */
void ltr_trunk_forward(struct ltr_pass *pass);
void ltr_trunk_backward(struct ltr_pass *pass);
void ltr_head_forward(struct ltr_pass *pass);
void ltr_head_backward(struct ltr_pass *pass);

#endif /* LTR_NN_PASS_PARTS_H */
