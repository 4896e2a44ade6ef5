/*
 * test_recommender.c - lists for listeners, and the rules they keep
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "kernel_sets.h"
#include "small_catalogue.h"

#define MOST CAT_ITEMS

static ltrec_context *ctx;
static struct catalogue *cat;
static ltrec_recommender *all;
static ltrec_listener listener;
static ltrec_list_options list;
static uint64_t played[12];
static float counts[12];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    cat = catalogue_create(ctx);
    ck_assert_int_eq(catalogue_recommender(ctx, cat, NULL, &all, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < 12; i++) {
        played[i] = cat->ids[2 + 7 * i];
        counts[i] = (float)(1 + i % 4);
    }
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_played = 12;
    listener.played = played;
    listener.counts = counts;
    ltrec_list_options_init(&list, sizeof list);
}

static void teardown(void)
{
    ltrec_recommender_free(all);
    catalogue_free(cat);
    ltrec_context_free(ctx);
}

struct answer {
    uint64_t ids[MOST];
    float scores[MOST];
    size_t n;
};

static struct answer ask(const ltrec_recommender *r, size_t k)
{
    struct answer a;

    ck_assert_int_eq(ltrec_recommender_list(r, &listener, &list, k, a.ids,
                                            a.scores, &a.n, NULL),
                     LTREC_OK);
    ck_assert_uint_le(a.n, k);
    return a;
}

static void refuse(int code, const char *why)
{
    uint64_t ids[4];
    float scores[4];
    size_t n = 9;
    ltrec_error err = {0};

    ck_assert_int_eq(ltrec_recommender_list(all, &listener, &list, 4, ids,
                                            scores, &n, &err),
                     code);
    ck_assert_uint_eq(n, 0);
    ck_assert_msg(strstr(err.message, why) != NULL, "%s", err.message);
}

static int is_in(uint64_t id, const uint64_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return 1;
    return 0;
}

/* ---- Who is eligible ---------------------------------------------------- */

/* Nothing is known of a track without artist, plays, factors and content. */
static int known(size_t i)
{
    return cat->plays[i] > 0 || cat->artists[i] != 0 ||
           cat->content[i][0] != 0;
}

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

/* ---- One vector from cold to warm --------------------------------------- */

START_TEST(plays_take_over_from_content_smoothly)
{
    static const uint64_t ids[] = {1, 2, 3, 4, 5};
    static const float warm[5][2] = {{1, 0}, {1, 0}, {1, 0}, {1, 0}, {0, 0}};
    static const float cold[5][2] = {{0, 3}, {0, 3}, {0, 3}, {0, 0}, {0, 3}};
    static const uint32_t plays[] = {1, 5, 1000, 1, 0};
    static const float half[] = {0.70710678f, 0.70710678f, 0.70710678f,
                                 0.70710678f, 0.70710678f};
    const uint64_t seed = 4; /* (1, 0) */
    ltrec_factors_options options;
    ltrec_recommender_sources sources;
    ltrec_recommender_options weights;
    ltrec_factors *played_ones, *predicted;
    ltrec_recommender *r;
    uint64_t found[4];
    float scores[4];
    size_t n;

    ltrec_recommender_sources_init(&sources, sizeof sources);
    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = 1;
    options.plays = plays;
    ltrec_factors_create(ctx, 5, 2, ids, warm[0], &options, &played_ones,
                         NULL);
    options.plays = NULL;
    ltrec_factors_create(ctx, 5, 2, ids, cold[0], &options, &predicted, NULL);
    sources.factors = played_ones;
    sources.content = predicted;
    sources.confidence = half; /* q = prior_plays = 5 */
    ltrec_recommender_options_init(&weights, sizeof weights);
    weights.weights[LTREC_SOURCE_CONTENT] = 0;
    weights.fusion = LTREC_FUSION_SCORE;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, &weights, &r, NULL),
        LTREC_OK);
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_seeds = 1;
    listener.seeds = &seed;
    ck_assert_int_eq(
        ltrec_recommender_list(r, &listener, NULL, 4, found, scores, &n, NULL),
        LTREC_OK);
    ck_assert_uint_eq(n, 4);
    ck_assert_uint_eq(found[0], 3);
    ck_assert_uint_eq(found[1], 2);
    ck_assert_uint_eq(found[2], 1);
    ck_assert_uint_eq(found[3], 5);
    /* Cosines 1000/1005, 1/sqrt 2, 1/sqrt 26 and 0, on one scale. */
    ck_assert_float_eq_tol((scores[1] - scores[3]) / (scores[0] - scores[3]),
                           0.70710678f, 1e-4f);
    ck_assert_float_eq_tol((scores[2] - scores[3]) / (scores[0] - scores[3]),
                           0.19611614f, 1e-4f);
    ltrec_recommender_free(r);
    ltrec_factors_free(played_ones);
    ltrec_factors_free(predicted);
}
END_TEST

