/*
 * synth_song.c - every instrument plays its part
 */
#include "synth_parts.h"

#include <math.h>
#include <stdlib.h>

#include "synth_random.h"

enum {
    STREAM_KEY = 400,
    STREAM_TEMPO,
    STREAM_ENTRY,
    STREAM_CONTOUR = 420,
    STREAM_COMP = 440, /* and one for each instrument */
    STREAM_TUNE = 480,
    STREAM_BASS
};

/* Where each instrument is written; basses, drones and drums are apart. */
static const enum synth_attribute amount_of[SYNTH_N_INSTRUMENTS] = {
    [SYNTH_I_PIANO] = SYNTH_PIANO,
    [SYNTH_I_GUITAR] = SYNTH_GUITAR,
    [SYNTH_I_ELECTRIC_PIANO] = SYNTH_ELECTRIC_PIANO,
    [SYNTH_I_DISTORTION] = SYNTH_DISTORTION,
    [SYNTH_I_STRINGS] = SYNTH_STRINGS,
    [SYNTH_I_BRASS] = SYNTH_BRASS,
    [SYNTH_I_ORGAN] = SYNTH_ORGAN,
    [SYNTH_I_FLUTE] = SYNTH_FLUTE,
    [SYNTH_I_VOICE] = SYNTH_VOICE,
    [SYNTH_I_ARPEGGIO] = SYNTH_ARPEGGIO,
    [SYNTH_I_BASS] = SYNTH_BASS,
    [SYNTH_I_SYNTH_BASS] = SYNTH_SYNTH_BASS,
    [SYNTH_I_DRONE] = SYNTH_DRONE,
};

/* How loud `instrument` is in `section`: 0 while it rests. */
static float present(const struct synth_song *song,
                     const struct synth_section *section,
                     enum synth_instrument instrument)
{
    static const float chance[] = {0.20f, 0.40f, 0.90f, 0.20f, 0.35f};
    float amount = synth_amount(song, amount_of[instrument]);
    float dense = synth_amount(song, SYNTH_DENSITY);
    uint64_t slot = 64 * section->index + (uint64_t)instrument;

    if (amount < 0.08f)
        return 0;
    /* What matters most to the track rests least. */
    if (synth_uniform(song->recipe->seed, STREAM_ENTRY, slot) >
        (double)(chance[section->kind] + 0.5f * dense - 0.25f + 0.3f * amount))
        return 0;
    return amount * section->gain;
}

/* The share of its time that a note sounds. */
static double held(const struct synth_song *song)
{
    return 1.0 - 0.85 * (double)synth_amount(song, SYNTH_STACCATO);
}

/* ---- Bass --------------------------------------------------------------- */

static void play_bass_bar(const struct synth_song *song, size_t bar,
                          float gain)
{
    float share = synth_amount(song, SYNTH_SYNTH_BASS);
    float busy = 0.3f + 0.5f * synth_amount(song, SYNTH_BUSY);
    struct synth_onset onsets[SYNTH_STEPS];
    int n = synth_rhythm(song, STREAM_BASS, bar % 2, busy, onsets);

    for (int i = 0; i < n; i++) {
        struct synth_chord chord = synth_chord_at(song, bar, onsets[i].step);
        int pitch = synth_fold(chord.notes[0], 29);
        double at = synth_step_time(song, bar, onsets[i].step);
        double length = onsets[i].length * song->bar / SYNTH_STEPS;

        if (onsets[i].step % 8 == 6)
            pitch += chord.notes[2] - chord.notes[0];
        length *= 0.3 + 0.65 * held(song);
        synth_bank_note(song->bank, SYNTH_BUS_BEAT, SYNTH_I_BASS, pitch, at,
                        length, 1.5f * gain * (1.0f - share));
        synth_bank_note(song->bank, SYNTH_BUS_BEAT, SYNTH_I_SYNTH_BASS, pitch,
                        at, length, 1.2f * gain * share);
    }
}

