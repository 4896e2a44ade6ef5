/*
 * test_world.c - the generated world: its people and its tables
 */
#include "small_world.h"

#include <math.h>
#include <string.h>

/* ---- The same and not the same ------------------------------------------ */

START_TEST(one_seed_gives_one_world)
{
    struct world *one = make_world(5), *two = make_world(5);
    float *a = render(one, 17), *b = render(two, 17);
    size_t n_one, n_two;
    const struct world_play *left = world_plays(one, &n_one);
    const struct world_play *right = world_plays(two, &n_two);

    ck_assert_uint_eq(n_one, n_two);
    ck_assert_mem_eq(left, right, n_one * sizeof *left);
    ck_assert_mem_eq(a, b, world_track_samples(one) * sizeof *a);
    ck_assert_mem_eq(world_taste(one, 17), world_taste(two, 17),
                     world_rank(one) * sizeof(float));
    ck_assert_mem_eq(world_track(one, 17), world_track(two, 17),
                     sizeof(struct world_track));
    free(a);
    free(b);
    world_free(one);
    world_free(two);
}
END_TEST

START_TEST(another_seed_gives_another_world)
{
    struct world *one = make_world(5), *two = make_world(6);
    float *a = render(one, 17), *b = render(two, 17);

    ck_assert_mem_ne(a, b, world_track_samples(one) * sizeof *a);
    ck_assert_mem_ne(world_attributes(one, 17), world_attributes(two, 17),
                     WORLD_N_ATTRIBUTES * sizeof(float));
    ck_assert_str_ne(world_artist(one, 3)->name, world_artist(two, 3)->name);
    free(a);
    free(b);
    world_free(one);
    world_free(two);
}
END_TEST

START_TEST(senseless_options_are_refused)
{
    struct world_options options;

    world_options_init(&options);
    options.n_artists = options.n_tracks + 1;
    ck_assert_ptr_null(world_create(&options));
    world_options_init(&options);
    options.n_listeners = 0;
    ck_assert_ptr_null(world_create(&options));
    world_options_init(&options);
    options.cold_share = NAN;
    ck_assert_ptr_null(world_create(&options));
    world_options_init(&options);
    options.rate_hz = 1000;
    ck_assert_ptr_null(world_create(&options));
}
END_TEST

/* ---- Names and tables --------------------------------------------------- */

START_TEST(every_id_and_every_artist_name_is_unique)
{
    struct world *world = make_world(1);
    size_t n_equal = 0;

    /* One assertion for all: Check writes each of them to a file. */
    for (size_t i = 1; i < world_n_tracks(world); i++)
        for (size_t k = 0; k < i; k++)
            n_equal += strcmp(world_track(world, i)->id,
                              world_track(world, k)->id) == 0;
    for (size_t i = 1; i < world_n_artists(world); i++)
        for (size_t k = 0; k < i; k++) {
            n_equal += strcmp(world_artist(world, i)->id,
                              world_artist(world, k)->id) == 0;
            n_equal += strcmp(world_artist(world, i)->name,
                              world_artist(world, k)->name) == 0;
        }
    ck_assert_uint_eq(n_equal, 0);
    ck_assert_str_eq(world_track(world, 0)->id, "t0001");
    ck_assert_str_eq(world_listener(world, 9)->id, "u0010");
    world_free(world);
}
END_TEST

/* Two of one name would be copies of one recording. */
START_TEST(no_artist_has_two_tracks_of_one_title)
{
    struct world *world = world_create(NULL);
    size_t n_equal = 0, n_copies = 0;

    for (size_t i = 0; i < world_n_tracks(world); i++)
        for (size_t k = 0; k < i; k++) {
            const struct world_track *a = world_track(world, i);
            const struct world_track *b = world_track(world, k);
            bool equal = strcmp(a->title, b->title) == 0;

            n_equal += equal;
            n_copies += equal && a->artist == b->artist;
        }
    ck_assert_uint_gt(n_equal, 0);
    ck_assert_uint_eq(n_copies, 0);
    world_free(world);
}
END_TEST

