/*
 * test_train_sound.c - training on sound: the audio branch, the head that
 * hears attributes, and MLG on what heads hear of tracks they do not know
 */
#include "check_run.h"

#include <math.h>

#include "sound_lab.h"
#include "temp_file.h"
#include "train/listening.h"

/* ---- Learning ----------------------------------------------------------- */

START_TEST(audio_learns_what_sound_tells)
{
    ck_assert_double_lt(audio_report.validation_loss, 0.4);
    ck_assert_uint_eq(ltrec_model_branches(audio), LTREC_BRANCH_AUDIO);
}
END_TEST

/* Of a single frame, shorter than the reach, and just past it. */
START_TEST(short_tracks_are_learnt_from_too)
{
    static float mel[TOY_FRAMES * TOY_BANDS];
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_dataset *own = dataset;
    ltrec_train_report r = {.size = sizeof r};
    ltrec_model *model;

    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &dataset, NULL), LTREC_OK);
    for (size_t i = 0; i < 24; i++) {
        float attributes[TOY_ATTRIBUTES];
        ltrec_track track;

        toy_mel(&toy, i, mel);
        ltrec_track_init(&track, sizeof track);
        track.mel = mel;
        track.n_frames = 1 + i * (TOY_FRAMES - 1) / 23;
        memcpy(attributes, toy.attributes[i], sizeof attributes);
        attributes[i % TOY_ATTRIBUTES] = NAN;
        track.attributes = attributes;
        ck_assert_int_eq(ltrec_dataset_add(dataset, toy.ids[i], toy.artists[i],
                                           &track, NULL),
                         LTREC_OK);
    }
    quick.epochs = 2;
    quick.patches = 3;
    model = teach(LTREC_BRANCH_AUDIO, NULL, &r);
    ck_assert_uint_eq(r.n_train + r.n_validation, 24);
    model = teach_more(LTREC_BRANCH_HEAD, model);
    model = teach_more(LTREC_BRANCH_FUSION, model);
    ck_assert(isfinite(ltrec_model_validation(model, LTREC_BRANCH_HEAD)));
    ltrec_model_free(model);
    ltrec_dataset_free(dataset);
    dataset = own;
}
END_TEST

/* The toy's tracks, levelled out beforehand where `floor` is not 0. */
static ltrec_dataset *levelled(float floor, int32_t level)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_dataset *made;

    frontend.level = level;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &made, NULL), LTREC_OK);
    for (size_t i = 0; i < TRACKS; i++) {
        float mel[TOY_FRAMES * TOY_BANDS];
        ltrec_track track;

        ltrec_track_init(&track, sizeof track);
        toy_mel(&toy, i, mel);
        for (size_t j = 0; j < sizeof mel / sizeof *mel; j++)
            mel[j] = ltr_soft_level(mel[j], floor);
        track.mel = mel;
        track.n_frames = TOY_FRAMES;
        ck_assert_int_eq(
            ltrec_dataset_add(made, toy.ids[i], toy.artists[i], &track, NULL),
            LTREC_OK);
    }
    return made;
}

/* Scales, linear path and first losses are those of sound levelled out, to
 * what 16 bits a level leave. */
START_TEST(what_a_soft_floor_hides_is_not_learnt_from)
{
    ltrec_dataset *own = dataset, *sounds[2] = {NULL, NULL};
    ltrec_train_report r[2] = {{.size = sizeof r[0]}, {.size = sizeof r[1]}};
    ltrec_model *models[2];

    quick.epochs = 1;
    quick.linear = LTREC_LINEAR_RIDGE;
    for (int i = 0; i < 2; i++) {
        dataset = sounds[i] = levelled(i == 0 ? 45.0f : 0.0f, LTREC_LEVEL_DB);
        quick.soft_floor = i == 0 ? 0.0f : 45.0f;
        models[i] = teach(LTREC_BRANCH_AUDIO, NULL, &r[i]);
    }
    for (size_t b = 0; b < TOY_BANDS; b++) {
        const struct ltr_branch *x = models[0]->branches[LTR_AUDIO];
        const struct ltr_branch *y = models[1]->branches[LTR_AUDIO];

        ck_assert_float_eq_tol(x->mean[b], y->mean[b], 1e-2f);
        ck_assert_float_eq_tol(x->scale[b] / y->scale[b], 1, 1e-2f);
    }
    ck_assert_double_eq_tol(r[0].train_loss, r[1].train_loss, 1e-2);
    ck_assert_float_eq(models[1]->branches[LTR_AUDIO]->soft_floor, 45);
    for (int i = 0; i < 2; i++) {
        ltrec_model_free(models[i]);
        ltrec_dataset_free(sounds[i]);
    }
    dataset = own;
}
END_TEST

