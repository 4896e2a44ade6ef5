/*
 * test_recommend.c - recommendations, and factors into an index
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "failing_memory.h"
#include "kernel_sets.h"

#define RANK 2
#define ITEMS 5

/* Popular ones have long vectors; 50 is of nobody. */
static const uint64_t ids[ITEMS] = {40, 10, 30, 20, 50};
static const float vectors[ITEMS][RANK] = {
    {4, 0}, {0, 9}, {1, 1}, {3, -1}, {0, 0}};
static const uint32_t plays[ITEMS] = {8, 12, 0, 5, 0};
static const float listener[RANK] = {1, 0.5f};

static ltrec_context *ctx;
static ltrec_factors *items;

static ltrec_factors *make(ltrec_context *with, const uint32_t *known_plays)
{
    ltrec_factors_options options;
    ltrec_factors *factors;

    ltrec_factors_options_init(&options, sizeof options);
    options.plays = known_plays;
    options.model_id = 99;
    ltrec_factors_create(with, ITEMS, RANK, ids, vectors[0], &options,
                         &factors, NULL);
    return factors;
}

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    items = make(ctx, plays);
    ck_assert_ptr_nonnull(items);
}

static void teardown(void)
{
    ltrec_factors_free(items);
    ltrec_context_free(ctx);
}

static void expect(const ltrec_index_filter *filter,
                   const ltrec_recommend_options *options, size_t n_wanted,
                   const uint64_t *wanted, const float *scores)
{
    uint64_t found[ITEMS];
    float found_scores[ITEMS];
    size_t n;

    for (size_t k = 0; k <= ITEMS; k++) {
        ck_assert_int_eq(ltrec_recommend(ctx, items, listener, k, filter,
                                         options, found, found_scores, &n,
                                         NULL),
                         LTREC_OK);
        ck_assert_uint_eq(n, k < n_wanted ? k : n_wanted);
        for (size_t i = 0; i < n; i++) {
            ck_assert_uint_eq(found[i], wanted[i]);
            ck_assert_float_eq_tol(found_scores[i], scores[i], 1e-6f);
        }
    }
}

START_TEST(the_best_tracks_are_those_of_the_largest_dot_product)
{
    /* 4 and 4.5 and 1.5 and 2.5. */
    const uint64_t wanted[] = {10, 40, 20, 30};
    const float scores[] = {4.5f, 4, 2.5f, 1.5f};

    expect(NULL, NULL, 4, wanted, scores);
}
END_TEST

START_TEST(by_cosine_popularity_does_not_help)
{
    /* Over the lengths: 1.118 the listener's, 4, 9, 1.414, 3.162. */
    const uint64_t wanted[] = {30, 40, 20, 10};
    const float scores[] = {0.9486833f, 0.8944272f, 0.7071068f, 0.4472136f};
    ltrec_recommend_options options;

    ltrec_recommend_options_init(&options, sizeof options);
    options.cosine = 1;
    expect(NULL, &options, 4, wanted, scores);
}
END_TEST

START_TEST(what_was_played_and_what_is_popular_can_be_left_out)
{
    const uint64_t excluded[] = {10, 11, 20}, wanted[] = {40, 30};
    const uint64_t unplayed[] = {30}, tail[] = {20, 30};
    const float scores[] = {4, 1.5f}, unplayed_scores[] = {1.5f};
    const float tail_scores[] = {2.5f, 1.5f};
    ltrec_recommend_options options;
    ltrec_index_filter filter;

    ltrec_index_filter_init(&filter, sizeof filter);
    filter.excluded = excluded;
    filter.n_excluded = 3;
    expect(&filter, NULL, 2, wanted, scores);

    ltrec_recommend_options_init(&options, sizeof options);
    options.most_plays = 0;
    expect(NULL, &options, 1, unplayed, unplayed_scores);
    expect(&filter, &options, 1, unplayed, unplayed_scores);
    options.most_plays = 5;
    expect(NULL, &options, 2, tail, tail_scores);
    filter.excluded = NULL, filter.n_excluded = 0;
    filter.allowed = unplayed, filter.n_allowed = 1;
    expect(&filter, NULL, 1, unplayed, unplayed_scores);
}
END_TEST

