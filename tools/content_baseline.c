/*
 * content_baseline.c - what every network has to beat
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "content_parts.h"
#include "term.h"

/* Penalties tried on a fifth of the training tracks. */
static const double penalties[] = {1, 10, 100, 1000, 10000};
#define N_PENALTIES (sizeof penalties / sizeof penalties[0])
#define PARTS 5

/* ---- Who is learnt from ------------------------------------------------- */

int content_has(const struct music *m, uint32_t item, uint32_t branches,
                int by_ear)
{
    if ((branches & LTREC_BRANCH_AUDIO) && !m->mel[item])
        return 0;
    if ((branches & LTREC_BRANCH_MGP) && !m->values[MUSIC_ATTRIBUTES][item])
        return 0;
    if ((branches & LTREC_BRANCH_GENRE) && !m->values[MUSIC_GENRES][item])
        return 0;
    if ((branches & LTREC_BRANCH_MLG) &&
        !(by_ear ? m->mel[item] : m->values[MUSIC_MACHINE][item]))
        return 0;
    return !(branches & LTREC_BRANCH_ARTIST) || m->artist[item] != 0;
}

/* The unit factor of a track that may be learnt from; 0 when it may not. */
static int target_of(const struct fold *f, uint32_t item, float *unit)
{
    const ltrec_factors *factors = f->content->items;
    const uint32_t *plays = ltrec_factors_plays(factors);
    size_t row;
    float norm;

    if (!f->learn[item] ||
        ltrec_factors_find(factors, music_id(f->music, item), &row) !=
            LTREC_OK)
        return 0;
    norm = ltrec_factors_norms(factors)[row];
    if (!(norm > 0) || (plays && plays[row] < f->options->train.min_plays))
        return 0;
    for (size_t i = 0; i < f->rank; i++)
        unit[i] = ltrec_factors_vectors(factors)[row * f->rank + i] / norm;
    return 1;
}

void baseline_constant(struct fold *f)
{
    float *unit = tool_alloc(f->rank, sizeof *unit);
    double *sum = tool_alloc(f->rank, sizeof *sum), squares = 0;

    for (uint32_t item = 0; item < music_count(f->music); item++)
        if (target_of(f, item, unit))
            for (size_t i = 0; i < f->rank; i++)
                sum[i] += (double)unit[i];
    for (size_t i = 0; i < f->rank; i++)
        squares += sum[i] * sum[i];
    for (size_t i = 0; squares > 0 && i < f->n * f->rank; i++)
        f->guess[i] = (float)(sum[i % f->rank] / sqrt(squares));
    free(unit);
    free(sum);
}

/* ---- Inputs of a regression --------------------------------------------- */

static size_t bands_of(const struct music *m)
{
    return m->has_sound ? m->frontend.bands : 0;
}

static size_t width_of(const struct fold *f, uint32_t branches)
{
    const struct music *m = f->music;
    int by_ear = music_by_ear(m);
    size_t width = 0;

    if (branches == 0)
        return f->options->oracle_width;
    if ((branches & LTREC_BRANCH_AUDIO) ||
        ((branches & LTREC_BRANCH_MLG) && by_ear))
        width += 2 * bands_of(m);
    if (branches & LTREC_BRANCH_MGP)
        width += names_count(m->vocabulary[MUSIC_ATTRIBUTES]);
    if (branches & LTREC_BRANCH_GENRE)
        width += names_count(m->vocabulary[MUSIC_GENRES]);
    if ((branches & LTREC_BRANCH_MLG) && !by_ear)
        width += names_count(m->vocabulary[MUSIC_MACHINE]);
    if (branches & LTREC_BRANCH_ARTIST)
        width += f->rank;
    return width;
}

/* Mean and deviation of each band over the track. */
static float *fill_bands(const struct music *m, uint32_t item, float *out)
{
    size_t bands = bands_of(m), rows = m->mel_rows[item];

    for (size_t b = 0; b < bands; b++) {
        double sum = 0, squares = 0, mean;

        for (size_t t = 0; t < rows; t++) {
            double x = (double)m->mel[item][t * bands + b];

            sum += x;
            squares += x * x;
        }
        mean = sum / (double)rows;
        out[b] = (float)mean;
        out[bands + b] =
            (float)sqrt(fmax(squares / (double)rows - mean * mean, 0));
    }
    return out + 2 * bands;
}

