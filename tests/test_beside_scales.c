/*
 * test_beside_scales.c - a penalty for each branch of a regression beside a
 * fusion
 */
#include "check_run.h"

#include "beside_lab.h"

#include "train/beside_parts.h"

/* What tracks kept back are told by what is for use of a set of inputs. */
static double loss_of(size_t set)
{
    size_t width = bench.inputs.width;
    const float *w = bench.beside.weights[0] + set * (width + 1) * TOY_RANK;
    double loss = 0;

    for (size_t i = bench.sample.n_train; i < TRACKS; i++) {
        float guess[TOY_RANK] = {0};

        ltr_linear_add(w, bench.features + i * width, width, TOY_RANK, guess);
        loss += ltr_cosine_loss(guess, bench.targets + i * TOY_RANK, TOY_RANK,
                                1, NULL);
    }
    return loss;
}

/* The first branch tells all of it, and the second, of many columns, nothing:
 * with one penalty it tells of its noise. */
START_TEST(a_branch_of_noise_has_the_greater_penalty)
{
    const float *scales;
    double one;

    prepare(WIDE);
    fuse(10, 30);
    bench.sample.n = bench.sample.n_train; /* nobody to judge by */
    ck_assert_int_eq(create(), LTREC_OK);
    one = loss_of(2);
    for (size_t i = 0; i < 3 * LTR_FUSABLE; i++)
        ck_assert_double_eq((double)bench.beside.scales[i], 1);
    ltr_beside_free(&bench.beside);

    bench.sample.n = TRACKS;
    ck_assert_int_eq(create(), LTREC_OK);
    scales = bench.beside.scales + 2 * LTR_FUSABLE;
    ck_assert_double_ge((double)scales[0], 2);
    ck_assert_double_eq((double)scales[1], 1.0 / 32); /* as far as it goes */
    ck_assert_double_lt(loss_of(2), 0.5 * one);
    ck_assert_double_lt(loss_of(0), 0.5 * one); /* of the first alone */
    ck_assert_double_ge((double)bench.beside.scales[0], 2);
    ck_assert_double_eq((double)bench.beside.scales[LTR_FUSABLE + 1], 1);
    finish();
}
END_TEST

/* Nobody in the first fold has all inputs, so that all begins with the
 * greatest penalty, which the tracks kept back know better. */
START_TEST(penalties_become_less_as_well)
{
    double penalty, scale;

    prepare(20);
    fuse(10, 30);
    ck_assert_int_eq(create(), LTREC_OK);
    for (size_t i = 0; i < bench.sample.n_train; i++)
        bench.present[i] = bench.beside.fold[i] == 1 ? 1 : 3;
    ltr_beside_free(&bench.beside);
    ck_assert_int_eq(create(), LTREC_OK);
    penalty = bench.beside.penalty;
    scale = (double)bench.beside.scales[2 * LTR_FUSABLE];
    ck_assert_double_eq(penalty, 10000);
    ck_assert_double_ge(scale, 8);
    for (size_t i = 0; i < 3 * LTR_FUSABLE; i++) {
        scale = (double)bench.beside.scales[i];
        ck_assert_double_ge(penalty / (scale * scale), 1);
    }
    finish();
}
END_TEST

/* ---- What is regressed by them -------------------------------------------
 */

struct scaled {
    double mean[WIDE], deviation[WIDE];
};

static void measure(struct scaled *s)
{
    size_t width = bench.inputs.width, n = bench.sample.n_train;

    *s = (struct scaled){.mean = {0}};
    for (size_t i = 0; i < n * width; i++)
        s->mean[i % width] += (double)bench.features[i] / (double)n;
    for (size_t i = 0; i < n * width; i++)
        s->deviation[i % width] +=
            pow((double)bench.features[i] - s->mean[i % width], 2) / (double)n;
    for (size_t j = 0; j < width; j++)
        s->deviation[j] = sqrt(s->deviation[j]);
}

/* Where the loss is least, x_j (y - Xw) = penalty_j w_j in every standardised
 * column of the set, over the tracks outside the fold; first target. */
