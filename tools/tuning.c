/*
 * tuning.c - which options factorize these plays best
 */
#include "tuning.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "json.h"
#include "listeners.h"
#include "split.h"
#include "term.h"

#define FOLDS 5 /* of which one is kept back */
#define KEPT 3  /* one trial in so many goes on */

/* ---- What is tried ------------------------------------------------------ */

static const double ranks[] = {32, 64, 128};
static const double lambdas[] = {0.005, 0.01, 0.015, 0.02, 0.03, 0.05};
static const double shares[] = {3, 5, 10, 20}; /* of alpha0: factorize.h */
static const double powers[] = {0, 0.25, 0.5};
static const double confidences[] = {LTREC_CONFIDENCE_CONSTANT,
                                     LTREC_CONFIDENCE_LOG};

static const struct dimension {
    const char *option; /* that fixes it */
    const double *values;
    size_t n;
} dimensions[] = {
    {"rank", ranks, sizeof ranks / sizeof ranks[0]},
    {"lambda", lambdas, sizeof lambdas / sizeof lambdas[0]},
    {"alpha0", shares, sizeof shares / sizeof shares[0]},
    {"item-power", powers, sizeof powers / sizeof powers[0]},
    {"confidence", confidences, sizeof confidences / sizeof confidences[0]},
};

#define DIMENSIONS (sizeof dimensions / sizeof dimensions[0])

struct search {
    ltrec_context *ctx;
    const struct args *args;
    struct split split;
    struct listeners listeners;
    double played;               /* part of all pairs */
    double mean_log;             /* log(1 + count), over all pairs */
    uint32_t epochs;             /* of the last round */
    uint64_t done, trial, total; /* of a round, in epochs of rank 1 */
};

static void apply(const struct search *s, size_t dimension, double value,
                  ltrec_factorize_options *o)
{
    switch (dimension) {
    case 0:
        o->rank = (uint32_t)value;
        break;
    case 1:
        o->lambda = value;
        break;
    case 2:
        o->alpha0 = value * s->played;
        break;
    case 3:
        o->item_power = value;
        break;
    default:
        /* Weights have the mean 1 whatever the confidence. */
        o->confidence = (int32_t)value;
        if (o->confidence == LTREC_CONFIDENCE_LOG && s->mean_log > 0 &&
            !args_has(s->args, "alpha"))
            o->alpha = 1 / s->mean_log;
    }
}

/* Point `number` of the grid of what is not fixed. */
static void place(const struct search *s, size_t number,
                  ltrec_factorize_options *o)
{
    for (size_t d = 0; d < DIMENSIONS; d++) {
        if (args_has(s->args, dimensions[d].option))
            continue;
        apply(s, d, dimensions[d].values[number % dimensions[d].n], o);
        number /= dimensions[d].n;
    }
}

static size_t grid_size(const struct search *s)
{
    size_t n = 1;

    for (size_t d = 0; d < DIMENSIONS; d++)
        if (!args_has(s->args, dimensions[d].option))
            n *= dimensions[d].n;
    return n;
}

/* The defaults, and n - 1 points drawn from the grid. */
static int draw(const struct search *s, size_t n,
                const ltrec_factorize_options *options, struct tuning *t,
                ltrec_error *err)
{
    size_t size = grid_size(s);
    uint32_t *order = tool_alloc(size, sizeof *order);
    int status = LTREC_OK;

    t->trials = tool_alloc(n, sizeof *t->trials);
    t->trials[0].options = *options;
    t->n = 1;
    /* As many folds as points: each gets a place of its own. */
    if (size > 1)
        status = ltrec_split_folds(s->ctx, size, NULL, (uint32_t)size,
                                   options->seed, order, err);
    for (size_t i = 0; i < size && t->n < n && status == LTREC_OK; i++) {
        t->trials[t->n].options = *options;
        place(s, order[i], &t->trials[t->n++].options);
    }
    free(order);
    return status;
}

/* ---- One trial ---------------------------------------------------------- */

static int progress(void *user, uint64_t done, uint64_t total)
{
    const struct search *s = user;
    double part = total > 0 ? (double)done / (double)total : 0;

    return term_progress(NULL, s->done + (uint64_t)(part * (double)s->trial),
                         s->total);
}

