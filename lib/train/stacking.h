/*
 * stacking.h - how much of each branch's own answer goes beside the fusion's
 */
#ifndef LTR_TRAIN_STACKING_H
#define LTR_TRAIN_STACKING_H

#include "train/train_parts.h"

/*
 * stack[LTR_FUSABLE], none below 0: how much of each branch's unit answer is
 * to be added to the unit answer of a fusion that has been fitted.  The
 * samples that were not trained on decide; units[n - n_train][LTR_FUSABLE]
 * [n_out] is what the branches say of them, zeros where they say nothing.
 * LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED.
 */
int ltr_stack(const struct ltr_fit *fit, const float *parameters,
              const float *units, float *stack, ltrec_error *err);

#endif /* LTR_TRAIN_STACKING_H */
