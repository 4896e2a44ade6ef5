/*
 * test_train.c - branches learn what only they know, and nothing else
 */
#include "check_run.h"

#include "kernel_sets.h"
#include "train_lab.h"

/* ---- Learning ----------------------------------------------------------- */

static const struct {
    uint32_t source, branch;
    double share; /* of the constant's loss, at most */
} lessons[] = {
    {LTREC_BRANCH_MGP, LTREC_BRANCH_MGP, 0.2},
    {LTREC_BRANCH_MLG, LTREC_BRANCH_MLG, 0.2},
    {LTREC_BRANCH_GENRE, LTREC_BRANCH_GENRE, 0.2},
    {LTREC_BRANCH_ARTIST, LTREC_BRANCH_ARTIST, 0.2},
};

START_TEST(a_branch_learns_what_it_knows)
{
    struct lab lab = lab_of(320, lessons[_i].source, 0);
    ltrec_train_report report;
    ltrec_model *model = teach(&lab, lessons[_i].branch, NULL, &report);

    ck_assert_uint_eq(ltrec_model_branches(model), lessons[_i].branch);
    ck_assert_uint_eq(report.n_train + report.n_validation, 320);
    ck_assert_double_lt(report.validation_loss,
                        lessons[_i].share * constant_loss());
    ck_assert_double_eq(ltrec_model_validation(model, lessons[_i].branch),
                        1 - report.validation_loss);
    ck_assert_uint_eq(report.n_parameters,
                      ltrec_model_parameters(model, lessons[_i].branch));
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

START_TEST(a_model_keeps_the_typical_length_and_where_it_is_from)
{
    struct lab lab = lab_of(41, LTREC_BRANCH_MGP, 0);
    const float *norms = ltrec_factors_norms(lab.factors);
    size_t shorter = 0, longer = 0;
    ltrec_model *model;

    quick.epochs = 1;
    quick.provenance = "CC0";
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    for (size_t i = 0; i < 41; i++) {
        shorter += norms[i] < ltrec_model_norm(model);
        longer += norms[i] > ltrec_model_norm(model);
    }
    ck_assert(shorter == 20 && longer == 20);
    ck_assert_uint_eq(ltrec_model_factors_id(model), 4711);
    ck_assert_str_eq(model->provenance, "CC0");
    quick.provenance = "";
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    ck_assert_str_eq(model->provenance, "CC0");
    quick.provenance = "caf\xc3\xa9";
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    ck_assert_str_eq(model->provenance, "caf\xc3\xa9");
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* A factor that few people made is short because few people made it. */
START_TEST(what_is_no_target_has_no_say_in_the_typical_length)
{
    struct lab lab = lab_of(80, LTREC_BRANCH_MGP, 0);
    ltrec_model *model;

    for (size_t i = 0; i < 80; i++) {
        int few = i % 8 < 5;

        toy.plays[i] = few ? 2 : 9;
        for (size_t j = 0; j < TOY_RANK; j++)
            toy.factors[i][j] = j != i % TOY_RANK ? 0 : few ? 1 : 3;
    }
    lab_free(&lab);
    lab = lab_in(ctx);
    quick.epochs = 1;
    quick.min_plays = 3;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ck_assert_float_eq(ltrec_model_norm(model), 3);
    ltrec_model_free(model);
    quick.min_plays = 1;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ck_assert_float_eq(ltrec_model_norm(model), 1);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* One that never varies says nothing, and one in small units all it can. */
START_TEST(machine_columns_are_standardised)
{
    struct lab lab;
    ltrec_model *model;
    const struct ltr_branch *mlg;

    toy_make(&toy, 60, LTREC_BRANCH_MGP, 0, 3);
    for (size_t i = 0; i < toy.n; i++) {
        toy.machine[i][0] = 7.3f;
        toy.machine[i][1] *= 1e-9f;
        toy.machine[i][2] = NAN;
        if (i % 2)
            toy.machine[i][3] = NAN;
    }
    lab = lab_in(ctx);
    quick.epochs = 1;
    model = teach(&lab, LTREC_BRANCH_MLG, NULL, NULL);
    mlg = model->branches[LTR_MLG];
    ck_assert_float_eq(mlg->scale[0], 0);
    ck_assert_float_eq(mlg->scale[2], 0);
    ck_assert_double_eq_tol((double)mlg->mean[1] * 1e9, 10, 2);
    ck_assert_double_eq_tol((double)mlg->scale[1] * 1e-9, 1.0 / 3, 0.1);
    ck_assert_double_eq_tol((double)mlg->mean[3], 10, 2);
    ck_assert_double_eq_tol((double)mlg->scale[3], 1.0 / 3, 0.1);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* A leak from the targets into the inputs would show here. */
START_TEST(a_branch_does_not_learn_what_it_does_not_know)
{
    size_t other = ((size_t)_i + 1) % 4;
    struct lab lab = lab_of(320, lessons[_i].source, 0);
    ltrec_train_report report;

    ltrec_model_free(teach(&lab, lessons[other].branch, NULL, &report));
    ck_assert_double_gt(report.validation_loss, 0.8 * constant_loss());
    lab_free(&lab);
}
END_TEST

START_TEST(a_fusion_is_better_than_each_of_complementing_branches)
{
    struct lab lab = lab_of(400, LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE, 0);
    ltrec_train_report mgp, genre, fused;
    ltrec_model *model = teach(&lab, LTREC_BRANCH_MGP, NULL, &mgp);

    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, &genre);
    quick.hidden = 0;
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, &fused);
    ck_assert_uint_eq(ltrec_model_branches(model), LTREC_BRANCH_MGP |
                                                       LTREC_BRANCH_GENRE |
                                                       LTREC_BRANCH_FUSION);
    ck_assert_double_lt(fused.validation_loss,
                        0.6 *
                            fmin(mgp.validation_loss, genre.validation_loss));
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* ---- Epochs ------------------------------------------------------------- */

/* What the model says of the tracks kept back, weighted as in training. */
static double evaluate(const ltrec_model *model)
{
    ltrec_predictor *p;
    double loss = 0, weights = 0;

    ck_assert_int_eq(ltrec_predictor_create(ctx, model, NULL, &p, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < toy.n; i++) {
        uint64_t artist = toy.artists[i];
        float factor[TOY_RANK], unit[TOY_RANK];
        double weight = toy.plays[i] / ((double)toy.plays[i] + 3);
        ltrec_track track;

        if (!(ltr_random_uniform(quick.seed, 0x73706c6974u, artist) <
              quick.validation))
            continue;
        ltrec_track_init(&track, sizeof track);
        track.attributes = toy.attributes[i];
        ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                         LTREC_OK);
        ltr_unit_forward(toy.factors[i], TOY_RANK, unit);
        loss += weight * ltr_cosine_loss(factor, unit, TOY_RANK, 1, NULL);
        weights += weight;
    }
    ltrec_predictor_free(p);
    return loss / weights;
}

START_TEST(the_best_epoch_is_the_one_that_stays)
{
    struct lab lab = lab_of(100, LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE, 0);
    struct history h = {0};
    ltrec_train_report report;
    uint32_t best = 0;
    ltrec_model *model;

    for (size_t i = 0; i < toy.n; i++)
        toy.plays[i] = 1 + (uint32_t)(7 * i % 90);
    lab_free(&lab);
    lab = lab_in(ctx);
    quick.epochs = 200;
    quick.patience = 6;
    quick.epoch = remember;
    quick.user = &h;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    for (uint32_t i = 1; i < h.n; i++)
        best = h.validation[i] < h.validation[best] ? i : best;
    ck_assert_uint_eq(report.epochs, h.n);
    ck_assert_uint_eq(report.best_epoch, best + 1);
    ck_assert_uint_eq(h.n, best + 1 + quick.patience);
    ck_assert_double_eq(report.validation_loss, h.validation[best]);
    ck_assert_double_eq(report.train_loss, h.train[h.n - 1]);
    ck_assert_double_eq_tol(evaluate(model), report.validation_loss, 1e-5);
    ck_assert_double_gt(h.validation[h.n - 1], h.validation[best]);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

START_TEST(without_validation_the_training_loss_decides)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_MGP, 0);
    struct history h = {0};
    ltrec_train_report report;

    quick.validation = 0;
    quick.epochs = 5;
    quick.epoch = remember;
    quick.user = &h;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_MGP, NULL, &report));
    ck_assert_uint_eq(report.n_validation, 0);
    ck_assert_uint_eq(report.n_train, 40);
    for (uint32_t i = 0; i < h.n; i++)
        ck_assert_double_eq(h.train[i], h.validation[i]);
    lab_free(&lab);
}
END_TEST

