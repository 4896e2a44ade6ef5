/*
 * beside_scales.c - how much each branch counts in a regression beside a
 * fusion
 *
 * One penalty for all would have 768 columns of sound learn as much of their
 * noise as 34 attributes do, or these learn as little as those.  So each
 * branch has its own, and each set of inputs has others: how far sound is to
 * be trusted depends on whether attributes are there as well.  They are judged
 * by the tracks that were kept back from all branches, because what is heard
 * of the others, attributes by ear above all, is nearer to the truth than it
 * will ever be for new tracks.  These tracks are few, so that a step is only
 * taken when its mean gain is more than a standard error of that (after the
 * rule by which Breiman and others 1984 prune trees).
 */
#include "train/beside_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"

#define LEAST_JUDGES 10
#define MOST_JUDGES 4096 /* as many as a stack is fitted to */
#define STEP 2           /* a quarter, or four times, of the penalty */
#define MOST 1024        /* times the penalty that there was */
#define SWEEPS 8         /* over the branches, if they do not end before */
#define FEW 64           /* judges between looks at whether to go on */

struct search {
    struct ltr_ridge *ridge;
    uint32_t set;
    float *weights;
    double *was, *now; /* the losses of the tracks that judge */
    size_t n;          /* of them */
};

static size_t count_judges(const struct ltr_ridge *f, uint32_t set)
{
    size_t n = 0;

    for (size_t i = f->sample->n_train; i < f->sample->n && n < MOST_JUDGES;
         i++)
        n += ltr_ridge_has(f, i, set) != 0;
    return n;
}

/* s->now with the scales there are; LTREC_ERR_ARGUMENT where they lead to no
 * solution. */
static int judge(struct search *s)
{
    struct ltr_ridge *f = s->ridge;
    int status =
        ltr_regression_solve(&f->regression, f->beside->penalty, s->weights);
    size_t n = 0;

    for (size_t i = f->sample->n_train; status == LTREC_OK && n < s->n; i++) {
        if (!ltr_ridge_has(f, i, s->set))
            continue;
        if (n % FEW == 0)
            ltr_watch_tick(&f->watch);
        if (f->watch.cancelled)
            status = LTREC_ERR_CANCELLED;
        s->now[n++] = ltr_ridge_loss(f, s->weights, i);
    }
    return status;
}

int ltr_ridge_nearer(const double *was, const double *now, size_t n)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        sum += was[i] - now[i];
    for (size_t i = 0; i < n; i++) {
        double off = was[i] - now[i] - sum / (double)n;

        squares += off * off;
    }
    return sum > sqrt(squares);
}

/* A penalty of less than the least of all is none that floats are solved by.
 */
static int is_possible(const struct ltr_ridge *f, size_t branch)
{
    double scale = (double)f->scales[branch], penalty = f->beside->penalty;

    return penalty / (scale * scale) >= LTR_LEAST_PENALTY &&
           scale * scale * MOST >= 1;
}

/* The scales of some branches times `factor`, if that is nearer. */
static int try_step(struct search *s, uint32_t branches, float factor,
                    int *taken)
{
    float *scales = s->ridge->scales, before[LTR_FUSABLE];
    int status = LTREC_OK, possible = 1;

    memcpy(before, scales, sizeof before);
    for (size_t b = 0; b < LTR_FUSABLE; b++) {
        scales[b] *= branches >> b & 1 ? factor : 1;
        possible &= is_possible(s->ridge, b);
    }
    if (possible) {
        ltr_ridge_weigh(s->ridge, s->set);
        status = judge(s);
    }
    *taken = possible && status == LTREC_OK &&
             ltr_ridge_nearer(s->was, s->now, s->n);
    if (*taken) {
        double *now = s->now;

        s->now = s->was;
        s->was = now;
    } else {
        memcpy(scales, before, sizeof before);
    }
    return status == LTREC_ERR_ARGUMENT ? LTREC_OK : status;
}

/* As far as it goes, down or else up. */
static int walk(struct search *s, uint32_t branches, int *moved)
{
    static const float factors[] = {1.0f / STEP, STEP};
    int status = LTREC_OK, steps = 0;

    for (size_t i = 0; i < 2 && steps == 0; i++) {
        int taken = 1;

        while (taken && status == LTREC_OK) {
            status = try_step(s, branches, factors[i], &taken);
            steps += taken;
        }
    }
    *moved |= steps > 0;
    return status;
}

/* All branches, and then each. */
static int sweep(struct search *s, int *moved)
{
    int status = walk(s, s->set, moved);

    for (uint32_t bit = 1; bit != 0 && bit <= s->set; bit <<= 1)
        if ((s->set & bit) && s->set != bit && status == LTREC_OK)
            status = walk(s, bit, moved);
    return status;
}

int ltr_ridge_scale(struct ltr_ridge *f, uint32_t set, float *weights)
{
    size_t n = count_judges(f, set);
    struct search s = {.ridge = f, .set = set, .weights = weights, .n = n};
    double *losses;
    int status, moved = 1;

    if (n < LEAST_JUDGES ||
        ltr_ridge_gather(f, LTR_BESIDE_ALL, set) < LTR_BESIDE_LEAST)
        return LTREC_OK;
    losses = ltr_alloc(f->lesson->ctx, n, 2 * sizeof *losses);
    if (!losses)
        return LTREC_ERR_MEMORY;
    s.now = losses;
    s.was = losses + n;
    status = judge(&s);
    memcpy(s.was, s.now, n * sizeof *s.was);
    for (size_t i = 0; i < SWEEPS && moved && status == LTREC_OK; i++) {
        moved = 0;
        status = sweep(&s, &moved);
    }
    ltr_free(f->lesson->ctx, losses);
    return status == LTREC_ERR_ARGUMENT ? LTREC_OK : status;
}
