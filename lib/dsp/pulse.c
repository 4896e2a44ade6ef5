/*
 * pulse.c - where notes begin, and how regularly
 *
 * The strength of beginning is that of SuperFlux (Böck and Widmer 2013): what
 * a band gained on the loudest of itself and its two neighbours a frame ago,
 * so that vibrato is no onset.  The tempo is found where both its
 * autocorrelation and that one's Fourier transform are large (Peeters 2007):
 * the first is large at multiples of the true period, the second at multiples
 * of the true frequency.
 */
#include "dsp/pulse.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "dsp/frames.h"
#include "dsp/log10.h"
#include "dsp/tempo.h"
#include "dsp/timbre.h"
#include "math/kernels.h"

#define WINDOW_SECONDS 0.0232
#define MOST_BANDS 96
#define BAND_RATIO 1.12 /* of a band's upper edge to its lower */

/* What is this far below the loudest so far is not heard to begin. */
#define FLOOR 3.1622776601683795e-5
#define SILENCE 1e-20

/* Strengths are looked at in stretches of this many frames, half apart. */
#define STRETCH 1024
#define QUARTER (STRETCH / 4)
#define LAGS 640

/* A peak, in frames: above all within WIDE, and RISE above those within FAR.
 */
#define WIDE 3
#define FAR 9
#define RISE 1.0f

/* What strengths are measured against: their mean half a second around. */
#define AROUND 21

#define LEAST_ONSETS 4

struct ltr_pulse {
    ltrec_context *ctx;
    const struct ltr_kernels *kernels;
    struct ltr_frames frames;
    struct ltr_timbre timbre;
    double frames_a_second;
    size_t n_bands;
    size_t edges[MOST_BANDS + 1]; /* bins */

    double loudest;                           /* power of any band so far */
    float levels[MOST_BANDS][1 + LTR_FRAMES]; /* dB; the first: a frame ago */

    float strengths[STRETCH];
    float above[STRETCH]; /* the same, above their surroundings */
    size_t n_strengths;
    size_t n_looked; /* strengths whose peaks have been counted */
    uint64_t n_onsets;
    double products[LAGS], weights[LAGS]; /* of the autocorrelation */
};

/* ---- How strongly something begins -------------------------------------- */

/* The power of all bands in all lanes of a batch. */
static void add_bands(const struct ltr_pulse *p, const float *power,
                      double bands[][LTR_FRAMES])
{
    for (size_t b = 0; b < p->n_bands; b++) {
        double sum[LTR_FRAMES] = {0};

        for (size_t bin = p->edges[b]; bin < p->edges[b + 1]; bin++)
            for (size_t r = 0; r < LTR_FRAMES; r++)
                sum[r] += (double)power[bin * LTR_FRAMES + r];
        memcpy(bands[b], sum, sizeof sum);
    }
}

/* Floors for each lane: they rise with the loudest band so far. */
static void set_floors(struct ltr_pulse *p, double bands[][LTR_FRAMES],
                       double floors[LTR_FRAMES])
{
    for (size_t r = 0; r < LTR_FRAMES; r++) {
        for (size_t b = 0; b < p->n_bands; b++)
            p->loudest = fmax(p->loudest, bands[b][r]);
        floors[r] = p->loudest * FLOOR + SILENCE;
    }
}

static inline float decibels(double power)
{
    return (float)(10 * ltr_log10((float)power));
}

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

