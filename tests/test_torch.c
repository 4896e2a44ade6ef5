/*
 * test_torch.c - a model that was defined, and predicted with, in PyTorch
 *
 * tests/data/README.md says where the files come from.
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>

#include <ltrec/ltrec.h>

#include "temp_file.h"

enum {
    RANK = 6,
    BANDS = 5,
    FRAMES = 70,
    ATTRIBUTES = 4,
    GENRES = 3,
    SHORT = 10 /* frames, and a patch has 24 */
};

/* The same in tests/data/make_torch.py. */
static void make(float *x, size_t n, size_t salt, float least, float most)
{
    for (size_t i = 0; i < n; i++)
        x[i] = least + (most - least) *
                           (float)((i * 7919 + salt * 104729) % 1024) / 1024;
}

struct inputs {
    float mel[FRAMES * BANDS], attributes[ATTRIBUTES], machine[ATTRIBUTES];
    float genres[GENRES], artist[RANK];
};

static void make_inputs(struct inputs *in)
{
    make(in->mel, FRAMES * BANDS, 1, -2, 2);
    make(in->attributes, ATTRIBUTES, 2, 0, 1);
    in->attributes[1] = NAN;
    make(in->machine, ATTRIBUTES, 3, -2, 2);
    make(in->genres, GENRES, 4, 0, 1);
    make(in->artist, RANK, 5, -0.5f, 0.5f);
}

static ltrec_track track_of(const struct inputs *in, uint32_t known)
{
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    track.mel = known & LTREC_BRANCH_AUDIO ? in->mel : NULL;
    track.n_frames = known & LTREC_BRANCH_AUDIO ? FRAMES : 0;
    track.attributes = known & LTREC_BRANCH_MGP ? in->attributes : NULL;
    track.machine = known & LTREC_BRANCH_MLG ? in->machine : NULL;
    track.genres = known & LTREC_BRANCH_GENRE ? in->genres : NULL;
    track.artist = known & LTREC_BRANCH_ARTIST ? in->artist : NULL;
    track.artist_tracks = known & LTREC_BRANCH_ARTIST ? 3 : 0;
    return track;
}

/* The next factor in the file is this track's. */
static void predict_like(FILE *expected, ltrec_predictor *predictor,
                         const ltrec_track *track)
{
    float factor[RANK], wanted[RANK];

    ck_assert_int_eq(ltrec_predictor_run(predictor, track, factor, NULL, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(fread(wanted, sizeof *wanted, RANK, expected), RANK);
    for (size_t i = 0; i < RANK; i++)
        ck_assert_float_eq_tol(factor[i], wanted[i], 1e-5f);
}

static void predict_all_sets(const char *path)
{
    static struct inputs in;
    FILE *expected = fopen("tests/data/torch_factors.f32", "rb");
    ltrec_context *ctx;
    ltrec_model *model;
    ltrec_predictor *predictor;

    ck_assert_ptr_nonnull(expected);
    make_inputs(&in);
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &model, NULL), LTREC_OK);
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, NULL, &predictor, NULL), LTREC_OK);
    for (uint32_t known = 1; known < LTREC_BRANCH_FUSION; known++) {
        ltrec_track track = track_of(&in, known);

        predict_like(expected, predictor, &track);
    }
    fclose(expected);
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
    ltrec_context_free(ctx);
}

START_TEST(a_model_from_torch_predicts_what_torch_does)
{
    predict_all_sets("tests/data/torch.safetensors");
}
END_TEST

/* A whole track, and one that is filled up. */
START_TEST(a_network_that_flattens_predicts_what_torch_does)
{
    static struct inputs in;
    static const size_t frames[] = {FRAMES, SHORT};
    FILE *expected = fopen("tests/data/torch_flatten_factors.f32", "rb");
    ltrec_context *ctx;
    ltrec_model *model;
    ltrec_predictor *predictor;

    ck_assert_ptr_nonnull(expected);
    make_inputs(&in);
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_load(ctx,
                                      "tests/data/torch_flatten.safetensors",
                                      &model, NULL),
                     LTREC_OK);
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, NULL, &predictor, NULL), LTREC_OK);
    for (size_t i = 0; i < 2; i++) {
        ltrec_track track = track_of(&in, LTREC_BRANCH_AUDIO);

        track.n_frames = frames[i];
        predict_like(expected, predictor, &track);
    }
    fclose(expected);
    ltrec_predictor_free(predictor);
    ltrec_model_free(model);
    ltrec_context_free(ctx);
}
END_TEST

START_TEST(saved_here_it_still_does)
{
    struct temp_file file = temp_file_of("");
    ltrec_context *ctx;
    ltrec_model *model;

    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    ck_assert_int_eq(
        ltrec_model_load(ctx, "tests/data/torch.safetensors", &model, NULL),
        LTREC_OK);
    ck_assert_int_eq(ltrec_model_save(model, file.path, NULL), LTREC_OK);
    ltrec_model_free(model);
    ltrec_context_free(ctx);
    predict_all_sets(file.path);
    temp_file_remove(&file);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, a_model_from_torch_predicts_what_torch_does);
    tcase_add_test(tests, a_network_that_flattens_predicts_what_torch_does);
    tcase_add_test(tests, saved_here_it_still_does);
}

int main(void)
{
    return check_run("torch", add_tests);
}
