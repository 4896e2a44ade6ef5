/*
 * optimise.c - a step along the gradient: Adam, its schedule, decay, and the
 * average of the weights
 *
 * D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
 * with its bias corrections folded into the step; the decay is that of
 * I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR
 * 2019, and so is the cosine.  Biases do not decay.
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "math/kernels.h"

/* As the floats they are in the kernels: the corrections undo these. */
#define BETA1 ((double)0.9f)
#define BETA2 ((double)0.999f)
#define EPSILON 1e-8
#define PIECE 65536 /* parameters a task */
#define LEAST 0.01  /* of the rate, at the end of the cosine */

int ltr_optimiser_create(const struct ltr_fit *fit, size_t steps_per_epoch,
                         float *parameters, struct ltr_optimiser *out)
{
    ltrec_context *ctx = fit->ctx;
    size_t n = fit->net->n_parameters;

    *out = (struct ltr_optimiser){.ctx = ctx,
                                  .net = fit->net,
                                  .options = fit->options,
                                  .kernels = ltr_kernels_for(ctx->cpu),
                                  .steps_per_epoch = steps_per_epoch,
                                  .parameters = parameters};
    out->gradient = ltr_alloc(ctx, n, sizeof *out->gradient);
    out->mean = ltr_alloc(ctx, n, sizeof *out->mean);
    out->square = ltr_alloc(ctx, n, sizeof *out->square);
    if (fit->options->average > 0)
        out->average = ltr_alloc(ctx, n, sizeof *out->average);
    if (out->gradient && out->mean && out->square &&
        (out->average || !(fit->options->average > 0)))
        return LTREC_OK;
    ltr_optimiser_free(out);
    return LTREC_ERR_MEMORY;
}

void ltr_optimiser_free(struct ltr_optimiser *o)
{
    ltr_free(o->ctx, o->gradient);
    ltr_free(o->ctx, o->mean);
    ltr_free(o->ctx, o->square);
    ltr_free(o->ctx, o->average);
    o->gradient = o->mean = o->square = o->average = NULL;
}

const float *ltr_optimiser_weights(const struct ltr_optimiser *o)
{
    return o->average && o->step > 0 ? o->average : o->parameters;
}

double ltr_optimiser_rate(const struct ltr_optimiser *o)
{
    const ltrec_train_options *t = o->options;
    double epoch = ((double)o->step + 1) / (double)o->steps_per_epoch;
    double rate = (double)t->rate, warmup = (double)t->warmup;

    if (epoch < warmup)
        return rate * epoch / warmup;
    if (t->schedule == LTREC_SCHEDULE_COSINE && t->epochs > warmup) {
        double part = (epoch - warmup) / ((double)t->epochs - warmup);

        rate *= LEAST + (1 - LEAST) * (1 + cos(acos(-1) * part)) / 2;
    }
    return rate;
}

/* ---- A step ------------------------------------------------------------- */

/* The weights among parameters `first` to `end` - 1, but for biases. */
static void decay(const struct ltr_optimiser *o, size_t first, size_t end)
{
    float left =
        (float)(1 - ltr_optimiser_rate(o) * (double)o->options->decay);

    for (size_t i = 0; i < o->net->n_layers; i++) {
        const struct ltr_layer *l = &o->net->layers[i];
        size_t from = l->weights > first ? l->weights : first;
        size_t to = l->bias < end ? l->bias : end;

        for (size_t at = from; at < to; at++)
            o->parameters[at] *= left;
    }
}

/*
 * A step is soon made, and to read all weights once more for it is not for
 * nothing: in long epochs it is done every few steps.
 */
static size_t steps_between(const struct ltr_optimiser *o)
{
    size_t steps = o->steps_per_epoch / 16;

    return steps < 1 ? 1 : steps < 16 ? steps : 16;
}

/*
 * At first it goes back a ninth of the way: one that remembers a thousand
 * steps would remember the beginning for most of a short training.
 */
static void follow(struct ltr_optimiser *o, size_t first, size_t end)
{
    double between = (double)steps_between(o);
    double t = (double)o->step / between;
    double most = pow((double)o->options->average, between);
    float keep = (float)fmin(most, t / (t + 9));

    for (size_t i = first; i < end; i++)
        o->average[i] = keep * o->average[i] + (1 - keep) * o->parameters[i];
}

static void step_piece(void *arg, size_t i, size_t worker)
{
    struct ltr_optimiser *o = arg;
    size_t first = i * PIECE, n = o->net->n_parameters - first;

    (void)worker;
    n = n < PIECE ? n : PIECE;
    if (o->options->decay > 0)
        decay(o, first, first + n);
    o->kernels->adam(o->parameters + first, o->mean + first, o->square + first,
                     o->gradient + first, n, &o->adam);
    if (o->average && o->step % steps_between(o) == 0)
        follow(o, first, first + n);
}

void ltr_optimiser_step(struct ltr_optimiser *o)
{
    size_t n = o->net->n_parameters;
    double t = (double)(o->step + 1);
    double correction = sqrt(1 - pow(BETA2, t));

    o->adam = (struct ltr_adam_step){
        .rate =
            (float)(ltr_optimiser_rate(o) * correction / (1 - pow(BETA1, t))),
        .beta1 = (float)BETA1,
        .beta2 = (float)BETA2,
        .epsilon = (float)(EPSILON * correction),
    };
    ltr_parallel(o->ctx, (n + PIECE - 1) / PIECE, step_piece, o);
    o->step++;
}
