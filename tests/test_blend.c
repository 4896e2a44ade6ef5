/*
 * test_blend.c - one vector a track, from cold to warm
 */
#include "check_run.h"

#include "list_lab.h"
#include "rec/recommender.h"

#define ROWS 6

/* Played ones point to (1, 0), content to (0, 1); row 5 is (1, 0) alone. */
static const uint64_t ids[ROWS] = {1, 2, 3, 4, 5, 6};
static const uint32_t plays[ROWS] = {1, 5, 1000, 3, 0, 1};
static const float warm[ROWS][2] = {{2, 0}, {2, 0}, {2, 0},
                                    {2, 0}, {0, 0}, {2, 0}};
static const float cold[ROWS][2] = {{0, 3},  {0, 3}, {0, 3},
                                    {-3, 0}, {0, 3}, {0, 0}};
static const float half[ROWS] = {0.70710678f, 0.70710678f, 0.70710678f,
                                 0.70710678f, 0.70710678f, 0.70710678f};

static ltrec_recommender *blended_with(const float content_rows[ROWS][2],
                                       const float *content_variance,
                                       const uint32_t *n_plays,
                                       const float *variance)
{
    ltrec_recommender_sources sources;
    ltrec_factors_options options;
    ltrec_factors *factors, *content;
    ltrec_recommender *r;

    ltrec_recommender_sources_init(&sources, sizeof sources);
    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = 1;
    options.plays = n_plays;
    options.variance = variance;
    ltrec_factors_create(ctx, ROWS, 2, ids, warm[0], &options, &factors, NULL);
    options.plays = NULL;
    options.variance = content_variance;
    ltrec_factors_create(ctx, ROWS, 2, ids, content_rows[0], &options,
                         &content, NULL);
    sources.factors = factors;
    sources.content = content;
    sources.confidence = half; /* a precision of 1 */
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, NULL),
        LTREC_OK);
    ltrec_factors_free(factors);
    ltrec_factors_free(content);
    return r;
}

static ltrec_recommender *blended(const uint32_t *n_plays,
                                  const float *variance)
{
    return blended_with(cold, NULL, n_plays, variance);
}

/* Its cosine with what plays alone say. */
static double warmth(const ltrec_recommender *r, uint64_t id)
{
    double cosine = 9;

    ck_assert_int_eq(ltrec_recommender_cosine(r, id, 6, &cosine), LTREC_OK);
    return cosine;
}

static ltrec_explanation explain(const ltrec_recommender *r, uint64_t id)
{
    ltrec_explanation e = {.size = sizeof e};
    const uint64_t seed = 6;

    ltrec_listener_init(&listener, sizeof listener);
    listener.n_seeds = 1;
    listener.seeds = &seed;
    ck_assert_int_eq(ltrec_recommender_explain(r, &listener, NULL, id, &e, 0,
                                               NULL, NULL, NULL, NULL),
                     LTREC_OK);
    return e;
}

/* Weights sqrt(p (1 + p)) of unit vectors at a right angle. */
static double mixed(double p, double q)
{
    return sqrt(p * (1 + p) / (p * (1 + p) + q * (1 + q)));
}

START_TEST(plays_take_over_from_content_smoothly)
{
    ltrec_recommender *r = blended(plays, NULL);

    ck_assert_double_eq_tol(warmth(r, 5), 0, 1e-6);
    ck_assert_double_eq_tol(warmth(r, 1), mixed(0.2, 1), 1e-6);
    ck_assert_double_eq_tol(warmth(r, 2), 0.70710678, 1e-6);
    ck_assert_double_eq_tol(warmth(r, 3), mixed(200, 1), 1e-6);
    ltrec_recommender_free(r);
}
END_TEST

START_TEST(precisions_of_plays_and_content_add_up_to_a_confidence)
{
    ltrec_recommender *r = blended(plays, NULL);

    for (size_t i = 0; i < 3; i++) {
        ltrec_explanation e = explain(r, ids[i]);
        double p = plays[i] / 5.0;

        ck_assert_double_eq_tol(e.confidence, sqrt((p + 1) / (p + 2)), 1e-6);
        ck_assert_double_eq_tol(e.certainty, p / (p + 1), 1e-6);
    }
    ck_assert_double_eq_tol(explain(r, 5).confidence, 0.70710678, 1e-6);
    ck_assert_double_eq(explain(r, 5).certainty, 0);
    ck_assert_double_eq(explain(r, 6).certainty, 1);
    ltrec_recommender_free(r);
}
END_TEST

/* A length of 2 and a variance of 4 / p: a precision of p. */
START_TEST(a_variance_of_the_factors_is_taken_before_their_plays)
{
    static const float variance[ROWS] = {4 / 0.3f, 4, 0, 1, 100, 1};
    const uint32_t *given[] = {plays, NULL};

    for (int i = 0; i < 2; i++) {
        ltrec_recommender *r = blended(given[i], variance);

        ck_assert_double_eq_tol(warmth(r, 1), mixed(0.3, 1), 1e-6);
        ck_assert_double_eq_tol(warmth(r, 2), 0.70710678, 1e-6);
        ck_assert_double_eq_tol(warmth(r, 3), 1, 1e-6); /* nothing is open */
        ck_assert_double_eq_tol(warmth(r, 5), 0, 1e-6);
        ck_assert_double_eq_tol(explain(r, 1).confidence, sqrt(1.3 / 2.3),
                                1e-6);
        ck_assert_double_eq(explain(r, 3).confidence, 1);
        ltrec_recommender_free(r);
    }
}
END_TEST

