/*
 * test_describe_music.c - loudness, tempo and key of sounds that have them
 */
#include "describe_lab.h"

/* ---- Loudness ----------------------------------------------------------- */

struct stretch {
    double seconds, dbfs; /* of a stereo sine; 0 seconds end a list */
};

/* The signals of EBU Tech 3341 (1 to 5) and 3342 (1 to 4), and one in
 * surround: the six channels of 3341's sixth. */
static void describe_sines(uint32_t rate, double hz, uint32_t channels,
                           const double *gains, const struct stretch *list)
{
    size_t n = 0, at = 0;
    float *pcm;

    for (const struct stretch *s = list; s->seconds > 0; s++)
        n += (size_t)(s->seconds * rate);
    pcm = malloc(n * channels * sizeof *pcm);
    for (const struct stretch *s = list; s->seconds > 0; s++)
        for (size_t i = 0; i < (size_t)(s->seconds * rate); i++, at++)
            for (uint32_t c = 0; c < channels; c++)
                pcm[at * channels + c] =
                    (float)(pow(10, (s->dbfs + gains[c]) / 20) *
                            sin(SIGNALS_TWO_PI * hz * (double)at / rate));
    describe(rate, channels, pcm, n);
    free(pcm);
}

static const double stereo[] = {0, 0};

START_TEST(the_loudness_of_test_signals_is_as_the_ebu_says)
{
    static const struct stretch signals[][6] = {
        {{20, -23}},
        {{20, -33}},
        {{10, -36}, {60, -23}, {10, -36}},
        {{10, -72}, {10, -36}, {60, -23}, {10, -36}, {10, -72}},
        {{20, -26}, {20.1, -20}, {20, -26}},
    };
    static const double wanted[] = {-23, -33, -23, -23, -23};

    describe_sines(48000, 1000, 2, stereo, signals[_i]);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_LOUDNESS], wanted[_i],
                            0.1);
}
END_TEST

START_TEST(loudness_is_the_same_at_any_rate)
{
    static const uint32_t rates[] = {8000,  22050,  32000, 44100,
                                     96000, 192000, 11025};
    static const struct stretch signal[] = {{5, -23}, {0, 0}};

    describe_sines(rates[_i], 997, 2, stereo, signal);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_LOUDNESS], -23, 0.1);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_PEAK], -23, 0.01);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_SECONDS], 5, 1e-4);
}
END_TEST

START_TEST(surround_channels_weigh_as_the_itu_says)
{
    static const struct stretch signal[] = {{20, 0}, {0, 0}};
    static const double six[] = {-28, -28, -24, 0, -30, -30};
    static const double five[] = {-28, -28, -24, -30, -30};

    describe_sines(48000, 1000, 6, six, signal);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_LOUDNESS], -23, 0.1);
    describe_sines(48000, 1000, 5, five, signal);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_LOUDNESS], -23, 0.1);
}
END_TEST

START_TEST(the_loudness_range_of_test_signals_is_as_the_ebu_says)
{
    static const struct stretch signals[][6] = {
        {{20, -20}, {20, -30}},
        {{20, -20}, {20, -15}},
        {{20, -40}, {20, -20}},
        {{20, -50}, {20, -35}, {20, -20}, {20, -35}, {20, -50}},
    };
    static const double wanted[] = {10, 5, 20, 15};

    describe_sines(48000, 1000, 2, stereo, signals[_i]);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_LOUDNESS_RANGE],
                            wanted[_i], 1);
}
END_TEST

/* ---- Tempo -------------------------------------------------------------- */

/* A decaying burst of noise added at a time. */
static void add_click(float *pcm, size_t n, double seconds, double peak)
{
    size_t start = (size_t)(seconds * RATE + 0.5), length = RATE / 20;
    float *noise = make_noise(length, 7);

    for (size_t i = 0; i < length && start + i < n; i++)
        pcm[start + i] += (float)(2 * peak * (double)noise[i] *
                                  exp(-(double)i / (0.008 * RATE)));
    free(noise);
}

