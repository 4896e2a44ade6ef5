/*
 * emphasis.h - items whose being passed over says more
 */
#ifndef LTR_CF_EMPHASIS_H
#define LTR_CF_EMPHASIS_H

#include "cf/sweep.h"

/*
 * Take the mean of all items into `recipe`, and the scales of struct ltr_side,
 * where there is a power; `priors`, if any, are scaled in place.
 * LTREC_ERR_MEMORY.  `scales` is the caller's.
 */
int ltr_emphasis_begin(ltrec_context *ctx, struct ltr_recipe *recipe,
                       size_t width, float *priors, struct ltr_side *items,
                       float **scales);

/* The items' vectors as they are meant; without scales from here on. */
void ltr_emphasis_end(size_t width, struct ltr_side *items);

/* vectors[n][width] times factors[n], into `to`, which may be the same. */
void ltr_emphasis_scale(const float *vectors, const float *factors, size_t n,
                        size_t width, float *to);

#endif /* LTR_CF_EMPHASIS_H */
