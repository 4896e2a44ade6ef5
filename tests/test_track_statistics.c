/*
 * test_track_statistics.c - what tracks are like on the whole
 */
#include "check_run.h"

#include <string.h>

#include <ltrec/train.h>

#include "train/listening.h"

enum {
    BANDS = 4,
    PATCH = 20,
    MOST = 75
};

static ltrec_context *ctx;

/* A track of `frames`, all alike but the last. */
static ltrec_dataset *one_track(size_t frames)
{
    float mel[MOST * BANDS];
    ltrec_frontend_options frontend;
    ltrec_dataset_options options;
    ltrec_dataset *dataset;
    ltrec_track track;

    for (size_t i = 0; i < frames * BANDS; i++)
        mel[i] = i / BANDS == frames - 1 ? -10 : -30;
    ltrec_frontend_options_init(&frontend, sizeof frontend);
    frontend.bands = BANDS;
    ltrec_dataset_options_init(&options, sizeof options);
    options.frontend = &frontend;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &options, &dataset, NULL),
                     LTREC_OK);
    ltrec_track_init(&track, sizeof track);
    track.mel = mel;
    track.n_frames = frames;
    ck_assert_int_eq(ltrec_dataset_add(dataset, 1, 1, &track, NULL), LTREC_OK);
    return dataset;
}

static void describe(size_t frames, float *features)
{
    float mean[BANDS] = {-30, -30, -30, -30}, scale[BANDS] = {1, 1, 1, 1};
    uint32_t row = 0;
    const struct ltr_sample sample = {
        .ctx = ctx, .rows = &row, .n = 1, .n_train = 1};
    struct ltr_branch audio = {.n_scales = BANDS,
                               .mean = mean,
                               .scale = scale,
                               .patch_frames = PATCH};
    ltrec_train_options options;
    struct ltr_lesson lesson = {.ctx = ctx, .options = &options};
    ltrec_dataset *dataset = one_track(frames);

    audio.net.n_in = BANDS;
    audio.net.n_trunk = 1;
    audio.net.statistics = LTR_STATISTICS;
    ltrec_train_options_init(&options, sizeof options);
    lesson.dataset = dataset;
    memset(features, 0, LTR_STATISTICS * BANDS * sizeof *features);
    ck_assert_int_eq(ltr_describe_tracks(&lesson, &sample, &audio, features),
                     LTREC_OK);
    ltrec_dataset_free(dataset);
}

/* The one frame is in one of the patches, wherever the track ends. */
START_TEST(a_track_is_described_to_its_end)
{
    float features[LTR_STATISTICS * BANDS];

    for (size_t frames = 1; frames <= MOST; frames++) {
        size_t patches = (frames + PATCH - 1) / PATCH;
        size_t length = frames < PATCH ? frames : PATCH;
        double wanted = 20 / (double)length / (double)patches;

        describe(frames, features);
        for (size_t b = 0; b < BANDS; b++)
            ck_assert_double_eq_tol((double)features[b], wanted, 1e-3);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, a_track_is_described_to_its_end);
}

int main(void)
{
    int failed;

    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    failed = check_run("track statistics", add_tests);
    ltrec_context_free(ctx);
    return failed;
}
