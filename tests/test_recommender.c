/*
 * test_recommender.c - lists for listeners and like tracks
 */
#include "check_run.h"

#include <pthread.h>

#include "kernel_sets.h"
#include "list_lab.h"

/* ---- Who is eligible ---------------------------------------------------- */

START_TEST(a_list_is_as_long_as_asked_or_holds_all_that_is_eligible)
{
    size_t eligible = 0;

    list.one_recording = 0;
    for (size_t i = 0; i < CAT_ITEMS; i++)
        eligible += known(i) && !is_in(cat->ids[i], played, 12);
    for (size_t k = 0; k <= CAT_ITEMS; k += k < 5 ? 1 : 47) {
        struct answer a = ask(all, k);

        ck_assert_uint_eq(a.n, k < eligible ? k : eligible);
        for (size_t i = 0; i < a.n; i++) {
            ck_assert(!is_in(a.ids[i], played, 12));
            ck_assert(!is_in(a.ids[i], a.ids, i));
            ck_assert(isfinite(a.scores[i]));
            ck_assert(i == 0 || a.scores[i] <= a.scores[i - 1]);
        }
    }
}
END_TEST

START_TEST(what_they_played_comes_back_only_on_request)
{
    list.played_too = 1;
    ck_assert(is_in(played[0], ask(all, CAT_ITEMS).ids, CAT_ITEMS));
    listener.n_disliked = 1, listener.disliked = &played[0];
    ck_assert(!is_in(played[0], ask(all, CAT_ITEMS).ids, CAT_ITEMS - 20));
}
END_TEST

START_TEST(a_seed_is_answered_by_tracks_of_its_taste_and_never_by_itself)
{
    uint64_t seed = cat->ids[2];
    size_t taste = (cat->artists[2] - 500) % 4, same = 0;
    struct answer a;

    ltrec_listener_init(&listener, sizeof listener);
    listener.n_seeds = 1;
    listener.seeds = &seed;
    a = ask(all, 20);
    ck_assert_uint_eq(a.n, 20);
    for (size_t i = 0; i < 20; i++) {
        size_t row = catalogue_find(cat, a.ids[i]);

        ck_assert_uint_ne(a.ids[i], seed);
        same += (cat->artists[row] - 500) % 4 == taste;
    }
    ck_assert_uint_ge(same, 15);
}
END_TEST

START_TEST(nobody_gets_what_is_popular_or_is_told_that_nothing_is_known)
{
    ltrec_recommender_sources sources;
    ltrec_recommender *bare;
    uint64_t unknown[] = {3, 4};
    struct answer a;
    ltrec_error err;
    size_t n;

    ltrec_listener_init(&listener, sizeof listener);
    a = ask(all, 5);
    ck_assert_uint_eq(a.n, 5);
    for (size_t i = 1; i < 5; i++)
        ck_assert_uint_ge(cat->plays[catalogue_find(cat, a.ids[i - 1])],
                          cat->plays[catalogue_find(cat, a.ids[i])]);
    listener.n_played = 2, listener.played = unknown;
    ck_assert_uint_eq(ask(all, 5).ids[0], a.ids[0]);

    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.content = cat->predicted;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &bare, NULL),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_recommender_sources_of(bare),
                      1u << LTREC_SOURCE_CONTENT);
    ck_assert_int_eq(ltrec_recommender_list(bare, &listener, NULL, 5, a.ids,
                                            a.scores, &n, &err),
                     LTREC_ERR_STATE);
    ltrec_recommender_free(bare);
}
END_TEST

/* ---- What they say ------------------------------------------------------ */

START_TEST(a_thumb_moves_the_list_at_once)
{
    struct answer before = ask(all, 200), after;
    size_t at = 120, now = 0;
    uint64_t liked = before.ids[at], like_it = 0;

    for (size_t i = 100; i < 200 && like_it == 0; i++) /* of its taste */
        if (cat->plays[catalogue_find(cat, before.ids[i])] > 0)
            liked = before.ids[i], like_it = 1, at = i;
    listener.n_liked = 1, listener.liked = &liked;
    list.played_too = 1;
    listener.thumb = 20;
    after = ask(all, 200);
    while (after.ids[now] != liked)
        now++;
    ck_assert_uint_lt(now, at * 3 / 4);
    listener.n_liked = 0, listener.n_disliked = 1;
    listener.disliked = &before.ids[0];
    after = ask(all, 200);
    ck_assert(!is_in(before.ids[0], after.ids, after.n));
    ck_assert_float_lt(after.scores[0], before.scores[0] + 1);
}
END_TEST