static float *make_clicks(size_t n, double bpm, double peak)
{
    float *pcm = calloc(n, sizeof *pcm);

    for (int beat = 0; beat * 60 / bpm < (double)n / RATE; beat++)
        add_click(pcm, n, 0.1 + beat * 60 / bpm, peak);
    return pcm;
}

START_TEST(the_tempo_of_clicks_is_found)
{
    size_t n = 30 * RATE;
    double bpm = 60 + 5 * _i;
    float *pcm = make_clicks(n, bpm, 0.5);

    describe(RATE, 1, pcm, n);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_TEMPO], bpm, 0.003 * bpm);
    ck_assert_double_gt(values[LTREC_DESCRIPTOR_TEMPO_STRENGTH], 0.5);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_ONSET_RATE], bpm / 60,
                            0.04 * bpm / 60);
    free(pcm);
}
END_TEST

START_TEST(a_beat_and_its_half_are_both_candidates)
{
    size_t n = 30 * RATE;
    float *pcm = make_clicks(n, 100, 0.5);
    int found = 0;

    for (int i = 0; i < 50; i++)
        add_click(pcm, n, 0.1 + 0.3 + i * 0.6, 0.12);
    describe(RATE, 1, pcm, n);
    for (size_t i = 0; i < 2; i++) {
        float bpm = values[LTREC_DESCRIPTOR_TEMPO + 2 * i];

        found += fabs(bpm - 100) < 0.5;
        found += fabs(bpm - 200) < 1;
    }
    ck_assert_int_eq(found, 2);
    free(pcm);
}
END_TEST

START_TEST(noise_has_no_strong_tempo)
{
    size_t n = 30 * RATE;
    float *pcm = make_noise(n, 3);

    describe(RATE, 1, pcm, n);
    if (!isnan(values[LTREC_DESCRIPTOR_TEMPO]))
        ck_assert_double_lt(values[LTREC_DESCRIPTOR_TEMPO_STRENGTH], 0.1);
    ck_assert_double_lt(values[LTREC_DESCRIPTOR_ONSET_RATE], 0.5);
    free(pcm);
}
END_TEST

/* ---- Key ---------------------------------------------------------------- */

/* A note of eight harmonics, `pitch` semitones above the C at a4 / 1.68. */
static void add_note(float *pcm, size_t n, double start, double seconds,
                     double pitch, double a4)
{
    double hz = a4 * exp2((pitch - 9) / 12);
    size_t first = (size_t)(start * RATE), length = (size_t)(seconds * RATE);

    for (size_t i = 0; i < length && first + i < n; i++) {
        double t = (double)i / RATE, sum = 0;

        for (int k = 1; k <= 8; k++)
            sum += sin(SIGNALS_TWO_PI * hz * k * t) * pow(0.6, k);
        pcm[first + i] += (float)(0.1 * sum * exp(-2 * t));
    }
}

/* A cadence, then the scale up, both twice: one bar of it is 2 seconds. */
static float *make_song(size_t n, int tonic, int major, double a4)
{
    static const int scales[2][8] = {{0, 2, 3, 5, 7, 8, 11, 12},
                                     {0, 2, 4, 5, 7, 9, 11, 12}};
    static const int roots[4] = {0, 5, 7, 0}; /* I IV V I, V always major */
    float *pcm = calloc(n, sizeof *pcm);

    for (int bar = 0; bar * 2 < (int)(n / RATE); bar++) {
        int degree = bar % 4, root = tonic + roots[degree];
        int third = degree == 2 || major ? 4 : 3;

        add_note(pcm, n, bar * 2, 2, root - 12, a4);
        add_note(pcm, n, bar * 2, 2, root, a4);
        add_note(pcm, n, bar * 2, 2, root + third, a4);
        add_note(pcm, n, bar * 2, 2, root + 7, a4);
        for (int i = 0; i < 4; i++)
            add_note(pcm, n, bar * 2 + i * 0.5, 0.5,
                     tonic + scales[major][(bar % 2) * 4 + i], a4);
    }
    return pcm;
}

