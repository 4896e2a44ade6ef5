/*
 * test_train.c - branches learn what only they know, and nothing else
 */
#include "check_run.h"

#include <math.h>

#include "base/context.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "nn/layers.h"
#include "small_dataset.h"

static ltrec_context *ctx;
static struct toy toy;
static ltrec_train_options quick;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ltrec_train_options_init(&quick, sizeof quick);
    quick.audio = LTREC_AUDIO_SMALL;
    quick.patch_seconds = 0.01f; /* the least there can be: its reach */
    quick.hidden = 32;
    quick.dropout = 0.1f;
    quick.input_dropout = 0;
    quick.fuse_dropout = 0.1f;
    quick.epochs = 40;
    quick.patience = 40;
    quick.batch = 16;
    quick.rate = 1e-2f;
    quick.validation = 0.25f;
    quick.seed = 5;
}

static void teardown(void)
{
    ltrec_context_free(ctx);
}

/* ---- A dataset, its targets, and what is trained on them ---------------- */

struct lab {
    ltrec_dataset *dataset;
    ltrec_factors *factors;
};

static struct lab lab_in(ltrec_context *with)
{
    struct lab lab;

    ck_assert_int_eq(toy_dataset(&toy, with, &lab.dataset), LTREC_OK);
    ck_assert_int_eq(toy_factors(&toy, with, &lab.factors), LTREC_OK);
    return lab;
}

static void lab_free(struct lab *lab)
{
    ltrec_dataset_free(lab->dataset);
    ltrec_factors_free(lab->factors);
}

static struct lab lab_of(size_t n, uint32_t sources, int with_sound)
{
    toy_make(&toy, n, sources, with_sound, 3);
    return lab_in(ctx);
}

static ltrec_model *teach(const struct lab *lab, uint32_t branch,
                          const ltrec_model *base, ltrec_train_report *report)
{
    ltrec_model *model;
    ltrec_error err = {0};

    if (report)
        report->size = sizeof *report;
    ck_assert_msg(ltrec_train(ctx, lab->dataset, lab->factors, branch, base,
                              &quick, &model, report, &err) == LTREC_OK,
                  "%s", err.message);
    return model;
}

/* The same, on top of a model that is then freed. */
static ltrec_model *teach_more(const struct lab *lab, uint32_t branch,
                               ltrec_model *base, ltrec_train_report *report)
{
    ltrec_model *model = teach(lab, branch, base, report);

    ltrec_model_free(base);
    return model;
}

/* 1 - cos of the best constant vector, by hand, for all tracks. */
static double constant_loss(void)
{
    double sum[TOY_RANK] = {0}, squares = 0;

    for (size_t i = 0; i < toy.n; i++) {
        float unit[TOY_RANK];

        ltr_unit_forward(toy.factors[i], TOY_RANK, unit);
        for (size_t j = 0; j < TOY_RANK; j++)
            sum[j] += (double)unit[j] / (double)toy.n;
    }
    for (size_t j = 0; j < TOY_RANK; j++)
        squares += sum[j] * sum[j];
    return 1 - sqrt(squares);
}

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

struct history {
    uint32_t n, stop_at;
    double train[200], validation[200];
};

static int remember(void *user, uint32_t epoch, double train,
                    double validation)
{
    struct history *h = user;

    ck_assert_uint_eq(epoch, h->n + 1);
    h->train[h->n] = train;
    h->validation[h->n++] = validation;
    return h->n == h->stop_at;
}

