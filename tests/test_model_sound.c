/*
 * test_model_sound.c - predictions from sound: patches of a track, and the
 * attributes that are heard in it
 */
#include "check_run.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "nn/layers.h"
#include "predictor_lab.h"

/* ---- Sound -------------------------------------------------------------- */

/* Twice: with an audio network that pools, and with one that flattens. */
START_TEST(a_full_track_is_the_mean_of_its_unit_patches)
{
    if (_i == 1)
        small_flatten(ctx, model);
    for (size_t frames = 1; frames <= SMALL_FRAMES; frames++) {
        ltrec_track track = small_track(&store, frames, LTREC_BRANCH_AUDIO);
        double mean[SMALL_RANK] = {0}, norm = 0;
        size_t n = 0, start = 0, last = 0;
        float factor[SMALL_RANK], confidence;

        /* Patches begin at even frames: the network pools two. */
        if (frames > SMALL_PATCH)
            last = (frames - SMALL_PATCH) / 2 * 2;
        track.n_frames = frames;
        confidence = run(LTREC_BRANCH_AUDIO, 1, &track, factor);
        for (;; start += SMALL_PATCH / 2) {
            ltrec_track patch = track;
            float unit[SMALL_RANK];

            start = start < last ? start : last;
            patch.mel = store.mel + start * SMALL_BANDS;
            patch.n_frames = frames < SMALL_PATCH ? frames : SMALL_PATCH;
            run(LTREC_BRANCH_AUDIO, 0, &patch, unit);
            for (size_t i = 0; i < SMALL_RANK; i++)
                mean[i] += (double)unit[i];
            n++;
            if (start == last)
                break;
        }
        for (size_t i = 0; i < SMALL_RANK; i++)
            norm += mean[i] * mean[i];
        norm = sqrt(norm);
        for (size_t i = 0; i < SMALL_RANK; i++)
            ck_assert_double_eq_tol((double)factor[i], mean[i] / norm, 1e-6);
        if (frames > 1)
            ck_assert_double_eq_tol((double)confidence,
                                    validation(LTR_AUDIO) * norm / (double)n,
                                    1e-6);
    }
}
END_TEST

/* docs: cos(mean of units, y) is the mean of the cosines over |mean|. */
START_TEST(the_cosine_of_a_track_is_that_of_its_patches_over_agreement)
{
    ltrec_track track = small_track(&store, 8, LTREC_BRANCH_AUDIO);
    double cosines = 0, agreement;
    float factor[SMALL_RANK], y[SMALL_RANK], confidence;
    size_t n = 0;

    track.n_frames = 4 * SMALL_PATCH / 2;
    for (size_t i = 0; i < SMALL_RANK; i++)
        y[i] = ltr_random_normal(77, 0, i);
    ltr_unit_forward(y, SMALL_RANK, y);
    confidence = run(LTREC_BRANCH_AUDIO, 1, &track, factor);
    agreement = (double)confidence / validation(LTR_AUDIO);
    for (size_t start = 0; start <= SMALL_PATCH; start += SMALL_PATCH / 2) {
        ltrec_track patch = track;
        float unit[SMALL_RANK];

        patch.mel = store.mel + start * SMALL_BANDS;
        patch.n_frames = SMALL_PATCH;
        run(LTREC_BRANCH_AUDIO, 0, &patch, unit);
        cosines += dot(unit, y);
        n++;
    }
    ck_assert_uint_eq(n, 3);
    ck_assert_double_lt(agreement, 1);
    ck_assert_double_eq_tol(dot(factor, y), cosines / (double)n / agreement,
                            1e-5);
}
END_TEST

START_TEST(one_patch_is_the_one_in_the_middle)
{
    ltrec_track track = small_track(&store, 9, LTREC_BRANCH_AUDIO), middle;
    float a[SMALL_RANK], b[SMALL_RANK];

    middle = track;
    middle.mel += (SMALL_FRAMES - SMALL_PATCH) / 2 * SMALL_BANDS;
    middle.n_frames = SMALL_PATCH;
    run(LTREC_BRANCH_AUDIO, 0, &track, a);
    run(LTREC_BRANCH_AUDIO, 0, &middle, b);
    ck_assert_mem_eq(a, b, sizeof a);
}
END_TEST

