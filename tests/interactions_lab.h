/*
 * interactions_lab.h - plays to be added up, and a folder for their files
 *
 * setup() and teardown() are the fixture.
 */
#ifndef INTERACTIONS_LAB_H
#define INTERACTIONS_LAB_H

#include "check_run.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "cf/interactions.h"
#include "small_plays.h"

static ltrec_context *ctx;
static ltrec_interactions *x;
static char folder[64], path[96];
static ltrec_error err;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &x, NULL), LTREC_OK);
    strcpy(folder, "/tmp/ltrec-plays-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

static inline void teardown(void)
{
    ltrec_interactions_free(x);
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
    ltrec_context_free(ctx);
}

static inline int add(uint64_t user, uint64_t item, float count)
{
    return ltrec_interactions_add(x, 1, &user, &item, &count, &err);
}

static inline void finish(void)
{
    ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, &err), LTREC_OK);
}

static inline void same_side(const struct ltr_pairs *a,
                             const struct ltr_pairs *b)
{
    size_t n = a->n, pairs = (size_t)a->starts[n];

    ck_assert_uint_eq(n, b->n);
    ck_assert_mem_eq(a->ids, b->ids, n * sizeof *a->ids);
    ck_assert_mem_eq(a->starts, b->starts, (n + 1) * sizeof *a->starts);
    ck_assert_mem_eq(a->others, b->others, pairs * sizeof *a->others);
    ck_assert_mem_eq(a->counts, b->counts, pairs * sizeof *a->counts);
}

static inline void same(const ltrec_interactions *a,
                        const ltrec_interactions *b)
{
    same_side(&a->by_user, &b->by_user);
    same_side(&a->by_item, &b->by_item);
    ck_assert_uint_eq(a->n_pairs, b->n_pairs);
}

#endif /* INTERACTIONS_LAB_H */
