/*
 * bf16_lab.h - products in bf16
 */
#ifndef BF16_LAB_H
#define BF16_LAB_H

#include "check_run.h"

#include "kernel_sets.h"
#include "math/product.h"
#include "product_lab.h"

static struct ltr_packs *packs_of(ltrec_context *ctx)
{
    struct ltr_packs *packs;

    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_BF16, &packs),
                     LTREC_OK);
    return packs;
}

/* out[m][n] of some numbers by so many threads, or NULL. */
static float *product_by(uint32_t threads, size_t m, size_t n, size_t k)
{
    ltrec_context *ctx = context_with_bf16(threads);
    float *left, *right, *out;
    struct ltr_packs *packs;
    struct ltr_product p = {.m = m, .n = n, .k = k, .stride = n, .add = true};

    if (!ctx)
        return NULL;
    left = numbers(m * k, 1);
    right = numbers(n * k, 2);
    p.out = out = numbers(m * n, 3);
    p.a = ltr_along(left, k);
    p.b = ltr_along(right, k);
    packs = packs_of(ctx);
    ltr_multiply(packs, &p);
    ltr_packs_free(packs);
    ltrec_context_free(ctx);
    free(left);
    free(right);
    return out;
}

#endif /* BF16_LAB_H */