static float *fill_values(const struct music *m, enum music_table table,
                          uint32_t item, float *out)
{
    size_t n = names_count(m->vocabulary[table]);

    memcpy(out, m->values[table][item], n * sizeof *out);
    return out + n;
}

static void fill_inputs(const struct fold *f, uint32_t branches, uint32_t item,
                        float *out)
{
    const struct music *m = f->music;
    int by_ear = music_by_ear(m);
    size_t width = f->options->oracle_width;
    ltrec_track unused;

    if (branches == 0)
        memcpy(out, f->given + item * width, width * sizeof *out);
    if ((branches & LTREC_BRANCH_AUDIO) ||
        ((branches & LTREC_BRANCH_MLG) && by_ear))
        out = fill_bands(m, item, out);
    if (branches & LTREC_BRANCH_MGP)
        out = fill_values(m, MUSIC_ATTRIBUTES, item, out);
    if (branches & LTREC_BRANCH_GENRE)
        out = fill_values(m, MUSIC_GENRES, item, out);
    if ((branches & LTREC_BRANCH_MLG) && !by_ear)
        out = fill_values(m, MUSIC_MACHINE, item, out);
    if (branches & LTREC_BRANCH_ARTIST)
        artist_sums_others(f->artists, item, out, &unused);
}

/* ---- The regression ----------------------------------------------------- */

struct regression {
    size_t width, rank;
    size_t n, n_fit, n_test; /* the first n_fit choose the penalty by the
                                rest */
    float *x, *y, *test;     /* [n][width], [n][rank], [n_test][width] */
    float *mean, *scale;     /* [width], of x */
    float *weights;          /* [width + 1][rank] */
};

static void free_regression(struct regression *r)
{
    free(r->x);
    free(r->y);
    free(r->test);
    free(r->mean);
    free(r->scale);
    free(r->weights);
}

/* Deal the tracks to learn from into fifths, as those held out were dealt. */
static int deal(const struct fold *f, uint32_t *part, ltrec_error *err)
{
    size_t n = music_count(f->music);
    uint64_t *groups = tool_alloc(n, sizeof *groups);
    int by_artist = f->options->by_artist;
    int status = music_kin(f->music, f->ctx, by_artist, groups, err);

    for (size_t i = 0; status == LTREC_OK && i < n; i++)
        groups[i] = music_group(f->music, by_artist, groups[i]);
    if (status == LTREC_OK)
        status = ltrec_split_folds(f->ctx, n, groups, PARTS,
                                   f->options->train.seed, part, err);
    if (status == LTREC_ERR_ARGUMENT) /* hardly any artists */
        status = ltrec_split_folds(f->ctx, n, NULL, PARTS,
                                   f->options->train.seed, part, err);
    free(groups);
    return status;
}

static void take_memory(const struct fold *f, uint32_t branches,
                        struct regression *r)
{
    size_t most = music_count(f->music);

    r->width = width_of(f, branches);
    r->rank = f->rank;
    r->x = tool_alloc(most + 1, r->width * sizeof *r->x);
    r->y = tool_alloc(most + 1, r->rank * sizeof *r->y);
    r->test = tool_alloc(f->n + 1, r->width * sizeof *r->test);
    r->mean = tool_alloc(r->width, sizeof *r->mean);
    r->scale = tool_alloc(r->width, sizeof *r->scale);
    r->weights = tool_alloc(r->width + 1, r->rank * sizeof *r->weights);
}

/* The tracks of the last part, or of the others. */
static void collect(const struct fold *f, uint32_t branches,
                    const uint32_t *part, int last, struct regression *r)
{
    int by_ear = music_by_ear(f->music);

    for (uint32_t item = 0; item < music_count(f->music); item++) {
        if ((part[item] == PARTS - 1) != last ||
            !content_has(f->music, item, branches, by_ear) ||
            !target_of(f, item, r->y + r->n * r->rank))
            continue;
        fill_inputs(f, branches, item, r->x + r->n * r->width);
        r->n++;
    }
}

static int collect_all(const struct fold *f, uint32_t branches,
                       struct regression *r, ltrec_error *err)
{
    uint32_t *part = tool_alloc(music_count(f->music), sizeof *part);
    int status = deal(f, part, err);

