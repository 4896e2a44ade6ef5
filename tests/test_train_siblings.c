/*
 * test_train_siblings.c - the artist's other tracks
 */
#include "train_lab.h"

static struct ltr_siblings siblings_of(const struct lab *lab)
{
    const struct ltr_lesson lesson = {.ctx = ctx,
                                      .dataset = lab->dataset,
                                      .targets = lab->factors,
                                      .options = &quick,
                                      .rank = TOY_RANK};
    struct ltr_siblings siblings;

    ck_assert_int_eq(ltr_siblings_create(&lesson, &siblings), LTREC_OK);
    return siblings;
}

START_TEST(the_artist_of_a_track_is_its_other_tracks)
{
    struct lab lab;
    struct ltr_siblings siblings;

    toy_make(&toy, 40, LTREC_BRANCH_ARTIST, 0, 3);
    toy.artists[39] = 0;    /* of nobody */
    toy.artists[38] = 1000; /* the only one */
    toy.plays[4] = 0;       /* as long as its prior */
    memset(toy.factors[0], 0, sizeof toy.factors[0]); /* has no target */
    lab = lab_in(ctx);
    siblings = siblings_of(&lab);
    for (size_t i = 0; i < toy.n; i++) {
        double sum[TOY_RANK] = {0}, logs = 0;
        uint32_t count = 0, played = 0;

        for (size_t j = 0; j < toy.n; j++) {
            float unit[TOY_RANK];

            if (j == i || j == 0 || toy.artists[i] == 0 ||
                toy.artists[j] != toy.artists[i])
                continue;
            ltr_unit_forward(toy.factors[j], TOY_RANK, unit);
            for (size_t k = 0; k < TOY_RANK; k++)
                sum[k] += (double)unit[k];
            count++;
            if (j == 4)
                continue;
            logs += log((double)ltrec_factors_norms(lab.factors)[j]);
            played++;
        }
        ck_assert_uint_eq(siblings.counts[i], count);
        for (size_t k = 0; k < TOY_RANK; k++)
            ck_assert_double_eq_tol((double)siblings.means[i * TOY_RANK + k],
                                    count ? sum[k] / count : 0, 1e-6);
        ck_assert_double_eq_tol((double)siblings.lengths[i],
                                played ? exp(logs / played) : 0, 1e-5);
    }
    ck_assert_uint_eq(siblings.counts[0], 3);
    ck_assert_uint_eq(siblings.counts[1], 2);
    ck_assert_uint_eq(siblings.counts[38], 0);
    ck_assert_uint_eq(siblings.counts[39], 0);
    ltr_siblings_free(ctx, &siblings);
    lab_free(&lab);
}
END_TEST

/* Tracks 0, 1 and 39 are copies, the last by another artist. */
START_TEST(the_artist_of_a_track_is_not_its_copies)
{
    struct lab lab;
    struct ltr_siblings apart, copies;

    toy_make(&toy, 40, LTREC_BRANCH_ARTIST, 0, 3);
    lab = lab_in(ctx);
    apart = siblings_of(&lab);
    lab.dataset->tracks[0].recording = lab.dataset->tracks[1].recording = 7;
    lab.dataset->tracks[39].recording = 7;
    copies = siblings_of(&lab);
    for (size_t i = 0; i < 40; i++) {
        float unit[2][TOY_RANK];

        ck_assert_uint_eq(copies.counts[i], i < 2 ? 2 : 3);
        for (size_t j = 0; j < 2; j++)
            ltr_unit_forward(toy.factors[2 + j], TOY_RANK, unit[j]);
        if (i < 2)
            ck_assert_double_eq_tol(
                (double)copies.lengths[i],
                sqrt((double)ltrec_factors_norms(lab.factors)[2] *
                     (double)ltrec_factors_norms(lab.factors)[3]),
                1e-5);
        else
            ck_assert_float_eq_tol(copies.lengths[i], apart.lengths[i], 1e-5f);
        for (size_t k = 0; k < TOY_RANK; k++)
            if (i < 2)
                ck_assert_double_eq_tol(
                    (double)copies.means[i * TOY_RANK + k],
                    ((double)unit[0][k] + (double)unit[1][k]) / 2, 1e-6);
            else
                ck_assert_float_eq(copies.means[i * TOY_RANK + k],
                                   apart.means[i * TOY_RANK + k]);
    }
    ltr_siblings_free(ctx, &apart);
    ltr_siblings_free(ctx, &copies);
    lab_free(&lab);
}
END_TEST

