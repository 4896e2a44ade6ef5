/*
 * index_lab.h - an index of three tracks, and many others
 *
 * setup() and teardown() are the fixture of the first.
 */
#ifndef INDEX_LAB_H
#define INDEX_LAB_H

#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define DIM 3
#define MANY 700
#define WIDE 37

static const uint64_t track_ids[] = {70, 10, 30};
static const float tracks[][DIM] = {{1, 0, 0}, {2, 2, 0}, {0, 0, 5}};

static ltrec_context *ctx;
static ltrec_index *tracks_index;

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, NULL, &tracks_index, NULL),
                     LTREC_OK);
    ck_assert_int_eq(
        ltrec_index_add(tracks_index, 3, track_ids, tracks[0], NULL),
        LTREC_OK);
}

static inline void teardown(void)
{
    ltrec_context_free(ctx); /* before its index: the order is free */
    ltrec_index_free(tracks_index);
}

/* MANY tracks with scattered ids, some pointing exactly the same way. */
static float wide[MANY][WIDE];
static uint64_t wide_ids[MANY];

static inline ltrec_index *many_tracks(ltrec_context *with)
{
    ltrec_index *index;

    for (size_t i = 0; i < MANY; i++) {
        wide_ids[i] = (i * 7919 + 11) % 4001;
        for (size_t j = 0; j < WIDE; j++)
            wide[i][j] =
                i % 50 == 49 ? wide[i - 1][j] : ltr_random_normal(1, i, j);
    }
    ck_assert_int_eq(ltrec_index_create(with, WIDE, NULL, &index, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_index_add(index, MANY, wide_ids, wide[0], NULL),
                     LTREC_OK);
    return index;
}

static inline void query_of(size_t number, float *query)
{
    for (size_t j = 0; j < WIDE; j++)
        query[j] = 3 * ltr_random_normal(2, number, j);
}

/* In double, by definition. */
static inline double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t j = 0; j < WIDE; j++) {
        ab += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    return ab / sqrt(aa * bb);
}

#endif /* INDEX_LAB_H */
