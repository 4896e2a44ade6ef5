/*
 * test_bf16_networks.c - networks whose products are made in bf16
 *
 * What is the same in both precisions - a sample alone and in a batch, windows
 * of a sequence - is in test_nn.c and test_windows.c.
 */
#include <unistd.h>

#include "failing_memory.h"
#include "kernel_sets.h"
#include "temp_file.h"
#include "train_lab.h"

#define NEAR 2e-3 /* of cosine distance, at most */

/* The lab on a CPU with units; without, ctx is NULL and tests end early. */
static void setup_bf16(void)
{
    setup();
    ltrec_context_free(ctx);
    ctx = context_with_bf16(1);
    quick.precision = LTREC_PRECISION_BF16;
}

static double distance(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return 1 - ab / sqrt(aa * bb);
}

/* ---- There and back ----------------------------------------------------- */

#define BATCH 12
#define BANDS 20
#define FRAMES 90

static const struct ltr_layer layers[] = {
    {.kind = LTR_CONV, .size = 48, .taps = 4},
    {.kind = LTR_RELU},
    {.kind = LTR_MAX_POOL, .size = 3},
    {.kind = LTR_CONV, .size = 70, .taps = 3},
    {.kind = LTR_RELU},
    {.kind = LTR_GLOBAL_POOL},
    {.kind = LTR_DENSE, .size = 100},
    {.kind = LTR_RELU},
    {.kind = LTR_DROPOUT, .rate = 0.5f},
    {.kind = LTR_DENSE, .size = 50},
};

struct trip {
    struct ltr_net net;
    float *parameters, *gradient, *d_out, *out;
};

static void trip_begin(struct trip *t)
{
    ck_assert_int_eq(ltr_net_build(&t->net, BANDS, layers,
                                   sizeof layers / sizeof layers[0]),
                     LTREC_OK);
    t->parameters = calloc(t->net.n_parameters, sizeof(float));
    t->gradient = calloc(t->net.n_parameters, sizeof(float));
    t->d_out = calloc(BATCH * t->net.n_out, sizeof(float));
    t->out = calloc(BATCH * t->net.n_out, sizeof(float));
    ltr_net_initialise(&t->net, 3, t->parameters);
    for (size_t i = 0; i < BATCH * t->net.n_out; i++)
        t->d_out[i] = ltr_random_normal(6, 0, i) / 100;
}

static void trip_end(struct trip *t)
{
    free(t->parameters);
    free(t->gradient);
    free(t->d_out);
    free(t->out);
}

static void trip_run(struct trip *t, ltrec_context *with, int32_t precision)
{
    const struct ltr_noise noise = {8, 1};
    size_t frames[BATCH];
    struct ltr_pass *pass;

    ck_assert_int_eq(
        ltr_pass_create(with, &t->net, BATCH, FRAMES, 1, precision, &pass),
        LTREC_OK);
    for (size_t i = 0; i < BATCH; i++) {
        frames[i] = FRAMES - i / 6 * 11;
        for (size_t j = 0; j < frames[i] * BANDS; j++)
            ltr_pass_input(pass, i)[j] = ltr_random_normal(5, i, j);
    }
    memcpy(t->out,
           ltr_pass_forward(pass, t->parameters, BATCH, frames, &noise),
           BATCH * t->net.n_out * sizeof *t->out);
    ltr_pass_backward(pass, t->parameters, t->d_out, t->gradient);
    ltr_pass_free(pass);
}

