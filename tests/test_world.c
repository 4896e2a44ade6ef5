/*
 * test_world.c - the generated world: its people, its music and its sound
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "../tools/synth_random.h"
#include "../tools/world.h"

#define BANDS 16
#define RATE 22050
#define FRAME 2205 /* a tenth of a second */
#define MAX_FRAMES 80

/* A world small enough to be made in every test. */
static struct world *make_world(uint64_t seed)
{
    struct world_options options;
    struct world *world;

    world_options_init(&options);
    options.seed = seed;
    options.n_tracks = 300;
    options.n_artists = 40;
    options.n_listeners = 200;
    options.plays_per_listener = 40;
    options.track_seconds = 8;
    world = world_create(&options);
    ck_assert_ptr_nonnull(world);
    return world;
}

static float *render(const struct world *world, size_t track)
{
    size_t n = world_track_samples(world);
    float *pcm = malloc(n * sizeof *pcm);

    ck_assert_ptr_nonnull(pcm);
    ck_assert_int_eq(world_render(world, track, pcm, n), 0);
    return pcm;
}

/* ---- What an ear would notice ------------------------------------------- */

/* Levels in dB of resonators from 50 Hz to 9 kHz; returns the frames. */
static size_t listen(const float *pcm, size_t n, double (*levels)[BANDS])
{
    size_t n_frames = n / FRAME < MAX_FRAMES ? n / FRAME : MAX_FRAMES;

    for (size_t b = 0; b < BANDS; b++) {
        double hz = 50 * pow(180.0, (double)b / (BANDS - 1));
        double r = exp(-0.4 * hz / RATE), last = 0, before = 0;
        double turn = 2 * r * cos(6.283185307 * hz / RATE);

        for (size_t f = 0; f < n_frames; f++) {
            double energy = 1e-7;

            for (size_t i = f * FRAME; i < (f + 1) * FRAME; i++) {
                double y = (1 - r) * ((double)pcm[i] -
                                      (i > 1 ? (double)pcm[i - 2] : 0.0)) +
                           turn * last - r * r * before;

                before = last;
                last = y;
                energy += y * y / FRAME;
            }
            levels[f][b] = 10 * log10(energy);
        }
    }
    return n_frames;
}

/* The mean distance, in dB, between the frames of two sounds. */
static double unlikeness(const float *left, const float *right, size_t n)
{
    static double a[MAX_FRAMES][BANDS], b[MAX_FRAMES][BANDS];
    size_t n_frames = listen(left, n, a);
    double sum = 0;

    listen(right, n, b);
    for (size_t f = 0; f < n_frames; f++)
        for (size_t k = 0; k < BANDS; k++)
            sum += fabs(a[f][k] - b[f][k]);
    return sum / (double)(n_frames * BANDS);
}

#define SUMMARY (3 * BANDS + 1)

/* For each band the mean, the spread and the flux; and a constant. */
static void summarise(const float *pcm, size_t n, double summary[SUMMARY])
{
    static double levels[MAX_FRAMES][BANDS];
    size_t n_frames = listen(pcm, n, levels);

    for (size_t b = 0; b < BANDS; b++) {
        double mean = 0, square = 0, flux = 0;

        for (size_t f = 0; f < n_frames; f++) {
            mean += levels[f][b] / (double)n_frames;
            square += levels[f][b] * levels[f][b] / (double)n_frames;
            if (f > 0)
                flux += fabs(levels[f][b] - levels[f - 1][b]);
        }
        summary[b] = mean / 10;
        summary[BANDS + b] = sqrt(fmax(0, square - mean * mean)) / 4;
        summary[2 * BANDS + b] = flux / (double)n_frames / 4;
    }
    summary[3 * BANDS] = 1;
}

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

