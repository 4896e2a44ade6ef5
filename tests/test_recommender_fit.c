/*
 * test_recommender_fit.c - weights found on held-out plays
 */
#include "check_run.h"

#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "small_catalogue.h"

static ltrec_context *ctx;
static struct catalogue *cat;
static ltrec_recommender *all;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    cat = catalogue_create(ctx);
    ck_assert_int_eq(catalogue_recommender(ctx, cat, NULL, &all, NULL),
                     LTREC_OK);
}

static void teardown(void)
{
    ltrec_recommender_free(all);
    catalogue_free(cat);
    ltrec_context_free(ctx);
}

static int fit(const ltrec_recommender *r,
               const ltrec_recommender_fit_options *options,
               ltrec_recommender_options *fitted,
               ltrec_recommender_fit_report *report)
{
    ltrec_recommender_options_init(fitted, sizeof *fitted);
    report->size = sizeof *report;
    return ltrec_recommender_fit(r, cat->known, cat->heldout, options, fitted,
                                 report, NULL);
}

START_TEST(all_sources_together_are_never_worse_than_the_best_of_them)
{
    ltrec_recommender_fit_options options;
    ltrec_recommender_fit_report report;
    ltrec_recommender_options fitted;

    ltrec_recommender_fit_options_init(&options, sizeof options);
    for (size_t trial = 0; trial < 3; trial++) {
        options.loss = trial == 0 ? -1 : trial == 1 ? 0 : 0.1;
        ck_assert_int_eq(fit(all, &options, &fitted, &report), LTREC_OK);
        ck_assert_uint_gt(report.listeners, CAT_USERS / 2);
        ck_assert_double_gt(report.best_ndcg, 0.1);
        ck_assert_double_ge(report.fused_ndcg, report.best_ndcg);
        ck_assert(fitted.weights[report.best_source] == 1);
        ck_assert(trial > 0 || fitted.discount == 0);
        ck_assert_double_ge(report.ndcg,
                            (1 - fabs(options.loss)) * report.fused_ndcg);
        ck_assert_double_ge(report.tail, report.fused_tail);
    }
}
END_TEST

START_TEST(the_same_tables_give_the_same_weights_at_any_thread_count)
{
    ltrec_recommender_options one, four;
    ltrec_recommender_fit_report report[2];
    ltrec_context_options options;
    ltrec_context *with;
    ltrec_recommender *r;

    ck_assert_int_eq(fit(all, NULL, &one, &report[0]), LTREC_OK);
    ltrec_context_options_init(&options, sizeof options);
    options.threads = 4;
    ltrec_context_create(&options, &with, NULL);
    ck_assert_int_eq(catalogue_recommender(with, cat, NULL, &r, NULL),
                     LTREC_OK);
    ck_assert_int_eq(fit(r, NULL, &four, &report[1]), LTREC_OK);
    ck_assert_int_eq(memcmp(&one, &four, sizeof one), 0);
    ck_assert_int_eq(memcmp(&report[0], &report[1], sizeof report[0]), 0);
    ltrec_recommender_free(r);
    ltrec_context_free(with);
}
END_TEST

static int stop(void *user, uint64_t done, uint64_t total)
{
    (void)done, (void)total;
    return --*(int *)user < 0;
}

START_TEST(a_fit_that_cannot_be_is_refused_and_changes_nothing)
{
    ltrec_recommender_fit_options options;
    ltrec_recommender_fit_report report;
    ltrec_recommender_options fitted, before;
    ltrec_interactions *empty;
    uint64_t user = 1, item = 2;
    float count = 1;

    ltrec_recommender_options_init(&before, sizeof before);
    ltrec_recommender_fit_options_init(&options, sizeof options);
    options.loss = NAN;
    ck_assert_int_eq(fit(all, &options, &fitted, &report), LTREC_ERR_ARGUMENT);
    options.loss = 0;
    options.candidates = 0;
    ck_assert_int_eq(fit(all, &options, &fitted, &report), LTREC_ERR_ARGUMENT);
    options.candidates = 100;
    options.progress = stop;
    for (int calls = 0; calls < 20; calls += 5) {
        int left = calls;

        options.user = &left;
        ck_assert_int_eq(fit(all, &options, &fitted, &report),
                         LTREC_ERR_CANCELLED);
    }
    ltrec_interactions_create(ctx, NULL, &empty, NULL);
    ck_assert_int_eq(ltrec_recommender_fit(all, empty, cat->heldout, NULL,
                                           &fitted, NULL, NULL),
                     LTREC_ERR_STATE);
    ltrec_interactions_add(empty, 1, &user, &item, &count, NULL);
    ltrec_interactions_finish(empty, NULL, NULL, NULL);
    ck_assert_int_eq(ltrec_recommender_fit(all, cat->known, empty, NULL,
                                           &fitted, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(memcmp(&fitted, &before, sizeof before), 0);
    ltrec_interactions_free(empty);
}
END_TEST

static int fit_only(struct failing_memory *memory)
{
    ltrec_recommender_fit_options options;
    ltrec_recommender_options fitted;
    ltrec_context *context;
    ltrec_recommender *r = NULL;
    int status = failing_context(memory, &context);

    ltrec_recommender_fit_options_init(&options, sizeof options);
    options.most_listeners = 2;
    ltrec_recommender_options_init(&fitted, sizeof fitted);
    if (status == LTREC_OK)
        status = catalogue_recommender(context, cat, NULL, &r, NULL);
    if (status == LTREC_OK)
        status = ltrec_recommender_fit(r, cat->known, cat->heldout, &options,
                                       &fitted, NULL, NULL);
    ltrec_recommender_free(r);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(fit_only, 200), 60);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   all_sources_together_are_never_worse_than_the_best_of_them);
    tcase_add_test(tests,
                   the_same_tables_give_the_same_weights_at_any_thread_count);
    tcase_add_test(tests, a_fit_that_cannot_be_is_refused_and_changes_nothing);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("recommender fit", add_tests);
}
