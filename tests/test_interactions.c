/*
 * test_interactions.c - plays added up, whatever the order they come in
 */
#include "failing_memory.h"
#include "interactions_lab.h"

START_TEST(rows_and_columns_are_in_order_of_ids_and_repeats_are_added_up)
{
    const uint32_t *others;
    const float *counts;
    size_t n, at;

    add(UINT64_MAX, 7, 1);
    add(3, 9, 2);
    add(UINT64_MAX, 0, 4);
    add(3, 7, 8);
    add(UINT64_MAX, 7, 16);
    finish();
    ck_assert_uint_eq(ltrec_interactions_n_users(x), 2);
    ck_assert_uint_eq(ltrec_interactions_n_items(x), 3);
    ck_assert_uint_eq(ltrec_interactions_n_pairs(x), 4);
    ck_assert_uint_eq(ltrec_interactions_user_ids(x)[1], UINT64_MAX);
    ck_assert_uint_eq(ltrec_interactions_item_ids(x)[2], 9);
    ck_assert_int_eq(ltrec_interactions_find_user(x, UINT64_MAX, &at),
                     LTREC_OK);
    ck_assert_uint_eq(at, 1);
    ltrec_interactions_user_row(x, 1, &n, &others, &counts);
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(others[1], 1);
    ck_assert_float_eq(counts[0], 4);
    ck_assert_float_eq(counts[1], 17);
    ck_assert_int_eq(ltrec_interactions_find_item(x, 7, &at), LTREC_OK);
    ltrec_interactions_item_row(x, at, &n, &others, &counts);
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(others[0], 0);
    ck_assert_float_eq(counts[0], 8);
    ck_assert_float_eq(counts[1], 17);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    const uint32_t *others;
    const float *counts;
    size_t n, at;

    add(3, 9, 2);
    ck_assert_uint_eq(ltrec_interactions_n_users(x), 0); /* not yet */
    ck_assert_int_eq(ltrec_interactions_find_user(x, 3, &at),
                     LTREC_ERR_ARGUMENT);
    finish();
    ck_assert_int_eq(ltrec_interactions_find_user(x, 4, &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_interactions_find_item(x, 3, &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_interactions_user_row(x, 1, &n, &others, &counts),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_interactions_item_row(x, 1, &n, &others, &counts),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(the_order_and_the_grouping_of_rows_change_no_bit)
{
    struct small_plays p;
    ltrec_interactions *whole;

    small_plays_draw(&p);
    /* Repeats whose sum depends on the order, in plain floats. */
    for (size_t i = 0; i < 50; i++) {
        p.users[i] = p.items[i] = 1;
        p.counts[i] = i % 3 ? 1e-3f * (float)i : 3e7f;
    }
    whole = small_plays_finished(ctx, &p);
    for (size_t i = p.n; i-- > 0;)
        ck_assert_int_eq(add(p.users[i], p.items[i], p.counts[i]), LTREC_OK);
    finish();
    same(x, whole);
    ltrec_interactions_free(whole);
}
END_TEST

START_TEST(a_batch_with_a_bad_count_is_refused_whole_with_its_row)
{
    const float bad[] = {0, -1, NAN, INFINITY, -0.0f};
    const uint64_t users[] = {1, 2, 3}, items[] = {4, 5, 6};

    add(9, 9, 1);
    for (size_t i = 0; i < 5; i++) {
        const float counts[] = {1, 1, bad[i]};

        ck_assert_int_eq(
            ltrec_interactions_add(x, 3, users, items, counts, &err),
            LTREC_ERR_ARGUMENT);
        ck_assert_msg(strstr(err.message, "row 2"), "%s", err.message);
    }
    finish();
    ck_assert_uint_eq(ltrec_interactions_n_pairs(x), 1);
    ck_assert_uint_eq(ltrec_interactions_n_users(x), 1);
}
END_TEST

START_TEST(a_sum_beyond_a_float_is_refused_and_names_the_listener)
{
    add(123, 1, FLT_MAX);
    add(123, 1, FLT_MAX);
    ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_msg(strstr(err.message, "123"), "%s", err.message);
}
END_TEST

START_TEST(nothing_can_be_added_or_finished_after_the_end)
{
    add(1, 1, 1);
    ck_assert_int_eq(ltrec_interactions_save(x, path, &err), LTREC_ERR_STATE);
    finish();
    ck_assert_int_eq(add(1, 1, 1), LTREC_ERR_STATE);
    ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, &err),
                     LTREC_ERR_STATE);
}
END_TEST

START_TEST(no_plays_at_all_can_be_finished)
{
    finish();
    ck_assert_uint_eq(ltrec_interactions_n_pairs(x), 0);
}
END_TEST

static int stop_at(void *user, uint64_t done, uint64_t total)
{
    int *left = user;

    ck_assert_uint_le(done, total);
    return (*left)-- == 0;
}

START_TEST(cancelling_leaves_them_to_be_finished_later)
{
    struct small_plays p;
    ltrec_interactions *whole;
    int status = LTREC_ERR_CANCELLED, n_cancelled = 0;

    small_plays_draw(&p);
    whole = small_plays_finished(ctx, &p);
    ltrec_interactions_add(x, p.n, p.users, p.items, p.counts, NULL);
    while (status != LTREC_OK) {
        int left = n_cancelled++;

        status = ltrec_interactions_finish(x, stop_at, &left, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_CANCELLED);
    }
    ck_assert_int_gt(n_cancelled, 2);
    same(x, whole);
    ltrec_interactions_free(whole);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    struct small_plays p;
    ltrec_context_options o;

    small_plays_draw(&p);
    ltrec_interactions_add(x, p.n, p.users, p.items, p.counts, NULL);
    finish();
    ltrec_context_options_init(&o, sizeof o);
    for (o.threads = 2; o.threads <= 4; o.threads += 2) {
        ltrec_context *with;
        ltrec_interactions *other;

        ck_assert_int_eq(ltrec_context_create(&o, &with, NULL), LTREC_OK);
        other = small_plays_finished(with, &p);
        same(x, other);
        ltrec_interactions_free(other);
        ltrec_context_free(with);
    }
}
END_TEST

START_TEST(a_batch_without_memory_is_added_whole_or_not_at_all)
{
    struct small_plays p;
    ltrec_interactions *whole;
    int status = LTREC_ERR_MEMORY;

    small_plays_draw(&p);
    whole = small_plays_finished(ctx, &p);
    for (long i = 0; status != LTREC_OK; i++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_interactions *made;
        ltrec_context *with;

        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        ck_assert_int_eq(ltrec_interactions_create(with, NULL, &made, NULL),
                         LTREC_OK);
        ltrec_interactions_add(made, 10, p.users, p.items, p.counts, NULL);
        memory.until_failure = i;
        status = ltrec_interactions_add(made, p.n - 10, p.users + 10,
                                        p.items + 10, p.counts + 10, &err);
        memory.until_failure = -1;
        if (status != LTREC_OK)
            ck_assert_int_eq(ltrec_interactions_add(made, p.n - 10,
                                                    p.users + 10, p.items + 10,
                                                    p.counts + 10, &err),
                             LTREC_OK);
        ltrec_interactions_finish(made, NULL, NULL, NULL);
        same(made, whole);
        ltrec_interactions_free(made);
        ltrec_context_free(with);
    }
    ltrec_interactions_free(whole);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(
        tests, rows_and_columns_are_in_order_of_ids_and_repeats_are_added_up);
    tcase_add_test(tests, what_is_not_there_is_not_found);
    tcase_add_test(tests, the_order_and_the_grouping_of_rows_change_no_bit);
    tcase_add_test(tests,
                   a_batch_with_a_bad_count_is_refused_whole_with_its_row);
    tcase_add_test(tests,
                   a_sum_beyond_a_float_is_refused_and_names_the_listener);
    tcase_add_test(tests, nothing_can_be_added_or_finished_after_the_end);
    tcase_add_test(tests, no_plays_at_all_can_be_finished);
    tcase_add_test(tests, cancelling_leaves_them_to_be_finished_later);
    tcase_add_test(tests, threads_change_no_bit);
    tcase_add_test(tests, a_batch_without_memory_is_added_whole_or_not_at_all);
}

int main(void)
{
    return check_run("interactions", add_tests);
}
