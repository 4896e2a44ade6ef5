/*
 * test_split.c - folds, and what may not be torn between two of them
 */
#include "check_run.h"

#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"

#define THINGS 1003

static ltrec_context *ctx;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

START_TEST(folds_are_even_and_random)
{
    uint32_t fold[THINGS], other[THINGS];
    size_t sizes[5] = {0}, equal = 0;

    ck_assert_int_eq(ltrec_split_folds(ctx, THINGS, NULL, 5, 1, fold, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_split_folds(ctx, THINGS, NULL, 5, 2, other, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < THINGS; i++) {
        sizes[fold[i]]++;
        equal += fold[i] == other[i];
    }
    for (size_t f = 0; f < 5; f++)
        ck_assert(sizes[f] == 200 || sizes[f] == 201);
    ck_assert(equal > THINGS / 10 && equal < THINGS * 3 / 10);
}
END_TEST

START_TEST(a_group_is_never_in_two_folds)
{
    uint64_t groups[THINGS];
    uint32_t fold[THINGS], of_group[40];
    size_t sizes[4] = {0};

    memset(of_group, 0xff, sizeof of_group);
    for (size_t i = 0; i < THINGS; i++) /* small numbers more often */
        groups[i] = ltr_random_below(1, 0, i, 1 + i % 40);
    ck_assert_int_eq(ltrec_split_folds(ctx, THINGS, groups, 4, 3, fold, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < THINGS; i++) {
        uint32_t *its = &of_group[groups[i]];

        sizes[fold[i]]++;
        ck_assert(*its == UINT32_MAX || *its == fold[i]);
        *its = fold[i];
    }
    for (size_t f = 0; f < 4; f++)
        ck_assert(sizes[f] > 245 && sizes[f] < 256);
    ck_assert_int_eq(ltrec_split_folds(ctx, 3, groups, 4, 3, fold, NULL),
                     LTREC_ERR_ARGUMENT);
    groups[1] = groups[0];
    ck_assert_int_eq(ltrec_split_folds(ctx, 2, groups, 2, 3, fold, NULL),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

/* Two chains of links, one of them over a whole group; links of 0 are none. */
START_TEST(linked_groups_come_together)
{
    const uint64_t groups[] = {7, 3, 9, 3, 8, 5, 6, UINT64_MAX};
    const uint64_t links[] = {1, 1, 2, 2, 0, 0, 4, 4};
    const uint64_t wanted[] = {3, 3, 3, 3, 8, 5, 6, 6};
    const uint64_t none[8] = {0};
    uint64_t merged[8];

    ck_assert_int_eq(ltrec_split_merge(ctx, 8, groups, links, merged, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < 8; i++)
        ck_assert_uint_eq(merged[i], wanted[i]);
    ck_assert_int_eq(ltrec_split_merge(ctx, 8, groups, none, merged, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < 8; i++)
        ck_assert_uint_eq(merged[i], groups[i]);
    ck_assert_int_eq(ltrec_split_merge(ctx, 0, groups, none, merged, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_split_merge(ctx, 8, groups, NULL, merged, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_split_merge(ctx, 8, NULL, links, merged, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_split_merge(NULL, 8, groups, links, merged, NULL),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

/* Against what follows from the words alone, until nothing changes. */
START_TEST(no_link_and_no_group_is_torn)
{
    uint64_t groups[THINGS], links[THINGS], merged[THINGS], slow[THINGS];
    int changed = 1;

    for (size_t i = 0; i < THINGS; i++) {
        groups[i] = 1 + ltr_random_below(1, 0, i, 600);
        links[i] = ltr_random_below(1, 1, i, 2) * (i % 700);
        slow[i] = groups[i];
    }
    while (changed) {
        changed = 0;
        for (size_t i = 0; i < THINGS; i++)
            for (size_t j = 0; j < THINGS; j++)
                if (slow[j] < slow[i] &&
                    (groups[i] == groups[j] ||
                     (links[i] != 0 && links[i] == links[j]))) {
                    slow[i] = slow[j];
                    changed = 1;
                }
    }
    ck_assert_int_eq(
        ltrec_split_merge(ctx, THINGS, groups, links, merged, NULL), LTREC_OK);
    for (size_t i = 0; i < THINGS; i++)
        ck_assert_uint_eq(merged[i], slow[i]);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, folds_are_even_and_random);
    tcase_add_test(tests, a_group_is_never_in_two_folds);
    tcase_add_test(tests, linked_groups_come_together);
    tcase_add_test(tests, no_link_and_no_group_is_torn);
}

int main(void)
{
    return check_run("split", add_tests);
}
