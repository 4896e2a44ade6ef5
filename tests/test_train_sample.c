/*
 * test_train_sample.c - who is learnt from
 */
#include "train_lab.h"

static int everyone(const ltrec_dataset *dataset, size_t row, void *arg)
{
    (void)dataset;
    (void)row;
    (void)arg;
    return 1;
}

static int try_sample(const struct lab *lab, struct ltr_sample *sample,
                      ltrec_error *err)
{
    struct ltr_lesson lesson = {.ctx = ctx,
                                .dataset = lab->dataset,
                                .targets = lab->factors,
                                .options = &quick,
                                .err = err};

    lesson.keeping = ltr_keeping_of(lab->dataset, &quick, NULL);
    return ltr_sample_factors(&lesson, everyone, NULL, sample);
}

static struct ltr_sample sample_of(const struct lab *lab)
{
    struct ltr_sample sample;

    ck_assert_int_eq(try_sample(lab, &sample, NULL), LTREC_OK);
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
    ck_assert_int_eq(try_sample(&lab, &sample, &err), LTREC_ERR_ARGUMENT);
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
}

int main(void)
{
    return check_run("train sample", add_tests);
}
