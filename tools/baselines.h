/*
 * baselines.h - recommenders that factors should be better than
 */
#ifndef BASELINES_H
#define BASELINES_H

#include <ltrec/evaluate.h>

#include "listeners.h"

/*
 * Rank for every listener, into `evaluation`, by how many trained listeners an
 * item has, by chance, and by an item-item model of the training table.
 */
int baseline_popularity(ltrec_evaluation *evaluation,
                        const ltrec_interactions *train,
                        const struct listeners *listeners, ltrec_error *err);
int baseline_random(ltrec_evaluation *evaluation,
                    const ltrec_interactions *train,
                    const struct listeners *listeners, uint64_t seed,
                    ltrec_error *err);
int baseline_itemitem(ltrec_context *ctx, ltrec_evaluation *evaluation,
                      const ltrec_interactions *train,
                      const struct listeners *listeners, ltrec_error *err);

#endif /* BASELINES_H */
