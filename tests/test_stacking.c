/*
 * test_stacking.c - what branches say themselves, beside what a fusion says
 */
#include "failing_memory.h"
#include "predictor_lab.h"

#include "nn/layers.h"
#include "train/stacking.h"

#define TRACKS 40
#define KEPT_FROM 10 /* the first that is not trained on */
#define KEPT (TRACKS - KEPT_FROM)
#define WIDTH 6

/* A fusion of random numbers, and branches that say what a test wants. */
static struct ltr_net net;
static struct ltr_sample sample;
static struct ltr_fit fit;
static ltrec_train_options options;
static float parameters[(WIDTH + 1) * SMALL_RANK];
static float targets[TRACKS * SMALL_RANK], weights[TRACKS];
static float units[KEPT][LTR_FUSABLE][SMALL_RANK];

static float noise(size_t i, size_t j)
{
    return ltr_random_normal(6, i, j);
}

static size_t fill(void *arg, size_t i, uint64_t draw, float *input)
{
    (void)arg;
    ck_assert_uint_eq(draw, LTR_NO_DRAW);
    for (size_t j = 0; j < WIDTH; j++)
        input[j] = noise(i, j);
    return 1;
}

static void make(void)
{
    static const struct ltr_layer layers[] = {
        {.kind = LTR_DENSE, .size = SMALL_RANK}};

    setup();
    ck_assert_int_eq(ltr_net_build(&net, WIDTH, layers, 1), LTREC_OK);
    ltr_net_initialise(&net, 3, parameters);
    ltrec_train_options_init(&options, sizeof options);
    for (size_t i = 0; i < TRACKS; i++) {
        float *target = targets + i * SMALL_RANK;

        weights[i] = 0.5f + (float)(i % 3);
        for (size_t j = 0; j < SMALL_RANK; j++)
            target[j] = noise(100 + i, j);
        ltr_unit_forward(target, SMALL_RANK, target);
    }
    memset(units, 0, sizeof units);
    sample = (struct ltr_sample){.n = TRACKS,
                                 .n_train = KEPT_FROM,
                                 .n_out = SMALL_RANK,
                                 .targets = targets,
                                 .weights = weights};
    fit = (struct ltr_fit){.ctx = ctx,
                           .net = &net,
                           .sample = &sample,
                           .options = &options,
                           .fill = fill};
}

/* A branch says so much of the targets, and so much that is not in them. */
static void say(size_t branch, float truth, float error)
{
    for (size_t i = 0; i < KEPT; i++) {
        float *unit = units[i][branch];

        for (size_t j = 0; j < SMALL_RANK; j++)
            unit[j] = truth * targets[(KEPT_FROM + i) * SMALL_RANK + j] +
                      error * noise(200 + i, 10 * branch + j);
        ltr_unit_forward(unit, SMALL_RANK, unit);
    }
}

static void stack(float *out)
{
    ck_assert_int_eq(ltr_stack(&fit, parameters, units[0][0], out, NULL),
                     LTREC_OK);
}

/* ---- The weights -------------------------------------------------------- */

/* What is minimised, from its definition. */
static double loss_of(const float *a)
{
    double loss = 0, all = 0, squares = 0;

    for (size_t i = KEPT_FROM; i < TRACKS; i++) {
        float p[SMALL_RANK], input[WIDTH];

        fill(NULL, i, LTR_NO_DRAW, input);
        for (size_t j = 0; j < SMALL_RANK; j++) {
            p[j] = parameters[net.layers[0].bias + j];
            for (size_t l = 0; l < WIDTH; l++)
                p[j] += parameters[j * WIDTH + l] * input[l];
        }
        ltr_unit_forward(p, SMALL_RANK, p);
        for (size_t b = 0; b < LTR_FUSABLE; b++)
            for (size_t j = 0; j < SMALL_RANK; j++)
                p[j] += a[b] * units[i - KEPT_FROM][b][j];
        ltr_unit_forward(p, SMALL_RANK, p);
        loss += (double)weights[i] * (1 - dot(p, targets + i * SMALL_RANK));
        all += (double)weights[i];
    }
    for (size_t b = 0; b < LTR_FUSABLE; b++)
        squares += (double)a[b] * (double)a[b];
    return loss / all + squares / (2 * KEPT);
}

START_TEST(no_other_weights_are_better)
{
    float found[LTR_FUSABLE], other[LTR_FUSABLE] = {0};
    double least;

    say(LTR_MGP, 1, 0.7f);
    say(LTR_GENRE, 1, 1.5f);
    stack(found);
    least = loss_of(found);
    ck_assert_float_gt(found[LTR_MGP], 0.1f);
    for (size_t i = 0; i <= 40; i++)
        for (size_t j = 0; j <= 40; j++) {
            other[LTR_MGP] = 0.05f * (float)i;
            other[LTR_GENRE] = 0.05f * (float)j;
            ck_assert_double_ge(loss_of(other), least - 1e-6);
        }
}
END_TEST