static void check_least(const struct scaled *s, size_t set, size_t fold)
{
    size_t width = bench.inputs.width;
    const float *w = bench.beside.weights[fold] + set * (width + 1) * TOY_RANK;
    double pull[WIDE] = {0};

    for (size_t i = 0; i < bench.sample.n_train; i++) {
        const float *x = bench.features + i * width;
        float guess[TOY_RANK] = {0};

        if (fold != 0 && bench.beside.fold[i] == fold)
            continue;
        ltr_linear_add(w, x, width, TOY_RANK, guess);
        for (size_t j = 0; j < width; j++)
            pull[j] += ((double)x[j] - s->mean[j]) / s->deviation[j] *
                       (double)(bench.targets[i * TOY_RANK] - guess[0]);
    }
    for (size_t j = 0; j < width; j++) {
        size_t branch = bench.branch[j];
        double scale = (double)bench.beside.scales[set * LTR_FUSABLE + branch];
        double weight = (double)w[j * TOY_RANK] * s->deviation[j];

        if ((set + 1) >> branch & 1)
            ck_assert_double_eq_tol(
                pull[j], bench.beside.penalty / (scale * scale) * weight,
                1e-3);
        else
            ck_assert_double_eq(weight, 0);
    }
}

START_TEST(every_set_and_fold_is_by_its_own_penalties)
{
    struct scaled scaled;

    prepare(_i == 0 ? 20 : WIDE);
    fuse(10, 30);
    ck_assert_int_eq(create(), LTREC_OK);
    measure(&scaled);
    for (size_t set = 0; set < 3; set++)
        for (size_t fold = 0; fold <= LTR_BESIDE_FOLDS; fold++)
            check_least(&scaled, set, fold);
    finish();
}
END_TEST

START_TEST(in_the_end_it_is_by_the_penalties_that_were_chosen)
{
    prepare(WIDE);
    fuse(10, 30);
    ck_assert_int_eq(create_and_complete(), LTREC_OK);
    look_at(2);
    ck_assert_double_lt(distance(bench.beside.penalty), 1e-5);
    finish();
}
END_TEST

START_TEST(ten_tracks_are_enough_to_choose_by_and_nine_too_few)
{
    prepare(WIDE);
    fuse(10, 30);
    for (size_t i = bench.sample.n_train; i < TRACKS; i++)
        bench.present[i] = i < TRACKS - 10 + (size_t)_i ? 1 : 3;
    ck_assert_int_eq(create(), LTREC_OK);
    ck_assert_double_ge((double)bench.beside.scales[0], 2); /* all have it */
    for (size_t i = LTR_FUSABLE; _i == 1 && i < 3 * LTR_FUSABLE; i++)
        ck_assert_double_eq((double)bench.beside.scales[i], 1);
    if (_i == 0)
        ck_assert_double_lt((double)bench.beside.scales[2 * LTR_FUSABLE + 1],
                            1);
    finish();
}
END_TEST

START_TEST(a_gain_has_to_be_more_than_its_standard_error)
{
    double was[16], now[16];

    for (size_t i = 0; i < 16; i++) {
        was[i] = 1;
        now[i] = 0.9; /* every track gains as much */
    }
    ck_assert(ltr_ridge_nearer(was, now, 16));
    ck_assert(!ltr_ridge_nearer(now, was, 16));
    ck_assert(!ltr_ridge_nearer(was, was, 16));
    for (size_t i = 0; i < 16; i++) /* 0.1 with a deviation of 0.3, of 0.5 */
        now[i] = 0.9 + (i % 2 ? 0.3 : -0.3);
    ck_assert(ltr_ridge_nearer(was, now, 16));
    for (size_t i = 0; i < 16; i++)
        now[i] = 0.9 + (i % 2 ? 0.5 : -0.5);
    ck_assert(!ltr_ridge_nearer(was, now, 16));
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_branch_of_noise_has_the_greater_penalty);
    tcase_add_test(tests, penalties_become_less_as_well);
    tcase_add_loop_test(tests, every_set_and_fold_is_by_its_own_penalties, 0,
                        2);
    tcase_add_test(tests, in_the_end_it_is_by_the_penalties_that_were_chosen);
    tcase_add_loop_test(
        tests, ten_tracks_are_enough_to_choose_by_and_nine_too_few, 0, 2);
    tcase_add_test(tests, a_gain_has_to_be_more_than_its_standard_error);
}

int main(void)
{
    return check_run("beside_scales", add_tests);
}
