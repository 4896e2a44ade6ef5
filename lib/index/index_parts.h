/*
 * index_parts.h - what the files of the index share
 */
#ifndef LTR_INDEX_PARTS_H
#define LTR_INDEX_PARTS_H

#include <ltrec/index.h>

#include "index/codes.h"
#include "math/idmap.h"
#include "math/kernels.h"
#include "store/store.h"

/*
 * Either owned, and then `map` finds ids and all arrays have `capacity` rows;
 * or mapped, and then `file` holds the arrays and `order` finds ids.
 */
struct ltrec_index {
    ltrec_context *ctx;
    const struct ltr_kernels *kernels;
    size_t dim;
    size_t count;
    uint64_t model_id;
    const uint64_t *ids;        /* [count] */
    const float *vectors;       /* [count][dim], each of unit length */
    struct ltr_sift_rows codes; /* of all rows, or of none: NULL */
    ltr_sift *sift;

    size_t capacity;
    uint64_t *own_ids; /* the same arrays, to be written */
    float *own_vectors;
    struct ltr_codes own_codes;
    struct ltr_idmap map;

    struct ltr_reader *file;
    const uint32_t *order; /* [count], rows by ascending id; not trusted */
};

/*
 * The length of v[n], or 0 when there is no direction to speak of.  Between
 * these limits no product with a unit vector overflows or is flushed.
 */
double ltr_index_length(const float *v, size_t n);

/* The row of `id`, or LTR_NO_ROW. */
size_t ltr_index_row(const ltrec_index *index, uint64_t id);

/* An owned index with the id map for, and room for, exactly `capacity`. */
int ltr_index_reserve(ltrec_index *index, size_t capacity, ltrec_error *err);

#endif /* LTR_INDEX_PARTS_H */
