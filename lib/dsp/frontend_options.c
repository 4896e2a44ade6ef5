/*
 * frontend_options.c - presets, ranges, and what tells two front ends apart
 */
#include "dsp/frontend.h"

#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "dsp/constantq.h"
#include "dsp/stft.h"

#define LEAST_RATE 1000
#define MOST_RATE 768000
#define MOST_BANDS 1024
#define MOST_FLOOR_DB 1000.0f
#define LEAST_AMIN 1e-30f

/* Raised when the same options begin to give other rows. */
#define ARITHMETIC 2

static const ltrec_frontend_options defaults = {
    .size = sizeof defaults,
    .rate_hz = 22050,
    .window = 2048,
    .hop = 1024,
    .bands = 128,
    .scale = LTREC_MEL_SLANEY,
    .norm = LTREC_NORM_SLANEY,
    .level = LTREC_LEVEL_DB,
    .reference = LTREC_REFERENCE_MAX,
    .floor_db = 80,
    .amin = 1e-10f,
    .resampler = LTREC_RESAMPLER_POLYPHASE,
    .precision = LTREC_SPECTRUM_DOUBLE,
    .transform = LTREC_TRANSFORM_MEL,
    .bands_per_octave = 12,
};

/* ---- Presets ------------------------------------------------------------ */

static void as_librosa(ltrec_frontend_options *o)
{
    o->hop = 512;
    o->centred = 1;
    o->reference = LTREC_REFERENCE_ONE;
}

static void as_musicnn(ltrec_frontend_options *o)
{
    o->rate_hz = 16000;
    o->window = 512;
    o->hop = 256;
    o->bands = 96;
    o->centred = 1;
    o->level = LTREC_LEVEL_LOG1P;
    o->reference = LTREC_REFERENCE_ONE;
}

/* librosa's cqt() with 96 bins; the lowest is the lowest C of a piano. */
static void as_cqt(ltrec_frontend_options *o)
{
    o->transform = LTREC_TRANSFORM_CONSTANT_Q;
    o->window = 0;
    o->bands = 96;
    o->fmin_hz = 32.703196f;
    o->centred = 1;
}

void ltrec_frontend_options_init(ltrec_frontend_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

int ltrec_frontend_options_preset(ltrec_frontend_options *options, size_t size,
                                  const char *preset)
{
    ltrec_frontend_options o = defaults;
    int known = 1;

    if (preset && strcmp(preset, "librosa") == 0)
        as_librosa(&o);
    else if (preset && strcmp(preset, "musicnn") == 0)
        as_musicnn(&o);
    else if (preset && strcmp(preset, "cqt") == 0)
        as_cqt(&o);
    else
        known = preset && strcmp(preset, "default") == 0;
    ltr_options_init(options, size, &o, sizeof o);
    return known ? LTREC_OK : LTREC_ERR_ARGUMENT;
}

/* ---- Ranges ------------------------------------------------------------- */

static int check_counts(const ltrec_frontend_options *o, ltrec_error *err)
{
    if (o->rate_hz < LEAST_RATE || o->rate_hz > MOST_RATE)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: rate_hz is %lu, wanted %d to %d",
                        (unsigned long)o->rate_hz, LEAST_RATE, MOST_RATE);
    if (o->bands < 1 || o->bands > MOST_BANDS)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: bands is %lu, wanted 1 to %d",
                        (unsigned long)o->bands, MOST_BANDS);
    return LTREC_OK;
}

static int check_window(const ltrec_frontend_options *o, ltrec_error *err)
{
    if (!ltr_stft_accepts(o->window))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: window is %lu, wanted 16 to 65536 without "
                        "a prime factor above 127",
                        (unsigned long)o->window);
    if (o->hop < 1 || o->hop > o->window)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: hop is %lu, wanted 1 to the window's %lu",
                        (unsigned long)o->hop, (unsigned long)o->window);
    return LTREC_OK;
}

/* Comparisons are written so that NaN fails them. */
static int check_reals(const ltrec_frontend_options *o, ltrec_error *err)
{
    double nyquist = (double)o->rate_hz / 2;

    if (!(o->fmin_hz >= 0 && o->fmin_hz < o->fmax_hz &&
          (double)o->fmax_hz <= nyquist))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: fmin_hz %g and fmax_hz %g, wanted 0 <= "
                        "fmin_hz < fmax_hz <= %g",
                        (double)o->fmin_hz, (double)o->fmax_hz, nyquist);
    if (!(o->floor_db >= 0 && o->floor_db <= MOST_FLOOR_DB))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: floor_db is %g, wanted 0 to %g",
                        (double)o->floor_db, (double)MOST_FLOOR_DB);
    if (!(o->amin >= LEAST_AMIN && o->amin <= 1))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: amin is %g, wanted %g to 1",
                        (double)o->amin, (double)LEAST_AMIN);
    return LTREC_OK;
}