/* What the model says of the tracks kept back, weighted as in training. */
static double evaluate(const struct lab *lab, const ltrec_model *model)
{
    struct ltr_sample sample;
    ltrec_predictor *p;
    double loss = 0, weights = 0;

    ck_assert_int_eq(ltrec_predictor_create(ctx, model, NULL, &p, NULL),
                     LTREC_OK);
    ck_assert_int_eq(
        ltr_sample_attributes(lab->dataset, &quick, &sample, NULL),
        LTREC_ERR_ARGUMENT); /* nobody has sound */
    for (size_t i = 0; i < toy.n; i++) {
        uint64_t artist = toy.artists[i];
        float factor[TOY_RANK], unit[TOY_RANK];
        double weight = toy.plays[i] / ((double)toy.plays[i] + 10);
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
    ck_assert_double_eq_tol(evaluate(&lab, model), report.validation_loss,
                            1e-5);
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

/* ---- Adam --------------------------------------------------------------- */

/*
 * A dense layer of 4 inputs and 3 outputs, and four samples, each of one
 * input alone: output j of sample i is weight[j][i] + bias[j], so the
 * gradients are known without a network.  The targets are out of reach of
 * 1,000 steps: nothing converges, and every gradient stays of size 1.
 */
enum {
    ADAM_IN = 4,
    ADAM_OUT = 3
};

static float adam_targets[ADAM_IN * ADAM_OUT];
static double adam_first[ADAM_IN][ADAM_OUT]; /* weights at the beginning */
static size_t adam_calls;                    /* of the loss */

static size_t one_input(void *arg, size_t i, uint64_t draw, float *input)
{
    (void)arg;
    (void)draw;
    for (size_t j = 0; j < ADAM_IN; j++)
        input[j] = (float)(i == j);
    return 1;
}

static double squares(const float *p, const float *y, size_t n, double weight,
                      float *d_p)
{
    size_t sample = (size_t)(y - adam_targets) / ADAM_OUT;
    double loss = 0;

    for (size_t j = 0; j < n; j++) {
        double error = (double)p[j] - (double)y[j];

        if (adam_calls < ADAM_IN) /* biases are 0 as yet */
            adam_first[sample][j] = (double)p[j];
        loss += weight * error * error / 2;
        d_p[j] = (float)(weight * error);
    }
    adam_calls++;
    return loss;
}

struct scalar {
    double value, mean, square;
};

/* Kingma and Ba, algorithm 1, as it is printed. */
static void adam_step(struct scalar *x, double gradient, double t)
{
    double mean, square;

    x->mean = 0.9 * x->mean + (1 - 0.9) * gradient;
    x->square = 0.999 * x->square + (1 - 0.999) * gradient * gradient;
    mean = x->mean / (1 - pow(0.9, t));
    square = x->square / (1 - pow(0.999, t));
    x->value -= 1e-3 * mean / (sqrt(square) + 1e-8);
}

static void adam_reference(size_t steps, struct scalar w[ADAM_IN][ADAM_OUT],
                           struct scalar bias[ADAM_OUT])
{
    for (size_t i = 0; i < ADAM_IN; i++)
        for (size_t j = 0; j < ADAM_OUT; j++)
            w[i][j].value = adam_first[i][j];
    for (size_t step = 1; step <= steps; step++) {
        double errors[ADAM_IN][ADAM_OUT], sums[ADAM_OUT] = {0};

        for (size_t i = 0; i < ADAM_IN; i++)
            for (size_t j = 0; j < ADAM_OUT; j++) {
                double y = (double)adam_targets[i * ADAM_OUT + j];

                errors[i][j] = (w[i][j].value + bias[j].value - y) / ADAM_IN;
                sums[j] += errors[i][j];
            }
        for (size_t j = 0; j < ADAM_OUT; j++) {
            for (size_t i = 0; i < ADAM_IN; i++)
                adam_step(&w[i][j], errors[i][j], (double)step);
            adam_step(&bias[j], sums[j], (double)step);
        }
    }
}

START_TEST(adam_is_adam_for_a_thousand_steps)
{
    const struct ltr_layer layer = {.kind = LTR_DENSE, .size = ADAM_OUT};
    float weights[ADAM_IN] = {1, 1, 1, 1};
    float parameters[ADAM_IN * ADAM_OUT + ADAM_OUT];
    struct scalar w[ADAM_IN][ADAM_OUT] = {{{0}}}, bias[ADAM_OUT] = {{0}};
    struct ltr_sample sample = {.n = ADAM_IN,
                                .n_train = ADAM_IN,
                                .n_out = ADAM_OUT,
                                .targets = adam_targets,
                                .weights = weights};
    ltrec_train_report report;
    struct ltr_net net;
    struct ltr_fit fit = {.ctx = ctx,
                          .net = &net,
                          .sample = &sample,
                          .options = &quick,
                          .fill = one_input,
                          .loss = squares,
                          .batch = ADAM_IN,
                          .most_frames = 1,
                          .repeats = 1};

    for (size_t i = 0; i < ADAM_IN * ADAM_OUT; i++)
        adam_targets[i] = (i % 2 ? 5 : -5) + ltr_random_normal(1, 1, i);
    adam_calls = 0;
    quick.epochs = quick.patience = 1000;
    quick.rate = 1e-3f;
    ck_assert_int_eq(ltr_net_build(&net, ADAM_IN, &layer, 1), LTREC_OK);
    ck_assert_int_eq(ltr_fit_run(&fit, parameters, &report, NULL), LTREC_OK);
    ck_assert_uint_eq(report.best_epoch, 1000);
    adam_reference(1000, w, bias);
    /* Each went about 1 far, and a millionth of that is allowed. */
    for (size_t j = 0; j < ADAM_OUT; j++) {
        for (size_t i = 0; i < ADAM_IN; i++) {
            ck_assert_double_gt(fabs(w[i][j].value - adam_first[i][j]), 0.9);
            ck_assert_double_eq_tol((double)parameters[j * ADAM_IN + i],
                                    w[i][j].value, 1e-6);
        }
        ck_assert_double_eq_tol((double)parameters[ADAM_IN * ADAM_OUT + j],
                                bias[j].value, 1e-6);
    }
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
    for (size_t i = 0; i < 3; i++) {
        ltrec_context *with = context_with(_i, threads[i]);
        ltrec_model *model;

        if (!with)
            return;
        model = teach_four(with);
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

/* Who is kept back is a matter of ids, not of places; so is who is who. */
START_TEST(the_order_of_adding_does_not_decide_who_is_kept_back)
{
    struct lab lab = lab_of(100, LTREC_BRANCH_MGP, 0), backwards = lab;
    ltrec_train_report a, b;
    ltrec_dataset *d;
    ltrec_dataset_options o;
    ltrec_frontend_options frontend;

    o = toy_options(&toy, &frontend);
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &d, NULL), LTREC_OK);
    for (size_t i = toy.n; i-- > 0;)
        ck_assert_int_eq(toy_add_track(&toy, i, d, NULL), LTREC_OK);
    backwards.dataset = d;
    quick.epochs = 1;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_MGP, NULL, &a));
    ltrec_model_free(teach(&backwards, LTREC_BRANCH_MGP, NULL, &b));
    ck_assert_uint_eq(a.n_train, b.n_train);
    ck_assert_uint_eq(a.n_validation, b.n_validation);
    ltrec_dataset_free(d);
    lab_free(&lab);
}
END_TEST

