/*
 * test_train_steps.c - the parts of a training: its steps, its second loss and
 * its linear path
 */
#include "check_run.h"

#include "math/product.h"
#include "temp_file.h"
#include "train_lab.h"

/* ---- The optimiser ------------------------------------------------------ */

static const struct ltr_layer one_layer = {.kind = LTR_DENSE, .size = 1};

/* A dense layer of one input: a weight and a bias. */
static struct ltr_optimiser optimiser_of(struct ltr_net *net,
                                         struct ltr_fit *fit, float *w)
{
    struct ltr_optimiser o;

    ck_assert_int_eq(ltr_net_build(net, 1, &one_layer, 1), LTREC_OK);
    *fit = (struct ltr_fit){.ctx = ctx, .net = net, .options = &quick};
    ck_assert_int_eq(ltr_optimiser_create(fit, 10, w, &o), LTREC_OK);
    return o;
}

START_TEST(the_rate_rises_and_falls_as_asked)
{
    float w[2] = {0};
    struct ltr_net net;
    struct ltr_fit fit;
    struct ltr_optimiser o;

    quick.rate = 1;
    quick.epochs = 12;
    quick.warmup = 2;
    quick.schedule = LTREC_SCHEDULE_COSINE;
    o = optimiser_of(&net, &fit, w);
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 0.05, 1e-9);
    o.step = 19;
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 1, 1e-9);
    o.step = 69; /* half way down */
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 0.505, 1e-9);
    o.step = 119;
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 0.01, 1e-9);
    quick.schedule = LTREC_SCHEDULE_CONSTANT;
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 1, 1e-9);
    ltr_optimiser_free(&o);
}
END_TEST

START_TEST(weights_decay_and_biases_do_not)
{
    float w[2] = {3, 5};
    struct ltr_net net;
    struct ltr_fit fit;
    struct ltr_optimiser o;

    quick.rate = 0.1f;
    quick.decay = 0.5f;
    o = optimiser_of(&net, &fit, w);
    ltr_optimiser_step(&o); /* no gradient: nothing else moves */
    ck_assert_double_eq_tol((double)w[0], 3 * 0.95, 1e-6);
    ck_assert_float_eq(w[1], 5);
    ltr_optimiser_free(&o);
}
END_TEST

START_TEST(the_average_follows_the_weights)
{
    float w[2] = {0};
    struct ltr_net net;
    struct ltr_fit fit;
    struct ltr_optimiser o;

    quick.rate = 1e-12f;
    quick.average = 0.5f;
    o = optimiser_of(&net, &fit, w);
    ck_assert_ptr_eq(ltr_optimiser_weights(&o), w); /* nothing to average */
    w[0] = 8;
    ltr_optimiser_step(&o);
    ck_assert_double_eq_tol((double)ltr_optimiser_weights(&o)[0], 8, 1e-5);
    o.step = 1000;
    w[0] = 4;
    ltr_optimiser_step(&o);
    ck_assert_double_eq_tol((double)ltr_optimiser_weights(&o)[0], 6, 1e-5);
    ltr_optimiser_free(&o);
}
END_TEST

/* ---- The second loss ---------------------------------------------------- */

enum {
    ROWS = 40,
    WIDE = 4,
    STRIDE = 6 /* another thing is learnt beside */
};

static double contrast_loss(const float *p, const float *y,
                            const uint64_t *groups, double t)
{
    double total = 0;

    for (size_t i = 0; i < ROWS; i++) {
        double length = 0, own = 0, sum = 0;

        for (size_t m = 0; m < WIDE; m++)
            length += (double)p[i * STRIDE + m] * (double)p[i * STRIDE + m];
        for (size_t j = 0; j < ROWS; j++) {
            double dot = 0;

            if (i != j && groups[i] != 0 && groups[i] == groups[j])
                continue;
            for (size_t m = 0; m < WIDE; m++)
                dot += (double)p[i * STRIDE + m] * (double)y[j * STRIDE + m];
            dot /= sqrt(length) * t;
            own = i == j ? dot : own;
            sum += exp(dot);
        }
        total += (log(sum) - own) / ROWS;
    }
    return total;
}

/* With what it works in. */
static void add_contrast(struct ltr_contrast *c)
{
    c->room =
        ltr_alloc(ctx, ltr_contrast_room(ctx, c->n, c->k), sizeof *c->room);
    ck_assert_int_eq(ltr_packs_create(ctx, LTREC_PRECISION_FLOAT32, &c->packs),
                     LTREC_OK);
    ltr_contrast_add(c);
    ltr_packs_free(c->packs);
    ltr_free(ctx, c->room);
}

