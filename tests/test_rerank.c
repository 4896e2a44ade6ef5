/*
 * test_rerank.c - the rules of a list
 */
#include "check_run.h"

#include "list_lab.h"

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

START_TEST(what_was_just_heard_does_not_come_again_unless_that_is_wanted)
{
    ltrec_recommender_sources sources = catalogue_sources(cat);
    ltrec_recommender *nameless; /* no recordings are known */
    struct answer first, after;

    ck_assert_int_eq(
        ltrec_recommender_create(ctx, &sources, NULL, NULL, &nameless, NULL),
        LTREC_OK);
    list.played_too = 1;
    first = ask(nameless, 20);
    list.n_before = 10;
    list.before = first.ids;
    after = ask(nameless, 20);
    ck_assert_uint_eq(after.n, 20);
    for (size_t i = 0; i < 10; i++)
        ck_assert(!is_in(first.ids[i], after.ids, 20));
    list.one_recording = 0;
    after = ask(nameless, 20);
    ck_assert_mem_eq(after.ids, first.ids, 20 * sizeof *first.ids);
    ltrec_recommender_free(nameless);
}
END_TEST

START_TEST(banned_artists_are_gone_however_many_they_are)
{
    uint64_t banned[CAT_ARTISTS + 2] = {0};
    struct answer a;

    for (size_t i = 0; i < CAT_ARTISTS; i++) /* in no order, some twice */
        banned[1 + i] = 500 + (i * 7 % CAT_ARTISTS) / 2 * 2;
    list.banned_artists = banned;
    list.n_banned_artists = CAT_ARTISTS + 2;
    a = ask(all, CAT_ITEMS);
    ck_assert_uint_gt(a.n, 20);
    for (size_t i = 0; i < a.n; i++) {
        uint64_t artist = cat->artists[catalogue_find(cat, a.ids[i])];

        ck_assert(artist == 0 || artist % 2 == 1);
    }
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

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, caps_are_kept_and_filled);
    tcase_add_test(tests,
                   whatever_the_rules_caps_hold_and_nothing_comes_twice);
    tcase_add_test(tests, windows_hold_while_they_can_and_give_way_when_not);
    tcase_add_test(
        tests, what_was_just_heard_does_not_come_again_unless_that_is_wanted);
    tcase_add_test(tests, banned_artists_are_gone_however_many_they_are);
    tcase_add_test(
        tests, pins_come_first_bans_never_boosts_move_and_all_of_them_hold);
    tcase_add_test(tests, pins_beat_caps_and_count_for_them);
    tcase_add_test(tests,
                   diversity_spreads_a_list_and_a_discount_leads_to_the_tail);
    tcase_add_test(tests,
                   tracks_that_are_nearly_one_vector_come_once_on_request);
    tcase_add_test(tests, a_question_out_of_range_is_refused_and_says_what);
    tcase_add_test(tests, when_all_is_banned_the_list_is_empty);
}

int main(void)
{
    return check_run("rerank", add_tests);
}
