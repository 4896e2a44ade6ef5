/*
 * variance.h - how far an item's vector may be off
 */
#ifndef LTR_CF_VARIANCE_H
#define LTR_CF_VARIANCE_H

#include "cf/loss.h"
#include "cf/sweep.h"

/*
 * variance[i] = noise * the trace of the inverse of item i's equations,
 *
 *     noise = the fit / (the sum of w + alpha0 * listeners * items):
 *
 * the posterior of a row under errors that are normal with the variance
 * noise / w (Mackay 1992).  To be asked for right after ltr_loss(), while the
 * sweep has the listeners' Gramian.  Takes a step for every item and pair.
 * LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED, LTREC_ERR_ARGUMENT when rounding left
 * no positive definite matrix.
 */
int ltr_variance(struct ltr_sweep *sweep, const struct ltr_side *users,
                 const struct ltr_side *items, const struct ltr_loss *loss,
                 struct ltr_steps *steps, float *variance);

/* The noise alone, and the variance of an item that nobody played. */
double ltr_variance_noise(const struct ltr_sweep *sweep,
                          const struct ltr_side *users, size_t n_items,
                          const struct ltr_loss *loss);
float ltr_variance_unplayed(const struct ltr_sweep *sweep, size_t n_users,
                            double noise);

#endif /* LTR_CF_VARIANCE_H */