START_TEST(the_contrast_has_the_derivative_of_its_loss)
{
    float p[ROWS * STRIDE], y[ROWS * STRIDE], d[ROWS * STRIDE] = {0};
    uint64_t groups[ROWS];
    struct ltr_contrast c = {.ctx = ctx,
                             .n = ROWS,
                             .k = WIDE,
                             .stride = STRIDE,
                             .weight = 2,
                             .temperature = 0.3,
                             .p = p,
                             .y = y,
                             .groups = groups,
                             .d_p = d};

    for (size_t i = 0; i < ROWS * STRIDE; i++) {
        p[i] = ltr_random_normal(1, 1, i);
        y[i] = ltr_random_normal(1, 2, i);
    }
    for (size_t i = 0; i < ROWS; i++) {
        ltr_unit_forward(y + i * STRIDE, WIDE, y + i * STRIDE);
        groups[i] = i % 4 == 3 ? 0 : 1 + i / 3;
    }
    add_contrast(&c);
    for (size_t i = 0; i < ROWS * STRIDE; i++) {
        const float step = 1e-2f, before = p[i];
        double up, down;

        p[i] = before + step;
        up = contrast_loss(p, y, groups, 0.3);
        p[i] = before - step;
        down = contrast_loss(p, y, groups, 0.3);
        p[i] = before;
        ck_assert_double_eq_tol((double)d[i],
                                2 * (up - down) / (2 * (double)step), 1e-3);
    }
}
END_TEST

/* Far from all targets, at the lowest temperature, each power underflows. */
START_TEST(the_contrast_of_opposites_is_finite)
{
    size_t n = (size_t)_i;
    float p[4 * WIDE] = {0}, y[4 * WIDE] = {0}, d[4 * WIDE] = {0};
    const uint64_t groups[4] = {0};
    struct ltr_contrast c = {.ctx = ctx,
                             .n = n,
                             .k = WIDE,
                             .stride = WIDE,
                             .weight = 1,
                             .temperature = 0.01,
                             .p = p,
                             .y = y,
                             .groups = groups,
                             .d_p = d};

    for (size_t i = 0; i < n; i++) {
        y[i * WIDE] = 1;
        p[i * WIDE] = -1;
        p[i * WIDE + 1] = 0.1f;
    }
    add_contrast(&c);
    /* All targets alike: the softmax is 1 / n, and the sum of parts 0. */
    for (size_t i = 0; i < n * WIDE; i++)
        ck_assert_double_eq_tol((double)d[i], 0, 1e-4);
}
END_TEST

/* ---- The linear path ---------------------------------------------------- */

/* What is linear is known before the first step, and kept by files. */
START_TEST(a_network_beside_ridge_begins_where_ridge_ends)
{
    struct lab lab = lab_of(240, LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE, 0);
    struct temp_file file = temp_file_of("");
    char *path = file.path;
    ltrec_train_report first, last;
    ltrec_model *model, *loaded;
    ltrec_predictor *one, *two;
    ltrec_track track;
    float a[TOY_RANK], b[TOY_RANK];

    quick.linear = LTREC_LINEAR_RIDGE;
    quick.epochs = 1;
    quick.rate = 1e-12f;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, &first);
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, &last);
    ck_assert_double_lt(first.validation_loss, 0.8 * constant_loss());
    ck_assert_double_lt(last.validation_loss, 0.1 * constant_loss());
    ck_assert_int_eq(ltrec_model_save(model, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &loaded, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, NULL, &one, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_predictor_create(ctx, loaded, NULL, &two, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < 20; i++) {
        ltrec_track_init(&track, sizeof track);
        track.attributes = i % 3 == 1 ? NULL : toy.attributes[i];
        track.genres = i % 3 == 2 ? NULL : toy.genres[i];
        ck_assert_int_eq(ltrec_predictor_run(one, &track, a, NULL, NULL),
                         LTREC_OK);
        ck_assert_int_eq(ltrec_predictor_run(two, &track, b, NULL, NULL),
                         LTREC_OK);
        ck_assert_mem_eq(a, b, sizeof a);
    }
    ltrec_predictor_free(one);
    ltrec_predictor_free(two);
    ltrec_model_free(loaded);
    ltrec_model_free(model);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

/* Every tenth track's first attribute is not known; the mean of the rest. */
static float forget_some(void)
{
    double sum = 0, known = 0;

    for (size_t i = 0; i < toy.n; i++) {
        if (i % 10 == 0) {
            toy.attributes[i][0] = NAN;
            continue;
        }
        sum += (double)toy.attributes[i][0];
        known++;
    }
    return (float)(sum / known);
}

static void predict_attributes(const ltrec_model *model, float *attributes,
                               float *factor)
{
    ltrec_predictor *predictor;
    ltrec_track track;

    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, NULL, &predictor, NULL), LTREC_OK);
    ltrec_track_init(&track, sizeof track);
    track.attributes = attributes;
    ck_assert_int_eq(
        ltrec_predictor_run(predictor, &track, factor, NULL, NULL), LTREC_OK);
    ltrec_predictor_free(predictor);
}

