/*
 * test_model.c - predictors, on a small model of every branch
 */
#include "check_run.h"

#include <float.h>
#include <math.h>

#include "failing_memory.h"
#include "kernel_sets.h"
#include "nn/layers.h"
#include "small_model.h"

#define FUSABLE (LTREC_BRANCH_FUSION - 1)

static ltrec_context *ctx;
static ltrec_model *model;
static struct small_track store;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    model = small_model(ctx);
}

static void teardown(void)
{
    ltrec_model_free(model);
    ltrec_context_free(ctx);
}

static ltrec_predictor *predictor_of(uint32_t branches, int full_track)
{
    ltrec_predictor_options options;
    ltrec_predictor *predictor;
    ltrec_error err = {0};

    ltrec_predictor_options_init(&options, sizeof options);
    options.branches = branches;
    options.full_track = full_track;
    ck_assert_msg(ltrec_predictor_create(ctx, model, &options, &predictor,
                                         &err) == LTREC_OK,
                  "%s", err.message);
    return predictor;
}

/* With a predictor of its own. */
static float run(uint32_t branches, int full_track, const ltrec_track *track,
                 float *factor)
{
    ltrec_predictor *predictor = predictor_of(branches, full_track);
    ltrec_error err = {0};
    float confidence;

    ck_assert_msg(ltrec_predictor_run(predictor, track, factor, &confidence,
                                      &err) == LTREC_OK,
                  "%s", err.message);
    ltrec_predictor_free(predictor);
    return confidence;
}

static double dot(const float *a, const float *b)
{
    double sum = 0;

    for (size_t i = 0; i < SMALL_RANK; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static double validation(size_t place)
{
    return model->branches[place]->validation;
}

/* ---- Any subset of what can be known ------------------------------------ */

START_TEST(any_subset_of_inputs_gives_a_unit_factor)
{
    for (uint32_t known = 1; known <= FUSABLE; known++)
        for (uint32_t use = 1; use <= LTREC_BRANCH_ALL; use++) {
            ltrec_predictor *p = predictor_of(use, 1);
            ltrec_track track = small_track(&store, known, known);
            float factor[SMALL_RANK] = {9, 9, 9, 9}, confidence = 9;
            int status =
                ltrec_predictor_run(p, &track, factor, &confidence, NULL);

            if (status == LTREC_OK) {
                ck_assert_double_eq_tol(dot(factor, factor), 1, 1e-6);
                ck_assert(confidence >= 0 && confidence <= 1);
            } else {
                ck_assert_int_eq(status, LTREC_ERR_ARGUMENT);
                ck_assert(factor[0] == 9 && confidence == 9);
            }
            ltrec_predictor_free(p);
        }
}
END_TEST

START_TEST(a_branch_is_used_where_its_input_is_known)
{
    for (size_t place = 0; place < LTR_FUSABLE; place++) {
        uint32_t bit = UINT32_C(1) << place;
        ltrec_track track = small_track(&store, 5, bit);
        float alone[SMALL_RANK], among[SMALL_RANK];

        run(bit, 1, &track, alone);
        run(FUSABLE & ~(place == LTR_AUDIO ? LTREC_BRANCH_MLG : 0u), 1, &track,
            among);
        ck_assert_mem_eq(alone, among, sizeof alone);
        ck_assert_float_eq(run(bit, 1, &track, alone) > 0, 1);
    }
}
END_TEST

START_TEST(nothing_known_is_an_error_and_writes_nothing)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);
    float factor[SMALL_RANK] = {9, 9, 9, 9}, confidence = 9;
    ltrec_track track;
    ltrec_error err;

    ltrec_track_init(&track, sizeof track);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "nothing is known"));
    /* An artist without other tracks says nothing. */
    track = small_track(&store, 1, LTREC_BRANCH_ARTIST);
    track.artist_tracks = 0;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, &err),
                     LTREC_ERR_ARGUMENT);
    /* Nor do attributes of which nobody has said any. */
    track = small_track(&store, 1, LTREC_BRANCH_MGP | LTREC_BRANCH_MLG);
    for (size_t i = 0; i < SMALL_ATTRIBUTES; i++)
        store.attributes[i] = store.machine[i] = NAN;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert(factor[0] == 9 && factor[3] == 9 && confidence == 9);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(a_missing_attribute_is_neither_0_nor_1)
{
    ltrec_track track = small_track(&store, 3, LTREC_BRANCH_MGP);
    float unknown[SMALL_RANK], no[SMALL_RANK], yes[SMALL_RANK];

    store.attributes[1] = NAN;
    run(LTREC_BRANCH_MGP, 1, &track, unknown);
    store.attributes[1] = 0;
    run(LTREC_BRANCH_MGP, 1, &track, no);
    store.attributes[1] = 1;
    run(LTREC_BRANCH_MGP, 1, &track, yes);
    ck_assert_mem_ne(unknown, no, sizeof no);
    ck_assert_mem_ne(unknown, yes, sizeof yes);
}
END_TEST

