/*
 * loudness.c - how loud a track is, by ITU-R BS.1770-4 and EBU R 128
 *
 * Energy is summed over tenths of a second, four of which are a block of the
 * gate and thirty one of the loudness range (EBU Tech 3342).
 */
#include "dsp/loudness.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "dsp/filter.h"
#include "dsp/signal.h"

#define MOST_CHANNELS 64
#define TENTHS_A_BLOCK 4
#define TENTHS_A_SPAN 30

/* What is below this counts nowhere. */
#define GATE_LUFS (-70.0)

/* Loudness from the gate up, in hundredths; louder still goes to the last. */
#define STEPS_A_LU 100
#define N_STEPS (120 * STEPS_A_LU)

#define PI 3.141592653589793

/* y[n] = b[0] x[n] + b[1] x[n - 1] + b[2] x[n - 2] - a[..] y[n - 1 ..] */
struct biquad {
    double b[3], a[2];
};

struct histogram {
    double energy[N_STEPS];
    uint64_t count[N_STEPS];
};

struct ltr_loudness {
    ltrec_context *ctx;
    const struct ltr_signal *signal;
    const struct ltr_filters *filters;
    struct biquad shelf, pass;
    struct ltr_filter filter; /* both */
    uint32_t rate_hz, channels;
    double weights[MOST_CHANNELS];
    struct ltr_filter_run runs[MOST_CHANNELS]; /* of this tenth */
    float held[LTR_FILTER_BLOCK * MOST_CHANNELS];
    size_t n_held;                /* frames that are no block yet */
    double tenths[TENTHS_A_SPAN]; /* energies, a ring */
    uint64_t n_tenths;
    uint64_t n_frames; /* taken of this second */
    size_t filled;     /* frames of this tenth */
    float peak;
    struct histogram blocks, spans;
};

/* ---- The filter --------------------------------------------------------- */

/* The bilinear transform's frequency; there is no sound beyond half a rate. */
static double warp(double hz, double rate_hz)
{
    return tan(PI * fmin(hz / rate_hz, 0.49));
}

/*
 * BS.1770 gives coefficients for 48 kHz.  These are the analogue filters that
 * they come from by the bilinear transform (De Man 2018), so that any rate
 * will do: a shelf of 4 dB above 1.7 kHz, the head, ...
 */
static void make_shelf(struct biquad *f, double rate_hz)
{
    double k = warp(1681.974450955533, rate_hz);
    double q = 0.7071752369554196, high = pow(10, 3.999843853973347 / 20);
    double band = pow(high, 0.4996667741545416), a0 = 1 + k / q + k * k;

    f->b[0] = (high + band * k / q + k * k) / a0;
    f->b[1] = 2 * (k * k - high) / a0;
    f->b[2] = (high - band * k / q + k * k) / a0;
    f->a[0] = 2 * (k * k - 1) / a0;
    f->a[1] = (1 - k / q + k * k) / a0;
}

/* ... and a high-pass at 38 Hz, the ear. */
static void make_pass(struct biquad *f, double rate_hz)
{
    double k = warp(38.13547087602444, rate_hz);
    double q = 0.5003270373238773, a0 = 1 + k / q + k * k;

    f->b[0] = 1;
    f->b[1] = -2;
    f->b[2] = 1;
    f->a[0] = 2 * (k * k - 1) / a0;
    f->a[1] = (1 - k / q + k * k) / a0;
}

static double filter(const struct biquad *f, double memory[2], double x)
{
    double y = f->b[0] * x + memory[0];

    memory[0] = f->b[1] * x - f->a[0] * y + memory[1];
    memory[1] = f->b[2] * x - f->a[1] * y;
    return y;
}

/* Both filters, whose memories are the halves of one. */
static double weigh(const struct ltr_loudness *l,
                    double memory[LTR_FILTER_STATE], double x)
{
    return filter(&l->pass, memory + 2, filter(&l->shelf, memory, x));
}

/* What a block makes of one input or one part of the memory alone. */
static void respond(const struct ltr_loudness *l,
                    double memory[LTR_FILTER_STATE], size_t input,
                    double output[LTR_FILTER_BLOCK])
{
    for (size_t i = 0; i < LTR_FILTER_BLOCK; i++)
        output[i] = weigh(l, memory, i == input ? 1 : 0);
}

