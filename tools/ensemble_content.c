/*
 * ensemble_content.c - what is known of the items, as a source
 *
 * Factors predicted by ridge regression from attributes, genres and
 * descriptors.  Each fold of the items is predicted by the others, copies of a
 * recording in one, so that no prediction has seen its own item's plays;
 * networks would do better (docs/results.md) and take longer.
 */
#include "ensemble.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "term.h"

#define FOLDS 5
#define LEAST_LISTENERS 3 /* of an item to learn from */
#define PENALTY 30

struct prediction {
    struct ensemble *ensemble;
    size_t n, width, rank;
    uint32_t *fold; /* [n] */
    uint64_t *ids;  /* [n] */
    uint64_t *kin;  /* [n], music_kin() */
    float *x;       /* [n][width] */
    float *y;       /* [n][rank] unit factors, zeros where not learnt from */
    unsigned char *learns; /* [n] */
    float *predicted;      /* [n][rank] */
};

static int has_any(const struct music *m, uint32_t item)
{
    for (size_t t = 0; t < MUSIC_TABLES; t++)
        if (m->values[t][item])
            return 1;
    return 0;
}

/* One table's columns, NaN where a value is missing, and whether the table has
 * the item.  Returns how many they are. */
static size_t put_table(const struct music *m, size_t t, uint32_t item,
                        float *x)
{
    size_t n = m->vocabulary[t] ? names_count(m->vocabulary[t]) : 0;
    const float *values = m->values[t][item];

    for (size_t i = 0; i < n; i++)
        x[i] = values ? values[i] : (float)NAN;
    x[n] = values ? 1 : 0;
    return n + 1;
}

/* A machine's columns come in units of their own, and become those of mean 0
 * and deviation 1 over the items that have them; labels, from 0 to 1, stay as
 * they are.  What is missing is 0. */
static void standardize(struct prediction *p, size_t column, int is_machine)
{
    double sum = 0, squares = 0, n = 0, mean, deviation;

    for (size_t i = 0; i < p->n; i++)
        if (!isnan(p->x[i * p->width + column])) {
            sum += (double)p->x[i * p->width + column];
            n++;
        }
    mean = is_machine && n > 0 ? sum / n : 0;
    for (size_t i = 0; i < p->n; i++) {
        double d = (double)p->x[i * p->width + column] - mean;

        squares += isnan(d) ? 0 : d * d;
    }
    deviation = is_machine && squares > 0 ? sqrt(squares / n) : 1;
    for (size_t i = 0; i < p->n; i++) {
        float *x = &p->x[i * p->width + column];

        *x = isnan(*x) ? 0 : (float)(((double)*x - mean) / deviation);
    }
}

static void standardize_all(struct prediction *p)
{
    const struct music *m = p->ensemble->music;
    size_t column = 0;

    for (size_t t = 0; t < MUSIC_TABLES; t++) {
        size_t n = m->vocabulary[t] ? names_count(m->vocabulary[t]) : 0;

        for (size_t i = 0; i < n; i++)
            standardize(p, column++, t == MUSIC_MACHINE);
        column++; /* whether the table has the item */
    }
}

static void collect(struct prediction *p, const uint64_t *kin)
{
    const struct music *m = p->ensemble->music;
    const ltrec_factors *f = p->ensemble->factors;
    size_t most = music_count(m);

    p->rank = ltrec_factors_rank(f);
    for (size_t t = 0; t < MUSIC_TABLES; t++)
        p->width += (m->vocabulary[t] ? names_count(m->vocabulary[t]) : 0) + 1;
    p->ids = tool_alloc(most, sizeof *p->ids);
    p->kin = tool_alloc(most, sizeof *p->kin);
    p->fold = tool_alloc(most, sizeof *p->fold);
    p->learns = tool_alloc(most, 1);
    p->x = tool_alloc(most, p->width * sizeof *p->x);
    p->y = tool_alloc(most, p->rank * sizeof *p->y);
    p->predicted = tool_alloc(most, p->rank * sizeof *p->predicted);
    for (uint32_t item = 0; item < most; item++) {
        float *x = p->x + p->n * p->width, *y = p->y + p->n * p->rank, norm;
        size_t row;

        if (!has_any(m, item))
            continue;
        for (size_t t = 0; t < MUSIC_TABLES; t++)
            x += put_table(m, t, item, x);
        p->ids[p->n] = music_id(m, item);
        p->kin[p->n] = kin[item];
        if (ltrec_factors_find(f, p->ids[p->n], &row) == LTREC_OK &&
            ltrec_factors_plays(f)[row] >= LEAST_LISTENERS) {
            norm = ltrec_factors_norms(f)[row];
            for (size_t i = 0; i < p->rank; i++)
                y[i] = ltrec_factors_vectors(f)[row * p->rank + i] / norm;
            p->learns[p->n] = 1;
        }
        p->n++;
    }
}

