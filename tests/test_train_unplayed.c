/*
 * test_train_unplayed.c - audio learns from tracks that nobody has played:
 * their attributes, and what MGP makes of these
 */
#include "check_run.h"

#include <string.h>
#include <unistd.h>

#include "failing_memory.h"
#include "kernel_sets.h"
#include "temp_file.h"
#include "train_lab.h"

#define TRACKS 240
#define PLAYED 40  /* the first; */
#define LEARNT 200 /* the rest of these nobody has, the others are unknown */

/* Factors follow attributes, these the sound; only some have a factor. */
static struct lab mostly_unplayed(void)
{
    struct toy played;
    struct lab lab;

    toy_make(&toy, TRACKS, LTREC_BRANCH_MGP, 1, 3);
    toy.n = LEARNT;
    ck_assert_int_eq(toy_dataset(&toy, ctx, &lab.dataset), LTREC_OK);
    played = toy;
    played.n = PLAYED;
    ck_assert_int_eq(toy_factors(&played, ctx, &lab.factors), LTREC_OK);
    toy.n = TRACKS;
    quick.split = LTREC_SPLIT_TRACK;
    quick.dropout = 0;
    return lab;
}

/* 1 - cos of what the sound of tracks says that are not in the dataset. */
static double distance_of_the_unknown(const ltrec_model *model)
{
    ltrec_predictor_options o;
    ltrec_predictor *predictor;
    double sum = 0;

    ltrec_predictor_options_init(&o, sizeof o);
    o.branches = LTREC_BRANCH_AUDIO;
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, &o, &predictor, NULL),
                     LTREC_OK);
    for (size_t i = LEARNT; i < TRACKS; i++) {
        float mel[TOY_FRAMES * TOY_BANDS], p[TOY_RANK], y[TOY_RANK];
        ltrec_track track;

        ltrec_track_init(&track, sizeof track);
        toy_mel(&toy, i, mel);
        track.mel = mel;
        track.n_frames = TOY_FRAMES;
        ck_assert_int_eq(ltrec_predictor_run(predictor, &track, p, NULL, NULL),
                         LTREC_OK);
        ltr_unit_forward(p, TOY_RANK, p);
        ltr_unit_forward(toy.factors[i], TOY_RANK, y);
        sum += ltr_cosine_loss(p, y, TOY_RANK, 1, NULL);
    }
    ltrec_predictor_free(predictor);
    return sum / (TRACKS - LEARNT);
}

/* ---- Who is learnt from ------------------------------------------------- */

START_TEST(tracks_without_a_target_are_learnt_from_where_there_is_something)
{
    struct lab lab = mostly_unplayed();
    ltrec_train_report r;

    quick.epochs = 1;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_AUDIO, NULL, &r));
    ck_assert_uint_eq(r.n_train + r.n_validation, PLAYED);
    ck_assert_uint_eq(r.n_unplayed, 0);
    quick.auxiliary = 1;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_AUDIO, NULL, &r));
    ck_assert_uint_eq(r.n_train + r.n_validation, PLAYED);
    /* but for a quarter, which is kept back from every branch */
    ck_assert_uint_gt(r.n_unplayed, (LEARNT - PLAYED) * 6 / 10);
    ck_assert_uint_lt(r.n_unplayed, (LEARNT - PLAYED) * 9 / 10);
    quick.contrast = 0.1f;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_AUDIO, NULL, &r));
    ck_assert_uint_eq(r.n_unplayed, 0);
    quick.contrast = 0;
    quick.unplayed = 0;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_AUDIO, NULL, &r));
    ck_assert_uint_eq(r.n_unplayed, 0);
    lab_free(&lab);
}
END_TEST

static int count_samples(void *user, const ltrec_epoch_record *record)
{
    *(uint64_t *)user = record->samples;
    return 0;
}