/* ---- Who is learnt from ------------------------------------------------- */

static int everyone(const ltrec_dataset *dataset, size_t row, void *arg)
{
    (void)dataset;
    (void)row;
    (void)arg;
    return 1;
}

static struct ltr_sample sample_of(const struct lab *lab)
{
    struct ltr_sample sample;

    ck_assert_int_eq(ltr_sample_factors(lab->dataset, lab->factors, &quick,
                                        everyone, NULL, &sample, NULL),
                     LTREC_OK);
    return sample;
}

/* Artists with tracks on both sides of the split. */
static size_t count_torn(const struct lab *lab, const struct ltr_sample *s)
{
    size_t torn = 0;

    for (size_t i = s->n_train; i < s->n; i++)
        for (size_t j = 0; j < s->n_train; j++)
            if (lab->dataset->tracks[s->rows[i]].artist ==
                lab->dataset->tracks[s->rows[j]].artist) {
                torn++;
                break;
            }
    return torn;
}

START_TEST(a_split_by_artist_tears_no_artist_apart)
{
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP, 0);

    for (quick.seed = 0; quick.seed < 10; quick.seed++) {
        struct ltr_sample sample;

        quick.split = LTREC_SPLIT_ARTIST;
        sample = sample_of(&lab);
        ck_assert_uint_gt(sample.n, sample.n_train);
        ck_assert_uint_eq(count_torn(&lab, &sample), 0);
        ltr_sample_free(&sample);
        quick.split = LTREC_SPLIT_TRACK;
        sample = sample_of(&lab);
        ck_assert_uint_gt(count_torn(&lab, &sample), 0);
        ltr_sample_free(&sample);
    }
    lab_free(&lab);
}
END_TEST

