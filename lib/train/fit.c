/*
 * fit.c - the loop: batches, Adam, validation, and the best epoch's weights
 *
 * D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
 * with its bias corrections folded into the step.
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/random.h"
#include "math/kernels.h"

/* As the floats they are in the kernels: the corrections undo these. */
#define BETA1 ((double)0.9f)
#define BETA2 ((double)0.999f)
#define EPSILON 1e-8
#define PIECE 65536 /* parameters a task */

/* What a stream of random numbers is for. */
enum {
    INITIAL,
    ORDER,
    NOISE,
    PURPOSES
};

struct state {
    const struct ltr_fit *fit;
    const struct ltr_kernels *kernels;
    struct ltr_pass *pass;
    float *parameters; /* [n_parameters], and so are the next four */
    float *gradient, *mean, *square, *best;
    float *d_out;    /* [batch][n_out] */
    size_t *order;   /* [n_train * repeats], samples */
    size_t *batch;   /* [batch], samples of this one */
    uint64_t *draws; /* [batch] */
    size_t *frames;  /* [batch] */
    size_t n_batch;
    uint64_t step;
    struct ltr_adam_step adam;
    struct ltr_watch watch; /* counts batches trained on */
};

/* ---- Memory ------------------------------------------------------------- */

static void free_state(struct state *s)
{
    ltrec_context *ctx = s->fit->ctx;

    ltr_pass_free(s->pass);
    ltr_free(ctx, s->gradient);
    ltr_free(ctx, s->mean);
    ltr_free(ctx, s->square);
    ltr_free(ctx, s->best);
    ltr_free(ctx, s->d_out);
    ltr_free(ctx, s->order);
    ltr_free(ctx, s->batch);
    ltr_free(ctx, s->draws);
    ltr_free(ctx, s->frames);
}

static int take_memory(struct state *s)
{
    const struct ltr_fit *f = s->fit;
    size_t n = f->net->n_parameters;
    ltrec_context *ctx = f->ctx;

    s->gradient = ltr_alloc(ctx, n, sizeof *s->gradient);
    s->mean = ltr_alloc(ctx, n, sizeof *s->mean);
    s->square = ltr_alloc(ctx, n, sizeof *s->square);
    s->best = ltr_alloc(ctx, n, sizeof *s->best);
    s->d_out = ltr_alloc(ctx, f->batch, f->net->n_out * sizeof *s->d_out);
    s->order =
        ltr_alloc(ctx, f->sample->n_train, f->repeats * sizeof *s->order);
    s->batch = ltr_alloc(ctx, f->batch, sizeof *s->batch);
    s->draws = ltr_alloc(ctx, f->batch, sizeof *s->draws);
    s->frames = ltr_alloc(ctx, f->batch, sizeof *s->frames);
    if (!s->gradient || !s->mean || !s->square || !s->best || !s->d_out ||
        !s->order || !s->batch || !s->draws || !s->frames)
        return LTREC_ERR_MEMORY;
    ltr_watch_tick(&s->watch); /* hundreds of MB on either side */
    return ltr_pass_create(ctx, f->net, f->batch, f->most_frames, 1, &s->pass);
}

static uint64_t stream_of(const struct ltr_fit *f, int purpose)
{
    return f->stream * PURPOSES + (uint64_t)purpose;
}

/* Ten million numbers take a second: shared out, and reported. */
static void initialise_piece(void *arg, size_t i, size_t worker)
{
    struct state *s = arg;
    const struct ltr_net *net = s->fit->net;
    size_t first = i * PIECE, left = net->n_parameters - first;
    uint64_t seed =
        ltr_random_bits(s->fit->options->seed, stream_of(s->fit, INITIAL), 0);

    ltr_net_initialise_part(net, seed, first, left < PIECE ? left : PIECE,
                            s->parameters);
    if (worker == 0)
        ltr_watch_tick(&s->watch);
}

/* ---- A batch ------------------------------------------------------------ */

static void fill_one(void *arg, size_t i, size_t worker)
{
    struct state *s = arg;
    const struct ltr_fit *f = s->fit;

    s->frames[i] =
        f->fill(f->arg, s->batch[i], s->draws[i], ltr_pass_input(s->pass, i));
    if (worker == 0)
        ltr_watch_tick(&s->watch);
}

/* Run the samples in s->batch; their weighted loss, and of their weights. */
static double run_batch(struct state *s, const struct ltr_noise *noise,
                        double *total_weight)
{
    const struct ltr_fit *f = s->fit;
    size_t n_out = f->net->n_out;
    double loss = 0, weights = 0;
    const float *out;

    ltr_parallel(f->ctx, s->n_batch, fill_one, s);
    out =
        ltr_pass_forward(s->pass, s->parameters, s->n_batch, s->frames, noise);
    for (size_t i = 0; i < s->n_batch; i++)
        weights += (double)f->sample->weights[s->batch[i]];
    for (size_t i = 0; i < s->n_batch; i++)
        loss +=
            f->loss(out + i * n_out, f->sample->targets + s->batch[i] * n_out,
                    n_out, (double)f->sample->weights[s->batch[i]] / weights,
                    s->d_out + i * n_out);
    *total_weight += weights;
    return loss * weights;
}

static void update_piece(void *arg, size_t i, size_t worker)
{
    struct state *s = arg;
    size_t first = i * PIECE, n = s->fit->net->n_parameters - first;

    (void)worker;
    s->kernels->adam(s->parameters + first, s->mean + first, s->square + first,
                     s->gradient + first, n < PIECE ? n : PIECE, &s->adam);
}

