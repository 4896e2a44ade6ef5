/*
 * synth_bank.c - notes that are made once and mixed many times
 *
 * Music repeats itself: half a minute has a thousand notes but some eighty
 * different ones.  Each is rendered when first wanted and from then on costs
 * one multiplication and one addition a sample.
 */
#include "synth_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "synth_random.h"

#define PITCHES 128
#define TWO_PI 6.283185307179586

enum {
    STREAM_TUNING = 200
};

struct sound {
    float *samples;
    float gain;
    size_t n;
};

/*
 * Sounds live in a few large blocks until the track is finished.  Small ones
 * would be given back to the system and fetched again for the next track,
 * which took a fifth of the time.
 */
#define BLOCK ((size_t)7 << 20)

struct block {
    struct block *next;
    size_t used, size;
    float samples[];
};

struct synth_bank {
    struct synth_tables tables;
    struct synth_touch touch;
    uint64_t seed;
    size_t n;
    float *buses[SYNTH_N_BUSES]; /* each of `n` samples */
    struct sound notes[SYNTH_N_INSTRUMENTS][PITCHES];
    struct sound hits[SYNTH_N_DRUMS];
    struct block *blocks; /* the one in use first */
    bool failed;
};

/* ---- Memory ------------------------------------------------------------- */

/* Room for `n` samples; NULL when there is none. */
static float *make_room(struct synth_bank *bank, size_t n)
{
    struct block *block = bank->blocks;

    if (block == NULL || block->size - block->used < n) {
        size_t size = n > BLOCK ? n : BLOCK;

        if (size < SIZE_MAX / sizeof(float) - sizeof *block)
            block = malloc(sizeof *block + size * sizeof(float));
        else
            block = NULL;
        bank->failed |= block == NULL;
        if (block == NULL)
            return NULL;
        *block = (struct block){.next = bank->blocks, .size = size};
        bank->blocks = block;
    }
    block->used += n;
    return block->samples + block->used - n;
}

struct synth_bank *synth_bank_create(const struct synth_recipe *recipe,
                                     float *pcm, size_t n)
{
    struct synth_bank *bank = calloc(1, sizeof *bank);

    if (bank == NULL)
        return NULL;
    bank->buses[0] = pcm;
    for (int i = 0; i < SYNTH_N_BUSES; i++) {
        if (i > 0)
            bank->buses[i] = make_room(bank, n);
        if (bank->failed) {
            synth_bank_free(bank);
            return NULL;
        }
        memset(bank->buses[i], 0, n * sizeof(float));
    }
    for (int i = 0; i < SYNTH_TABLE; i++) {
        bank->tables.sine[i] = (float)sin(TWO_PI * i / SYNTH_TABLE);
        bank->tables.two_cosine[i] =
            (float)(2 * cos(TWO_PI * i / SYNTH_TABLE));
    }
    bank->touch = (struct synth_touch){
        .tables = &bank->tables,
        .rate_hz = (float)recipe->rate_hz,
        .vibrato = recipe->attributes[SYNTH_VIBRATO],
    };
    bank->seed = recipe->seed;
    bank->n = n;
    return bank;
}

void synth_bank_free(struct synth_bank *bank)
{
    struct block *next;

    if (bank == NULL)
        return;
    for (struct block *block = bank->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(bank);
}

bool synth_bank_failed(const struct synth_bank *bank)
{
    return bank->failed;
}

float *synth_bank_bus(struct synth_bank *bank, enum synth_bus bus)
{
    return bank->buses[bus];
}

/* ---- Mixing ------------------------------------------------------------- */

static void add(float *restrict to, const float *restrict from, float gain,
                size_t n)
{
    size_t i = 0;

    /* A fixed count lets the compiler use vectors at -O2. */
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            to[i + k] += gain * from[i + k];
    for (; i < n; i++)
        to[i] += gain * from[i];
}

void synth_bank_note(struct synth_bank *bank, enum synth_bus bus,
                     enum synth_instrument instrument, int pitch, double at,
                     double length, float gain)
{
    struct sound *sound = &bank->notes[instrument][pitch & (PITCHES - 1)];
    float rate_hz = bank->touch.rate_hz;
    size_t from = at > 0 ? (size_t)at : 0;
    size_t fade = (size_t)(synth_voice_release(instrument) * rate_hz);
    size_t held = length > 0 ? (size_t)length : 0, whole = held + fade;
    float *to = synth_bank_bus(bank, bus) + from, left = 1;

    if (from >= bank->n || bank->failed)
        return;
    if (sound->n < whole) {
        float hz = 440.0f * exp2f((float)(pitch - 69) / 12.0f);

        /* Longer than asked for, or the next one would make it again. */
        sound->n = whole + whole / 8;
        sound->samples = make_room(bank, sound->n);
        if (sound->samples == NULL)
            return;
        sound->gain = synth_voice(instrument, &bank->touch, hz, sound->samples,
                                  sound->n);
    }
    whole = whole < bank->n - from ? whole : bank->n - from;
    held = held < whole ? held : whole;
    gain *= sound->gain;
    add(to, sound->samples, gain, held);
    for (size_t i = held; i < whole; i++) {
        left -= 1.0f / (float)fade;
        to[i] += gain * left * sound->samples[i];
    }
}

void synth_bank_hit(struct synth_bank *bank, enum synth_drum drum, double at,
                    float gain)
{
    struct sound *sound = &bank->hits[drum];
    float rate_hz = bank->touch.rate_hz;
    size_t from = at > 0 ? (size_t)at : 0, n;

    if (from >= bank->n || bank->failed)
        return;
    if (sound->n == 0) {
        double off = synth_uniform(bank->seed, STREAM_TUNING, drum) - 0.5;

        sound->n = (size_t)(synth_drum_seconds(drum) * rate_hz);
        sound->samples = make_room(bank, sound->n);
        if (sound->samples == NULL)
            return;
        synth_drum(drum, rate_hz, (float)(1.0 + 0.25 * off), sound->samples,
                   sound->n);
    }
    n = sound->n < bank->n - from ? sound->n : bank->n - from;
    add(synth_bank_bus(bank, SYNTH_BUS_BEAT) + from, sound->samples, gain, n);
}
