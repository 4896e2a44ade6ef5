/*
 * windows.c - one long sequence, heard in windows
 *
 * The trunk runs over segments of the sequence, each a sample to it, of such
 * a length that what they leave lies frame after frame without a gap.  Where
 * segments meet, the few frames that both need are heard twice.
 */
#include "base/context.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "nn/pass_parts.h"

/* Frames that a segment leaves: more would not stay in a cache, and of fewer
 * too much would be heard twice. */
#define MOST_LEFT 64
#define LEAST_LEFT 24

int ltr_pass_create_windows(ltrec_context *ctx, const struct ltr_net *net,
                            size_t windows, size_t frames, int32_t precision,
                            struct ltr_pass **out)
{
    size_t left = ltr_net_frames_left(net, frames);
    struct ltr_pass *pass = ltr_pass_begin(ctx, net, windows, 0, precision);

    *out = NULL;
    if (!pass)
        return LTREC_ERR_MEMORY;
    pass->windowed = 1;
    /* What segments take together is most where they are longest or shortest;
     * one more of them stands for what a last one lacks. */
    ltr_pass_shape(pass, ltr_net_frames_for(net, LEAST_LEFT));
    ltr_pass_widen(pass, left / LEAST_LEFT + 2);
    ltr_pass_shape(pass, ltr_net_frames_for(net, MOST_LEFT));
    ltr_pass_widen(pass, left / MOST_LEFT + 2);
    return ltr_pass_complete(pass, out);
}

struct hearing {
    struct ltr_pass *pass;
    const struct ltr_windows *windows;
    size_t left; /* frames that a segment leaves */
};

/* As many segments for each worker, where they are not too short for that. */
static void cut(struct hearing *h, size_t left)
{
    size_t workers = ltr_workers(h->pass->ctx);
    size_t n = (left + MOST_LEFT - 1) / MOST_LEFT;

    n = (n + workers - 1) / workers * workers;
    h->left = (left + n - 1) / n;
    if (h->left < LEAST_LEFT)
        h->left = left < LEAST_LEFT ? left : LEAST_LEFT;
    h->pass->n = (left + h->left - 1) / h->left;
    ltr_pass_shape(h->pass, ltr_net_frames_for(h->pass->net, h->left));
}

static void fill_segment(void *arg, size_t i, size_t worker)
{
    struct hearing *h = arg;
    struct ltr_pass *pass = h->pass;
    size_t start = i * h->left * ltr_net_stride(pass->net);

    (void)worker;
    pass->n_frames[i] = pass->frames[0];
    h->windows->fill(h->windows->arg, h->windows->starts[0] + start,
                     pass->frames[0], ltr_pass_input(pass, i));
}

static void end_window(void *arg, size_t i, size_t worker)
{
    struct hearing *h = arg;
    struct ltr_pass *pass = h->pass;
    const struct ltr_windows *w = h->windows;
    size_t last = pass->net->n_trunk - 1;
    const struct ltr_layer *layer = &pass->net->layers[last];
    size_t first = (w->starts[i] - w->starts[0]) / ltr_net_stride(pass->net);

    (void)worker;
    ltr_trunk_end(layer, pass->value[last] + first * layer->n_in,
                  ltr_net_frames_left(pass->net, w->frames),
                  pass->value[last + 1] + i * layer->n_out);
}

const float *ltr_pass_windows(struct ltr_pass *pass, const float *parameters,
                              const struct ltr_windows *windows)
{
    struct hearing h = {.pass = pass, .windows = windows};
    size_t frames =
        windows->starts[windows->n - 1] - windows->starts[0] + windows->frames;
    ltr_fpu saved = ltr_flush_begin();

    pass->parameters = parameters;
    pass->noise = NULL;
    cut(&h, ltr_net_frames_left(pass->net, frames));
    ltr_parallel(pass->ctx, pass->n, fill_segment, &h);
    ltr_trunk_forward(pass);
    pass->n = windows->n;
    ltr_parallel(pass->ctx, pass->n, end_window, &h);
    ltr_head_forward(pass);
    ltr_flush_end(saved);
    return pass->value[pass->net->n_layers];
}
