/*
 * stacking.c - how much of each branch's own answer goes beside the fusion's
 *
 * A fusion learns from what the branches make of tracks that the branches have
 * learnt, and relies the most on those that remember the most.  The tracks
 * that were kept back from all of them say what each is worth for a track that
 * nobody has heard (D. Wolpert, "Stacked generalization", 1992; not below 0,
 * as L. Breiman has it in "Stacked regressions", 1996):
 *
 *     p = f + sum of a[b] u[b],   minimise mean of 1 - cos(p, y) + |a|^2 / 2n
 *
 * over n tracks with f and u[b] the unit answers of the fusion and of the
 * branches.  Where few tracks were kept back it stays near the fusion alone;
 * some thousands are enough for a few numbers.
 */
#include "train/stacking.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "nn/layers.h"
#include "train/beside.h"

#define PARTS (1 + LTR_FUSABLE) /* the first is the fusion */
#define STEPS 500
#define BATCH 64
#define MOST_TRACKS 4096
#define SHRINKAGE 0.5     /* tracks that say: the fusion alone */
#define CLOSE_ENOUGH 1e-9 /* of a loss */

/* What a track says: products of the parts with each other and the target. */
struct opinion {
    double weight;
    double with[PARTS];
    double among[PARTS][PARTS];
};

struct stacking {
    const struct ltr_fit *fit;
    size_t n, rank;
    struct opinion *opinions; /* [n] */
    double weights;
    struct ltr_pass *pass;
    float *features, *answer;
    struct ltr_watch watch; /* counts steps */
};

/* ---- What the tracks say ------------------------------------------------ */

/* The fusion's unit answer to a sample, of which out[rank] is the network's.
 */
static void answer(struct stacking *s, const float *out, size_t i)
{
    const struct ltr_fit *f = s->fit;
    const struct ltr_beside *b = f->beside;

    memcpy(s->answer, out, s->rank * sizeof *out);
    if (b) {
        size_t set = f->features(f->arg, i, LTR_NO_DRAW, s->features);

        ltr_linear_add(b->weights[0] + set * (b->width + 1) * s->rank,
                       s->features, b->width, s->rank, s->answer);
    }
    ltr_unit_forward(s->answer, s->rank, s->answer);
}