START_TEST(factors_that_nobody_counted_stand_for_themselves)
{
    ltrec_recommender *r = blended(NULL, NULL);

    ck_assert_double_eq_tol(warmth(r, 1), 1, 1e-6);
    ck_assert_double_eq_tol(explain(r, 1).confidence, 0.70710678, 1e-6);
    ltrec_recommender_free(r);
}
END_TEST

/* With equal weights nothing would be left of them. */
START_TEST(opposite_measurements_leave_the_one_of_plays)
{
    static const float variance[ROWS] = {1, 1, 1, 4, 1, 1};
    ltrec_recommender *r = blended(plays, variance);

    ck_assert_double_eq_tol(warmth(r, 4), 1, 1e-6);
    ltrec_recommender_free(r);
}
END_TEST

static double length(const ltrec_recommender *r, uint64_t id)
{
    size_t row = 0;

    while (r->ids[row] != id)
        row++;
    return (double)r->lengths[row];
}

/* Content with a variance, whose unit of length that is, is as long as it says
 * it is; other content as long as the median of what was played, which is 2.
 */
START_TEST(a_prediction_keeps_its_length_where_it_means_anything)
{
    static const float content[ROWS][2] = {{0, 3}, {0, 3}, {0, 3},
                                           {0, 6}, {0, 1}, {0, 3}};
    static const float variance[ROWS] = {1, 1, 1, 1, 1, 1};
    static const uint32_t nobody[ROWS] = {0, 5, 5, 0, 0, 5};
    ltrec_recommender *r = blended_with(content, variance, nobody, NULL);
    ltrec_recommender *other = blended_with(content, NULL, nobody, NULL);

    ck_assert_double_eq_tol(length(r, 1), 3, 1e-5);
    ck_assert_double_eq_tol(length(r, 4), 6, 1e-5);
    ck_assert_double_eq_tol(length(r, 5), 1, 1e-5);
    /* Plays 5, a precision of 1, beside a confidence of as much: half way. */
    ck_assert_double_eq_tol(length(r, 2), 2.5, 1e-5);
    for (uint64_t id = 1; id <= ROWS; id++)
        ck_assert_double_eq_tol(length(other, id), 2, 1e-5);
    ltrec_recommender_free(r);
    ltrec_recommender_free(other);
}
END_TEST

static int by_length(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;

    return (a > b) - (a < b);
}

/* The median of those that were played. */
static float usual_length(const ltrec_factors *factors)
{
    const uint32_t *n_plays = ltrec_factors_plays(factors);
    float norms[CAT_ITEMS];
    size_t n = 0;

    for (size_t i = 0; i < CAT_ITEMS; i++)
        if (!n_plays || n_plays[i] > 0)
            norms[n++] = ltrec_factors_norms(factors)[i];
    qsort(norms, n, sizeof *norms, by_length);
    return norms[n / 2];
}

/* As `ltrec predict` keeps them in a file, all of the usual length here. */
START_TEST(a_variance_of_the_content_stands_for_its_confidence)
{
    ltrec_recommender_sources sources = catalogue_sources(cat);
    const float *norms = ltrec_factors_norms(cat->predicted);
    ltrec_recommender *told, *kept, *neither;
    float variance[CAT_ITEMS] = {0}, vectors[CAT_ITEMS][CAT_RANK];
    float usual = usual_length(cat->factors);
    ltrec_factors_options options;
    ltrec_factors *content;
    struct answer a, b, c;

    for (size_t i = 0; i < CAT_ITEMS; i++) {
        double cosine = (double)cat->confidence[i], n = (double)usual;

        variance[i] = (float)(n * n * (1 / cosine / cosine - 1));
        for (size_t j = 0; j < CAT_RANK; j++)
            vectors[i][j] =
                norms[i] > 0 ? cat->content[i][j] / norms[i] * usual : 0;
    }
    ltrec_factors_options_init(&options, sizeof options);
    options.like = cat->factors;
    options.variance = variance;
    ltrec_recommender_create(ctx, &sources, NULL, NULL, &told, NULL);
    sources.confidence = NULL;
    ltrec_recommender_create(ctx, &sources, NULL, NULL, &neither, NULL);
    ltrec_factors_create(ctx, CAT_ITEMS, CAT_RANK, cat->ids, vectors[0],
                         &options, &content, NULL);
    sources.content = content;
    ltrec_recommender_create(ctx, &sources, NULL, NULL, &kept, NULL);
    a = ask(told, 40);
    b = ask(kept, 40);
    c = ask(neither, 40);
    ck_assert_mem_eq(a.ids, b.ids, 40 * sizeof *a.ids);
    for (size_t i = 0; i < 40; i++)
        ck_assert_float_eq_tol(a.scores[i], b.scores[i], 1e-4f);
    ck_assert_mem_ne(a.scores, c.scores, 40 * sizeof *a.scores);
    ltrec_factors_free(content);
    ltrec_recommender_free(told);
    ltrec_recommender_free(kept);
    ltrec_recommender_free(neither);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, plays_take_over_from_content_smoothly);
    tcase_add_test(tests,
                   precisions_of_plays_and_content_add_up_to_a_confidence);
    tcase_add_test(tests,
                   a_variance_of_the_factors_is_taken_before_their_plays);
    tcase_add_test(tests, factors_that_nobody_counted_stand_for_themselves);
    tcase_add_test(tests, opposite_measurements_leave_the_one_of_plays);
    tcase_add_test(tests,
                   a_prediction_keeps_its_length_where_it_means_anything);
    tcase_add_test(tests, a_variance_of_the_content_stands_for_its_confidence);
}

int main(void)
{
    return check_run("blend", add_tests);
}