START_TEST(the_key_of_a_cadence_and_a_scale_is_found)
{
    size_t n = 16 * RATE;
    float *pcm = make_song(n, _i / 2, _i % 2, 440), sum = 0;

    describe(RATE, 1, pcm, n);
    ck_assert_float_eq(values[LTREC_DESCRIPTOR_KEY], (float)(_i / 2));
    ck_assert_float_eq(values[LTREC_DESCRIPTOR_MODE], (float)(_i % 2));
    ck_assert_double_gt(values[LTREC_DESCRIPTOR_KEY_STRENGTH], 0.6);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_TUNING], 0, 4);
    for (int i = 0; i < 12; i++)
        sum += values[LTREC_DESCRIPTOR_CHROMA + i];
    ck_assert_double_eq_tol(sum, 1, 1e-5);
    free(pcm);
}
END_TEST

START_TEST(instruments_tuned_to_another_a_give_the_same_key)
{
    static const double a4[] = {428, 432, 446, 452};
    size_t n = 16 * RATE;
    float *pcm = make_song(n, 2, 1, a4[_i]);

    describe(RATE, 1, pcm, n);
    ck_assert_float_eq(values[LTREC_DESCRIPTOR_KEY], 2);
    ck_assert_float_eq(values[LTREC_DESCRIPTOR_MODE], 1);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_TUNING],
                            1200 * log2(a4[_i] / 440), 5);
    free(pcm);
}
END_TEST

START_TEST(one_note_has_little_entropy_and_all_have_much)
{
    size_t n = 12 * RATE;
    float *pcm = make_sine(n, RATE, 440, 0.5);

    describe(RATE, 1, pcm, n);
    ck_assert_double_lt(values[LTREC_DESCRIPTOR_CHROMA_ENTROPY], 0.01);
    ck_assert_double_lt(values[LTREC_DESCRIPTOR_CHROMA_FLUX], 0.01);
    ck_assert_double_eq_tol(values[LTREC_DESCRIPTOR_CHROMA + 9], 1, 0.01);
    memset(pcm, 0, n * sizeof *pcm);
    for (int i = 0; i < 12; i++)
        for (size_t k = 0; k < RATE; k++)
            pcm[(size_t)i * RATE + k] =
                (float)(0.5 * sin(SIGNALS_TWO_PI * 440 * exp2((double)i / 12) *
                                  (double)k / RATE));
    describe(RATE, 1, pcm, n);
    ck_assert_double_gt(values[LTREC_DESCRIPTOR_CHROMA_ENTROPY], 0.97);
    ck_assert_double_gt(values[LTREC_DESCRIPTOR_CHROMA_FLUX], 0.2);
    free(pcm);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_loudness_of_test_signals_is_as_the_ebu_says,
                        0, 5);
    tcase_add_loop_test(tests, loudness_is_the_same_at_any_rate, 0, 7);
    tcase_add_test(tests, surround_channels_weigh_as_the_itu_says);
    tcase_add_loop_test(
        tests, the_loudness_range_of_test_signals_is_as_the_ebu_says, 0, 4);
    tcase_add_loop_test(tests, the_tempo_of_clicks_is_found, 0, 25);
    tcase_add_test(tests, a_beat_and_its_half_are_both_candidates);
    tcase_add_test(tests, noise_has_no_strong_tempo);
    tcase_add_loop_test(tests, the_key_of_a_cadence_and_a_scale_is_found, 0,
                        24);
    tcase_add_loop_test(
        tests, instruments_tuned_to_another_a_give_the_same_key, 0, 4);
    tcase_add_test(tests, one_note_has_little_entropy_and_all_have_much);
}

int main(void)
{
    return check_run("describe_music", add_tests);
}
