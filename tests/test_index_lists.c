/*
 * test_index_lists.c - compacted indexes: exact all the same, or the recall
 * that was asked for
 */
#include "check_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "failing_memory.h"
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
static void draw(float *to, enum kind kind, uint64_t stream, uint64_t i)
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

static ltrec_index *make(ltrec_context *ctx, enum kind kind, double recall)
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

static struct ltrec_index_information info_of(const ltrec_index *index)
{
    ltrec_index_information info;

    ltrec_index_information_init(&info, sizeof info);
    ck_assert_int_eq(ltrec_index_info(index, &info), LTREC_OK);
    return info;
}

/* ---- Exact -------------------------------------------------------------- */

#define BITS 10007

static int is_odd(uint64_t id)
{
    return id % 2 == 1 && id < BITS;
}

static const uint64_t *odd_bits(void)
{
    static uint64_t bits[BITS / 64 + 1];

    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        bits[i] = UINT64_C(0xaaaaaaaaaaaaaaaa);
    return bits;
}

/* One by one, in a batch and filtered, against every track's score. */
static void check_exact(const ltrec_context *ctx, const ltrec_index *index,
                        size_t k)
{
    static struct reference all[2 * MANY];
    static uint64_t ids[QUERIES * 100], one[100];
    static float found[QUERIES * 100], one_found[100];
    size_t n[QUERIES], one_n, count;
    ltrec_index_filter odd;

    ltrec_index_filter_init(&odd, sizeof odd);
    odd.bitmap = odd_bits();
    odd.n_bits = BITS;
    ck_assert_int_eq(ltrec_index_search_batch(index, QUERIES, queries[0], k,
                                              ids, found, n, NULL),
                     LTREC_OK);
    for (size_t q = 0; q < QUERIES; q++) {
        count = scan_reference(ctx, index, queries[q], all, NULL);
        expect_reference(all, count, k, ids + q * k, found + q * k, n[q]);
        ltrec_index_search(index, queries[q], k, one, one_found, &one_n);
        expect_reference(all, count, k, one, one_found, one_n);
        if (q % 8 != 0)
            continue;
        count = scan_reference(ctx, index, queries[q], all, is_odd);
        ck_assert_int_eq(ltrec_index_search_filtered(index, queries[q], k,
                                                     &odd, one, one_found,
                                                     &one_n),
                         LTREC_OK);
        expect_reference(all, count, k, one, one_found, one_n);
    }
}

START_TEST(an_exact_index_is_as_exact_in_lists)
{
    for (int32_t set = 0; set < KERNEL_SETS; set++)
        for (enum kind kind = 0; kind < KINDS; kind++) {
            ltrec_context *ctx = context_with(set, 1 + (uint32_t)kind % 3);
            ltrec_index *index;

            if (!ctx)
                continue;
            index = make(ctx, kind, 1);
            ck_assert_uint_eq(info_of(index).in_lists, MANY);
            check_exact(ctx, index, K);
            ltrec_index_free(index);
            ltrec_context_free(ctx);
        }
}
END_TEST

/* Which of the ids 0 to 10006 are in. */
static void change(ltrec_index *index, uint64_t step)
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

START_TEST(it_stays_exact_while_tracks_come_change_and_go)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 2);
    ltrec_index *index = make(ctx, CLUSTERED, 1);

    for (uint64_t step = 0; step < 300; step++) {
        change(index, step);
        if (step % 30 == 29)
            check_exact(ctx, index, K);
        if (step == 200)
            ck_assert_int_eq(ltrec_index_compact(index, NULL, NULL), LTREC_OK);
    }
    ltrec_index_free(index);
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(many_tracks_added_later_are_put_into_the_lists)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 2);
    ltrec_index *index = make(ctx, CLUSTERED, 1);
    size_t listed = info_of(index).in_lists;

    for (uint64_t id = 20000; id < 25000; id++) {
        float vector[DIM];

        draw(vector, CLUSTERED, 4, id);
        ck_assert_int_eq(ltrec_index_add(index, 1, &id, vector, NULL),
                         LTREC_OK);
    }
    ck_assert_uint_gt(info_of(index).in_lists, listed + 4000);
    ck_assert_uint_eq(ltrec_index_count(index), MANY + 5000);
    check_exact(ctx, index, K);
    ltrec_index_free(index);
    ltrec_context_free(ctx);
}
END_TEST

/* ---- A recall ----------------------------------------------------------- */

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

/* ---- Files, memory, cancelling ------------------------------------------ */

static void same_answers(const ltrec_index *a, const ltrec_index *b)
{
    uint64_t a_ids[K], b_ids[K];
    float a_found[K], b_found[K];
    size_t a_n, b_n;

    for (size_t q = 0; q < QUERIES; q++) {
        ltrec_index_search(a, queries[q], K, a_ids, a_found, &a_n);
        ltrec_index_search(b, queries[q], K, b_ids, b_found, &b_n);
        ck_assert_uint_eq(a_n, b_n);
        ck_assert_mem_eq(a_ids, b_ids, sizeof a_ids);
        ck_assert_mem_eq(a_found, b_found, sizeof a_found);
    }
}