/* ---- Rules -------------------------------------------------------------- */

static void count_groups(const struct answer *a, size_t from,
                         const uint64_t *group, uint32_t most)
{
    for (size_t i = from; i < a->n; i++) {
        uint64_t mine = group[catalogue_find(cat, a->ids[i])];
        uint32_t n = 0;

        for (size_t j = from; j < a->n; j++)
            n += group[catalogue_find(cat, a->ids[j])] == mine;
        ck_assert(mine == 0 || most == 0 || n <= most);
    }
}

/* As many as artist caps leave room for, when nothing else is asked. */
static size_t room(uint32_t per_artist)
{
    size_t n = 0, of[CAT_ARTISTS] = {0};

    for (size_t i = 0; i < CAT_ITEMS; i++) {
        if (!known(i) || is_in(cat->ids[i], played, 12))
            continue;
        if (cat->artists[i] == 0)
            n++;
        else if (of[cat->artists[i] - 500]++ < per_artist)
            n++;
    }
    return n;
}

START_TEST(caps_are_kept_and_filled)
{
    list.one_recording = 0;
    for (uint32_t cap = 1; cap < 5; cap++) {
        struct answer a;

        list.per_artist = cap;
        a = ask(all, CAT_ITEMS);
        ck_assert_uint_eq(a.n, room(cap));
        count_groups(&a, 0, cat->artists, cap);
        a = ask(all, 10);
        ck_assert_uint_eq(a.n, 10);
        count_groups(&a, 0, cat->artists, cap);
    }
}
END_TEST

START_TEST(whatever_the_rules_caps_hold_and_nothing_comes_twice)
{
    for (uint64_t trial = 0; trial < 300; trial++) {
        struct answer a;
        size_t k = ltr_random_below(7, 0, trial, 60);

        ltrec_list_options_init(&list, sizeof list);
        list.per_artist = (uint32_t)ltr_random_below(7, 1, trial, 4);
        list.per_album = (uint32_t)ltr_random_below(7, 2, trial, 3);
        list.artist_window = (uint32_t)ltr_random_below(7, 3, trial, 6);
        list.album_window = (uint32_t)ltr_random_below(7, 4, trial, 6);
        list.diversity = (double)ltr_random_below(7, 5, trial, 3) / 2;
        list.most_plays = trial % 3 ? UINT32_MAX : 50;
        list.discount = (double)ltr_random_uniform(7, 6, trial);
        a = ask(all, k);
        count_groups(&a, 0, cat->artists, list.per_artist);
        count_groups(&a, 0, cat->albums, list.per_album);
        count_groups(&a, 0, cat->recordings, 1);
        for (size_t i = 0; i < a.n; i++)
            ck_assert_uint_le(cat->plays[catalogue_find(cat, a.ids[i])],
                              list.most_plays);
        if (list.per_artist == 0 && list.per_album == 0 && trial % 3)
            ck_assert_uint_eq(a.n, k);
    }
}
END_TEST

