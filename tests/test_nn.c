/*
 * test_nn.c - networks against an implementation of their own in double
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/random.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "nn/layers.h"
#include "nn/net.h"
#include "nn_reference.h"

#define MOST REFERENCE_MOST
#define BATCH 3

/* ---- A network to be checked -------------------------------------------- */

static const struct ltr_layer with_trunk[] = {
    {.kind = LTR_CONV, .size = 5, .taps = 3},
    {.kind = LTR_RELU},
    {.kind = LTR_MAX_POOL, .size = 2},
    {.kind = LTR_CONV, .size = 4, .taps = 2},
    {.kind = LTR_RELU},
    {.kind = LTR_GLOBAL_POOL},
    {.kind = LTR_DENSE, .size = 6},
    {.kind = LTR_RELU},
    {.kind = LTR_DENSE, .size = 4},
};
static const struct ltr_layer without_trunk[] = {
    {.kind = LTR_DROPOUT, .rate = 0.3f},
    {.kind = LTR_DENSE, .size = 150},
    {.kind = LTR_RELU},
    {.kind = LTR_DROPOUT, .rate = 0.5f},
    {.kind = LTR_DENSE, .size = 7},
    {.kind = LTR_RELU},
    {.kind = LTR_DENSE, .size = 4},
};
/* The layers of LTREC_AUDIO_FLATTEN with fewer filters.  Three frames are left
 * of the longest sample, of the others two. */
static const struct ltr_layer flattening[] = {
    {.kind = LTR_CONV, .size = 3, .taps = 4},
    {.kind = LTR_RELU},
    {.kind = LTR_MAX_POOL, .size = 4},
    {.kind = LTR_DROPOUT, .rate = 0.3f},
    {.kind = LTR_CONV, .size = 4, .taps = 4},
    {.kind = LTR_RELU},
    {.kind = LTR_MAX_POOL, .size = 4},
    {.kind = LTR_DROPOUT, .rate = 0.3f},
    {.kind = LTR_CONV, .size = 6, .taps = 4},
    {.kind = LTR_RELU},
    {.kind = LTR_MAX_POOL, .size = 4},
    {.kind = LTR_DROPOUT, .rate = 0.3f},
    {.kind = LTR_CONV, .size = 5, .taps = 1},
    {.kind = LTR_RELU},
    {.kind = LTR_DROPOUT, .rate = 0.3f},
    {.kind = LTR_FLATTEN, .size = 2},
    {.kind = LTR_DENSE, .size = 4},
};
static const struct {
    const struct ltr_layer *layers;
    size_t n_layers, n_in, frames;
} nets[] = {{with_trunk, 9, 3, 14},
            {without_trunk, 7, 9, 1},
            {flattening, 17, 2, 255}};

enum {
    N_NETS = sizeof nets / sizeof nets[0]
};

static struct ltr_net net;
static float parameters[MOST], gradient[MOST], targets[BATCH][4];
static size_t frames[BATCH];

static void make_net(size_t which)
{
    ck_assert_int_eq(ltr_net_build(&net, nets[which].n_in, nets[which].layers,
                                   nets[which].n_layers),
                     LTREC_OK);
    ck_assert_uint_lt(net.n_parameters, MOST);
    ltr_net_initialise(&net, 11, parameters);
    for (size_t i = 0; i < net.n_parameters; i++)
        parameters[i] += 0.1f * ltr_random_normal(1, 2, i); /* biases too */
    for (size_t i = 0; i < BATCH; i++) {
        float raw[4];

        /* Samples of different lengths, as short tracks make them. */
        frames[i] = nets[which].frames > 1 ? nets[which].frames - i : 1;
        for (size_t j = 0; j < 4; j++)
            raw[j] = ltr_random_normal(3, i, j);
        ltr_unit_forward(raw, 4, targets[i]);
    }
}

static float input_value(size_t sample, size_t i)
{
    return ltr_random_normal(5, sample, i);
}

static void fill(struct ltr_pass *pass, size_t sample, size_t i)
{
    for (size_t j = 0; j < frames[sample] * net.n_in; j++)
        ltr_pass_input(pass, i)[j] = input_value(sample, j);
}

static double loss_of(const float *out, float *d_out)
{
    double loss = 0;

    for (size_t i = 0; i < BATCH; i++)
        loss += ltr_cosine_loss(out + i * net.n_out, targets[i], net.n_out,
                                1.0 / BATCH, d_out + i * net.n_out);
    return loss;
}

