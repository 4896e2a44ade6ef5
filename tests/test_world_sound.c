/*
 * test_world_sound.c - the generated world: its music, as an ear would have it
 */
#include "small_world.h"

#include <math.h>
#include <string.h>

#include "../tools/synth_random.h"

#define BANDS 16
#define RATE 22050
#define FRAME 2205 /* a tenth of a second */
#define MAX_FRAMES 80

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
    return check_run("world_sound", add_tests);
}
