/*
 * test_recommender_edges.c - the smallest catalogues, the shortest and longest
 * vectors, and tracks that nothing tells apart
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#define MOST 300
#define LONGEST 4096

static ltrec_context *ctx;
static float vectors[2 * LONGEST];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

/* Tracks 1 ... n, each played once, of `from[n][rank]`. */
static ltrec_recommender *make(size_t n, size_t rank, const float *from)
{
    uint64_t ids[MOST];
    uint32_t plays[MOST];
    ltrec_factors_options options;
    ltrec_recommender_sources sources;
    ltrec_factors *factors;
    ltrec_recommender *r;

    for (size_t i = 0; i < n; i++) {
        ids[i] = i + 1;
        plays[i] = 1;
    }
    ltrec_factors_options_init(&options, sizeof options);
    options.plays = plays;
    ck_assert_int_eq(ltrec_factors_create(ctx, n, rank, ids, from, &options,
                                          &factors, NULL),
                     LTREC_OK);
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = factors;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, NULL),
        LTREC_OK);
    ltrec_factors_free(factors);
    return r;
}

/* The list for one who played `played`, or for a track like it. */
static size_t ask(const ltrec_recommender *r, uint64_t played, int like_it,
                  size_t k, uint64_t *ids, float *scores)
{
    ltrec_listener listener;
    size_t n = 9;

    ltrec_listener_init(&listener, sizeof listener);
    if (like_it)
        listener.n_seeds = 1, listener.seeds = &played;
    else
        listener.n_played = 1, listener.played = &played;
    ck_assert_int_eq(
        ltrec_recommender_list(r, &listener, NULL, k, ids, scores, &n, NULL),
        LTREC_OK);
    return n;
}

START_TEST(one_and_two_tracks_make_lists_of_none_and_one)
{
    static const size_t ranks[] = {1, 2, LONGEST};
    size_t rank = ranks[_i];

    memset(vectors, 0, sizeof vectors);
    vectors[0] = 0.5f;
    vectors[rank] = -0.25f;
    for (size_t n = 1; n <= 2; n++) {
        ltrec_recommender *r = make(n, rank, vectors);

        /* To fold a listener in takes rank^3 / 3 operations. */
        for (size_t k = 0; k <= 4; k++)
            for (int like_it = rank == LONGEST; like_it < 2; like_it++) {
                uint64_t ids[4] = {0};
                float scores[4];

                ck_assert_uint_eq(ask(r, 1, like_it, k, ids, scores),
                                  k < n - 1 ? k : n - 1);
                ck_assert(k == 0 || n == 1 || ids[0] == 2);
                ck_assert(k == 0 || n == 1 || isfinite(scores[0]));
            }
        ltrec_recommender_free(r);
    }
}
END_TEST

START_TEST(tracks_that_nothing_tells_apart_come_in_the_order_of_their_ids)
{
    float same[MOST][3], scores[MOST];
    uint64_t ids[MOST];
    ltrec_recommender *r;

    for (size_t i = 0; i < MOST; i++)
        for (size_t j = 0; j < 3; j++)
            same[i][j] = 0.3f + (float)j;
    r = make(MOST, 3, same[0]);
    for (int like_it = 0; like_it < 2; like_it++) {
        ck_assert_uint_eq(ask(r, 7, like_it, MOST, ids, scores), MOST - 1);
        for (size_t i = 0; i < MOST - 1; i++) {
            ck_assert_uint_eq(ids[i], i + 1 + (i >= 6));
            ck_assert(isfinite(scores[i]) && scores[i] == scores[0]);
        }
    }
    ltrec_recommender_free(r);
}
END_TEST

/* Lengths at both ends of what a float holds. */
START_TEST(the_largest_and_smallest_factors_make_finite_scores)
{
    static const float sizes[] = {1e-30f, 1e-15f, 1e15f};
    float from[4][2] = {{1, 0}, {1, 1}, {0, 1}, {-1, 1}};

    for (size_t s = 0; s < 3; s++) {
        float scaled[4][2], scores[4];
        uint64_t ids[4];
        ltrec_recommender *r;

        for (size_t i = 0; i < 4; i++)
            for (size_t j = 0; j < 2; j++)
                scaled[i][j] = from[i][j] * sizes[s];
        r = make(4, 2, scaled[0]);
        ck_assert_uint_eq(ask(r, 1, 1, 4, ids, scores), 3);
        ck_assert_uint_eq(ids[0], 2);
        ck_assert_uint_eq(ids[2], 4);
        ck_assert_uint_eq(ask(r, 1, 0, 4, ids, scores), 3);
        for (size_t i = 0; i < 3; i++)
            ck_assert(isfinite(scores[i]));
        ltrec_recommender_free(r);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, one_and_two_tracks_make_lists_of_none_and_one,
                        0, 3);
    tcase_add_test(
        tests, tracks_that_nothing_tells_apart_come_in_the_order_of_their_ids);
    tcase_add_test(tests, the_largest_and_smallest_factors_make_finite_scores);
}

int main(void)
{
    return check_run("recommender edges", add_tests);
}
