/*
 * test_index.c - the index, through its public interface
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "failing_memory.h"
#include "kernel_sets.h"

#define DIM 3
#define MANY 700
#define WIDE 37

static const uint64_t track_ids[] = {70, 10, 30};
static const float tracks[][DIM] = {{1, 0, 0}, {2, 2, 0}, {0, 0, 5}};

static ltrec_context *ctx;
static ltrec_index *tracks_index;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, NULL, &tracks_index, NULL),
                     LTREC_OK);
    ck_assert_int_eq(
        ltrec_index_add(tracks_index, 3, track_ids, tracks[0], NULL),
        LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx); /* before its index: the order is free */
    ltrec_index_free(tracks_index);
}

/* MANY tracks with scattered ids, some pointing exactly the same way. */
static float wide[MANY][WIDE];
static uint64_t wide_ids[MANY];

static ltrec_index *many_tracks(ltrec_context *with)
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

static void query_of(size_t number, float *query)
{
    for (size_t j = 0; j < WIDE; j++)
        query[j] = 3 * ltr_random_normal(2, number, j);
}

/* ---- Answers ------------------------------------------------------------ */

START_TEST(similarity_is_the_cosine_whatever_the_lengths)
{
    const float query[DIM] = {10, 0, 0};
    float similarities[3];
    uint64_t ids[3];
    size_t n;

    ck_assert_int_eq(
        ltrec_index_search(tracks_index, query, 3, ids, similarities, &n),
        LTREC_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_uint_eq(ids[0], 70);
    ck_assert_uint_eq(ids[1], 10);
    ck_assert_uint_eq(ids[2], 30);
    ck_assert_float_eq_tol(similarities[0], 1.0f, 1e-6f);
    ck_assert_float_eq_tol(similarities[1], sqrtf(0.5f), 1e-6f);
    ck_assert_float_eq_tol(similarities[2], 0.0f, 1e-6f);
}
END_TEST

/* In double, by definition. */
static double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t j = 0; j < WIDE; j++) {
        ab += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    return ab / sqrt(aa * bb);
}

START_TEST(answers_are_those_of_the_definition)
{
    ltrec_index *index = many_tracks(ctx);
    float query[WIDE], similarities[MANY];
    uint64_t ids[MANY];
    size_t n;

    query_of(0, query);
    ck_assert_int_eq(
        ltrec_index_search(index, query, MANY, ids, similarities, &n),
        LTREC_OK);
    ck_assert_uint_eq(n, MANY);
    for (size_t i = 0; i < MANY; i++) {
        size_t row = 0;

        while (wide_ids[row] != ids[i])
            row++;
        ck_assert_double_eq_tol((double)similarities[i],
                                cosine(query, wide[row]), 1e-6);
        ck_assert(
            i == 0 || similarities[i - 1] > similarities[i] ||
            (similarities[i - 1] == similarities[i] && ids[i - 1] < ids[i]));
    }
    ltrec_index_free(index);
}
END_TEST

START_TEST(a_shorter_answer_is_the_beginning_of_a_longer_one)
{
    ltrec_index *index = many_tracks(ctx);
    float query[WIDE], all[MANY], some[MANY];
    uint64_t all_ids[MANY], some_ids[MANY];
    size_t n;

    query_of(3, query);
    ltrec_index_search(index, query, MANY, all_ids, all, &n);
    for (size_t k = 0; k < MANY; k += 1 + k) {
        ck_assert_int_eq(
            ltrec_index_search(index, query, k, some_ids, some, &n), LTREC_OK);
        ck_assert_uint_eq(n, k);
        ck_assert_mem_eq(some_ids, all_ids, k * sizeof *all_ids);
        ck_assert_mem_eq(some, all, k * sizeof *all);
    }
    ck_assert_int_eq(ltrec_index_search(index, query, 0, NULL, NULL, &n),
                     LTREC_OK);
    ltrec_index_free(index);
}
END_TEST