START_TEST(what_was_played_long_ago_weighs_less)
{
    double ages[12] = {0};
    struct answer a, b;

    a = ask(all, 30);
    listener.ages = ages;
    listener.half_life = 10;
    b = ask(all, 30); /* all of them now: the same */
    ck_assert_int_eq(memcmp(a.ids, b.ids, 30 * sizeof *a.ids), 0);
    for (size_t i = 0; i < 11; i++)
        ages[i] = 300;
    b = ask(all, 30); /* the last one alone is left */
    ck_assert_int_ne(memcmp(a.ids, b.ids, 30 * sizeof *a.ids), 0);
}
END_TEST

START_TEST(places_are_fused_as_well_as_scores)
{
    ltrec_recommender_options options;
    ltrec_recommender *r;
    struct answer a;

    ltrec_recommender_options_init(&options, sizeof options);
    options.fusion = LTREC_FUSION_RANK;
    ck_assert_int_eq(catalogue_recommender(ctx, cat, &options, &r, NULL),
                     LTREC_OK);
    a = ask(r, CAT_ITEMS);
    ck_assert_float_le(a.scores[0], 1.5f / 61);
    ck_assert_float_gt(a.scores[0], 1.0f / 80);
    ck_assert_uint_ge(a.n, 150);
    ltrec_recommender_free(r);
}
END_TEST

/* ---- Threads ------------------------------------------------------------ */

struct asking {
    struct answer first;
    size_t different;
};

static void *ask_again(void *arg)
{
    struct asking *a = arg;

    for (size_t i = 0; i < 30; i++) {
        uint64_t ids[40];
        float scores[40];
        size_t n = 0;

        ltrec_recommender_list(all, &listener, &list, 40, ids, scores, &n,
                               NULL);
        a->different +=
            n != a->first.n ||
            memcmp(ids, a->first.ids, n * sizeof *ids) != 0 ||
            memcmp(scores, a->first.scores, n * sizeof *scores) != 0;
    }
    return NULL;
}

START_TEST(any_number_of_threads_get_the_same_bits)
{
    struct asking asking[4];
    pthread_t threads[4];

    list.diversity = 0.2;
    for (size_t t = 0; t < 4; t++) {
        asking[t].first = ask(all, 40);
        asking[t].different = 0;
        ck_assert_int_eq(
            pthread_create(&threads[t], NULL, ask_again, &asking[t]), 0);
    }
    for (size_t t = 0; t < 4; t++) {
        pthread_join(threads[t], NULL);
        ck_assert_uint_eq(asking[t].different, 0);
    }
}
END_TEST

START_TEST(every_kernel_set_makes_nearly_the_same_list)
{
    struct answer a = ask(all, 40);

    for (int32_t set = 1; set < KERNEL_SETS; set++) {
        ltrec_context *with = context_with(set, 1);
        ltrec_recommender *r;
        struct answer b;

        if (!with)
            continue;
        ck_assert_int_eq(catalogue_recommender(with, cat, NULL, &r, NULL),
                         LTREC_OK);
        b = ask(r, 40);
        for (size_t i = 0; i < 40; i++)
            ck_assert_float_eq_tol(a.scores[i], b.scores[i], 1e-4f);
        ltrec_recommender_free(r);
        ltrec_context_free(with);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests,
                   a_list_is_as_long_as_asked_or_holds_all_that_is_eligible);
    tcase_add_test(tests, what_they_played_comes_back_only_on_request);
    tcase_add_test(
        tests, a_seed_is_answered_by_tracks_of_its_taste_and_never_by_itself);
    tcase_add_test(
        tests, nobody_gets_what_is_popular_or_is_told_that_nothing_is_known);
    tcase_add_test(tests, a_thumb_moves_the_list_at_once);
    tcase_add_test(tests, what_was_played_long_ago_weighs_less);
    tcase_add_test(tests, places_are_fused_as_well_as_scores);
    tcase_add_test(tests, any_number_of_threads_get_the_same_bits);
    tcase_add_test(tests, every_kernel_set_makes_nearly_the_same_list);
}

int main(void)
{
    return check_run("recommender", add_tests);
}
