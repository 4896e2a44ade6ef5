/*
 * linear.c - the linear path beside a branch's network
 *
 * Its input is the network's own; of a sequence of frames, the mean and the
 * deviation of each channel, so that length does not count.
 */
#include "model/model_parts.h"

#include <math.h>
#include <string.h>

#define CHANNELS 64 /* at a time */

size_t ltr_linear_size(const struct ltr_net *net)
{
    return net->n_trunk > 0 ? 2 * net->n_in : net->n_in;
}

/* What so many frames of one level add to sums over others. */
struct padding {
    size_t frames;
    double level;
};

/* Mean and deviation of up to CHANNELS channels from `first` on. */
static void describe(const float *x, size_t frames, size_t n, size_t first,
                     struct padding more, float *features)
{
    size_t count = n - first < CHANNELS ? n - first : CHANNELS;
    double sum[CHANNELS] = {0}, squares[CHANNELS] = {0};
    double all = (double)(frames + more.frames);

    for (size_t t = 0; t < frames; t++)
        for (size_t c = 0; c < count; c++) {
            double value = (double)x[t * n + first + c];

            sum[c] += value;
            squares[c] += value * value;
        }
    for (size_t c = 0; c < count; c++) {
        double padding = (double)more.frames * more.level;
        double mean = (sum[c] + padding) / all;
        double variance =
            (squares[c] + padding * more.level) / all - mean * mean;

        features[first + c] = (float)mean;
        features[n + first + c] = (float)sqrt(fmax(variance, 0));
    }
}

void ltr_linear_features(const struct ltr_net *net, const float *input,
                         size_t frames, float *features)
{
    const struct padding none = {0, 0};

    if (net->n_trunk == 0)
        memcpy(features, input, net->n_in * sizeof *features);
    else
        for (size_t c = 0; c < net->n_in; c += CHANNELS)
            describe(input, frames, net->n_in, c, none, features);
}

void ltr_linear_of_mel(const struct ltr_branch *audio, const float *mel,
                       size_t frames, size_t least, float *features)
{
    size_t n = audio->n_scales;
    struct padding more = {0, 0};

    if (frames < least)
        more = (struct padding){least - frames,
                                (double)ltr_lowest_level(mel, frames * n)};
    for (size_t c = 0; c < n; c += CHANNELS)
        describe(mel, frames, n, c, more, features);
    for (size_t c = 0; c < n; c++) {
        features[c] = (features[c] - audio->mean[c]) * audio->scale[c];
        features[n + c] *= audio->scale[c];
    }
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