static void play_bass(const struct synth_song *song)
{
    float drone = 0.18f * synth_amount(song, SYNTH_DRONE);

    for (size_t bar = 0; bar < song->n_bars; bar++) {
        struct synth_section s = synth_section_at(song, bar);
        double at = synth_step_time(song, bar, 0);
        float gain = synth_amount(song, SYNTH_BASS) * s.gain;

        if (gain > 0.03f && s.kind != SYNTH_PART_INTRO &&
            s.kind != SYNTH_PART_BREAK)
            play_bass_bar(song, bar, gain);
        if (drone < 0.03f)
            continue;
        for (int i = 0; i < 2; i++) /* the tonic and its fifth, throughout */
            synth_bank_note(song->bank, SYNTH_BUS_BEAT, SYNTH_I_DRONE,
                            48 + song->key + 7 * i, at, song->bar,
                            drone * (0.4f + 0.6f * s.gain));
    }
}

/* ---- Chords ------------------------------------------------------------- */

static void strike_chord(const struct synth_song *song,
                         enum synth_instrument instrument, size_t bar,
                         struct synth_onset onset, double share, float gain)
{
    struct synth_chord chord = synth_chord_at(song, bar, onset.step);
    double at = synth_step_time(song, bar, onset.step);
    double length = onset.length * song->bar / SYNTH_STEPS * share;
    /* A strum reaches its last string a little later than its first. */
    double strum = instrument == SYNTH_I_GUITAR ? 0.012 : 0.0;

    if (instrument == SYNTH_I_DISTORTION)
        chord.n_notes = 1; /* the voice itself is a power chord */
    gain *= 1.2f / sqrtf((float)chord.n_notes);
    for (int i = 0; i < chord.n_notes; i++) {
        int pitch = chord.notes[i];

        if (instrument == SYNTH_I_DISTORTION)
            pitch = synth_fold(pitch, 38);
        synth_bank_note(song->bank, SYNTH_BUS_CHORDS, instrument, pitch,
                        at + i * strum * song->recipe->rate_hz, length, gain);
        if (synth_amount(song, SYNTH_DENSITY) > 0.6f &&
            instrument != SYNTH_I_DISTORTION)
            synth_bank_note(song->bank, SYNTH_BUS_CHORDS, instrument,
                            pitch + 12, at, length, 0.6f * gain);
    }
}

/* Strings and organ hold every chord for as long as it lasts. */
static void hold_chords(const struct synth_song *song,
                        enum synth_instrument instrument, size_t bar,
                        float gain)
{
    double share = 0.4 + 0.6 * held(song);
    bool halves = synth_amount(song, SYNTH_CHORD_RATE) > 0.75f;
    int length = halves ? SYNTH_STEPS / 2 : SYNTH_STEPS;

    for (int step = 0; step < SYNTH_STEPS; step += length)
        strike_chord(song, instrument, bar, (struct synth_onset){step, length},
                     share, gain);
}

static void strike_chords(const struct synth_song *song,
                          enum synth_instrument instrument, size_t bar,
                          float gain)
{
    static const float activity[] = {[SYNTH_I_PIANO] = 0.35f,
                                     [SYNTH_I_GUITAR] = 0.60f,
                                     [SYNTH_I_ELECTRIC_PIANO] = 0.30f,
                                     [SYNTH_I_DISTORTION] = 0.75f};
    struct synth_onset onsets[SYNTH_STEPS];
    float busy =
        activity[instrument] * (0.6f + 0.8f * synth_amount(song, SYNTH_BUSY));
    int n = synth_rhythm(song, STREAM_COMP + (uint64_t)instrument, bar % 2,
                         busy, onsets);

    for (int i = 0; i < n; i++)
        strike_chord(song, instrument, bar, onsets[i], held(song), gain);
}

/* Sixteenths up and down the chord. */
static void play_arpeggio(const struct synth_song *song, size_t bar,
                          float gain)
{
    double length = song->bar / SYNTH_STEPS * (0.4 + 0.8 * held(song));

    for (int step = 0; step < SYNTH_STEPS; step++) {
        struct synth_chord chord = synth_chord_at(song, bar, step);
        int span = 2 * chord.n_notes, turn = step % (2 * span - 2);
        int k = turn < span ? turn : 2 * span - 2 - turn;

        synth_bank_note(song->bank, SYNTH_BUS_CHORDS, SYNTH_I_ARPEGGIO,
                        chord.notes[k % chord.n_notes] + 12 +
                            12 * (k / chord.n_notes),
                        synth_step_time(song, bar, step), length, 0.8f * gain);
    }
}