START_TEST(genres_and_attributes_have_names_of_their_own)
{
    for (size_t i = 0; i < WORLD_N_GENRES; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(world_genre_name(i), world_genre_name(k));
    for (size_t i = 0; i < WORLD_N_ATTRIBUTES; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(world_attribute_name(i), world_attribute_name(k));
    ck_assert_ptr_null(world_genre_name(WORLD_N_GENRES));
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
            n_blank += isnan(noted[a]) != 0;
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
    ck_assert_double_gt(gini(listeners, n_listeners), 0.4);
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

/* ---- Sound -------------------------------------------------------------- */

START_TEST(every_track_is_a_sound_without_faults)
{
    struct world *world = make_world(2);
    size_t n = world_track_samples(world);

    for (size_t t = 0; t < 40; t++) {
        float *pcm = render(world, t);
        double square = 0, mean = 0;
        size_t n_bad = 0;
        float peak = 0;

        for (size_t i = 0; i < n; i++) {
            n_bad += isfinite(pcm[i]) == 0;
            n_bad += fpclassify(pcm[i]) == FP_SUBNORMAL;
            peak = fmaxf(peak, fabsf(pcm[i]));
            square += (double)pcm[i] * (double)pcm[i] / (double)n;
            mean += (double)pcm[i] / (double)n;
        }
        ck_assert_uint_eq(n_bad, 0);
        ck_assert_float_le(peak, 0.9f);
        ck_assert_float_ge(peak, 0.88f);
        ck_assert_double_gt(square, 1e-4);
        ck_assert_double_lt(fabs(mean), 0.02);
        free(pcm);
    }
    world_free(world);
}
END_TEST

START_TEST(nothing_but_extremes_is_still_a_sound)
{
    static float pcm[3 * RATE];
    struct synth_recipe recipe = {.rate_hz = RATE};
    size_t n_bad = 0;

    for (int a = 0; a < SYNTH_N_ATTRIBUTES; a++)
        recipe.attributes[a] = (float)_i;
    for (uint64_t seed = 0; seed < 5; seed++) {
        recipe.seed = seed;
        ck_assert_int_eq(synth_render(&recipe, pcm, 3 * RATE), 0);
        for (size_t i = 0; i < 3 * RATE; i++)
            n_bad += !(fabsf(pcm[i]) <= 1.0f);
        ck_assert_int_eq(synth_render(&recipe, pcm, (size_t)seed), 0);
    }
    ck_assert_uint_eq(n_bad, 0);
}
END_TEST

START_TEST(recipes_outside_their_range_are_refused)
{
    float pcm[16];
    struct synth_recipe recipe = {.rate_hz = 4000};

    ck_assert_int_eq(synth_render(&recipe, pcm, 16), -1);
    recipe.rate_hz = RATE;
    recipe.attributes[SYNTH_PIANO] = 1.5f;
    ck_assert_int_eq(synth_render(&recipe, pcm, 16), -1);
    recipe.attributes[SYNTH_PIANO] = NAN;
    ck_assert_int_eq(synth_render(&recipe, pcm, 16), -1);
}
END_TEST

START_TEST(every_attribute_can_be_heard)
{
    static float none[8 * RATE], all[8 * RATE];
    struct synth_recipe recipe = {.seed = 11, .rate_hz = RATE};

    /* A few quiet instruments, so that none drowns another. */
    for (int a = 0; a < SYNTH_N_ATTRIBUTES; a++)
        recipe.attributes[a] =
            a >= SYNTH_PIANO && a <= SYNTH_ARPEGGIO ? 0.15f : 0.4f;
    recipe.attributes[SYNTH_DRONE] = recipe.attributes[SYNTH_GRIT] = 0;
    recipe.attributes[SYNTH_DYNAMICS] = 0;
    recipe.attributes[SYNTH_TEMPO] = 0.7f; /* many sections */
    recipe.attributes[_i] = 0;
    ck_assert_int_eq(synth_render(&recipe, none, 8 * RATE), 0);
    recipe.attributes[_i] = 1;
    ck_assert_int_eq(synth_render(&recipe, all, 8 * RATE), 0);
    ck_assert_msg(unlikeness(none, all, 8 * RATE) > 0.3,
                  "%s changes the sound by %.2f dB only",
                  synth_attribute_name((size_t)_i),
                  unlikeness(none, all, 8 * RATE));
}
END_TEST

START_TEST(tracks_with_equal_attributes_differ)
{
    static float one[8 * RATE], two[8 * RATE];
    struct synth_recipe recipe = {.seed = 1, .rate_hz = RATE};

    for (int a = 0; a < SYNTH_N_ATTRIBUTES; a++)
        recipe.attributes[a] = 0.5f;
    ck_assert_int_eq(synth_render(&recipe, one, 8 * RATE), 0);
    recipe.seed = 2;
    ck_assert_int_eq(synth_render(&recipe, two, 8 * RATE), 0);
    ck_assert_double_gt(unlikeness(one, two, 8 * RATE), 0.8);
}
END_TEST

/* ---- What can be learned ------------------------------------------------ */

/* Solve `a` x = `b` by elimination; `a` is positive definite. */
static void solve(double a[SUMMARY][SUMMARY], double b[SUMMARY])
{
    for (size_t i = 0; i < SUMMARY; i++)
        for (size_t k = i + 1; k < SUMMARY; k++) {
            double by = a[k][i] / a[i][i];

            for (size_t c = i; c < SUMMARY; c++)
                a[k][c] -= by * a[i][c];
            b[k] -= by * b[i];
        }
    for (size_t i = SUMMARY; i-- > 0;) {
        for (size_t c = i + 1; c < SUMMARY; c++)
            b[i] -= a[i][c] * b[c];
        b[i] /= a[i][i];
    }
}

/* Ridge regression on the first `n_fit` rows; how well it does on the rest. */
static double correlation(double (*x)[SUMMARY], const double *y, size_t n_fit,
                          size_t n)
{
    static double a[SUMMARY][SUMMARY];
    double w[SUMMARY] = {0}, p = 0, q = 0, pp = 0, qq = 0, pq = 0;
    double m = (double)(n - n_fit);

    for (size_t i = 0; i < SUMMARY; i++)
        for (size_t k = 0; k < SUMMARY; k++) {
            a[i][k] = i == k ? 1.0 : 0.0;
            for (size_t t = 0; t < n_fit; t++)
                a[i][k] += x[t][i] * x[t][k];
        }
    for (size_t i = 0; i < SUMMARY; i++)
        for (size_t t = 0; t < n_fit; t++)
            w[i] += x[t][i] * y[t];
    solve(a, w);
    for (size_t t = n_fit; t < n; t++) {
        double guess = 0;

        for (size_t i = 0; i < SUMMARY; i++)
            guess += w[i] * x[t][i];
        p += guess / m;
        q += y[t] / m;
        pp += guess * guess / m;
        qq += y[t] * y[t] / m;
        pq += guess * y[t] / m;
    }
    return (pq - p * q) / sqrt((pp - p * p) * (qq - q * q) + 1e-12);
}

START_TEST(sound_tells_the_attributes)
{
    enum {
        N = 240,
        FIT = 160
    };
    static double x[N][SUMMARY], y[N];
    struct world *world = make_world(4);
    double sum = 0;
    int n_told = 0;

    for (size_t t = 0; t < N; t++) {
        float *pcm = render(world, t);

        summarise(pcm, world_track_samples(world), x[t]);
        free(pcm);
    }
    for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++) {
        double r;

        for (size_t t = 0; t < N; t++)
            y[t] = (double)world_attributes(world, t)[a];
        r = correlation(x, y, FIT, N);
        sum += r;
        n_told += r > 0.3;
    }
    ck_assert_double_gt(sum / WORLD_N_ATTRIBUTES, 0.4);
    ck_assert_int_gt(n_told, 30);
    world_free(world);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, one_seed_gives_one_world);
    tcase_add_test(tests, another_seed_gives_another_world);
    tcase_add_test(tests, senseless_options_are_refused);
    tcase_add_test(tests, every_id_and_every_artist_name_is_unique);
    tcase_add_test(tests, genres_and_attributes_have_names_of_their_own);
    tcase_add_test(tests, annotations_are_near_the_truth_in_quarters);
    tcase_add_test(tests, plays_have_a_long_tail);
    tcase_add_test(tests, cold_tracks_are_played_only_in_the_future);
    tcase_add_test(tests, every_track_is_a_sound_without_faults);
    tcase_add_loop_test(tests, nothing_but_extremes_is_still_a_sound, 0, 2);
    tcase_add_test(tests, recipes_outside_their_range_are_refused);
    tcase_add_loop_test(tests, every_attribute_can_be_heard, 0,
                        SYNTH_N_ATTRIBUTES);
    tcase_add_test(tests, tracks_with_equal_attributes_differ);
    tcase_add_test(tests, sound_tells_the_attributes);
}

int main(void)
{
    return check_run("world", add_tests);
}