START_TEST(a_soft_floor_is_for_levels_in_db)
{
    ltrec_dataset *power = levelled(0, LTREC_LEVEL_NONE);
    ltrec_model *model;
    ltrec_error err;

    quick.soft_floor = 50;
    ck_assert_int_eq(ltrec_train(ctx, power, factors, LTREC_BRANCH_AUDIO, NULL,
                                 &quick, &model, NULL, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "soft_floor"));
    ltrec_dataset_free(power);
}
END_TEST

START_TEST(a_head_learns_to_hear_attributes)
{
    ltrec_model *model = teach(LTREC_BRANCH_HEAD, audio, NULL);
    double loss = ltrec_model_validation(model, LTREC_BRANCH_HEAD);
    ltrec_frontend_options frontend;
    ltrec_frontend *f;
    ltrec_predictor *p;

    /* Knowing nothing costs log(2) = 0.69 an attribute. */
    ck_assert_double_lt(loss, 0.5);
    ck_assert_int_eq(ltrec_model_frontend(model, &frontend, sizeof frontend),
                     LTREC_OK);
    ck_assert_uint_eq(frontend.bands, TOY_BANDS);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &frontend, &f, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_model_feature_version(model),
                      ltrec_frontend_version(f));
    ltrec_frontend_free(f);
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, NULL, &p, NULL),
                     LTREC_OK);
    ltrec_predictor_free(p);
    ltrec_model_free(model);
}
END_TEST

START_TEST(mlg_learns_from_what_is_heard)
{
    ltrec_model *model = teach(LTREC_BRANCH_HEAD, audio, NULL);

    model = teach_more(LTREC_BRANCH_MLG, model);
    ck_assert_double_gt(ltrec_model_validation(model, LTREC_BRANCH_MLG), 0.5);
    ck_assert_int_eq(model->branches[LTR_MLG]->from_head, 1);
    ck_assert_uint_eq(ltrec_model_vocabulary(model, LTREC_BRANCH_MLG),
                      TOY_ATTRIBUTES);
    ltrec_model_free(model);
}
END_TEST

/* ---- Heard by others ---------------------------------------------------- */

struct answers {
    struct ltr_sample wanted;
    struct ltr_matrix heard;
};

/* What heads say of a dataset in which row `odd` has other attributes. */
static struct answers answers_with(const ltrec_model *model, size_t odd)
{
    const float others[TOY_ATTRIBUTES] = {1, 0, NAN, 0.5f, 0.5f};
    struct ltr_lesson lesson = {.ctx = ctx,
                                .targets = factors,
                                .base = model,
                                .options = &quick,
                                .rank = TOY_RANK};
    static struct toy changed;
    struct answers answers;
    ltrec_dataset *d;

    changed = toy;
    if (odd < TRACKS)
        memcpy(changed.attributes[odd], others, sizeof others);
    ck_assert_int_eq(toy_dataset(&changed, ctx, &d), LTREC_OK);
    lesson.dataset = d;
    ck_assert_int_eq(
        ltr_hear_by_others(&lesson, &answers.wanted, &answers.heard),
        LTREC_OK);
    ltrec_dataset_free(d);
    return answers;
}

static void answers_free(struct answers *answers)
{
    ltr_sample_free(&answers->wanted);
    ltr_free(ctx, answers->heard.rows);
}

START_TEST(what_is_heard_of_a_track_does_not_know_its_attributes)
{
    ltrec_model *model;
    struct answers plain;
    size_t most = 0;

    quick.epochs = 3;
    model = teach(LTREC_BRANCH_HEAD, audio, NULL);
    plain = answers_with(model, SIZE_MAX);
    for (size_t odd = 0; odd < TRACKS; odd += 23) {
        struct answers other = answers_with(model, odd);
        size_t changed = 0, bytes = other.heard.width * sizeof(float);

        ck_assert_uint_eq(other.wanted.n, plain.wanted.n);
        for (size_t i = 0; i < other.wanted.n; i++) {
            size_t row = other.wanted.rows[i];
            int same =
                memcmp(other.heard.rows + i * other.heard.width,
                       plain.heard.rows + i * plain.heard.width, bytes) == 0;

            /* Not its own, nor those of its artist's other tracks. */
            if (toy.artists[row] == toy.artists[odd])
                ck_assert(same);
            changed += !same;
        }
        ck_assert_uint_lt(changed, TRACKS);
        most = changed > most ? changed : most;
        answers_free(&other);
    }
    /* But the two other folds have heard of it, unless it was kept back. */
    ck_assert_uint_gt(most, TRACKS / 3);
    answers_free(&plain);
    ltrec_model_free(model);
}
END_TEST

