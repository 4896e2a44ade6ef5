/*
 * test_train_flatten.c - training the audio network that flattens
 */
#include <stdio.h>
#include <unistd.h>

#include "kernel_sets.h"
#include "temp_file.h"
#include "train_lab.h"

#define SECONDS 9 /* a patch of 194 frames, two of them left to flatten */
#define MOST_FRAMES 300

static void setup_flatten(void)
{
    setup();
    quick.audio = LTREC_AUDIO_FLATTEN;
    quick.patch_seconds = SECONDS;
    quick.hidden = 0;
    quick.epochs = 2;
    quick.rate = 1e-3f;
}

/* Tracks of one frame to much longer than a patch. */
static struct lab lab_of_lengths(ltrec_context *with, size_t n)
{
    static float mel[MOST_FRAMES * TOY_BANDS];
    ltrec_frontend_options frontend;
    ltrec_dataset_options o;
    struct lab lab;

    toy_make(&toy, n, LTREC_BRANCH_AUDIO, 1, 3);
    o = toy_options(&toy, &frontend);
    ck_assert_int_eq(ltrec_dataset_create(with, &o, &lab.dataset, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < n; i++) {
        ltrec_track track;

        for (size_t j = 0; j < MOST_FRAMES * TOY_BANDS; j++)
            mel[j] = -40 + 8 * toy.levels[i][j % TOY_BANDS] +
                     2 * ltr_random_normal(3, 50 + i, j);
        ltrec_track_init(&track, sizeof track);
        track.mel = mel;
        track.attributes = toy.attributes[i];
        track.n_frames = 1 + i * (MOST_FRAMES - 1) / (n - 1);
        ck_assert_int_eq(ltrec_dataset_add(lab.dataset, toy.ids[i],
                                           toy.artists[i], &track, NULL),
                         LTREC_OK);
    }
    ck_assert_int_eq(toy_factors(&toy, with, &lab.factors), LTREC_OK);
    return lab;
}

/* ---- The network -------------------------------------------------------- */

START_TEST(it_is_the_published_one)
{
    const char *wanted = "conv 256 4, relu, pool 4, dropout 32768, "
                         "conv 512 4, relu, pool 4, dropout 32768, "
                         "conv 1024 4, relu, pool 4, dropout 32768, "
                         "conv 1024 1, relu, dropout 32768, "
                         "flatten 10, dense 200";
    char text[LTR_MOST_LAYERS_TEXT];
    ltrec_train_options o;
    struct ltr_net net;

    ltrec_train_options_init(&o, sizeof o);
    o.audio = LTREC_AUDIO_FLATTEN;
    ck_assert_int_eq(ltr_recipe(LTR_AUDIO, &o, 753, 96, 200, &net, NULL),
                     LTREC_OK);
    ltr_layers_print(&net, text);
    ck_assert_str_eq(text, wanted);
    ck_assert_uint_eq(net.n_parameters, 5819336);
    ck_assert_uint_eq(ltr_net_least_frames(&net), 703);
    /* 15 s, as there, are 4096 values. */
    ck_assert_int_eq(ltr_recipe(LTR_AUDIO, &o, 322, 96, 200, &net, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltr_net_pooled(&net), 4096);
    o.hidden = 64;
    ck_assert_int_eq(ltr_recipe(LTR_AUDIO, &o, 753, 96, 200, &net, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltr_net_hidden(&net), 64);
}
END_TEST

START_TEST(patches_may_be_as_short_and_as_long_as_can_be_flattened)
{
    struct ltr_net net;
    ltrec_error err;

    for (size_t frames = 0; frames <= 127; frames += 127) {
        ck_assert_int_eq(
            ltr_recipe(LTR_AUDIO, &quick, frames, 96, 200, &net, NULL),
            LTREC_OK);
        ck_assert_uint_eq(ltr_net_least_frames(&net), 127);
    }
    ck_assert_int_eq(ltr_recipe(LTR_AUDIO, &quick, 4222, 96, 200, &net, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltr_recipe(LTR_AUDIO, &quick, 4223, 96, 200, &net, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "4223 frames"));
}
END_TEST

/* ---- Training ----------------------------------------------------------- */

START_TEST(it_learns_from_tracks_of_any_length)
{
    struct lab lab = lab_of_lengths(ctx, 40);
    ltrec_train_report report;
    ltrec_model *model;

    quick.epochs = 8;
    model = teach(&lab, LTREC_BRANCH_AUDIO, NULL, &report);
    ck_assert_uint_eq(report.n_train + report.n_validation, 40);
    ck_assert_uint_eq(model->branches[LTR_AUDIO]->patch_frames, 194);
    ck_assert_uint_eq(ltr_net_pooled(&model->branches[LTR_AUDIO]->net), 2048);
    ck_assert_double_lt(report.validation_loss, constant_loss());
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

START_TEST(one_seed_gives_the_same_bits_at_any_number_of_threads)
{
    ltrec_context *before = ctx;
    ltrec_model *first = NULL;

    for (uint32_t threads = 1; threads <= 4; threads *= 2) {
        struct lab lab;
        ltrec_model *model;

        ctx = context_with(LTREC_KERNELS_AUTO, threads);
        lab = lab_of_lengths(ctx, 16);
        model = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
        lab_free(&lab);
        ltrec_context_free(ctx);
        if (first) {
            check_same(first, model, LTR_AUDIO);
            ltrec_model_free(model);
        } else {
            first = model;
        }
    }
    ltrec_model_free(first);
    ctx = before;
}
END_TEST

START_TEST(an_interrupted_training_goes_on_to_the_same_bits)
{
    struct lab lab = lab_of_lengths(ctx, 16);
    struct temp_file file = temp_file_of("");
    ltrec_model *whole, *resumed;

    unlink(file.path);
    whole = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    quick.checkpoint = file.path;
    interrupt(&lab, LTREC_BRANCH_AUDIO, NULL, 1);
    resumed = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    check_same(whole, resumed, LTR_AUDIO);
    ltrec_model_free(whole);
    ltrec_model_free(resumed);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

START_TEST(a_head_and_a_fusion_stand_on_what_is_flattened)
{
    struct lab lab = lab_of_lengths(ctx, 16);
    ltrec_model *model;

    quick.epochs = 1;
    model = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    quick.hidden = 32;
    model = teach_more(&lab, LTREC_BRANCH_HEAD, model, NULL);
    ck_assert_uint_eq(model->branches[LTR_HEAD]->net.n_in, 2048);
    quick.hidden = 0;
    quick.fuse = LTREC_BRANCH_AUDIO;
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, NULL);
    ck_assert_uint_eq(model->branches[LTR_FUSION]->net.n_in, 2048 + 1);
    ck_assert(isfinite(ltrec_model_validation(model, LTREC_BRANCH_FUSION)));
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup_flatten, teardown);
    tcase_add_test(tests, it_is_the_published_one);
    tcase_add_test(tests,
                   patches_may_be_as_short_and_as_long_as_can_be_flattened);
    tcase_add_test(tests, it_learns_from_tracks_of_any_length);
    tcase_add_test(tests,
                   one_seed_gives_the_same_bits_at_any_number_of_threads);
    tcase_add_test(tests, an_interrupted_training_goes_on_to_the_same_bits);
    tcase_add_test(tests, a_head_and_a_fusion_stand_on_what_is_flattened);
}

int main(void)
{
    return check_run("train flatten", add_tests);
}