START_TEST(a_query_without_direction_is_refused)
{
    static const float bad[][DIM] = {{0, 0, 0},
                                     {1, NAN, 0},
                                     {INFINITY, 0, 0},
                                     {1e-30f, 0, 0},
                                     {3e38f, 0, 0}};
    float similarities[3];
    uint64_t ids[3];
    ltrec_error err;
    size_t n = 9;

    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(
            ltrec_index_search(tracks_index, bad[i], 3, ids, similarities, &n),
            LTREC_ERR_ARGUMENT);
        ck_assert_uint_eq(n, 0);
    }
    ck_assert_int_eq(ltrec_index_search_batch(tracks_index, 1, bad[1], 3, ids,
                                              similarities, &n, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "query 0"));
}
END_TEST

START_TEST(a_batch_has_the_bits_of_single_searches_at_any_thread_count)
{
    enum {
        QUERIES = 39,
        K = 13
    };
    static float queries[QUERIES][WIDE], similarities[QUERIES][K];
    static uint64_t ids[QUERIES][K];
    float one[K];
    uint64_t one_ids[K];
    size_t n, found[QUERIES];

    for (int32_t kernels = 0; kernels < KERNEL_SETS; kernels++)
        for (uint32_t threads = 1; threads <= 4; threads++) {
            ltrec_context *with = context_with(kernels, threads);
            ltrec_index *index;

            if (!with)
                continue;
            index = many_tracks(with);
            for (size_t q = 0; q < QUERIES; q++)
                query_of(q, queries[q]);
            ck_assert_int_eq(
                ltrec_index_search_batch(index, QUERIES, queries[0], K, ids[0],
                                         similarities[0], found, NULL),
                LTREC_OK);
            for (size_t q = 0; q < QUERIES; q++) {
                ltrec_index_search(index, queries[q], K, one_ids, one, &n);
                ck_assert_uint_eq(found[q], n);
                ck_assert_mem_eq(ids[q], one_ids, sizeof one_ids);
                ck_assert_mem_eq(similarities[q], one, sizeof one);
            }
            ltrec_index_free(index);
            ltrec_context_free(with);
        }
}
END_TEST

START_TEST(neighbours_of_a_track_are_its_search_less_itself)
{
    ltrec_index *index = many_tracks(ctx);
    float vector[WIDE], all[MANY], others[MANY];
    uint64_t all_ids[MANY], other_ids[MANY];
    size_t n, at = 0;

    ck_assert_int_eq(ltrec_index_vector(index, wide_ids[48], vector),
                     LTREC_OK);
    ltrec_index_search(index, vector, MANY, all_ids, all, &n);
    ck_assert_int_eq(ltrec_index_search_id(index, wide_ids[48], MANY, NULL,
                                           other_ids, others, &n),
                     LTREC_OK);
    ck_assert_uint_eq(n, MANY - 1);
    for (size_t i = 0; i < MANY; i++) {
        if (all_ids[i] == wide_ids[48])
            continue;
        ck_assert_uint_eq(other_ids[at], all_ids[i]);
        ck_assert(others[at++] == all[i]);
    }
    /* Its twin comes first; it is another track. */
    ck_assert_uint_eq(other_ids[0], wide_ids[49]);
    ck_assert_int_eq(
        ltrec_index_search_id(index, 5000, 1, NULL, other_ids, others, &n),
        LTREC_ERR_ARGUMENT);
    ltrec_index_free(index);
}
END_TEST

/* ---- Filling ------------------------------------------------------------ */

START_TEST(a_track_without_direction_is_refused_with_all_its_batch)
{
    const uint64_t ids[] = {1, 2};
    const float zero[][DIM] = {{1, 1, 1}, {0, 0, 0}};
    const float nan[][DIM] = {{1, 1, 1}, {0, NAN, 0}};
    const float infinite[][DIM] = {{1, 1, 1}, {0, -INFINITY, 0}};
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, ids, zero[0], &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "row 1"));
    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, ids, nan[0], NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, ids, infinite[0], NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 3);
    ck_assert_int_eq(ltrec_index_contains(tracks_index, 1), 0);
}
END_TEST

