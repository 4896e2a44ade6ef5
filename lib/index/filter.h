/*
 * filter.h - which ids may be answered
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
    const uint64_t *itself; /* one more that is excluded, or NULL */
};

/* `given` may be NULL.  LTREC_ERR_ARGUMENT for a list out of order. */
int ltr_filter_read(struct ltr_filter *filter, const ltrec_index_filter *given,
                    ltrec_error *err);

int ltr_filter_excludes(const struct ltr_filter *filter, uint64_t id);
int ltr_filter_passes(const struct ltr_filter *filter, uint64_t id);

#endif /* LTR_INDEX_FILTER_H */
