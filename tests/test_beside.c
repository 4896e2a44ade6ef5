/*
 * test_beside.c - the linear path beside a network: which regression it is,
 * and that it can be waited for
 */
#include "check_run.h"

#include "failing_memory.h"

#include "beside_lab.h"

static const double penalties[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000};

/* ---- What it says ------------------------------------------------------- */

START_TEST(it_is_the_ridge_regression_of_one_of_the_penalties)
{
    double least = HUGE_VAL;

    prepare(_i == 0 ? 20 : WIDE);
    ck_assert_int_eq(create(), LTREC_OK);
    for (size_t i = 0; i < sizeof penalties / sizeof penalties[0]; i++)
        least = fmin(least, distance(penalties[i]));
    ck_assert_double_lt(least, 1e-5);
    ck_assert_double_gt(distance(10000), 1e-2);
    finish();
}
END_TEST

/* With the penalty there is; what it was judged by stays. */
START_TEST(in_the_end_it_is_that_of_the_tracks_kept_back_too)
{
    size_t n;
    float folds[(WIDE + 1) * TOY_RANK];

    prepare(_i == 0 ? 20 : WIDE);
    n = (bench.inputs.width + 1) * TOY_RANK;
    bench.sample.n_train = TRACKS - 20;
    ck_assert_int_eq(create(), LTREC_OK);
    memcpy(folds, bench.beside.weights[1], n * sizeof *folds);
    ck_assert_double_gt(distance(bench.beside.penalty), 1e-3);
    ck_assert_int_eq(complete(), LTREC_OK);
    ck_assert_double_lt(distance(bench.beside.penalty), 1e-5);
    ck_assert_mem_eq(bench.beside.weights[1], folds, n * sizeof *folds);
    finish();
}
END_TEST

/* Inputs that one track had which was learnt from, and then all that were kept
 * back: nothing was trained beside a regression of those. */
START_TEST(a_set_that_went_by_all_tracks_still_does)
{
    prepare(20);
    fuse(10, 20);
    for (size_t i = 0; i < TRACKS; i++)
        bench.present[i] = i == 0 || i >= bench.sample.n_train ? 3 : 1;
    ck_assert_int_eq(create(), LTREC_OK);
    ck_assert_int_eq(complete(), LTREC_OK);
    look_at(2);
    ck_assert_double_lt(distance(bench.beside.penalty), 1e-5);
    finish();
}
END_TEST

START_TEST(a_mean_stays_that_of_what_was_learnt_from)
{
    float before[21 * TOY_RANK];

    prepare(20);
    bench.sample.n_train = TRACKS - 20;
    quick.linear = LTREC_LINEAR_MEAN;
    ck_assert_int_eq(create(), LTREC_OK);
    memcpy(before, bench.beside.weights[0], sizeof before);
    ck_assert_int_eq(complete(), LTREC_OK);
    ck_assert_mem_eq(bench.beside.weights[0], before, sizeof before);
    finish();
}
END_TEST

/* A penalty that nothing has been judged by must not be the weakest. */
START_TEST(with_nobody_to_judge_by_the_penalty_is_the_greatest)
{
    prepare(20);
    fuse(10, 0);
    for (int whole = 0; whole < 2; whole++) {
        const float *all;
        double largest = 0;

        for (size_t i = 0; i < TRACKS; i++)
            bench.present[i] = 3;
        ck_assert_int_eq(create(), LTREC_OK);
        for (size_t i = 0; i < TRACKS; i++)
            if (bench.beside.fold[i] == 1)
                bench.present[i] = whole ? 3 : 1;
        ltr_beside_free(&bench.beside);
        ck_assert_int_eq(create(), LTREC_OK);
        ck_assert_uint_eq(bench.beside.n_sets, 3);
        all = bench.beside.weights[0] + 2 * 21 * TOY_RANK;
        for (size_t i = 0; i < 20 * TOY_RANK; i++)
            largest = fmax(largest, fabs((double)all[i]));
        if (whole)
            ck_assert_double_gt(largest, 0.1);
        else
            ck_assert_double_lt(largest, 0.01);
        ltr_beside_free(&bench.beside);
    }
    finish();
}
END_TEST

/* Nobody else to learn from: every fold has what all tracks say. */
START_TEST(one_artist_is_beside_what_all_its_tracks_say)
{
    prepare(20);
    for (size_t i = 0; i < TRACKS; i++)
        bench.lab.dataset->tracks[i].artist = 1;
    ck_assert_int_eq(create(), LTREC_OK);
    for (size_t fold = 1; fold <= LTR_BESIDE_FOLDS; fold++)
        ck_assert_mem_eq(bench.beside.weights[fold], bench.beside.weights[0],
                         21 * TOY_RANK * sizeof(float));
    finish();
}
END_TEST

START_TEST(the_mean_is_that_of_the_targets)
{
    double sum = 0;

    prepare(20);
    quick.linear = LTREC_LINEAR_MEAN;
    ck_assert_int_eq(create(), LTREC_OK);
    for (size_t i = 0; i < TRACKS; i++)
        sum += (double)bench.targets[i * TOY_RANK + 2];
    for (size_t fold = 0; fold <= LTR_BESIDE_FOLDS; fold++) {
        const float *w = bench.beside.weights[fold];

        ck_assert_double_eq_tol((double)w[20 * TOY_RANK + 2], sum / TRACKS,
                                1e-7);
        for (size_t i = 0; i < 20 * TOY_RANK; i++)
            ck_assert_double_eq((double)w[i], 0);
    }
    finish();
}
END_TEST

