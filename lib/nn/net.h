/*
 * net.h - a chain of layers, and the memory for one pass through it
 *
 * A network is a list of layers in two parts: a trunk of convolutions and
 * pooling that runs over the frames of each sample and ends in a global pool
 * or a flatten, and a head of dense layers over the batch.  Networks for
 * attributes have no trunk.  The last layer is dense and linear.
 *
 *     struct ltr_net net;
 *     ltr_net_build(&net, n_in, layers, n_layers);
 *     parameters = ltr_alloc(ctx, net.n_parameters, sizeof *parameters);
 *     ltr_net_initialise(&net, seed, parameters);
 *
 *     ltr_pass_create(ctx, &net, 64, 753, 1, &pass);
 *     fill ltr_pass_input(pass, i) for each sample of the batch
 *     out = ltr_pass_forward(pass, parameters, n, frames, NULL);
 *
 * All parameters of a network lie in one array, and so do their gradient and
 * what Adam remembers of it.
 *
 * Threads: a pass belongs to one caller; inside, samples and parts of products
 * are shared out over the context's workers.  Each number is made by one of
 * them, in an order of sums that does not depend on how many there are, and
 * neither do the bits.
 */
#ifndef LTR_NN_NET_H
#define LTR_NN_NET_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

enum ltr_layer_kind {
    LTR_CONV = 1,    /* size filters of `taps` frames */
    LTR_MAX_POOL,    /* of `size` frames */
    LTR_GLOBAL_POOL, /* mean, maximum and L2 norm over time */
    LTR_DENSE,       /* size units */
    LTR_RELU,
    LTR_DROPOUT, /* of `rate` */
    LTR_FLATTEN  /* the first `size` frames as one; a rest is left out */
};

#define LTR_MOST_LAYERS 24

struct ltr_layer {
    int32_t kind;
    uint32_t size;
    uint32_t taps;
    float rate;

    /* Set by ltr_net_build(). */
    size_t n_in, n_out;   /* channels */
    size_t weights, bias; /* where they begin among the parameters */
};

struct ltr_net {
    size_t n_in, n_out;
    size_t n_layers;
    size_t n_trunk; /* layers up to and with the global pool or flatten; 0
                       without */
    size_t n_parameters;
    size_t statistics; /* of each channel over time, beside a trunk: 2, or
                          LTR_STATISTICS of networks taught today */
    struct ltr_layer layers[LTR_MOST_LAYERS];
};

/* A channel's mean and deviation, and how far it moves on average in 1, 2, 4
 * and 8 frames: what is struck and what is held differ by that. */
#define LTR_STATISTICS 6

/*
 * LTREC_ERR_ARGUMENT when the layers do not make a network: sizes of 0 or
 * past any use, a dense layer inside the trunk, no dense layer at the end,
 * poolings that want a million frames.
 */
int ltr_net_build(struct ltr_net *net, size_t n_in,
                  const struct ltr_layer *layers, size_t n_layers);

/* The fewest frames that leave enough for the trunk's last layer: one for a
 * global pool, its size for a flatten; 1 without a trunk. */
size_t ltr_net_least_frames(const struct ltr_net *net);

/* The frames that leave `left` of them for the trunk's last layer, no more. */
size_t ltr_net_frames_for(const struct ltr_net *net, size_t left);

/* How many of `frames` frames are left for the trunk's last layer. */
size_t ltr_net_frames_left(const struct ltr_net *net, size_t frames);

/*
 * From one of those to the next, in frames of the input: what is heard from
 * a place on is also heard, as a part, from so much earlier.
 */
size_t ltr_net_stride(const struct ltr_net *net);

/* The frames that leave a layer which `frames` enter. */
size_t ltr_layer_frames(const struct ltr_layer *layer, size_t frames);

/* At most so many values a sample of `frames` needs on its way through. */
size_t ltr_net_values(const struct ltr_net *net, size_t frames);

/*
 * He-uniform: within sqrt(6 / fan-in) of 0 where a rectifier follows, and
 * half of that variance for the last layer; biases 0.  Each parameter is a
 * function of the seed and of its place, so that parts can be shared out.
 */
void ltr_net_initialise(const struct ltr_net *net, uint64_t seed,
                        float *parameters);

/* Parameters `first` to `first` + `count` - 1 alone. */
void ltr_net_initialise_part(const struct ltr_net *net, uint64_t seed,
                             size_t first, size_t count, float *parameters);

/* ---- One pass ----------------------------------------------------------- */

struct ltr_pass;

