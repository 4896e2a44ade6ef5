/*
 * test_index_compact.c - lists in files, and compacting that does not get to
 * its end
 */
#include <stdlib.h>
#include <unistd.h>

#include "failing_memory.h"
#include "lists_lab.h"

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

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, lists_and_their_aim_are_saved);
    tcase_add_test(tests,
                   compacting_can_be_cancelled_and_then_nothing_has_changed);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("index compact", add_tests);
}