START_TEST(a_question_that_has_no_answer_is_refused)
{
    static const float nobody[RANK] = {0, 0}, nan[RANK] = {1, NAN};
    const uint64_t wrong[] = {2, 1};
    ltrec_recommend_options options;
    ltrec_index_filter filter;
    ltrec_factors *unknown = make(ctx, NULL);
    uint64_t found[1];
    float score[1];
    size_t n = 7;
    ltrec_error err;

    ck_assert_int_eq(ltrec_recommend(ctx, items, nobody, 1, NULL, NULL, found,
                                     score, &n, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(ltrec_recommend(ctx, items, nan, 1, NULL, NULL, found,
                                     score, &n, &err),
                     LTREC_ERR_ARGUMENT);
    ltrec_recommend_options_init(&options, sizeof options);
    options.most_plays = 3;
    ck_assert_int_eq(ltrec_recommend(ctx, unknown, listener, 1, NULL, &options,
                                     found, score, &n, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "how much was played"));
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = wrong;
    filter.n_allowed = 2;
    ck_assert_int_eq(ltrec_recommend(ctx, items, listener, 1, &filter, NULL,
                                     found, score, &n, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "ascending"));
    ltrec_factors_free(unknown);
}
END_TEST

START_TEST(answers_hold_for_many_tracks_on_every_kernel_set)
{
    enum {
        MANY = 900,
        WIDE = 21,
        K = 50
    };
    static float rows[MANY][WIDE];
    static uint64_t many_ids[MANY], found[K];
    float query[WIDE], scores[K];
    ltrec_factors *many;
    size_t n;

    for (size_t i = 0; i < MANY; i++) {
        many_ids[i] = i * 31 % 1009;
        for (size_t j = 0; j < WIDE; j++)
            rows[i][j] = ltr_random_normal(1, i / 2, j); /* twins: ties */
    }
    for (size_t j = 0; j < WIDE; j++)
        query[j] = ltr_random_normal(2, 0, j);
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_context *with = context_with(set, 1);
        size_t better = 0;

        if (!with)
            continue;
        ltrec_factors_create(with, MANY, WIDE, many_ids, rows[0], NULL, &many,
                             NULL);
        ck_assert_int_eq(ltrec_recommend(with, many, query, K, NULL, NULL,
                                         found, scores, &n, NULL),
                         LTREC_OK);
        ck_assert_uint_eq(n, K);
        for (size_t i = 0; i < K; i += 2) { /* a twin follows, by id */
            ck_assert(scores[i] == scores[i + 1]);
            ck_assert_uint_lt(found[i], found[i + 1]);
        }
        for (size_t i = 0; i < MANY; i++) {
            double score = 0;

            for (size_t j = 0; j < WIDE; j++)
                score += (double)rows[i][j] * (double)query[j];
            better += score > (double)scores[K - 1] + 1e-4;
        }
        ck_assert_uint_le(better, K - 2);
        ltrec_factors_free(many);
        ltrec_context_free(with);
    }
}
END_TEST

/* ---- Factors into an index ---------------------------------------------- */

START_TEST(an_index_takes_factors_less_the_rows_of_zeros_and_their_model)
{
    ltrec_index_options options;
    ltrec_index *index;
    size_t n_skipped;
    ltrec_error err;

    ltrec_index_create(ctx, RANK, NULL, &index, NULL);
    ck_assert_int_eq(ltrec_index_add_factors(index, items, &n_skipped, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(n_skipped, 1);
    ck_assert_uint_eq(ltrec_index_count(index), ITEMS - 1);
    ck_assert_int_eq(ltrec_index_contains(index, 50), 0);
    ck_assert_int_eq(ltrec_index_contains(index, 20), 1);
    ck_assert_uint_eq(ltrec_index_model_id(index), 99);
    ck_assert_int_eq(ltrec_index_add_factors(index, items, NULL, NULL),
                     LTREC_ERR_ARGUMENT); /* they are there */
    ltrec_index_free(index);

    ltrec_index_options_init(&options, sizeof options);
    options.model_id = 98;
    ltrec_index_create(ctx, RANK, &options, &index, NULL);
    ck_assert_int_eq(ltrec_index_add_factors(index, items, NULL, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_uint_eq(ltrec_index_count(index), 0);
    ltrec_index_free(index);

    ltrec_index_create(ctx, RANK + 1, NULL, &index, NULL);
    ck_assert_int_eq(ltrec_index_add_factors(index, items, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "rank 2, wanted 3"));
    ltrec_index_free(index);
}
END_TEST

static int build(struct failing_memory *memory)
{
    ltrec_context *context;
    ltrec_index *index = NULL;
    int status = failing_context(memory, &context);

    if (status != LTREC_OK)
        return status;
    status = ltrec_index_create(context, RANK, NULL, &index, NULL);
    if (status == LTREC_OK)
        status = ltrec_index_add_factors(index, items, NULL, NULL);
    if (status != LTREC_OK)
        ck_assert_uint_eq(ltrec_index_count(index), 0);
    ltrec_index_free(index);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(build, 50), 8);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   the_best_tracks_are_those_of_the_largest_dot_product);
    tcase_add_test(tests, by_cosine_popularity_does_not_help);
    tcase_add_test(tests, what_was_played_and_what_is_popular_can_be_left_out);
    tcase_add_test(tests, a_question_that_has_no_answer_is_refused);
    tcase_add_test(tests, answers_hold_for_many_tracks_on_every_kernel_set);
    tcase_add_test(
        tests, an_index_takes_factors_less_the_rows_of_zeros_and_their_model);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("recommend", add_tests);
}
