/*
 * synth_drums.c - one hit of each drum, and what the drummer plays
 */
#include "synth_parts.h"

#include <math.h>

#include "synth_random.h"

#define PI 3.14159265358979f

/* ---- Hits --------------------------------------------------------------- */

/* A skin that falls in pitch, and the noise of what hits it. */
struct drum {
    float seconds;
    float hz, drop, drop_seconds; /* from hz * (1 + drop) down to hz */
    float skin, skin_seconds;
    float noise, noise_seconds;
    float thin; /* 0: the noise is full; 1: only its top is left */
    float attack;
    float gain;
};

static const struct drum drums[SYNTH_N_DRUMS] = {
    [SYNTH_D_KICK] = {.30f, 52, 3.0f, .025f, 1, .10f, .25f, .004f, 0, 0, .95f},
    [SYNTH_D_SNARE] = {.25f, 185, .5f, .02f, .5f, .05f, .9f, .08f, .7f, 0,
                       1.0f},
    [SYNTH_D_HIHAT] = {.09f, 0, 0, 1, 0, 1, 1, .022f, 1, 0, .60f},
    [SYNTH_D_OPEN_HIHAT] = {.35f, 0, 0, 1, 0, 1, 1, .11f, 1, 0, .55f},
    [SYNTH_D_HIGH_TOM] = {.30f, 165, .6f, .05f, 1, .11f, .15f, .01f, 0, 0,
                          .8f},
    [SYNTH_D_LOW_TOM] = {.40f, 95, .6f, .06f, 1, .15f, .15f, .01f, 0, 0, .9f},
    [SYNTH_D_SHAKER] = {.10f, 0, 0, 1, 0, 1, 1, .025f, .85f, .018f, .35f},
    [SYNTH_D_CONGA] = {.22f, 310, .12f, .02f, 1, .06f, .2f, .004f, .3f, 0,
                       .55f},
};

float synth_drum_seconds(enum synth_drum drum)
{
    return drums[drum].seconds;
}

void synth_drum(enum synth_drum drum, float rate_hz, float tuning, float *out,
                size_t n)
{
    const struct drum *d = &drums[drum];
    float fall = expf(-1.0f / (d->drop_seconds * rate_hz)), drop = d->drop;
    float skin = d->skin, skin_r = expf(-1.0f / (d->skin_seconds * rate_hz));
    float hiss = d->noise, hiss_r = expf(-1.0f / (d->noise_seconds * rate_hz));
    float step = 2.0f * PI * d->hz * tuning / rate_hz, phase = 0;
    float slow = 0, slower = 0;
    uint32_t noise = 99u + (uint32_t)drum;

    for (size_t i = 0; i < n; i++) {
        float white = synth_noise(&noise);
        float rise = d->attack * rate_hz, open = 1, thin;

        if ((float)i < rise)
            open = (float)i / rise;
        slow += 0.5f * (white - slow);
        slower += 0.5f * (white - slow - slower);
        thin = white - slow - slower;
        out[i] =
            d->gain * open *
            (skin * sinf(phase) + hiss * (white + d->thin * (thin - white)));
        phase += step * (1.0f + drop);
        drop *= fall;
        skin *= skin_r;
        hiss *= hiss_r;
    }
    for (size_t i = 0; i < n && i < 64; i++)
        out[n - 1 - i] *= (float)i / 64.0f;
}

/* ---- Patterns ----------------------------------------------------------- */

enum {
    STREAM_KICK = 100,
    STREAM_GHOST,
    STREAM_CONGA,
    STREAM_FILL
};

static float ramp(float x)
{
    return fminf(1.0f, fmaxf(0.0f, x));
}

static void play_kick(const struct synth_song *song, size_t bar, float gain)
{
    float floor_four = synth_amount(song, SYNTH_FOUR_ON_FLOOR);
    float push = synth_amount(song, SYNTH_SYNCOPATION);
    uint64_t seed = song->recipe->seed;

    for (int step = 0; step < SYNTH_STEPS; step += 2) {
        float hit = step == 0 ? 1.0f : 0.0f;
        uint64_t slot = (bar % 2) * SYNTH_STEPS + (uint64_t)step;

        if (step == 8)
            hit = 1.0f - 0.7f * push * (1.0f - floor_four);
        if (step % 4 == 0)
            hit = fmaxf(hit, floor_four);
        else if (synth_uniform(seed, STREAM_KICK, slot) <
                 0.15 + 0.6 * (double)push)
            hit = 0.8f * (1.0f - floor_four);
        if (hit > 0.1f)
            synth_bank_hit(song->bank, SYNTH_D_KICK,
                           synth_step_time(song, bar, step), gain * hit);
    }
}

