/*
 * beside.c - the linear path beside a network, by ridge regression
 *
 * A network that adds to what a regression says starts where the regression
 * ends.  But a regression knows its own tracks too well: with more columns
 * than tracks there would be nothing left for the network to learn.  So the
 * tracks are dealt into folds, artists kept together, and while training each
 * track is beside the regression of the other folds; validation and use are
 * beside that of all.  The first fold also chooses the penalty.
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/random.h"
#include "math/gemm.h"
#include "math/solve.h"
#include "nn/layers.h"

#define FOLD_STREAM 0x726964676520u /* "ridge " */
#define MOST_UNKNOWNS 8192          /* half a gigabyte of equations */

static const double penalties[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000};
#define N_PENALTIES (sizeof penalties / sizeof penalties[0])

struct regression {
    const struct ltr_lesson *lesson;
    const struct ltr_sample *sample;
    const struct ltr_beside_inputs *inputs;
    size_t d, k;
    float *x;            /* [n_train][d], standardised */
    float *mean, *scale; /* [d] */
    size_t n;            /* rows of the regression at hand */
    float *rows;         /* [n][d] of x */
    float *targets;      /* [n][k], less their mean */
    double *centre;      /* [k] */
    int dual;            /* fewer rows than columns */
    size_t m;            /* unknowns: d, or n when dual */
    float *products;     /* [m][m], of columns or rows among themselves */
    float *right;        /* [m][k], and its answers */
    float *answers;
    double *gram;   /* [m][m] */
    double *column; /* [m] */
};

static int take_memory(struct regression *r)
{
    ltrec_context *ctx = r->lesson->ctx;
    size_t n = r->sample->n_train, m = n < r->d ? n : r->d;

    r->x = ltr_alloc(ctx, n, r->d * sizeof *r->x);
    r->mean = ltr_alloc(ctx, r->d, sizeof *r->mean);
    r->scale = ltr_alloc(ctx, r->d, sizeof *r->scale);
    r->rows = ltr_alloc(ctx, n, r->d * sizeof *r->rows);
    r->targets = ltr_alloc(ctx, n, r->k * sizeof *r->targets);
    r->centre = ltr_alloc(ctx, r->k, sizeof *r->centre);
    r->products = ltr_alloc(ctx, m, m * sizeof *r->products);
    r->right = ltr_alloc(ctx, m, r->k * sizeof *r->right);
    r->answers = ltr_alloc(ctx, m, r->k * sizeof *r->answers);
    r->gram = ltr_alloc(ctx, m, m * sizeof *r->gram);
    r->column = ltr_alloc(ctx, m, sizeof *r->column);
    if (!r->x || !r->mean || !r->scale || !r->rows || !r->targets ||
        !r->centre || !r->products || !r->right || !r->answers || !r->gram ||
        !r->column)
        return LTREC_ERR_MEMORY;
    ltr_gemm_prepare(ctx);
    return LTREC_OK;
}

static void free_regression(struct regression *r)
{
    ltrec_context *ctx = r->lesson->ctx;

    ltr_free(ctx, r->x);
    ltr_free(ctx, r->mean);
    ltr_free(ctx, r->scale);
    ltr_free(ctx, r->rows);
    ltr_free(ctx, r->targets);
    ltr_free(ctx, r->centre);
    ltr_free(ctx, r->products);
    ltr_free(ctx, r->right);
    ltr_free(ctx, r->answers);
    ltr_free(ctx, r->gram);
    ltr_free(ctx, r->column);
}