START_TEST(outputs_and_gradients_are_near_those_of_float32)
{
    struct trip exact, close;

    if (!ctx)
        return;
    trip_begin(&exact);
    trip_begin(&close);
    trip_run(&exact, ctx, LTREC_PRECISION_FLOAT32);
    trip_run(&close, ctx, LTREC_PRECISION_BF16);
    for (size_t i = 0; i < BATCH; i++)
        ck_assert_double_lt(distance(exact.out + i * exact.net.n_out,
                                     close.out + i * exact.net.n_out,
                                     exact.net.n_out),
                            NEAR);
    ck_assert_double_lt(
        distance(exact.gradient, close.gradient, exact.net.n_parameters),
        NEAR);
    ck_assert(memcmp(exact.out, close.out, sizeof(float)) != 0);
    trip_end(&exact);
    trip_end(&close);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    struct trip one, some;

    if (!ctx)
        return;
    trip_begin(&one);
    trip_begin(&some);
    trip_run(&one, ctx, LTREC_PRECISION_BF16);
    for (uint32_t threads = 2; threads <= 4; threads++) {
        ltrec_context *more = context_with_bf16(threads);

        trip_run(&some, more, LTREC_PRECISION_BF16);
        ck_assert_mem_eq(one.gradient, some.gradient,
                         one.net.n_parameters * sizeof(float));
        ltrec_context_free(more);
    }
    trip_end(&one);
    trip_end(&some);
}
END_TEST

static int make_pass(struct failing_memory *memory)
{
    struct ltr_pass *pass = NULL;
    ltrec_context_options options;
    ltrec_context *failing;
    struct ltr_net net;
    int status;

    ltrec_context_options_init(&options, sizeof options);
    options.allocate = failing_allocate;
    options.release = failing_release;
    options.user = memory;
    status = __real_ltrec_context_create(&options, &failing, NULL);
    if (status != LTREC_OK)
        return status;
    ltr_net_build(&net, BANDS, layers, sizeof layers / sizeof layers[0]);
    status = ltr_pass_create(failing, &net, 2, FRAMES, 0, LTREC_PRECISION_BF16,
                             &pass);
    ck_assert((pass != NULL) == (status == LTREC_OK));
    ltr_pass_free(pass);
    ltrec_context_free(failing);
    return status;
}

START_TEST(every_allocation_of_a_pass_may_fail)
{
    ck_assert_int_gt(fail_each_allocation(make_pass, 100), 10);
}
END_TEST

/* ---- Training ----------------------------------------------------------- */

/* The weights of a branch after training. */
static float *learn(const struct lab *lab, uint32_t branch, double *loss,
                    size_t *n)
{
    ltrec_train_report report;
    ltrec_model *model = teach(lab, branch, NULL, &report);
    const struct ltr_branch *b = model->branches[ltr_branch_place(branch)];
    float *weights = malloc(b->net.n_parameters * sizeof *weights);

    *loss = report.validation_loss;
    *n = b->net.n_parameters;
    memcpy(weights, b->parameters, *n * sizeof *weights);
    ltrec_model_free(model);
    return weights;
}

START_TEST(what_there_is_to_learn_is_learnt_as_well)
{
    double losses[2];
    struct lab lab;
    size_t n;

    if (!ctx)
        return;
    lab = lab_of(240, LTREC_BRANCH_MGP, 0);
    for (int32_t i = 0; i < 2; i++) {
        quick.precision = i;
        free(learn(&lab, LTREC_BRANCH_MGP, &losses[i], &n));
    }
    ck_assert_double_lt(losses[0], 0.3 * constant_loss());
    ck_assert_double_eq_tol(losses[0], losses[1], 0.03);
    lab_free(&lab);
}
END_TEST

START_TEST(one_seed_gives_the_same_bits_at_any_number_of_threads)
{
    const uint32_t branch = _i == 0 ? LTREC_BRANCH_MGP : LTREC_BRANCH_AUDIO;
    float *first = NULL;

    if (!ctx)
        return;
    quick.epochs = 3;
    for (uint32_t threads = 1; threads <= 4; threads *= 2) {
        struct lab lab;
        float *weights;
        double loss;
        size_t n;

        ltrec_context_free(ctx);
        ctx = context_with_bf16(threads);
        lab = lab_of(60, branch, _i == 1);
        weights = learn(&lab, branch, &loss, &n);
        if (first)
            ck_assert_mem_eq(weights, first, n * sizeof *weights);
        else
            first = weights;
        if (weights != first)
            free(weights);
        lab_free(&lab);
    }
    free(first);
}
END_TEST