START_TEST(it_has_the_same_bits_at_any_number_of_threads)
{
    size_t width = _i == 0 ? 70 : WIDE, n = (width + 1) * TOY_RANK;
    size_t sets = _i == 2 ? 3 : 1;
    ltrec_context_options o;
    struct ltr_beside one;

    prepare(width);
    if (_i == 2)
        fuse(30, 20);
    ck_assert_int_eq(create(), LTREC_OK);
    one = bench.beside;
    ltrec_context_options_init(&o, sizeof o);
    o.threads = 4;
    ck_assert_int_eq(ltrec_context_create(&o, &bench.lesson.ctx, NULL),
                     LTREC_OK);
    ck_assert_int_eq(create(), LTREC_OK);
    for (size_t fold = 0; fold <= LTR_BESIDE_FOLDS; fold++)
        ck_assert_mem_eq(bench.beside.weights[fold], one.weights[fold],
                         sets * n * sizeof(float));
    ltr_beside_free(&one);
    ltr_beside_free(&bench.beside);
    ltrec_context_free(bench.lesson.ctx);
    lab_free(&bench.lab);
}
END_TEST

/* ---- Waiting for it ----------------------------------------------------- */

struct patience {
    long calls, most;
    uint64_t done, total; /* as told the last time */
};

static int count_down(void *user, uint64_t done, uint64_t total)
{
    struct patience *p = user;

    ck_assert_uint_le(done, total);
    ck_assert(done >= p->done || total != p->total);
    p->done = done;
    p->total = total;
    return ++p->calls > p->most;
}

START_TEST(progress_cancels_it_at_any_time_and_is_then_left_alone)
{
    static const size_t widths[] = {20, WIDE, 20, 40};
    struct patience p = {0, 0, 0, 0};
    int status;

    prepare(widths[_i]);
    if (_i == 2)
        quick.linear = LTREC_LINEAR_MEAN;
    if (_i == 3)
        fuse(10, 30);
    quick.progress = count_down;
    quick.user = &p;
    do {
        p.calls = 0;
        p.done = 0;
        status = create_and_complete();
        if (status != LTREC_OK) {
            ck_assert_int_eq(status, LTREC_ERR_CANCELLED);
            ck_assert_int_eq(bench.err.code, LTREC_ERR_CANCELLED);
            ck_assert_int_eq(p.calls, p.most + 1);
        }
        ltr_beside_free(&bench.beside);
        p.most += 1 + p.most / 8;
    } while (status != LTREC_OK);
    ck_assert_int_gt(p.calls, TRACKS / 2);
    finish();
}
END_TEST

/* Nothing is looked at, or taken, before that is said. */
START_TEST(more_than_can_be_solved_for_is_refused)
{
    prepare(20);
    bench.sample.n_train = LTR_MOST_UNKNOWNS + 1;
    bench.inputs = (struct ltr_beside_inputs){.width = LTR_MOST_UNKNOWNS + 1};
    ck_assert_int_eq(create(), LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(bench.err.message, "4097 inputs"));
    ck_assert_int_eq(
        ltr_beside_check(&bench.lesson, LTR_MOST_UNKNOWNS, SIZE_MAX),
        LTREC_OK);
    ck_assert_int_eq(
        ltr_beside_check(&bench.lesson, SIZE_MAX, LTR_MOST_UNKNOWNS),
        LTREC_OK);
    quick.linear = LTREC_LINEAR_MEAN;
    ck_assert_int_eq(ltr_beside_check(&bench.lesson, SIZE_MAX, SIZE_MAX),
                     LTREC_OK);
    finish();
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    long n = 0;
    int status;

    prepare(20);
    if (_i == 1)
        quick.linear = LTREC_LINEAR_MEAN;
    if (_i == 2)
        fuse(10, 20);
    do {
        struct failing_memory memory = {.until_failure = -1};

        ck_assert_int_eq(failing_context(&memory, &bench.lesson.ctx),
                         LTREC_OK);
        memory.until_failure = n;
        status = create_and_complete();
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        memory.until_failure = -1;
        ltr_beside_free(&bench.beside);
        ltrec_context_free(bench.lesson.ctx);
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 200);
    } while (status != LTREC_OK);
    lab_free(&bench.lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(
        tests, it_is_the_ridge_regression_of_one_of_the_penalties, 0, 2);
    tcase_add_loop_test(
        tests, in_the_end_it_is_that_of_the_tracks_kept_back_too, 0, 2);
    tcase_add_test(tests, a_set_that_went_by_all_tracks_still_does);
    tcase_add_test(tests, a_mean_stays_that_of_what_was_learnt_from);
    tcase_add_test(tests, with_nobody_to_judge_by_the_penalty_is_the_greatest);
    tcase_add_test(tests, one_artist_is_beside_what_all_its_tracks_say);
    tcase_add_test(tests, the_mean_is_that_of_the_targets);
    tcase_add_loop_test(tests, it_has_the_same_bits_at_any_number_of_threads,
                        0, 3);
    tcase_add_loop_test(
        tests, progress_cancels_it_at_any_time_and_is_then_left_alone, 0, 4);
    tcase_add_test(tests, more_than_can_be_solved_for_is_refused);
    tcase_add_loop_test(tests, every_allocation_may_fail, 0, 3);
}

int main(void)
{
    return check_run("beside", add_tests);
}
