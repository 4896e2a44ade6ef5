/*
 * synth_effects.c - from the buses to the finished track
 *
 * The chords go through chorus, and with the tune through tremolo; the tune
 * and some of the chords into an echo, most things into a room; then tone and
 * grit for the whole. Feedback is fed a whisper of noise, because a decay that
 * nobody hears still ends in denormal numbers, which cost a hundred times more
 * each.
 */
#include "synth_parts.h"

#include <math.h>
#include <stdlib.h>

#include "synth_random.h"

#define PI 3.14159265358979f
#define WHISPER 1e-9f

/* ---- Chorus and tremolo ------------------------------------------------- */

/* A second player who is a few milliseconds late, and never by the same. */
static void chorus(float *x, size_t n, float rate_hz, float depth)
{
    float line[2048] = {0};
    float centre = 0.014f * rate_hz, sway = 0.004f * rate_hz;
    size_t block = 64;

    for (size_t from = 0; from < n; from += block) {
        size_t count = n - from < block ? n - from : block;
        float t = (float)from / rate_hz;
        float late = centre + sway * sinf(2.0f * PI * 0.9f * t);
        float next = centre + sway * sinf(2.0f * PI * 0.9f *
                                          (t + (float)block / rate_hz));
        float by = (next - late) / (float)block;

        for (size_t i = 0; i < count; i++, late += by) {
            size_t whole = (size_t)late;
            float part = late - (float)whole;
            size_t at = from + i;
            float a, b;

            line[at % 2048] = x[at];
            a = line[(at - whole) % 2048];
            b = line[(at - whole - 1) % 2048];
            x[at] += depth * (a + part * (b - a));
        }
    }
}

/* Eight beats of it to a bar, so that it goes with the tempo. */
static void tremolo(float *x, size_t n, double bar, float depth)
{
    float gain = 1, w = 16.0f * PI / (float)bar;

    for (size_t from = 0; from < n; from += 64) {
        float to = 1.0f - depth * (0.5f - 0.5f * cosf(w * (float)(from + 64)));
        float by = (to - gain) / 64.0f;

        for (size_t i = from; i < n && i < from + 64; i++, gain += by)
            x[i] *= gain;
        gain = to;
    }
}

/* ---- Echo and room ------------------------------------------------------ */

/* Repeat what is in `line` every `late` samples, each time `again` as loud,
 * and let the repeats be heard in `mix` and in the room. */
static void echo(float *line, float *room, float *mix, size_t n, size_t late,
                 float again)
{
    for (size_t i = late; i < n; i++) {
        float back = again * line[i - late] + WHISPER;

        line[i] += back;
        room[i] += back;
        mix[i] += back;
    }
}

#define COMBS 4
#define ROOM_LINE 1600

struct room {
    float comb[COMBS][ROOM_LINE];
    float damped[COMBS];
    float pass[2][ROOM_LINE / 2];
    size_t length[COMBS], at[COMBS];
    size_t pass_length[2], pass_at[2];
    float keep;
};

static void room_init(struct room *room, float rate_hz, float size)
{
    static const float seconds[COMBS] = {.0297f, .0371f, .0411f, .0437f};
    static const float pass_seconds[2] = {.0050f, .0017f};

    for (int c = 0; c < COMBS; c++)
        room->length[c] = (size_t)(seconds[c] * rate_hz);
    for (int p = 0; p < 2; p++)
        room->pass_length[p] = (size_t)(pass_seconds[p] * rate_hz);
    room->keep = 0.72f + 0.2f * size;
}

/* One sample through Schroeder's room: combs side by side, then all-passes. */
static float room_step(struct room *room, float x)
{
    float sum = 0;

    for (int c = 0; c < COMBS; c++) {
        float *cell = &room->comb[c][room->at[c]];
        float y = *cell;

        room->damped[c] += 0.6f * (y - room->damped[c]);
        *cell = x + WHISPER + room->keep * room->damped[c];
        sum += y;
        if (++room->at[c] == room->length[c])
            room->at[c] = 0;
    }
    for (int p = 0; p < 2; p++) {
        float *cell = &room->pass[p][room->pass_at[p]];
        float y = *cell;

        *cell = sum + 0.6f * y;
        sum = y - 0.6f * *cell;
        if (++room->pass_at[p] == room->pass_length[p])
            room->pass_at[p] = 0;
    }
    return sum;
}

/* Add the room's answer to `send[n]` to `mix[n]`.  It has no top anyway, so
 * that half the rate will do. */
static void reverberate(struct room *room, const float *send, float *mix,
                        size_t n, float wet)
{
    float last = 0;

    for (size_t i = 0; i + 2 <= n; i += 2) {
        float y = wet * room_step(room, 0.5f * (send[i] + send[i + 1]));

        mix[i] += 0.5f * (last + y);
        mix[i + 1] += y;
        last = y;
    }
}

/* ---- The whole ---------------------------------------------------------- */

/* Sums and maxima run in lanes, which do not wait for each other. */
#define LANES 8