START_TEST(every_wanted_track_is_heard)
{
    ltrec_model *model;
    struct answers answers;

    quick.epochs = 1;
    model = teach(LTREC_BRANCH_HEAD, audio, NULL);
    answers = answers_with(model, SIZE_MAX);
    ck_assert_uint_eq(answers.wanted.n, TRACKS);
    for (size_t i = 0; i < TRACKS * TOY_ATTRIBUTES; i++)
        ck_assert(answers.heard.rows[i] > 0 && answers.heard.rows[i] < 1);
    answers_free(&answers);
    ltrec_model_free(model);
}
END_TEST

/* What heads heard is in no file, so it is heard again: a fusion comes out the
 * same.  So it is where MLG has kept it of some tracks alone. */
START_TEST(a_fusion_hears_again_what_mlg_has_not_kept)
{
    struct temp_file file = temp_file_of("");
    ltrec_model *model, *fresh, *loaded, *again;
    struct ltr_branch *a, *b, *mlg;

    quick.epochs = 2;
    model = teach(LTREC_BRANCH_HEAD, audio, NULL);
    model = teach_more(LTREC_BRANCH_MLG, model);
    fresh = teach(LTREC_BRANCH_FUSION, model, NULL);
    a = fresh->branches[LTR_FUSION];
    mlg = model->branches[LTR_MLG];
    for (int i = 0; i < 2; i++) {
        if (i == 0) {
            ck_assert_int_eq(ltrec_model_save(model, file.path, NULL),
                             LTREC_OK);
            ck_assert_int_eq(ltrec_model_load(ctx, file.path, &loaded, NULL),
                             LTREC_OK);
            ck_assert_uint_eq(loaded->branches[LTR_MLG]->n_heard, 0);
        } else {
            loaded = ltr_model_ref(model);
            mlg->n_heard -= 5;
        }
        again = teach(LTREC_BRANCH_FUSION, loaded, NULL);
        b = again->branches[LTR_FUSION];
        ck_assert_mem_eq(a->parameters, b->parameters,
                         a->net.n_parameters * sizeof(float));
        ck_assert_mem_eq(a->stack, b->stack, sizeof a->stack);
        ltrec_model_free(again);
        ltrec_model_free(loaded);
    }
    ltrec_model_free(fresh);
    ltrec_model_free(model);
    temp_file_remove(&file);
}
END_TEST

/* ---- What stands on what ------------------------------------------------ */

START_TEST(a_new_branch_takes_down_what_stood_on_the_old_one)
{
    const uint32_t vectors =
        LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE | LTREC_BRANCH_ARTIST;
    const uint32_t fused = LTREC_BRANCH_ALL - LTREC_BRANCH_FUSION;
    const struct {
        uint32_t branch, left;
    } cases[] = {
        {LTREC_BRANCH_AUDIO, LTREC_BRANCH_AUDIO | vectors},
        {LTREC_BRANCH_HEAD, LTREC_BRANCH_AUDIO | LTREC_BRANCH_HEAD | vectors},
        {LTREC_BRANCH_MLG, fused},
        {LTREC_BRANCH_MGP, fused},
        {LTREC_BRANCH_GENRE, fused},
        {LTREC_BRANCH_ARTIST, fused},
        {LTREC_BRANCH_FUSION, LTREC_BRANCH_ALL},
    };

    quick.epochs = 1;
    ck_assert_uint_eq(ltrec_model_branches(all), LTREC_BRANCH_ALL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ltrec_model *model = teach(cases[i].branch, all, NULL);

        ck_assert_msg(ltrec_model_branches(model) == cases[i].left,
                      "%s: %u left", ltr_branch_names[i],
                      (unsigned)ltrec_model_branches(model));
        /* What is kept is shared, not copied. */
        for (size_t place = 0; place < LTR_BRANCHES; place++)
            if (model->branches[place] &&
                place != ltr_branch_place(cases[i].branch))
                ck_assert_ptr_eq(model->branches[place], all->branches[place]);
        ltrec_model_free(model);
    }
}
END_TEST

