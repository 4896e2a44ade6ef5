/*
 * test_train_sample.c - who is learnt from
 */
#include "train_lab.h"

/* ---- Who is learnt from ------------------------------------------------- */

static int everyone(const ltrec_dataset *dataset, size_t row, void *arg)
{
    (void)dataset;
    (void)row;
    (void)arg;
    return 1;
}

static struct ltr_sample sample_of(const struct lab *lab)
{
    struct ltr_sample sample;

    ck_assert_int_eq(ltr_sample_factors(lab->dataset, lab->factors, &quick,
                                        everyone, NULL, &sample, NULL),
                     LTREC_OK);
    return sample;
}

/* Artists with tracks on both sides of the split. */
static size_t count_torn(const struct lab *lab, const struct ltr_sample *s)
{
    size_t torn = 0;

    for (size_t i = s->n_train; i < s->n; i++)
        for (size_t j = 0; j < s->n_train; j++)
            if (lab->dataset->tracks[s->rows[i]].artist ==
                lab->dataset->tracks[s->rows[j]].artist) {
                torn++;
                break;
            }
    return torn;
}

START_TEST(a_split_by_artist_tears_no_artist_apart)
{
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP, 0);

    for (quick.seed = 0; quick.seed < 10; quick.seed++) {
        struct ltr_sample sample;

        quick.split = LTREC_SPLIT_ARTIST;
        sample = sample_of(&lab);
        ck_assert_uint_gt(sample.n, sample.n_train);
        ck_assert_uint_eq(count_torn(&lab, &sample), 0);
        ltr_sample_free(&sample);
        quick.split = LTREC_SPLIT_TRACK;
        sample = sample_of(&lab);
        ck_assert_uint_gt(count_torn(&lab, &sample), 0);
        ltr_sample_free(&sample);
    }
    lab_free(&lab);
}
END_TEST

/* Albums of two tracks each; released in the order of their numbers. */
START_TEST(albums_and_the_newest_are_kept_back_whole)
{
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP, 0);
    struct ltr_known *known = lab.dataset->tracks;
    struct ltr_sample s;
    size_t torn = 0;

    for (size_t i = 0; i < 200; i++) {
        known[i].album = 1 + i / 2;
        known[i].released = i < 100 ? 0 : 1900 + i / 2;
    }
    quick.split = LTREC_SPLIT_ALBUM;
    s = sample_of(&lab);
    ck_assert_uint_gt(s.n, s.n_train);
    for (size_t i = s.n_train; i < s.n; i++)
        for (size_t j = 0; j < s.n_train; j++)
            torn += known[s.rows[i]].album == known[s.rows[j]].album;
    ck_assert_uint_eq(torn, 0);
    ck_assert_uint_gt(count_torn(&lab, &s), 0);
    ltr_sample_free(&s);
    quick.split = LTREC_SPLIT_TIME;
    s = sample_of(&lab);
    ck_assert_uint_ge(s.n - s.n_train, 25); /* of a hundred known */
    ck_assert_uint_le(s.n - s.n_train, 26);
    for (size_t i = s.n_train; i < s.n; i++)
        for (size_t j = 0; j < s.n_train; j++)
            ck_assert_uint_gt(known[s.rows[i]].released,
                              known[s.rows[j]].released);
    ltr_sample_free(&s);
    lab_free(&lab);
}
END_TEST

/* How many that are kept back have a copy that is trained on. */
static size_t count_leaks(const struct lab *lab, const struct ltr_sample *s)
{
    const struct ltr_known *known = lab->dataset->tracks;
    size_t leaks = 0;

    for (size_t i = s->n_train; i < s->n; i++)
        for (size_t j = 0; j < s->n_train; j++)
            leaks +=
                known[s->rows[i]].recording != 0 &&
                known[s->rows[i]].recording == known[s->rows[j]].recording;
    return leaks;
}

/*
 * Every fifth track comes out again, half of the tracks further on, on another
 * album, by another spelling of the artist and forty years later.
 */
