/*
 * calibrate.h - how many lists a recall takes
 */
#ifndef LTR_INDEX_CALIBRATE_H
#define LTR_INDEX_CALIBRATE_H

#include "index/kmeans.h"

/* Tracks, and queries, asked at most. */
#define LTR_CALIBRATE_MOST 1000

/*
 * Set the aim of the lists of `view`, which nobody else knows yet: its rows
 * `held_out` are asked for their exact neighbours, and so are `n_queries`
 * given queries; the aim is the smallest number of lists in which so many of
 * both are found, at 95 % confidence.  As many steps are reported as there
 * are questions.  LTREC_ERR_MEMORY, LTREC_ERR_CANCELLED.
 */
int ltr_calibrate(const ltrec_index *index, const struct ltr_view *view,
                  struct ltr_lists *lists, const uint32_t *held_out,
                  size_t n_held_out, const float *queries, size_t n_queries,
                  struct ltr_steps *steps);

#endif /* LTR_INDEX_CALIBRATE_H */