static double mean_square(const float *x, size_t n)
{
    double sum = 1e-12;

    for (size_t from = 0; from < n; from += 1024) {
        size_t to = n - from < 1024 ? n : from + 1024, i = from;
        float lanes[LANES] = {0};

        for (; i + LANES <= to; i += LANES)
            for (size_t k = 0; k < LANES; k++)
                lanes[k] += x[i + k] * x[i + k];
        for (; i < to; i++)
            lanes[0] += x[i] * x[i];
        for (size_t k = 0; k < LANES; k++)
            sum += (double)lanes[k];
    }
    return sum / (double)n;
}

static float loudest(const float *x, size_t n)
{
    float lanes[LANES] = {0}, peak = 1e-9f;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            float size = fabsf(x[i + k]);

            lanes[k] = size > lanes[k] ? size : lanes[k];
        }
    for (; i < n; i++)
        lanes[0] = fabsf(x[i]) > lanes[0] ? fabsf(x[i]) : lanes[0];
    for (size_t k = 0; k < LANES; k++)
        peak = lanes[k] > peak ? lanes[k] : peak;
    return peak;
}

/* Tilt the spectrum: everything above 900 Hz by `top`, above 3 kHz again. */
static void tilt(float *x, size_t n, float rate_hz, float top)
{
    float keep = expf(-2.0f * PI * 900.0f / rate_hz);
    float keep_higher = expf(-2.0f * PI * 3000.0f / rate_hz);
    float low = 0, lower = 0;

    for (size_t i = 0; i < n; i++) {
        float y;

        low = keep * low + ((1.0f - keep) * x[i] + WHISPER);
        y = low + top * (x[i] - low);
        lower = keep_higher * lower + ((1.0f - keep_higher) * y + WHISPER);
        x[i] = lower + top * (y - lower);
    }
}

/* Overload it, and play it from a worn record. */
static void wear(float *x, size_t n, float grit, uint32_t noise)
{
    float loud = (float)sqrt(mean_square(x, n));
    float drive = grit * grit * 2.5f / loud;
    float hiss = loud * (0.0005f + 0.06f * grit * grit);
    float crackle = 1.5f * grit * loud;

    for (size_t i = 0; i < n; i++) {
        float size = x[i] < 0 ? -x[i] : x[i];

        x[i] = x[i] / (1.0f + drive * size) + hiss * synth_noise(&noise);
        if (noise < 1200000u) /* some six times a second at 22 kHz */
            x[i] += noise % 2 == 0 ? crackle : -crackle;
    }
}

/* No step at either end, and the loudest sample at -1 dBFS. */
static void settle(float *x, size_t n, float rate_hz)
{
    size_t in = (size_t)(0.005f * rate_hz), out = (size_t)(0.25f * rate_hz);
    float gain;

    for (size_t i = 0; i < n && i < in; i++)
        x[i] *= (float)i / (float)in;
    for (size_t i = 0; i < n && i < out; i++)
        x[n - 1 - i] *= (float)i / (float)out;
    gain = 0.891f / loudest(x, n);
    for (size_t i = 0; i < n; i++)
        x[i] *= gain;
}

int synth_finish(const struct synth_song *song, size_t n)
{
    float rate_hz = (float)song->recipe->rate_hz;
    float *restrict pcm = synth_bank_bus(song->bank, SYNTH_BUS_BEAT);
    float *restrict chords = synth_bank_bus(song->bank, SYNTH_BUS_CHORDS);
    float *restrict lead = synth_bank_bus(song->bank, SYNTH_BUS_LEAD);
    float wet = synth_amount(song, SYNTH_REVERB);
    float again = synth_amount(song, SYNTH_ECHO);
    float bright = synth_amount(song, SYNTH_BRIGHTNESS);
    float rich = synth_amount(song, SYNTH_CHORUS);
    float shake = 0.95f * synth_amount(song, SYNTH_TREMOLO);
    size_t late = (size_t)(song->bar * 3 / 16);
    struct room *room = calloc(1, sizeof *room);

    if (room == NULL)
        return -1;
    if (rich > 0.02f)
        chorus(chords, n, rate_hz, 0.9f * rich);
    tremolo(chords, n, song->bar, shake);
    tremolo(lead, n, song->bar, shake);
    for (size_t i = 0; i < n; i++) {
        float dry = chords[i] + lead[i];

        lead[i] += 0.6f * chords[i];
        chords[i] = dry + 0.35f * pcm[i];
        pcm[i] += 0.8f * dry;
    }
    if (again > 0.02f)
        echo(lead, chords, pcm, n, late, 0.7f * again);
    if (wet > 0.02f) {
        room_init(room, 0.5f * rate_hz, wet);
        reverberate(room, chords, pcm, n, 0.12f * wet * wet);
    }
    free(room);
    tilt(pcm, n, rate_hz, powf(2.0f, 3.0f * (bright - 0.6f)));
    wear(pcm, n, synth_amount(song, SYNTH_GRIT), (uint32_t)song->recipe->seed);
    settle(pcm, n, rate_hz);
    return 0;
}