static int standardise(struct regression *r, const float *features)
{
    ltrec_context *ctx = r->lesson->ctx;
    size_t n = r->sample->n_train;
    double *sums = ltr_alloc(ctx, 2 * r->d, sizeof *sums);
    uint64_t *counts = ltr_alloc(ctx, r->d, sizeof *counts);

    if (sums && counts) {
        for (size_t i = 0; i < n * r->d; i++) {
            double x = (double)features[i];

            counts[i % r->d]++;
            sums[i % r->d] += x;
            sums[r->d + i % r->d] += x * x;
        }
        ltr_standardise(sums, sums + r->d, counts, r->d, r->mean, r->scale);
        for (size_t i = 0; i < n * r->d; i++)
            r->x[i] = (features[i] - r->mean[i % r->d]) * r->scale[i % r->d];
    }
    ltr_free(ctx, sums);
    ltr_free(ctx, counts);
    return sums && counts ? LTREC_OK : LTREC_ERR_MEMORY;
}

/* ---- The equations ------------------------------------------------------ */

/* Whether a track has all the inputs of a set. */
static int has_all(const struct regression *r, size_t i, uint32_t set)
{
    return set == 0 || (r->inputs->present[i] & set) == set;
}

/* A row without the columns that are not of the set. */
static void copy_row(const struct regression *r, size_t i, uint32_t set,
                     float *to)
{
    memcpy(to, r->x + i * r->d, r->d * sizeof *to);
    for (size_t j = 0; set != 0 && j < r->d; j++)
        if (!(set >> r->inputs->branch[j] & 1))
            to[j] = 0;
}

/* The rows outside `fold`, which may be none's, and their targets. */
static void gather(struct regression *r, const uint8_t *folds, uint8_t fold,
                   uint32_t set)
{
    const struct ltr_sample *s = r->sample;

    r->n = 0;
    memset(r->centre, 0, r->k * sizeof *r->centre);
    for (size_t i = 0; i < s->n_train; i++) {
        const float *y = s->targets + i * s->n_out;

        if (folds[i] == fold || !has_all(r, i, set))
            continue;
        copy_row(r, i, set, r->rows + r->n * r->d);
        memcpy(r->targets + r->n * r->k, y, r->k * sizeof *y);
        for (size_t j = 0; j < r->k; j++)
            r->centre[j] += (double)y[j];
        r->n++;
    }
    for (size_t j = 0; r->n > 0 && j < r->k; j++)
        r->centre[j] /= (double)r->n;
    for (size_t i = 0; i < r->n * r->k; i++)
        r->targets[i] -= (float)r->centre[i % r->k];
}

/* X'X and X'Y, or XX' and Y where that is less. */
static void multiply(struct regression *r)
{
    ltrec_context *ctx = r->lesson->ctx;
    struct ltr_operand x = ltr_plain(r->rows, r->d);
    struct ltr_operand back = ltr_transposed(r->rows, r->d);

    r->dual = r->n < r->d;
    r->m = r->dual ? r->n : r->d;
    if (r->dual) {
        ltr_gemm(ctx, r->n, r->n, r->d, x, back, r->products, r->n, false);
        memcpy(r->right, r->targets, r->n * r->k * sizeof *r->right);
    } else {
        ltr_gemm(ctx, r->d, r->d, r->n, back, x, r->products, r->d, false);
        ltr_gemm(ctx, r->d, r->k, r->n, back, ltr_plain(r->targets, r->k),
                 r->right, r->k, false);
    }
}

/* What the equations say, [m][k]; 0 when they say nothing. */
static int solve_all(struct regression *r, double penalty)
{
    for (size_t i = 0; i < r->m * r->m; i++)
        r->gram[i] = (double)r->products[i];
    for (size_t i = 0; i < r->m; i++)
        r->gram[i * r->m + i] += penalty;
    if (ltr_cholesky(r->gram, r->m) != 0)
        return 0;
    for (size_t c = 0; c < r->k; c++) {
        for (size_t i = 0; i < r->m; i++)
            r->column[i] = (double)r->right[i * r->k + c];
        ltr_cholesky_solve(r->gram, r->m, r->column);
        for (size_t i = 0; i < r->m; i++)
            r->answers[i * r->k + c] = (float)r->column[i];
    }
    return 1;
}

