/*
 * test_index_filter.c - searches among some of the tracks
 */
#include "check_run.h"

#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define MANY 700
#define DIM 19

static ltrec_context *ctx;
static ltrec_index *tracks;
static float query[DIM];
static uint64_t everything[MANY]; /* all ids, best first */
static float similarities[MANY];

static void setup(void)
{
    size_t n;

    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, NULL, &tracks, NULL),
                     LTREC_OK);
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t id = 3 * i;
        float vector[DIM];

        for (size_t j = 0; j < DIM; j++)
            vector[j] = ltr_random_normal(1, i / 2 * 2, j); /* twins */
        ck_assert_int_eq(ltrec_index_add(tracks, 1, &id, vector, NULL),
                         LTREC_OK);
    }
    for (size_t j = 0; j < DIM; j++)
        query[j] = ltr_random_normal(2, 0, j);
    ltrec_index_search(tracks, query, MANY, everything, similarities, &n);
}

static void teardown(void)
{
    ltrec_index_free(tracks);
    ltrec_context_free(ctx);
}

/* `n` ascending ids below `limit`, with repeats and ids of no track. */
static size_t draw(uint64_t stream, size_t n, uint64_t limit, uint64_t *ids)
{
    size_t count = 0;

    for (uint64_t id = 0; id < limit; id++)
        while (count < n &&
               ltr_random_below(3, stream, id * 10 + count % 10, limit) < n)
            ids[count++] = id;
    return count;
}

static int holds(const uint64_t *ids, size_t n, uint64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return 1;
    return 0;
}

/* What the filter must answer: a walk down the list of everything. */
static void check(const ltrec_index_filter *filter, size_t k)
{
    uint64_t ids[MANY];
    float found[MANY];
    size_t n, at = 0;

    ck_assert_int_eq(
        ltrec_index_search_filtered(tracks, query, k, filter, ids, found, &n),
        LTREC_OK);
    for (size_t i = 0; i < MANY && at < k; i++) {
        uint64_t id = everything[i];

        if ((filter->allowed &&
             !holds(filter->allowed, filter->n_allowed, id)) ||
            holds(filter->excluded, filter->n_excluded, id))
            continue;
        ck_assert_uint_lt(at, n);
        ck_assert_uint_eq(ids[at], id);
        ck_assert(found[at] == similarities[i]);
        at++;
    }
    ck_assert_uint_eq(n, at);
}

START_TEST(a_filtered_answer_is_the_whole_one_with_the_others_left_out)
{
    static const size_t sizes[] = {0, 1, 5, 40, 90, 400, 1500};
    static const size_t ks[] = {1, 10, MANY};
    uint64_t allowed[1500], excluded[1500];
    ltrec_index_filter filter;

    for (size_t a = 0; a < 7; a++)
        for (size_t e = 0; e < 7; e++)
            for (size_t k = 0; k < 3; k++) {
                ltrec_index_filter_init(&filter, sizeof filter);
                filter.excluded = excluded;
                filter.n_excluded = draw(e, sizes[e], 3 * MANY + 9, excluded);
                check(&filter, ks[k]);
                filter.allowed = allowed;
                filter.n_allowed =
                    draw(a + 20, sizes[a], 3 * MANY + 9, allowed);
                check(&filter, ks[k]);
            }
}
END_TEST

START_TEST(a_filter_that_lets_nothing_through_gets_nothing)
{
    const uint64_t unknown[] = {1, 4, 4, 5};
    ltrec_index_filter filter;
    float found[3];
    uint64_t ids[3];
    size_t n;

    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = unknown;
    for (size_t allowed = 0; allowed <= 4; allowed++) {
        filter.n_allowed = allowed;
        ck_assert_int_eq(ltrec_index_search_filtered(tracks, query, 3, &filter,
                                                     ids, found, &n),
                         LTREC_OK);
        ck_assert_uint_eq(n, 0);
    }
}
END_TEST

START_TEST(neighbours_can_be_filtered_and_never_hold_the_track_itself)
{
    const uint64_t allowed[] = {0, 3, 6, 9};
    ltrec_index_filter filter;
    float found[9];
    uint64_t ids[9];
    size_t n;

    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = allowed;
    filter.n_allowed = 4;
    ck_assert_int_eq(
        ltrec_index_search_id(tracks, 3, 9, &filter, ids, found, &n),
        LTREC_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(ids[0], 0); /* its twin */
    ck_assert(!holds(ids, n, 3));
}
END_TEST

START_TEST(lists_out_of_order_or_missing_are_refused)
{
    const uint64_t wrong[] = {3, 9, 6};
    ltrec_index_filter filter;
    float found[3];
    uint64_t ids[3];
    size_t n;

    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = wrong;
    filter.n_allowed = 3;
    ck_assert_int_eq(
        ltrec_index_search_filtered(tracks, query, 3, &filter, ids, found, &n),
        LTREC_ERR_ARGUMENT);
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.excluded = wrong;
    filter.n_excluded = 3;
    ck_assert_int_eq(
        ltrec_index_search_filtered(tracks, query, 3, &filter, ids, found, &n),
        LTREC_ERR_ARGUMENT);
    filter.excluded = NULL;
    ck_assert_int_eq(
        ltrec_index_search_id(tracks, 3, 3, &filter, ids, found, &n),
        LTREC_ERR_ARGUMENT);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(
        tests, a_filtered_answer_is_the_whole_one_with_the_others_left_out);
    tcase_add_test(tests, a_filter_that_lets_nothing_through_gets_nothing);
    tcase_add_test(tests,
                   neighbours_can_be_filtered_and_never_hold_the_track_itself);
    tcase_add_test(tests, lists_out_of_order_or_missing_are_refused);
}

int main(void)
{
    return check_run("index filter", add_tests);
}
