/*
 * synth_struck.c - one note of an instrument that is struck or plucked
 *
 * Struck ones are sums of dying partials, plucked ones a noise going round a
 * string, and an electric piano's tine modulates a frequency.
 */
#include "synth_parts.h"

#include <math.h>

#include "synth_random.h"

#define PI 3.14159265358979f

/* ---- Struck: partials --------------------------------------------------- */

#define PARTIALS 12

struct struck {
    float slope;          /* amplitude of partial h is h to the -slope */
    float strike;         /* where it is hit: a comb over the partials */
    float inharmonicity;  /* how sharp the high partials are */
    float seconds, spend; /* of the lowest partial; how much faster others */
};

static void strike(const struct struck *s, float rate_hz, float hz, float *out,
                   size_t n)
{
    float turn[PARTIALS] = {0}, loss[PARTIALS] = {0};
    float last[PARTIALS] = {0}, before[PARTIALS] = {0};

    for (int p = 0; p < PARTIALS; p++) {
        float h = (float)(p + 1);
        float f = hz * h * sqrtf(1.0f + s->inharmonicity * h * h);
        float w = 2.0f * PI * f / rate_hz;
        float t =
            s->seconds * sqrtf(220.0f / hz) / (1.0f + s->spend * (h - 1));
        float r = expf(-1.0f / (t * rate_hz));

        if (f > 0.45f * rate_hz)
            break;
        turn[p] = 2.0f * r * cosf(w);
        loss[p] = r * r;
        last[p] =
            powf(h, -s->slope) * fabsf(sinf(PI * h * s->strike)) * sinf(w);
    }
    for (size_t i = 0; i < n; i++) {
        float sum[4] = {0};

        for (int p = 0; p < PARTIALS; p++) {
            float next = turn[p] * last[p] - loss[p] * before[p];

            before[p] = last[p];
            last[p] = next;
        }
        for (int p = 0; p < 4; p++)
            sum[p] = last[p] + last[p + 4] + last[p + 8];
        out[i] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

/* ---- Plucked: a string -------------------------------------------------- */

#define STRING 2048 /* enough for 24 Hz at 48 kHz */

static void pluck(float rate_hz, float hz, float *out, size_t n)
{
    float string[STRING];
    float period = rate_hz / hz - 0.5f; /* the averaging costs half a sample */
    size_t whole = (size_t)period;
    float part = period - (float)whole;
    float keep = expf(-(float)whole / (rate_hz * 0.9f) * sqrtf(hz / 200.0f));
    uint32_t noise = 12345;
    float smooth = 0, last = 0, mean = 0;
    size_t at = 0;

    for (size_t i = 0; i <= whole; i++) {
        smooth += 0.55f * (synth_noise(&noise) - smooth);
        string[i] = smooth;
    }
    /* Plucked at a fifth of its length, which takes out every fifth partial.
     */
    for (size_t i = whole; i > whole / 5; i--)
        string[i] -= string[i - whole / 5];
    for (size_t i = 0; i <= whole; i++)
        mean += string[i] / (float)(whole + 1);
    for (size_t i = 0; i <= whole; i++)
        string[i] -= mean;
    for (size_t i = 0; i < n; i++) {
        size_t next = at == whole ? 0 : at + 1;
        float now = string[at] + part * (last - string[at]);

        last = string[at];
        out[i] = now;
        string[at] = keep * (0.5f * now + 0.5f * string[next]);
        at = next;
    }
}

/* ---- Frequency modulation ----------------------------------------------- */

static float sine_at(const struct synth_tables *tables, float turns)
{
    float scaled = (turns + 64.0f) * SYNTH_TABLE;
    uint32_t whole = (uint32_t)scaled;
    float part = scaled - (float)whole;
    float a = tables->sine[whole % SYNTH_TABLE];
    float b = tables->sine[(whole + 1) % SYNTH_TABLE];

    return a + part * (b - a);
}

/* A tine and its bar: one modulator at the note, one bell-like and short. */
static void tine(const struct synth_touch *touch, float hz, float *out,
                 size_t n)
{
    float step = hz / touch->rate_hz, phase = 0, bell = 0;
    float loud = 1, warm = 0.32f, ting = 0.16f;
    float loud_r = expf(-1.0f / (touch->rate_hz * 0.8f));
    float warm_r = expf(-1.0f / (touch->rate_hz * 0.35f));
    float ting_r = expf(-1.0f / (touch->rate_hz * 0.09f));
    float ratio = hz * 7 < 0.3f * touch->rate_hz ? 7.0f : 3.0f;

    for (size_t i = 0; i < n; i++) {
        float by = warm * sine_at(touch->tables, phase) +
                   ting * sine_at(touch->tables, bell);

        out[i] = loud * sine_at(touch->tables, phase + by);
        phase += step;
        phase -= phase >= 1.0f;
        bell += step * ratio;
        bell -= bell >= 1.0f;
        loud *= loud_r;
        warm *= warm_r;
        ting *= ting_r;
    }
}

/* ---- Any of them -------------------------------------------------------- */

void synth_struck(enum synth_instrument instrument,
                  const struct synth_touch *touch, float hz, float *out,
                  size_t n)
{
    static const struct struck piano = {0.9f, 0.12f, 0.0004f, 1.1f, 0.35f};
    static const struct struck bass = {1.3f, 0.23f, 0, 0.5f, 0.6f};

    if (instrument == SYNTH_I_GUITAR)
        pluck(touch->rate_hz, hz, out, n);
    else if (instrument == SYNTH_I_ELECTRIC_PIANO)
        tine(touch, hz, out, n);
    else
        strike(instrument == SYNTH_I_PIANO ? &piano : &bass, touch->rate_hz,
               hz, out, n);
}