/* Alone, and in a fusion, whose columns are beside their means. */
START_TEST(beside_ridge_an_unknown_attribute_counts_as_its_mean)
{
    struct lab lab;
    ltrec_model *model;
    float mean, a[TOY_RANK], b[TOY_RANK];

    toy_make(&toy, 240, LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE, 0, 3);
    mean = forget_some();
    lab = lab_in(ctx);
    quick.linear = LTREC_LINEAR_RIDGE;
    quick.epochs = 1;
    quick.rate = 1e-12f;
    quick.validation = 0;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    if (_i == 1) {
        model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
        model = teach_more(&lab, LTREC_BRANCH_FUSION, model, NULL);
    }
    for (size_t i = 0; i < 20; i += 10) {
        predict_attributes(model, toy.attributes[i], a);
        toy.attributes[i][0] = mean;
        predict_attributes(model, toy.attributes[i], b);
        for (size_t j = 0; j < TOY_RANK; j++)
            ck_assert_float_eq_tol(a[j], b[j], 1e-5f);
    }
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* Random targets: whatever the options, nothing is learnt that holds. */
START_TEST(nothing_is_learnt_from_noise)
{
    struct lab lab = lab_of(200, 0, 0);
    ltrec_train_report report;
    ltrec_model *model;

    quick.linear = _i == 1 ? LTREC_LINEAR_RIDGE : LTREC_LINEAR_NONE;
    quick.average = _i == 2 ? 0.9f : 0;
    quick.mixup = _i == 3 ? 0.5f : 0;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_double_gt(report.validation_loss, 0.8 * constant_loss());
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* Each lever alone still learns what there is to learn. */
START_TEST(every_way_of_training_learns)
{
    static const struct {
        float average, contrast, mask, mixup, decay;
        int32_t linear, schedule;
    } ways[] = {
        {0.9f, 0, 0, 0, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0.05f, 0, 0, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0.1f, 0, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0, 0.3f, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0, 0, 0.1f, LTREC_LINEAR_NONE, LTREC_SCHEDULE_COSINE},
        {0, 0, 0, 0, 0, LTREC_LINEAR_MEAN, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0, 0.3f, 0, LTREC_LINEAR_RIDGE, LTREC_SCHEDULE_COSINE},
    };
    struct lab lab = lab_of(240, LTREC_BRANCH_MGP, 0);
    ltrec_train_report report;
    ltrec_model *model;

    quick.average = ways[_i].average;
    quick.contrast = ways[_i].contrast;
    quick.mask = ways[_i].mask;
    quick.mixup = ways[_i].mixup;
    quick.decay = ways[_i].decay;
    quick.linear = ways[_i].linear;
    quick.schedule = ways[_i].schedule;
    quick.warmup = 1;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_double_lt(report.validation_loss, 0.35 * constant_loss());
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_rate_rises_and_falls_as_asked);
    tcase_add_test(tests, weights_decay_and_biases_do_not);
    tcase_add_test(tests, the_average_follows_the_weights);
    tcase_add_test(tests, the_contrast_has_the_derivative_of_its_loss);
    tcase_add_loop_test(tests, the_contrast_of_opposites_is_finite, 1, 5);
    tcase_add_test(tests, a_network_beside_ridge_begins_where_ridge_ends);
    tcase_add_loop_test(
        tests, beside_ridge_an_unknown_attribute_counts_as_its_mean, 0, 2);
    tcase_add_loop_test(tests, nothing_is_learnt_from_noise, 0, 4);
    tcase_add_loop_test(tests, every_way_of_training_learns, 0, 7);
}

int main(void)
{
    return check_run("train steps", add_tests);
}