static void plant_copies(struct ltr_known *known, int told)
{
    for (size_t i = 0; i < 200; i++) {
        known[i].album = 1 + i / 2;
        known[i].released = 1900 + (i * 37) % 40 + (i < 100 ? 0 : 40);
        known[i].recording = told && i % 5 == 0 ? 1 + i % 100 : 0;
    }
    known[95].released = 0; /* the copy's will do */
}

START_TEST(no_recording_is_validated_on_by_a_copy_of_what_is_trained_on)
{
    static const int32_t splits[] = {LTREC_SPLIT_TRACK, LTREC_SPLIT_ARTIST,
                                     LTREC_SPLIT_ALBUM, LTREC_SPLIT_TIME};
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP, 0);

    for (size_t i = 0; i < 8; i++) {
        size_t torn = 0, leaks = 0;
        int told = i >= 4;

        plant_copies(lab.dataset->tracks, told);
        quick.split = splits[i % 4];
        for (quick.seed = 0; quick.seed < 10; quick.seed++) {
            struct ltr_sample s = sample_of(&lab);

            ck_assert_uint_gt(s.n, s.n_train);
            plant_copies(lab.dataset->tracks, 1);
            leaks += count_leaks(&lab, &s);
            plant_copies(lab.dataset->tracks, told);
            torn += count_torn(&lab, &s);
            ltr_sample_free(&s);
        }
        ck_assert(told ? leaks == 0 : leaks > 0);
        if (quick.split == LTREC_SPLIT_ARTIST)
            ck_assert_uint_eq(torn, 0);
    }
    lab_free(&lab);
}
END_TEST

START_TEST(copies_share_the_least_of_their_groups)
{
    struct lab lab = lab_of(200, LTREC_BRANCH_MGP, 0);
    const ltrec_dataset *d = lab.dataset;
    uint64_t groups[200], times[200];

    plant_copies(lab.dataset->tracks, 1);
    ck_assert_int_eq(ltr_dataset_groups(d, LTREC_SPLIT_TRACK, groups),
                     LTREC_OK);
    ck_assert_int_eq(ltr_dataset_first_times(d, times), LTREC_OK);
    for (size_t i = 0; i < 100; i++) {
        uint64_t a = d->ids[i], b = d->ids[i + 100];

        if (i % 5 == 0)
            a = b = a < b ? a : b;
        ck_assert_uint_eq(groups[i], a);
        ck_assert_uint_eq(groups[i + 100], b);
        ck_assert(times[i] >= 1900 &&
                  (times[i] == times[i + 100]) == (i % 5 == 0));
    }
    ck_assert_uint_ge(times[95], 1940);
    lab_free(&lab);
}
END_TEST

static ltrec_factors *with_variance(const ltrec_factors *from,
                                    const float *variance)
{
    ltrec_factors_options o;
    ltrec_factors *out;

    ltrec_factors_options_init(&o, sizeof o);
    o.variance = variance;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, ltrec_factors_count(from),
                             ltrec_factors_rank(from), ltrec_factors_ids(from),
                             ltrec_factors_vectors(from), &o, &out, NULL),
        LTREC_OK);
    return out;
}

START_TEST(targets_that_say_nothing_are_left_out)
{
    struct lab lab;
    struct ltr_sample sample;

    toy_make(&toy, 50, LTREC_BRANCH_MGP, 0, 3);
    memset(toy.factors[3], 0, sizeof toy.factors[3]);
    toy.plays[7] = 0;
    toy.plays[8] = 2;
    toy.plays[9] = 3;
    ck_assert_int_eq(toy_dataset(&toy, ctx, &lab.dataset), LTREC_OK);
    toy.n = 40; /* the last ten have no factors at all */
    ck_assert_int_eq(toy_factors(&toy, ctx, &lab.factors), LTREC_OK);
    quick.min_plays = 3;
    sample = sample_of(&lab);
    ck_assert_uint_eq(sample.n, 37);
    for (size_t i = 0; i < sample.n; i++) {
        size_t row = sample.rows[i];
        double plays = toy.plays[row], squares = 0;

        ck_assert(row < 40 && row != 3 && row != 7 && row != 8);
        ck_assert_double_eq_tol((double)sample.weights[i], plays / (plays + 3),
                                1e-7);
        for (size_t j = 0; j < TOY_RANK; j++)
            squares += (double)sample.targets[i * TOY_RANK + j] *
                       (double)sample.targets[i * TOY_RANK + j];
        ck_assert_double_eq_tol(squares, 1, 1e-6);
    }
    ltr_sample_free(&sample);
    quick.kappa = 0;
    quick.min_plays = 1;
    sample = sample_of(&lab);
    ck_assert_uint_eq(sample.n, 38);
    for (size_t i = 0; i < sample.n; i++)
        ck_assert_float_eq(sample.weights[i], 1);
    ltr_sample_free(&sample);
    lab_free(&lab);
}
END_TEST