START_TEST(tags_and_attributes_have_names_of_their_own)
{
    for (size_t i = 0; i < WORLD_N_TAGS; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(world_tag_name(i), world_tag_name(k));
    for (size_t i = 0; i < WORLD_N_ATTRIBUTES; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(world_attribute_name(i), world_attribute_name(k));
    ck_assert_ptr_null(world_tag_name(WORLD_N_TAGS));
    ck_assert_ptr_null(world_attribute_name(WORLD_N_ATTRIBUTES));
}
END_TEST

START_TEST(annotations_are_near_the_truth_in_quarters)
{
    struct world *world = make_world(1);
    size_t n_annotated = 0, n_blank = 0, n_close = 0, n_values = 0;
    size_t n_odd = 0;

    for (size_t t = 0; t < world_n_tracks(world); t++) {
        const float *noted = world_annotation(world, t);
        const float *truth = world_attributes(world, t);

        ck_assert_int_eq(noted != NULL, world_track(world, t)->annotated);
        n_annotated += noted != NULL;
        for (size_t a = 0; noted != NULL && a < WORLD_N_ATTRIBUTES; a++) {
            n_blank += isnan(noted[a]) != 0 && world_is_asked(a);
            n_odd += !isnan(noted[a]) && !world_is_asked(a);
            if (isnan(noted[a]))
                continue;
            n_values++;
            n_odd += fabsf(4 * noted[a] - roundf(4 * noted[a])) > 0;
            n_close += fabsf(noted[a] - truth[a]) < 0.25f;
        }
    }
    ck_assert_uint_gt(n_annotated, world_n_tracks(world) * 3 / 4);
    ck_assert_uint_lt(n_annotated, world_n_tracks(world));
    ck_assert_uint_eq(n_odd, 0);
    ck_assert_uint_gt(n_blank, 0);
    ck_assert_uint_gt(n_close, n_values * 97 / 100);
    world_free(world);
}
END_TEST

/* One genre or two, then a subgenre, all of them different; an artist's own in
 * a genre is one, which a tag now and then gets wrong. */
START_TEST(tracks_are_tagged_with_genres_and_a_subgenre)
{
    struct world *world = make_world(1);
    size_t n = world_n_tracks(world), n_odd = 0, n_fit = 0, n_two = 0;
    size_t n_pairs = 0, n_same = 0;

    for (size_t t = 0; t < n; t++) {
        const struct world_track *track = world_track(world, t);
        size_t sub = track->tags[track->n_tags - 1] - WORLD_N_GENRES;

        n_odd += track->n_tags < 2 || track->n_tags > 3;
        n_odd += sub >= WORLD_N_TAGS - WORLD_N_GENRES;
        for (size_t k = 0; k + 1 < track->n_tags; k++)
            n_odd += track->tags[k] >= WORLD_N_GENRES;
        n_odd += track->n_tags == 3 && track->tags[0] == track->tags[1];
        n_fit += sub / WORLD_N_SUBGENRES == track->tags[0];
        n_two += track->n_tags == 3;
        for (size_t k = 0; k < t; k++) {
            const struct world_track *other = world_track(world, k);
            size_t as = other->tags[other->n_tags - 1] - WORLD_N_GENRES;
            bool is_pair = other->artist == track->artist &&
                           as / WORLD_N_SUBGENRES == sub / WORLD_N_SUBGENRES;

            n_pairs += is_pair;
            n_same += is_pair && as == sub;
        }
    }
    ck_assert_uint_eq(n_odd, 0);
    ck_assert_uint_gt(n_fit, n * 4 / 5);
    ck_assert_uint_lt(n_fit, n);
    ck_assert_uint_gt(n_same, n_pairs * 3 / 4);
    ck_assert_uint_lt(n_same, n_pairs * 19 / 20);
    ck_assert_uint_gt(n_two, n / 10);
    world_free(world);
}
END_TEST

/* The artist's part and what no input shows are 11 % of the variance. */
START_TEST(most_of_taste_is_heard_or_tagged)
{
    struct world *world = make_world(5);
    double all = 0, rest = 0;

    for (size_t t = 0; t < world_n_tracks(world); t++)
        for (size_t r = 0; r < world_rank(world); r++) {
            double taste = (double)world_taste(world, t)[r];
            double known = (double)world_known_taste(world, t)[r];

            all += taste * taste;
            rest += (taste - known) * (taste - known);
        }
    ck_assert_double_eq_tol(rest / all, 0.11, 0.02);
    world_free(world);
}
END_TEST

/* ---- Listening ---------------------------------------------------------- */

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return a < b ? -1 : a > b;
}

static double gini(double *x, size_t n)
{
    double sum = 0, weighted = 0;

    qsort(x, n, sizeof *x, by_size);
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        weighted += (2.0 * (double)i + 1 - (double)n) * x[i];
    }
    return weighted / ((double)n * sum);
}

