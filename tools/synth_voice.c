/*
 * synth_voice.c - one note of each instrument
 *
 * Held ones are a waveform that moves between a dull and a bright spectrum; a
 * distorted guitar is a held sound bent by an amplifier; synth_struck.c has
 * those that die by themselves.  A track asks for a note only once and then
 * remembers it, so that these loops may cost a few nanoseconds a sample.
 */
#include "synth_parts.h"

#include <math.h>
#include <string.h>

#include "synth_random.h"

#define PI 3.14159265358979f
#define MAX_HARMONICS 40
#define CONTROL 32 /* samples between two looks at the envelopes */

/* A held sound.  Times are time constants in seconds. */
struct tone {
    float dull, bright;  /* the amplitude of harmonic h is h to the -dull */
    float even;          /* even harmonics against odd ones */
    float attack;        /* of the loudness */
    float opening;       /* from dull to bright */
    float fade;          /* from the onset to what is held: */
    float sustain, hold; /* of the loudness, of the brightness */
    float vibrato;       /* share of the frequency at full depth */
    float detune;        /* of a second player; 0 when there is none */
    float breath;        /* noise against tone */
    float release;
};

/* Rows without a waveform (struck and plucked ones) have only a release. */
static const struct tone tones[SYNTH_N_INSTRUMENTS] = {
    [SYNTH_I_PIANO] = {.release = 0.12f},
    [SYNTH_I_GUITAR] = {.release = 0.10f},
    [SYNTH_I_ELECTRIC_PIANO] = {.release = 0.10f},
    [SYNTH_I_BASS] = {.release = 0.06f},
    [SYNTH_I_DISTORTION] = {1.2f, 0.8f, 1, .004f, .01f, 1.5f, .6f, .8f, .004f,
                            .004f, 0, .04f},
    [SYNTH_I_STRINGS] = {1.9f, 1.05f, 1, .16f, .35f, 9, .95f, .9f, .028f,
                         .006f, 0, .30f},
    [SYNTH_I_BRASS] = {2.6f, 0.55f, 1, .03f, .09f, .5f, .75f, .55f, .028f, 0,
                       0, .07f},
    [SYNTH_I_ORGAN] = {1, 1, 1, .006f, .01f, 9, 1, 1, .006f, 0, 0, .05f},
    [SYNTH_I_FLUTE] = {2.9f, 2.1f, .7f, .045f, .1f, 9, .9f, .8f, .035f, 0,
                       .22f, .08f},
    [SYNTH_I_VOICE] = {1, 1, 1, .06f, .25f, 3, .85f, .2f, .055f, 0, .03f,
                       .10f},
    [SYNTH_I_ARPEGGIO] = {1.6f, 0.75f, .25f, .003f, .002f, .13f, .25f, .05f, 0,
                          .003f, 0, .05f},
    [SYNTH_I_SYNTH_BASS] = {1.5f, 0.55f, 1, .004f, .004f, .18f, .75f, .25f, 0,
                            .005f, 0, .04f},
    [SYNTH_I_DRONE] = {1.3f, 0.7f, 1, .30f, 1.2f, 9, .9f, .6f, 0, .003f, 0,
                       .25f},
};

/* ---- Held: two waveforms and the way between ---------------------------- */

/* Clenshaw's sum of `amplitude[h - 1]` sin(h x), for a whole period at once.
 */
static void draw_wave(const struct synth_tables *tables,
                      const float amplitude[MAX_HARMONICS],
                      float wave[SYNTH_TABLE + 1])
{
    float one[SYNTH_TABLE] = {0}, two[SYNTH_TABLE] = {0};

    for (int h = MAX_HARMONICS - 1; h >= 0; h--) {
        if (amplitude[h] == 0.0f)
            continue;
        for (int i = 0; i < SYNTH_TABLE; i++)
            one[i] = amplitude[h];
        for (int k = h - 1; k >= 0; k--)
            for (int i = 0; i < SYNTH_TABLE; i++) {
                float b =
                    amplitude[k] + tables->two_cosine[i] * one[i] - two[i];

                two[i] = one[i];
                one[i] = b;
            }
        break;
    }
    for (int i = 0; i < SYNTH_TABLE; i++)
        wave[i] = one[i] * tables->sine[i];
    wave[SYNTH_TABLE] = wave[0];
}