START_TEST(windows_hold_while_they_can_and_give_way_when_not)
{
    struct answer a;
    uint64_t one_artist[40];
    ltrec_index_filter filter;
    size_t n = 0;

    list.artist_window = 5;
    list.one_recording = 0;
    list.n_before = 1;
    list.before = &cat->ids[2];
    a = ask(all, 40);
    ck_assert_uint_eq(a.n, 40);
    for (size_t i = 0; i < 40; i++) {
        uint64_t mine = cat->artists[catalogue_find(cat, a.ids[i])];

        for (size_t back = 1; mine != 0 && back <= 5 && back <= i; back++)
            ck_assert_uint_ne(
                cat->artists[catalogue_find(cat, a.ids[i - back])], mine);
        ck_assert(i >= 5 || mine != cat->artists[2]);
    }

    for (size_t i = 0; i < CAT_ITEMS && n < 40; i++)
        if (cat->artists[i] == cat->artists[2] &&
            !is_in(cat->ids[i], played, 12))
            one_artist[n++] = cat->ids[i];
    for (size_t i = 1; i < n; i++) /* ascending */
        for (size_t j = i; j > 0 && one_artist[j] < one_artist[j - 1]; j--) {
            uint64_t swap = one_artist[j];

            one_artist[j] = one_artist[j - 1];
            one_artist[j - 1] = swap;
        }
    ltrec_index_filter_init(&filter, sizeof filter);
    filter.allowed = one_artist;
    filter.n_allowed = n;
    list.filter = &filter;
    ck_assert_uint_ge(n, 3);
    ck_assert_uint_eq(ask(all, 40).n, n);
}
END_TEST

START_TEST(pins_come_first_bans_never_boosts_move_and_all_of_them_hold)
{
    struct answer plain = ask(all, 30), a;
    uint64_t pins[] = {plain.ids[25], played[3], plain.ids[12]};
    uint64_t banned[] = {plain.ids[0], plain.ids[2]};
    uint64_t artist = cat->artists[catalogue_find(cat, plain.ids[1])];
    uint64_t boosted[] = {plain.ids[29], 12345};
    float boosts[] = {1000, 1};

    list.pins = pins, list.n_pins = 3;
    list.banned = banned, list.n_banned = 2;
    list.boosted = boosted, list.boosts = boosts, list.n_boosts = 2;
    list.banned_artists = &artist;
    list.n_banned_artists = artist != 0;
    list.per_artist = 1;
    a = ask(all, 25);
    ck_assert_int_eq(memcmp(a.ids, pins, sizeof pins), 0);
    ck_assert(isfinite(a.scores[0]) && isnan(a.scores[1]));
    for (size_t i = 3; i < a.n; i++) {
        size_t row = catalogue_find(cat, a.ids[i]);

        ck_assert(!is_in(a.ids[i], banned, 2) && !is_in(a.ids[i], pins, 3));
        ck_assert(artist == 0 || cat->artists[row] != artist);
    }
    ck_assert_uint_eq(a.ids[3], plain.ids[29]);
    ck_assert_float_ge(a.scores[3], 990);
    a = ask(all, 2);
    ck_assert_uint_eq(a.n, 2);
    ck_assert_int_eq(memcmp(a.ids, pins, 2 * sizeof *pins), 0);
}
END_TEST

START_TEST(pins_beat_caps_and_count_for_them)
{
    uint64_t pins[CAT_ITEMS];
    struct answer a;
    size_t n = 0;

    for (size_t i = 0; i < CAT_ITEMS; i++)
        if (cat->artists[i] == cat->artists[2])
            pins[n++] = cat->ids[i];
    list.pins = pins, list.n_pins = n;
    list.per_artist = 1;
    a = ask(all, n + 10);
    ck_assert_uint_eq(a.n, n + 10);
    ck_assert_int_eq(memcmp(a.ids, pins, n * sizeof *pins), 0);
    for (size_t i = n; i < a.n; i++)
        ck_assert_uint_ne(cat->artists[catalogue_find(cat, a.ids[i])],
                          cat->artists[2]);
}
END_TEST

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

