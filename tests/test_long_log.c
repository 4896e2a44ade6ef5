/*
 * test_long_log.c - logs that name the same pairs again and again
 *
 * Past a million rows they are added up on the way.  That must not show in
 * the result, only in the memory.
 */
#include "check_run.h"

#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "cf/interactions.h"
#include "failing_memory.h"

#define ROWS 3000000
#define PAIRS 20000
#define BATCH 10000

static ltrec_error err;

/* ---- Memory that is counted --------------------------------------------- */

struct account {
    size_t now, most;
};

static void *count_in(size_t bytes, void *user)
{
    struct account *account = user;
    size_t *block = malloc(bytes + 16);

    if (!block)
        return NULL;
    *block = bytes;
    account->now += bytes;
    if (account->now > account->most)
        account->most = account->now;
    return block + 2;
}

static void count_out(void *block, void *user)
{
    struct account *account = user;
    size_t *start = (size_t *)block - 2;

    account->now -= *start;
    free(start);
}

static ltrec_context *counting(struct account *account)
{
    ltrec_context_options options;
    ltrec_context *ctx;

    ltrec_context_options_init(&options, sizeof options);
    options.allocate = count_in;
    options.release = count_out;
    options.user = account;
    ck_assert_int_eq(ltrec_context_create(&options, &ctx, NULL), LTREC_OK);
    return ctx;
}

/* ---- A log -------------------------------------------------------------- */

/* Whole counts, large ones, and some that are not whole. */
static float count_of(uint64_t row)
{
    switch (ltr_random_below(1, 1, row, 5)) {
    case 0:
        return 16777216;
    case 1:
        return 0.1f * (float)(1 + row % 9);
    default:
        return (float)(1 + row % 3);
    }
}

static void add_rows(ltrec_interactions *x, size_t pairs, int backwards)
{
    static uint64_t users[BATCH], items[BATCH];
    static float counts[BATCH];

    for (size_t at = 0; at < ROWS; at += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            uint64_t row = backwards ? ROWS - 1 - at - i : at + i;
            uint64_t pair = ltr_random_below(1, 0, row, pairs);

            users[i] = pair % 1000 * 0x9e3779b97f4a7c15u;
            items[i] = pair / 7;
            counts[i] = count_of(row);
        }
        ck_assert_int_eq(
            ltrec_interactions_add(x, BATCH, users, items, counts, &err),
            LTREC_OK);
    }
}

static ltrec_interactions *make(ltrec_context *ctx, size_t reserve,
                                size_t pairs, int backwards)
{
    ltrec_interactions_options o;
    ltrec_interactions *x;

    ltrec_interactions_options_init(&o, sizeof o);
    o.reserve = reserve;
    ck_assert_int_eq(ltrec_interactions_create(ctx, &o, &x, &err), LTREC_OK);
    add_rows(x, pairs, backwards);
    ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, &err), LTREC_OK);
    return x;
}

START_TEST(adding_up_on_the_way_changes_no_bit_and_saves_memory)
{
    struct account sparing = {0}, ample = {0};
    ltrec_context *a = counting(&sparing), *b = counting(&ample);
    ltrec_interactions *x = make(a, 0, PAIRS, 0);
    ltrec_interactions *y = make(b, ROWS, PAIRS, 1);
    size_t n = x->n_pairs;

    ck_assert_uint_eq(n, y->n_pairs);
    ck_assert_uint_gt(n, PAIRS * 9 / 10);
    ck_assert_mem_eq(x->by_user.counts, y->by_user.counts,
                     n * sizeof *x->by_user.counts);
    ck_assert_mem_eq(x->by_user.others, y->by_user.others,
                     n * sizeof *x->by_user.others);
    ck_assert_mem_eq(x->by_item.counts, y->by_item.counts,
                     n * sizeof *x->by_item.counts);
    /* A million rows is where it begins to look; what is not whole stays. */
    ck_assert_uint_lt(sparing.most, (size_t)40 << 20);
    ck_assert_uint_gt(ample.most, (size_t)20 * ROWS);
    ltrec_interactions_free(x);
    ltrec_interactions_free(y);
    ltrec_context_free(a);
    ltrec_context_free(b);
    ck_assert_uint_eq(sparing.now, 0);
}
END_TEST

START_TEST(rows_that_are_all_different_take_what_the_header_says)
{
    struct account account = {0};
    ltrec_context *ctx = counting(&account);
    ltrec_interactions *x = make(ctx, 0, (size_t)1 << 60, 0);
    size_t ids = ltrec_interactions_n_users(x) + ltrec_interactions_n_items(x);

    /* 23 bytes a row; growing and finishing, ids take their own. */
    ck_assert_uint_lt(account.most, 23 * (size_t)ROWS + 60 * ids);
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
}
END_TEST

/* ---- Failures ----------------------------------------------------------- */

START_TEST(after_a_failed_finish_the_rows_are_still_there)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_interactions *x, *whole;
    ltrec_context *ctx;
    uint64_t user[] = {9, 5, 9, 7}, item[] = {3, 2, 3, 8};
    float count[] = {1, 2, 3, 4};
    int status = LTREC_ERR_MEMORY;
    long n = 0;

    ck_assert_int_eq(failing_context(&memory, &ctx), LTREC_OK);
    ltrec_interactions_create(ctx, NULL, &whole, &err);
    ltrec_interactions_add(whole, 4, user, item, count, &err);
    ltrec_interactions_add(whole, 4, user, item, count, &err);
    ltrec_interactions_finish(whole, NULL, NULL, &err);
    while (status != LTREC_OK) {
        ltrec_interactions_create(ctx, NULL, &x, &err);
        ltrec_interactions_add(x, 4, user, item, count, &err);
        memory.until_failure = n++;
        status = ltrec_interactions_finish(x, NULL, NULL, &err);
        memory.until_failure = -1;
        if (status != LTREC_OK) {
            ck_assert_int_eq(status, LTREC_ERR_MEMORY);
            ltrec_interactions_add(x, 4, user, item, count, &err);
            ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, &err),
                             LTREC_OK);
            ck_assert_uint_eq(x->n_pairs, 3);
            ck_assert_mem_eq(x->by_user.counts, whole->by_user.counts, 12);
            ck_assert_mem_eq(x->by_user.others, whole->by_user.others, 12);
            ck_assert_mem_eq(x->by_item.counts, whole->by_item.counts, 12);
        }
        ltrec_interactions_free(x);
    }
    ck_assert_int_gt(n, 10);
    ltrec_interactions_free(whole);
    ltrec_context_free(ctx);
    ck_assert_int_eq(memory.live, 0);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests,
                   adding_up_on_the_way_changes_no_bit_and_saves_memory);
    tcase_add_test(tests,
                   rows_that_are_all_different_take_what_the_header_says);
    tcase_add_test(tests, after_a_failed_finish_the_rows_are_still_there);
}

int main(void)
{
    return check_run("long_log", add_tests);
}
