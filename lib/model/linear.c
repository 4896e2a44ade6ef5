/*
 * linear.c - the linear path beside a branch's network
 *
 * Its input is the network's own; of a sequence of frames, statistics of each
 * channel, so that length does not count: see statistics.c.
 */
#include "model/model_parts.h"

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