/* What each frame's bands gained, into gains[LTR_FRAMES]. */
static void measure(struct ltr_pulse *p, double bands[][LTR_FRAMES],
                    const double *floors, float gains[LTR_FRAMES])
{
    float(*levels)[1 + LTR_FRAMES] = p->levels;
    float least[LTR_FRAMES], sums[LTR_FRAMES] = {0};
    size_t last = p->n_bands - 1;

    for (size_t r = 0; r < LTR_FRAMES; r++)
        least[r] = decibels(floors[r]);
    for (size_t b = 0; b <= last; b++)
        for (size_t r = 0; r < LTR_FRAMES; r++)
            levels[b][1 + r] = decibels(bands[b][r] + floors[r]);
    for (size_t b = 0; b <= last; b++) {
        const float *under = levels[b > 0 ? b - 1 : 0];
        const float *own = levels[b], *over = levels[b < last ? b + 1 : last];

        for (size_t r = 0; r < LTR_FRAMES; r++) {
            float before = larger(own[r], larger(under[r], over[r]));

            sums[r] += larger(own[r + 1] - larger(before, least[r]), 0);
        }
    }
    for (size_t r = 0; r < LTR_FRAMES; r++)
        gains[r] = sums[r] / (float)p->n_bands;
    for (size_t b = 0; b <= last; b++)
        levels[b][0] = levels[b][LTR_FRAMES];
}

/* ---- A stretch of strengths --------------------------------------------- */

/* The mean of x[n] within `reach` of i. */
static float mean_around(const float *x, size_t n, size_t i, size_t reach)
{
    size_t first = i > reach ? i - reach : 0;
    size_t end = i + reach + 1 < n ? i + reach + 1 : n;
    float sum = 0;

    for (size_t k = first; k < end; k++)
        sum += x[k];
    return sum / (float)(end - first);
}

static int is_onset(const float *x, size_t n, size_t i)
{
    for (size_t k = i > WIDE ? i - WIDE : 0; k < n && k <= i + WIDE; k++)
        if (x[k] > x[i] || (x[k] == x[i] && k < i))
            return 0;
    return x[i] >= mean_around(x, n, i, FAR) + RISE;
}