START_TEST(targets_are_weighed_by_the_trust_in_them)
{
    struct lab lab = lab_of(50, LTREC_BRANCH_MGP, 0);
    ltrec_factors *plain = lab.factors;
    float variance[50];
    struct ltr_sample sample;
    ltrec_error err;

    quick.weighing = LTREC_WEIGHING_TRUST;
    ck_assert_int_eq(ltr_sample_factors(lab.dataset, plain, &quick, everyone,
                                        NULL, &sample, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "variance"));
    for (size_t i = 0; i < 50; i++)
        variance[i] = 0.1f * (float)i;
    lab.factors = with_variance(plain, variance);
    ltrec_factors_free(plain);
    sample = sample_of(&lab);
    ck_assert_uint_eq(sample.n, 50);
    for (size_t i = 0; i < sample.n; i++) {
        size_t at;
        double norm;

        ck_assert_int_eq(ltrec_factors_find(lab.factors,
                                            lab.dataset->ids[sample.rows[i]],
                                            &at),
                         LTREC_OK);
        norm = (double)ltrec_factors_norms(lab.factors)[at];
        ck_assert_double_eq_tol(
            (double)sample.weights[i],
            norm * norm /
                (norm * norm +
                 (double)ltrec_factors_variance(lab.factors)[at]),
            1e-6);
    }
    ltr_sample_free(&sample);
    lab_free(&lab);
}
END_TEST

/* ---- The artist's other tracks ------------------------------------------ */

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
    toy.artists[39] = 0;                              /* of nobody */
    toy.artists[38] = 1000;                           /* the only one */
    memset(toy.factors[0], 0, sizeof toy.factors[0]); /* has no target */
    lab = lab_in(ctx);
    siblings = siblings_of(&lab);
    for (size_t i = 0; i < toy.n; i++) {
        double sum[TOY_RANK] = {0};
        uint32_t count = 0;

        for (size_t j = 0; j < toy.n; j++) {
            float unit[TOY_RANK];

            if (j == i || j == 0 || toy.artists[i] == 0 ||
                toy.artists[j] != toy.artists[i])
                continue;
            ltr_unit_forward(toy.factors[j], TOY_RANK, unit);
            for (size_t k = 0; k < TOY_RANK; k++)
                sum[k] += (double)unit[k];
            count++;
        }
        ck_assert_uint_eq(siblings.counts[i], count);
        for (size_t k = 0; k < TOY_RANK; k++)
            ck_assert_double_eq_tol((double)siblings.means[i * TOY_RANK + k],
                                    count ? sum[k] / count : 0, 1e-6);
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
    tcase_add_test(tests, a_split_by_artist_tears_no_artist_apart);
    tcase_add_test(tests, albums_and_the_newest_are_kept_back_whole);
    tcase_add_test(
        tests, no_recording_is_validated_on_by_a_copy_of_what_is_trained_on);
    tcase_add_test(tests, copies_share_the_least_of_their_groups);
    tcase_add_test(tests, targets_that_say_nothing_are_left_out);
    tcase_add_test(tests, targets_are_weighed_by_the_trust_in_them);
    tcase_add_test(tests, the_artist_of_a_track_is_its_other_tracks);
    tcase_add_test(tests, the_artist_of_a_track_is_not_its_copies);
    tcase_add_test(tests,
                   a_fusion_leaves_out_tracks_of_which_it_hears_nothing);
}

int main(void)
{
    return check_run("train sample", add_tests);
}