/* ---- The same bits ------------------------------------------------------ */

static void check_same_branch(const ltrec_model *a, const ltrec_model *b,
                              size_t place, int same)
{
    const struct ltr_branch *x = a->branches[place], *y = b->branches[place];
    size_t n = x->net.n_parameters * sizeof *x->parameters;

    ck_assert_uint_eq(x->net.n_parameters, y->net.n_parameters);
    ck_assert_int_eq(memcmp(x->parameters, y->parameters, n) == 0, same);
    if (same)
        ck_assert_double_eq(x->validation, y->validation);
    if (same)
        ck_assert_mem_eq(x->stack, y->stack, sizeof x->stack);
    if (same && x->linear)
        ck_assert_mem_eq(x->linear, y->linear,
                         ltr_fusion_sets(x->fused) * (x->n_scales + 1) *
                             a->rank * sizeof *x->linear);
}

/* MGP, genre, artist, and a fusion over them. */
static ltrec_model *teach_four(ltrec_context *with)
{
    struct lab lab = lab_in(with);
    ltrec_context *before = ctx;
    ltrec_model *model;

    ctx = with;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    model = teach_more(&lab, LTREC_BRANCH_ARTIST, model, NULL);
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, NULL);
    ctx = before;
    lab_free(&lab);
    return model;
}