/* Add the autocorrelation of a stretch, whose own power does not count. */
static void correlate(struct ltr_pulse *p, size_t n)
{
    float *x = p->above;
    double mean = 0, power;

    for (size_t i = 0; i < n; i++) {
        x[i] = larger(
            p->strengths[i] - mean_around(p->strengths, n, i, AROUND), 0);
        mean += (double)x[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        x[i] -= (float)mean;
    power = (double)p->kernels->dot(x, x, n) / (double)n;
    if (power < 1e-6)
        return;
    for (size_t lag = 0; lag < LAGS && lag < n * 5 / 8; lag++) {
        p->products[lag] +=
            (double)p->kernels->dot(x, x + lag, n - lag) / power;
        p->weights[lag] += (double)(n - lag);
    }
}

/* Peaks up to `end` are counted, those near the edges by a neighbour. */
static void look(struct ltr_pulse *p, size_t n, size_t end)
{
    for (size_t i = p->n_looked; i < end; i++)
        p->n_onsets += (uint64_t)is_onset(p->strengths, n, i);
    p->n_looked = end;
    correlate(p, n);
}

static void add_strengths(struct ltr_pulse *p, const float *gains, size_t n)
{
    for (size_t r = 0; r < n; r++) {
        p->strengths[p->n_strengths++] = gains[r];
        if (p->n_strengths < STRETCH)
            continue;
        look(p, STRETCH, 3 * QUARTER);
        p->n_strengths = STRETCH / 2;
        p->n_looked -= STRETCH / 2;
        memmove(p->strengths, p->strengths + STRETCH / 2,
                STRETCH / 2 * sizeof *p->strengths);
    }
}

static void use(void *user, const float *power, size_t n_rows)
{
    double bands[MOST_BANDS][LTR_FRAMES], floors[LTR_FRAMES];
    struct ltr_pulse *p = user;
    float gains[LTR_FRAMES];

    add_bands(p, power, bands);
    set_floors(p, bands, floors);
    measure(p, bands, floors, gains);
    add_strengths(p, gains, n_rows);
    ltr_timbre_add(&p->timbre, power, n_rows);
}

/* ---- Life cycle --------------------------------------------------------- */

static void place_bands(struct ltr_pulse *p, size_t n_bins)
{
    size_t edge = 1;

    while (edge < n_bins) {
        size_t next = (size_t)((double)edge * BAND_RATIO + 0.5);

        p->edges[p->n_bands++] = edge;
        edge = next > edge ? next : edge + 1;
    }
    p->edges[p->n_bands] = n_bins;
}

int ltr_pulse_create(ltrec_context *ctx, uint32_t rate_hz,
                     struct ltr_pulse **out)
{
    size_t size = ltr_frames_size(rate_hz, WINDOW_SECONDS);
    struct ltr_pulse *p = ltr_alloc(ctx, 1, sizeof *p);
    int status;

    *out = NULL;
    if (!p)
        return LTREC_ERR_MEMORY;
    p->ctx = ctx;
    p->kernels = ltr_kernels_for(ctx->cpu);
    p->frames_a_second = 2.0 * rate_hz / (double)size;
    place_bands(p, size / 2 + 1);
    ltr_timbre_init(&p->timbre, size / 2 + 1, (double)rate_hz / (double)size);
    status = ltr_frames_init(&p->frames, ctx, size, size / 2, use, p);
    if (status != LTREC_OK) {
        ltr_pulse_free(p);
        return status;
    }
    *out = p;
    return LTREC_OK;
}

void ltr_pulse_free(struct ltr_pulse *pulse)
{
    if (!pulse)
        return;
    ltr_frames_clear(&pulse->frames);
    ltr_free(pulse->ctx, pulse);
}

void ltr_pulse_start(struct ltr_pulse *pulse)
{
    pulse->loudest = 0;
    for (size_t b = 0; b < pulse->n_bands; b++)
        pulse->levels[b][0] = decibels(SILENCE);
    pulse->n_strengths = pulse->n_looked = 0;
    pulse->n_onsets = 0;
    memset(pulse->products, 0, sizeof pulse->products);
    memset(pulse->weights, 0, sizeof pulse->weights);
    ltr_timbre_start(&pulse->timbre);
    ltr_frames_start(&pulse->frames);
}

void ltr_pulse_add(struct ltr_pulse *pulse, const float *samples, size_t n)
{
    ltr_frames_add(&pulse->frames, samples, n);
}

void ltr_pulse_end(struct ltr_pulse *pulse)
{
    ltr_frames_end(&pulse->frames);
    if (pulse->n_strengths > pulse->n_looked)
        look(pulse, pulse->n_strengths, pulse->n_strengths);
}

/* ---- Figures ------------------------------------------------------------ */

static void find_tempos(struct ltr_pulse *p, struct ltr_pulse_figures *figures)
{
    double *r = p->products;
    size_t n_lags = 0, n = 0;

    while (n_lags < LAGS && p->weights[n_lags] > 0) {
        r[n_lags] /= p->weights[n_lags];
        n_lags++;
    }
    if (p->n_onsets >= LEAST_ONSETS)
        n = ltr_tempo_find(r, n_lags, p->frames_a_second, figures->tempo_bpm,
                           figures->strength, LTR_PULSE_TEMPOS);
    for (size_t i = n; i < LTR_PULSE_TEMPOS; i++)
        figures->tempo_bpm[i] = figures->strength[i] = (double)NAN;
}

void ltr_pulse_get(struct ltr_pulse *pulse, struct ltr_pulse_figures *figures)
{
    double seconds = (double)pulse->frames.n_rows / pulse->frames_a_second;

    find_tempos(pulse, figures);
    figures->onsets_per_second =
        seconds > 0 ? (double)pulse->n_onsets / seconds : (double)NAN;
    ltr_timbre_spread(&pulse->timbre, &pulse->timbre.centroid,
                      &figures->centroid_hz, &figures->centroid_deviation_hz);
    ltr_timbre_spread(&pulse->timbre, &pulse->timbre.flatness,
                      &figures->flatness, &figures->flatness_deviation);
}