static double product(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static void take_opinion(struct stacking *s, size_t i, const float *units)
{
    const struct ltr_sample *sample = s->fit->sample;
    struct opinion *o = &s->opinions[i - sample->n_train];
    const float *parts[PARTS] = {s->answer};

    for (size_t p = 1; p < PARTS; p++)
        parts[p] = units + (p - 1) * s->rank;
    o->weight = (double)sample->weights[i];
    s->weights += o->weight;
    for (size_t p = 0; p < PARTS; p++) {
        o->with[p] =
            product(parts[p], sample->targets + i * sample->n_out, s->rank);
        for (size_t q = 0; q < PARTS; q++)
            o->among[p][q] = product(parts[p], parts[q], s->rank);
    }
}

/* ---- The weights -------------------------------------------------------- */

/* What is minimised, and which way it rises by each a[p]; a[0] is 1. */
static double judge(const struct stacking *s, const double *a, double *slope)
{
    double loss = 0, shrinkage = SHRINKAGE / (double)s->n;

    memset(slope, 0, PARTS * sizeof *slope);
    for (size_t i = 0; i < s->n; i++) {
        const struct opinion *o = &s->opinions[i];
        double dot = 0, square = 0, along[PARTS], length;

        for (size_t p = 0; p < PARTS; p++) {
            along[p] = 0;
            for (size_t q = 0; q < PARTS; q++)
                along[p] += a[q] * o->among[p][q];
            square += a[p] * along[p];
            dot += a[p] * o->with[p];
        }
        length = sqrt(square > 1e-12 ? square : 1e-12);
        loss += o->weight * (1 - dot / length);
        for (size_t p = 0; p < PARTS; p++)
            slope[p] -= o->weight *
                        (o->with[p] - dot * along[p] / (length * length)) /
                        length;
    }
    loss /= s->weights;
    for (size_t p = 1; p < PARTS; p++) {
        slope[p] = slope[p] / s->weights + 2 * shrinkage * a[p];
        loss += shrinkage * a[p] * a[p];
    }
    return loss;
}

/* Downhill, in steps that grow until one would lead up. */
static void descend(struct stacking *s, double *a)
{
    double slope[PARTS], next_slope[PARTS], next[PARTS];
    double loss = judge(s, a, slope), rate = 1;

    while (s->watch.done < s->watch.total && !s->watch.cancelled) {
        double next_loss;

        next[0] = 1;
        for (size_t p = 1; p < PARTS; p++)
            next[p] = fmax(a[p] - rate * slope[p], 0);
        next_loss = judge(s, next, next_slope);
        s->watch.done++;
        ltr_watch_tick(&s->watch);
        if (!(next_loss < loss)) {
            rate /= 4;
            if (rate < CLOSE_ENOUGH)
                return;
            continue;
        }
        memcpy(a, next, PARTS * sizeof *a);
        memcpy(slope, next_slope, PARTS * sizeof *slope);
        if (loss - next_loss < CLOSE_ENOUGH)
            return;
        loss = next_loss;
        rate *= 2;
    }
}

/* ---- All of it ---------------------------------------------------------- */

static int take_memory(struct stacking *s)
{
    const struct ltr_fit *f = s->fit;
    size_t width = f->beside ? f->beside->width : 0;

    s->opinions = ltr_alloc(f->ctx, s->n, sizeof *s->opinions);
    s->answer = ltr_alloc(f->ctx, s->rank, sizeof *s->answer);
    s->features = ltr_alloc(f->ctx, width + 1, sizeof *s->features);
    if (!s->opinions || !s->answer || !s->features)
        return LTREC_ERR_MEMORY;
    return ltr_pass_create(f->ctx, f->net, BATCH, 1, 0, f->options->precision,
                           &s->pass);
}

static void ask_all(struct stacking *s, const float *parameters,
                    const float *units)
{
    const struct ltr_fit *f = s->fit;
    size_t first = f->sample->n_train, size = LTR_FUSABLE * s->rank;

    ltr_pass_hold(s->pass, parameters);
    for (size_t i = 0, n; i < s->n && !s->watch.cancelled; i += n) {
        const float *out;

        n = s->n - i < BATCH ? s->n - i : BATCH;
        for (size_t j = 0; j < n; j++)
            f->fill(f->arg, first + i + j, LTR_NO_DRAW,
                    ltr_pass_input(s->pass, j));
        out = ltr_pass_forward(s->pass, parameters, n, NULL, NULL);
        for (size_t j = 0; j < n; j++) {
            answer(s, out + j * s->rank, first + i + j);
            take_opinion(s, first + i + j, units + (i + j) * size);
        }
        ltr_watch_tick(&s->watch);
    }
}

int ltr_stack(const struct ltr_fit *fit, const float *parameters,
              const float *units, float *stack, ltrec_error *err)
{
    const struct ltr_sample *sample = fit->sample;
    struct stacking s = {.fit = fit,
                         .n = sample->n - sample->n_train,
                         .rank = fit->net->n_out,
                         .watch = {.options = fit->options, .total = STEPS}};
    double a[PARTS] = {1};
    ltr_fpu saved = ltr_flush_begin();
    int status;

    if (s.n > MOST_TRACKS)
        s.n = MOST_TRACKS;
    status = take_memory(&s);
    if (status == LTREC_OK)
        ask_all(&s, parameters, units);
    if (status == LTREC_OK && s.weights > 0)
        descend(&s, a);
    for (size_t i = 0; i < LTR_FUSABLE; i++)
        stack[i] = (float)a[1 + i];
    ltr_flush_end(saved);
    ltr_pass_free(s.pass);
    ltr_free(fit->ctx, s.opinions);
    ltr_free(fit->ctx, s.answer);
    ltr_free(fit->ctx, s.features);
    if (s.watch.cancelled)
        return ltr_fail(err, LTREC_ERR_CANCELLED, "train: cancelled");
    return status == LTREC_OK
               ? LTREC_OK
               : ltr_fail(err, LTREC_ERR_MEMORY, "train: no memory");
}
