/*
 * test_index.c - what searches answer
 */
#include "failing_memory.h"
#include "kernel_sets.h"
#include "index_lab.h"

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