START_TEST(targets_that_say_nothing_are_left_out)
{
    struct lab lab;
    struct ltr_sample sample;

    toy_make(&toy, 50, LTREC_BRANCH_MGP, 0, 3);
    memset(toy.factors[3], 0, sizeof toy.factors[3]);
    toy.plays[7] = 0;
    toy.plays[8] = 2;
    toy.plays[9] = 3;
    ck_assert_int_eq(toy_dataset(&toy, ctx, &lab.dataset), LTREC_OK);
    toy.n = 40; /* the last ten have no factors at all */
    ck_assert_int_eq(toy_factors(&toy, ctx, &lab.factors), LTREC_OK);
    quick.min_plays = 3;
    sample = sample_of(&lab);
    ck_assert_uint_eq(sample.n, 37);
    for (size_t i = 0; i < sample.n; i++) {
        size_t row = sample.rows[i];
        double plays = toy.plays[row], squares = 0;

        ck_assert(row < 40 && row != 3 && row != 7 && row != 8);
        ck_assert_double_eq_tol((double)sample.weights[i],
                                plays / (plays + 10), 1e-7);
        for (size_t j = 0; j < TOY_RANK; j++)
            squares += (double)sample.targets[i * TOY_RANK + j] *
                       (double)sample.targets[i * TOY_RANK + j];
        ck_assert_double_eq_tol(squares, 1, 1e-6);
    }
    ltr_sample_free(&sample);
    quick.kappa = 0;
    quick.min_plays = 1;
    sample = sample_of(&lab);
    ck_assert_uint_eq(sample.n, 38);
    for (size_t i = 0; i < sample.n; i++)
        ck_assert_float_eq(sample.weights[i], 1);
    ltr_sample_free(&sample);
    lab_free(&lab);
}
END_TEST

/* ---- The artist's other tracks ------------------------------------------ */

static struct ltr_siblings siblings_of(const struct lab *lab)
{
    const struct ltr_lesson lesson = {.ctx = ctx,
                                      .dataset = lab->dataset,
                                      .targets = lab->factors,
                                      .options = &quick,
                                      .rank = TOY_RANK};
    struct ltr_siblings siblings;

    ck_assert_int_eq(ltr_siblings_create(&lesson, &siblings), LTREC_OK);
    return siblings;
}

START_TEST(the_artist_of_a_track_is_its_other_tracks)
{
    struct lab lab;
    struct ltr_siblings siblings;

    toy_make(&toy, 40, LTREC_BRANCH_ARTIST, 0, 3);
    toy.artists[39] = 0;                              /* of nobody */
    toy.artists[38] = 1000;                           /* the only one */
    memset(toy.factors[0], 0, sizeof toy.factors[0]); /* has no target */
    lab = lab_in(ctx);
    siblings = siblings_of(&lab);
    for (size_t i = 0; i < toy.n; i++) {
        double sum[TOY_RANK] = {0};
        uint32_t count = 0;

        for (size_t j = 0; j < toy.n; j++) {
            float unit[TOY_RANK];

            if (j == i || j == 0 || toy.artists[i] == 0 ||
                toy.artists[j] != toy.artists[i])
                continue;
            ltr_unit_forward(toy.factors[j], TOY_RANK, unit);
            for (size_t k = 0; k < TOY_RANK; k++)
                sum[k] += (double)unit[k];
            count++;
        }
        ck_assert_uint_eq(siblings.counts[i], count);
        for (size_t k = 0; k < TOY_RANK; k++)
            ck_assert_double_eq_tol((double)siblings.means[i * TOY_RANK + k],
                                    count ? sum[k] / count : 0, 1e-6);
    }
    ck_assert_uint_eq(siblings.counts[0], 3);
    ck_assert_uint_eq(siblings.counts[1], 2);
    ck_assert_uint_eq(siblings.counts[38], 0);
    ck_assert_uint_eq(siblings.counts[39], 0);
    ltr_siblings_free(ctx, &siblings);
    lab_free(&lab);
}
END_TEST