static float resonance(float hz, float centre, float width)
{
    float off = (hz - centre) / width;

    return 1.0f / (1.0f + off * off);
}

/* What a throat lets through, singing "oo" (dull) or "ah" (bright). */
static float formants(float hz, bool bright)
{
    if (bright)
        return resonance(hz, 720, 90) + 0.6f * resonance(hz, 1150, 110) +
               0.3f * resonance(hz, 2600, 160) + 0.02f;
    return resonance(hz, 330, 80) + 0.25f * resonance(hz, 820, 90) +
           0.06f * resonance(hz, 2400, 150) + 0.01f;
}

/* The pipes of an organ, as harmonics of the 16-foot one. */
static const float drawbars[16] = {0.5f, 1, 0.5f, 0.8f, 0, 0.5f, 0, 0.4f,
                                   0,    0, 0,    0.2f, 0, 0,    0, 0.3f};

static void spectrum(enum synth_instrument instrument, float hz, float rate_hz,
                     bool bright, float amplitude[MAX_HARMONICS])
{
    const struct tone *tone = &tones[instrument];
    float slope = bright ? tone->bright : tone->dull;

    for (int i = 0; i < MAX_HARMONICS; i++) {
        float h = (float)(i + 1);

        amplitude[i] = 0;
        if (h * hz > 0.45f * rate_hz)
            continue;
        if (instrument == SYNTH_I_ORGAN) {
            amplitude[i] = i < 16 ? drawbars[i] : 0.0f;
            continue;
        }
        amplitude[i] = powf(h, -slope) * (i % 2 == 1 ? tone->even : 1.0f);
        if (instrument == SYNTH_I_VOICE)
            amplitude[i] *= formants(h * hz, bright);
    }
}

/* Where a held note has got to, and how it goes on for CONTROL samples. */
struct course {
    float loud, loud_by;
    float mix, mix_by; /* from dull to bright */
    uint32_t phase, step;
};

static float wave_at(const float *wave, uint32_t phase)
{
    uint32_t k = phase >> 22; /* the top ten bits number the table */
    float part = (float)(int32_t)(phase & 0x3fffff) * 0x1p-22f;

    return wave[k] + part * (wave[k + 1] - wave[k]);
}

static void follow(struct course c, const float *dull, const float *bright,
                   float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float a = wave_at(dull, c.phase), b = wave_at(bright, c.phase);

        out[i] += c.loud * (a + c.mix * (b - a));
        c.loud += c.loud_by;
        c.mix += c.mix_by;
        c.phase += c.step;
    }
}

/* The same for a sound that does not open. */
static void follow_one(struct course c, const float *wave, float *out,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] += c.loud * wave_at(wave, c.phase);
        c.loud += c.loud_by;
        c.phase += c.step;
    }
}

/* One player, added to `out`; `t` runs in seconds from the onset. */
static void hold(const struct tone *tone, const struct synth_touch *touch,
                 float hz, const float *dull, const float *bright, float *out,
                 size_t n)
{
    float dt = CONTROL / touch->rate_hz;
    float turn = 4294967296.0f / touch->rate_hz, t = 0;
    struct course c = {0};

    for (size_t from = 0; from < n; from += CONTROL, t += dt) {
        size_t count = n - from < CONTROL ? n - from : CONTROL;
        float fade = expf(-(t + dt) / tone->fade);
        float loud = (1.0f - expf(-(t + dt) / tone->attack)) *
                     (tone->sustain + (1.0f - tone->sustain) * fade);
        float mix = (1.0f - expf(-(t + dt) / tone->opening)) *
                    (tone->hold + (1.0f - tone->hold) * fade);
        float grown = fminf(1.0f, fmaxf(0.0f, (t - 0.08f) * 4.0f));
        float wave = sinf(2.0f * PI * 5.4f * t) * grown;
        float bend = 1.0f + tone->vibrato * touch->vibrato * wave;

        c.step = (uint32_t)(hz * bend * turn);
        c.loud_by = (loud - c.loud) / CONTROL;
        c.mix_by = (mix - c.mix) / CONTROL;
        if (dull == bright)
            follow_one(c, dull, out + from, count);
        else
            follow(c, dull, bright, out + from, count);
        c.loud = loud;
        c.mix = mix;
        c.phase += c.step * CONTROL;
    }
}