static double spread(const struct answer *a)
{
    double sum = 0;

    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < i; j++) {
            const float *x = cat->content[catalogue_find(cat, a->ids[i])];
            const float *y = cat->content[catalogue_find(cat, a->ids[j])];

            for (size_t d = 0; d < CAT_RANK; d++)
                sum += (double)x[d] * (double)y[d];
        }
    return sum;
}

START_TEST(diversity_spreads_a_list_and_a_discount_leads_to_the_tail)
{
    struct answer plain = ask(all, 20), diverse, tail;
    double plays[2] = {0};

    list.diversity = 0.5;
    diverse = ask(all, 20);
    ck_assert_double_lt(spread(&diverse), 0.9 * spread(&plain));
    ck_assert_uint_eq(diverse.ids[0], plain.ids[0]);
    list.diversity = 0;
    list.discount = 0.5;
    tail = ask(all, 20);
    for (size_t i = 0; i < 20; i++) {
        plays[0] += cat->plays[catalogue_find(cat, plain.ids[i])];
        plays[1] += cat->plays[catalogue_find(cat, tail.ids[i])];
    }
    ck_assert_double_lt(plays[1], plays[0]);
}
END_TEST

START_TEST(tracks_that_are_nearly_one_vector_come_once_on_request)
{
    struct answer a;
    size_t plain = ask(all, 60).n;

    list.duplicate_cosine = 0.95;
    a = ask(all, CAT_ITEMS);
    ck_assert_uint_eq(plain, 60);
    ck_assert_uint_lt(a.n, CAT_ITEMS - 40);
    ck_assert_uint_gt(a.n, 4);
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

/* ---- Bad input ---------------------------------------------------------- */

START_TEST(a_question_out_of_range_is_refused_and_says_what)
{
    uint64_t unknown = 3, banned = cat->ids[0];
    uint64_t twice[] = {cat->ids[4], cat->ids[4]};
    double age = -1;
    float bad = NAN;

    list.pins = &unknown, list.n_pins = 1;
    refuse(LTREC_ERR_ARGUMENT, "pin 0 is no track");
    list.pins = &banned, list.banned = &banned, list.n_banned = 1;
    refuse(LTREC_ERR_ARGUMENT, "pin 0 is banned");
    list.pins = twice, list.n_pins = 2;
    refuse(LTREC_ERR_ARGUMENT, "same track");
    list.n_pins = 0, list.diversity = NAN;
    refuse(LTREC_ERR_ARGUMENT, "diversity");
    list.diversity = 0, list.discount = INFINITY;
    refuse(LTREC_ERR_ARGUMENT, "discount");
    list.discount = NAN, list.sources = 1u << 9;
    refuse(LTREC_ERR_ARGUMENT, "sources 200");
    list.sources = UINT32_MAX, list.n_boosts = 1;
    refuse(LTREC_ERR_ARGUMENT, "a list is NULL");
    list.boosted = &banned, list.boosts = &bad;
    refuse(LTREC_ERR_ARGUMENT, "boost 0");
    list.n_boosts = 0, counts[3] = 0;
    refuse(LTREC_ERR_ARGUMENT, "count 3");
    counts[3] = 1, listener.ages = &age, listener.n_played = 1;
    refuse(LTREC_ERR_ARGUMENT, "age 0");
    listener.ages = NULL, listener.thumb = -1;
    refuse(LTREC_ERR_ARGUMENT, "thumb");
    listener.thumb = 1, listener.n_seeds = 2;
    refuse(LTREC_ERR_ARGUMENT, "is NULL");
}
END_TEST

START_TEST(when_all_is_banned_the_list_is_empty)
{
    list.banned = cat->ids, list.n_banned = CAT_ITEMS;
    ck_assert_uint_eq(ask(all, 10).n, 0);
}
END_TEST

START_TEST(sources_that_do_not_fit_are_refused)
{
    ltrec_recommender_sources sources;
    ltrec_recommender_options options;
    ltrec_recommender_items items;
    ltrec_recommender *r = NULL;
    float confidence[CAT_ITEMS] = {2};
    uint64_t ids[] = {1, 1};
    ltrec_factors *other;
    ltrec_error err;

    ltrec_recommender_sources_init(&sources, sizeof sources);
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(r);
    sources.factors = cat->factors;
    ltrec_factors_create(ctx, 1, CAT_RANK, ids, cat->content[0], NULL, &other,
                         NULL);
    sources.content = other;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, &err),
        LTREC_ERR_MISMATCH);
    ltrec_factors_free(other);
    sources.content = cat->predicted;
    sources.confidence = confidence;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "confidence 0"));
    sources.confidence = NULL;
    ltrec_recommender_items_init(&items, sizeof items);
    items.ids = ids, items.n = 2;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, &items, NULL, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "came before"));
    ltrec_recommender_options_init(&options, sizeof options);
    options.weights[1] = NAN;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, &options, &r, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "weight 1"));
    options.weights[1] = 0, options.fusion = 7;
    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, &options, &r, &err),
        LTREC_ERR_ARGUMENT);
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

