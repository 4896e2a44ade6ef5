/*
 * itemitem.h - inside the item-item model
 */
#ifndef LTR_CF_ITEMITEM_H
#define LTR_CF_ITEMITEM_H

#include <stdatomic.h>
#include <stdbool.h>

#include <ltrec/itemitem.h>

struct ltr_reader;

struct ltrec_itemitem {
    ltrec_context *ctx;
    atomic_size_t references;
    int32_t value; /* what plays count for; ltrec/itemitem.h */
    double epsilon;
    size_t count;

    /* In memory of our own, or in the file that `reader` holds. */
    const uint64_t *ids;    /* [count], ascending */
    const uint32_t *plays;  /* [count] */
    const uint64_t *starts; /* [count + 1], of the rows of who speaks */
    const uint32_t *others; /* ascending within a row */
    const float *weights;   /* finite, not 0 */
    struct ltr_reader *reader;
};

/* A model without items; NULL when memory is short. */
ltrec_itemitem *ltr_itemitem_empty(ltrec_context *ctx);

/* Objects that go on using a model take a reference; freeing drops it. */
ltrec_itemitem *ltr_itemitem_ref(const ltrec_itemitem *model);

/* What a count is, before it is divided by the listener's mean. */
double ltr_itemitem_value(int32_t value, double epsilon, float count);

/* ltrec_itemitem_load() of bytes in memory, which must outlive the result. */
int ltr_itemitem_parse(ltrec_context *ctx, const void *bytes, size_t size,
                       ltrec_itemitem **out, ltrec_error *err);

#endif /* LTR_CF_ITEMITEM_H */