/* A fusion over the artist alone has nothing to say of single tracks. */
START_TEST(a_fusion_leaves_out_tracks_of_which_it_hears_nothing)
{
    struct lab lab;
    ltrec_train_report report;
    ltrec_model *model;

    toy_make(&toy, 60, LTREC_BRANCH_ARTIST, 0, 3);
    for (size_t i = 0; i < 10; i++)
        toy.artists[i] = 1000 + i;
    lab = lab_in(ctx);
    quick.epochs = 1;
    model = teach(&lab, LTREC_BRANCH_ARTIST, NULL, &report);
    /* Tracks 8 and 9 leave 10 and 11 behind, who have each other. */
    ck_assert_uint_eq(report.n_train + report.n_validation, 50);
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, &report);
    ck_assert_uint_eq(report.n_train + report.n_validation, 50);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* ---- What does not go together ------------------------------------------ */

static int try(const struct lab *lab, uint32_t branch, const ltrec_model *base,
               ltrec_error *err)
{
    ltrec_model *model = (ltrec_model *)(uintptr_t)base;
    int status = ltrec_train(ctx, lab->dataset, lab->factors, branch, base,
                             &quick, &model, NULL, err);

    ck_assert((model != NULL) == (status == LTREC_OK));
    ltrec_model_free(model);
    return status;
}