START_TEST(an_epoch_is_longer_by_what_nobody_has_played)
{
    struct lab lab = mostly_unplayed();
    uint64_t samples = 0;
    ltrec_train_report r;

    quick.epochs = 1;
    quick.patches = 3;
    quick.auxiliary = 1;
    quick.record = count_samples;
    quick.user = &samples;
    ltrec_model_free(teach(&lab, LTREC_BRANCH_AUDIO, NULL, &r));
    ck_assert_uint_eq(samples, 3 * (r.n_train + r.n_unplayed));
    lab_free(&lab);
}
END_TEST

START_TEST(where_all_is_played_the_option_changes_nothing)
{
    struct lab lab = lab_of(60, LTREC_BRANCH_MGP, 1);
    ltrec_model *models[2];

    quick.epochs = 2;
    quick.auxiliary = 1;
    for (int i = 0; i < 2; i++) {
        quick.unplayed = i;
        models[i] = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    }
    check_same(models[0], models[1], LTR_AUDIO);
    ltrec_model_free(models[0]);
    ltrec_model_free(models[1]);
    lab_free(&lab);
}
END_TEST

START_TEST(teachers_without_anything_to_say_are_refused)
{
    struct lab lab = mostly_unplayed(), silent;
    ltrec_model *mgp = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL), *model;
    ltrec_error err;

    for (size_t i = 0; i < TRACKS; i++)
        for (size_t j = 0; j < TOY_ATTRIBUTES; j++)
            toy.attributes[i][j] = NAN;
    silent = lab_in(ctx);
    for (int i = 0; i < 2; i++) {
        quick.auxiliary = i == 0;
        quick.distil = i == 0 ? 0 : 0.5f;
        ck_assert_int_eq(ltrec_train(ctx, silent.dataset, lab.factors,
                                     LTREC_BRANCH_AUDIO, mgp, &quick, &model,
                                     NULL, &err),
                         LTREC_ERR_ARGUMENT);
        ck_assert_ptr_null(model);
        ck_assert_ptr_nonnull(strstr(err.message, "has attributes, which"));
    }
    ltrec_model_free(mgp);
    lab_free(&silent);
    lab_free(&lab);
}
END_TEST

/* ---- What it is good for ------------------------------------------------ */

/* 30 tracks that were played, and 120 that were not. */
START_TEST(what_a_teacher_says_of_the_unplayed_brings_sound_nearer)
{
    struct lab lab = mostly_unplayed();
    ltrec_model *mgp = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    double distances[2];

    quick.distil = 0.5f;
    for (int i = 0; i < 2; i++) {
        ltrec_model *model;

        quick.unplayed = i;
        model = teach(&lab, LTREC_BRANCH_AUDIO, mgp, NULL);
        distances[i] = distance_of_the_unknown(model);
        ltrec_model_free(model);
    }
    ck_assert_double_lt(distances[1], 0.8 * distances[0]);
    ltrec_model_free(mgp);
    lab_free(&lab);
}
END_TEST

/*
 * Every other target is wrong, which few plays tell: these must count for
 * little also in batches where most tracks have no target.
 */
START_TEST(what_a_target_weighs_counts_among_the_unplayed)
{
    double distances[2];

    for (int i = 0; i < 2; i++) {
        struct lab lab = mostly_unplayed();
        ltrec_model *model;

        ltrec_factors_free(lab.factors);
        for (size_t t = 1; t < PLAYED; t += 2) {
            toy.plays[t] = 1;
            for (size_t j = 0; j < TOY_RANK; j++)
                toy.factors[t][j] = ltr_random_normal(7, t, j);
        }
        toy.n = PLAYED;
        ck_assert_int_eq(toy_factors(&toy, ctx, &lab.factors), LTREC_OK);
        toy.n = TRACKS;
        quick.validation = 0;
        quick.rate = 1e-3f;
        quick.epochs = quick.patience = 120;
        quick.auxiliary = 1e-4f;
        quick.kappa = i ? 100 : 0;
        model = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
        distances[i] = distance_of_the_unknown(model);
        ltrec_model_free(model);
        lab_free(&lab);
    }
    ck_assert_double_lt(distances[1], distances[0]);
}
END_TEST

/* ---- The same bits ------------------------------------------------------ */