START_TEST(an_id_that_is_there_or_comes_twice_is_refused_with_all_its_batch)
{
    const uint64_t there[] = {1, 2, 30}, twice[] = {1, 2, 1};
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_add(tracks_index, 3, there, tracks[0], &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "30 of row 2 is in the index"));
    ck_assert_int_eq(ltrec_index_add(tracks_index, 3, twice, tracks[0], &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "1 of row 2 is named twice"));
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 3);
    for (uint64_t id = 1; id <= 2; id++)
        ck_assert_int_eq(ltrec_index_contains(tracks_index, id), 0);
    ck_assert_int_eq(ltrec_index_add(tracks_index, 2, there, tracks[0], NULL),
                     LTREC_OK);
}
END_TEST

START_TEST(tracks_are_found_by_id_through_adding_and_removing)
{
    ltrec_index *index = many_tracks(ctx);
    float vector[WIDE];
    uint64_t gone[MANY / 2], id;

    for (size_t i = 0; i < MANY / 2; i++)
        gone[i] = wide_ids[2 * i];
    ck_assert_int_eq(ltrec_index_remove(index, MANY / 2, gone, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_index_count(index), MANY - MANY / 2);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(ltrec_index_contains(index, wide_ids[i]), i % 2 == 1);
        if (i % 2 == 0)
            continue;
        ck_assert_int_eq(ltrec_index_vector(index, wide_ids[i], vector),
                         LTREC_OK);
        ck_assert_double_eq_tol(cosine(vector, wide[i]), 1, 1e-6);
    }
    ck_assert_int_eq(ltrec_index_vector(index, gone[0], vector),
                     LTREC_ERR_ARGUMENT);
    for (size_t i = 0; i < MANY; i += 2)
        ck_assert_int_eq(
            ltrec_index_add(index, 1, &wide_ids[i], wide[i], NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_ids(index, MANY - 1, 1, &id), LTREC_OK);
    ck_assert_int_eq(ltrec_index_ids(index, MANY, 1, &id), LTREC_ERR_ARGUMENT);
    ltrec_index_free(index);
}
END_TEST

START_TEST(removing_what_is_not_there_or_twice_removes_nothing)
{
    const uint64_t missing[] = {70, 71}, twice[] = {70, 10, 70};
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_remove(tracks_index, 2, missing, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "71"));
    ck_assert_int_eq(ltrec_index_remove(tracks_index, 3, twice, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "twice"));
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 3);
    ck_assert_int_eq(ltrec_index_remove(tracks_index, 3, track_ids, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_index_count(tracks_index), 0);
}
END_TEST

START_TEST(vectors_of_another_model_are_refused_unless_unknown)
{
    ltrec_index_options options;
    ltrec_index *index;
    ltrec_error err;

    ltrec_index_options_init(&options, sizeof options);
    options.model_id = 0xabc;
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &options, &index, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_index_model_id(index), 0xabc);
    ck_assert_int_eq(ltrec_index_check_model(index, 0xabc, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_check_model(index, 0, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_check_model(index, 0xabd, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "0000000000000abd"));
    ltrec_index_free(index);
}
END_TEST

static ltrec_factors *predicted_from(uint64_t features, const uint64_t *id)
{
    ltrec_factors_options options;
    ltrec_factors *f;

    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = 5;
    options.feature_version = features;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, 1, DIM, id, tracks[0], &options, &f, NULL),
        LTREC_OK);
    return f;
}

/* Of one model all of them: other rows of mel, the same factors. */
START_TEST(predictions_from_other_features_are_refused_unless_unknown)
{
    static const uint64_t features[] = {0, 0x21, 0, 0x22, 0x21};
    ltrec_index *index;
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_create(ctx, DIM, NULL, &index, NULL),
                     LTREC_OK);
    for (uint64_t id = 0; id < 5; id++) {
        ltrec_factors *f = predicted_from(features[id], &id);
        int status = ltrec_index_add_factors(index, f, NULL, &err);

        ck_assert_int_eq(status, id == 3 ? LTREC_ERR_MISMATCH : LTREC_OK);
        ck_assert_uint_eq(ltrec_index_feature_version(index),
                          id == 0 ? 0 : 0x21);
        ltrec_factors_free(f);
    }
    ck_assert_uint_eq(ltrec_index_count(index), 4);
    ck_assert_int_eq(ltrec_index_check_features(index, 0, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_check_features(index, 0x23, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "features 0000000000000023"));
    ck_assert_int_eq(ltrec_index_check_features(NULL, 0, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(ltrec_index_feature_version(NULL), 0);
    ltrec_index_free(index);
}
END_TEST

/* ---- Options and memory ------------------------------------------------- */

START_TEST(options_from_an_older_header_are_accepted)
{
    struct {
        size_t size;
    } old = {sizeof old};
    ltrec_index_options options;
    ltrec_index *index;

    memcpy(&options, &old, sizeof old);
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &options, &index, NULL),
                     LTREC_OK);
    ltrec_index_free(index);
}
END_TEST

