/*
 * bf16_lab.h - products in bf16
 */
#ifndef BF16_LAB_H
#define BF16_LAB_H

#include "check_run.h"

#include <string.h>

#include "base/context.h"
#include "base/cpu.h"
#include "kernel_sets.h"
#include "math/product.h"
#include "math/tile.h"
#include "product_lab.h"

static const char *const units[] = {"amxbf16", "avx512bf16"};
#define UNITS 2

/* One that works with that unit; NULL, and said so, where the CPU has none. */
static ltrec_context *context_with_unit(int unit, uint32_t threads)
{
    ltrec_context *ctx = context_with_bf16(threads);

    if (!ctx)
        return NULL;
    if (unit > 0)
        ctx->cpu &= ~(unsigned)LTR_CPU_AMX_BF16;
    if (strcmp(ltr_tiles_for(ctx->cpu, LTREC_PRECISION_BF16)->name,
               units[unit]) == 0)
        return ctx;
    printf("skipped: this CPU has no %s\n", units[unit]);
    ltrec_context_free(ctx);
    return NULL;
}

static struct ltr_packs *packs_of(ltrec_context *ctx)
{
    struct ltr_packs *packs;

    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_BF16, &packs),
                     LTREC_OK);
    return packs;
}

/* out[m][n] of some numbers by so many threads, or NULL. */
static float *product_by(int unit, uint32_t threads, size_t m, size_t n,
                         size_t k)
{
    ltrec_context *ctx = context_with_unit(unit, threads);
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
