/*
 * test_index_edges.c - the smallest catalogues, the shortest and the longest
 * vectors, and a catalogue in which all tracks are the same
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#define TRACKS 1000000
#define BATCH 10000
#define K 100

#define LONGEST 4097 /* floats; from there on there are no codes */

static ltrec_context *ctx;
static ltrec_index *tracks;
static size_t dim;

static void forget(void)
{
    ltrec_index_free(tracks);
    ltrec_context_free(ctx);
}

/* ---- None, one and two -------------------------------------------------- */

/* Of n tracks, the first along the first axis, the second the other way. */
static void expect_few(size_t n, size_t k)
{
    static float query[2 * LONGEST];
    uint64_t ids[2 * 5];
    float similarities[2 * 5];
    size_t found[2] = {9, 9}, wanted = k < n ? k : n;

    memset(query, 0, sizeof query);
    query[0] = 3;
    ck_assert_int_eq(
        ltrec_index_search(tracks, query, k, ids, similarities, found),
        LTREC_OK);
    ck_assert_uint_eq(found[0], wanted);
    for (size_t i = 0; i < wanted; i++) {
        ck_assert_uint_eq(ids[i], 7 - i);
        ck_assert_float_eq(similarities[i], i == 0 ? 1 : -1);
    }
    query[0] = 0;
    query[dim - 1] = query[dim] = 2; /* for dim 1 the same one twice */
    ck_assert_int_eq(ltrec_index_search_batch(tracks, 2, query, k, ids,
                                              similarities, found, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(found[0], wanted);
    ck_assert_uint_eq(found[1], wanted);
    ck_assert_int_eq(
        ltrec_index_search_id(tracks, 7, k, NULL, ids, similarities, found),
        n > 0 ? LTREC_OK : LTREC_ERR_ARGUMENT);
    if (n > 0)
        ck_assert_uint_eq(found[0], k < n - 1 ? k : n - 1);
}

START_TEST(none_one_and_two_tracks_of_any_length_are_answered)
{
    static const size_t lengths[] = {1, 2, 3, LONGEST - 1, LONGEST};
    static float vectors[2 * LONGEST];
    const uint64_t ids[] = {7, 6};

    dim = lengths[_i];
    memset(vectors, 0, sizeof vectors);
    vectors[0] = 1;
    vectors[dim] = -5;
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_create(ctx, dim, NULL, &tracks, NULL),
                     LTREC_OK);
    for (size_t n = 0; n <= 2; n++) {
        if (n > 0)
            ck_assert_int_eq(ltrec_index_add(tracks, 1, &ids[n - 1],
                                             vectors + (n - 1) * dim, NULL),
                             LTREC_OK);
        for (size_t k = 0; k <= 5; k++)
            expect_few(n, k);
        ck_assert_int_eq(ltrec_index_compact(tracks, NULL, NULL), LTREC_OK);
        for (size_t k = 0; k <= 5; k++)
            expect_few(n, k);
    }
    forget();
}
END_TEST

/* ---- A million of one --------------------------------------------------- */

/* No code and no list tells them apart: every one may belong to an answer,
 * whose order is that of the ids alone. */

/* Ids come in no order, each of 1 ... TRACKS once. */
static uint64_t id_of(size_t i)
{
    return (uint64_t)i * 7919 % TRACKS + 1;
}

static void make(size_t floats)
{
    float *vectors = malloc(BATCH * floats * sizeof *vectors);
    uint64_t ids[BATCH];

    dim = floats;
    ck_assert_ptr_nonnull(vectors);
    for (size_t i = 0; i < BATCH * dim; i++)
        vectors[i] = 0.5f + (float)(i % dim);
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_create(ctx, dim, NULL, &tracks, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < TRACKS; i += BATCH) {
        for (size_t j = 0; j < BATCH; j++)
            ids[j] = id_of(i + j);
        ck_assert_int_eq(ltrec_index_add(tracks, BATCH, ids, vectors, NULL),
                         LTREC_OK);
    }
    free(vectors);
}

/* `first`, `first` + 1 and so on, all as near as can be. */
static void expect_ids(const uint64_t *ids, const float *similarities,
                       size_t n, uint64_t first)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(ids[i], first + i);
        ck_assert_float_eq_tol(similarities[i], 1, 1e-6f);
    }
}

static void expect_answers(const float *query)
{
    ltrec_index_filter filter;
    uint64_t ids[2 * K], last = TRACKS - 5;
    float similarities[2 * K], queries[2][2] = {{query[0], query[dim - 1]},
                                                {query[0], query[dim - 1]}};
    size_t n, found[2];

    ck_assert_int_eq(
        ltrec_index_search(tracks, query, K, ids, similarities, &n), LTREC_OK);
    ck_assert_uint_eq(n, K);
    expect_ids(ids, similarities, K, 1);
    ck_assert_int_eq(ltrec_index_search_batch(tracks, 2, queries[0], K, ids,
                                              similarities, found, NULL),
                     LTREC_OK);
    expect_ids(ids + K, similarities + K, K, 1);
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.excluded = ids, filter.n_excluded = K; /* 1 ... K */
    ck_assert_int_eq(ltrec_index_search_filtered(tracks, query, 10, &filter,
                                                 ids + K, similarities, &n),
                     LTREC_OK);
    ck_assert_uint_eq(n, 10);
    expect_ids(ids + K, similarities, 10, K + 1);
    filter.n_excluded = 0;
    filter.allowed = &last, filter.n_allowed = 1;
    ck_assert_int_eq(ltrec_index_search_filtered(tracks, query, 10, &filter,
                                                 ids, similarities, &n),
                     LTREC_OK);
    ck_assert_uint_eq(n, 1);
    expect_ids(ids, similarities, 1, last);
}

START_TEST(a_million_equal_tracks_are_answered_in_the_order_of_their_ids)
{
    static const float query[] = {1, 3};
    uint64_t gone = 1, ids[3];
    float similarities[3];
    size_t n;

    make(2);
    expect_answers(query);
    ck_assert_int_eq(ltrec_index_compact(tracks, NULL, NULL), LTREC_OK);
    expect_answers(query);
    ck_assert_int_eq(ltrec_index_remove(tracks, 1, &gone, NULL), LTREC_OK);
    ck_assert_int_eq(
        ltrec_index_search_id(tracks, 2, 3, NULL, ids, similarities, &n),
        LTREC_OK);
    ck_assert_uint_eq(n, 3);
    expect_ids(ids, similarities, 3, 3); /* neither the first nor itself */
    forget();
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(
        tests, none_one_and_two_tracks_of_any_length_are_answered, 0, 5);
    tcase_add_test(
        tests, a_million_equal_tracks_are_answered_in_the_order_of_their_ids);
}

int main(void)
{
    return check_run("index edges", add_tests);
}