/* With a linear path, partners to be mixed with, and a teacher. */
static void use_everything(void)
{
    quick.epochs = 3;
    quick.linear = LTREC_LINEAR_RIDGE;
    quick.average = 0.9f;
    quick.mixup = 0.3f;
    quick.auxiliary = 1;
    quick.distil = 0.3f;
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    static const uint32_t threads[] = {1, 2, 4};
    struct lab lab = mostly_unplayed();
    ltrec_model *mgp = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ltrec_model *models[3];

    use_everything();
    for (size_t i = 0; i < 3; i++) {
        ltrec_context *own = ctx;

        ctx = context_with(LTREC_KERNELS_AUTO, threads[i]);
        models[i] = teach(&lab, LTREC_BRANCH_AUDIO, mgp, NULL);
        ltrec_context_free(ctx);
        ctx = own;
        check_same(models[0], models[i], LTR_AUDIO);
    }
    for (size_t i = 0; i < 3; i++)
        ltrec_model_free(models[i]);
    ltrec_model_free(mgp);
    lab_free(&lab);
}
END_TEST

START_TEST(an_interrupted_training_goes_on_to_the_same_bits)
{
    struct lab lab = mostly_unplayed();
    struct temp_file file = temp_file_of("");
    ltrec_model *mgp = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ltrec_model *whole, *resumed;

    unlink(file.path);
    use_everything();
    whole = teach(&lab, LTREC_BRANCH_AUDIO, mgp, NULL);
    quick.checkpoint = file.path;
    interrupt(&lab, LTREC_BRANCH_AUDIO, mgp, 1);
    resumed = teach(&lab, LTREC_BRANCH_AUDIO, mgp, NULL);
    check_same(whole, resumed, LTR_AUDIO);
    ltrec_model_free(resumed);
    /* Of others it is another training. */
    quick.unplayed = 0;
    ck_assert_int_eq(ltrec_train(ctx, lab.dataset, lab.factors,
                                 LTREC_BRANCH_AUDIO, mgp, &quick, &resumed,
                                 NULL, NULL),
                     LTREC_ERR_MISMATCH);
    ltrec_model_free(mgp);
    ltrec_model_free(whole);
    temp_file_remove(&file);
    lab_free(&lab);
}
END_TEST

/* ---- Failing ------------------------------------------------------------ */

START_TEST(every_allocation_may_fail)
{
    struct lab lab = mostly_unplayed();
    ltrec_model *mgp = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    struct toy few = toy;
    long n = 0;
    int status;

    use_everything();
    quick.epochs = 1;
    few.n = PLAYED + 8;
    do {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *failing;
        ltrec_dataset *dataset;
        ltrec_model *model;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        ck_assert_int_eq(toy_dataset(&few, failing, &dataset), LTREC_OK);
        memory.until_failure = n;
        status = ltrec_train(failing, dataset, lab.factors, LTREC_BRANCH_AUDIO,
                             mgp, &quick, &model, NULL, NULL);
        ck_assert((model != NULL) == (status == LTREC_OK));
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        memory.until_failure = -1;
        ltrec_dataset_free(dataset);
        ltrec_context_free(failing);
        ltrec_model_free(model);
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 600);
    } while (status != LTREC_OK);
    ltrec_model_free(mgp);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(
        tests,
        tracks_without_a_target_are_learnt_from_where_there_is_something);
    tcase_add_test(tests, an_epoch_is_longer_by_what_nobody_has_played);
    tcase_add_test(tests, teachers_without_anything_to_say_are_refused);
    tcase_add_test(tests, where_all_is_played_the_option_changes_nothing);
    tcase_add_test(tests,
                   what_a_teacher_says_of_the_unplayed_brings_sound_nearer);
    tcase_add_test(tests, what_a_target_weighs_counts_among_the_unplayed);
    tcase_add_test(tests, any_number_of_threads_gives_the_same_bits);
    tcase_add_test(tests, an_interrupted_training_goes_on_to_the_same_bits);
    tcase_add_test(tests, every_allocation_may_fail);
}

int main(void)
{
    return check_run("train unplayed", add_tests);
}
