/*
 * octaves.c - rows of constant-Q power from a stream of samples
 *
 * Level i has samples at 2^-i of the rate that they come at: sample m is about
 * the time of sample 2^i m, exactly.  What a filter needs of samples yet to
 * come makes a level lag behind the one above, by fewer than the filter's half
 * length; and rows of long windows are late by some hops.  Every call adds
 * equally many samples to each level and rows to each octave, so that these
 * distances are the same at all times.
 */
#include "dsp/octaves.h"

#include <string.h>

#include "base/context.h"
#include "dsp/constantq.h"
#include "dsp/lanes.h"

#define HALF LTR_LANES_HALF
#define MOST_LEVELS 32
#define MOST_STEP 65536 /* samples between rows, of any track */

struct level {
    void *x;        /* [history + added] reals */
    size_t hop;     /* samples between rows */
    size_t added;   /* samples of a call: a hop for every lane */
    size_t lag;     /* samples: those added end so far before those taken */
    size_t history; /* samples kept from before */
    size_t late;    /* rows: how far behind those of the call they are */
    size_t first;   /* of x: where the first row's window begins */
    size_t centre; /* of x: what the first sample of the next level is about */
};

struct ltr_octaves {
    ltrec_context *ctx;
    const struct ltr_lanes *lanes;
    size_t n_bands;
    struct ltr_constantq shape;
    size_t skipped; /* levels without bands, for tracks of a multiple */
    size_t n_levels;
    size_t n_groups; /* of LTR_LANES_BANDS bands of an octave */
    size_t late;     /* rows: the most of any level */
    struct level levels[MOST_LEVELS];
    void *memory;  /* reals: all that follow, and the levels' samples */
    void *half;    /* [LTR_LANES_FILTER] */
    void *kernels; /* [n_groups][taps][LTR_LANES_BANDS][2] */
    void *spread;  /* [taps][lanes] */
    void *room;    /* for halving */
    float *power;  /* [n_groups][LTR_LANES_BANDS][lanes] */
    float *rows;   /* [late + lanes][n_bands] those not yet complete */
};

/* ---- Places ------------------------------------------------------------- */

/* 1 for 2, 2 for 4, ... */
static size_t halvings(uint32_t times)
{
    size_t n = 0;

    while (times >> n > 1)
        n++;
    return n;
}

int ltr_octaves_accepts(const ltrec_frontend_options *options, uint32_t times)
{
    return times > 0 && (times & (times - 1)) == 0 &&
           times <= MOST_STEP / options->hop;
}

/* What a level needs of the past: for its bands, and for the next level. */
static void place_history(struct ltr_octaves *o, size_t i)
{
    struct level *l = &o->levels[i], *next = l + 1;
    size_t window = l->late * l->hop + o->shape.taps / 2;
    size_t filter =
        i + 1 < o->n_levels ? 2 * next->lag + 2 * HALF - 1 : l->lag;
    size_t reach = i >= o->skipped && window > filter ? window : filter;

    l->history = reach > l->lag ? reach - l->lag : 0;
    if (i >= o->skipped)
        l->first = l->history + l->lag - window;
    if (i + 1 < o->n_levels)
        l->centre = l->history + l->lag - 2 * next->lag;
}

static void place_levels(struct ltr_octaves *o, size_t hop)
{
    size_t lag = 0;

    for (size_t i = 0; i < o->n_levels; i++) {
        struct level *l = &o->levels[i];
        size_t ahead;

        l->hop = hop >> i;
        l->added = l->hop * o->lanes->rows;
        l->lag = lag;
        ahead = l->lag + o->shape.taps / 2;
        l->late = i < o->skipped ? 0 : (ahead - 1) / l->hop;
        o->late = l->late > o->late ? l->late : o->late;
        lag = (lag + 2 * HALF - 1) / 2;
    }
    for (size_t i = 0; i < o->n_levels; i++)
        place_history(o, i);
}

/* ---- Tables ------------------------------------------------------------- */

static void set(const struct ltr_octaves *o, void *table, size_t i, double x)
{
    if (o->lanes->bytes == sizeof(float))
        ((float *)table)[i] = (float)x;
    else
        ((double *)table)[i] = x;
}

/* Bands are neighbours in a group; what fills the last one up is 0. */
static int fill_tables(struct ltr_octaves *o,
                       const ltrec_frontend_options *options)
{
    size_t taps = o->shape.taps;
    double half[HALF];
    double *kernels =
        ltr_alloc(o->ctx, o->shape.bands * taps * 2, sizeof *kernels);
    int status = LTREC_ERR_MEMORY;

    if (kernels)
        status = ltr_constantq_kernels(o->ctx, options, kernels);
    for (size_t b = 0; b < o->shape.bands && status == LTREC_OK; b++)
        for (size_t i = 0; i < 2 * taps; i++) {
            size_t group = b / LTR_LANES_BANDS, within = b % LTR_LANES_BANDS;
            size_t tap = (group * taps + i / 2) * LTR_LANES_BANDS + within;

            set(o, o->kernels, 2 * tap + i % 2, kernels[2 * taps * b + i]);
        }
    ltr_free(o->ctx, kernels);
    ltr_constantq_half(half);
    for (size_t i = 0; i < HALF; i++) {
        set(o, o->half, HALF + i, half[i]);
        set(o, o->half, HALF - 1 - i, half[i]);
    }
    return status;
}

/* How many reals a part takes: whole cache lines. */
static size_t padded(size_t n)
{
    return (n + 15) / 16 * 16;
}

