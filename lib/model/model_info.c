/*
 * model_info.c - what a model tells of itself
 */
#include "model/model_parts.h"

#include <string.h>

#include "base/options.h"

int ltrec_model_training(const ltrec_model *model, uint32_t branch,
                         ltrec_branch_training *out, size_t size)
{
    size_t place = ltr_branch_place(branch);
    const struct ltr_branch *b =
        model && place < LTR_BRANCHES ? model->branches[place] : NULL;

    if (!out || size < sizeof size)
        return LTREC_ERR_ARGUMENT;
    if (!b || b->training.tracks == 0)
        return LTREC_ERR_STATE;
    ltr_options_init(out, size, &b->training, sizeof b->training);
    return LTREC_OK;
}

const char *ltrec_model_provenance(const ltrec_model *model)
{
    return model ? model->provenance : NULL;
}

int ltr_flattens(const struct ltr_net *net)
{
    return net->n_trunk > 0 &&
           net->layers[net->n_trunk - 1].kind == LTR_FLATTEN;
}

void ltrec_model_info(const ltrec_model *model, ltrec_model_information *out,
                      size_t size)
{
    ltrec_model_information info = {.size = sizeof info};

    if (model) {
        const struct ltr_branch *audio = model->branches[LTR_AUDIO];
        const struct ltr_branch *mlg = model->branches[LTR_MLG];
        const struct ltr_branch *fusion = model->branches[LTR_FUSION];

        info.fused = fusion ? fusion->fused : 0;
        info.by_ear = mlg && mlg->from_head;
        info.one_length = audio && ltr_flattens(&audio->net);
        info.patch_frames = audio ? (uint32_t)audio->patch_frames : 0;
    }
    ltr_options_init(out, size, &info, sizeof info);
}
