/*
 * test_train_limits.c - training on sound with any threads, cancelled, and
 * without memory
 */
#include "check_run.h"

#include "failing_memory.h"
#include "kernel_sets.h"
#include "sound_lab.h"

/* ---- The same bits ------------------------------------------------------ */

/* All of a model's numbers, one after the other. */
static uint64_t digest(const ltrec_model *model)
{
    uint64_t sum = 0;

    for (size_t place = 0; place < LTR_BRANCHES; place++) {
        const struct ltr_branch *b = model->branches[place];

        for (size_t i = 0; b && i < b->net.n_parameters; i++) {
            uint32_t bits;

            memcpy(&bits, &b->parameters[i], sizeof bits);
            sum = (sum ^ bits) * UINT64_C(0x9FB21C651E98DF25);
            sum ^= sum >> 29;
        }
        for (size_t i = 0; b && i < b->n_scales; i++)
            sum += (uint64_t)(int64_t)((double)b->mean[i] * 1e9 +
                                       (double)b->scale[i] * 1e9);
    }
    return sum;
}

START_TEST(one_seed_gives_the_same_bits_at_any_number_of_threads)
{
    static const uint32_t threads[] = {1, 2, 4};
    ltrec_context *before = ctx;
    uint64_t first = 0;

    quick.epochs = 1;
    for (size_t i = 0; i < 3; i++) {
        ltrec_model *model, *own = audio;

        ctx = context_with(_i, threads[i]);
        if (!ctx)
            break;
        audio = teach(LTREC_BRANCH_AUDIO, NULL, NULL);
        model = teach_everything();
        if (i == 0)
            first = digest(model);
        ck_assert_uint_eq(digest(model), first);
        ltrec_model_free(model);
        ltrec_model_free(audio);
        ltrec_context_free(ctx);
        audio = own;
    }
    ctx = before;
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
    static const uint32_t branches[] = {LTREC_BRANCH_AUDIO, LTREC_BRANCH_HEAD,
                                        LTREC_BRANCH_MLG, LTREC_BRANCH_FUSION};
    struct patience p = {0, 0};
    int status;

    quick.epochs = 1;
    quick.head_folds = 2;
    quick.progress = count_down;
    quick.user = &p;
    do {
        ltrec_model *model;

        p.calls = 0;
        status = ltrec_train(ctx, dataset, factors, branches[_i], all, &quick,
                             &model, NULL, NULL);
        ck_assert((model != NULL) == (status == LTREC_OK));
        if (status != LTREC_OK) {
            ck_assert_int_eq(status, LTREC_ERR_CANCELLED);
            ck_assert_int_eq(p.calls, p.most + 1);
        }
        ltrec_model_free(model);
        p.most += 1 + p.most / 2;
    } while (status != LTREC_OK);
    ck_assert_int_gt(p.most, 100);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

START_TEST(every_allocation_of_a_training_may_fail)
{
    static const uint32_t branches[] = {LTREC_BRANCH_AUDIO, LTREC_BRANCH_HEAD,
                                        LTREC_BRANCH_MLG, LTREC_BRANCH_FUSION};
    struct toy few = toy;
    long n = 0;
    int status;

    quick.epochs = 1;
    if (_i >= 4) { /* and with everything that takes memory */
        quick.linear = LTREC_LINEAR_RIDGE;
        quick.average = 0.9f;
        quick.mixup = 0.5f;
        quick.contrast = 0.1f;
        quick.auxiliary = 1;
    }
    quick.head_folds = 2;
    few.n = 16;
    do {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *failing;
        ltrec_dataset *d;
        ltrec_model *model;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        ck_assert_int_eq(toy_dataset(&few, failing, &d), LTREC_OK);
        memory.until_failure = n;
        status = ltrec_train(failing, d, factors, branches[_i % 4], all,
                             &quick, &model, NULL, NULL);
        ck_assert((model != NULL) == (status == LTREC_OK));
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        memory.until_failure = -1;
        ltrec_dataset_free(d);
        ltrec_context_free(failing);
        ltrec_model_free(model);
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 600);
    } while (status != LTREC_OK);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_checked_fixture(tests, settle, NULL);
    tcase_add_loop_test(
        tests, one_seed_gives_the_same_bits_at_any_number_of_threads, 0, 2);
    tcase_add_loop_test(
        tests, progress_cancels_at_any_time_and_is_then_left_alone, 0, 4);
    tcase_add_loop_test(tests, every_allocation_of_a_training_may_fail, 0, 8);
}

int main(void)
{
    return check_run("train limits", add_tests);
}