/* Into weights[d + 1][k], for features as they are; 0 on failure. */
static int solve(struct regression *r, double penalty, float *weights)
{
    if (!solve_all(r, penalty))
        return 0;
    if (r->dual)
        ltr_gemm(r->lesson->ctx, r->d, r->k, r->n,
                 ltr_transposed(r->rows, r->d), ltr_plain(r->answers, r->k),
                 weights, r->k, false);
    else
        memcpy(weights, r->answers, r->d * r->k * sizeof *weights);
    for (size_t c = 0; c < r->k; c++) {
        double intercept = r->centre[c];

        for (size_t j = 0; j < r->d; j++) {
            float *w = &weights[j * r->k + c];

            *w *= r->scale[j];
            intercept -= (double)*w * (double)r->mean[j];
        }
        weights[r->d * r->k + c] = (float)intercept;
    }
    return 1;
}

/* ---- The penalty -------------------------------------------------------- */

static double judge(const struct regression *r, const uint8_t *folds,
                    uint32_t set, const float *weights, float *guess)
{
    const float *features = r->inputs->features;
    const struct ltr_sample *s = r->sample;
    double loss = 0;

    for (size_t i = 0; i < s->n_train; i++) {
        if (folds[i] != 1 || !has_all(r, i, set))
            continue;
        memset(guess, 0, r->k * sizeof *guess);
        ltr_linear_add(weights, features + i * r->d, r->d, r->k, guess);
        loss += ltr_cosine_loss(guess, s->targets + i * s->n_out, r->k,
                                (double)s->weights[i], NULL);
    }
    return loss;
}

/*
 * The one with which the others say most of the first fold, by all inputs at
 * once.  Its weights are only for looking: they are made again.
 */
static int choose_penalty(struct regression *r, const struct ltr_beside *b,
                          double *penalty)
{
    uint32_t set = r->inputs->fused;
    ltrec_context *ctx = r->lesson->ctx;
    float *guess = ltr_alloc(ctx, r->k, sizeof *guess);
    double least = HUGE_VAL;

    *penalty = penalties[N_PENALTIES - 1];
    if (!guess)
        return LTREC_ERR_MEMORY;
    gather(r, b->fold, 1, set);
    if (r->n >= 2 && r->n < r->sample->n_train) {
        multiply(r);
        for (size_t i = 0; i < N_PENALTIES; i++) {
            double loss;

            if (!solve(r, penalties[i], b->weights[1]))
                continue;
            loss = judge(r, b->fold, set, b->weights[1], guess);
            if (loss < least)
                *penalty = penalties[i];
            least = fmin(loss, least);
        }
    }
    ltr_free(ctx, guess);
    return LTREC_OK;
}

/* ---- All of it ---------------------------------------------------------- */

static void deal(const struct ltr_lesson *l, const struct ltr_sample *s,
                 struct ltr_beside *b)
{
    const ltrec_dataset *d = l->dataset;

    for (size_t i = 0; i < s->n; i++) {
        size_t row = s->rows[i];
        uint64_t key =
            d->tracks[row].artist ? d->tracks[row].artist : d->ids[row];

        b->fold[i] =
            i < s->n_train
                ? (uint8_t)(1 + ltr_random_below(l->options->seed, FOLD_STREAM,
                                                 key, LTR_BESIDE_FOLDS))
                : 0;
    }
}

/* The i-th of the sets of inputs: the bits of i + 1, spread over `fused`. */
static uint32_t set_of(uint32_t fused, size_t i)
{
    uint32_t set = 0;
    size_t bits = i + 1;

    for (uint32_t bit = 1; bit != 0 && bit <= fused; bit <<= 1)
        if (fused & bit) {
            set |= bits & 1 ? bit : 0;
            bits >>= 1;
        }
    return set;
}