/* Predict one fold from the others. */
static int predict(struct prediction *p, uint32_t fold, ltrec_error *err)
{
    float *x = tool_alloc(p->n, p->width * sizeof *x);
    float *y = tool_alloc(p->n, p->rank * sizeof *y);
    float *weights = tool_alloc(p->width + 1, p->rank * sizeof *weights);
    size_t n = 0;
    int status;

    for (size_t i = 0; i < p->n; i++) {
        if (!p->learns[i] || p->fold[i] == fold)
            continue;
        memcpy(x + n * p->width, p->x + i * p->width, p->width * sizeof *x);
        memcpy(y + n++ * p->rank, p->y + i * p->rank, p->rank * sizeof *y);
    }
    status = term_go_on(err);
    if (status == LTREC_OK)
        status = ltrec_ridge_fit(p->ensemble->ctx, n, p->width, x, p->rank, y,
                                 PENALTY, weights, err);
    for (size_t i = 0; i < p->n && status == LTREC_OK; i++)
        if (p->fold[i] == fold)
            status =
                ltrec_ridge_predict(1, p->width, p->x + i * p->width, p->rank,
                                    weights, p->predicted + i * p->rank);
    free(x);
    free(y);
    free(weights);
    return status;
}

/* The mean cosine with the factors, which is how sure predictions are. */
static double confidence(const struct prediction *p)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < p->n; i++) {
        const float *a = p->predicted + i * p->rank, *b = p->y + i * p->rank;
        double dot = 0, length = 0;

        for (size_t j = 0; j < p->rank; j++) {
            dot += (double)a[j] * (double)b[j];
            length += (double)a[j] * (double)a[j];
        }
        if (!p->learns[i] || length == 0)
            continue;
        sum += dot / sqrt(length);
        n++;
    }
    return n > 0 ? fmax(0, sum / n) : 0;
}

static int keep(struct prediction *p, ltrec_error *err)
{
    struct ensemble *e = p->ensemble;
    ltrec_factors_options options;
    double sure = confidence(p);

    e->sure = tool_alloc(p->n, sizeof *e->sure);
    for (size_t i = 0; i < p->n; i++)
        e->sure[i] = (float)sure;
    ltrec_factors_options_init(&options, sizeof options);
    options.like = e->factors;
    return ltrec_factors_create(e->ctx, p->n, p->rank, p->ids, p->predicted,
                                &options, &e->content, err);
}

int ensemble_content(struct ensemble *ensemble, ltrec_error *err)
{
    struct prediction p = {.ensemble = ensemble};
    uint64_t *kin = tool_alloc(music_count(ensemble->music), sizeof *kin);
    int status = music_kin(ensemble->music, ensemble->ctx, 0, kin, err);

    term_doing("ridge regression");
    if (status == LTREC_OK) {
        collect(&p, kin);
        standardize_all(&p);
    }
    if (status == LTREC_OK && p.n < 2 * FOLDS)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "the tables know of %zu items, too few to learn "
                           "from",
                           p.n);
    if (status == LTREC_OK)
        status = ltrec_split_folds(ensemble->ctx, p.n, p.kin, FOLDS,
                                   ensemble->options.seed, p.fold, err);
    for (uint32_t f = 0; f < FOLDS && status == LTREC_OK; f++)
        status = predict(&p, f, err);
    if (status == LTREC_OK)
        status = keep(&p, err);
    term_done();
    free(kin);
    free(p.fold);
    free(p.ids);
    free(p.kin);
    free(p.x);
    free(p.y);
    free(p.learns);
    free(p.predicted);
    return status;
}
