/*
 * linear.c - the linear path beside a branch's network
 *
 * Its input is the network's own; of a sequence of frames, statistics of each
 * channel, so that length does not count.
 */
#include "model/model_parts.h"

#include <math.h>
#include <string.h>

#define CHANNELS 64 /* at a time */
#define PIECE 16    /* frames whose movements are added up as floats */
#define HISTORY 8   /* frames before them, the longest movement */

size_t ltr_linear_size(const struct ltr_net *net)
{
    return net->n_trunk > 0 ? net->statistics * net->n_in : net->n_in;
}

size_t ltr_head_inputs(const struct ltr_net *audio)
{
    int has_more = audio->statistics > 2 &&
                   audio->layers[audio->n_trunk - 1].kind == LTR_GLOBAL_POOL;

    return ltr_net_pooled(audio) + (has_more ? ltr_linear_size(audio) : 0);
}

/* A sequence of frames and, behind it, so many of one level. */
struct sequence {
    const float *x; /* [frames][n] */
    size_t frames, n, padding;
    float level;
    float floor; /* a soft one under the frames, or 0 */
};

/* Some channels of it, and what is known of them so far. */
struct stretch {
    const struct sequence *s;
    size_t first, count, n_lags;
    float tile[HISTORY + PIECE][CHANNELS];
    double sum[CHANNELS], squares[CHANNELS];
    double moved[LTR_STATISTICS - 2][CHANNELS];
};

/* Frames `from` to `to` behind the history. */
static void fill_tile(struct stretch *w, size_t from, size_t to)
{
    const struct sequence *s = w->s;

    memmove(w->tile[0], w->tile[PIECE], HISTORY * sizeof w->tile[0]);
    for (size_t t = from; t < to; t++) {
        const float *x = t < s->frames ? s->x + t * s->n + w->first : NULL;
        float *row = w->tile[HISTORY + t - from];

        for (size_t c = 0; c < w->count; c++)
            row[c] = x ? ltr_soft_level(x[c], s->floor) : s->level;
    }
}

static void add_levels(struct stretch *w, size_t frames)
{
    for (size_t t = 0; t < frames; t++)
        for (size_t c = 0; c < w->count; c++) {
            double value = (double)w->tile[HISTORY + t][c];

            w->sum[c] += value;
            w->squares[c] += value * value;
        }
}

/* The first `lag` frames of all come from nowhere. */
static void add_movements(struct stretch *w, size_t i, size_t from,
                          size_t frames)
{
    size_t lag = (size_t)1 << i;
    float moved[CHANNELS] = {0};

    for (size_t t = from < lag ? lag - from : 0; t < frames; t++)
        for (size_t c = 0; c < w->count; c++)
            moved[c] +=
                fabsf(w->tile[HISTORY + t][c] - w->tile[HISTORY + t - lag][c]);
    for (size_t c = 0; c < w->count; c++)
        w->moved[i][c] += (double)moved[c];
}

/* Padding that is further off than any movement adds to the levels alone. */
static void write_statistics(const struct stretch *w, size_t heard,
                             float *features)
{
    const struct sequence *s = w->s;
    size_t frames = s->frames + s->padding;
    double all = (double)frames, level = (double)s->level;
    double more = (double)(frames - heard) * level;

    for (size_t c = 0; c < w->count; c++) {
        double mean = (w->sum[c] + more) / all;
        double variance = (w->squares[c] + more * level) / all - mean * mean;

        features[w->first + c] = (float)mean;
        features[s->n + w->first + c] = (float)sqrt(fmax(variance, 0));
        for (size_t i = 0; i < w->n_lags; i++) {
            size_t lag = (size_t)1 << i;

            features[(2 + i) * s->n + w->first + c] =
                frames > lag ? (float)(w->moved[i][c] / (double)(frames - lag))
                             : 0;
        }
    }
}

static void describe(const struct ltr_net *net, const struct sequence *s,
                     float *features)
{
    size_t heard = s->frames + (s->padding < HISTORY ? s->padding : HISTORY);

    for (size_t first = 0; first < s->n; first += CHANNELS) {
        struct stretch w = {.s = s,
                            .first = first,
                            .count = s->n - first < CHANNELS ? s->n - first
                                                             : CHANNELS,
                            .n_lags = net->statistics - 2};

        for (size_t from = 0; from < heard; from += PIECE) {
            size_t to = heard - from < PIECE ? heard : from + PIECE;

            fill_tile(&w, from, to);
            add_levels(&w, to - from);
            for (size_t i = 0; i < w.n_lags; i++)
                add_movements(&w, i, from, to - from);
        }
        write_statistics(&w, heard, features);
    }
}

void ltr_linear_features(const struct ltr_net *net, const float *input,
                         size_t frames, float *features)
{
    const struct sequence s = {.x = input, .frames = frames, .n = net->n_in};

    if (net->n_trunk == 0)
        memcpy(features, input, net->n_in * sizeof *features);
    else
        describe(net, &s, features);
}

void ltr_linear_of_mel(const struct ltr_branch *audio, const float *mel,
                       size_t frames, size_t least, float *features)
{
    size_t n = audio->n_scales;
    struct sequence s = {
        .x = mel, .frames = frames, .n = n, .floor = audio->soft_floor};

    if (frames < least) {
        s.padding = least - frames;
        s.level = ltr_soft_level(ltr_lowest_level(mel, frames * n), s.floor);
    }
    describe(&audio->net, &s, features);
    for (size_t c = 0; c < n; c++)
        features[c] -= audio->mean[c];
    for (size_t i = 0; i < audio->net.statistics; i++)
        for (size_t c = 0; c < n; c++)
            features[i * n + c] *= audio->scale[c];
}

void ltr_linear_add(const float *weights, const float *features, size_t n,
                    size_t n_out, float *out)
{
    for (size_t i = 0; i < n; i++) {
        float x = features[i];

        for (size_t j = 0; x != 0 && j < n_out; j++)
            out[j] += x * weights[i * n_out + j];
    }
    for (size_t j = 0; j < n_out; j++)
        out[j] += weights[n * n_out + j];
}

/* ---- Fusion ------------------------------------------------------------- */

size_t ltr_fusion_sets(uint32_t fused)
{
    return ltr_fusion_set(fused, fused) + 1;
}

/* The bits of `fused` closed up, less 1: an empty set has no number. */
size_t ltr_fusion_set(uint32_t fused, uint32_t present)
{
    size_t number = 0, place = 1;

    for (uint32_t i = 0; i < LTR_FUSABLE; i++)
        if (fused >> i & 1) {
            number += present >> i & 1 ? place : 0;
            place *= 2;
        }
    return number > 0 ? number - 1 : 0;
}

size_t ltr_fusion_features_size(const ltrec_model *model, uint32_t fused)
{
    size_t size = 0;

    for (size_t i = 0; i < LTR_FUSABLE; i++)
        if (fused >> i & 1)
            size += ltr_linear_size(&model->branches[i]->net);
    return size;
}

void ltr_fusion_features(const ltrec_model *model, uint32_t fused,
                         uint32_t present, const float *mean,
                         float *const *features, float *out)
{
    for (size_t i = 0; i < LTR_FUSABLE; i++) {
        size_t n;

        if (!(fused >> i & 1))
            continue;
        n = ltr_linear_size(&model->branches[i]->net);
        for (size_t j = 0; j < n; j++)
            out[j] = present >> i & 1 ? features[i][j] - mean[j] : 0;
        out += n;
        mean += n;
    }
}