/* Give every part its place, or with no memory yet count the reals. */
static size_t place_parts(struct ltr_octaves *o)
{
    size_t lanes = o->lanes->rows, taps = o->shape.taps, n_parts = 4;
    size_t n_reals = 0;
    struct {
        void **part;
        size_t n;
    } parts[4 + MOST_LEVELS] = {
        {&o->half, LTR_LANES_FILTER},
        {&o->kernels, o->n_groups * taps * LTR_LANES_BANDS * 2},
        {&o->spread, taps * lanes},
        {&o->room, o->levels[0].added + LTR_LANES_FILTER},
    };

    for (size_t i = 0; i < o->n_levels; i++, n_parts++) {
        parts[n_parts].part = &o->levels[i].x;
        parts[n_parts].n = o->levels[i].history + o->levels[i].added;
    }
    for (size_t i = 0; i < n_parts; i++) {
        if (o->memory)
            *parts[i].part = (char *)o->memory + n_reals * o->lanes->bytes;
        n_reals += padded(parts[i].n);
    }
    return n_reals;
}

/* ---- Life cycle --------------------------------------------------------- */

int ltr_octaves_create(ltrec_context *ctx,
                       const ltrec_frontend_options *options, uint32_t times,
                       struct ltr_octaves **out)
{
    struct ltr_octaves *o = ltr_alloc(ctx, 1, sizeof *o);
    size_t lanes;

    *out = NULL;
    if (!o)
        return LTREC_ERR_MEMORY;
    o->ctx = ctx;
    o->lanes = ltr_lanes_for(ctx->cpu, options->precision);
    lanes = o->lanes->rows;
    o->n_bands = options->bands;
    ltr_constantq_shape(&o->shape, options);
    o->skipped = halvings(times);
    o->n_levels = o->skipped + o->shape.octaves;
    o->n_groups = (o->shape.bands + LTR_LANES_BANDS - 1) / LTR_LANES_BANDS;
    place_levels(o, (size_t)options->hop * times);
    o->power = ltr_alloc(ctx, o->n_groups * LTR_LANES_BANDS * lanes,
                         sizeof *o->power);
    o->rows = ltr_alloc(ctx, (o->late + lanes) * o->n_bands, sizeof *o->rows);
    o->memory = ltr_alloc(ctx, place_parts(o), o->lanes->bytes);
    if (o->memory)
        place_parts(o);
    if (!o->power || !o->rows || !o->memory ||
        fill_tables(o, options) != LTREC_OK) {
        ltr_octaves_free(o);
        return LTREC_ERR_MEMORY;
    }
    *out = o;
    return LTREC_OK;
}

void ltr_octaves_free(struct ltr_octaves *octaves)
{
    if (!octaves)
        return;
    ltr_free(octaves->ctx, octaves->memory);
    ltr_free(octaves->ctx, octaves->rows);
    ltr_free(octaves->ctx, octaves->power);
    ltr_free(octaves->ctx, octaves);
}

void ltr_octaves_start(struct ltr_octaves *octaves)
{
    for (size_t i = 0; i < octaves->n_levels; i++) {
        struct level *l = &octaves->levels[i];

        memset(l->x, 0, (l->history + l->added) * octaves->lanes->bytes);
    }
}

size_t ltr_octaves_late(const struct ltr_octaves *octaves)
{
    return octaves->late;
}

/* ---- Rows --------------------------------------------------------------- */

/* Real i of a table. */
static void *at(const struct ltr_octaves *o, void *table, size_t i)
{
    return (char *)table + i * o->lanes->bytes;
}

/* Room for what a level gets, behind what it keeps. */
static void *make_room(const struct ltr_octaves *o, const struct level *l)
{
    memmove(l->x, at(o, l->x, l->added), l->history * o->lanes->bytes);
    return at(o, l->x, l->history);
}

/* An octave of bands, into the rows that they belong to. */
static void find_bands(struct ltr_octaves *o, size_t octave)
{
    const struct level *l = &o->levels[o->skipped + octave];
    size_t lanes = o->lanes->rows, in_octave = o->shape.bands;
    size_t above = o->n_bands - octave * in_octave;
    size_t n = above < in_octave ? above : in_octave;
    float *rows = o->rows + (o->late - l->late) * o->n_bands + above - n;

    o->lanes->spread(o->spread, at(o, l->x, l->first), l->hop, o->shape.taps);
    o->lanes->correlate(o->power, o->kernels, o->spread, o->shape.taps,
                        o->n_groups, (double)((uint64_t)1 << octave));
    for (size_t b = 0; b < n; b++) {
        const float *power = o->power + (in_octave - n + b) * lanes;

        for (size_t r = 0; r < lanes; r++)
            rows[r * o->n_bands + b] = power[r];
    }
}

void ltr_octaves_rows(struct ltr_octaves *octaves, const float *samples,
                      float *rows)
{
    struct ltr_octaves *o = octaves;
    size_t made = o->lanes->rows * o->n_bands;
    struct level *l = o->levels;

    o->lanes->widen(make_room(o, l), samples, l->added);
    for (size_t i = 1; i < o->n_levels; i++, l++)
        o->lanes->halve(make_room(o, l + 1), at(o, l->x, l->centre), o->half,
                        o->room, l[1].added);
    for (size_t i = 0; i < o->shape.octaves; i++)
        find_bands(o, i);
    memcpy(rows, o->rows, made * sizeof *rows);
    memmove(o->rows, o->rows + made, o->late * o->n_bands * sizeof *rows);
}
