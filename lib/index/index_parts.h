/*
 * index_parts.h - what the files of the index share
 */
#ifndef LTR_INDEX_PARTS_H
#define LTR_INDEX_PARTS_H

#include <ltrec/index.h>

#include "index/gate.h"
#include "index/tracks.h"
#include "math/kernels.h"

struct ltrec_index {
    ltrec_context *ctx;
    const struct ltr_kernels *kernels;
    ltr_sift *sift;
    ltr_dots *dots;
    ltr_sift_upper *sift_upper;
    ltr_join *join;
    size_t dim;
    double recall; /* the goal; 1: miss nothing */
    int mapped;    /* from a file, and so never changed */
    _Atomic uint64_t model_id;
    _Atomic uint64_t feature_version;
    struct ltr_gate *gate;
};

/*
 * The length of v[n], or 0 when there is no direction to speak of.  Between
 * these limits no product with a unit vector overflows or is flushed.
 */
double ltr_index_length(const float *v, size_t n);

void ltr_index_to_unit(float *to, const float *from, size_t n);

/*
 * An index of no tracks yet, for ltr_gate_open(): LTREC_ERR_MEMORY.  Freed by
 * ltrec_index_free() either way.
 */
int ltr_index_begin(ltrec_context *ctx, ltrec_index **out, ltrec_error *err);

/* ---- Reading ------------------------------------------------------------ */

/* The tracks of this moment, until they are left. */
struct ltr_reading {
    struct ltr_view view;
    size_t place;
};

struct ltr_reading ltr_index_enter(const ltrec_index *index);
void ltr_index_leave(const ltrec_index *index, struct ltr_reading reading);

/* ---- Changing ----------------------------------------------------------- */

/*
 * From here to ltr_gate_end() this thread is the writer: LTREC_ERR_STATE when
 * another one is, or the index is mapped.
 */
int ltr_index_begin_change(const ltrec_index *index, ltrec_error *err);

/* Make other tracks current; frees them when that fails. */
int ltr_index_replace(ltrec_index *index, struct ltr_tracks *tracks,
                      ltrec_error *err);

/*
 * Put the rows that are in no list into lists, when there are many of them.
 * Without memory for it they stay where they are.
 */
void ltr_compact_tail(ltrec_index *index);

#endif /* LTR_INDEX_PARTS_H */
