/*
 * synth_chords.c - form, harmony and rhythm
 *
 * Everything here is a function of the recipe and a place in the song, with
 * no state, so that two instruments that ask about the same bar hear the same
 * chord.
 */
#include "synth_parts.h"

#include "synth_random.h"

enum {
    STREAM_FORM = 300,
    STREAM_MODE,
    STREAM_PROGRESSION,
    STREAM_SEVENTH,
    STREAM_BORROWED,
    STREAM_RHYTHM
};

float synth_amount(const struct synth_song *song, enum synth_attribute a)
{
    return song->recipe->attributes[a];
}

/* ---- Form --------------------------------------------------------------- */

struct synth_section synth_section_at(const struct synth_song *song,
                                      size_t bar)
{
    static const enum synth_section_kind middle[] = {
        SYNTH_PART_VERSE, SYNTH_PART_CHORUS, SYNTH_PART_BREAK,
        SYNTH_PART_CHORUS, SYNTH_PART_VERSE};
    /* How loud each kind is when the dynamics are at their widest. */
    static const float quiet[] = {0.12f, 0.30f, 1, 0.15f, 0.25f};
    float dynamics = synth_amount(song, SYNTH_DYNAMICS);
    uint64_t seed = song->recipe->seed;
    struct synth_section s = {.index = bar / song->section_bars};
    size_t shift = (size_t)(synth_bits(seed, STREAM_FORM, 0) % 2);

    s.first_bar = s.index * song->section_bars;
    s.n_bars = song->section_bars;
    if (s.n_bars > song->n_bars - s.first_bar)
        s.n_bars = song->n_bars - s.first_bar;
    if (s.index == 0)
        s.kind = SYNTH_PART_INTRO;
    else if (s.first_bar + s.n_bars == song->n_bars)
        s.kind = SYNTH_PART_OUTRO;
    else
        s.kind = middle[(s.index - 1 + shift) % 5];
    s.minor = synth_uniform(seed, STREAM_MODE, s.kind) <
              (double)synth_amount(song, SYNTH_MINOR);
    s.gain = 1.0f - dynamics * (1.0f - quiet[s.kind]);
    return s;
}

/* ---- Harmony ------------------------------------------------------------ */

int synth_scale_pitch(const struct synth_song *song,
                      const struct synth_section *section, int degree)
{
    static const int scales[2][7] = {{0, 2, 4, 5, 7, 9, 11},
                                     {0, 2, 3, 5, 7, 8, 10}};
    int octave = degree >= 0 ? degree / 7 : -((6 - degree) / 7);

    return 60 + song->key + 12 * octave +
           scales[section->minor][degree - 7 * octave];
}

/* Which chord of the section's progression sounds at a half bar. */
static size_t chord_number(const struct synth_song *song, size_t half_bar)
{
    float rate = synth_amount(song, SYNTH_CHORD_RATE);
    size_t half_bars = rate < 0.25f ? 8 : rate < 0.5f ? 4 : 2;

    if (rate > 0.75f)
        half_bars = 1;
    return half_bar / half_bars;
}

int synth_fold(int pitch, int lowest)
{
    while (pitch < lowest)
        pitch += 12;
    while (pitch >= lowest + 12)
        pitch -= 12;
    return pitch;
}

struct synth_chord synth_chord_at(const struct synth_song *song, size_t bar,
                                  int step)
{
    static const int roads[2][6][4] = {{{0, 4, 5, 3},
                                        {0, 5, 3, 4},
                                        {1, 4, 0, 5},
                                        {0, 3, 4, 3},
                                        {0, 2, 3, 4},
                                        {5, 3, 0, 4}},
                                       {{0, 5, 2, 6},
                                        {0, 3, 6, 2},
                                        {0, 6, 5, 6},
                                        {0, 3, 0, 4},
                                        {0, 5, 3, 4},
                                        {1, 4, 0, 0}}};
    struct synth_section s = synth_section_at(song, bar);
    uint64_t seed = song->recipe->seed;
    size_t half = 2 * (bar - s.first_bar) + (size_t)(step / 8);
    size_t number = chord_number(song, half);
    size_t place = 16 * (size_t)s.kind + number % 8;
    size_t road = synth_bits(seed, STREAM_PROGRESSION, s.kind) % 6;
    int degree = roads[s.minor][road][number % 4];
    double strange = (double)synth_amount(song, SYNTH_CHROMATIC);
    double rich = (double)synth_amount(song, SYNTH_SEVENTHS);
    double u = synth_uniform(seed, STREAM_SEVENTH, place);
    struct synth_chord chord = {.n_notes = 3};
    int root = synth_scale_pitch(song, &s, degree), shift;
    int lowest = 46 + (int)(14.0f * synth_amount(song, SYNTH_REGISTER));

    chord.n_notes += u < 1.3 * rich;
    chord.n_notes += u < 2.0 * (rich - 0.5);
    /* Strangeness moves a whole chord out of the key. */
    shift = synth_uniform(seed, STREAM_BORROWED, place) < 0.8 * strange
                ? 1 + 2 * (int)(synth_bits(seed, STREAM_BORROWED, ~place) % 3)
                : 0;
    for (int i = 0; i < chord.n_notes; i++) {
        int note = synth_scale_pitch(song, &s, degree + 2 * i);

        chord.notes[i] = synth_fold(root + shift, lowest) + note - root;
    }
    return chord;
}

/* ---- Rhythm ------------------------------------------------------------- */

double synth_step_time(const struct synth_song *song, size_t bar, int step)
{
    double swing = (double)synth_amount(song, SYNTH_SWING);
    double in_beat = step % 4 / 4.0, warped;

    /* At full swing the off-beat comes after two thirds of the beat. */
    if (in_beat <= 0.5)
        warped = in_beat * (1 + swing / 3);
    else
        warped = 0.5 + swing / 6 + (in_beat - 0.5) * (1 - swing / 3);
    return song->bar * ((double)bar + (step / 4 + warped) / 4);
}

int synth_rhythm(const struct synth_song *song, uint64_t stream,
                 uint64_t pattern, float activity,
                 struct synth_onset onsets[SYNTH_STEPS])
{
    double push = (double)synth_amount(song, SYNTH_SYNCOPATION);
    double busy = (double)activity;
    int n = 0;

    for (int step = 0; step < SYNTH_STEPS; step++) {
        uint64_t slot = 64 * pattern + (uint64_t)step;
        double u =
            synth_uniform(song->recipe->seed, STREAM_RHYTHM + stream, slot);
        double chance = step % 4 == 0   ? busy * (1.6 - 1.5 * push)
                        : step % 2 == 0 ? busy * (0.15 + 1.25 * push)
                                        : (busy - 0.25) * (0.1 + 0.7 * push);

        if (step == 0)
            chance = 1.0 - 0.7 * push;
        if (u < chance)
            onsets[n++].step = step;
    }
    if (n == 0)
        onsets[n++].step = push > 0.5 ? 2 : 0;
    for (int i = 0; i < n; i++)
        onsets[i].length =
            (i + 1 < n ? onsets[i + 1].step : SYNTH_STEPS) - onsets[i].step;
    return n;
}