START_TEST(a_track_shorter_than_the_reach_is_filled_up_with_its_lowest_level)
{
    size_t reach;

    if (_i == 1)
        small_flatten(ctx, model);
    reach = ltr_net_least_frames(&model->branches[LTR_AUDIO]->net);
    ck_assert_uint_eq(reach, _i == 1 ? SMALL_PATCH : SMALL_REACH);
    for (size_t frames = 1; frames <= reach; frames++) {
        ltrec_track track = small_track(&store, frames, LTREC_BRANCH_AUDIO);
        float least = FLT_MAX, a[SMALL_RANK], b[SMALL_RANK];

        track.n_frames = frames;
        run(LTREC_BRANCH_AUDIO, 1, &track, a);
        for (size_t i = 0; i < frames * SMALL_BANDS; i++)
            least = fminf(least, store.mel[i]);
        for (size_t i = frames * SMALL_BANDS; i < reach * SMALL_BANDS; i++)
            store.mel[i] = least;
        track.n_frames = reach;
        run(LTREC_BRANCH_AUDIO, 1, &track, b);
        ck_assert_mem_eq(a, b, sizeof a);
    }
}
END_TEST

/* The model's answer to a track, by several threads. */
static void answer_by(uint32_t threads, const ltrec_track *track,
                      float factor[SMALL_RANK])
{
    ltrec_context_options options;
    ltrec_context *own = ctx;

    ltrec_context_options_init(&options, sizeof options);
    options.threads = threads;
    ck_assert_int_eq(ltrec_context_create(&options, &ctx, NULL), LTREC_OK);
    run(LTREC_BRANCH_AUDIO, LTREC_TRACK_PATCHES, track, factor);
    ltrec_context_free(ctx);
    ctx = own;
}

/* Of a long patch segments are heard by several threads, some of which may
 * begin behind the end of a short track. */
START_TEST(a_short_track_is_filled_up_alike_by_any_number_of_threads)
{
    static const size_t sizes[] = {25, 40, 64};
    size_t patch = 2 * sizes[_i] + 2, n = patch * SMALL_BANDS;
    char layers[80];
    struct ltr_branch *audio;

    snprintf(layers, sizeof layers,
             "conv 4 3, relu, pool 2, flatten %zu, "
             "dense 4",
             sizes[_i]);
    ltr_branch_unref(model->branches[LTR_AUDIO]);
    model->branches[LTR_AUDIO] = audio = small_audio(ctx, layers);
    audio->patch_frames = patch;
    ck_assert_uint_eq(ltr_net_least_frames(&audio->net), patch);
    for (size_t frames = 1; frames <= patch; frames += 7) {
        float *mel = malloc(frames * SMALL_BANDS * sizeof *mel);
        float *full = malloc(n * sizeof *full), wanted[SMALL_RANK];
        ltrec_track track;

        for (size_t i = 0; i < n; i++)
            full[i] = ltr_random_normal(8, sizes[_i], i);
        memcpy(mel, full, frames * SMALL_BANDS * sizeof *mel);
        for (size_t i = frames * SMALL_BANDS; i < n; i++)
            full[i] = ltr_lowest_level(mel, frames * SMALL_BANDS);
        ltrec_track_init(&track, sizeof track);
        track.mel = full;
        track.n_frames = patch;
        answer_by(1, &track, wanted);
        track.mel = mel;
        track.n_frames = frames;
        for (uint32_t threads = 1; threads <= 8; threads *= 2) {
            float factor[SMALL_RANK];

            answer_by(threads, &track, factor);
            ck_assert_mem_eq(factor, wanted, sizeof factor);
        }
        free(mel);
        free(full);
    }
}
END_TEST

/* For patches, whole tracks and what is filled up: as if the sound itself had
 * been levelled out. */