START_TEST(values_out_of_their_range_are_named)
{
    const float bad[] = {NAN, INFINITY, -INFINITY, 1.5f, -0.5f};
    const struct {
        float *value;
        uint32_t bit;
        const char *what;
        unsigned refused; /* bits of `bad` */
    } cases[] = {
        {&store.mel[7], LTREC_BRANCH_AUDIO, "mel, value 7", 7},
        {&store.attributes[2], LTREC_BRANCH_MGP, "attributes, value 2", 30},
        {&store.machine[0], LTREC_BRANCH_MLG, "machine, value 0", 6},
        {&store.genres[1], LTREC_BRANCH_GENRE, "genres, value 1", 31},
        {&store.artist[3], LTREC_BRANCH_ARTIST, "artist, value 3", 7},
    };
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t j = 0; j < 5; j++) {
            ltrec_track track = small_track(&store, 1, cases[i].bit);
            float factor[SMALL_RANK] = {9}, confidence;
            ltrec_error err = {0};
            int status;

            *cases[i].value = bad[j];
            status = ltrec_predictor_run(p, &track, factor, &confidence, &err);
            if (!(cases[i].refused >> j & 1)) {
                ck_assert_int_eq(status, LTREC_OK);
                continue;
            }
            ck_assert_int_eq(status, LTREC_ERR_ARGUMENT);
            ck_assert_msg(strstr(err.message, cases[i].what), "%s",
                          err.message);
            ck_assert(factor[0] == 9);
        }
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

