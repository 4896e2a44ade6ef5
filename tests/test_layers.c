/*
 * test_layers.c - layers one by one, and those that make no network
 */
#include "check_run.h"

#include <math.h>

#include "nn/layers.h"
#include "nn/net.h"

START_TEST(dropout_keeps_the_mean_and_drops_its_share)
{
    static float x[40000];
    double sum = 0;
    size_t dropped = 0;

    for (size_t i = 0; i < 40000; i++)
        x[i] = 1;
    ltr_dropout_forward(x, 40000, 0.7f, 1, 2, 0);
    for (size_t i = 0; i < 40000; i++) {
        sum += (double)x[i];
        dropped += x[i] == 0;
    }
    ck_assert_double_eq_tol(sum / 40000, 1, 0.03);
    ck_assert_double_eq_tol((double)dropped / 40000, 0.7, 0.01);
}
END_TEST

START_TEST(a_rectifier_does_not_hide_what_is_no_number)
{
    float x[4] = {NAN, -2, 3, INFINITY};

    ltr_relu_forward(x, 4);
    ck_assert(isnan(x[0]) && x[1] == 0 && x[2] == 3 && isinf(x[3]));
}
END_TEST

START_TEST(the_cosine_loss_survives_a_prediction_of_nothing)
{
    const float nothing[3] = {0}, target[3] = {1, 0, 0};
    float d[3];

    ck_assert_double_eq(ltr_cosine_loss(nothing, target, 3, 1, d), 1);
    for (size_t i = 0; i < 3; i++)
        ck_assert(isfinite(d[i]) && fabsf(d[i]) <= 1e8f);
}
END_TEST

START_TEST(the_logistic_loss_has_its_derivative_and_skips_the_unknown)
{
    const float y[4] = {1, 0, NAN, 0.25f};
    float p[4] = {0.3f, -40, 5, 90}, d[4], ignored[4];
    double loss = ltr_logistic_loss(p, y, 4, 2, d);

    /* By hand: (log(1 + e^-.3) + ~0 + 90 * 0.75) * 2 / 3. */
    ck_assert_double_eq_tol(loss, (log1p(exp(-0.3)) + 67.5) * 2 / 3, 1e-5);
    ck_assert_float_eq(d[2], 0);
    for (size_t i = 0; i < 4; i++) {
        const float h = 1e-2f;
        double more, less;

        p[i] += h;
        more = ltr_logistic_loss(p, y, 4, 2, ignored);
        p[i] -= 2 * h;
        less = ltr_logistic_loss(p, y, 4, 2, ignored);
        p[i] += h;
        ck_assert_double_eq_tol((double)d[i], (more - less) / 0.02, 1e-4);
    }
}
END_TEST

/* ---- Several ------------------------------------------------------------ */

START_TEST(a_reach_that_no_size_holds_is_refused)
{
    struct ltr_net net;
    struct ltr_layer layers[LTR_MOST_LAYERS];
    size_t n = 0;

    layers[n++] = (struct ltr_layer){.kind = LTR_CONV, .size = 2, .taps = 3};
    while (n < 13) /* 64^11 frames: 0 in 64 bits */
        layers[n++] = (struct ltr_layer){.kind = LTR_MAX_POOL, .size = 64};
    layers[n++] = (struct ltr_layer){.kind = LTR_GLOBAL_POOL};
    layers[n++] = (struct ltr_layer){.kind = LTR_DENSE, .size = 4};
    ck_assert_int_eq(ltr_net_build(&net, 3, layers, n), LTREC_ERR_ARGUMENT);
    layers[3] = layers[n - 2];
    layers[4] = layers[n - 1];
    ck_assert_int_eq(ltr_net_build(&net, 3, layers, 5), LTREC_OK);
    ck_assert_uint_eq(ltr_net_least_frames(&net), 64 * 64 + 2);
}
END_TEST