static void play_chords(const struct synth_song *song)
{
    for (size_t bar = 0; bar < song->n_bars; bar++) {
        struct synth_section s = synth_section_at(song, bar);

        for (int i = SYNTH_I_PIANO; i <= SYNTH_I_DISTORTION; i++) {
            float gain = present(song, &s, (enum synth_instrument)i);

            if (gain > 0)
                strike_chords(song, (enum synth_instrument)i, bar, gain);
        }
        hold_chords(song, SYNTH_I_STRINGS, bar,
                    0.6f * present(song, &s, SYNTH_I_STRINGS));
        hold_chords(song, SYNTH_I_ORGAN, bar,
                    0.9f * present(song, &s, SYNTH_I_ORGAN));
        if (present(song, &s, SYNTH_I_ARPEGGIO) > 0)
            play_arpeggio(song, bar, present(song, &s, SYNTH_I_ARPEGGIO));
    }
}

/* ---- Tune --------------------------------------------------------------- */

/* The degree of the scale on which the `i`th note of a phrase falls. */
static int tune_degree(const struct synth_song *song, uint64_t phrase, int i)
{
    float range = synth_amount(song, SYNTH_RANGE);
    double span = 1.0 + 10.0 * (double)range;
    uint64_t slot = 64 * phrase + (uint64_t)i;
    uint64_t seed = song->recipe->seed;
    /* An arch over the bar, and wandering about it. */
    double arch =
        sin(0.7 * i + 6.28 * synth_uniform(seed, STREAM_CONTOUR, phrase));
    double wander = synth_normal(seed, STREAM_CONTOUR + 1, slot);

    return (int)lround(span * (0.55 * arch + 0.4 * wander));
}

/* Move `pitch` to the nearest note of the chord, in any octave. */
static int nearest_in_chord(const struct synth_chord *chord, int pitch)
{
    for (int away = 0; away < 4; away++)
        for (int i = 0; i < chord->n_notes; i++) {
            if ((pitch + away - chord->notes[i]) % 12 == 0)
                return pitch + away;
            if ((pitch - away - chord->notes[i]) % 12 == 0)
                return pitch - away;
        }
    return pitch;
}

static void sing(const struct synth_song *song, size_t bar,
                 enum synth_instrument instrument, int octave, float gain)
{
    float busy = 0.2f + 0.8f * synth_amount(song, SYNTH_BUSY);
    int lift = (int)lroundf(30.0f * synth_amount(song, SYNTH_REGISTER)) - 10;
    struct synth_section s = synth_section_at(song, bar);
    uint64_t phrase = 8 * (uint64_t)s.kind + (bar - s.first_bar) % 2;
    struct synth_onset onsets[SYNTH_STEPS];
    int n = synth_rhythm(song, STREAM_TUNE, phrase, busy, onsets);

    for (int i = 0; i < n; i++) {
        int step = onsets[i].step;
        struct synth_chord chord = synth_chord_at(song, bar, step);
        int pitch = synth_scale_pitch(song, &s, tune_degree(song, phrase, i));
        double length = onsets[i].length * song->bar / SYNTH_STEPS;

        pitch += lift;
        if (step % 4 == 0 || i == n - 1)
            pitch = nearest_in_chord(&chord, pitch);
        else
            pitch = synth_scale_pitch(song, &s, tune_degree(song, phrase, i)) +
                    12 * (lift / 12);
        synth_bank_note(song->bank, SYNTH_BUS_LEAD, instrument,
                        pitch + 12 * octave, synth_step_time(song, bar, step),
                        fmin(length, song->bar / 2) * held(song), gain);
    }
}

/* The loudest chord instrument carries the tune when no singer does. */
static enum synth_instrument stand_in(const struct synth_song *song)
{
    enum synth_instrument best = SYNTH_I_PIANO;

    for (int i = SYNTH_I_PIANO; i <= SYNTH_I_ELECTRIC_PIANO; i++)
        if (synth_amount(song, amount_of[i]) >
            synth_amount(song, amount_of[best]))
            best = (enum synth_instrument)i;
    return best;
}