/* Every factor is made as long as its artist's fame, e^(z / 2), and its own
 * luck let it be. */
static void set_lengths(float fame, float luck)
{
    for (size_t i = 0; i < toy.n; i++) {
        float unit[TOY_RANK];
        float log_length = fame * ltr_random_normal(1, 1, toy.artists[i]) / 2 +
                           luck * ltr_random_normal(1, 2, i) / 2;

        ltr_unit_forward(toy.factors[i], TOY_RANK, unit);
        for (size_t k = 0; k < TOY_RANK; k++)
            toy.factors[i][k] = 3 * unit[k] * expf(log_length);
    }
}

static ltrec_model *taught(float fame, float luck)
{
    struct lab lab;
    ltrec_train_report report;
    ltrec_model *model;

    toy_make(&toy, 200, LTREC_BRANCH_ARTIST, 0, 3);
    set_lengths(fame, luck);
    lab = lab_in(ctx);
    quick.epochs = 1; /* lengths do not take any */
    model = teach(&lab, LTREC_BRANCH_ARTIST, NULL, &report);
    lab_free(&lab);
    return model;
}

/* How long a track is expected to be whose artist's three others are so many
 * times as long as usual, in units of what is usual. */
static double expected(const ltrec_model *model, double times)
{
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    track.artist_tracks = 3;
    track.artist_length = times * (double)model->branches[LTR_ARTIST]->usual;
    return (double)ltrec_model_length(model, &track) /
           (double)ltrec_model_norm(model);
}

START_TEST(a_track_is_expected_to_be_as_long_as_its_artists_others)
{
    ltrec_model *known = taught(1, 0), *half = taught(1, 1);
    ltrec_model *luck = taught(0, 1), *equal = taught(0, 0);

    /* Half of 2^(3/4) in logarithms, 3/4 for three tracks being few; what fits
     * all of it is the least bit more. */
    ck_assert_double_eq_tol(expected(known, 2), pow(2, 0.375), 1e-3);
    /* Of three others the mean has 1 of the artist's to 1/3 of luck. */
    ck_assert_double_eq_tol(expected(half, 2), pow(2, 0.375), 0.08);
    ck_assert_double_le(expected(luck, 2), pow(2, 0.08));
    ck_assert_double_ge(expected(luck, 2), 1);
    ck_assert_double_eq_tol(expected(equal, 2), 1, 1e-3);
    ck_assert_double_eq_tol(expected(known, 1), 1, 1e-6);
    ck_assert_double_lt(expected(known, 0.5), 1);
    ltrec_model_free(known);
    ltrec_model_free(half);
    ltrec_model_free(luck);
    ltrec_model_free(equal);
}
END_TEST

/* A fusion over the artist alone has nothing to say of single tracks. */
START_TEST(a_fusion_leaves_out_tracks_of_which_it_hears_nothing)
{
    struct lab lab;
    ltrec_train_report report;
    ltrec_model *model;

    toy_make(&toy, 60, LTREC_BRANCH_ARTIST, 0, 3);
    for (size_t i = 0; i < 10; i++)
        toy.artists[i] = 1000 + i;
    lab = lab_in(ctx);
    quick.epochs = 1;
    model = teach(&lab, LTREC_BRANCH_ARTIST, NULL, &report);
    /* Tracks 8 and 9 leave 10 and 11 behind, who have each other. */
    ck_assert_uint_eq(report.n_train + report.n_validation, 50);
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, &report);
    ck_assert_uint_eq(report.n_train + report.n_validation, 50);
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_artist_of_a_track_is_its_other_tracks);
    tcase_add_test(tests, the_artist_of_a_track_is_not_its_copies);
    tcase_add_test(tests,
                   a_track_is_expected_to_be_as_long_as_its_artists_others);
    tcase_add_test(tests,
                   a_fusion_leaves_out_tracks_of_which_it_hears_nothing);
}

int main(void)
{
    return check_run("train siblings", add_tests);
}
