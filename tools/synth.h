/*
 * synth.h - a small synthesiser that plays what its attributes say
 *
 * A recipe is a seed and 40 values in [0, 1], each of which a listener could
 * hear: how fast, how minor, how much distorted guitar.  The seed decides all
 * that the attributes leave open - key, chords, tune, which instrument rests
 * when - so that two tracks with equal attributes are still two tracks.
 *
 *     struct synth_recipe recipe = {.seed = 1, .rate_hz = 22050};
 *     recipe.attributes[SYNTH_TEMPO] = 0.4f;
 *     recipe.attributes[SYNTH_PIANO] = 0.9f;
 *     if (synth_render(&recipe, pcm, n) != 0)
 *         return report("no memory for the synthesiser");
 *
 * Threads: nothing is shared; any number may render at the same time.  The
 * same recipe and length give the same bits.
 */
#ifndef SYNTH_H
#define SYNTH_H

#include <stddef.h>
#include <stdint.h>

enum synth_attribute {
    /* time */
    SYNTH_TEMPO,
    SYNTH_SWING,
    SYNTH_SYNCOPATION,
    /* drums */
    SYNTH_DRUMS,
    SYNTH_FOUR_ON_FLOOR,
    SYNTH_HIHAT,
    SYNTH_PERCUSSION,
    SYNTH_BACKBEAT,
    SYNTH_TOMS,
    /* harmony */
    SYNTH_MINOR,
    SYNTH_SEVENTHS,
    SYNTH_CHROMATIC,
    SYNTH_CHORD_RATE,
    SYNTH_DRONE,
    /* tune */
    SYNTH_MELODY,
    SYNTH_RANGE,
    SYNTH_REGISTER,
    SYNTH_BUSY,
    SYNTH_STACCATO,
    /* instruments */
    SYNTH_PIANO,
    SYNTH_GUITAR,
    SYNTH_ELECTRIC_PIANO,
    SYNTH_DISTORTION,
    SYNTH_STRINGS,
    SYNTH_BRASS,
    SYNTH_ORGAN,
    SYNTH_FLUTE,
    SYNTH_VOICE,
    SYNTH_ARPEGGIO,
    SYNTH_VIBRATO,
    SYNTH_BASS,
    SYNTH_SYNTH_BASS,
    /* production */
    SYNTH_REVERB,
    SYNTH_ECHO,
    SYNTH_TREMOLO,
    SYNTH_CHORUS,
    SYNTH_BRIGHTNESS,
    SYNTH_GRIT,
    SYNTH_DYNAMICS,
    SYNTH_DENSITY,
    SYNTH_N_ATTRIBUTES
};

struct synth_recipe {
    uint64_t seed;
    double rate_hz; /* 8000 to 48000 */
    float attributes[SYNTH_N_ATTRIBUTES];
};

/*
 * Render `pcm[n]`, mono, from the first bar on; a longer track has more
 * sections.  The loudest sample is at -1 dBFS.  Returns 0, or -1 when there is
 * no memory or the recipe has a rate or an attribute outside its range; then
 * `pcm` is not to be used.
 */
int synth_render(const struct synth_recipe *recipe, float *pcm, size_t n);

/* A lower-case name that serves as a table heading, such as "fast_tempo". */
const char *synth_attribute_name(size_t attribute);

#endif /* SYNTH_H */