START_TEST(plays_have_a_long_tail)
{
    struct world *world = world_create(NULL);
    size_t n, n_warm = 0, n_tracks, n_listeners;
    const struct world_play *plays;
    double *tracks, *listeners;

    ck_assert_ptr_nonnull(world);
    n_tracks = world_n_tracks(world);
    n_listeners = world_n_listeners(world);
    tracks = calloc(n_tracks, sizeof *tracks);
    listeners = calloc(n_listeners, sizeof *listeners);
    ck_assert_ptr_nonnull(tracks);
    ck_assert_ptr_nonnull(listeners);
    plays = world_plays(world, &n);
    for (size_t i = 0; i < n; i++) {
        tracks[plays[i].track] += plays[i].count;
        listeners[plays[i].listener] += plays[i].count;
    }
    for (size_t t = 0; t < n_tracks; t++)
        if (!world_track(world, t)->cold)
            tracks[n_warm++] = tracks[t];
    ck_assert_double_gt(gini(tracks, n_warm), 0.4);
    ck_assert_double_gt(gini(listeners, n_listeners), 0.35);
    free(tracks);
    free(listeners);
    world_free(world);
}
END_TEST

START_TEST(cold_tracks_are_played_only_in_the_future)
{
    struct world *world = make_world(3);
    size_t n, n_future, n_cold = 0, n_bad = 0;
    const struct world_play *plays = world_plays(world, &n);
    const struct world_play *future = world_future(world, &n_future);

    for (size_t i = 0; i < n; i++) {
        n_bad += world_track(world, plays[i].track)->cold;
        n_bad += plays[i].count == 0;
        if (i > 0) /* sorted, so that no pair comes twice */
            n_bad += !(plays[i].listener > plays[i - 1].listener ||
                       (plays[i].listener == plays[i - 1].listener &&
                        plays[i].track > plays[i - 1].track));
    }
    for (size_t i = 0; i < n_future; i++)
        n_bad += !world_track(world, future[i].track)->cold;
    ck_assert_uint_eq(n_bad, 0);
    for (size_t t = 0; t < world_n_tracks(world); t++)
        n_cold += world_track(world, t)->cold;
    ck_assert_uint_gt(n_cold, world_n_tracks(world) / 8);
    ck_assert_uint_lt(n_cold, world_n_tracks(world) / 3);
    ck_assert_uint_gt(n_future, n_cold);
    world_free(world);
}
END_TEST

/* By artists of their own; the same plays, track by track, as without them. */
START_TEST(what_is_undiscovered_leaves_the_rest_as_it_is)
{
    struct world_options options;
    struct world *with, *without = world_create(NULL);
    size_t n, n_with, n_future, n_bad = 0;
    const struct world_play *plays, *more;

    world_options_init(&options);
    options.n_undiscovered = 100;
    with = world_create(&options);
    ck_assert_ptr_nonnull(with);
    n = world_n_tracks(without);
    ck_assert_uint_eq(world_n_tracks(with), n + 100);
    ck_assert_uint_eq(world_n_artists(with), world_n_artists(without) + 13);
    ck_assert_mem_eq(world_taste(with, 0), world_taste(without, 0),
                     n * world_rank(with) * sizeof(float));
    for (size_t t = 0; t < n; t++)
        n_bad += memcmp(world_track(with, t), world_track(without, t),
                        sizeof(struct world_track)) != 0;
    for (size_t t = n; t < n + 100; t++) {
        const struct world_track *track = world_track(with, t);

        n_bad += !track->undiscovered || track->cold;
        n_bad += track->artist < world_n_artists(without);
        n_bad += track->artist >= world_n_artists(with);
    }
    ck_assert_uint_eq(n_bad, 0);
    plays = world_plays(without, &n);
    more = world_plays(with, &n_with);
    ck_assert_uint_eq(n, n_with);
    ck_assert_mem_eq(plays, more, n * sizeof *plays);
    plays = world_future(without, &n);
    more = world_future(with, &n_future);
    ck_assert_uint_eq(n, n_future);
    ck_assert_mem_eq(plays, more, n * sizeof *plays);
    world_free(with);
    world_free(without);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, one_seed_gives_one_world);
    tcase_add_test(tests, another_seed_gives_another_world);
    tcase_add_test(tests, senseless_options_are_refused);
    tcase_add_test(tests, every_id_and_every_artist_name_is_unique);
    tcase_add_test(tests, no_artist_has_two_tracks_of_one_title);
    tcase_add_test(tests, tags_and_attributes_have_names_of_their_own);
    tcase_add_test(tests, annotations_are_near_the_truth_in_quarters);
    tcase_add_test(tests, tracks_are_tagged_with_genres_and_a_subgenre);
    tcase_add_test(tests, most_of_taste_is_heard_or_tagged);
    tcase_add_test(tests, plays_have_a_long_tail);
    tcase_add_test(tests, cold_tracks_are_played_only_in_the_future);
    tcase_add_test(tests, what_is_undiscovered_leaves_the_rest_as_it_is);
}

int main(void)
{
    return check_run("world", add_tests);
}