static void play_tune(const struct synth_song *song)
{
    static const enum synth_instrument singers[] = {
        SYNTH_I_VOICE, SYNTH_I_FLUTE, SYNTH_I_BRASS};
    static const int octaves[] = {0, 1, 0};
    float melody = synth_amount(song, SYNTH_MELODY);
    float loud = 0.5f + 1.2f * melody;

    for (size_t bar = 0; bar < song->n_bars; bar++) {
        struct synth_section s = synth_section_at(song, bar);
        float sung = 0;

        for (int i = 0; i < 3; i++) {
            float gain = present(song, &s, singers[i]);

            sung += gain;
            if (gain > 0)
                sing(song, bar, singers[i], octaves[i], gain * loud);
        }
        if (sung < 0.15f && s.kind != SYNTH_PART_INTRO && melody > 0.05f)
            sing(song, bar, stand_in(song), 0, melody * s.gain);
    }
}

/* ---- A track ------------------------------------------------------------ */

static bool in_range(const struct synth_recipe *recipe)
{
    if (!(recipe->rate_hz >= 8000 && recipe->rate_hz <= 48000))
        return false;
    for (int a = 0; a < SYNTH_N_ATTRIBUTES; a++)
        if (!(recipe->attributes[a] >= 0 && recipe->attributes[a] <= 1))
            return false;
    return true;
}

static struct synth_song plan(const struct synth_recipe *recipe, size_t n)
{
    double sway = synth_normal(recipe->seed, STREAM_TEMPO, 0);
    double bpm = 66 + 110 * (double)recipe->attributes[SYNTH_TEMPO] + sway;
    struct synth_song song = {.recipe = recipe};

    song.bar = recipe->rate_hz * 4 * 60 / bpm;
    song.n_bars = (size_t)ceil((double)n / song.bar);
    song.section_bars = (song.n_bars + 2) / 5;
    if (song.section_bars < 1)
        song.section_bars = 1;
    if (song.section_bars > 8)
        song.section_bars = 8;
    song.key = (int)(synth_bits(recipe->seed, STREAM_KEY, 0) % 12);
    return song;
}

int synth_render(const struct synth_recipe *recipe, float *pcm, size_t n)
{
    struct synth_song song;
    int status = -1;

    if (!in_range(recipe))
        return -1;
    if (n == 0)
        return 0;
    song = plan(recipe, n);
    song.bank = synth_bank_create(recipe, pcm, n);
    if (song.bank == NULL)
        return -1;
    synth_play_drums(&song);
    play_bass(&song);
    play_chords(&song);
    play_tune(&song);
    if (!synth_bank_failed(song.bank))
        status = synth_finish(&song, n);
    synth_bank_free(song.bank);
    return status;
}

const char *synth_attribute_name(size_t attribute)
{
    static const char *const names[SYNTH_N_ATTRIBUTES] = {"fast_tempo",
                                                          "swing",
                                                          "syncopation",
                                                          "drums",
                                                          "four_on_floor",
                                                          "hihat_density",
                                                          "hand_percussion",
                                                          "backbeat",
                                                          "toms",
                                                          "minor_mode",
                                                          "sevenths",
                                                          "chromatic_harmony",
                                                          "chord_changes",
                                                          "drone",
                                                          "melody",
                                                          "melodic_range",
                                                          "high_register",
                                                          "busy_playing",
                                                          "staccato",
                                                          "piano",
                                                          "acoustic_guitar",
                                                          "electric_piano",
                                                          "distorted_guitar",
                                                          "strings",
                                                          "brass",
                                                          "organ",
                                                          "flute",
                                                          "voice",
                                                          "arpeggio",
                                                          "vibrato",
                                                          "bass",
                                                          "synth_bass",
                                                          "reverb",
                                                          "echo",
                                                          "tremolo",
                                                          "chorus",
                                                          "brightness",
                                                          "grit",
                                                          "dynamics",
                                                          "dense_texture"};

    return attribute < SYNTH_N_ATTRIBUTES ? names[attribute] : NULL;
}