START_TEST(layers_that_make_no_network_are_refused)
{
    static const struct ltr_layer bad[][3] = {
        {{.kind = LTR_DENSE, .size = 3}, {.kind = LTR_RELU}},
        {{.kind = LTR_DENSE, .size = 0}},
        {{.kind = LTR_CONV, .size = 3, .taps = 2},
         {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_GLOBAL_POOL},
         {.kind = LTR_MAX_POOL, .size = 2},
         {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_DROPOUT, .rate = 1}, {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_DROPOUT, .rate = NAN}, {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_CONV, .size = 3, .taps = 0},
         {.kind = LTR_GLOBAL_POOL},
         {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_FLATTEN, .size = 0}, {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_FLATTEN, .size = 65536 / 4 + 1},
         {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_FLATTEN, .size = UINT32_MAX},
         {.kind = LTR_DENSE, .size = 3}},
        {{.kind = LTR_FLATTEN, .size = 2},
         {.kind = LTR_FLATTEN, .size = 1},
         {.kind = LTR_DENSE, .size = 3}},
        {{.kind = 77}, {.kind = LTR_DENSE, .size = 3}},
    };
    static const struct ltr_layer good[] = {{.kind = LTR_RELU},
                                            {.kind = LTR_DENSE, .size = 3}};
    static const size_t lengths[] = {2, 1, 2, 3, 2, 2, 3, 2, 2, 2, 3, 2};
    struct ltr_net net;

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        ck_assert_int_eq(ltr_net_build(&net, 4, bad[i], lengths[i]),
                         LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltr_net_build(&net, 4, good, 2), LTREC_OK);
    ck_assert_int_eq(ltr_net_build(&net, 0, good, 2), LTREC_ERR_ARGUMENT);
}
END_TEST

/* ---- Pooling and flattening ----------------------------------------------
 */

START_TEST(dropout_does_not_lead_a_pools_derivative_astray)
{
    const float x[4] = {1, 3, 2, -5}, d_y[2] = {7, 9};
    float y[2], d_x[4];

    ltr_max_pool_forward(x, 4, 1, 2, y);
    y[0] *= 2; /* kept */
    y[1] = 0;  /* dropped */
    ltr_max_pool_backward(x, 4, 1, 2, d_y, d_x);
    ck_assert(d_x[0] == 0 && d_x[1] == 7 && d_x[2] == 9 && d_x[3] == 0);
}
END_TEST

START_TEST(a_flatten_wants_its_frames_and_may_have_more)
{
    static const struct ltr_layer layers[] = {
        {.kind = LTR_CONV, .size = 5, .taps = 2},
        {.kind = LTR_FLATTEN, .size = 3},
        {.kind = LTR_DENSE, .size = 2}};
    struct ltr_net net;

    ck_assert_int_eq(ltr_net_build(&net, 4, layers, 3), LTREC_OK);
    ck_assert_uint_eq(net.n_trunk, 2);
    ck_assert_uint_eq(ltr_net_pooled(&net), 15);
    ck_assert_uint_eq(ltr_net_least_frames(&net), 4);
    ck_assert_uint_eq(ltr_net_frames_left(&net, 9), 8);
    ck_assert_uint_eq(ltr_layer_frames(&net.layers[1], 8), 1);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, dropout_keeps_the_mean_and_drops_its_share);
    tcase_add_test(tests, a_rectifier_does_not_hide_what_is_no_number);
    tcase_add_test(tests, the_cosine_loss_survives_a_prediction_of_nothing);
    tcase_add_test(tests,
                   the_logistic_loss_has_its_derivative_and_skips_the_unknown);
    tcase_add_test(tests, a_reach_that_no_size_holds_is_refused);
    tcase_add_test(tests, layers_that_make_no_network_are_refused);
    tcase_add_test(tests, dropout_does_not_lead_a_pools_derivative_astray);
    tcase_add_test(tests, a_flatten_wants_its_frames_and_may_have_more);
}

int main(void)
{
    return check_run("layers", add_tests);
}
