/*
 * lists_lab.h - an index of 5,000 tracks in lists, and queries to it
 */
#ifndef LISTS_LAB_H
#define LISTS_LAB_H

#include "check_run.h"

#include <string.h>

#include "base/random.h"
#include "index_reference.h"
#include "kernel_sets.h"

#define MANY 5000
#define DIM 24
#define QUERIES 40
#define K 10

enum kind {
    CLUSTERED,
    SCATTERED,
    EQUAL,
    FEW_DIRECTIONS,
    KINDS
};

static float vectors[MANY][DIM], queries[QUERIES][DIM];
static uint64_t numbers[MANY];

/* Of 25 clusters, or of none. */
static inline void draw(float *to, enum kind kind, uint64_t stream, uint64_t i)
{
    uint64_t cluster = ltr_random_below(1, stream, i, 25);

    for (size_t j = 0; j < DIM; j++) {
        float noise = ltr_random_normal(stream, i + 1, j);

        to[j] = kind == EQUAL            ? 1 + (float)(j % 3)
                : kind == FEW_DIRECTIONS ? (j == i % 5) + 1e-7f * noise
                : kind == SCATTERED
                    ? noise
                    : ltr_random_normal(9, cluster, j) + 0.4f * noise;
    }
}

static inline ltrec_index *make(ltrec_context *ctx, enum kind kind,
                                double recall)
{
    ltrec_index_options options;
    ltrec_index *index;

    for (uint64_t i = 0; i < MANY; i++) {
        numbers[i] = i * 7919 % 10007;
        draw(vectors[i], kind, 2, i);
    }
    for (uint64_t q = 0; q < QUERIES; q++)
        draw(queries[q], q % 8 == 7 ? SCATTERED : kind, 3, q);
    ltrec_index_options_init(&options, sizeof options);
    options.recall = recall;
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &options, &index, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_index_add(index, MANY, numbers, vectors[0], NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_index_compact(index, NULL, NULL), LTREC_OK);
    return index;
}

static inline struct ltrec_index_information info_of(const ltrec_index *index)
{
    ltrec_index_information info;

    ltrec_index_information_init(&info, sizeof info);
    ck_assert_int_eq(ltrec_index_info(index, &info), LTREC_OK);
    return info;
}

/* Which of the ids 0 to 10006 are in. */
static inline void change(ltrec_index *index, uint64_t step)
{
    uint64_t ids[40];
    float moved[40][DIM];
    size_t n = 0;

    for (uint64_t i = 0; n < 40; i++) {
        uint64_t id = ltr_random_below(5, step, i, 10007);
        int known = 0;

        for (size_t j = 0; j < n; j++)
            known |= ids[j] == id;
        if (known || ltrec_index_contains(index, id) != (step % 3 != 0))
            continue;
        ids[n] = id;
        draw(moved[n++], CLUSTERED, 6 + step, i);
    }
    ck_assert_int_eq(
        step % 3 == 0   ? ltrec_index_add(index, n, ids, moved[0], NULL)
        : step % 3 == 1 ? ltrec_index_update(index, n, ids, moved[0], NULL)
                        : ltrec_index_remove(index, n, ids, NULL),
        LTREC_OK);
}

#endif /* LISTS_LAB_H */