static int check_choice(const char *option, int32_t value, int32_t most,
                        ltrec_error *err)
{
    if (value < 0 || value > most)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "frontend: %s is %ld, wanted 0 to %ld", option,
                        (long)value, (long)most);
    return LTREC_OK;
}

static int check_choices(const ltrec_frontend_options *o, ltrec_error *err)
{
    const struct {
        const char *option;
        int32_t value, most;
    } choices[] = {
        {"scale", o->scale, LTREC_MEL_HTK},
        {"norm", o->norm, LTREC_NORM_NONE},
        {"centred", o->centred, 1},
        {"level", o->level, LTREC_LEVEL_NONE},
        {"reference", o->reference, LTREC_REFERENCE_ONE},
        {"resampler", o->resampler, LTREC_RESAMPLER_NONE},
        {"precision", o->precision, LTREC_SPECTRUM_SINGLE},
        {"transform", o->transform, LTREC_TRANSFORM_CONSTANT_Q},
    };
    int status = LTREC_OK;

    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (status == LTREC_OK)
            status = check_choice(choices[i].option, choices[i].value,
                                  choices[i].most, err);
    return status;
}

int ltr_frontend_options_read(ltrec_frontend_options *options,
                              const ltrec_frontend_options *given,
                              ltrec_error *err)
{
    int status;

    *options = defaults;
    status =
        ltr_options_read(options, sizeof *options, given, "frontend", err);
    if (status == LTREC_OK)
        status = check_counts(options, err);
    if (status == LTREC_OK)
        status = check_choices(options, err);
    if (status == LTREC_OK && options->transform == LTREC_TRANSFORM_CONSTANT_Q)
        status = ltr_constantq_read(options, err);
    else if (status == LTREC_OK)
        status = check_window(options, err);
    if (status == LTREC_OK && options->fmax_hz == 0)
        options->fmax_hz = (float)options->rate_hz / 2;
    if (status == LTREC_OK)
        status = check_reals(options, err);
    return status;
}

/* ---- Telling them apart ------------------------------------------------- */

#define N_WORDS 18
#define N_WORDS_OF_MEL 16 /* of which rows of mel depend */

/* Of numbers that are equal, the same: 0 has two signs. */
static uint32_t bits_of(float x)
{
    uint32_t bits;

    x = x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* All that rows depend on, as words: structs may have holes. */
static void words_of(const ltrec_frontend_options *o, uint32_t words[N_WORDS])
{
    const uint32_t all[N_WORDS] = {
        ARITHMETIC,
        o->rate_hz,
        o->window,
        o->hop,
        o->bands,
        bits_of(o->fmin_hz),
        bits_of(o->fmax_hz),
        (uint32_t)o->scale,
        (uint32_t)o->norm,
        (uint32_t)o->centred,
        (uint32_t)o->level,
        (uint32_t)o->reference,
        bits_of(o->floor_db),
        bits_of(o->amin),
        (uint32_t)o->resampler,
        (uint32_t)o->precision,
        (uint32_t)o->transform,
        o->transform == LTREC_TRANSFORM_MEL ? 0 : o->bands_per_octave,
    };

    memcpy(words, all, sizeof all);
}

/* FNV-1a, byte by byte from the lowest, so that it is the same anywhere. */
uint64_t ltr_frontend_options_version(const ltrec_frontend_options *options)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t n =
        options->transform == LTREC_TRANSFORM_MEL ? N_WORDS_OF_MEL : N_WORDS;
    uint32_t words[N_WORDS];

    words_of(options, words);
    for (size_t i = 0; i < n; i++) {
        for (int shift = 0; shift < 32; shift += 8) {
            hash ^= words[i] >> shift & 0xff;
            hash *= UINT64_C(0x100000001b3);
        }
    }
    return hash;
}

int ltr_frontend_options_equal(const ltrec_frontend_options *a,
                               const ltrec_frontend_options *b)
{
    uint32_t words_a[N_WORDS], words_b[N_WORDS];

    words_of(a, words_a);
    words_of(b, words_b);
    return memcmp(words_a, words_b, sizeof words_a) == 0;
}