/* Noise round the note: what a flute loses at its edge. */
static void breathe(float rate_hz, float hz, float gain, float *out, size_t n)
{
    float w = 2.0f * PI * fminf(2.0f * hz, 0.4f * rate_hz) / rate_hz;
    float turn = 2.0f * 0.97f * cosf(w), last = 0, before = 0;
    uint32_t noise = 777;

    for (size_t i = 0; i < n; i++) {
        float white = synth_noise(&noise);
        float next = 0.06f * white + turn * last - 0.9409f * before;

        before = last;
        last = next;
        out[i] += gain * (next + 0.15f * white);
    }
}

static void sustain(enum synth_instrument instrument,
                    const struct synth_touch *touch, float hz, float *out,
                    size_t n)
{
    const struct tone *tone = &tones[instrument];
    float amplitude[MAX_HARMONICS];
    float dull[SYNTH_TABLE + 1], bright[SYNTH_TABLE + 1], *open = dull;

    if (instrument == SYNTH_I_ORGAN)
        hz *= 0.5f; /* its waveform is written for the 16-foot pipe */
    spectrum(instrument, hz, touch->rate_hz, false, amplitude);
    draw_wave(touch->tables, amplitude, dull);
    if (instrument != SYNTH_I_ORGAN) {
        spectrum(instrument, hz, touch->rate_hz, true, amplitude);
        draw_wave(touch->tables, amplitude, bright);
        open = bright;
    }
    memset(out, 0, n * sizeof *out);
    hold(tone, touch, hz * (1.0f + tone->detune), dull, open, out, n);
    if (tone->detune > 0)
        hold(tone, touch, hz * (1.0f - tone->detune), dull, open, out, n);
    if (tone->breath > 0)
        breathe(touch->rate_hz, hz, tone->breath, out, n);
}

/* ---- An amplifier ------------------------------------------------------- */

/* Root, fifth and octave bent together; the loudspeaker rounds the edges. */
static void overdrive(const struct synth_touch *touch, float hz, float *out,
                      size_t n)
{
    const struct tone *tone = &tones[SYNTH_I_DISTORTION];
    float amplitude[MAX_HARMONICS], wave[SYNTH_TABLE + 1];
    float cut = 1.0f - expf(-2.0f * PI * 4200.0f / touch->rate_hz);
    float low = 0, lower = 0, thump = 0;

    spectrum(SYNTH_I_DISTORTION, hz, touch->rate_hz, true, amplitude);
    draw_wave(touch->tables, amplitude, wave);
    memset(out, 0, n * sizeof *out);
    hold(tone, touch, hz, wave, wave, out, n);
    hold(tone, touch, hz * 1.4983f, wave, wave, out, n);
    hold(tone, touch, hz * 2.004f, wave, wave, out, n);
    for (size_t i = 0; i < n; i++) {
        float x = 9.0f * out[i] + 0.4f;

        x = x / (1.0f + fabsf(x));
        low += cut * (x - low);
        lower += cut * (low - lower);
        thump += 0.02f * (lower - thump);
        out[i] = lower - thump;
    }
}

/* ---- Any instrument ----------------------------------------------------- */

/* What gives a note its due strength over its first 0.3 s. */
static float level(float rate_hz, const float *out, size_t n)
{
    size_t heard = (size_t)(0.3f * rate_hz);
    double energy = 1e-12;

    heard = heard < n ? heard : n;
    for (size_t i = 0; i < heard; i++)
        energy += (double)out[i] * (double)out[i];
    return (float)(0.2 / sqrt(energy / (double)(heard + 1)));
}

float synth_voice(enum synth_instrument instrument,
                  const struct synth_touch *touch, float hz, float *out,
                  size_t n)
{
    switch (instrument) {
    case SYNTH_I_PIANO:
    case SYNTH_I_BASS:
    case SYNTH_I_GUITAR:
    case SYNTH_I_ELECTRIC_PIANO:
        synth_struck(instrument, touch, hz, out, n);
        break;
    case SYNTH_I_DISTORTION:
        overdrive(touch, hz, out, n);
        break;
    default:
        sustain(instrument, touch, hz, out, n);
        break;
    }
    return level(touch->rate_hz, out, n);
}

float synth_voice_release(enum synth_instrument instrument)
{
    return tones[instrument].release;
}
