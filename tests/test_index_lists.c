/*
 * test_index_lists.c - a compacted index misses nothing all the same
 */
#include "failing_memory.h"
#include "lists_lab.h"

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
    tcase_add_test(tests, a_batch_takes_no_more_memory_than_was_said);
}

int main(void)
{
    return check_run("index lists", add_tests);
}
