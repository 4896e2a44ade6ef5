/*
 * model_check.c - whether the branches of a model from a file fit each other
 */
#include "model/model_parts.h"

#include "base/error.h"

/* How many inputs a branch must have in this model. */
static size_t inputs_wanted(const ltrec_model *m, size_t place)
{
    const struct ltr_branch *b = m->branches[place];

    switch (place) {
    case LTR_AUDIO:
        return b->frontend.bands;
    case LTR_ARTIST:
        return ltr_input_size(place, m->rank);
    case LTR_FUSION:
        return ltr_fusion_size(m, b->fused);
    case LTR_HEAD:
        return ltr_head_inputs(&m->branches[LTR_AUDIO]->net);
    default:
        return ltr_input_size(place, b->names.n);
    }
}

static int check_patch(const struct ltr_branch *audio, ltrec_error *err)
{
    size_t frames = audio->patch_frames, left;
    const struct ltr_layer *end = &audio->net.layers[audio->net.n_trunk - 1];

    if (frames < ltr_net_least_frames(&audio->net))
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: patches too short for the network");
    left = ltr_net_frames_left(&audio->net, frames);
    if (end->kind == LTR_FLATTEN && left != end->size)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: patches of %zu frames leave %zu to flatten, "
                        "wanted %u",
                        frames, left, (unsigned)end->size);
    if (ltr_net_values(&audio->net, frames) > LTR_MOST_VALUES)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: patches of %zu frames are too much for the "
                        "network",
                        frames);
    /* A predictor runs segments that leave as many frames as this. */
    if (ltr_net_values(&audio->net,
                       ltr_net_frames_for(&audio->net, LTR_WHOLE_BLOCK)) >
        LTR_MOST_VALUES)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: the network for sound leaves so few frames "
                        "that a predictor would be huge");
    return LTREC_OK;
}

/* Do the branches fit each other?  Bits first, so that no NULL is looked at.
 */
int ltr_model_check(const ltrec_model *m, ltrec_error *err)
{
    const struct ltr_branch *const *b =
        (const struct ltr_branch *const *)m->branches;
    uint32_t bits = ltrec_model_branches(m);

    if ((b[LTR_HEAD] && (!b[LTR_AUDIO] || !b[LTR_HEAD]->names.n)) ||
        (b[LTR_FUSION] && (b[LTR_FUSION]->fused & ~bits)) ||
        (b[LTR_MLG] && b[LTR_MLG]->from_head && !b[LTR_HEAD]) ||
        (b[LTR_AUDIO] && ltr_net_pooled(&b[LTR_AUDIO]->net) == 0))
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: a branch lacks another that it builds on");
    for (size_t i = 0; i < LTR_BRANCHES; i++) {
        size_t outputs = i == LTR_HEAD && b[i] ? b[i]->names.n : m->rank;

        if (!b[i])
            continue;
        if (b[i]->net.n_in != inputs_wanted(m, i) ||
            b[i]->net.n_out != outputs ||
            (i != LTR_AUDIO && b[i]->net.n_trunk > 0))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "model: %s has %zu inputs and %zu outputs, wanted "
                            "%zu and %zu",
                            ltr_branch_names[i], b[i]->net.n_in,
                            b[i]->net.n_out, inputs_wanted(m, i), outputs);
    }
    if (b[LTR_FUSION] && b[LTR_FUSION]->linear &&
        b[LTR_FUSION]->n_scales !=
            ltr_fusion_features_size(m, b[LTR_FUSION]->fused))
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: the fusion's linear path and its branches do "
                        "not fit each other");
    if (b[LTR_MLG] && b[LTR_MLG]->from_head &&
        b[LTR_MLG]->n_scales != b[LTR_HEAD]->net.n_out)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: MLG and head do not fit each other");
    return b[LTR_AUDIO] ? check_patch(b[LTR_AUDIO], err) : LTREC_OK;
}
