/*
 * halves.h - tracks' codes, the upper half of each apart from the lower
 *
 * A search for one query waits for memory.  The upper four bits of a code are
 * half of it and rule out nearly all tracks by the bound of codes.h, whose
 * scale and margin they have their own of.  Where they leave many, the lower
 * halves are read as well.
 */
#ifndef LTR_INDEX_HALVES_H
#define LTR_INDEX_HALVES_H

#include "index/codes.h"

/* In the order of the rows; what fills the last block is 0. */
struct ltr_halves {
    uint8_t *uppers;         /* [blocks][pairs][LTR_BLOCK][LTR_QUAD] */
    uint8_t *lowers;         /* likewise */
    float *upper_scales;     /* [blocks * LTR_BLOCK] */
    float *scales;           /* [blocks * LTR_BLOCK] of whole codes */
    uint16_t *upper_margins; /* [blocks * LTR_BLOCK] as bfloat16 */
    uint16_t *margins;       /* [blocks * LTR_BLOCK] */
};

/* Room for `rows` tracks; LTREC_ERR_MEMORY leaves `out` empty. */
int ltr_halves_create(ltrec_context *ctx, size_t rows, size_t dim,
                      struct ltr_halves *out);
void ltr_halves_free(ltrec_context *ctx, struct ltr_halves *halves);

/* What a track takes. */
size_t ltr_halves_bytes(size_t dim);

/* As the kernels take them. */
struct ltr_sift_halves ltr_halves_rows(const struct ltr_halves *halves,
                                       size_t dim);

/* Take over the first `blocks` of `from`. */
void ltr_halves_copy(struct ltr_halves *to, const struct ltr_sift_halves *from,
                     size_t blocks);

/* The code of the unit vector x[dim], or that of another's row. */
void ltr_halves_put(struct ltr_halves *halves, size_t row, const float *x,
                    size_t dim);
void ltr_halves_move(struct ltr_halves *to, size_t row,
                     const struct ltr_sift_halves *from, size_t from_row);

/* codes[bytes] of a row. */
void ltr_halves_get(const struct ltr_sift_halves *rows, size_t row,
                    int8_t *codes);

#endif /* LTR_INDEX_HALVES_H */
