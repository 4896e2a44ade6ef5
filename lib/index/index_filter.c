/*
 * index_filter.c - which ids may be answered
 */
#include "index/index_filter.h"

#include "base/error.h"
#include "base/options.h"

#define WORD_BITS 64

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
    if (status == LTREC_OK && f.n_bits > 0 && !f.bitmap)
        status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                          "filter: the bitmap of %zu bits is NULL", f.n_bits);
    if (status != LTREC_OK)
        return status;
    *filter = (struct ltr_filter){
        .allowed = f.allowed,
        .n_allowed = f.n_allowed,
        .excluded = f.excluded,
        .n_excluded = f.n_excluded,
        .bitmap = f.bitmap,
        .n_bits = f.n_bits,
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

static int has_bit(const struct ltr_filter *filter, uint64_t id)
{
    return id < filter->n_bits &&
           (filter->bitmap[id / WORD_BITS] >> id % WORD_BITS & 1);
}

int ltr_filter_passes(const struct ltr_filter *filter, uint64_t id)
{
    return (!filter->allowed ||
            is_among(filter->allowed, filter->n_allowed, id)) &&
           (!filter->bitmap || has_bit(filter, id)) &&
           !ltr_filter_excludes(filter, id);
}

static size_t count_bits(const struct ltr_filter *filter)
{
    size_t words = filter->n_bits / WORD_BITS, n = 0;

    for (size_t i = 0; i < words; i++)
        n += (size_t)__builtin_popcountll(filter->bitmap[i]);
    for (uint64_t id = words * WORD_BITS; id < filter->n_bits; id++)
        n += (size_t)has_bit(filter, id);
    return n;
}

size_t ltr_filter_most(const struct ltr_filter *filter, size_t count)
{
    if (filter->allowed && filter->n_allowed < count)
        count = filter->n_allowed;
    if (filter->bitmap) {
        size_t bits = count_bits(filter);

        count = bits < count ? bits : count;
    }
    return count;
}

struct ltr_filter_walk ltr_filter_walk(const struct ltr_filter *filter)
{
    return (struct ltr_filter_walk){.filter = filter, .at = 0};
}

static int next_bit(struct ltr_filter_walk *walk, uint64_t *id)
{
    const struct ltr_filter *f = walk->filter;

    while (walk->at < f->n_bits) {
        size_t bit = walk->at % WORD_BITS;
        uint64_t rest = f->bitmap[walk->at / WORD_BITS] >> bit;

        if (rest == 0) {
            walk->at += WORD_BITS - bit;
            continue;
        }
        *id = walk->at + (size_t)__builtin_ctzll(rest);
        walk->at = *id + 1;
        return *id < f->n_bits;
    }
    return 0;
}

int ltr_filter_next(struct ltr_filter_walk *walk, uint64_t *id)
{
    const struct ltr_filter *f = walk->filter;

    if (!f->allowed)
        return next_bit(walk, id);
    while (walk->at < f->n_allowed) {
        size_t i = walk->at++;

        *id = f->allowed[i];
        if ((i == 0 || f->allowed[i - 1] != *id) &&
            (!f->bitmap || has_bit(f, *id)))
            return 1;
    }
    return 0;
}