/* The gradient of the mean loss of the batch, at `threads` threads. */
static double run(uint32_t threads, int32_t kernels,
                  const struct ltr_noise *noise, float *into)
{
    ltrec_context *ctx = context_with(kernels, threads);
    float d_out[BATCH * 4];
    struct ltr_pass *pass;
    const float *out;
    double loss;

    ck_assert_int_eq(ltr_pass_create(ctx, &net, BATCH, frames[0], 1,
                                     LTREC_PRECISION_FLOAT32, &pass),
                     LTREC_OK);
    for (size_t i = 0; i < BATCH; i++)
        fill(pass, i, i);
    out = ltr_pass_forward(pass, parameters, BATCH, frames, noise);
    loss = loss_of(out, d_out);
    memset(into, 0, net.n_parameters * sizeof *into);
    ltr_pass_backward(pass, parameters, d_out, into);
    ltr_pass_free(pass);
    ltrec_context_free(ctx);
    return loss;
}

/* In the head samples lie without gaps, in the trunk each begins at a multiple
 * of 4. */
static void make_masks(const struct ltr_noise *noise, size_t sample,
                       float (*masks)[MOST])
{
    size_t longest = frames[0];

    for (size_t i = 0; i < net.n_layers; i++) {
        size_t n = longest * net.layers[i].n_in;
        size_t apart = i < net.n_trunk ? (n + 3) / 4 * 4 : n;

        for (size_t j = 0; j < MOST; j++)
            masks[i][j] = 1;
        if (net.layers[i].kind == LTR_DROPOUT && noise) {
            ltr_dropout_forward(masks[i], BATCH * apart, net.layers[i].rate,
                                noise->seed, noise->step * LTR_MOST_LAYERS + i,
                                0);
            memmove(masks[i], masks[i] + sample * apart,
                    n * sizeof masks[i][0]);
        }
        longest = ltr_layer_frames(&net.layers[i], longest);
    }
}

static double reference_loss(const double *p, const struct ltr_noise *noise)
{
    static float masks[LTR_MOST_LAYERS][MOST];
    const float *rows[LTR_MOST_LAYERS];
    static struct sequence s;
    double loss = 0;

    for (size_t sample = 0; sample < BATCH; sample++) {
        make_masks(noise, sample, masks);
        for (size_t i = 0; i < LTR_MOST_LAYERS; i++)
            rows[i] = masks[i];
        s.frames = frames[sample];
        s.n = net.n_in;
        for (size_t j = 0; j < s.frames * s.n; j++)
            s.x[j] = (double)input_value(sample, j);
        reference_forward(&net, p, rows, &s);
        loss += reference_cosine(&s, targets[sample]) / BATCH;
    }
    return loss;
}

START_TEST(gradients_are_those_of_central_differences)
{
    const struct ltr_noise noise = {9, 4};
    const struct ltr_noise *used = _i > 0 ? &noise : NULL;
    static double p[MOST];
    double worst = 0, loss;

    make_net((size_t)_i);
    loss = run(1, LTREC_KERNELS_AUTO, used, gradient);
    for (size_t i = 0; i < net.n_parameters; i++)
        p[i] = (double)parameters[i];
    ck_assert_double_eq_tol(loss, reference_loss(p, used), 1e-6);
    for (size_t i = 0; i < net.n_parameters; i++) {
        const double h = 1e-5;
        double more, less, slope, error;

        p[i] += h;
        more = reference_loss(p, used);
        p[i] -= 2 * h;
        less = reference_loss(p, used);
        p[i] += h;
        slope = (more - less) / (2 * h);
        error = fabs(slope - (double)gradient[i]) / (fabs(slope) + 1e-3);
        worst = fmax(worst, error);
    }
    ck_assert_double_lt(worst, 1e-4);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    const struct ltr_noise noise = {9, 4};
    static float other[MOST];

    for (size_t which = 0; which < N_NETS; which++) {
        make_net(which);
        run(1, LTREC_KERNELS_AUTO, &noise, gradient);
        for (uint32_t threads = 2; threads <= 4; threads += 2) {
            run(threads, LTREC_KERNELS_AUTO, &noise, other);
            ck_assert_mem_eq(other, gradient,
                             net.n_parameters * sizeof *other);
        }
    }
}
END_TEST

