/*
 * test_train_errors.c - what training refuses, cancels and survives
 */
#include "check_run.h"

#include "failing_memory.h"
#include "train_lab.h"

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
    REFUSED(audio, 4);
    REFUSED(patch_seconds, 0);
    REFUSED(patch_seconds, NAN);
    REFUSED(patches, 0);
    REFUSED(hidden, 65537);
    REFUSED(dropout, 1);
    REFUSED(dropout, -0.1f);
    REFUSED(dropout, NAN);
    REFUSED(input_dropout, 1);
    REFUSED(fuse_dropout, 1);
    REFUSED(fuse, LTREC_BRANCH_MGP | LTREC_BRANCH_HEAD);
    REFUSED(fuse, LTREC_BRANCH_FUSION);
    REFUSED(fuse, 0x80000000u);
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
    REFUSED(weighing, 0);
    REFUSED(weighing, 3);
    REFUSED(schedule, 3);
    REFUSED(warmup, -1);
    REFUSED(decay, INFINITY);
    REFUSED(average, 1);
    REFUSED(linear, 0);
    REFUSED(contrast, -0.1f);
    REFUSED(temperature, 0);
    REFUSED(mask, 1);
    REFUSED(mixup, 1.5f);
    REFUSED(stripes, 11);
    REFUSED(soft_floor, -1);
    REFUSED(soft_floor, 201);
    REFUSED(auxiliary, NAN);
    REFUSED(distil, 1.5f);
    REFUSED(checkpoint_epochs, 0);
    REFUSED(precision, 2);
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
    quick.linear = _i < 2 ? LTREC_LINEAR_NONE : LTREC_LINEAR_RIDGE;
    quick.progress = count_down;
    quick.user = &p;
    do {
        p.calls = 0;
        status =
            try(&lab, _i % 2 == 0 ? LTREC_BRANCH_GENRE : LTREC_BRANCH_FUSION,
                base, &err);
        if (status != LTREC_OK) {
            ck_assert_int_eq(status, LTREC_ERR_CANCELLED);
            ck_assert_int_eq(p.calls, p.most + 1);
        }
        p.most += _i < 2 ? 1 : 1 + p.most / 8;
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
    int status;
    long n = 0;

    quick.epochs = 1;
    if (_i >= 4) { /* and with everything that takes memory */
        quick.linear = LTREC_LINEAR_RIDGE;
        quick.average = 0.9f;
        quick.mixup = 0.5f;
        quick.contrast = 0.1f;
    }
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
        status =
            ltrec_train(failing, lab.dataset, lab.factors, branches[_i % 4],
                        base, &quick, &model, NULL, NULL);
        ck_assert((model != NULL) == (status == LTREC_OK));
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        memory.until_failure = -1;
        lab_free(&lab);
        ltrec_context_free(failing);
        ltrec_model_free(model);
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 500);
    } while (status != LTREC_OK);
    ltrec_model_free(base);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, options_out_of_their_range_are_named);
    tcase_add_test(tests, the_ends_of_a_range_belong_to_it);
    tcase_add_test(tests, what_is_missing_is_named);
    tcase_add_test(tests, too_few_tracks_are_an_error);
    tcase_add_test(tests, a_model_for_other_factors_is_refused);
    tcase_add_test(tests, a_fusion_over_branches_with_other_names_is_refused);
    tcase_add_test(tests, older_and_newer_callers_are_understood);
    tcase_add_loop_test(
        tests, progress_cancels_at_any_time_and_is_then_left_alone, 0, 4);
    tcase_add_test(tests, an_epoch_cancels);
    tcase_add_loop_test(tests, every_allocation_of_a_training_may_fail, 0, 8);
}

int main(void)
{
    return check_run("train errors", add_tests);
}