static void update(struct state *s)
{
    size_t n = s->fit->net->n_parameters;
    double t = (double)(s->step + 1);
    double correction = sqrt(1 - pow(BETA2, t));

    s->adam = (struct ltr_adam_step){
        .rate = (float)((double)s->fit->options->rate * correction /
                        (1 - pow(BETA1, t))),
        .beta1 = (float)BETA1,
        .beta2 = (float)BETA2,
        .epsilon = (float)(EPSILON * correction),
    };
    ltr_pass_backward(s->pass, s->parameters, s->d_out, s->gradient);
    ltr_parallel(s->fit->ctx, (n + PIECE - 1) / PIECE, update_piece, s);
    s->step++;
}

/* ---- An epoch ----------------------------------------------------------- */

static double train_epoch(struct state *s, uint64_t epoch)
{
    const struct ltr_fit *f = s->fit;
    size_t n = f->sample->n_train * f->repeats;
    double loss = 0, weights = 0;

    ltr_random_shuffle(f->options->seed, stream_of(f, ORDER) + (epoch << 32),
                       s->order, n);
    for (size_t first = 0; first < n && !s->watch.cancelled;
         first += f->batch) {
        struct ltr_noise noise = {
            f->options->seed, s->step * PURPOSES + NOISE + (f->stream << 40)};

        s->n_batch = n - first < f->batch ? n - first : f->batch;
        for (size_t i = 0; i < s->n_batch; i++) {
            s->batch[i] = s->order[first + i] % f->sample->n_train;
            s->draws[i] = epoch * n + s->order[first + i];
        }
        loss += run_batch(s, &noise, &weights);
        if (s->watch.cancelled)
            break;
        update(s);
        s->watch.done++;
        ltr_watch_tick(&s->watch);
    }
    return loss / weights;
}

static double validate(struct state *s)
{
    const struct ltr_sample *sample = s->fit->sample;
    double loss = 0, weights = 0;

    for (size_t first = sample->n_train;
         first < sample->n && !s->watch.cancelled; first += s->fit->batch) {
        s->n_batch = sample->n - first < s->fit->batch ? sample->n - first
                                                       : s->fit->batch;
        for (size_t i = 0; i < s->n_batch; i++) {
            s->batch[i] = first + i;
            s->draws[i] = LTR_NO_DRAW;
        }
        loss += run_batch(s, NULL, &weights);
        ltr_watch_tick(&s->watch);
    }
    return loss / weights;
}

/* ---- All of them -------------------------------------------------------- */

static int run_epochs(struct state *s, ltrec_train_report *report,
                      ltrec_error *err)
{
    const struct ltr_fit *f = s->fit;
    const ltrec_train_options *o = f->options;
    size_t bytes = f->net->n_parameters * sizeof *s->best;
    int validated = f->sample->n > f->sample->n_train;

    report->validation_loss = HUGE_VAL;
    for (uint32_t epoch = 0; epoch < o->epochs; epoch++) {
        double train = train_epoch(s, epoch);
        double loss = validated ? validate(s) : train;

        if (s->watch.cancelled)
            return ltr_fail(err, LTREC_ERR_CANCELLED, "train: cancelled");
        if (!isfinite(loss))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "train: the loss is not finite in epoch %u; try "
                            "a smaller rate",
                            (unsigned)epoch + 1);
        report->epochs = epoch + 1;
        report->train_loss = train;
        if (loss < report->validation_loss) {
            report->validation_loss = loss;
            report->best_epoch = epoch + 1;
            memcpy(s->best, s->parameters, bytes);
        }
        if (o->epoch && !f->quiet &&
            o->epoch(o->user, epoch + 1, train, loss) != 0)
            return ltr_fail(err, LTREC_ERR_CANCELLED, "train: cancelled");
        if (epoch + 1 - report->best_epoch >= o->patience)
            break;
    }
    memcpy(s->parameters, s->best, bytes);
    return LTREC_OK;
}

/* A batch of more than there is would only take memory. */
static size_t batch_of(const struct ltr_fit *fit)
{
    size_t train = fit->sample->n_train * fit->repeats;
    size_t validation = fit->sample->n - fit->sample->n_train;
    size_t most = train > validation ? train : validation;

    return fit->batch < most ? fit->batch : most;
}

int ltr_fit_run(const struct ltr_fit *asked, float *parameters,
                ltrec_train_report *report, ltrec_error *err)
{
    struct ltr_fit own = *asked;
    const struct ltr_fit *fit = &own;
    struct state s = {.fit = fit,
                      .kernels = ltr_kernels_for(fit->ctx->cpu),
                      .parameters = parameters};
    size_t train = fit->sample->n_train * fit->repeats;
    size_t n = fit->net->n_parameters;
    int status;

    own.batch = batch_of(asked);
    s.watch.options = fit->options;
    s.watch.total =
        (train + fit->batch - 1) / fit->batch * fit->options->epochs;
    ltr_watch_tick(&s.watch);
    status = take_memory(&s);
    ltr_watch_tick(&s.watch);
    if (status != LTREC_OK) {
        ltr_fail(err, status, "train: no memory");
    } else {
        ltr_pass_watch(s.pass, ltr_watch_tick, &s.watch);
        ltr_parallel(fit->ctx, (n + PIECE - 1) / PIECE, initialise_piece, &s);
        report->n_train = fit->sample->n_train;
        report->n_validation = fit->sample->n - fit->sample->n_train;
        report->n_parameters = n;
        status = run_epochs(&s, report, err);
    }
    free_state(&s);
    return status;
}