START_TEST(a_fusion_falls_only_with_a_branch_it_is_over)
{
    ltrec_model *model = teach(LTREC_BRANCH_MGP, audio, NULL), *other;

    quick.epochs = 1;
    model = teach_more(LTREC_BRANCH_GENRE, model);
    quick.fuse = LTREC_BRANCH_AUDIO | LTREC_BRANCH_GENRE;
    model = teach_more(LTREC_BRANCH_FUSION, model);
    other = teach(LTREC_BRANCH_MGP, model, NULL);
    ck_assert_ptr_nonnull(other->branches[LTR_FUSION]);
    ltrec_model_free(other);
    other = teach(LTREC_BRANCH_GENRE, model, NULL);
    ck_assert_ptr_null(other->branches[LTR_FUSION]);
    ltrec_model_free(other);
    ltrec_model_free(model);
}
END_TEST

START_TEST(a_fusion_over_mlg_wants_the_attributes_it_hears)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_dataset *own = dataset;
    ltrec_model *out;
    ltrec_error err;

    o.n_attributes = 2;
    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &dataset, NULL), LTREC_OK);
    for (size_t t = 0; t < 40; t++)
        ck_assert_int_eq(toy_add_track(&toy, t, dataset, NULL), LTREC_OK);
    quick.fuse = LTREC_BRANCH_AUDIO | LTREC_BRANCH_MLG;
    ck_assert_int_eq(ltrec_train(ctx, dataset, factors, LTREC_BRANCH_FUSION,
                                 all, &quick, &out, NULL, &err),
                     LTREC_ERR_MISMATCH);
    ck_assert_ptr_nonnull(strstr(err.message, "MLG"));
    ltrec_dataset_free(dataset);
    dataset = own;
}
END_TEST

START_TEST(sound_of_another_front_end_is_refused)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    ltrec_dataset *own = dataset;
    ltrec_error err;

    for (int i = 0; i < 2; i++) {
        ltrec_model *out;

        frontend.bands = i == 0 ? TOY_BANDS - 1 : TOY_BANDS;
        frontend.hop = 512;
        ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &dataset, NULL),
                         LTREC_OK);
        for (size_t t = 0; t < 20; t++)
            ck_assert_int_eq(toy_add_track(&toy, t, dataset, NULL), LTREC_OK);
        ck_assert_int_eq(ltrec_train(ctx, dataset, factors, LTREC_BRANCH_HEAD,
                                     audio, &quick, &out, NULL, &err),
                         LTREC_ERR_MISMATCH);
        ck_assert_ptr_nonnull(strstr(err.message, "front end"));
        ck_assert_int_eq(ltrec_train(ctx, dataset, factors,
                                     LTREC_BRANCH_FUSION, audio, &quick, &out,
                                     NULL, &err),
                         LTREC_ERR_MISMATCH);
        ltrec_dataset_free(dataset);
    }
    dataset = own;
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_checked_fixture(tests, settle, NULL);
    tcase_add_test(tests, audio_learns_what_sound_tells);
    tcase_add_test(tests, short_tracks_are_learnt_from_too);
    tcase_add_test(tests, what_a_soft_floor_hides_is_not_learnt_from);
    tcase_add_test(tests, a_soft_floor_is_for_levels_in_db);
    tcase_add_test(tests, a_head_learns_to_hear_attributes);
    tcase_add_test(tests, mlg_learns_from_what_is_heard);
    tcase_add_test(tests, a_fusion_hears_again_what_mlg_has_not_kept);
    tcase_add_test(tests, a_fusion_over_mlg_wants_the_attributes_it_hears);
    tcase_add_test(tests,
                   what_is_heard_of_a_track_does_not_know_its_attributes);
    tcase_add_test(tests, every_wanted_track_is_heard);
    tcase_add_test(tests, a_new_branch_takes_down_what_stood_on_the_old_one);
    tcase_add_test(tests, a_fusion_falls_only_with_a_branch_it_is_over);
    tcase_add_test(tests, sound_of_another_front_end_is_refused);
}

int main(void)
{
    return check_run("train_sound", add_tests);
}
