/*
 * test_kept_back.c - the branches of a model keep back the same tracks, and it
 * knows which
 */
#include "train_lab.h"

#include <stddef.h>

#include "train/train_parts.h"

static ltrec_branch_training training_of(const ltrec_model *model,
                                         uint32_t branch)
{
    ltrec_branch_training t;

    ck_assert_int_eq(ltrec_model_training(model, branch, &t, sizeof t),
                     LTREC_OK);
    ck_assert_uint_eq(t.size, sizeof t);
    return t;
}

/* The rows that the next training would keep back of what has attributes. */
static size_t kept_back(const struct lab *lab, const ltrec_model *base,
                        uint32_t *rows)
{
    ltrec_error err = {0};
    struct ltr_lesson lesson = {.ctx = ctx,
                                .dataset = lab->dataset,
                                .targets = lab->factors,
                                .options = &quick,
                                .err = &err};
    struct ltr_sample sample;
    size_t n;

    lesson.keeping =
        ltr_keeping_of(lab->dataset, &quick, base ? base->branches : NULL);
    ck_assert_int_eq(ltr_sample_attributes(&lesson, &sample), LTREC_OK);
    n = sample.n - sample.n_train;
    memcpy(rows, sample.rows + sample.n_train, n * sizeof *rows);
    ltr_sample_free(&sample);
    return n;
}

static void forget_artists(struct lab *lab)
{
    for (size_t i = 0; i < toy.n; i++)
        lab->dataset->tracks[i].artist = 0;
}

/* ---- Which -------------------------------------------------------------- */

START_TEST(those_that_join_keep_back_what_the_first_did)
{
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE, 1);
    uint32_t first[200], others[200], joined[200];
    size_t n = kept_back(&lab, NULL, first);
    ltrec_model *model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ltrec_train_report report;
    ltrec_branch_training t;

    quick.seed = 9;
    quick.split = LTREC_SPLIT_TRACK;
    quick.validation = 0.1f;
    ck_assert(kept_back(&lab, NULL, others) != n ||
              memcmp(others, first, n * sizeof *first) != 0);
    ck_assert_uint_eq(kept_back(&lab, model, joined), n);
    ck_assert_mem_eq(joined, first, n * sizeof *first);

    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, &report);
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, &report);
    for (uint32_t bit = LTREC_BRANCH_MGP; bit <= LTREC_BRANCH_FUSION;
         bit <<= 1)
        if (ltrec_model_branches(model) & bit) {
            t = training_of(model, bit);
            ck_assert_uint_eq(t.seed, 5);
            ck_assert_int_eq(t.split, LTREC_SPLIT_ARTIST);
            ck_assert_float_eq(t.validation, 0.25f);
        }
    ck_assert_uint_eq(t.tracks, report.n_train);
    ck_assert_uint_eq(t.validation_tracks, report.n_validation);
    ck_assert_uint_eq(t.validation_tracks,
                      training_of(model, LTREC_BRANCH_MGP).validation_tracks);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

START_TEST(the_order_of_adding_does_not_decide_who_is_kept_back)
{
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP, 1), backwards = lab;
    uint32_t rows[200], mirrored[200];
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    size_t n = kept_back(&lab, NULL, rows);

    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &backwards.dataset, NULL),
                     LTREC_OK);
    for (size_t i = toy.n; i-- > 0;)
        ck_assert_int_eq(toy_add_track(&toy, i, backwards.dataset, NULL),
                         LTREC_OK);
    ck_assert_uint_gt(n, 10);
    ck_assert_uint_eq(kept_back(&backwards, NULL, mirrored), n);
    for (size_t i = 0; i < n; i++)
        mirrored[i] = (uint32_t)toy.n - 1 - mirrored[i];
    qsort(mirrored, n, sizeof *mirrored, by_number);
    ck_assert_mem_eq(mirrored, rows, n * sizeof *rows);
    ltrec_dataset_free(backwards.dataset);
    lab_free(&lab);
}
END_TEST

/* What comes in its place need not do as it did. */
START_TEST(the_only_branch_is_replaced_by_one_of_other_options)
{
    struct lab lab = lab_of(50, LTREC_BRANCH_MGP, 0);
    ltrec_model *model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);

    if (_i) /* which goes with it */
        model = teach_more(&lab, LTREC_BRANCH_FUSION, model, NULL);
    quick.seed = 9;
    quick.split = LTREC_SPLIT_TRACK;
    model = teach_more(&lab, LTREC_BRANCH_MGP, model, NULL);
    ck_assert_uint_eq(training_of(model, LTREC_BRANCH_MGP).seed, 9);
    ck_assert_int_eq(training_of(model, LTREC_BRANCH_MGP).split,
                     LTREC_SPLIT_TRACK);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* ---- By what nobody says ------------------------------------------------ */

