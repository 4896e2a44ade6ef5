/*
 * answer.c - what a predictor makes of all that it heard
 */
#include "model/predictor.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "nn/layers.h"

/* Unit predictions averaged by how well each branch does; their cosine. */
static double average(ltrec_predictor *p)
{
    double total = 0, weighted = 0;

    memset(p->unit, 0, p->model->rank * sizeof *p->unit);
    for (size_t i = 0; i < LTR_FUSABLE; i++) {
        double cosine, weight;

        if (!(p->heard.present >> i & 1))
            continue;
        cosine = p->model->branches[i]->validation;
        weight = cosine > 0.01 ? cosine : 0.01;
        total += weight;
        weighted += weight * cosine;
        for (size_t j = 0; j < p->model->rank; j++)
            p->unit[j] += (float)(weight * (double)p->heard.unit[i][j]);
    }
    return weighted / total;
}

/* What the branches say themselves, beside the fusion. */
static void stack(ltrec_predictor *p, const struct ltr_branch *fusion)
{
    int alone = (fusion->fused & ~p->heard.present & LTREC_BRANCH_ARTIST) != 0;
    const float *weights = fusion->stack[alone];

    ltr_unit_forward(p->unit, p->model->rank, p->unit);
    for (size_t i = 0; i < LTR_FUSABLE; i++)
        for (size_t j = 0;
             (fusion->fused & p->heard.present) >> i & 1 && j < p->model->rank;
             j++)
            p->unit[j] += weights[i] * p->heard.unit[i][j];
}

static double fuse(ltrec_predictor *p)
{
    const struct ltr_branch *fusion = p->model->branches[LTR_FUSION];
    struct ltr_pass *pass = p->passes[LTR_FUSION];

    ltr_fusion_input(p->model, fusion->fused, p->heard.present,
                     p->heard.hidden, ltr_pass_input(pass, 0));
    memcpy(p->unit, ltr_pass_forward(pass, fusion->parameters, 1, NULL, NULL),
           p->model->rank * sizeof *p->unit);
    if (fusion->linear) {
        ltr_fusion_features(p->model, fusion->fused, p->heard.present,
                            fusion->mean, p->heard.features, p->fused);
        ltr_linear_add(fusion->linear +
                           ltr_fusion_set(fusion->fused, p->heard.present) *
                               (fusion->n_scales + 1) * p->model->rank,
                       p->fused, fusion->n_scales, p->model->rank, p->unit);
    }
    stack(p, fusion);
    return fusion->validation;
}

static float confidence_of(const ltrec_predictor *p, double cosine)
{
    const struct ltr_heard *h = &p->heard;
    double confidence = cosine;

    if (h->present & h->by_ear)
        confidence *= h->agreement;
    if (h->silent && !(h->present & ~h->by_ear))
        confidence = 0;
    confidence = confidence > 0 ? confidence : 0;
    return (float)(confidence < 1 ? confidence : 1);
}

int ltrec_predictor_run(ltrec_predictor *predictor, const ltrec_track *track,
                        float *factor, float *confidence, ltrec_error *err)
{
    const struct ltr_heard *heard;
    const struct ltr_branch *fusion;
    double cosine, length;
    int status;

    if (!predictor || !track || !factor)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: an argument is NULL");
    status = ltr_predictor_hear(predictor, track, &heard, err);
    if (status != LTREC_OK)
        return status;
    if (heard->present == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: nothing is known of this track that the "
                        "model could use");
    fusion = predictor->model->branches[LTR_FUSION];
    if ((predictor->use & LTREC_BRANCH_FUSION) &&
        (heard->present & fusion->fused))
        cosine = fuse(predictor);
    else
        cosine = average(predictor);
    length = ltr_unit_forward(predictor->unit, predictor->model->rank,
                              predictor->unit);
    if (!(length > LTR_LEAST_NORM && length < HUGE_VAL))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: what is known of this track leads to a "
                        "vector of length %g, which has no direction",
                        length);
    memcpy(factor, predictor->unit, predictor->model->rank * sizeof *factor);
    if (confidence)
        *confidence = confidence_of(predictor, cosine);
    return LTREC_OK;
}

int ltrec_predictor_attributes(ltrec_predictor *predictor,
                               const ltrec_track *track, float *attributes,
                               ltrec_error *err)
{
    ltrec_track known;
    size_t n;
    int status;

    if (!predictor || !track || !attributes)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: an argument is NULL");
    if (!predictor->passes[LTR_HEAD])
        return ltr_fail(err, LTREC_ERR_STATE,
                        "predictor: the model has no head for attributes, or "
                        "`branches` leaves it out");
    status = ltr_predictor_check(predictor, track, &known, err);
    if (status != LTREC_OK)
        return status;
    if (!known.mel)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "predictor: needs a track with sound");
    known.machine = NULL; /* what is heard, whatever was said */
    ltr_predictor_listen(predictor, &known);
    n = predictor->model->branches[LTR_HEAD]->net.n_out;
    for (size_t i = 0; i < n; i++)
        if (isnan(predictor->attributes[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "predictor: this sound leads past all floats");
    memcpy(attributes, predictor->attributes, n * sizeof *attributes);
    return LTREC_OK;
}
