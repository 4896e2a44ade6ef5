/*
 * synth_parts.h - what the parts of the synthesiser know of each other
 *
 *     synth_voice.c    one note of one instrument
 *     synth_struck.c   of one that is struck or plucked
 *     synth_drums.c    one hit of one drum
 *     synth_bank.c     remembers notes, and mixes them into a bus
 *     synth_chords.c   form, harmony and rhythm: what is to be played when
 *     synth_song.c     lets every instrument play its part
 *     synth_effects.c  from the buses to the finished track
 */
#ifndef SYNTH_PARTS_H
#define SYNTH_PARTS_H

#include <stdbool.h>

#include "synth.h"

enum synth_instrument {
    SYNTH_I_PIANO,
    SYNTH_I_GUITAR,
    SYNTH_I_ELECTRIC_PIANO,
    SYNTH_I_DISTORTION,
    SYNTH_I_STRINGS,
    SYNTH_I_BRASS,
    SYNTH_I_ORGAN,
    SYNTH_I_FLUTE,
    SYNTH_I_VOICE,
    SYNTH_I_ARPEGGIO,
    SYNTH_I_BASS,
    SYNTH_I_SYNTH_BASS,
    SYNTH_I_DRONE,
    SYNTH_N_INSTRUMENTS
};

enum synth_drum {
    SYNTH_D_KICK,
    SYNTH_D_SNARE,
    SYNTH_D_HIHAT,
    SYNTH_D_OPEN_HIHAT,
    SYNTH_D_HIGH_TOM,
    SYNTH_D_LOW_TOM,
    SYNTH_D_SHAKER,
    SYNTH_D_CONGA,
    SYNTH_N_DRUMS
};

enum synth_bus {
    SYNTH_BUS_BEAT, /* drums and bass, which stay dry */
    SYNTH_BUS_CHORDS,
    SYNTH_BUS_LEAD,
    SYNTH_N_BUSES
};

/* ---- Sounds ------------------------------------------------------------- */

#define SYNTH_TABLE 1024 /* samples of one period of a waveform */

/* One period of the sine and of twice the cosine. */
struct synth_tables {
    float sine[SYNTH_TABLE];
    float two_cosine[SYNTH_TABLE];
};

struct synth_touch {
    const struct synth_tables *tables;
    float rate_hz;
    float vibrato; /* 0 to 1 */
};

/* Write `out[n]`, one held note of `hz`.  Returns the gain that makes it about
 * as loud as the notes of every other instrument. */
float synth_voice(enum synth_instrument instrument,
                  const struct synth_touch *touch, float hz, float *out,
                  size_t n);

/* The same of a piano, a bass, a guitar or an electric piano, as it comes. */
void synth_struck(enum synth_instrument instrument,
                  const struct synth_touch *touch, float hz, float *out,
                  size_t n);

/* Seconds that a note of `instrument` sounds on after its end. */
float synth_voice_release(enum synth_instrument instrument);

/* Seconds of the hit, and the hit itself; `tuning` is about 1. */
float synth_drum_seconds(enum synth_drum drum);
void synth_drum(enum synth_drum drum, float rate_hz, float tuning, float *out,
                size_t n);

/* ---- Bank --------------------------------------------------------------- */

/* The buses of a track and every sound it has played so far. */
struct synth_bank;

/* `pcm[n]` becomes the first bus and stays the caller's. */
struct synth_bank *synth_bank_create(const struct synth_recipe *recipe,
                                     float *pcm, size_t n);
void synth_bank_free(struct synth_bank *bank);

/* Was there ever too little memory?  Then the buses are incomplete. */
bool synth_bank_failed(const struct synth_bank *bank);

/* The `n` samples of a bus. */
float *synth_bank_bus(struct synth_bank *bank, enum synth_bus bus);

/* Add a note of MIDI number `pitch`, or a hit, that begins at sample `at`. */
void synth_bank_note(struct synth_bank *bank, enum synth_bus bus,
                     enum synth_instrument instrument, int pitch, double at,
                     double length, float gain);
void synth_bank_hit(struct synth_bank *bank, enum synth_drum drum, double at,
                    float gain);

/* ---- Form, harmony, rhythm ---------------------------------------------- */

#define SYNTH_STEPS 16 /* sixteenth notes to a bar */

enum synth_section_kind {
    SYNTH_PART_INTRO,
    SYNTH_PART_VERSE,
    SYNTH_PART_CHORUS,
    SYNTH_PART_BREAK,
    SYNTH_PART_OUTRO
};

struct synth_song {
    const struct synth_recipe *recipe;
    struct synth_bank *bank;
    double bar;          /* samples */
    size_t n_bars;       /* the last one may be cut short */
    size_t section_bars; /* every section but the last has this length */
    int key;             /* 0 to 11 above C */
};

struct synth_section {
    enum synth_section_kind kind;
    size_t index;
    size_t first_bar, n_bars;
    bool minor;
    float gain;
};

struct synth_chord {
    int notes[5]; /* MIDI numbers about middle C, root first */
    int n_notes;
};

/* One onset in a bar, in steps. */
struct synth_onset {
    int step, length;
};

float synth_amount(const struct synth_song *song, enum synth_attribute a);
struct synth_section synth_section_at(const struct synth_song *song,
                                      size_t bar);
struct synth_chord synth_chord_at(const struct synth_song *song, size_t bar,
                                  int step);

/* The octave of `pitch` in the twelve semitones from `lowest` on. */
int synth_fold(int pitch, int lowest);

/* MIDI number of a degree of the scale that is valid in `section`. */
int synth_scale_pitch(const struct synth_song *song,
                      const struct synth_section *section, int degree);

/* Where `step` of `bar` falls, swing included. */
double synth_step_time(const struct synth_song *song, size_t bar, int step);

/*
 * A rhythm of one bar for the part called `stream`; `activity` is about the
 * share of eighth notes that sound.  Returns the number of `onsets`, in order.
 */
int synth_rhythm(const struct synth_song *song, uint64_t stream,
                 uint64_t pattern, float activity,
                 struct synth_onset onsets[SYNTH_STEPS]);

/* ---- Parts -------------------------------------------------------------- */

void synth_play_drums(const struct synth_song *song);

/*
 * Mix the other buses into the first, `n` samples, through the effects; they
 * are used up.  -1 when there is no memory.
 */
int synth_finish(const struct synth_song *song, size_t n);

#endif /* SYNTH_PARTS_H */