static void make_filter(struct ltr_loudness *l)
{
    struct ltr_filter *f = &l->filter;

    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < LTR_FILTER_BLOCK; i++)
        respond(l, f->input_state[i], i, f->input_output[i]);
    for (size_t i = 0; i < LTR_FILTER_STATE; i++) {
        f->state_state[i][i] = 1;
        respond(l, f->state_state[i], LTR_FILTER_BLOCK, f->state_output[i]);
    }
}

/* ---- Tenths, blocks and spans ------------------------------------------- */

static double lufs_of(double energy)
{
    return -0.691 + 10 * log10(energy);
}

static void count(struct histogram *h, double energy)
{
    double lufs = energy > 0 ? lufs_of(energy) : GATE_LUFS - 1;
    double step = (lufs - GATE_LUFS) * STEPS_A_LU;
    size_t at = step < N_STEPS - 1 ? (size_t)fmax(step, 0) : N_STEPS - 1;

    if (lufs < GATE_LUFS)
        return;
    h->energy[at] += energy;
    h->count[at]++;
}

/* The mean of the last n tenths. */
static double recent(const struct ltr_loudness *l, size_t n)
{
    double sum = 0;

    for (uint64_t i = l->n_tenths - n; i < l->n_tenths; i++)
        sum += l->tenths[i % TENTHS_A_SPAN];
    return sum / (double)n;
}

/* Whole blocks of all channels, two by two. */
static void run_blocks(struct ltr_loudness *l, const float *pcm,
                       size_t n_blocks)
{
    size_t c = 0;

    for (; c + 1 < l->channels; c += 2)
        l->filters->run_2(&l->filter, l->runs + c, pcm + c, l->channels,
                          n_blocks);
    if (c < l->channels)
        l->filters->run(&l->filter, l->runs + c, pcm + c, l->channels,
                        n_blocks);
}

/* Keep n frames until there is a block of them; returns how many of them. */
static size_t hold(struct ltr_loudness *l, const float *pcm, size_t n)
{
    size_t room = LTR_FILTER_BLOCK - l->n_held, take = n < room ? n : room;

    memcpy(l->held + l->n_held * l->channels, pcm,
           take * l->channels * sizeof *pcm);
    l->n_held += take;
    if (take == room) {
        run_blocks(l, l->held, 1);
        l->n_held = 0;
    }
    return take;
}

/* Frames of a tenth, in blocks from its beginning on however they come. */
static void run(struct ltr_loudness *l, const float *pcm, size_t n)
{
    size_t used = l->n_held > 0 ? hold(l, pcm, n) : 0, blocks;

    blocks = (n - used) / LTR_FILTER_BLOCK;
    if (blocks > 0)
        run_blocks(l, pcm + used * l->channels, blocks);
    used += blocks * LTR_FILTER_BLOCK;
    if (used < n)
        hold(l, pcm + used * l->channels, n - used);
}

/* What a tenth has left that is no block. */
static void end_blocks(struct ltr_loudness *l)
{
    for (size_t c = 0; c < l->channels; c++)
        for (size_t i = 0; i < l->n_held; i++) {
            double y = weigh(l, l->runs[c].state,
                             (double)l->held[i * l->channels + c]);

            l->runs[c].squares[i] += y * y;
        }
    l->n_held = 0;
}

static void end_tenth(struct ltr_loudness *l)
{
    double energy = 0;

    end_blocks(l);
    for (size_t c = 0; c < l->channels; c++) {
        double *squares = l->runs[c].squares;

        for (size_t i = 0; i < LTR_FILTER_BLOCK; i++)
            energy += l->weights[c] * squares[i];
        memset(squares, 0, sizeof l->runs[c].squares);
    }
    l->tenths[l->n_tenths++ % TENTHS_A_SPAN] = energy / (double)l->filled;
    l->filled = 0;
    if (l->n_tenths >= TENTHS_A_BLOCK)
        count(&l->blocks, recent(l, TENTHS_A_BLOCK));
    if (l->n_tenths >= TENTHS_A_SPAN)
        count(&l->spans, recent(l, TENTHS_A_SPAN));
}

/* Frames until this tenth is over: a tenth of a second may be no whole number
 * of them, ten tenths are. */
static size_t left_of_tenth(const struct ltr_loudness *l)
{
    uint64_t tenth = l->n_frames * 10 / l->rate_hz + 1;

    return (size_t)((tenth * l->rate_hz + 9) / 10 - l->n_frames);
}

