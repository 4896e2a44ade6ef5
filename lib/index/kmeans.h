/*
 * kmeans.h - centroids of lists, and which list each track belongs to
 *
 * Spherical k-means by Lloyd's rounds (Dhillon and Modha 2001): the centroid
 * of a list is the direction of the sum of its unit vectors, and a vector
 * belongs to the centroid of which its 8-bit code has the largest product.
 * Codes are integers, so that every kernel set finds the same lists.
 */
#ifndef LTR_INDEX_KMEANS_H
#define LTR_INDEX_KMEANS_H

#include "base/steps.h"
#include "index/index_parts.h"

/* Rows of a view, by number; NULL: all of them, 0, 1, ... */
struct ltr_rows {
    const struct ltr_view *view;
    const uint32_t *numbers;
    size_t n;
};

/*
 * list_of[n] = the list each row belongs to, by the codes of the centroids.
 * LTREC_ERR_MEMORY or, in n steps, LTREC_ERR_CANCELLED.
 */
int ltr_kmeans_assign(const ltrec_index *index, const struct ltr_lists *lists,
                      const struct ltr_rows *rows, uint32_t *list_of,
                      struct ltr_steps *steps);

/*
 * Find the centroids of `lists`, and their codes, from a sample: as
 * LTR_KMEANS_ROUNDS assignments.
 */
#define LTR_KMEANS_ROUNDS 10
int ltr_kmeans_train(const ltrec_index *index, struct ltr_lists *lists,
                     const struct ltr_rows *sample, uint64_t seed,
                     struct ltr_steps *steps);

#endif /* LTR_INDEX_KMEANS_H */
