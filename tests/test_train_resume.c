/*
 * test_train_resume.c - a training that was interrupted goes on to the same
 * bits, and with nothing else than its own data
 */
#include "check_run.h"

#include <stdio.h>
#include <unistd.h>

#include "temp_file.h"
#include "train_lab.h"

/* Every part of a training's memory is in use. */
static void use_everything(char *path)
{
    quick.epochs = quick.patience = 6;
    quick.linear = LTREC_LINEAR_RIDGE;
    quick.average = 0.9f;
    quick.mixup = 0.3f;
    quick.checkpoint = path;
}

START_TEST(an_interrupted_training_goes_on_to_the_same_bits)
{
    struct lab lab = lab_of(120, LTREC_BRANCH_MGP, 0);
    struct temp_file file = temp_file_of("");
    char *path = file.path;
    ltrec_train_report report;
    ltrec_model *whole, *resumed, *again;

    unlink(path);
    use_everything(NULL);
    whole = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    quick.checkpoint = path;
    interrupt(&lab, LTREC_BRANCH_MGP, NULL, 1);
    /* The first four epochs are in the file then, and nothing after them. */
    interrupt(&lab, LTREC_BRANCH_MGP, NULL, 4);
    resumed = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_uint_eq(report.epochs, 6);
    check_same(whole, resumed, LTR_MGP);
    again = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_uint_eq(report.epochs, 6);
    check_same(whole, again, LTR_MGP);
    ltrec_model_free(whole);
    ltrec_model_free(resumed);
    ltrec_model_free(again);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

START_TEST(sound_goes_on_to_the_same_bits)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_AUDIO, 1);
    struct temp_file file = temp_file_of("");
    char *path = file.path;
    ltrec_model *whole, *resumed;

    unlink(path);
    quick.epochs = 3;
    quick.stripes = 1;
    quick.soft_floor = 40;
    quick.auxiliary = 1;
    whole = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    quick.checkpoint = path;
    interrupt(&lab, LTREC_BRANCH_AUDIO, NULL, 1);
    resumed = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    check_same(whole, resumed, LTR_AUDIO);
    ltrec_model_free(whole);
    ltrec_model_free(resumed);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

static int resume(const struct lab *lab, uint32_t branch)
{
    ltrec_model *model = NULL;
    int status = ltrec_train(ctx, lab->dataset, lab->factors, branch, NULL,
                             &quick, &model, NULL, NULL);

    ltrec_model_free(model);
    return status;
}

START_TEST(a_checkpoint_of_another_training_is_refused)
{
    struct lab lab = lab_of(120, LTREC_BRANCH_MGP, 0), other;
    struct temp_file file = temp_file_of("");
    char *path = file.path;

    unlink(path);
    use_everything(path);
    interrupt(&lab, LTREC_BRANCH_MGP, NULL, 2);
    quick.rate *= 2;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    quick.rate /= 2;
    quick.seed++;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    quick.seed--;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_GENRE), LTREC_ERR_MISMATCH);
    toy.factors[7][0] += 1;
    other = lab_in(ctx);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    toy.factors[7][0] -= 1;
    lab_free(&other);
    toy.attributes[7][0] = 1 - toy.attributes[7][0];
    other = lab_in(ctx);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    lab_free(&other);
    quick.epochs = 3; /* where to end is another matter */
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_OK);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

/* The toy's tracks, but that one begins with its last frame and ends with its
 * first. */
static ltrec_dataset *turned_around(size_t which)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    float mel[TOY_FRAMES * TOY_BANDS], *last = mel + sizeof mel / sizeof *mel;
    ltrec_dataset *dataset;
    ltrec_track track;

    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &dataset, NULL), LTREC_OK);
    ltrec_track_init(&track, sizeof track);
    track.attributes = toy.attributes[which];
    track.genres = toy.genres[which];
    track.mel = mel;
    track.n_frames = TOY_FRAMES;
    toy_mel(&toy, which, mel);
    last -= TOY_BANDS;
    for (size_t b = 0; b < TOY_BANDS; b++) {
        float first = mel[b];

        mel[b] = last[b];
        last[b] = first;
    }
    for (size_t i = 0; i < toy.n; i++)
        ck_assert_int_eq(i == which
                             ? ltrec_dataset_add(dataset, toy.ids[i],
                                                 toy.artists[i], &track, NULL)
                             : toy_add_track(&toy, i, dataset, NULL),
                         LTREC_OK);
    return dataset;
}

/* A patch from the middle is not all that is trained on. */
START_TEST(a_checkpoint_of_other_sound_is_refused)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_AUDIO, 1), other = lab;
    struct temp_file file = temp_file_of("");

    unlink(file.path);
    quick.epochs = 1;
    quick.checkpoint = file.path;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_AUDIO), LTREC_OK);
    other.dataset = turned_around(20);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_AUDIO), LTREC_ERR_MISMATCH);
    ltrec_dataset_free(other.dataset);
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_AUDIO), LTREC_OK);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

/* The same values, but each said to be of half the time. */
START_TEST(a_checkpoint_of_another_front_end_is_refused)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_AUDIO, 1), other = lab;
    struct temp_file file = temp_file_of("");
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);

    unlink(file.path);
    quick.epochs = 1;
    quick.checkpoint = file.path;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_AUDIO), LTREC_OK);
    frontend.hop /= 2;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &other.dataset, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < toy.n; i++)
        ck_assert_int_eq(toy_add_track(&toy, i, other.dataset, NULL),
                         LTREC_OK);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_AUDIO), LTREC_ERR_MISMATCH);
    ltrec_dataset_free(other.dataset);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

/* Who is told apart from whom. */
START_TEST(a_checkpoint_of_other_artists_is_refused)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_MGP, 0), other;
    struct temp_file file = temp_file_of("");

    unlink(file.path);
    quick.epochs = 1;
    quick.contrast = 0.1f;
    quick.split = LTREC_SPLIT_TRACK;
    quick.checkpoint = file.path;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_OK);
    toy.artists[20] = 99;
    other = lab_in(ctx);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    lab_free(&other);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

START_TEST(what_is_no_checkpoint_is_refused_and_left_alone)
{
    struct lab lab = lab_of(60, LTREC_BRANCH_MGP, 0);
    struct temp_file file = temp_file_of("mine");
    char *path = file.path, bytes[4] = "";
    FILE *stream;

    quick.epochs = 1;
    quick.checkpoint = path;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_FORMAT);
    stream = fopen(path, "rb");
    ck_assert_uint_eq(fread(bytes, 1, 4, stream), 4);
    fclose(stream);
    ck_assert_mem_eq(bytes, "mine", 4);
    temp_file_remove(&file);
    quick.checkpoint = "/nowhere/at/all";
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_IO);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, an_interrupted_training_goes_on_to_the_same_bits);
    tcase_add_test(tests, sound_goes_on_to_the_same_bits);
    tcase_add_test(tests, a_checkpoint_of_another_training_is_refused);
    tcase_add_test(tests, a_checkpoint_of_other_sound_is_refused);
    tcase_add_test(tests, a_checkpoint_of_another_front_end_is_refused);
    tcase_add_test(tests, a_checkpoint_of_other_artists_is_refused);
    tcase_add_test(tests, what_is_no_checkpoint_is_refused_and_left_alone);
}

int main(void)
{
    return check_run("train resume", add_tests);
}