START_TEST(a_soft_floor_is_one_of_the_sound)
{
    struct ltr_branch *heard = model->branches[LTR_AUDIO];
    static float plain[SMALL_FRAMES * SMALL_BANDS];

    memcpy(plain, store.mel, sizeof plain);
    for (size_t frames = 1; frames <= SMALL_FRAMES; frames++) {
        ltrec_track track = small_track(&store, frames, LTREC_BRANCH_AUDIO);
        float a[SMALL_RANK], b[SMALL_RANK], c[SMALL_RANK];

        track.n_frames = frames;
        memcpy(store.mel, plain, sizeof plain);
        run(LTREC_BRANCH_ALL, 1, &track, c);
        heard->soft_floor = 1;
        run(LTREC_BRANCH_ALL, 1, &track, a);
        heard->soft_floor = 0;
        for (size_t i = 0; i < frames * SMALL_BANDS; i++)
            store.mel[i] = ltr_soft_level(plain[i], 1);
        run(LTREC_BRANCH_ALL, 1, &track, b);
        ck_assert_mem_eq(a, b, sizeof a);
        ck_assert_mem_ne(a, c, sizeof a);
    }
}
END_TEST

START_TEST(silence_is_nothing_to_be_sure_of)
{
    ltrec_track track =
        small_track(&store, 1, LTREC_BRANCH_AUDIO | LTREC_BRANCH_GENRE);
    float factor[SMALL_RANK];

    for (size_t i = 0; i < SMALL_FRAMES * SMALL_BANDS; i++)
        store.mel[i] = -80;
    ck_assert_float_gt(run(LTREC_BRANCH_ALL, 1, &track, factor), 0);
    track.genres = NULL;
    ck_assert_float_eq(run(LTREC_BRANCH_ALL, 1, &track, factor), 0);
    ck_assert_float_eq(run(LTREC_BRANCH_AUDIO, 0, &track, factor), 0);
    ck_assert_double_eq_tol(dot(factor, factor), 1, 1e-6);
    /* A table's estimates were not heard in this silence. */
    track.machine = store.machine;
    ck_assert_float_gt(run(LTREC_BRANCH_ALL, 1, &track, factor), 0);
    store.mel[17] = -79;
    track.machine = NULL;
    ck_assert_float_gt(run(LTREC_BRANCH_ALL, 1, &track, factor), 0);
}
END_TEST

START_TEST(sound_without_frames_or_with_too_many_is_refused)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_AUDIO);
    float factor[SMALL_RANK];
    ltrec_error err;

    track.n_frames = 0;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "frames"));
    track.n_frames = SIZE_MAX / 2; /* times 3 bands it is small again */
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_free(p);
}
END_TEST

/* Of several, too; long sounds are looked through piece by piece. */
START_TEST(the_first_bad_level_of_a_long_sound_is_named)
{
    enum {
        FRAMES = 1000
    };
    static const size_t places[] = {2999, 2500, 2048, 1024, 1023, 0};
    static float mel[FRAMES * SMALL_BANDS];
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_AUDIO);
    float factor[SMALL_RANK];

    track.mel = mel;
    track.n_frames = FRAMES;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char wanted[40];
        ltrec_error err;

        snprintf(wanted, sizeof wanted, "mel, value %zu is", places[i]);
        mel[places[i]] = i % 2 == 0 ? NAN : INFINITY;
        ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, &err),
                         LTREC_ERR_ARGUMENT);
        ck_assert_msg(strstr(err.message, wanted), "%s", err.message);
    }
    ltrec_predictor_free(p);
}
END_TEST

/* ---- Attributes by ear -------------------------------------------------- */

START_TEST(what_the_head_hears_is_what_mlg_works_on)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);
    ltrec_track track = small_track(&store, 4, LTREC_BRANCH_AUDIO);
    float heard[SMALL_ATTRIBUTES], by_ear[SMALL_RANK], by_table[SMALL_RANK];

    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < SMALL_ATTRIBUTES; i++)
        ck_assert(heard[i] > 0 && heard[i] < 1);
    run(LTREC_BRANCH_MLG, 1, &track, by_ear);
    track.mel = NULL;
    track.machine = heard;
    run(LTREC_BRANCH_MLG, 1, &track, by_table);
    ck_assert_mem_eq(by_ear, by_table, sizeof by_ear);
    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_free(p);
}
END_TEST

