/*
 * filter.c - which ids may be answered
 */
#include "index/filter.h"

#include "base/error.h"
#include "base/options.h"

static const ltrec_index_filter defaults = {
    .size = sizeof defaults,
};

void ltrec_index_filter_init(ltrec_index_filter *filter, size_t size)
{
    ltr_options_init(filter, size, &defaults, sizeof defaults);
}

static int check_list(const uint64_t *ids, size_t n, const char *which,
                      ltrec_error *err)
{
    if (n > 0 && !ids)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "filter: the list of %s ids is NULL", which);
    for (size_t i = 1; i < n; i++)
        if (ids[i] < ids[i - 1])
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "filter: entry %zu of the %s ids is below the one "
                            "before, wanted ascending order",
                            i, which);
    return LTREC_OK;
}

int ltr_filter_read(struct ltr_filter *filter, const ltrec_index_filter *given,
                    ltrec_error *err)
{
    ltrec_index_filter f = defaults;
    int status = ltr_options_read(&f, sizeof f, given, "filter", err);

    if (status == LTREC_OK)
        status = check_list(f.allowed, f.n_allowed, "allowed", err);
    if (status == LTREC_OK)
        status = check_list(f.excluded, f.n_excluded, "excluded", err);
    if (status != LTREC_OK)
        return status;
    *filter = (struct ltr_filter){
        .allowed = f.allowed,
        .n_allowed = f.n_allowed,
        .excluded = f.excluded,
        .n_excluded = f.n_excluded,
    };
    return LTREC_OK;
}

static int is_among(const uint64_t *ids, size_t n, uint64_t id)
{
    size_t from = 0, to = n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (ids[middle] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < n && ids[from] == id;
}

int ltr_filter_excludes(const struct ltr_filter *filter, uint64_t id)
{
    return (filter->itself && id == *filter->itself) ||
           is_among(filter->excluded, filter->n_excluded, id);
}

int ltr_filter_passes(const struct ltr_filter *filter, uint64_t id)
{
    return (!filter->allowed ||
            is_among(filter->allowed, filter->n_allowed, id)) &&
           !ltr_filter_excludes(filter, id);
}