/* Too few that have these inputs: then nothing better than their mean. */
static int regress_set(struct regression *r, const struct ltr_beside *b,
                       size_t i, double penalty)
{
    uint32_t set = set_of(r->inputs->fused, i);
    size_t size = (b->width + 1) * b->n_out;

    for (uint8_t fold = 0; fold <= LTR_BESIDE_FOLDS; fold++) {
        gather(r, b->fold, fold, set);
        if (r->n < 2) /* all by one artist: beside nothing better */
            gather(r, b->fold, 0, set);
        if (r->n < 2)
            gather(r, b->fold, fold, 0);
        multiply(r);
        if (!solve(r, penalty, b->weights[fold] + i * size))
            return ltr_fail(r->lesson->err, LTREC_ERR_ARGUMENT,
                            "train: the regression beside the network has "
                            "no solution");
    }
    return LTREC_OK;
}

static int regress(struct regression *r, struct ltr_beside *b)
{
    double penalty;
    int status = standardise(r, r->inputs->features);

    if (status == LTREC_OK)
        status = choose_penalty(r, b, &penalty);
    for (size_t i = 0; status == LTREC_OK && i < b->n_sets; i++)
        status = regress_set(r, b, i, penalty);
    return status;
}

/* The mean target alone, which no track changes by much. */
static void centre(const struct ltr_sample *s, struct ltr_beside *b)
{
    for (size_t fold = 0; fold <= LTR_BESIDE_FOLDS; fold++) {
        for (size_t j = 0; j < b->n_out; j++) {
            size_t size = (b->width + 1) * b->n_out;
            float *at = b->weights[fold] + b->width * b->n_out + j;
            double sum = 0;

            for (size_t i = 0; i < s->n_train; i++)
                sum += (double)s->targets[i * s->n_out + j];
            for (size_t set = 0; set < b->n_sets; set++)
                at[set * size] = (float)(sum / (double)s->n_train);
        }
    }
}

static size_t count_sets(uint32_t fused)
{
    size_t n = 1;

    for (; fused; fused &= fused - 1)
        n *= 2;
    return n > 1 ? n - 1 : 1; /* nothing at all is no set */
}

static int take_weights(const struct ltr_lesson *l, const struct ltr_sample *s,
                        struct ltr_beside *out)
{
    size_t n = out->n_sets * (out->width + 1);
    int status = LTREC_OK;

    out->fold = ltr_alloc(l->ctx, s->n, 1);
    for (size_t i = 0; i <= LTR_BESIDE_FOLDS; i++) {
        out->weights[i] = ltr_alloc(l->ctx, n, out->n_out * sizeof(float));
        if (!out->weights[i])
            status = LTREC_ERR_MEMORY;
    }
    return out->fold && status == LTREC_OK
               ? LTREC_OK
               : ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
}

int ltr_beside_create(const struct ltr_lesson *l, const struct ltr_sample *s,
                      const struct ltr_beside_inputs *inputs,
                      struct ltr_beside *out)
{
    struct regression r = {.lesson = l,
                           .sample = s,
                           .inputs = inputs,
                           .d = inputs->width,
                           .k = l->rank};
    size_t least = s->n_train < inputs->width ? s->n_train : inputs->width;
    int status;

    *out = (struct ltr_beside){.ctx = l->ctx,
                               .width = inputs->width,
                               .n_out = l->rank,
                               .n_sets = count_sets(inputs->fused)};
    status = take_weights(l, s, out);
    if (status != LTREC_OK)
        return status;
    deal(l, s, out);
    if (l->options->linear == LTREC_LINEAR_MEAN || least > MOST_UNKNOWNS) {
        centre(s, out);
        return LTREC_OK;
    }
    status = take_memory(&r);
    if (status == LTREC_OK)
        status = regress(&r, out);
    if (status == LTREC_ERR_MEMORY)
        ltr_fail(l->err, status, "train: no memory");
    free_regression(&r);
    return status;
}

void ltr_beside_free(struct ltr_beside *b)
{
    ltr_free(b->ctx, b->fold);
    for (size_t i = 0; i <= LTR_BESIDE_FOLDS; i++)
        ltr_free(b->ctx, b->weights[i]);
    *b = (struct ltr_beside){.ctx = b->ctx};
}