/* Each of the batch alone gives what it gave among the others: `together`. */
static void run_alone(struct ltr_pass *pass, float *together)
{
    for (size_t i = 0; i < BATCH; i++)
        fill(pass, i, i);
    memcpy(together, ltr_pass_forward(pass, parameters, BATCH, frames, NULL),
           BATCH * net.n_out * sizeof *together);
    for (size_t i = 0; i < BATCH; i++) {
        fill(pass, i, 0);
        ck_assert_mem_eq(
            ltr_pass_forward(pass, parameters, 1, frames + i, NULL),
            together + net.n_out * i, net.n_out * sizeof *together);
    }
}

START_TEST(a_sample_alone_gives_the_bits_it_gives_in_a_batch)
{
    int32_t precision;
    ltrec_context *ctx = context_in(_i, 1, &precision);
    float near = precision == LTREC_PRECISION_BF16 ? 0.05f : 1e-5f;
    float out[2][BATCH * 4];

    if (!ctx)
        return;
    for (size_t which = 0; which < N_NETS; which++) {
        make_net(which);
        for (int training = 0; training < 2; training++) {
            struct ltr_pass *pass;

            ck_assert_int_eq(ltr_pass_create(ctx, &net, BATCH, frames[0],
                                             training, LTREC_PRECISION_FLOAT32,
                                             &pass),
                             LTREC_OK);
            if (!training)
                ltr_pass_hold(pass, parameters);
            run_alone(pass, out[training]);
            ltr_pass_free(pass);
        }
        /* Predicting takes another way through the dense layers. */
        for (size_t i = 0; i < BATCH * net.n_out; i++)
            ck_assert_float_eq_tol(out[0][i], out[1][i], near);
    }
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(least_frames_are_just_enough)
{
    make_net(0);
    /* Conv 2 needs 2 frames, so the pool 4, so conv 3 needs 6. */
    ck_assert_uint_eq(ltr_net_least_frames(&net), 6);
    make_net(1);
    ck_assert_uint_eq(ltr_net_least_frames(&net), 1);
    /* 2 to flatten are pooled from 8, 11 are 44 before, 47 are 188. */
    make_net(2);
    ck_assert_uint_eq(ltr_net_least_frames(&net), 191);
}
END_TEST

START_TEST(parts_of_the_first_parameters_are_the_whole)
{
    for (size_t which = 0; which < N_NETS; which++) {
        make_net(which);
        ltr_net_initialise(&net, 7, parameters);
        for (size_t size = 1; size < 50; size += 7) {
            memset(gradient, 0xff, sizeof gradient);
            for (size_t first = 0; first < net.n_parameters; first += size) {
                size_t left = net.n_parameters - first;

                ltr_net_initialise_part(&net, 7, first,
                                        left < size ? left : size, gradient);
            }
            ck_assert_mem_eq(gradient, parameters,
                             net.n_parameters * sizeof *parameters);
            ck_assert(isnan(gradient[net.n_parameters]));
        }
    }
}
END_TEST

START_TEST(every_allocation_of_a_pass_may_fail)
{
    long n = 0;
    int status;

    make_net(0);
    do {
        struct failing_memory memory = {.until_failure = n};
        struct ltr_pass *pass = NULL;
        ltrec_context *ctx;

        status = failing_context(&memory, &ctx);
        if (status == LTREC_OK) {
            status = ltr_pass_create(ctx, &net, 2, 14, 1,
                                     LTREC_PRECISION_FLOAT32, &pass);
            ck_assert((pass != NULL) == (status == LTREC_OK));
            ltr_pass_free(pass);
            ltrec_context_free(ctx);
        }
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 100);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 10);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, gradients_are_those_of_central_differences, 0,
                        N_NETS);
    tcase_add_test(tests, threads_do_not_change_a_bit);
    tcase_add_loop_test(tests,
                        a_sample_alone_gives_the_bits_it_gives_in_a_batch, 0,
                        PRECISE_SETS);
    tcase_add_test(tests, least_frames_are_just_enough);
    tcase_add_test(tests, parts_of_the_first_parameters_are_the_whole);
    tcase_add_test(tests, every_allocation_of_a_pass_may_fail);
}

int main(void)
{
    return check_run("nn", add_tests);
}