START_TEST(lists_and_their_aim_are_saved)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    char path[] = "/tmp/ltrec-lists-XXXXXX";

    close(mkstemp(path));
    for (int exact = 0; exact < 2; exact++) {
        ltrec_index *index = make(ctx, CLUSTERED, exact ? 1 : 0.9), *opened;

        change(index, 0);
        change(index, 1);
        change(index, 2);
        for (int map = 0; map < 2; map++) {
            ltrec_index_information a = info_of(index), b;

            ck_assert_int_eq(ltrec_index_save(index, path, NULL), LTREC_OK);
            ck_assert_int_eq((map ? ltrec_index_map : ltrec_index_load)(
                                 ctx, path, &opened, NULL),
                             LTREC_OK);
            b = info_of(opened);
            ck_assert_uint_eq(a.count, b.count);
            ck_assert_uint_eq(b.removed, 0);
            ck_assert_uint_eq(a.lists, b.lists);
            ck_assert_uint_eq(a.probes, b.probes);
            ck_assert_uint_eq(a.probes_100, b.probes_100);
            ck_assert_double_eq(a.recall, b.recall);
            ck_assert_double_eq(a.recall_tracks, b.recall_tracks);
            same_answers(index, opened);
            ltrec_index_free(opened);
        }
        ltrec_index_free(index);
    }
    unlink(path);
    ltrec_context_free(ctx);
}
END_TEST

static int stop_after(void *user, uint64_t done, uint64_t total)
{
    uint64_t *left = user;

    ck_assert_uint_le(done, total);
    return (*left)-- == 0;
}

START_TEST(compacting_can_be_cancelled_and_then_nothing_has_changed)
{
    ltrec_context *ctx = context_with(LTREC_KERNELS_AUTO, 1);
    ltrec_index *index = make(ctx, CLUSTERED, 0.9);
    ltrec_index_compact_options options;
    ltrec_index_information before;
    uint64_t left;
    int status = LTREC_ERR_CANCELLED;

    change(index, 2);
    before = info_of(index);
    ltrec_index_compact_options_init(&options, sizeof options);
    options.progress = stop_after;
    options.user = &left;
    options.seed = 7;
    for (uint64_t steps = 0; status != LTREC_OK; steps += 3) {
        ltrec_index_information after;

        left = steps;
        status = ltrec_index_compact(index, &options, NULL);
        after = info_of(index);
        if (status == LTREC_OK) {
            ck_assert_uint_gt(steps, 10);
            ck_assert_uint_eq(after.removed, 0);
            continue;
        }
        ck_assert_int_eq(status, LTREC_ERR_CANCELLED);
        ck_assert_mem_eq(&before, &after, sizeof before);
    }
    ltrec_index_free(index);
    ltrec_context_free(ctx);
}
END_TEST

static int use(struct failing_memory *memory)
{
    ltrec_index_options options;
    ltrec_context *ctx;
    ltrec_index *index = NULL;
    uint64_t ids[3 * K];
    float found[3 * K];
    size_t n[3];
    int status = failing_context(memory, &ctx);

    if (status != LTREC_OK)
        return status;
    ltrec_index_options_init(&options, sizeof options);
    options.recall = 0.9;
    status = ltrec_index_create(ctx, DIM, &options, &index, NULL);
    if (status == LTREC_OK)
        status = ltrec_index_add(index, MANY, numbers, vectors[0], NULL);
    if (status == LTREC_OK)
        status = ltrec_index_update(index, 2, numbers, vectors[7], NULL);
    if (status == LTREC_OK)
        status = ltrec_index_compact(index, NULL, NULL);
    if (status == LTREC_OK)
        status = ltrec_index_search_batch(index, 3, vectors[0], K, ids, found,
                                          n, NULL);
    ltrec_index_free(index);
    ltrec_context_free(ctx);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    for (uint64_t i = 0; i < MANY; i++) {
        numbers[i] = i;
        draw(vectors[i], CLUSTERED, 2, i);
    }
    ck_assert_int_gt(fail_each_allocation(use, 400), 40);
}
END_TEST

START_TEST(a_batch_takes_no_more_memory_than_was_said)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_context *ctx;
    ltrec_index *index;
    size_t before, lists, n = 2000, *n_found = malloc(n * sizeof *n_found);
    uint64_t *ids = malloc(n * sizeof *ids);
    float *found = malloc(n * sizeof *found);

    ck_assert_int_eq(failing_context(&memory, &ctx), LTREC_OK);
    index = make(ctx, CLUSTERED, 1);
    lists = (size_t)info_of(index).lists;
    ck_assert_uint_gt(lists, 100);
    before = memory.bytes;
    ck_assert_int_eq(ltrec_index_search_batch(index, n, vectors[0], 1, ids,
                                              found, n_found, NULL),
                     LTREC_OK);
    ck_assert_uint_le(memory.bytes - before, /* up to 16 lists of padding */
                      n * (DIM + 250) + 1024 * (lists + 16) * 33 / 8 + 640);
    ck_assert_uint_ge(memory.bytes - before, 1024 * lists * 4);
    ltrec_index_free(index);
    ltrec_context_free(ctx);
    free(n_found);
    free(ids);
    free(found);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, an_exact_index_is_as_exact_in_lists);
    tcase_add_test(tests, it_stays_exact_while_tracks_come_change_and_go);
    tcase_add_test(tests, many_tracks_added_later_are_put_into_the_lists);
    tcase_add_test(tests, the_recall_that_was_asked_for_is_found);
    tcase_add_test(tests, queries_that_lie_elsewhere_take_more_lists);
    tcase_add_test(tests,
                   lists_are_the_same_on_every_kernel_set_and_thread_count);
    tcase_add_test(tests, a_filter_is_filled_whatever_the_recall);
    tcase_add_test(tests, a_recall_out_of_range_is_refused);
    tcase_add_test(tests, lists_and_their_aim_are_saved);
    tcase_add_test(tests,
                   compacting_can_be_cancelled_and_then_nothing_has_changed);
    tcase_add_test(tests, a_batch_takes_no_more_memory_than_was_said);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("index lists", add_tests);
}