START_TEST(a_checkpoint_is_of_one_precision)
{
    struct temp_file file;
    ltrec_model *none;
    struct lab lab;

    if (!ctx)
        return;
    lab = lab_of(60, LTREC_BRANCH_MGP, 0);
    file = temp_file_of("");
    unlink(file.path);
    quick.epochs = 2;
    quick.checkpoint = file.path;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_MGP, NULL, NULL));
    ltrec_model_free(teach(&lab, LTREC_BRANCH_MGP, NULL, NULL));
    quick.precision = LTREC_PRECISION_FLOAT32;
    ck_assert_int_eq(ltrec_train(ctx, lab.dataset, lab.factors,
                                 LTREC_BRANCH_MGP, NULL, &quick, &none, NULL,
                                 NULL),
                     LTREC_ERR_MISMATCH);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

START_TEST(without_units_training_is_that_of_float32)
{
    float *weights[2];
    struct lab lab;
    double loss;
    size_t n;

    ltrec_context_free(ctx);
    ctx = context_with(LTREC_KERNELS_PORTABLE, 1);
    lab = lab_of(60, LTREC_BRANCH_MGP, 0);
    quick.epochs = 2;
    for (int32_t i = 0; i < 2; i++) {
        quick.precision = i;
        weights[i] = learn(&lab, LTREC_BRANCH_MGP, &loss, &n);
    }
    ck_assert_mem_eq(weights[0], weights[1], n * sizeof(float));
    free(weights[0]);
    free(weights[1]);
    lab_free(&lab);
}
END_TEST

/* ---- Predicting --------------------------------------------------------- */

static void predict(const ltrec_model *model, int32_t precision, size_t i,
                    float *factor)
{
    ltrec_predictor_options options;
    ltrec_predictor *predictor;
    ltrec_track track;
    float mel[TOY_FRAMES * TOY_BANDS];

    ltrec_predictor_options_init(&options, sizeof options);
    options.precision = precision;
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, &options, &predictor, NULL),
        LTREC_OK);
    toy_mel(&toy, i, mel);
    ltrec_track_init(&track, sizeof track);
    track.mel = mel;
    track.n_frames = TOY_FRAMES;
    track.attributes = toy.attributes[i];
    ck_assert_int_eq(
        ltrec_predictor_run(predictor, &track, factor, NULL, NULL), LTREC_OK);
    ltrec_predictor_free(predictor);
}

START_TEST(predictions_are_near_those_of_float32)
{
    const uint32_t all = LTREC_BRANCH_AUDIO | LTREC_BRANCH_MGP;
    ltrec_model *model;
    struct lab lab;

    if (!ctx)
        return;
    lab = lab_of(100, all, 1);
    quick.epochs = 4;
    model = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    model = teach_more(&lab, LTREC_BRANCH_MGP, model, NULL);
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, NULL);
    for (size_t i = 0; i < 20; i++) {
        float exact[TOY_RANK], near[TOY_RANK];

        predict(model, LTREC_PRECISION_FLOAT32, i, exact);
        predict(model, LTREC_PRECISION_BF16, i, near);
        ck_assert_double_lt(distance(exact, near, TOY_RANK), NEAR);
    }
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup_bf16, teardown);
    tcase_add_test(tests, outputs_and_gradients_are_near_those_of_float32);
    tcase_add_test(tests, threads_do_not_change_a_bit);
    tcase_add_test(tests, every_allocation_of_a_pass_may_fail);
    tcase_add_test(tests, what_there_is_to_learn_is_learnt_as_well);
    tcase_add_loop_test(
        tests, one_seed_gives_the_same_bits_at_any_number_of_threads, 0, 2);
    tcase_add_test(tests, a_checkpoint_is_of_one_precision);
    tcase_add_test(tests, without_units_training_is_that_of_float32);
    tcase_add_test(tests, predictions_are_near_those_of_float32);
}

int main(void)
{
    return check_run("bf16 networks", add_tests);
}