static void play_snare(const struct synth_song *song, size_t bar, float gain)
{
    float back = synth_amount(song, SYNTH_BACKBEAT);
    float push = synth_amount(song, SYNTH_SYNCOPATION);

    for (int step = 4; step < SYNTH_STEPS; step += 8)
        synth_bank_hit(song->bank, SYNTH_D_SNARE,
                       synth_step_time(song, bar, step), gain * back);
    for (int step = 3; step < SYNTH_STEPS; step += 4)
        if (synth_uniform(song->recipe->seed, STREAM_GHOST, (uint64_t)step) <
            (double)push)
            synth_bank_hit(song->bank, SYNTH_D_SNARE,
                           synth_step_time(song, bar, step),
                           0.35f * gain * back);
}

/* Quarters first, then eighths, then sixteenths. */
static void play_hihat(const struct synth_song *song, size_t bar, float gain)
{
    float much = 3.0f * synth_amount(song, SYNTH_HIHAT);

    for (int step = 0; step < SYNTH_STEPS; step++) {
        float hit = step % 4 == 0   ? 0.8f * ramp(much)
                    : step % 2 == 0 ? ramp(much - 1.0f)
                                    : 0.7f * ramp(much - 2.0f);
        bool open = step == 14 && bar % 2 == 1;

        if (hit > 0.05f)
            synth_bank_hit(song->bank,
                           open ? SYNTH_D_OPEN_HIHAT : SYNTH_D_HIHAT,
                           synth_step_time(song, bar, step), gain * hit);
    }
}

static void play_percussion(const struct synth_song *song, size_t bar,
                            float gain)
{
    uint64_t seed = song->recipe->seed;

    for (int step = 0; step < SYNTH_STEPS; step++) {
        uint64_t slot = (bar % 2) * SYNTH_STEPS + (uint64_t)step;
        double at = synth_step_time(song, bar, step);

        synth_bank_hit(song->bank, SYNTH_D_SHAKER, at,
                       gain * (step % 4 == 2 ? 1.0f : 0.6f));
        if (synth_uniform(seed, STREAM_CONGA, slot) < 0.4)
            synth_bank_hit(song->bank, SYNTH_D_CONGA, at, gain);
    }
}

/* Through the second half of a section's last bar, and a tribal pulse. */
static void play_toms(const struct synth_song *song, size_t bar, bool fill,
                      float gain)
{
    uint64_t seed = song->recipe->seed;

    for (int step = 0; step < SYNTH_STEPS; step++) {
        bool in_fill = fill && step >= 8;
        uint64_t slot = (uint64_t)step + (in_fill ? 64u + bar * 16u : 0u);
        double chance = synth_uniform(seed, STREAM_FILL, slot);
        bool high = in_fill ? step < 12 : step % 8 < 4;

        if (chance < (in_fill ? 0.8 : step % 2 == 0 ? 0.45 : 0.12))
            synth_bank_hit(song->bank,
                           high ? SYNTH_D_HIGH_TOM : SYNTH_D_LOW_TOM,
                           synth_step_time(song, bar, step),
                           gain * (in_fill ? 1.0f : 0.7f));
    }
}

void synth_play_drums(const struct synth_song *song)
{
    /* An intro has only the cymbals, a break only what is shaken. */
    static const float kit[] = {0, 1, 1, 0, 1};
    static const float cymbals[] = {0.7f, 0.8f, 1, 0, 0.8f};
    float much = synth_amount(song, SYNTH_DRUMS);
    float hands = 2.0f * synth_amount(song, SYNTH_PERCUSSION);
    float toms = 1.6f * synth_amount(song, SYNTH_TOMS);

    for (size_t bar = 0; bar < song->n_bars; bar++) {
        struct synth_section s = synth_section_at(song, bar);
        float gain = s.gain * (0.3f + 0.7f * much);
        float kick = 1.6f * much * s.gain;
        bool fill = bar + 1 == s.first_bar + s.n_bars;

        if (much > 0.03f && kit[s.kind] > 0) {
            play_kick(song, bar, kick);
            play_snare(song, bar, kick);
        }
        if (much > 0.03f && cymbals[s.kind] > 0)
            play_hihat(song, bar, cymbals[s.kind] * kick);
        if (toms > 0.03f && kit[s.kind] > 0)
            play_toms(song, bar, fill, toms * gain);
        if (hands > 0.03f && s.kind != SYNTH_PART_INTRO)
            play_percussion(song, bar, hands * gain);
    }
}
