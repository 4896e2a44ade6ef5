/*
 * test_train_fit.c - the loop: its Adam, a loss that goes wrong, and what is
 * fitted when it is over
 */
#include "train_lab.h"

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

/* ---- A loss that goes wrong --------------------------------------------- */

static double diverging(const float *p, const float *y, size_t n,
                        double weight, float *d_p)
{
    double loss = squares(p, y, n, weight, d_p);

    return adam_calls > 3 * ADAM_IN ? NAN : loss;
}

static size_t huge_input(void *arg, size_t i, uint64_t draw, float *input)
{
    one_input(arg, i, draw, input);
    for (size_t j = 0; j < ADAM_IN; j++)
        input[j] = 3e38f;
    return 1;
}

START_TEST(a_loss_that_is_no_number_ends_it_with_the_best_weights)
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
    ck_assert_int_eq(ltr_fit_run(&fit, parameters, &report, &err), LTREC_OK);
    ck_assert_uint_eq(report.epochs, 3);
    ck_assert_uint_eq(report.best_epoch, 3);
    ck_assert_ptr_nonnull(strstr(report.stopped, "epoch 4"));
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        ck_assert(isfinite(parameters[i]));
}
END_TEST

/* Weights of 1e38 are finite, what they make of an input is not. */
START_TEST(without_a_good_epoch_the_layer_at_fault_is_named)
{
    const struct ltr_layer layers[] = {{.kind = LTR_DENSE, .size = 8},
                                       {.kind = LTR_RELU},
                                       {.kind = LTR_DENSE, .size = ADAM_OUT}};
    float weights[ADAM_IN] = {1, 1, 1, 1}, parameters[200];
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
                          .fill = huge_input,
                          .loss = ltr_cosine_loss,
                          .batch = ADAM_IN,
                          .most_frames = 1,
                          .repeats = 1};
    ltrec_train_report report;
    ltrec_error err;

    ck_assert_int_eq(ltr_net_build(&net, ADAM_IN, layers, 3), LTREC_OK);
    ck_assert_int_eq(ltr_fit_run(&fit, parameters, &report, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_msg(strstr(err.message, "epoch 1, from layer 0 on (dense)"),
                  "%s", err.message);
    ck_assert_ptr_nonnull(strstr(err.message, "smaller rate"));
}
END_TEST

/* ---- Afterwards --------------------------------------------------------- */

/* How many are kept back is no matter then: all are learnt from in the end.
 * Targets as linear as these ask for the least penalty, however many. */
START_TEST(the_regression_of_a_fusion_is_of_all_tracks)
{
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE, 0);
    ltrec_model *models[2];
    const struct ltr_branch *few, *many;
    size_t n;
    double worst = 0;

    quick.linear = LTREC_LINEAR_RIDGE;
    quick.epochs = 1;
    for (size_t i = 0; i < 2; i++) {
        quick.validation = i == 0 ? 0.1f : 0.5f;
        models[i] = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
        models[i] = teach_more(&lab, LTREC_BRANCH_GENRE, models[i], NULL);
        models[i] = teach_more(&lab, LTREC_BRANCH_FUSION, models[i], NULL);
    }
    few = models[0]->branches[LTR_FUSION];
    many = models[1]->branches[LTR_FUSION];
    n = few->n_scales * TOY_RANK; /* without the intercept */
    for (size_t i = 0; i < n; i++)
        worst =
            fmax(worst, fabs((double)few->linear[2 * (n + TOY_RANK) + i] -
                             (double)many->linear[2 * (n + TOY_RANK) + i]));
    ck_assert_uint_gt(n, 0);
    ck_assert(isfinite(few->linear[2 * (n + TOY_RANK)]));
    ck_assert_double_lt(worst, 1e-4);
    ltrec_model_free(models[0]);
    ltrec_model_free(models[1]);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, adam_is_adam_for_a_thousand_steps);
    tcase_add_test(tests,
                   a_loss_that_is_no_number_ends_it_with_the_best_weights);
    tcase_add_test(tests, without_a_good_epoch_the_layer_at_fault_is_named);
    tcase_add_test(tests, the_regression_of_a_fusion_is_of_all_tracks);
}

int main(void)
{
    return check_run("train fit", add_tests);
}
