/*
 * test_index_merge.c - the answers of parts of a catalogue as those of one
 */
#include "check_run.h"

#include <math.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define TRACKS 900
#define DIM 10
#define PARTS 4
#define MOST_K 1000

static ltrec_context *ctx;
static ltrec_index *whole, *parts[PARTS];

/* Scattered over the parts unevenly; the last has none. */
static size_t part_of(uint64_t id)
{
    return id % 7 == 0 ? 0 : id % 2 == 0 ? 1 : 2;
}

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ltrec_index_create(ctx, DIM, NULL, &whole, NULL);
    for (size_t p = 0; p < PARTS; p++)
        ltrec_index_create(ctx, DIM, NULL, &parts[p], NULL);
    for (uint64_t id = 0; id < TRACKS; id++) {
        float vector[DIM];

        for (size_t j = 0; j < DIM; j++) /* every third twice: ties */
            vector[j] = ltr_random_normal(1, id - (id % 3 == 2), j);
        ck_assert_int_eq(ltrec_index_add(whole, 1, &id, vector, NULL),
                         LTREC_OK);
        ck_assert_int_eq(
            ltrec_index_add(parts[part_of(id)], 1, &id, vector, NULL),
            LTREC_OK);
    }
}

static void teardown(void)
{
    ltrec_index_free(whole);
    for (size_t p = 0; p < PARTS; p++)
        ltrec_index_free(parts[p]);
    ltrec_context_free(ctx);
}

static uint64_t part_ids[PARTS * MOST_K], ids[MOST_K], wanted_ids[MOST_K];
static float part_found[PARTS * MOST_K], found[MOST_K], wanted[MOST_K];
static size_t part_n[PARTS];

START_TEST(parts_answer_together_what_the_whole_answers)
{
    static const size_t ks[] = {0, 1, 2, 10, 100, TRACKS, MOST_K};
    float query[DIM];
    size_t n, wanted_n;

    for (uint64_t q = 0; q < 20; q++)
        for (size_t i = 0; i < sizeof ks / sizeof ks[0]; i++) {
            size_t k = ks[i];

            for (size_t j = 0; j < DIM; j++)
                query[j] = ltr_random_normal(2, q, j);
            for (size_t p = 0; p < PARTS; p++)
                ltrec_index_search(parts[p], query, k, part_ids + p * k,
                                   part_found + p * k, &part_n[p]);
            ltrec_index_search(whole, query, k, wanted_ids, wanted, &wanted_n);
            ck_assert_int_eq(ltrec_index_merge(PARTS, k, part_ids, part_found,
                                               part_n, ids, found, &n),
                             LTREC_OK);
            ck_assert_uint_eq(n, wanted_n);
            ck_assert_mem_eq(ids, wanted_ids, n * sizeof *ids);
            ck_assert_mem_eq(found, wanted, n * sizeof *found);
        }
}
END_TEST

START_TEST(an_id_of_several_parts_is_answered_once_at_its_best)
{
    static const uint64_t from[] = {5, 6, 7, 6, 8, 5, 9, 6, 0};
    static const float scores[] = {.9f, .5f, .4f, .8f, .7f, .6f, .6f, .5f, 0};
    static const size_t counts[] = {3, 3, 2};
    size_t n;

    ck_assert_int_eq(
        ltrec_index_merge(3, 3, from, scores, counts, ids, found, &n),
        LTREC_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(ids[0], 5);
    ck_assert_uint_eq(ids[1], 6);
    ck_assert_uint_eq(ids[2], 8);
    ck_assert_float_eq(found[1], .8f);
}
END_TEST

START_TEST(nothing_of_no_parts_and_parts_in_disorder_are_refused)
{
    static const uint64_t from[] = {1, 2};
    static const float rising[] = {.1f, .2f}, equal[] = {.5f, .5f},
                       nan[] = {.5f, NAN};
    static const uint64_t backwards[] = {2, 1};
    const size_t two = 2, three = 3;
    size_t n = 9;

    ck_assert_int_eq(ltrec_index_merge(0, 2, NULL, NULL, NULL, ids, found, &n),
                     LTREC_OK);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(
        ltrec_index_merge(1, 2, from, equal, &two, ids, found, &n), LTREC_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(
        ltrec_index_merge(1, 2, from, rising, &two, ids, found, &n),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_index_merge(1, 2, backwards, equal, &two, ids, found, &n),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_index_merge(1, 2, from, nan, &two, ids, found, &n),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(
        ltrec_index_merge(1, 2, from, equal, &three, ids, found, &n),
        LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(n, 0);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, parts_answer_together_what_the_whole_answers);
    tcase_add_test(tests, an_id_of_several_parts_is_answered_once_at_its_best);
    tcase_add_test(tests,
                   nothing_of_no_parts_and_parts_in_disorder_are_refused);
}

int main(void)
{
    return check_run("index merge", add_tests);
}
