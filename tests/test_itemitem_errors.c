/*
 * test_itemitem_errors.c - what no item-item model comes of, and what goes
 * wrong on the way
 */
#include <unistd.h>

#include "failing_memory.h"
#include "itemitem_lab.h"

/* ---- What is refused ---------------------------------------------------- */

static void refused(const char *what)
{
    ltrec_itemitem *none = (ltrec_itemitem *)&err;

    ck_assert_int_eq(ltrec_itemitem_fit(ctx, x, &o, &none, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(none);
    ck_assert_msg(strstr(err.message, what) != NULL, "%s", err.message);
    ltrec_itemitem_options_init(&o, sizeof o);
}

START_TEST(options_outside_their_range_are_named)
{
    o.method = 3, refused("method is 3");
    o.value = 0, refused("value is 0");
    o.candidates = 0, refused("0 candidates");
    o.candidates = 5000, refused("5000 candidates");
    o.neighbours = 0, refused("0 neighbours");
    o.epsilon = 0, refused("epsilon is 0");
    o.lambda = 0, refused("lambda is 0");
    o.lambda = NAN, refused("lambda is nan");
    o.dropout = 1, refused("dropout is 1");
    o.shrinkage = -1, refused("shrinkage is -1");
    o.asymmetry = 2, refused("asymmetry is 2");
}
END_TEST

START_TEST(equations_without_an_answer_are_named)
{
    uint64_t user[] = {1, 1, 1}, item[] = {1, 2, 3};
    float count[] = {1, 1, 1};
    ltrec_interactions *one;

    ltrec_interactions_create(ctx, NULL, &one, NULL);
    ltrec_interactions_add(one, 3, user, item, count, NULL);
    ltrec_interactions_finish(one, NULL, NULL, NULL);
    o.lambda = 1e-300;
    o.dropout = 0;
    ck_assert_int_eq(ltrec_itemitem_fit(ctx, one, &o, &model, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "larger lambda"));
    ltrec_interactions_free(one);
}
END_TEST

START_TEST(plays_that_are_not_finished_wait)
{
    ltrec_interactions *open;

    ltrec_interactions_create(ctx, NULL, &open, NULL);
    ck_assert_int_eq(ltrec_itemitem_fit(ctx, open, &o, &model, &err),
                     LTREC_ERR_STATE);
    ltrec_interactions_free(open);
}
END_TEST

/* ---- Stopping, memory, files -------------------------------------------- */

static int calls_left;
static uint64_t last_done, last_total;

static int count_down(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    ck_assert_uint_ge(done, last_done);
    last_done = done;
    last_total = total;
    return calls_left-- == 0;
}

START_TEST(progress_reaches_its_total_and_can_stop_at_any_report)
{
    int calls = 0, status;

    o.memory = 0; /* a pass for every item */
    o.progress = count_down;
    do {
        calls_left = calls++;
        last_done = 0;
        status = ltrec_itemitem_fit(ctx, x, &o, &model, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_CANCELLED);
        ck_assert((status == LTREC_OK) == (model != NULL));
    } while (status != LTREC_OK);
    ck_assert_int_gt(calls, 10);
    ck_assert_uint_eq(last_done, last_total);
}
END_TEST

static int fit_and_load(struct failing_memory *memory)
{
    static const char path[] = "/tmp/ltrec-test-itemitem";
    ltrec_interactions *small = NULL;
    ltrec_itemitem *made = NULL, *loaded = NULL;
    ltrec_context *scarce;
    ltrec_itemitem_options few;
    int status = failing_context(memory, &scarce);

    ltrec_itemitem_options_init(&few, sizeof few);
    few.candidates = 4;
    if (status == LTREC_OK)
        status = ltrec_interactions_create(scarce, NULL, &small, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_add(small, 50, plays.users, plays.items,
                                        plays.counts, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(small, NULL, NULL, &err);
    if (status == LTREC_OK)
        status = ltrec_itemitem_fit(scarce, small, &few, &made, &err);
    if (status == LTREC_OK)
        status = ltrec_itemitem_save(made, path, &err);
    if (status == LTREC_OK)
        status = ltrec_itemitem_load(scarce, path, &loaded, &err);
    ck_assert((status == LTREC_OK) == (loaded != NULL));
    ltrec_itemitem_free(loaded);
    ltrec_itemitem_free(made);
    ltrec_interactions_free(small);
    ltrec_context_free(scarce);
    unlink(path);
    return status;
}

START_TEST(any_allocation_may_fail)
{
    ck_assert_int_gt(fail_each_allocation(fit_and_load, 200), 40);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_outside_their_range_are_named);
    tcase_add_test(tests, equations_without_an_answer_are_named);
    tcase_add_test(tests, plays_that_are_not_finished_wait);
    tcase_add_test(tests,
                   progress_reaches_its_total_and_can_stop_at_any_report);
    tcase_add_test(tests, any_allocation_may_fail);
}

int main(void)
{
    return check_run("itemitem errors", add_tests);
}