/* ---- A track ------------------------------------------------------------ */

int ltr_loudness_create(ltrec_context *ctx, struct ltr_loudness **out)
{
    *out = ltr_alloc(ctx, 1, sizeof **out);
    if (!*out)
        return LTREC_ERR_MEMORY;
    (*out)->ctx = ctx;
    return LTREC_OK;
}

void ltr_loudness_free(struct ltr_loudness *loudness)
{
    if (loudness)
        ltr_free(loudness->ctx, loudness);
}

/*
 * The layouts of five and six channels are taken to be those of WAV files:
 * left, right, centre, (low frequencies, which do not count,) and two behind.
 */
static void set_weights(struct ltr_loudness *l)
{
    size_t behind = l->channels == 5 ? 3 : 4;

    for (size_t c = 0; c < MOST_CHANNELS; c++)
        l->weights[c] = 1;
    if (l->channels != 5 && l->channels != 6)
        return;
    if (l->channels == 6)
        l->weights[3] = 0;
    l->weights[behind] = l->weights[behind + 1] = 1.41;
}

void ltr_loudness_start(struct ltr_loudness *loudness, uint32_t rate_hz,
                        uint32_t channels)
{
    ltrec_context *ctx = loudness->ctx;

    memset(loudness, 0, sizeof *loudness);
    loudness->ctx = ctx;
    loudness->signal = ltr_signal_for(ctx->cpu);
    loudness->filters = ltr_filters_for(ctx->cpu);
    loudness->rate_hz = rate_hz;
    loudness->channels = channels;
    set_weights(loudness);
    make_shelf(&loudness->shelf, rate_hz);
    make_pass(&loudness->pass, rate_hz);
    make_filter(loudness);
}

void ltr_loudness_add(struct ltr_loudness *loudness, const float *pcm,
                      size_t n)
{
    struct ltr_loudness *l = loudness;

    l->peak = l->signal->peak(pcm, n * l->channels, l->peak);
    while (n > 0) {
        size_t left = left_of_tenth(l), take = n < left ? n : left;

        run(l, pcm, take);
        pcm += take * l->channels;
        n -= take;
        l->filled += take;
        l->n_frames = (l->n_frames + take) % l->rate_hz;
        if (take == left)
            end_tenth(l);
    }
}

/* ---- Figures ------------------------------------------------------------ */

/* The mean energy of what is not quieter than `gate` steps; 0 for none. */
static double mean_above(const struct histogram *h, double gate,
                         uint64_t *n_above)
{
    double sum = 0;
    uint64_t n = 0;

    for (size_t i = gate > 0 ? (size_t)gate : 0; i < N_STEPS; i++) {
        sum += h->energy[i];
        n += h->count[i];
    }
    *n_above = n;
    return n > 0 ? sum / (double)n : 0;
}

/* The step that is `lu` below the mean of all. */
static double gate_below(const struct histogram *h, double lu)
{
    uint64_t n;
    double mean = mean_above(h, 0, &n);

    return n > 0 ? (lufs_of(mean) - lu - GATE_LUFS) * STEPS_A_LU : 0;
}

/* The loudness that a part of what is above the gate lies below. */
static double percentile(const struct histogram *h, double gate, uint64_t n,
                         double part)
{
    uint64_t wanted = (uint64_t)((double)(n - 1) * part + 0.5), seen = 0;

    for (size_t i = gate > 0 ? (size_t)gate : 0; i < N_STEPS; i++) {
        seen += h->count[i];
        if (seen > wanted)
            return lufs_of(h->energy[i] / (double)h->count[i]);
    }
    return GATE_LUFS;
}

void ltr_loudness_get(const struct ltr_loudness *loudness,
                      struct ltr_loudness_figures *figures)
{
    const struct histogram *spans = &loudness->spans;
    double gate = gate_below(spans, 20), mean;
    uint64_t n;

    mean_above(spans, gate, &n);
    figures->range_lu = n > 0 ? percentile(spans, gate, n, 0.95) -
                                    percentile(spans, gate, n, 0.1)
                              : (double)NAN;
    mean =
        mean_above(&loudness->blocks, gate_below(&loudness->blocks, 10), &n);
    figures->integrated_lufs = n > 0 ? lufs_of(mean) : (double)NAN;
    figures->peak_db =
        loudness->peak > 0 ? 20 * log10((double)loudness->peak) : (double)NAN;
}
