/*
 * test_explain.c - the parts of a place in a list add up to its score
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "small_catalogue.h"

#define PLAYED 10

static ltrec_context *ctx;
static struct catalogue *cat;
static ltrec_recommender *all;
static ltrec_listener listener;
static ltrec_list_options list;
static uint64_t played[PLAYED];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    cat = catalogue_create(ctx);
    ck_assert_int_eq(catalogue_recommender(ctx, cat, NULL, &all, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < PLAYED; i++)
        played[i] = cat->ids[5 * i + 1];
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_played = PLAYED;
    listener.played = played;
    ltrec_list_options_init(&list, sizeof list);
}

static void teardown(void)
{
    ltrec_recommender_free(all);
    catalogue_free(cat);
    ltrec_context_free(ctx);
}

static double sum_of(const ltrec_explanation *e)
{
    double sum = e->discount + e->boost;

    for (int s = 0; s < LTREC_SOURCES; s++)
        sum += e->sources[s];
    return sum;
}

/* Explain every place of a list; what the parts are of is the score. */
static void expect_sums(const ltrec_recommender *r, size_t n_events)
{
    uint64_t ids[30], because[PLAYED + 4];
    double shares[PLAYED + 4];
    float scores[30];
    size_t n;

    ck_assert_int_eq(
        ltrec_recommender_list(r, &listener, &list, 30, ids, scores, &n, NULL),
        LTREC_OK);
    ck_assert_uint_eq(n, 30);
    for (size_t i = 0; i < n; i++) {
        ltrec_explanation e = {.size = sizeof e};
        double sum = 0;
        size_t n_shares = 99;

        ck_assert_int_eq(ltrec_recommender_explain(r, &listener, &list, ids[i],
                                                   &e, PLAYED + 4, because,
                                                   shares, &n_shares, NULL),
                         LTREC_OK);
        ck_assert_double_eq_tol(e.score, (double)scores[i], 1e-5);
        ck_assert_double_eq_tol(sum_of(&e), e.score, 1e-5);
        ck_assert_uint_le(n_shares, n_events);
        for (size_t j = 0; j < n_shares; j++) {
            sum += shares[j];
            ck_assert(j == 0 || fabs(shares[j]) <= fabs(shares[j - 1]));
        }
        ck_assert_double_eq_tol(sum + e.unshared,
                                e.sources[LTREC_SOURCE_FACTORS] +
                                    e.sources[LTREC_SOURCE_ITEMITEM],
                                1e-5);
        ck_assert(e.confidence >= 0 && e.confidence <= 1);
        ck_assert(e.certainty >= 0 && e.certainty <= 1);
        ck_assert_uint_eq(e.cold, e.plays == 0);
        ck_assert_uint_eq(e.eligible, 1);
        ck_assert(!e.cold || e.certainty == 0);
    }
}

START_TEST(the_parts_of_a_score_add_up_to_it)
{
    const uint64_t disliked = cat->ids[100], liked = cat->ids[101];
    uint64_t boosted = cat->ids[40];
    float boost = 3;

    expect_sums(all, PLAYED);
    list.discount = 0.3;
    list.boosted = &boosted, list.boosts = &boost, list.n_boosts = 1;
    expect_sums(all, PLAYED);
    listener.n_liked = 1, listener.liked = &liked;
    listener.n_disliked = 1, listener.disliked = &disliked;
    expect_sums(all, PLAYED + 1);
}
END_TEST

START_TEST(the_parts_of_a_tracks_neighbours_add_up_too)
{
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_seeds = 3;
    listener.seeds = played;
    expect_sums(all, 3);
}
END_TEST

START_TEST(places_add_up_and_share_nothing)
{
    ltrec_recommender_options options;
    ltrec_recommender *r;

    ltrec_recommender_options_init(&options, sizeof options);
    options.fusion = LTREC_FUSION_RANK;
    ck_assert_int_eq(catalogue_recommender(ctx, cat, &options, &r, NULL),
                     LTREC_OK);
    expect_sums(r, 0);
    ltrec_recommender_free(r);
}
END_TEST

START_TEST(a_track_without_plays_owes_all_to_its_content)
{
    ltrec_explanation e = {.size = sizeof e};
    uint64_t because[3];
    double shares[3];
    size_t n;

    list.sources = 1u << LTREC_SOURCE_FACTORS;
    ck_assert_int_eq(ltrec_recommender_explain(all, &listener, &list,
                                               cat->ids[7], &e, 3, because,
                                               shares, &n, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert(fabs(e.of_plays) > 0 && fabs(e.of_content) > 0);
    ck_assert_int_eq(ltrec_recommender_explain(all, &listener, &list,
                                               cat->ids[6], &e, 0, NULL, NULL,
                                               NULL, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(e.cold, 1);
    ck_assert_double_eq_tol(e.of_plays, 0, 1e-12);
}
END_TEST

START_TEST(what_cannot_be_explained_is_refused)
{
    ltrec_explanation e = {.size = sizeof e};

    ck_assert_int_eq(ltrec_recommender_explain(all, &listener, &list, 7, &e, 0,
                                               NULL, NULL, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_recommender_explain(all, &listener, &list,
                                               cat->ids[0], &e, 1, NULL, NULL,
                                               NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_recommender_explain(all, &listener, &list,
                                               played[0], &e, 0, NULL, NULL,
                                               NULL, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(e.eligible, 0);
}
END_TEST

static int explain_one(struct failing_memory *memory)
{
    ltrec_context *context;
    ltrec_recommender *r = NULL;
    ltrec_explanation e = {.size = sizeof e};
    uint64_t because[2];
    double shares[2];
    size_t n;
    int status = failing_context(memory, &context);

    if (status == LTREC_OK)
        status = catalogue_recommender(context, cat, NULL, &r, NULL);
    if (status == LTREC_OK)
        status = ltrec_recommender_explain(r, &listener, &list, cat->ids[2],
                                           &e, 2, because, shares, &n, NULL);
    ltrec_recommender_free(r);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(explain_one, 105), 50);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_parts_of_a_score_add_up_to_it);
    tcase_add_test(tests, the_parts_of_a_tracks_neighbours_add_up_too);
    tcase_add_test(tests, places_add_up_and_share_nothing);
    tcase_add_test(tests, a_track_without_plays_owes_all_to_its_content);
    tcase_add_test(tests, what_cannot_be_explained_is_refused);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("explain", add_tests);
}