static int make_a_list(struct failing_memory *memory)
{
    ltrec_context *context;
    ltrec_recommender *r = NULL;
    uint64_t ids[20];
    float scores[20];
    size_t n;
    int status = failing_context(memory, &context);

    if (status != LTREC_OK)
        return status;
    status = catalogue_recommender(context, cat, NULL, &r, NULL);
    list.per_artist = list.per_album = 2;
    list.diversity = 0.2;
    if (status == LTREC_OK)
        status = ltrec_recommender_list(r, &listener, &list, 20, ids, scores,
                                        &n, NULL);
    ltrec_recommender_free(r);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    size_t failed = 0;

    /* Not until the first success: warming up the products may fail. */
    for (long n = 0; n < 90; n++) {
        struct failing_memory memory = {.until_failure = n};
        int status = make_a_list(&memory);

        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_eq(memory.live, 0);
        failed += status != LTREC_OK;
    }
    ck_assert_uint_gt(failed, 40);
    ck_assert_uint_lt(failed, 80);
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
    tcase_add_test(tests, plays_take_over_from_content_smoothly);
    tcase_add_test(tests, caps_are_kept_and_filled);
    tcase_add_test(tests,
                   whatever_the_rules_caps_hold_and_nothing_comes_twice);
    tcase_add_test(tests, windows_hold_while_they_can_and_give_way_when_not);
    tcase_add_test(
        tests, pins_come_first_bans_never_boosts_move_and_all_of_them_hold);
    tcase_add_test(tests, pins_beat_caps_and_count_for_them);
    tcase_add_test(tests, a_thumb_moves_the_list_at_once);
    tcase_add_test(tests, what_was_played_long_ago_weighs_less);
    tcase_add_test(tests,
                   diversity_spreads_a_list_and_a_discount_leads_to_the_tail);
    tcase_add_test(tests,
                   tracks_that_are_nearly_one_vector_come_once_on_request);
    tcase_add_test(tests, places_are_fused_as_well_as_scores);
    tcase_add_test(tests, a_question_out_of_range_is_refused_and_says_what);
    tcase_add_test(tests, when_all_is_banned_the_list_is_empty);
    tcase_add_test(tests, sources_that_do_not_fit_are_refused);
    tcase_add_test(tests, every_kernel_set_makes_nearly_the_same_list);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("recommender", add_tests);
}