START_TEST(without_artists_each_track_is_on_its_own)
{
    struct lab lab = lab_of(50, LTREC_BRANCH_MGP, 0), named;
    ltrec_model *model;

    forget_artists(&lab);
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ck_assert_int_eq(training_of(model, LTREC_BRANCH_MGP).split,
                     LTREC_SPLIT_TRACK);
    named = lab_in(ctx);
    model = teach_more(&named, LTREC_BRANCH_GENRE, model, NULL);
    ck_assert_int_eq(training_of(model, LTREC_BRANCH_GENRE).split,
                     LTREC_SPLIT_TRACK);
    ltrec_model_free(model);
    lab_free(&lab);
    lab_free(&named);
}
END_TEST

/* Nothing better can be done then, and the model tells. */
START_TEST(where_the_dataset_knows_nothing_of_a_split_the_options_hold)
{
    static const int32_t splits[] = {LTREC_SPLIT_ARTIST, LTREC_SPLIT_ALBUM,
                                     LTREC_SPLIT_TIME};
    struct lab lab = lab_of(50, LTREC_BRANCH_MGP, 0);
    ltrec_model *model;

    for (size_t i = 0; i < toy.n; i++) {
        lab.dataset->tracks[i].album = 1 + i / 3;
        lab.dataset->tracks[i].released = 2000 + i;
    }
    quick.split = splits[_i];
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    lab_free(&lab);
    lab = lab_in(ctx);
    forget_artists(&lab);
    quick.split = LTREC_SPLIT_ARTIST;
    quick.seed = 9;
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    ck_assert_int_eq(training_of(model, LTREC_BRANCH_MGP).split, splits[_i]);
    ck_assert_int_eq(training_of(model, LTREC_BRANCH_GENRE).split,
                     LTREC_SPLIT_TRACK);
    ck_assert_uint_eq(training_of(model, LTREC_BRANCH_GENRE).seed, 9);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* ---- What a model tells ------------------------------------------------- */

START_TEST(of_a_branch_from_elsewhere_nothing_is_known)
{
    struct lab lab = lab_of(50, LTREC_BRANCH_MGP, 0);
    ltrec_model *model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    ltrec_branch_training t;

    model->branches[LTR_MGP]->training.tracks = 0;
    ck_assert_int_eq(
        ltrec_model_training(model, LTREC_BRANCH_MGP, &t, sizeof t),
        LTREC_ERR_STATE);
    ck_assert_int_eq(
        ltrec_model_training(model, LTREC_BRANCH_GENRE, &t, sizeof t),
        LTREC_ERR_STATE);
    quick.seed = 9;
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    ck_assert_uint_eq(training_of(model, LTREC_BRANCH_GENRE).seed, 9);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

START_TEST(older_and_newer_callers_get_what_they_know)
{
    struct lab lab = lab_of(50, LTREC_BRANCH_MGP, 0);
    ltrec_model *model = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    struct {
        ltrec_branch_training t;
        uint64_t more;
    } newer;
    ltrec_branch_training old;

    memset(&old, 7, sizeof old);
    ck_assert_int_eq(
        ltrec_model_training(model, LTREC_BRANCH_MGP, &old,
                             offsetof(ltrec_branch_training, seed)),
        LTREC_OK);
    ck_assert_uint_gt(old.tracks, 0);
    ck_assert_uint_eq(old.seed, UINT64_C(0x0707070707070707));
    memset(&newer, 7, sizeof newer);
    ck_assert_int_eq(
        ltrec_model_training(model, LTREC_BRANCH_MGP, &newer.t, sizeof newer),
        LTREC_OK);
    ck_assert_uint_eq(newer.t.seed, 5);
    ck_assert_uint_eq(newer.more, 0);
    ck_assert_int_eq(ltrec_model_training(model, LTREC_BRANCH_MGP, &old, 3),
                     LTREC_ERR_ARGUMENT);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, those_that_join_keep_back_what_the_first_did);
    tcase_add_test(tests,
                   the_order_of_adding_does_not_decide_who_is_kept_back);
    tcase_add_loop_test(
        tests, the_only_branch_is_replaced_by_one_of_other_options, 0, 2);
    tcase_add_test(tests, without_artists_each_track_is_on_its_own);
    tcase_add_loop_test(
        tests, where_the_dataset_knows_nothing_of_a_split_the_options_hold, 0,
        3);
    tcase_add_test(tests, of_a_branch_from_elsewhere_nothing_is_known);
    tcase_add_test(tests, older_and_newer_callers_get_what_they_know);
}

int main(void)
{
    return check_run("kept back", add_tests);
}
