/*
 * sample.c - who is trained on, who is kept for validation, and the targets
 *
 * Whether a track is kept back is a function of the seed and of its id - or
 * of its artist's or album's, which is then kept back whole - and of those of
 * its copies, so that the order of adding does not matter and every branch
 * keeps back the same.  By time it is a question of which are the newest, a
 * recording being as old as the first of its copies.
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/random.h"
#include "math/sort.h"
#include "nn/layers.h"

#define SPLIT_STREAM 0x73706c6974u /* "split" */
#define LEAST_VALIDATED 5          /* fewer would decide by chance */

/*
 * The least time of release that is kept back: of those whose time is known
 * the newest share, and all of the same time with them.
 */
static int find_cutoff(const ltrec_dataset *d, float share,
                       const uint64_t *times, uint64_t *cutoff)
{
    uint64_t *known = ltr_alloc(d->ctx, d->n, sizeof *known);
    uint64_t *scratch = ltr_alloc(d->ctx, d->n, sizeof *scratch);
    int ready = known && scratch;
    size_t n = 0, back;

    for (size_t row = 0; ready && row < d->n; row++)
        if (times[row] != 0)
            known[n++] = times[row];
    back = (size_t)((double)share * (double)n);
    *cutoff = UINT64_MAX;
    if (ready && back > 0) {
        ltr_sort_keys(known, scratch, n);
        *cutoff = known[n - back];
    }
    ltr_free(d->ctx, known);
    ltr_free(d->ctx, scratch);
    return ready ? LTREC_OK : LTREC_ERR_MEMORY;
}

/* By what each row is kept back or not: its time, or its group. */
struct keys {
    uint64_t *of; /* [rows] */
    uint64_t cutoff;
};

static int find_keys(const struct ltr_lesson *l, struct keys *keys)
{
    const ltrec_dataset *d = l->dataset;
    int status;

    keys->of = ltr_alloc(d->ctx, d->n, sizeof *keys->of);
    if (!keys->of)
        return LTREC_ERR_MEMORY;
    if (l->keeping.split != LTREC_SPLIT_TIME)
        return ltr_dataset_groups(d, l->keeping.split, keys->of);
    status = ltr_dataset_first_times(d, keys->of);
    return status == LTREC_OK
               ? find_cutoff(d, l->keeping.share, keys->of, &keys->cutoff)
               : status;
}

static int is_kept_back(const struct ltr_keeping *keeping,
                        const struct keys *keys, size_t row)
{
    if (keeping->split == LTREC_SPLIT_TIME)
        return keys->of[row] >= keys->cutoff;
    return ltr_random_uniform(keeping->seed, SPLIT_STREAM, keys->of[row]) <
           keeping->share;
}

static int take_memory(const struct ltr_lesson *l, size_t n_out,
                       struct ltr_sample *s)
{
    const ltrec_dataset *d = l->dataset;

    *s = (struct ltr_sample){.ctx = d->ctx, .n_out = n_out};
    s->rows = ltr_alloc(d->ctx, d->n, sizeof *s->rows);
    s->targets = ltr_alloc(d->ctx, d->n, n_out * sizeof *s->targets);
    s->weights = ltr_alloc(d->ctx, d->n, sizeof *s->weights);
    s->groups = ltr_alloc(d->ctx, d->n, sizeof *s->groups);
    if (!s->rows || !s->targets || !s->weights || !s->groups) {
        ltr_sample_free(s);
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    return LTREC_OK;
}

void ltr_sample_free(struct ltr_sample *sample)
{
    ltr_free(sample->ctx, sample->rows);
    ltr_free(sample->ctx, sample->targets);
    ltr_free(sample->ctx, sample->weights);
    ltr_free(sample->ctx, sample->groups);
    sample->groups = NULL;
    sample->rows = NULL;
    sample->targets = sample->weights = NULL;
}

/* Writes a row's target and weight; 0 when it has none. */
typedef int (*write_target)(const ltrec_dataset *d, size_t row, void *arg,
                            float *target, float *weight);

/* Collect the rows that are kept back, or those that are not. */
static void collect(const struct ltr_lesson *l, const struct keys *keys,
                    int kept_back, write_target write, void *arg,
                    struct ltr_watch *watch, struct ltr_sample *s)
{
    const ltrec_dataset *d = l->dataset;