/* Behind what the trunk pooled the head has the statistics. */
START_TEST(the_head_goes_by_what_was_pooled_and_by_statistics)
{
    const struct ltr_net *audio = &model->branches[LTR_AUDIO]->net;
    size_t pooled = ltr_net_pooled(audio), n, first;
    ltrec_track track = small_track(&store, SMALL_FRAMES, LTREC_BRANCH_AUDIO);
    float before[SMALL_ATTRIBUTES], heard[SMALL_ATTRIBUTES];
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);
    struct ltr_branch *head = model->branches[LTR_HEAD];
    struct ltr_branch *old = ltr_branch_ref(head);
    const float *from = old->parameters + old->net.layers[0].weights;
    float *to;

    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, before, NULL),
                     LTREC_OK);
    ltrec_predictor_free(p);
    /* The same layers, which have no weight on the statistics at first. */
    small_statistics(ctx, model);
    head = model->branches[LTR_HEAD];
    n = head->net.n_in;
    ck_assert_uint_eq(n, pooled + LTR_STATISTICS * SMALL_BANDS);
    first = head->net.layers[0].bias;
    to = head->parameters + head->net.layers[0].weights;
    memset(to, 0, 4 * n * sizeof *to);
    for (size_t i = 0; i < 4; i++)
        memcpy(to + i * n, from + i * pooled, pooled * sizeof *to);
    memcpy(head->parameters + first, old->parameters + old->net.layers[0].bias,
           (head->net.n_parameters - first) * sizeof *to);
    ltr_branch_unref(old);
    p = predictor_of(LTREC_BRANCH_ALL, 1);
    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                     LTREC_OK);
    ck_assert_mem_eq(before, heard, sizeof heard);
    /* The first of them is the mean of the first band, in deviations. */
    for (size_t i = 0; i < 4; i++)
        to[i * n + pooled] = 100;
    for (size_t t = 0; t < SMALL_FRAMES; t++)
        store.mel[t * SMALL_BANDS] = 1e4f * store.mel[t * SMALL_BANDS];
    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                     LTREC_OK);
    ck_assert_mem_ne(before, heard, sizeof heard);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(a_model_without_a_head_hears_no_attributes)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_AUDIO, 1);
    ltrec_track track = small_track(&store, 4, LTREC_BRANCH_AUDIO);
    float heard[SMALL_ATTRIBUTES];

    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                     LTREC_ERR_STATE);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(what_a_person_says_beats_what_is_heard_value_by_value)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_AUDIO), said;
    float heard[SMALL_ATTRIBUTES], mixed[SMALL_ATTRIBUTES];
    float machine[SMALL_ATTRIBUTES], a[SMALL_RANK], b[SMALL_RANK];

    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                     LTREC_OK);
    ltrec_track_init(&said, sizeof said);
    for (size_t i = 0; i < SMALL_ATTRIBUTES; i++) {
        machine[i] = i == 1 ? 0.9f : NAN;
        mixed[i] = i == 1 ? 0.9f : heard[i];
    }
    track.machine = machine;
    said.machine = mixed;
    run(LTREC_BRANCH_MLG, 1, &track, a);
    run(LTREC_BRANCH_MLG, 1, &said, b);
    ck_assert_mem_eq(a, b, sizeof a);
    /* What is heard is still told as it was heard. */
    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, mixed, NULL),
                     LTREC_OK);
    ck_assert_mem_eq(mixed, heard, sizeof heard);
    ltrec_predictor_free(p);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_full_track_is_the_mean_of_its_unit_patches, 0,
                        2);
    tcase_add_test(
        tests, the_cosine_of_a_track_is_that_of_its_patches_over_agreement);
    tcase_add_test(tests, one_patch_is_the_one_in_the_middle);
    tcase_add_loop_test(
        tests,
        a_track_shorter_than_the_reach_is_filled_up_with_its_lowest_level, 0,
        2);
    tcase_add_loop_test(
        tests, a_short_track_is_filled_up_alike_by_any_number_of_threads, 0,
        3);
    tcase_add_test(tests, a_soft_floor_is_one_of_the_sound);
    tcase_add_test(tests, silence_is_nothing_to_be_sure_of);
    tcase_add_test(tests, sound_without_frames_or_with_too_many_is_refused);
    tcase_add_test(tests, the_first_bad_level_of_a_long_sound_is_named);
    tcase_add_test(tests, what_the_head_hears_is_what_mlg_works_on);
    tcase_add_test(tests, the_head_goes_by_what_was_pooled_and_by_statistics);
    tcase_add_test(tests, a_model_without_a_head_hears_no_attributes);
    tcase_add_test(tests,
                   what_a_person_says_beats_what_is_heard_value_by_value);
}

int main(void)
{
    return check_run("model sound", add_tests);
}
