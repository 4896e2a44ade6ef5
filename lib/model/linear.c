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
#define PIECE 16    /* frames whose sums are floats */

size_t ltr_linear_size(const struct ltr_net *net)
{
    return net->n_trunk > 0 ? net->statistics * net->n_in : net->n_in;
}

size_t ltr_head_inputs(const struct ltr_net *audio)
{
    return ltr_net_pooled(audio) +
           (audio->statistics > 2 ? ltr_linear_size(audio) : 0);
}

/* A sequence of frames and, behind it, so many of one level. */
struct sequence {
    const float *x; /* [frames][n] */
    size_t frames, n, padding;
    float level;
};

/* Mean and deviation of some channels. */
static void describe_levels(const struct sequence *s, size_t first,
                            size_t count, float *features)
{
    double sum[CHANNELS] = {0}, squares[CHANNELS] = {0};
    double all = (double)(s->frames + s->padding), level = (double)s->level;

    for (size_t t = 0; t < s->frames; t++)
        for (size_t c = 0; c < count; c++) {
            double value = (double)s->x[t * s->n + first + c];

            sum[c] += value;
            squares[c] += value * value;
        }
    for (size_t c = 0; c < count; c++) {
        double padding = (double)s->padding * level;
        double mean = (sum[c] + padding) / all;
        double variance = (squares[c] + padding * level) / all - mean * mean;

        features[first + c] = (float)mean;
        features[s->n + first + c] = (float)sqrt(fmax(variance, 0));
    }
}

/* sum[count] += |a - b|, of frames that lie n apart. */
static void add_distances(const float *a, const float *b, size_t frames,
                          size_t n, size_t count, double *sum)
{
    for (size_t from = 0; from < frames; from += PIECE) {
        size_t to = frames - from < PIECE ? frames : from + PIECE;
        float piece[CHANNELS] = {0};

        for (size_t t = from; t < to; t++)
            for (size_t c = 0; c < count; c++)
                piece[c] += fabsf(a[t * n + c] - b[t * n + c]);
        for (size_t c = 0; c < count; c++)
            sum[c] += (double)piece[c];
    }
}

/* How far some channels move in `lag` frames, on average; 0 in fewer. */
static void describe_movement(const struct sequence *s, size_t lag,
                              size_t first, size_t count, float *features)
{
    size_t all = s->frames + s->padding;
    size_t inside = s->frames > lag ? s->frames - lag : 0;
    double sum[CHANNELS] = {0};
    float level[CHANNELS];

    for (size_t c = 0; c < count; c++)
        level[c] = s->level;
    if (inside > 0)
        add_distances(s->x + lag * s->n + first, s->x + first, inside, s->n,
                      count, sum);
    /* From the last frames to the padding. */
    for (size_t t = inside; t < s->frames && t + lag < all; t++)
        add_distances(level, s->x + t * s->n + first, 1, s->n, count, sum);
    for (size_t c = 0; c < count; c++)
        features[first + c] =
            all > lag ? (float)(sum[c] / (double)(all - lag)) : 0;
}

static void describe(const struct ltr_net *net, const struct sequence *s,
                     float *features)
{
    for (size_t first = 0; first < s->n; first += CHANNELS) {
        size_t count = s->n - first < CHANNELS ? s->n - first : CHANNELS;

        describe_levels(s, first, count, features);
        for (size_t i = 2; i < net->statistics; i++)
            describe_movement(s, (size_t)1 << (i - 2), first, count,
                              features + i * s->n);
    }
}

void ltr_linear_features(const struct ltr_net *net, const float *input,
                         size_t frames, float *features)
{
    const struct sequence s = {input, frames, net->n_in, 0, 0};

    if (net->n_trunk == 0)
        memcpy(features, input, net->n_in * sizeof *features);
    else
        describe(net, &s, features);
}

void ltr_linear_of_mel(const struct ltr_branch *audio, const float *mel,
                       size_t frames, size_t least, float *features)
{
    size_t n = audio->n_scales;
    struct sequence s = {mel, frames, n, 0, 0};

    if (frames < least) {
        s.padding = least - frames;
        s.level = ltr_lowest_level(mel, frames * n);
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
