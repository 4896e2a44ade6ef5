/*
 * loss.h - what factorizing minimises
 */
#ifndef LTR_CF_LOSS_H
#define LTR_CF_LOSS_H

#include "cf/sweep.h"

struct ltr_loss {
    double total;
    double fit; /* of that, what is not regularisation */
};

/*
 * The loss of both sides' vectors, in double.  To be asked for right after
 * the listeners' half, while the sweep still has the items' Gramian; leaves
 * it that of the listeners.  Takes a step for every pair, for every item and
 * two for every listener.  LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED.
 */
int ltr_loss(struct ltr_sweep *sweep, const struct ltr_side *users,
             const struct ltr_side *items, struct ltr_steps *steps,
             struct ltr_loss *loss);

uint64_t ltr_loss_steps(const struct ltr_pairs *users,
                        const struct ltr_pairs *items);

#endif /* LTR_CF_LOSS_H */