    take_memory(f, branches, r);
    if (status == LTREC_OK) {
        collect(f, branches, part, 0, r);
        r->n_fit = r->n;
        collect(f, branches, part, 1, r);
    }
    r->n_test = f->n;
    for (size_t i = 0; i < f->n; i++)
        fill_inputs(f, branches, f->items[i], r->test + i * r->width);
    free(part);
    if (status == LTREC_OK && r->n_fit < 2)
        status = tool_fail(err, LTREC_ERR_ARGUMENT,
                           "ridge: only %zu tracks to learn from", r->n);
    return status;
}

static void apply_scales(const struct regression *r, float *x, size_t n)
{
    for (size_t i = 0; i < n * r->width; i++) {
        size_t c = i % r->width;

        x[i] = isnan(x[i]) ? 0 : (x[i] - r->mean[c]) * r->scale[c];
    }
}

/* Every column to mean 0 and deviation 1; what is missing to the mean. */
static void standardise(struct regression *r)
{
    for (size_t c = 0; c < r->width; c++) {
        double sum = 0, squares = 0, known = 0, variance;

        for (size_t i = 0; i < r->n; i++) {
            double x = (double)r->x[i * r->width + c];

            if (isnan(x))
                continue;
            known++;
            sum += x;
            squares += x * x;
        }
        known = known > 0 ? known : 1;
        variance = squares / known - sum / known * sum / known;
        r->mean[c] = (float)(sum / known);
        /* What is left when equal numbers cancel is no deviation. */
        r->scale[c] = variance > 1e-12 * squares / known && variance > 1e-60
                          ? (float)(1 / sqrt(variance))
                          : 0;
    }
    apply_scales(r, r->x, r->n);
    apply_scales(r, r->test, r->n_test);
}

static double mean_cosine(const float *a, const float *b, size_t n, size_t k)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double dot = 0, length = 0;

        for (size_t j = 0; j < k; j++) {
            dot += (double)a[i * k + j] * (double)b[i * k + j];
            length += (double)a[i * k + j] * (double)a[i * k + j];
        }
        sum += length > 0 ? dot / sqrt(length) : 0;
    }
    return sum / (double)n;
}

/* Of the first n rows; a fit asks nobody whether to go on. */
static int fit(const struct fold *f, struct regression *r, size_t n,
               double penalty, ltrec_error *err)
{
    int status = term_go_on(err);

    return status == LTREC_OK
               ? ltrec_ridge_fit(f->ctx, n, r->width, r->x, r->rank, r->y,
                                 penalty, r->weights, err)
               : status;
}

/* The penalty that does best on the last part, which is not learnt from. */
static int choose_penalty(struct fold *f, struct regression *r, double *chosen,
                          ltrec_error *err)
{
    size_t n = r->n_fit, rest = r->n - n;
    float *guess = tool_alloc(rest + 1, r->rank * sizeof *guess);
    double best = -2;
    int status = LTREC_OK;

    *chosen = penalties[N_PENALTIES / 2];
    for (size_t i = 0; rest > 0 && i < N_PENALTIES && status == LTREC_OK;
         i++) {
        double cosine;

        status = fit(f, r, n, penalties[i], err);
        if (status != LTREC_OK)
            break;
        ltrec_ridge_predict(rest, r->width, r->x + n * r->width, r->rank,
                            r->weights, guess);
        cosine = mean_cosine(guess, r->y + n * r->rank, rest, r->rank);
        if (cosine > best) {
            best = cosine;
            *chosen = penalties[i];
        }
    }
    free(guess);
    return status;
}

int baseline_ridge(struct fold *f, uint32_t branches, ltrec_error *err)
{
    struct regression r = {0};
    double penalty;
    int status = collect_all(f, branches, &r, err);

    if (status == LTREC_OK) {
        standardise(&r);
        status = choose_penalty(f, &r, &penalty, err);
    }
    if (status == LTREC_OK)
        status = fit(f, &r, r.n, penalty, err);
    if (status == LTREC_OK)
        ltrec_ridge_predict(r.n_test, r.width, r.test, r.rank, r.weights,
                            f->guess);
    free_regression(&r);
    return status;
}
