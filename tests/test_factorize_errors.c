/*
 * test_factorize_errors.c - what cannot be factorized, and what goes wrong on
 * the way
 */
#include "failing_memory.h"
#include "factorize_lab.h"

/* ---- What is refused ---------------------------------------------------- */

static void refuse(int code, const char *words)
{
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &users, &items, NULL, &err),
                     code);
    ck_assert_ptr_null(users);
    ck_assert_ptr_null(items);
    ck_assert_msg(strstr(err.message, words), "%s", err.message);
}

#define REFUSE(field, value, words) \
    do { \
        ltrec_factorize_options before = o; \
        o.field = value; \
        refuse(LTREC_ERR_ARGUMENT, words); \
        o = before; \
    } while (0)

START_TEST(options_outside_their_range_are_refused_by_name)
{
    REFUSE(rank, 0, "rank");
    REFUSE(rank, 4097, "rank");
    REFUSE(epochs, 0, "epochs");
    REFUSE(form, 3, "form");
    REFUSE(confidence, 0, "confidence");
    REFUSE(solver, 9, "solver");
    REFUSE(cg_steps, 1001, "cg_steps");
    REFUSE(lambda, 0, "lambda");
    REFUSE(lambda, NAN, "lambda");
    REFUSE(alpha0, -1, "alpha0");
    REFUSE(alpha, INFINITY, "alpha");
    REFUSE(epsilon, 0, "epsilon");
    REFUSE(nu, 1.5, "nu");
    REFUSE(init_scale, 0, "init_scale");
}
END_TEST

START_TEST(a_prior_of_another_rank_is_refused)
{
    ltrec_factors *prior = make_prior(RANK - 1);

    REFUSE(item_prior, prior, "rank 9");
    ltrec_factors_free(prior);
}
END_TEST

START_TEST(counts_that_overflow_are_reported_not_passed_on)
{
    const uint64_t id = 1000;
    const float huge = 3e38f;

    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    ltrec_interactions_add(x, 1, &id, &id, &huge, NULL);
    ltrec_interactions_finish(x, NULL, NULL, NULL);
    o.confidence = LTREC_CONFIDENCE_LINEAR;
    o.alpha = 1e30;
    refuse(LTREC_ERR_ARGUMENT, "overflow");
    o.alpha = 1; /* squared, it is too much */
    refuse(LTREC_ERR_ARGUMENT, "overflow");
    o.confidence = LTREC_CONFIDENCE_CONSTANT;
    o.lambda = 1e300;
    refuse(LTREC_ERR_ARGUMENT, "overflow");
}
END_TEST

/* As far as floats go. */
START_TEST(counts_that_just_fit_are_solved)
{
    const uint64_t id = 1000;
    const float huge = 3e38f;
    double exact;

    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    ltrec_interactions_add(x, 1, &id, &id, &huge, NULL);
    ltrec_interactions_finish(x, NULL, NULL, NULL);
    o.confidence = LTREC_CONFIDENCE_LINEAR;
    o.alpha0 = 0; /* ten times the weight of the average pair */
    o.alpha = 0.01;
    o.solver = LTREC_SOLVER_CHOLESKY;
    factorize();
    exact = report.loss;
    o.solver = LTREC_SOLVER_CG;
    factorize();
    ck_assert_double_eq_tol(report.loss, exact, 1e-5 * exact);
}
END_TEST

START_TEST(plays_that_are_not_finished_or_not_there_are_refused)
{
    ltrec_interactions_free(x);
    ltrec_interactions_create(ctx, NULL, &x, NULL);
    refuse(LTREC_ERR_STATE, "not finished");
    ltrec_interactions_finish(x, NULL, NULL, NULL);
    refuse(LTREC_ERR_ARGUMENT, "nobody");
}
END_TEST

START_TEST(a_report_without_a_size_is_refused)
{
    report.size = 0;
    ck_assert_int_eq(
        ltrec_factorize(ctx, x, &o, &users, &items, &report, &err),
        LTREC_ERR_ARGUMENT);
}
END_TEST

/* ---- Going wrong on the way --------------------------------------------- */

struct watch {
    long left; /* calls until it says stop */
    uint64_t last, total;
};

static int watch(void *user, uint64_t done, uint64_t total)
{
    struct watch *w = user;

    ck_assert_uint_ge(done, w->last);
    ck_assert_uint_le(done, total);
    w->last = done;
    w->total = total;
    return w->left-- == 0;
}

START_TEST(progress_goes_to_the_end_and_can_stop_it_anywhere)
{
    struct watch w = {.left = -1};
    int status = LTREC_ERR_CANCELLED;

    o.epochs = 2;
    o.variance = 1;
    o.progress = watch;
    o.user = &w;
    factorize();
    ck_assert_uint_eq(w.last, w.total);
    let_go();
    for (long i = 0; status != LTREC_OK; i++) {
        w = (struct watch){.left = i};
        status = ltrec_factorize(ctx, x, &o, &users, &items, &report, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_CANCELLED);
        ck_assert(status == LTREC_OK || (!users && !items));
    }
}
END_TEST

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ltrec_factors *prior = make_prior(RANK);
    int status = LTREC_ERR_MEMORY;

    o.item_prior = prior;
    o.epochs = 1;
    o.variance = 1;
    o.solver = _i ? LTREC_SOLVER_CHOLESKY : LTREC_SOLVER_CG;
    for (long i = 0; status != LTREC_OK; i++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *with;
        ltrec_factors *u, *v;

        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        memory.until_failure = i;
        status = ltrec_factorize(with, x, &o, &u, &v, &report, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert(status == LTREC_OK || (!u && !v));
        ltrec_factors_free(u);
        ltrec_factors_free(v);
        ltrec_context_free(with);
        ck_assert_int_eq(memory.live, 0);
    }
    ltrec_factors_free(prior);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_outside_their_range_are_refused_by_name);
    tcase_add_test(tests, a_prior_of_another_rank_is_refused);
    tcase_add_test(tests, counts_that_overflow_are_reported_not_passed_on);
    tcase_add_test(tests, counts_that_just_fit_are_solved);
    tcase_add_test(tests,
                   plays_that_are_not_finished_or_not_there_are_refused);
    tcase_add_test(tests, a_report_without_a_size_is_refused);
    tcase_add_test(tests, progress_goes_to_the_end_and_can_stop_it_anywhere);
    tcase_add_loop_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing, 0,
        2);
}

int main(void)
{
    return check_run("factorize errors", add_tests);
}