static int rank_kept(const struct search *s, const ltrec_factors *users,
                     const ltrec_factors *items, struct trial *trial,
                     ltrec_error *err)
{
    const struct listeners *l = &s->listeners;
    size_t rank = ltrec_factors_rank(items);
    float *vectors = tool_alloc(l->n, rank * sizeof *vectors);
    ltrec_evaluation *evaluation = NULL;
    ltrec_evaluation_options options;
    ltrec_ranking_figures f;
    int status;

    for (size_t u = 0; u < l->n; u++) {
        size_t row = 0;

        ltrec_factors_find(users, l->ids[u], &row);
        memcpy(vectors + u * rank, ltrec_factors_vectors(users) + row * rank,
               rank * sizeof *vectors);
    }
    ltrec_evaluation_options_init(&options, sizeof options);
    status = ltrec_evaluation_create(s->ctx, ltrec_factors_count(items),
                                     &options, &evaluation, err);
    if (status == LTREC_OK)
        status = ltrec_evaluation_add_factors(
            evaluation, l->n, vectors, rank, ltrec_factors_vectors(items),
            l->before.offsets, l->before.items, l->after.offsets,
            l->after.items, term_progress_within, NULL, err);
    ltrec_evaluation_figures(evaluation, &f, sizeof f);
    trial->ndcg = f.ndcg_100;
    trial->recall = f.recall_20;
    ltrec_evaluation_free(evaluation);
    free(vectors);
    return status;
}

static int try_one(struct search *s, uint32_t epochs, struct trial *trial,
                   ltrec_error *err)
{
    ltrec_factors *users, *items;
    ltrec_factorize_options o = trial->options;
    double start = tool_now();
    int status;

    o.epochs = epochs;
    o.progress = progress;
    o.user = s;
    s->trial = (uint64_t)epochs * o.rank;
    status =
        ltrec_factorize(s->ctx, s->split.train, &o, &users, &items, NULL, err);
    if (status == LTREC_OK)
        status = rank_kept(s, users, items, trial, err);
    ltrec_factors_free(users);
    ltrec_factors_free(items);
    trial->seconds += tool_now() - start;
    s->done += s->trial;
    return status;
}

/* ---- All of them -------------------------------------------------------- */

/* The best of the last round first; equal ones as they were drawn. */
static void sort(struct trial *trials, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct trial one = trials[i];
        size_t at = i;

        for (; at > 0 && trials[at - 1].ndcg < one.ndcg; at--)
            trials[at] = trials[at - 1];
        trials[at] = one;
    }
}

/* Rounds until no more are left than take part in the last one. */
static size_t count_rounds(size_t n)
{
    size_t rounds = 1;

    for (; n > KEPT; n /= KEPT)
        rounds++;
    return rounds;
}

static int run_round(struct search *s, struct tuning *t, size_t n,
                     size_t round, uint32_t epochs, ltrec_error *err)
{
    int status = LTREC_OK;

    s->done = s->total = 0;
    for (size_t i = 0; i < n; i++)
        s->total += (uint64_t)epochs * t->trials[i].options.rank;
    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        t->trials[i].round = round;
        t->trials[i].epochs = epochs;
        status = try_one(s, epochs, &t->trials[i], err);
    }
    sort(t->trials, n);
    return status;
}

static int run_rounds(struct search *s, struct tuning *t, ltrec_error *err)
{
    size_t rounds = count_rounds(t->n), n = t->n;
    int status = LTREC_OK;

    for (size_t round = 0; round < rounds && status == LTREC_OK; round++) {
        uint32_t epochs = s->epochs >> (rounds - 1 - round);

        status = run_round(s, t, n, round, epochs > 0 ? epochs : 1, err);
        n /= KEPT;
    }
    return status;
}

static double share(const ltrec_interactions *plays)
{
    return (double)ltrec_interactions_n_pairs(plays) /
           (double)ltrec_interactions_n_users(plays) /
           (double)ltrec_interactions_n_items(plays);
}

static void measure(struct search *s, const ltrec_interactions *plays)
{
    size_t n_pairs = ltrec_interactions_n_pairs(plays);
    double sum = 0;

    s->played = share(plays);
    for (size_t u = 0; u < ltrec_interactions_n_users(plays); u++) {
        const uint32_t *items;
        const float *counts;
        size_t n = 0;

        ltrec_interactions_user_row(plays, u, &n, &items, &counts);
        for (size_t i = 0; i < n; i++)
            sum += log1p((double)counts[i]);
    }
    s->mean_log = sum / (double)n_pairs;
}