/* Which values dropout drops: all of it a function of these two. */
struct ltr_noise {
    uint64_t seed;
    uint64_t step;
};

/*
 * Memory for up to `batch` samples of up to `frames` frames, with room for
 * the way back when `training`; without, dense layers are made for the few
 * samples of a prediction.  Products are made in `precision`, an
 * LTREC_PRECISION_..., where this CPU can.  `net` must outlive it.
 * LTREC_ERR_MEMORY.
 */
int ltr_pass_create(ltrec_context *ctx, const struct ltr_net *net,
                    size_t batch, size_t frames, int training,
                    int32_t precision, struct ltr_pass **out);

/* Accepts NULL. */
void ltr_pass_free(struct ltr_pass *pass);

/* Where sample i's [frames][n_in] goes before a forward pass, which may
 * overwrite it. */
float *ltr_pass_input(struct ltr_pass *pass, size_t i);

/*
 * `tick(user)` is called on the calling thread between pieces of work, so
 * that a long pass can report progress.  NULL for none.
 */
void ltr_pass_watch(struct ltr_pass *pass, void (*tick)(void *user),
                    void *user);

/*
 * Prepare for many forward passes with the same parameters, which must not
 * change from now on: their filters are packed once instead of each time.
 */
void ltr_pass_hold(struct ltr_pass *pass, const float *parameters);

/*
 * The output [n][n_out], valid until the next pass.  `frames[n]` are at least
 * ltr_net_least_frames(); NULL without a trunk.  `noise` NULL: no dropout.
 */
const float *ltr_pass_forward(struct ltr_pass *pass, const float *parameters,
                              size_t n, const size_t *frames,
                              const struct ltr_noise *noise);

/* ---- Windows of one sequence -------------------------------------------- */

/*
 * A long sequence heard in windows of one length, which may overlap: each
 * convolution is made once for all of them, and what it leaves is pooled or
 * flattened window by window.  The numbers are those of a pass over each
 * window alone.
 */
struct ltr_windows {
    size_t n;             /* at least 1 */
    const size_t *starts; /* [n], ascending by multiples of ltr_net_stride() */
    size_t frames;        /* of a window, at least ltr_net_least_frames() */

    /*
     * Write `frames` frames from `start` on, and anything for those beyond
     * the end of the last window.  Called by several workers at once.
     */
    void (*fill)(void *arg, size_t start, size_t frames, float *to);
    void *arg;
};

/*
 * A pass for predictions from up to `windows` windows that lie within
 * `frames` frames.  LTREC_ERR_MEMORY.
 */
int ltr_pass_create_windows(ltrec_context *ctx, const struct ltr_net *net,
                            size_t windows, size_t frames, int32_t precision,
                            struct ltr_pass **out);

/* The output [n][n_out], valid until the next pass. */
const float *ltr_pass_windows(struct ltr_pass *pass, const float *parameters,
                              const struct ltr_windows *windows);

/*
 * A pass for predictions from one window of any length: the network ends its
 * trunk in a global pool.  What memory it takes does not depend on a length.
 * LTREC_ERR_MEMORY.
 */
int ltr_pass_create_whole(ltrec_context *ctx, const struct ltr_net *net,
                          int32_t precision, struct ltr_pass **out);

/*
 * The output [1][n_out] from the only one of `windows`, valid until the next
 * pass.  The numbers are those of a pass over it - to the bit where it leaves
 * no more than LTR_WHOLE_BLOCK frames, beyond that but for the rounding of
 * sums over time.
 */
#define LTR_WHOLE_BLOCK 64
const float *ltr_pass_whole(struct ltr_pass *pass, const float *parameters,
                            const struct ltr_windows *windows);

/* ---- What is left of a pass --------------------------------------------- */

/* What the trunk left, [n][ltr_net_pooled()]; NULL without one. */
const float *ltr_pass_pooled(const struct ltr_pass *pass);

/* What goes into the last dense layer, [n][ltr_net_hidden()]. */
const float *ltr_pass_hidden(const struct ltr_pass *pass);
size_t ltr_net_hidden(const struct ltr_net *net);
size_t ltr_net_pooled(const struct ltr_net *net);

/*
 * After a forward pass, set gradient[n_parameters] to what d_out[n][n_out]
 * says of the parameters.
 */
void ltr_pass_backward(struct ltr_pass *pass, const float *parameters,
                       const float *d_out, float *gradient);

/*
 * After a forward pass, the first layer that gave something that is not
 * finite, or n_layers.
 */
size_t ltr_pass_first_bad(const struct ltr_pass *pass);

#endif /* LTR_NN_NET_H */
