/*
 * product.h - large matrix products, shared out over workers
 *
 *     out[m][n] = a[m][k] * b[k][n]            (+ out, with `add`)
 *
 * Both operands are given as lines: runs of consecutive floats, either along
 * the depth k - a row of a, a column of b - or across it, one for each step.
 * Lines may overlap, which makes a product of a convolution, and may come in
 * blocks, which makes one product of many samples.
 *
 * What is multiplied is first copied into the order in which it is needed;
 * weights that are used again and again are packed once, by ltr_pack().
 *
 * A number of the result has the same bits however many rows and columns are
 * computed with it, packed or not, with zeros or without, at any number of
 * workers.  A zero on the left hides an infinity or NaN on the right or does
 * not, as it comes.  Each is one sum in ascending order: where a depth of many
 * thousands has to be summed well, the caller cuts it and adds up.
 *
 * All memory is taken by ltr_packs_create(), and nothing after it can fail.
 */
#ifndef LTR_MATH_PRODUCT_H
#define LTR_MATH_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

#include <ltrec/base.h>

struct ltr_lines {
    const float *data;
    ptrdiff_t stride;       /* floats from line to line */
    size_t block;           /* lines of a block; 0 when there are no blocks */
    ptrdiff_t block_stride; /* floats from block to block */
    bool along;             /* the depth */
};

/* data[rows][depth] on the left, or data[columns][depth] on the right. */
static inline struct ltr_lines ltr_along(const float *data, size_t stride)
{
    return (struct ltr_lines){data, (ptrdiff_t)stride, 0, 0, true};
}

/* data[depth][rows] on the left, or data[depth][columns] on the right. */
static inline struct ltr_lines ltr_across(const float *data, size_t stride)
{
    return (struct ltr_lines){data, (ptrdiff_t)stride, 0, 0, false};
}

struct ltr_product {
    size_t m, n, k;
    struct ltr_lines a, b;
    const float *packed; /* b, by ltr_pack(); NULL to pack as we go */
    float *out;          /* rows `stride` floats apart */
    size_t stride;
    bool add;
    bool sparse; /* a may be mostly zeros, which are then left out */
    bool lower;  /* only numbers with no column after their row are wanted:
                    half the work for X'X; the others are anything */

    /*
     * Called for each part of the result when it is complete, by the worker
     * that made it, while it is in cache; with `lower` for those that have
     * wanted numbers.  NULL for nothing to be done.
     */
    void (*finish)(void *arg, size_t row, size_t n_rows, size_t column,
                   size_t n_columns);
    void *arg;

    /* Called on worker 0 between pieces of a few million sums.  Or NULL. */
    void (*tick)(void *user);
    void *user;
};

/* Where workers keep what they have packed. */
struct ltr_packs;

/*
 * For products in a LTREC_PRECISION_..., or in float32 where this CPU has no
 * units for it.  LTREC_ERR_MEMORY.
 */
int ltr_packs_create(ltrec_context *ctx, int32_t precision,
                     struct ltr_packs **out);

/* Accepts NULL. */
void ltr_packs_free(struct ltr_packs *packs);

/* By all workers of the context; to be called from outside of their tasks. */
void ltr_multiply(struct ltr_packs *packs, const struct ltr_product *product);

/* By one worker, from inside of a task. */
void ltr_multiply_alone(struct ltr_packs *packs,
                        const struct ltr_product *product, size_t worker);

/* The floats of room that ltr_pack() fills for b[k][n]. */
size_t ltr_packed_size(const struct ltr_packs *packs, size_t n, size_t k);

/* By all workers. */
void ltr_pack(struct ltr_packs *packs, size_t n, size_t k, struct ltr_lines b,
              float *packed);

#endif /* LTR_MATH_PRODUCT_H */