START_TEST(options_from_a_newer_header_are_refused_only_when_used)
{
    struct {
        ltrec_index_options known;
        uint64_t from_the_future;
    } new;
    ltrec_error err;
    ltrec_index *index;

    ltrec_index_options_init(&new.known, sizeof new);
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &new.known, &index, &err),
                     LTREC_OK);
    ltrec_index_free(index);

    new.from_the_future = 1;
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &new.known, &index, &err),
                     LTREC_ERR_UNSUPPORTED);
    ck_assert_ptr_null(index);
    ck_assert_int_eq(err.code, LTREC_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.message, "newer"));
}
END_TEST

START_TEST(room_nobody_has_is_refused_in_words)
{
    ltrec_index_options options;
    ltrec_index *index;
    ltrec_error err;

    ltrec_index_options_init(&options, sizeof options);
    options.reserve = SIZE_MAX;
    ck_assert_int_eq(ltrec_index_create(ctx, DIM, &options, &index, &err),
                     LTREC_ERR_MEMORY);
    ck_assert_ptr_null(index);
    ck_assert_int_eq(ltrec_index_create(ctx, SIZE_MAX, NULL, &index, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_index_create(ctx, 0, NULL, &index, &err),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

/* Build an index and use it; LTREC_OK or what failed, leaving nothing. */
static int build(struct failing_memory *memory)
{
    float similarities[3];
    uint64_t ids[3];
    size_t n_found[3];
    ltrec_context *context;
    ltrec_index *index;
    int status = failing_context(memory, &context);

    if (status != LTREC_OK)
        return status;
    status = ltrec_index_create(context, DIM, NULL, &index, NULL);
    for (uint64_t id = 0; id < 90 && status == LTREC_OK; id++) {
        status = ltrec_index_add(index, 1, &id, tracks[0], NULL);
        ck_assert_uint_eq(ltrec_index_count(index), id + !status);
    }
    if (status == LTREC_OK)
        status = ltrec_index_remove(index, 2, track_ids, NULL);
    if (status == LTREC_OK)
        status = ltrec_index_search_batch(index, 3, tracks[0], 1, ids,
                                          similarities, n_found, NULL);
    ltrec_index_free(index);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(build, 100), 10);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, similarity_is_the_cosine_whatever_the_lengths);
    tcase_add_test(tests, answers_are_those_of_the_definition);
    tcase_add_test(tests, a_shorter_answer_is_the_beginning_of_a_longer_one);
    tcase_add_test(tests, a_query_without_direction_is_refused);
    tcase_add_test(
        tests, a_batch_has_the_bits_of_single_searches_at_any_thread_count);
    tcase_add_test(tests, neighbours_of_a_track_are_its_search_less_itself);
    tcase_add_test(tests,
                   a_track_without_direction_is_refused_with_all_its_batch);
    tcase_add_test(
        tests,
        an_id_that_is_there_or_comes_twice_is_refused_with_all_its_batch);
    tcase_add_test(tests, tracks_are_found_by_id_through_adding_and_removing);
    tcase_add_test(tests, removing_what_is_not_there_or_twice_removes_nothing);
    tcase_add_test(tests, vectors_of_another_model_are_refused_unless_unknown);
    tcase_add_test(tests,
                   predictions_from_other_features_are_refused_unless_unknown);
    tcase_add_test(tests, options_from_an_older_header_are_accepted);
    tcase_add_test(tests,
                   options_from_a_newer_header_are_refused_only_when_used);
    tcase_add_test(tests, room_nobody_has_is_refused_in_words);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("index", add_tests);
}