START_TEST(options_out_of_their_range_are_named)
{
    struct lab lab = lab_of(20, LTREC_BRANCH_MGP, 0);
    const ltrec_train_options good = quick;
    ltrec_error err;

#define REFUSED(field, value) \
    do { \
        quick = good; \
        quick.field = value; \
        ck_assert_int_eq(try(&lab, LTREC_BRANCH_MGP, NULL, &err), \
                         LTREC_ERR_ARGUMENT); \
        ck_assert_msg(strstr(err.message, #field), "%s", err.message); \
    } while (0)
    REFUSED(audio, 3);
    REFUSED(patch_seconds, 0);
    REFUSED(patch_seconds, NAN);
    REFUSED(patches, 0);
    REFUSED(hidden, 65537);
    REFUSED(dropout, 1);
    REFUSED(dropout, -0.1f);
    REFUSED(dropout, NAN);
    REFUSED(input_dropout, 1);
    REFUSED(fuse_dropout, 1);
    REFUSED(branch_dropout, INFINITY);
    REFUSED(head_folds, 1);
    REFUSED(head_folds, 21);
    REFUSED(epochs, 0);
    REFUSED(patience, 0);
    REFUSED(batch, 65537);
    REFUSED(rate, 0);
    REFUSED(rate, NAN);
    REFUSED(validation, 0.6f);
    REFUSED(split, 0);
    REFUSED(kappa, -1);
    REFUSED(provenance, NULL);
    REFUSED(provenance, "caf\xe9");
#undef REFUSED
    quick = good;
    ck_assert_int_eq(try(&lab, 0, NULL, &err), LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(try(&lab, 3, NULL, &err), LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(try(&lab, 128, NULL, &err), LTREC_ERR_ARGUMENT);
    lab_free(&lab);
}
END_TEST

START_TEST(the_ends_of_a_range_belong_to_it)
{
    struct lab lab = lab_of(20, LTREC_BRANCH_MGP, 0);

    quick.epochs = 1;
    quick.patch_seconds = 0.01f;
    quick.dropout = quick.input_dropout = quick.fuse_dropout =
        quick.branch_dropout = 0.99f;
    quick.validation = 0.5f;
    quick.rate = 1e-12f;
    ck_assert_int_eq(try(&lab, LTREC_BRANCH_MGP, NULL, NULL), LTREC_OK);
    lab_free(&lab);
}
END_TEST

START_TEST(what_is_missing_is_named)
{
    struct lab lab = lab_of(20, LTREC_BRANCH_MGP, 0), bare = lab, no = lab;
    ltrec_model *model, *out = NULL;
    ltrec_error err;

    quick.epochs = 1;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ck_assert_int_eq(ltrec_dataset_create(ctx, NULL, &bare.dataset, NULL),
                     LTREC_OK);
    ck_assert_int_eq(try(&bare, LTREC_BRANCH_MGP, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "nothing for branch mgp"));
    ck_assert_int_eq(try(&bare, LTREC_BRANCH_ARTIST, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "0 tracks"));
    ck_assert_int_eq(try(&bare, LTREC_BRANCH_MLG, NULL, &err),
                     LTREC_ERR_STATE);
    ck_assert_int_eq(try(&lab, LTREC_BRANCH_AUDIO, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "no sound"));
    no.factors = NULL;
    ck_assert_int_eq(try(&no, LTREC_BRANCH_MGP, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    /* A head does not look at factors, and says what it does lack. */
    ck_assert_int_eq(try(&no, LTREC_BRANCH_HEAD, NULL, &err), LTREC_ERR_STATE);
    ck_assert_int_eq(try(&lab, LTREC_BRANCH_HEAD, model, &err),
                     LTREC_ERR_STATE);
    ck_assert_int_eq(try(&lab, LTREC_BRANCH_FUSION, NULL, &err),
                     LTREC_ERR_STATE);
    quick.fuse = LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE;
    ck_assert_int_eq(try(&lab, LTREC_BRANCH_FUSION, model, &err),
                     LTREC_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.message, "genre"));
    ck_assert_int_eq(ltrec_train(NULL, lab.dataset, lab.factors,
                                 LTREC_BRANCH_MGP, NULL, &quick, &out, NULL,
                                 &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_train(ctx, lab.dataset, lab.factors,
                                 LTREC_BRANCH_MGP, NULL, &quick, NULL, NULL,
                                 &err),
                     LTREC_ERR_ARGUMENT);
    ltrec_dataset_free(bare.dataset);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

START_TEST(too_few_tracks_are_an_error)
{
    struct lab lab = lab_of(1, LTREC_BRANCH_MGP, 0);
    ltrec_error err;

    ck_assert_int_eq(try(&lab, LTREC_BRANCH_MGP, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "1 tracks"));
    lab_free(&lab);
    lab = lab_of(2, LTREC_BRANCH_MGP, 0);
    quick.epochs = 1;
    ck_assert_int_eq(try(&lab, LTREC_BRANCH_MGP, NULL, &err), LTREC_OK);
    lab_free(&lab);
}
END_TEST

START_TEST(a_model_for_other_factors_is_refused)
{
    struct lab lab = lab_of(20, LTREC_BRANCH_MGP, 0), other = lab;
    ltrec_factors_options o;
    ltrec_model *model;
    ltrec_error err;

    quick.epochs = 1;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ltrec_factors_options_init(&o, sizeof o);
    o.model_id = 4712;
    ck_assert_int_eq(ltrec_factors_create(ctx, toy.n, TOY_RANK, toy.ids,
                                          toy.factors[0], &o, &other.factors,
                                          NULL),
                     LTREC_OK);
    ck_assert_int_eq(try(&other, LTREC_BRANCH_GENRE, model, &err),
                     LTREC_ERR_MISMATCH);
    ltrec_factors_free(other.factors);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* The branches would read past the end of shorter rows. */
START_TEST(a_fusion_over_branches_with_other_names_is_refused)
{
    struct lab lab = lab_of(20, LTREC_BRANCH_MGP, 0), other = lab;
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_model *model;
    ltrec_error err;

    quick.epochs = 1;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    o.n_attributes = 2;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &other.dataset, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < toy.n; i++)
        ck_assert_int_eq(toy_add_track(&toy, i, other.dataset, NULL),
                         LTREC_OK);
    ck_assert_int_eq(try(&other, LTREC_BRANCH_FUSION, model, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "mgp"));
    quick.fuse = LTREC_BRANCH_GENRE; /* which has not changed */
    ck_assert_int_eq(try(&other, LTREC_BRANCH_FUSION, model, &err), LTREC_OK);
    ltrec_dataset_free(other.dataset);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

START_TEST(older_and_newer_callers_are_understood)
{
    struct lab lab = lab_of(20, LTREC_BRANCH_MGP, 0);
    struct {
        ltrec_train_options options;
        uint64_t of_tomorrow;
    } newer = {.options = quick};
    ltrec_train_report older = {
        .size = offsetof(ltrec_train_report, train_loss), .train_loss = 77};
    ltrec_model *model;

    newer.options.size = sizeof newer;
    newer.options.epochs = 1;
    ck_assert_int_eq(ltrec_train(ctx, lab.dataset, lab.factors,
                                 LTREC_BRANCH_MGP, NULL, &newer.options,
                                 &model, &older, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(older.epochs, 1);
    ck_assert_uint_eq(older.size, offsetof(ltrec_train_report, train_loss));
    ck_assert_double_eq(older.train_loss, 77);
    ltrec_model_free(model);
    newer.of_tomorrow = 1;
    ck_assert_int_eq(ltrec_train(ctx, lab.dataset, lab.factors,
                                 LTREC_BRANCH_MGP, NULL, &newer.options,
                                 &model, NULL, NULL),
                     LTREC_ERR_UNSUPPORTED);
    ck_assert_ptr_null(model);
    lab_free(&lab);
}
END_TEST

static double diverging(const float *p, const float *y, size_t n,
                        double weight, float *d_p)
{
    double loss = squares(p, y, n, weight, d_p);

    return adam_calls > 3 * ADAM_IN ? NAN : loss;
}

START_TEST(a_loss_that_is_no_number_ends_the_training)
{
    const struct ltr_layer layer = {.kind = LTR_DENSE, .size = ADAM_OUT};
    float weights[ADAM_IN] = {1, 1, 1, 1};
    float parameters[ADAM_IN * ADAM_OUT + ADAM_OUT];
    struct ltr_sample sample = {.n = ADAM_IN,
                                .n_train = ADAM_IN,
                                .n_out = ADAM_OUT,
                                .targets = adam_targets,
                                .weights = weights};
    struct ltr_net net;
    struct ltr_fit fit = {.ctx = ctx,
                          .net = &net,
                          .sample = &sample,
                          .options = &quick,
                          .fill = one_input,
                          .loss = diverging,
                          .batch = ADAM_IN,
                          .most_frames = 1,
                          .repeats = 1};
    ltrec_train_report report;
    ltrec_error err;

    adam_calls = 0;
    ck_assert_int_eq(ltr_net_build(&net, ADAM_IN, &layer, 1), LTREC_OK);
    ck_assert_int_eq(ltr_fit_run(&fit, parameters, &report, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "epoch 4"));
    ck_assert_ptr_nonnull(strstr(err.message, "smaller rate"));
}
END_TEST

/* ---- Cancelling --------------------------------------------------------- */

struct patience {
    long calls, most;
};

static int count_down(void *user, uint64_t done, uint64_t total)
{
    struct patience *p = user;

    ck_assert_uint_le(done, total);
    return ++p->calls > p->most;
}

START_TEST(progress_cancels_at_any_time_and_is_then_left_alone)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_MGP, 0);
    struct patience p = {0, 0};
    ltrec_model *base = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ltrec_error err;
    int status;

    quick.epochs = 2;
    quick.progress = count_down;
    quick.user = &p;
    do {
        p.calls = 0;
        status = try(&lab, _i == 0 ? LTREC_BRANCH_GENRE : LTREC_BRANCH_FUSION,
                     base, &err);
        if (status != LTREC_OK) {
            ck_assert_int_eq(status, LTREC_ERR_CANCELLED);
            ck_assert_int_eq(p.calls, p.most + 1);
        }
        p.most++;
    } while (status != LTREC_OK);
    ck_assert_int_gt(p.most, 10);
    ltrec_model_free(base);
    lab_free(&lab);
}
END_TEST

START_TEST(an_epoch_cancels)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_MGP, 0);
    struct history h = {.stop_at = 3};
    ltrec_train_report report = {.size = sizeof report, .epochs = 99};
    ltrec_model *model;

    quick.epoch = remember;
    quick.user = &h;
    ck_assert_int_eq(ltrec_train(ctx, lab.dataset, lab.factors,
                                 LTREC_BRANCH_MGP, NULL, &quick, &model,
                                 &report, NULL),
                     LTREC_ERR_CANCELLED);
    ck_assert_ptr_null(model);
    ck_assert_uint_eq(h.n, 3);
    ck_assert_uint_eq(report.epochs, 99);
    lab_free(&lab);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

START_TEST(every_allocation_of_a_training_may_fail)
{
    static const uint32_t branches[] = {LTREC_BRANCH_MGP, LTREC_BRANCH_MLG,
                                        LTREC_BRANCH_ARTIST,
                                        LTREC_BRANCH_FUSION};
    struct lab lab = lab_of(12, LTREC_BRANCH_MGP, 0);
    ltrec_model *base;
    int status, all_succeeded;
    long n = 0;

    quick.epochs = 1;
    quick.hidden = 4;
    base = teach(&lab, LTREC_BRANCH_ARTIST, NULL, NULL);
    base = teach_more(&lab, LTREC_BRANCH_GENRE, base, NULL);
    lab_free(&lab);
    do {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *failing;
        ltrec_model *model;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        lab = lab_in(failing);
        memory.until_failure = n;
        status = ltrec_train(failing, lab.dataset, lab.factors, branches[_i],
                             base, &quick, &model, NULL, NULL);
        ck_assert((model != NULL) == (status == LTREC_OK));
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        /* Warming up may do without: go on to where none failed. */
        all_succeeded = memory.until_failure >= 0;
        memory.until_failure = -1;
        lab_free(&lab);
        ltrec_context_free(failing);
        ltrec_model_free(model);
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 300);
    } while (status != LTREC_OK || !all_succeeded);
    ltrec_model_free(base);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_set_timeout(tests, 60); /* under sanitizers, on a busy machine */
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_branch_learns_what_it_knows, 0, 4);
    tcase_add_test(tests,
                   a_model_keeps_the_typical_length_and_where_it_is_from);
    tcase_add_test(tests, machine_columns_are_standardised);
    tcase_add_loop_test(tests, a_branch_does_not_learn_what_it_does_not_know,
                        0, 4);
    tcase_add_test(tests,
                   a_fusion_is_better_than_each_of_complementing_branches);
    tcase_add_test(tests, the_best_epoch_is_the_one_that_stays);
    tcase_add_test(tests, without_validation_the_training_loss_decides);
    tcase_add_test(tests, adam_is_adam_for_a_thousand_steps);
    tcase_add_loop_test(
        tests, one_seed_gives_the_same_bits_at_any_number_of_threads, 0, 2);
    tcase_add_test(tests, another_seed_gives_another_network);
    tcase_add_test(tests,
                   the_order_of_adding_does_not_decide_who_is_kept_back);
    tcase_add_test(tests, a_split_by_artist_tears_no_artist_apart);
    tcase_add_test(tests, targets_that_say_nothing_are_left_out);
    tcase_add_test(tests, the_artist_of_a_track_is_its_other_tracks);
    tcase_add_test(tests,
                   a_fusion_leaves_out_tracks_of_which_it_hears_nothing);
    tcase_add_test(tests, options_out_of_their_range_are_named);
    tcase_add_test(tests, the_ends_of_a_range_belong_to_it);
    tcase_add_test(tests, what_is_missing_is_named);
    tcase_add_test(tests, too_few_tracks_are_an_error);
    tcase_add_test(tests, a_model_for_other_factors_is_refused);
    tcase_add_test(tests, a_fusion_over_branches_with_other_names_is_refused);
    tcase_add_test(tests, older_and_newer_callers_are_understood);
    tcase_add_test(tests, a_loss_that_is_no_number_ends_the_training);
    tcase_add_loop_test(
        tests, progress_cancels_at_any_time_and_is_then_left_alone, 0, 2);
    tcase_add_test(tests, an_epoch_cancels);
    tcase_add_loop_test(tests, every_allocation_of_a_training_may_fail, 0, 4);
}

int main(void)
{
    return check_run("train", add_tests);
}