/* Each within its range, and yet past what floats hold inside. */
START_TEST(numbers_that_overflow_inside_are_an_error)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_AUDIO, 1);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_AUDIO);
    float factor[SMALL_RANK] = {9}, confidence = 9;
    struct ltr_branch *audio = model->branches[LTR_AUDIO];

    for (size_t i = 0; i < audio->net.n_parameters; i++)
        audio->parameters[i] *= 1e12f;
    for (size_t i = 0; i < SMALL_FRAMES * SMALL_BANDS; i++)
        store.mel[i] *= 1e28f;
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert(factor[0] == 9 && confidence == 9);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(a_prediction_of_no_length_is_an_error)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_GENRE, 1);
    ltrec_track track = small_track(&store, 1, LTREC_BRANCH_GENRE);
    struct ltr_branch *genre = model->branches[LTR_GENRE];
    float factor[SMALL_RANK] = {9}, confidence = 9;

    memset(genre->parameters, 0,
           genre->net.n_parameters * sizeof *genre->parameters);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, &confidence, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert(factor[0] == 9 && confidence == 9);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(names_are_found_and_others_are_not)
{
    size_t at = 99;

    for (size_t i = 0; i < SMALL_ATTRIBUTES; i++) {
        const char *name = ltrec_model_name(model, LTREC_BRANCH_MGP, i);

        ck_assert_int_eq(ltrec_model_find(model, LTREC_BRANCH_MGP, name, &at),
                         LTREC_OK);
        ck_assert_uint_eq(at, i);
    }
    ck_assert_ptr_null(
        ltrec_model_name(model, LTREC_BRANCH_MGP, SMALL_ATTRIBUTES));
    ck_assert_ptr_null(ltrec_model_name(model, LTREC_BRANCH_ARTIST, 0));
    at = 99;
    ck_assert_int_eq(
        ltrec_model_find(model, LTREC_BRANCH_MGP, "attribute", &at),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_find(model, LTREC_BRANCH_MGP, "genre 0", &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_find(model, 3, "genre 0", &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_find(model, LTREC_BRANCH_MGP, NULL, &at),
                     LTREC_ERR_ARGUMENT);
    ck_assert_uint_eq(at, 99);
}
END_TEST

START_TEST(questions_about_no_model_have_answers)
{
    ltrec_frontend_options options;

    ck_assert_uint_eq(ltrec_model_branches(NULL), 0);
    ck_assert_uint_eq(ltrec_model_rank(NULL), 0);
    ck_assert_uint_eq(ltrec_model_factors_id(NULL), 0);
    ck_assert_float_eq(ltrec_model_norm(NULL), 0);
    ck_assert_uint_eq(ltrec_model_parameters(NULL, LTREC_BRANCH_MGP), 0);
    ck_assert_double_eq(ltrec_model_validation(NULL, LTREC_BRANCH_MGP), 0);
    ck_assert_uint_eq(ltrec_model_vocabulary(NULL, LTREC_BRANCH_MGP), 0);
    ck_assert_ptr_null(ltrec_model_name(NULL, LTREC_BRANCH_MGP, 0));
    ck_assert_int_eq(ltrec_model_frontend(NULL, &options, sizeof options),
                     LTREC_ERR_STATE);
    ck_assert_int_eq(ltrec_model_frontend(model, NULL, 0), LTREC_ERR_ARGUMENT);
}
END_TEST

/* ---- Sound -------------------------------------------------------------- */

START_TEST(a_full_track_is_the_mean_of_its_unit_patches)
{
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
    for (size_t frames = 1; frames <= SMALL_REACH; frames++) {
        ltrec_track track = small_track(&store, frames, LTREC_BRANCH_AUDIO);
        float least = FLT_MAX, a[SMALL_RANK], b[SMALL_RANK];

        track.n_frames = frames;
        run(LTREC_BRANCH_AUDIO, 1, &track, a);
        for (size_t i = 0; i < frames * SMALL_BANDS; i++)
            least = fminf(least, store.mel[i]);
        for (size_t i = frames * SMALL_BANDS; i < SMALL_REACH * SMALL_BANDS;
             i++)
            store.mel[i] = least;
        track.n_frames = SMALL_REACH;
        run(LTREC_BRANCH_AUDIO, 1, &track, b);
        ck_assert_mem_eq(a, b, sizeof a);
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

/* ---- Several branches --------------------------------------------------- */

START_TEST(without_a_fusion_branches_weigh_what_they_were_validated_at)
{
    ltrec_track track = small_track(&store, 6, FUSABLE);
    double sum[SMALL_RANK] = {0}, norm = 0, total = 0, squares = 0;
    float factor[SMALL_RANK], unit[SMALL_RANK], confidence;

    track.mel = NULL;
    confidence = run(FUSABLE, 1, &track, factor);
    for (size_t place = LTR_MGP; place < LTR_FUSABLE; place++) {
        run(UINT32_C(1) << place, 1, &track, unit);
        for (size_t i = 0; i < SMALL_RANK; i++)
            sum[i] += validation(place) * (double)unit[i];
        total += validation(place);
        squares += validation(place) * validation(place);
    }
    for (size_t i = 0; i < SMALL_RANK; i++)
        norm += sum[i] * sum[i];
    for (size_t i = 0; i < SMALL_RANK; i++)
        ck_assert_double_eq_tol((double)factor[i], sum[i] / sqrt(norm), 1e-6);
    ck_assert_double_eq_tol((double)confidence, squares / total, 1e-6);
}
END_TEST

START_TEST(a_fusion_asked_for_alone_takes_the_branches_it_is_over)
{
    for (uint32_t known = 1; known <= FUSABLE; known++) {
        ltrec_track track = small_track(&store, 6, known);
        float alone[SMALL_RANK], all[SMALL_RANK];
        float sure_alone, sure_all;

        sure_alone = run(LTREC_BRANCH_FUSION, 1, &track, alone);
        sure_all = run(LTREC_BRANCH_ALL, 1, &track, all);
        ck_assert_mem_eq(alone, all, sizeof all);
        ck_assert_float_eq(sure_alone, sure_all);
    }
}
END_TEST

/* ---- Options, memory and threads ---------------------------------------- */

START_TEST(older_and_newer_callers_are_understood)
{
    struct {
        ltrec_predictor_options options;
        uint64_t of_tomorrow;
    } newer = {.of_tomorrow = 0};
    ltrec_predictor_options older;
    struct {
        ltrec_track track;
        const float *of_tomorrow;
    } track = {.of_tomorrow = NULL};
    ltrec_predictor *p;
    float factor[SMALL_RANK], wanted[SMALL_RANK];

    ltrec_predictor_options_init(&newer.options, sizeof newer);
    ck_assert_uint_eq(newer.options.branches, LTREC_BRANCH_ALL);
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, &newer.options, &p, NULL),
        LTREC_OK);
    track.track = small_track(&store, 1, LTREC_BRANCH_GENRE);
    run(LTREC_BRANCH_ALL, 1, &track.track, wanted);
    track.track.size = sizeof track;
    ck_assert_int_eq(ltrec_predictor_run(p, &track.track, factor, NULL, NULL),
                     LTREC_OK);
    ck_assert_mem_eq(factor, wanted, sizeof factor);
    track.of_tomorrow = factor;
    ck_assert_int_eq(ltrec_predictor_run(p, &track.track, factor, NULL, NULL),
                     LTREC_ERR_UNSUPPORTED);
    track.track.size = 0;
    ck_assert_int_eq(ltrec_predictor_run(p, &track.track, factor, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_free(p);
    newer.of_tomorrow = 1;
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, model, &newer.options, &p, NULL),
        LTREC_ERR_UNSUPPORTED);
    ck_assert_ptr_null(p);
    ltrec_predictor_options_init(
        &older, offsetof(ltrec_predictor_options, full_track));
    older.full_track = 77; /* not theirs, and not to be read */
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, &older, &p, NULL),
                     LTREC_OK);
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(arguments_that_are_missing_are_refused)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1), *none = p;
    ltrec_track track = small_track(&store, 1, FUSABLE);
    ltrec_predictor_options options;
    float factor[SMALL_RANK];

    ck_assert_int_eq(ltrec_predictor_run(NULL, &track, factor, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_run(p, NULL, factor, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, NULL, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_attributes(p, &track, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_predictor_create(NULL, model, NULL, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(ltrec_predictor_create(ctx, NULL, NULL, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_options_init(&options, sizeof options);
    options.branches = 128;
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, &options, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_options_init(&options, sizeof options);
    options.precision = 2;
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, &options, &none, NULL),
                     LTREC_ERR_ARGUMENT);
    ltrec_predictor_free(p);
    ltrec_predictor_free(NULL);
}
END_TEST

START_TEST(a_prediction_allocates_nothing)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_track track = small_track(&store, 1, FUSABLE & ~LTREC_BRANCH_MLG);
    float factor[SMALL_RANK], confidence, heard[SMALL_ATTRIBUTES];
    ltrec_context *counting;
    ltrec_predictor *p;

    ck_assert_int_eq(failing_context(&memory, &counting), LTREC_OK);
    ck_assert_int_eq(ltrec_predictor_create(counting, model, NULL, &p, NULL),
                     LTREC_OK);
    memory.until_failure = 0;
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(
            ltrec_predictor_run(p, &track, factor, &confidence, NULL),
            LTREC_OK);
        ck_assert_int_eq(ltrec_predictor_attributes(p, &track, heard, NULL),
                         LTREC_OK);
    }
    ck_assert_int_eq(memory.until_failure, 0);
    ltrec_predictor_free(p);
    ltrec_context_free(counting);
    ck_assert_int_eq(memory.live, 0);
}
END_TEST

START_TEST(a_predictor_keeps_its_model_and_context)
{
    struct failing_memory memory = {.until_failure = -1};
    ltrec_track track = small_track(&store, 1, FUSABLE);
    float factor[SMALL_RANK];
    ltrec_context *other;
    ltrec_model *m;
    ltrec_predictor *p;

    ck_assert_int_eq(failing_context(&memory, &other), LTREC_OK);
    m = small_model(other);
    ck_assert_int_eq(ltrec_predictor_create(other, m, NULL, &p, NULL),
                     LTREC_OK);
    ltrec_context_free(other);
    ltrec_model_free(m);
    ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                     LTREC_OK);
    ltrec_predictor_free(p);
    ck_assert_int_eq(memory.live, 0);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    ltrec_track track = small_track(&store, 1, FUSABLE & ~LTREC_BRANCH_MLG);
    float wanted[SMALL_RANK], sure = run(LTREC_BRANCH_ALL, 1, &track, wanted);

    for (uint32_t threads = 2; threads <= 4; threads += 2) {
        ltrec_context *many = context_with(LTREC_KERNELS_AUTO, threads);
        float factor[SMALL_RANK], confidence;
        ltrec_predictor *p;

        ck_assert_int_eq(ltrec_predictor_create(many, model, NULL, &p, NULL),
                         LTREC_OK);
        ck_assert_int_eq(
            ltrec_predictor_run(p, &track, factor, &confidence, NULL),
            LTREC_OK);
        ck_assert_mem_eq(factor, wanted, sizeof factor);
        ck_assert_mem_eq(&confidence, &sure, sizeof sure);
        ltrec_predictor_free(p);
        ltrec_context_free(many);
    }
}
END_TEST

/* What one track leaves behind must not show in the next one's answer. */
START_TEST(a_predictor_has_no_memory_of_other_tracks)
{
    ltrec_predictor *p = predictor_of(LTREC_BRANCH_ALL, 1);

    for (uint32_t known = 1; known <= FUSABLE; known++) {
        ltrec_track track = small_track(&store, 50, FUSABLE);
        float factor[SMALL_RANK], alone[SMALL_RANK], confidence, sure;

        ck_assert_int_eq(ltrec_predictor_run(p, &track, factor, NULL, NULL),
                         LTREC_OK);
        track = small_track(&store, known, known);
        track.n_frames = known % 2 ? 1 : SMALL_FRAMES;
        ck_assert_int_eq(
            ltrec_predictor_run(p, &track, factor, &confidence, NULL),
            LTREC_OK);
        sure = run(LTREC_BRANCH_ALL, 1, &track, alone);
        ck_assert_mem_eq(factor, alone, sizeof alone);
        ck_assert_float_eq(confidence, sure);
    }
    ltrec_predictor_free(p);
}
END_TEST

START_TEST(every_allocation_of_a_predictor_may_fail)
{
    long n = 0;
    int status;

    do {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *failing;
        ltrec_predictor *p;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        memory.until_failure = n;
        status = ltrec_predictor_create(failing, model, NULL, &p, NULL);
        ck_assert((p != NULL) == (status == LTREC_OK));
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ltrec_predictor_free(p);
        ltrec_context_free(failing);
        ck_assert_int_eq(memory.live, 0);
        ck_assert_int_lt(n++, 300);
        /* Warming up may do without; then none of the rest failed. */
    } while (status != LTREC_OK || n < 100);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, any_subset_of_inputs_gives_a_unit_factor);
    tcase_add_test(tests, a_branch_is_used_where_its_input_is_known);
    tcase_add_test(tests, nothing_known_is_an_error_and_writes_nothing);
    tcase_add_test(tests, a_missing_attribute_is_neither_0_nor_1);
    tcase_add_test(tests, values_out_of_their_range_are_named);
    tcase_add_test(tests,
                   what_a_person_says_beats_what_is_heard_value_by_value);
    tcase_add_test(tests, sound_without_frames_or_with_too_many_is_refused);
    tcase_add_test(tests, numbers_that_overflow_inside_are_an_error);
    tcase_add_test(tests, a_prediction_of_no_length_is_an_error);
    tcase_add_test(tests, names_are_found_and_others_are_not);
    tcase_add_test(tests, questions_about_no_model_have_answers);
    tcase_add_test(tests, a_full_track_is_the_mean_of_its_unit_patches);
    tcase_add_test(
        tests, the_cosine_of_a_track_is_that_of_its_patches_over_agreement);
    tcase_add_test(tests, one_patch_is_the_one_in_the_middle);
    tcase_add_test(
        tests,
        a_track_shorter_than_the_reach_is_filled_up_with_its_lowest_level);
    tcase_add_test(tests, silence_is_nothing_to_be_sure_of);
    tcase_add_test(tests, what_the_head_hears_is_what_mlg_works_on);
    tcase_add_test(tests, a_model_without_a_head_hears_no_attributes);
    tcase_add_test(
        tests, without_a_fusion_branches_weigh_what_they_were_validated_at);
    tcase_add_test(tests,
                   a_fusion_asked_for_alone_takes_the_branches_it_is_over);
    tcase_add_test(tests, older_and_newer_callers_are_understood);
    tcase_add_test(tests, arguments_that_are_missing_are_refused);
    tcase_add_test(tests, a_prediction_allocates_nothing);
    tcase_add_test(tests, a_predictor_keeps_its_model_and_context);
    tcase_add_test(tests, threads_do_not_change_a_bit);
    tcase_add_test(tests, a_predictor_has_no_memory_of_other_tracks);
    tcase_add_test(tests, every_allocation_of_a_predictor_may_fail);
}

int main(void)
{
    return check_run("model", add_tests);
}