START_TEST(who_is_right_is_listened_to_and_who_is_wrong_is_not)
{
    float found[LTR_FUSABLE];

    say(LTR_AUDIO, 1, 0);
    say(LTR_MLG, -1, 0.2f);
    stack(found);
    ck_assert_float_gt(found[LTR_AUDIO], 1);
    ck_assert_float_eq(found[LTR_MLG], 0);
    ck_assert_float_eq(found[LTR_ARTIST], 0); /* says nothing */
}
END_TEST

START_TEST(fewer_tracks_change_less)
{
    float many[LTR_FUSABLE], few[LTR_FUSABLE];

    say(LTR_MGP, 1, 0.5f);
    stack(many);
    sample.n = KEPT_FROM + 3;
    stack(few);
    ck_assert_float_gt(few[LTR_MGP], 0);
    ck_assert_float_lt(few[LTR_MGP], many[LTR_MGP]);
    sample.n = KEPT_FROM;
    stack(few);
    ck_assert_float_eq(few[LTR_MGP], 0);
}
END_TEST

/* ---- What can go wrong -------------------------------------------------- */

static int cancel_at(void *user, uint64_t done, uint64_t total)
{
    long *left = user;

    (void)done;
    (void)total;
    return (*left)-- == 0;
}

START_TEST(it_can_be_cancelled)
{
    float found[LTR_FUSABLE];
    long left = 0;

    say(LTR_MGP, 1, 0.5f);
    options.progress = cancel_at;
    options.user = &left;
    ck_assert_int_eq(ltr_stack(&fit, parameters, units[0][0], found, NULL),
                     LTREC_ERR_CANCELLED);
    ck_assert_int_eq(left, -1);
}
END_TEST

static int stack_in(struct failing_memory *memory)
{
    float found[LTR_FUSABLE];
    ltrec_context *other;
    int status = failing_context(memory, &other);

    if (status != LTREC_OK)
        return status;
    fit.ctx = other;
    status = ltr_stack(&fit, parameters, units[0][0], found, NULL);
    ltrec_context_free(other);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    ck_assert_int_gt(fail_each_allocation(stack_in, 50), 3);
}
END_TEST

/* ---- Predictions -------------------------------------------------------- */

/* What is known of the track, with and without what the branches say; by the
 * second weights where the artist is not. */
START_TEST(a_prediction_is_the_fusions_and_so_much_of_the_branches)
{
    static const uint32_t known[] = {FUSABLE, LTREC_BRANCH_MGP,
                                     LTREC_BRANCH_MGP | LTREC_BRANCH_ARTIST};
    struct ltr_branch *fusion = model->branches[LTR_FUSION];
    const float a[2][LTR_FUSABLE] = {{0.3f, 1.5f, 0, 0.25f, 2},
                                     {0.5f, 0.75f, 0.1f, 0, 0}};

    for (size_t i = 0; i < 3; i++) {
        ltrec_track track = small_track(&store, 5, known[i]);
        float with[SMALL_RANK], sum[SMALL_RANK], own[SMALL_RANK];

        memset(fusion->stack, 0, sizeof fusion->stack);
        run(LTREC_BRANCH_ALL, 1, &track, sum);
        for (uint32_t b = 0; b < LTR_FUSABLE; b++) {
            uint32_t bit = UINT32_C(1) << b;

            if (!(known[i] & bit))
                continue;
            run(bit, 1, &track, own);
            for (size_t j = 0; j < SMALL_RANK; j++)
                sum[j] += a[i == 1][b] * own[j];
        }
        ltr_unit_forward(sum, SMALL_RANK, sum);
        memcpy(fusion->stack, a, sizeof a);
        run(LTREC_BRANCH_ALL, 1, &track, with);
        for (size_t j = 0; j < SMALL_RANK; j++)
            ck_assert_float_eq_tol(with[j], sum[j], 1e-6f);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, make, teardown);
    tcase_add_test(tests, no_other_weights_are_better);
    tcase_add_test(tests, who_is_right_is_listened_to_and_who_is_wrong_is_not);
    tcase_add_test(tests, fewer_tracks_change_less);
    tcase_add_test(tests, it_can_be_cancelled);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests,
                   a_prediction_is_the_fusions_and_so_much_of_the_branches);
}

int main(void)
{
    return check_run("stacking", add_tests);
}
