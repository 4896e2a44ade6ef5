/*
 * test_index_recall.c - an index that may miss some: as many as was asked for
 */
#include "lists_lab.h"

static double recall_of(const ltrec_context *ctx, const ltrec_index *index)
{
    static struct reference all[MANY];
    uint64_t ids[K];
    float found[K];
    size_t right = 0, asked = 0;

    for (size_t q = 0; q < QUERIES; q++) {
        size_t n;

        if (q % 8 == 7) /* not like the tracks */
            continue;
        scan_reference(ctx, index, queries[q], all, NULL);
        ltrec_index_search(index, queries[q], K, ids, found, &n);
        ck_assert_uint_eq(n, K);
        for (size_t i = 0; i < K; i++)
            right += found[i] >= all[K - 1].score;
        asked += K;
    }
    return (double)right / (double)asked;
}

START_TEST(the_recall_that_was_asked_for_is_found)
{
    static const double goals[] = {0.5, 0.9, 0.99};

    for (enum kind kind = CLUSTERED; kind <= SCATTERED; kind++)
        for (size_t i = 0; i < 3; i++) {
            ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
            ltrec_index *index = make(ctx, kind, goals[i]);
            ltrec_index_information info = info_of(index);

            ck_assert_uint_gt(info.probes, 0);
            ck_assert_uint_le(info.probes, info.probes_100);
            ck_assert_uint_lt(info.probes, info.lists);
            ck_assert_double_ge(info.recall_tracks, goals[i]);
            ck_assert_double_eq(info.recall_queries, -1);
            ck_assert_double_ge(recall_of(ctx, index), goals[i] - 0.03);
            ltrec_index_free(index);
            ltrec_context_free(ctx);
        }
}
END_TEST

START_TEST(queries_that_lie_elsewhere_take_more_lists)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    ltrec_index *index = make(ctx, CLUSTERED, 0.95);
    ltrec_index_compact_options options;
    size_t before = info_of(index).probes;
    static float elsewhere[QUERIES][DIM];

    for (uint64_t q = 0; q < QUERIES; q++)
        draw(elsewhere[q], SCATTERED, 8, q);
    ltrec_index_compact_options_init(&options, sizeof options);
    options.queries = elsewhere[0];
    options.n_queries = QUERIES;
    ck_assert_int_eq(ltrec_index_compact(index, &options, NULL), LTREC_OK);
    ck_assert_uint_gt(info_of(index).probes, before);
    ck_assert_double_ge(info_of(index).recall_queries, 0.95);
    elsewhere[3][1] = NAN;
    ck_assert_int_eq(ltrec_index_compact(index, &options, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_index_free(index);
    ltrec_context_free(ctx);
}
END_TEST

/* Answers and lists of one kernel set and thread count. */
static void answer(int32_t set, uint32_t threads, uint64_t *ids,
                   size_t *probes)
{
    ltrec_context *ctx = context_with(set, threads);
    float found[QUERIES * K], one_found[K];
    size_t n[QUERIES], one_n;
    uint64_t one[K];
    ltrec_index *index;

    if (!ctx)
        return;
    index = make(ctx, SCATTERED, 0.9);
    *probes = info_of(index).probes;
    ltrec_index_search_batch(index, QUERIES, queries[0], K, ids, found, n,
                             NULL);
    for (size_t q = 0; q < QUERIES; q++) {
        ltrec_index_search(index, queries[q], K, one, one_found, &one_n);
        ck_assert_uint_eq(n[q], one_n);
        ck_assert_mem_eq(one, ids + q * K, sizeof one);
        ck_assert_mem_eq(one_found, found + q * K, sizeof one_found);
    }
    ltrec_index_free(index);
    ltrec_context_free(ctx);
}

START_TEST(lists_are_the_same_on_every_kernel_set_and_thread_count)
{
    static uint64_t first[QUERIES * K], other[QUERIES * K];
    size_t first_probes, probes = 0;

    answer(LTREC_KERNELS_PORTABLE, 1, first, &first_probes);
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        memcpy(other, first, sizeof other);
        probes = first_probes;
        answer(set, 1 + (uint32_t)set, other, &probes);
        ck_assert_uint_eq(probes, first_probes);
        ck_assert_mem_eq(first, other, sizeof first);
    }
}
END_TEST

START_TEST(a_filter_is_filled_whatever_the_recall)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    ltrec_index *index = make(ctx, CLUSTERED, 0.5);
    static struct reference all[MANY];
    uint64_t allowed[1000], ids[100];
    float found[100];
    ltrec_index_filter filter;
    size_t n;

    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = allowed;
    for (size_t size = 0; size <= 1000; size = size * 3 + 1) {
        /* The farthest of all: no list that is near has them. */
        for (size_t q = 0; q < 4; q++) {
            scan_reference(ctx, index, queries[q], all, NULL);
            for (size_t i = 0; i < size; i++) {
                size_t at = i;

                for (; at > 0 && allowed[at - 1] > all[MANY - 1 - i].id; at--)
                    allowed[at] = allowed[at - 1];
                allowed[at] = all[MANY - 1 - i].id;
            }
            filter.n_allowed = size;
            ck_assert_int_eq(ltrec_index_search_filtered(index, queries[q],
                                                         100, &filter, ids,
                                                         found, &n),
                             LTREC_OK);
            ck_assert_uint_eq(n, size < 100 ? size : 100);
        }
    }
    ltrec_index_free(index);
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(a_recall_out_of_range_is_refused)
{
    static const double bad[] = {0, -1, 1.01, NAN, INFINITY};
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    ltrec_index_options options;
    ltrec_index *index;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ltrec_index_options_init(&options, sizeof options);
        options.recall = bad[i];
        ck_assert_int_eq(ltrec_index_create(ctx, DIM, &options, &index, NULL),
                         LTREC_ERR_ARGUMENT);
    }
    ltrec_context_free(ctx);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, the_recall_that_was_asked_for_is_found);
    tcase_add_test(tests, queries_that_lie_elsewhere_take_more_lists);
    tcase_add_test(tests,
                   lists_are_the_same_on_every_kernel_set_and_thread_count);
    tcase_add_test(tests, a_filter_is_filled_whatever_the_recall);
    tcase_add_test(tests, a_recall_out_of_range_is_refused);
}

int main(void)
{
    return check_run("index recall", add_tests);
}