/*
 * What was best for a part of the plays, for all of them: alpha0 goes with the
 * share that was played, and how much a row is held back by lambda, which
 * grows with its pairs, is best left as it was.
 */
static void carry_over(const struct search *s, const ltrec_interactions *plays,
                       ltrec_factorize_options *options)
{
    double part = (double)ltrec_interactions_n_pairs(s->split.train) /
                  (double)ltrec_interactions_n_pairs(plays);

    if (!args_has(s->args, "alpha0"))
        options->alpha0 *= share(plays) / s->played;
    if (!args_has(s->args, "lambda"))
        options->lambda *= pow(part, options->nu);
}

int tuning_do(ltrec_context *ctx, const ltrec_interactions *plays,
              const struct args *args, size_t n_trials,
              ltrec_factorize_options *options, struct tuning *out,
              ltrec_error *err)
{
    struct search s = {.ctx = ctx, .args = args, .epochs = options->epochs};
    uint32_t epochs = options->epochs;
    int status;

    memset(out, 0, sizeof *out);
    term_doing("tuning");
    status = split_plays(ctx, plays, SPLIT_PAIRS, FOLDS, options->seed,
                         &s.split, err);
    if (status == LTREC_OK)
        status = listeners_find(s.split.train, s.split.train, s.split.test,
                                &s.listeners, err);
    if (status == LTREC_OK) {
        measure(&s, s.split.train);
        status = draw(&s, n_trials, options, out, err);
    }
    if (status == LTREC_OK)
        status = run_rounds(&s, out, err);
    term_done();
    if (status == LTREC_OK) {
        *options = out->trials[0].options;
        options->epochs = epochs;
        carry_over(&s, plays, options);
    } else {
        tuning_free(out);
    }
    split_free(&s.split);
    listeners_free(&s.listeners);
    return status;
}

void tuning_free(struct tuning *tuning)
{
    free(tuning->trials);
    memset(tuning, 0, sizeof *tuning);
}

/* ---- Told --------------------------------------------------------------- */

static const char *confidence_of(const struct trial *trial)
{
    return trial->options.confidence == LTREC_CONFIDENCE_LOG      ? "log"
           : trial->options.confidence == LTREC_CONFIDENCE_LINEAR ? "linear"
                                                                  : "constant";
}

json_t *tuning_json(const struct tuning *tuning)
{
    json_t *array = json_array();

    for (size_t i = 0; i < tuning->n; i++) {
        const struct trial *t = &tuning->trials[i];
        json_t *object = json_object();

        json_put_count(object, "round", t->round + 1);
        json_put_count(object, "epochs", t->epochs);
        json_put_count(object, "rank", t->options.rank);
        json_put_real(object, "lambda", t->options.lambda);
        json_put_real(object, "alpha0", t->options.alpha0);
        json_put_real(object, "alpha", t->options.alpha);
        json_put_real(object, "item_power", t->options.item_power);
        json_put_text(object, "confidence", confidence_of(t));
        json_put_real(object, "ndcg@100", t->ndcg);
        json_put_real(object, "recall@20", t->recall);
        json_put_real(object, "seconds", t->seconds);
        json_push(array, object);
    }
    return array;
}

void tuning_print(const struct tuning *tuning)
{
    static const char *const names[] = {
        ">round", ">epochs",    ">rank",     ">lambda",    ">alpha0", ">alpha",
        ">power", "confidence", ">ndcg@100", ">recall@20", ">seconds"};
    struct term_table *table =
        term_table_create(sizeof names / sizeof names[0], names);

    for (size_t i = 0; i < tuning->n; i++) {
        const struct trial *t = &tuning->trials[i];

        term_table_cell(table, "%zu", t->round + 1);
        term_table_cell(table, "%u", (unsigned)t->epochs);
        term_table_cell(table, "%u", (unsigned)t->options.rank);
        term_table_cell(table, "%g", t->options.lambda);
        if (t->options.alpha0 > 0)
            term_table_cell(table, "%.3g", t->options.alpha0);
        else
            term_table_cell(table, "default");
        term_table_cell(table, "%.3g", t->options.alpha);
        term_table_cell(table, "%g", t->options.item_power);
        term_table_cell(table, "%s", confidence_of(t));
        term_table_cell(table, "%.4f", t->ndcg);
        term_table_cell(table, "%.4f", t->recall);
        term_table_cell(table, "%.1f", t->seconds);
    }
    term_table_print(table);
}
