/*
 * index_filter.h - which ids may be answered
 */
#ifndef LTR_INDEX_FILTER_H
#define LTR_INDEX_FILTER_H

#include <ltrec/index.h>

/* A caller's filter, checked.  All zero lets everything through. */
struct ltr_filter {
    const uint64_t *allowed; /* [n_allowed], or NULL: any */
    size_t n_allowed;
    const uint64_t *excluded; /* [n_excluded] */
    size_t n_excluded;
    const uint64_t *bitmap; /* ids below n_bits whose bit is set; NULL: any */
    size_t n_bits;
    const uint64_t *itself; /* one more that is excluded, or NULL */
};

/* `given` may be NULL.  LTREC_ERR_ARGUMENT for a list out of order. */
int ltr_filter_read(struct ltr_filter *filter, const ltrec_index_filter *given,
                    ltrec_error *err);

int ltr_filter_excludes(const struct ltr_filter *filter, uint64_t id);
int ltr_filter_passes(const struct ltr_filter *filter, uint64_t id);

/*
 * At most how many of `count` tracks it lets through, as far as its lists and
 * its bitmap tell by themselves.
 */
size_t ltr_filter_most(const struct ltr_filter *filter, size_t count);

/*
 * The ids it allows, each once, in ascending order; not for one that allows
 * any.  What it excludes is among them.
 */
struct ltr_filter_walk {
    const struct ltr_filter *filter;
    size_t at; /* an entry of the list, or a bit */
};

struct ltr_filter_walk ltr_filter_walk(const struct ltr_filter *filter);
int ltr_filter_next(struct ltr_filter_walk *walk, uint64_t *id);

#endif /* LTR_INDEX_FILTER_H */
