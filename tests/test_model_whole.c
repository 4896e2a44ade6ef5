/*
 * test_model_whole.c - predictions from the whole of a track at once
 */
#include "check_run.h"

#include <stdlib.h>

#include "failing_memory.h"
#include "kernel_sets.h"
#include "predictor_lab.h"

/* Frames: twenty minutes, and not a multiple of anything. */
#define LONG 25841

/* The same networks, as if the patch that they learnt from were so long: with
 * the linear path, the head and the fusion. */
static float run_as_one_patch(const ltrec_track *track, float *factor)
{
    struct ltr_branch *audio = model->branches[LTR_AUDIO];
    float confidence;

    audio->patch_frames = track->n_frames;
    confidence = run(LTREC_BRANCH_ALL, LTREC_TRACK_MIDDLE, track, factor);
    audio->patch_frames = SMALL_PATCH;
    return confidence;
}

START_TEST(the_whole_of_a_track_is_heard_as_one_patch)
{
    if (_i == 1)
        small_statistics(ctx, model);
    for (size_t frames = 1; frames <= SMALL_FRAMES; frames++) {
        ltrec_track track = small_track(&store, frames, LTREC_BRANCH_AUDIO);
        float a[SMALL_RANK], b[SMALL_RANK], sure;

        track.n_frames = frames;
        sure = run(LTREC_BRANCH_ALL, LTREC_TRACK_WHOLE, &track, a);
        ck_assert_float_eq(sure, run_as_one_patch(&track, b));
        ck_assert_mem_eq(a, b, sizeof a);
        run(LTREC_BRANCH_ALL, LTREC_TRACK_PATCHES, &track, b);
        if (frames <= SMALL_PATCH)
            ck_assert_mem_eq(a, b, sizeof a);
        else if (frames > SMALL_PATCH + 1) /* of two the network pools one */
            ck_assert_mem_ne(a, b, sizeof a);
        sure = run(LTREC_BRANCH_AUDIO, LTREC_TRACK_WHOLE, &track, a);
        if (frames > 1)
            ck_assert_double_eq_tol((double)sure, validation(LTR_AUDIO), 1e-6);
    }
}
END_TEST

static ltrec_predictor *whole_predictor(ltrec_context *mine)
{
    ltrec_predictor_options options;
    ltrec_predictor *p;

    ltrec_predictor_options_init(&options, sizeof options);
    options.full_track = LTREC_TRACK_WHOLE;
    ck_assert_int_eq(ltrec_predictor_create(mine, model, &options, &p, NULL),
                     LTREC_OK);
    return p;
}

START_TEST(a_long_track_is_heard_whole_to_the_same_bits_by_any_workers)
{
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_AUDIO);
    float *mel = malloc(LONG * SMALL_BANDS * sizeof *mel);
    float first[SMALL_RANK], factor[SMALL_RANK];

    small_statistics(ctx, model);
    for (size_t i = 0; i < LONG * SMALL_BANDS; i++)
        mel[i] = ltr_random_normal(9, 1, i);
    track.mel = mel;
    track.n_frames = LONG;
    run_as_one_patch(&track, first);
    run(LTREC_BRANCH_ALL, LTREC_TRACK_WHOLE, &track, factor);
    for (size_t i = 0; i < SMALL_RANK; i++)
        ck_assert_float_eq_tol(first[i], factor[i], 1e-5f);
    for (uint32_t threads = 1; threads <= 3; threads++) {
        ltrec_context *mine = context_with(LTREC_KERNELS_AUTO, threads);
        ltrec_predictor *p = whole_predictor(mine);

        ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                         LTREC_OK);
        if (threads == 1)
            memcpy(first, factor, sizeof first);
        ck_assert_mem_eq(first, factor, sizeof first);
        ltrec_predictor_free(p);
        ltrec_context_free(mine);
    }
    free(mel);
}
END_TEST

/* And what a predictor takes when it is made is the same for all. */
START_TEST(hearing_a_whole_track_allocates_nothing)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_AUDIO);
    float *mel = calloc(LONG * SMALL_BANDS, sizeof *mel);
    float factor[SMALL_RANK], heard[SMALL_ATTRIBUTES];
    ltrec_context *counting;
    ltrec_predictor *p;

    small_statistics(ctx, model);
    ck_assert_int_eq(failing_context(&memory, &counting), LTREC_OK);
    p = whole_predictor(counting);
    memory.until_failure = 0;
    mel[0] = 1;
    track.mel = mel;
    for (track.n_frames = 1; track.n_frames < LONG; track.n_frames *= 5) {
        ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                         LTREC_OK);
        ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                         LTREC_OK);
    }
    ck_assert_int_eq(memory.until_failure, 0);
    ltrec_predictor_free(p);
    ltrec_context_free(counting);
    ck_assert_int_eq(memory.live, 0);
    free(mel);
}
END_TEST

/* The branches that do without sound are not its business. */
START_TEST(a_network_that_flattens_hears_no_whole_track)
{
    ltrec_predictor_options options;
    ltrec_predictor *p;
    ltrec_error err;

    small_flatten(ctx, model);
    ltrec_predictor_options_init(&options, sizeof options);
    options.full_track = LTREC_TRACK_WHOLE;
    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1) {
        int listens = (bit & (LTREC_BRANCH_AUDIO | LTREC_BRANCH_MLG |
                              LTREC_BRANCH_HEAD | LTREC_BRANCH_FUSION)) != 0;

        options.branches = bit;
        ck_assert_int_eq(
            ltrec_predictor_create(ctx, model, &options, &p, &err),
            listens ? LTREC_ERR_ARGUMENT : LTREC_OK);
        ck_assert_int_eq(listens, p == NULL);
        if (listens)
            ck_assert_ptr_nonnull(strstr(err.message, "flattens"));
        ltrec_predictor_free(p);
    }
}
END_TEST

START_TEST(a_track_is_heard_in_no_other_way)
{
    static const int32_t wrong[] = {INT32_MIN, -1, LTREC_TRACK_WHOLE + 1,
                                    INT32_MAX};
    ltrec_predictor_options options;
    ltrec_predictor *p;
    ltrec_error err;

    ltrec_predictor_options_init(&options, sizeof options);
    ck_assert_int_eq(options.full_track, LTREC_TRACK_PATCHES);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        options.full_track = wrong[i];
        ck_assert_int_eq(
            ltrec_predictor_create(ctx, model, &options, &p, &err),
            LTREC_ERR_ARGUMENT);
        ck_assert_ptr_null(p);
        ck_assert_ptr_nonnull(strstr(err.message, "full_track"));
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_whole_of_a_track_is_heard_as_one_patch, 0,
                        2);
    tcase_add_test(
        tests, a_long_track_is_heard_whole_to_the_same_bits_by_any_workers);
    tcase_add_test(tests, hearing_a_whole_track_allocates_nothing);
    tcase_add_test(tests, a_network_that_flattens_hears_no_whole_track);
    tcase_add_test(tests, a_track_is_heard_in_no_other_way);
}

int main(void)
{
    return check_run("model whole", add_tests);
}
