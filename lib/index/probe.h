/*
 * probe.h - which lists a search looks into, and in which order
 */
#ifndef LTR_INDEX_PROBE_H
#define LTR_INDEX_PROBE_H

#include "index/sieve.h"

/* The nearest lists of a query, nearest first; equal ones by number. */
struct ltr_nearest {
    size_t n;
    float *weights;  /* [n] */
    uint64_t *lists; /* [n] */
};

/* The `n` lists of most weight; both arrays of `out` have room for them. */
void ltr_nearest_choose(struct ltr_nearest *out, const float *weights,
                        size_t n_lists, size_t n);

/* The last of a query's nearest lists, which tells the others from them. */
struct ltr_limit {
    float weight;
    size_t list;
};

/* The same without an order, which is faster when there are many. */
struct ltr_limit ltr_nearest_limit(const float *weights, size_t n_lists,
                                   size_t n);

/* Whether a list of this weight is one of them. */
static inline int ltr_limit_has(struct ltr_limit limit, size_t list,
                                float weight)
{
    return weight > limit.weight ||
           (weight == limit.weight && list <= limit.list);
}

/*
 * How many lists to look into for k answers that a filter may thin out, or 0:
 * into all that may have one.
 */
size_t ltr_probes(const struct ltr_search *search, size_t k);

/* A floor from a list, the nearest one. */
void ltr_probe_warm(struct ltr_search *search, size_t list);

/* The lists, for one search whose code is ready.  Rows in none are left. */
void ltr_probe(struct ltr_search *search, size_t probes);

/* ltrec_index_search_batch() on a view: LTREC_ERR_MEMORY. */
int ltr_search_view(const ltrec_index *index, const struct ltr_view *view,
                    size_t n, const float *queries, size_t k, uint64_t *ids,
                    float *similarities, size_t *n_found);

#endif /* LTR_INDEX_PROBE_H */