    for (size_t row = 0; row < d->n && !ltr_watch_row(watch, row); row++) {
        if (is_kept_back(&l->keeping, keys, row) != kept_back ||
            !write(d, row, arg, s->targets + s->n * s->n_out,
                   s->weights + s->n))
            continue;
        s->groups[s->n] = d->tracks[row].artist;
        s->rows[s->n++] = (uint32_t)row;
    }
}

/* Behind the sample's rows those that are not kept back, and then those that
 * are if `both`. */
static int gather(const struct ltr_lesson *l, int both, write_target write,
                  void *arg, struct ltr_sample *s)
{
    struct ltr_watch watch = {.options = l->options, .total = l->dataset->n};
    struct keys keys = {0};
    int status = find_keys(l, &keys);

    if (status == LTREC_OK) {
        collect(l, &keys, 0, write, arg, &watch, s);
        s->n_train = s->n;
    }
    if (status == LTREC_OK && both)
        collect(l, &keys, 1, write, arg, &watch, s);
    ltr_free(l->dataset->ctx, keys.of);
    if (status != LTREC_OK)
        return ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    return watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

static int split(const struct ltr_lesson *l, write_target write, void *arg,
                 struct ltr_sample *s)
{
    int status = gather(l, 1, write, arg, s);

    if (status != LTREC_OK) {
        ltr_sample_free(s);
        return status;
    }
    /* Too few to tell anything by: rather train on them as well. */
    if (s->n - s->n_train < LEAST_VALIDATED || s->n_train < LEAST_VALIDATED)
        s->n_train = s->n;
    if (s->n_train >= 2)
        return LTREC_OK;
    ltr_fail(l->err, LTREC_ERR_ARGUMENT,
             "train: %zu tracks have a target, of %u listeners or more, and "
             "what this branch needs, wanted at least 2",
             s->n, (unsigned)l->options->min_plays);
    ltr_sample_free(s);
    return LTREC_ERR_ARGUMENT;
}

int ltr_has_sound(const ltrec_dataset *d, size_t row, void *unused)
{
    (void)unused;
    return d->tracks[row].mel != NULL;
}

/* ---- Factors ------------------------------------------------------------ */

struct by_factors {
    const ltrec_factors *factors;
    const ltrec_train_options *options;
    ltr_eligible eligible;
    void *arg;
};

static float weight_of(const struct by_factors *by, size_t at)
{
    const uint32_t *plays = ltrec_factors_plays(by->factors);
    float kappa = by->options->kappa;

    if (by->options->weighing == LTREC_WEIGHING_TRUST) {
        double norm = (double)ltrec_factors_norms(by->factors)[at];
        double variance = (double)ltrec_factors_variance(by->factors)[at];

        return (float)(norm * norm / (norm * norm + variance));
    }
    return plays && kappa > 0 ? (float)plays[at] / ((float)plays[at] + kappa)
                              : 1;
}

/* Where a row's factor is, unless it is no target. */
static int find_factor(const struct by_factors *by, const ltrec_dataset *d,
                       size_t row, size_t *at)
{
    const uint32_t *plays = ltrec_factors_plays(by->factors);

    return ltrec_factors_find(by->factors, d->ids[row], at) == LTREC_OK &&
           ltrec_factors_norms(by->factors)[*at] > 0 &&
           (!plays || plays[*at] >= by->options->min_plays) &&
           weight_of(by, *at) > 0;
}

static int write_factor(const ltrec_dataset *d, size_t row, void *arg,
                        float *target, float *weight)
{
    const struct by_factors *by = arg;
    size_t rank = ltrec_factors_rank(by->factors), at;

    if (!find_factor(by, d, row, &at) || !by->eligible(d, row, by->arg))
        return 0;
    ltr_unit_forward(ltrec_factors_vectors(by->factors) + at * rank, rank,
                     target);
    *weight = weight_of(by, at);
    return 1;
}

int ltr_sample_factors(const struct ltr_lesson *l, ltr_eligible eligible,
                       void *arg, struct ltr_sample *sample)
{
    struct by_factors by = {l->targets, l->options, eligible, arg};
    int status;

    if (l->options->weighing == LTREC_WEIGHING_TRUST &&
        !ltrec_factors_variance(l->targets))
        return ltr_fail(l->err, LTREC_ERR_ARGUMENT,
                        "train: to be weighed by trust factors must have a "
                        "variance, of ltrec_factorize() with `variance`");
    status = take_memory(l, ltrec_factors_rank(l->targets), sample);
    return status == LTREC_OK ? split(l, write_factor, &by, sample) : status;
}

/* ---- What nobody has played --------------------------------------------- */

static int write_unplayed(const ltrec_dataset *d, size_t row, void *arg,
                          float *target, float *weight)
{
    const struct by_factors *by = arg;
    size_t at;

    if (!d->tracks[row].mel || !d->tracks[row].attributes ||
        find_factor(by, d, row, &at))
        return 0;
    memset(target, 0, ltrec_factors_rank(by->factors) * sizeof *target);
    *weight = 0;
    return 1;
}

int ltr_sample_unplayed(const struct ltr_lesson *l, struct ltr_sample *sample)
{
    struct by_factors by = {l->targets, l->options, NULL, NULL};
    size_t n = sample->n, n_train = sample->n_train;
    int status = gather(l, 0, write_unplayed, &by, sample);

    sample->n_more = sample->n - n;
    sample->n = n;
    sample->n_train = n_train;
    return status;
}

/* ---- Attributes --------------------------------------------------------- */

static int write_attributes(const ltrec_dataset *d, size_t row, void *arg,
                            float *target, float *weight)
{
    const struct ltr_known *known = &d->tracks[row];

    (void)arg;
    if (!known->mel || !known->attributes)
        return 0;
    memcpy(target, known->attributes, d->attributes.n * sizeof *target);
    *weight = 1;
    return 1;
}

int ltr_sample_attributes(const struct ltr_lesson *l,
                          struct ltr_sample *sample)
{
    int status = take_memory(l, l->dataset->attributes.n, sample);

    return status == LTREC_OK ? split(l, write_attributes, NULL, sample)
                              : status;
}
