/*
 * windows.c - one long sequence, heard in windows or as a whole
 *
 * The trunk runs over segments of the sequence, each a sample to it, of such
 * a length that what they leave lies frame after frame without a gap.  Where
 * segments meet, the few frames that both need are heard twice.
 *
 * Of windows all segments are there at once, and each window pools its own
 * stretch.  A whole sequence of any length goes through by a few segments at a
 * time, of which only what was pooled stays.
 */
#include "base/context.h"
#include "base/fpu.h"
#include "base/pool.h"
#include "nn/layers.h"
#include "nn/pass_parts.h"

/* Frames that a segment leaves: more would not stay in a cache, and of fewer
 * too much would be heard twice. */
#define MOST_LEFT LTR_WHOLE_BLOCK
#define LEAST_LEFT 24

/* Segments of a whole sequence at a time, one a worker: with so many a pass
 * has the memory of one over sixteen windows of 35 s, and more workers would
 * take more of it (docs/speed.md). */
#define MOST_SEGMENTS 8

struct hearing {
    struct ltr_pass *pass;
    const struct ltr_windows *windows;
    size_t left;  /* frames that a segment leaves */
    size_t first; /* the segment that is the first sample */
};

static void fill_segment(void *arg, size_t i, size_t worker)
{
    struct hearing *h = arg;
    struct ltr_pass *pass = h->pass;
    size_t start = (h->first + i) * h->left * ltr_net_stride(pass->net);

    (void)worker;
    pass->n_frames[i] = pass->frames[0];
    h->windows->fill(h->windows->arg, h->windows->starts[0] + start,
                     pass->frames[0], ltr_pass_input(pass, i));
}

/* ---- In windows --------------------------------------------------------- */

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

/* ---- As a whole --------------------------------------------------------- */

int ltr_pass_create_whole(ltrec_context *ctx, const struct ltr_net *net,
                          int32_t precision, struct ltr_pass **out)
{
    size_t workers = ltr_workers(ctx);
    size_t segments = workers < MOST_SEGMENTS ? workers : MOST_SEGMENTS;
    struct ltr_pass *pass = ltr_pass_begin(ctx, net, segments, 0, precision);

    *out = NULL;
    if (!pass)
        return LTREC_ERR_MEMORY;
    pass->windowed = 1;
    pass->pooled = ltr_alloc(ctx, ltr_net_pooled(net), sizeof *pass->pooled);
    if (!pass->pooled) {
        ltr_pass_free(pass);
        return LTREC_ERR_MEMORY;
    }
    ltr_pass_shape(pass, ltr_net_frames_for(net, MOST_LEFT));
    ltr_pass_widen(pass, segments);
    return ltr_pass_complete(pass, out);
}

/* The frames of `left` that segment i has: the last may lack some. */
static size_t frames_of(const struct hearing *h, size_t i, size_t left)
{
    size_t rest = left - i * h->left;

    return rest < h->left ? rest : h->left;
}

static void sum_segment(void *arg, size_t i, size_t worker)
{
    struct hearing *h = arg;
    struct ltr_pass *pass = h->pass;
    size_t last = pass->net->n_trunk - 1;
    const struct ltr_layer *layer = &pass->net->layers[last];
    size_t left = ltr_net_frames_left(pass->net, h->windows->frames);

    (void)worker;
    ltr_global_pool_sum(pass->value[last] + i * pass->stride[last],
                        frames_of(h, h->first + i, left), layer->n_in,
                        pass->value[last + 1] + i * layer->n_out);
}

/* In the order of the segments, by however many they were heard at a time. */
static void join_segments(const struct hearing *h)
{
    const struct ltr_pass *pass = h->pass;
    size_t pooled = ltr_net_pooled(pass->net);
    const float *sums = pass->value[pass->net->n_trunk];

    for (size_t i = 0; i < pass->n; i++, sums += pooled)
        if (h->first + i > 0)
            ltr_global_pool_join(pass->pooled, sums, pooled / 3);
        else
            for (size_t j = 0; j < pooled; j++)
                pass->pooled[j] = (double)sums[j];
}

static void end_whole(struct ltr_pass *pass, size_t left)
{
    size_t pooled = ltr_net_pooled(pass->net);
    float *y = pass->value[pass->net->n_trunk];

    for (size_t i = 0; i < pooled; i++)
        y[i] = (float)pass->pooled[i];
    ltr_global_pool_end(y, left, pooled / 3);
}

/*
 * Segments are as long as the length of the sequence has it, and not the
 * number of workers: each is a sum of its own, which shows in the bits.
 */
const float *ltr_pass_whole(struct ltr_pass *pass, const float *parameters,
                            const struct ltr_windows *windows)
{
    struct hearing h = {.pass = pass, .windows = windows};
    size_t left = ltr_net_frames_left(pass->net, windows->frames);
    size_t segments = (left + MOST_LEFT - 1) / MOST_LEFT;
    ltr_fpu saved = ltr_flush_begin();

    pass->parameters = parameters;
    pass->noise = NULL;
    h.left = (left + segments - 1) / segments;
    segments = (left + h.left - 1) / h.left;
    ltr_pass_shape(pass, ltr_net_frames_for(pass->net, h.left));
    for (; h.first < segments; h.first += pass->n) {
        size_t rest = segments - h.first;

        pass->n = rest < pass->batch ? rest : pass->batch;
        ltr_parallel(pass->ctx, pass->n, fill_segment, &h);
        ltr_trunk_forward(pass);
        ltr_parallel(pass->ctx, pass->n, sum_segment, &h);
        join_segments(&h);
    }
    pass->n = 1;
    end_whole(pass, left);
    ltr_head_forward(pass);
    ltr_flush_end(saved);
    return pass->value[pass->net->n_layers];
}