static void check_same_four(const ltrec_model *a, const ltrec_model *b)
{
    check_same_branch(a, b, LTR_MGP, 1);
    check_same_branch(a, b, LTR_GENRE, 1);
    check_same_branch(a, b, LTR_ARTIST, 1);
    check_same_branch(a, b, LTR_FUSION, 1);
}

START_TEST(one_seed_gives_the_same_bits_at_any_number_of_threads)
{
    static const uint32_t threads[] = {1, 2, 4};
    ltrec_model *first = NULL;

    toy_make(&toy, 60, LTREC_BRANCH_MGP | LTREC_BRANCH_ARTIST, 0, 3);
    quick.hidden = 150; /* more than a worker's share */
    quick.epochs = 4;
    quick.linear = LTREC_LINEAR_RIDGE;
    quick.contrast = 0.1f;
    quick.batch = 60; /* more than a task of it */
    for (size_t i = 0; i < 3; i++) {
        ltrec_context *with = context_with(_i, threads[i]);
        ltrec_model *model;

        if (!with)
            return;
        model = teach_four(with);
        /* Nobody listens to an artist who is not known. */
        ck_assert_float_eq(model->branches[LTR_FUSION]->stack[1][LTR_ARTIST],
                           0);
        if (first)
            check_same_four(first, model);
        else
            first = ltr_model_ref(model);
        ltrec_model_free(model);
        ltrec_context_free(with);
    }
    ltrec_model_free(first);
}
END_TEST

START_TEST(another_seed_gives_another_network)
{
    struct lab lab = lab_of(60, LTREC_BRANCH_MGP, 0);
    ltrec_model *a, *b, *again;

    quick.epochs = 2;
    a = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    again = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    quick.seed++;
    b = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    check_same_branch(a, again, LTR_MGP, 1);
    check_same_branch(a, b, LTR_MGP, 0);
    ltrec_model_free(a);
    ltrec_model_free(b);
    ltrec_model_free(again);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_branch_learns_what_it_knows, 0, 4);
    tcase_add_test(tests,
                   a_model_keeps_the_typical_length_and_where_it_is_from);
    tcase_add_test(tests, what_is_no_target_has_no_say_in_the_typical_length);
    tcase_add_test(tests, machine_columns_are_standardised);
    tcase_add_loop_test(tests, a_branch_does_not_learn_what_it_does_not_know,
                        0, 4);
    tcase_add_test(tests,
                   a_fusion_is_better_than_each_of_complementing_branches);
    tcase_add_test(tests, the_best_epoch_is_the_one_that_stays);
    tcase_add_test(tests, without_validation_the_training_loss_decides);
    tcase_add_loop_test(
        tests, one_seed_gives_the_same_bits_at_any_number_of_threads, 0, 2);
    tcase_add_test(tests, another_seed_gives_another_network);
}

int main(void)
{
    return check_run("train", add_tests);
}
