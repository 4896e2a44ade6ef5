/*
 * polyphase.c - the samples of a block as one product of two matrices
 *
 * With `made` samples for every `taken`, sample r of a period is made with the
 * same coefficients in every period.  So PERIODS of them are computed at once,
 * one in each lane of a vector:
 *
 *     y[r][i] = sum over q of h(q - r * taken / made) * x[q][i]
 *
 * where x[q][i] is sample q of period i: the input, transposed.  Row q beyond
 * a period is row q - taken, one column on.  LTR_FIR_PHASES neighbours of r
 * share each load of a row; their coefficients lie together in the table, with
 * zeros where one neighbour's have ended and another's not begun.
 */
#include "dsp/polyphase.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "dsp/kaiser.h"
#include "math/kernels.h"

#define PI 3.141592653589793
#define PERIODS LTR_FIR_LANES
#define PHASES LTR_FIR_PHASES

#define MOST_MADE (LTR_POLYPHASE_MOST / PERIODS)
#define MOST_TAKEN 1280

/* Periods shorter than this are taken several at a time, as one. */
#define LEAST_MADE 64

/*
 * Kaiser's formulas for a stop-band of 100 dB: the window's parameter, and
 * half the filter's length, in samples of the lower rate, for a transition
 * from 0.92 to 1 of half that rate.
 */
#define BETA 10.061
#define HALF_LENGTH 80.2
#define CUTOFF 0.48

struct ltr_polyphase {
    ltrec_context *ctx;
    const struct ltr_kernels *kernels;
    uint32_t from_hz, to_hz;
    size_t made, taken; /* samples of a period */
    size_t half;        /* of the filter: it sees this far either way */
    size_t n_groups;    /* of PHASES samples of a period; the last has fewer */
    size_t n_taps;      /* rows that a group is made of */
    size_t n_columns;   /* of x: PERIODS, and what the last rows need */
    size_t span;        /* samples that a block is made of */
    float *taps;        /* [n_groups][n_taps][PHASES] */
    float *input;       /* [span], and zeros to fill the columns */
    float *x;           /* [taken][n_columns] */

    /* The stream under way. */
    size_t fill; /* of the input's span */
    uint64_t n_fed, n_made;
};

/* ---- The ratio ---------------------------------------------------------- */

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The period that is worked with; returns whether it is a short one. */
static int period_of(uint32_t from_hz, uint32_t to_hz, size_t *taken,
                     size_t *made)
{
    uint32_t divisor = common_divisor(from_hz, to_hz);
    uint32_t repeats = 1;

    if (from_hz / divisor > MOST_TAKEN || to_hz / divisor > MOST_MADE)
        return 0;
    while (to_hz / divisor * repeats < LEAST_MADE)
        repeats *= 2;
    *taken = (size_t)(from_hz / divisor) * repeats;
    *made = (size_t)(to_hz / divisor) * repeats;
    return *taken <= MOST_TAKEN;
}

int ltr_polyphase_accepts(uint32_t from_hz, uint32_t to_hz)
{
    size_t taken, made;

    return from_hz > 0 && to_hz > 0 &&
           period_of(from_hz, to_hz, &taken, &made);
}

int ltr_polyphase_is_for(const struct ltr_polyphase *polyphase,
                         uint32_t from_hz, uint32_t to_hz)
{
    return polyphase->from_hz == from_hz && polyphase->to_hz == to_hz;
}

/* ---- The filter --------------------------------------------------------- */

/* The filter at a distance in input samples; its gain is set later. */
static double filter_at(double distance, double half, double cutoff)
{
    double part = distance / half, turn = 2 * PI * cutoff * distance;

    if (part * part >= 1)
        return 0;
    return (turn == 0 ? 1 : sin(turn) / turn) * ltr_kaiser(part, BETA);
}

/* The row of x that a group's taps begin at. */
static size_t first_row(const struct ltr_polyphase *p, size_t group)
{
    return group * PHASES * p->taken / p->made;
}

/*
 * Row q of x is half - 1 samples before sample q of the period, so that no
 * row is negative.  The gain at 0 Hz, averaged over a period, becomes 1.
 */
static void fill_taps(struct ltr_polyphase *p)
{
    double step = (double)p->taken / (double)p->made;
    double cutoff = CUTOFF / fmax(1, step), sum = 0;
    float *tap = p->taps;

    for (size_t group = 0; group < p->n_groups; group++) {
        for (size_t i = 0; i < p->n_taps * PHASES; i++) {
            size_t phase = group * PHASES + i % PHASES;
            double q = (double)(first_row(p, group) + i / PHASES);
            double distance = q - (double)(p->half - 1) - (double)phase * step;
            double h = filter_at(distance, (double)p->half, cutoff);

            *tap++ = phase < p->made ? (float)h : 0;
            sum += phase < p->made ? h : 0;
        }
    }
    for (float *t = p->taps; t < tap; t++)
        *t = (float)((double)*t * (double)p->made / sum);
}

/* ---- Life cycle --------------------------------------------------------- */

static void measure(struct ltr_polyphase *p)
{
    double step = (double)p->taken / (double)p->made;
    size_t reach;

    p->half = (size_t)ceil(HALF_LENGTH * fmax(1, step));
    p->n_groups = (p->made + PHASES - 1) / PHASES;
    p->n_taps = 2 * p->half + (size_t)ceil((PHASES - 1) * step);
    reach = first_row(p, p->n_groups - 1) + p->n_taps;
    p->n_columns = PERIODS + (reach - 1) / p->taken;
    p->span = PERIODS * p->taken + 2 * p->half - 1;
}

int ltr_polyphase_create(ltrec_context *ctx, uint32_t from_hz, uint32_t to_hz,
                         struct ltr_polyphase **out)
{
    struct ltr_polyphase *p = ltr_alloc(ctx, 1, sizeof *p);
    size_t n_x;

    *out = NULL;
    if (!p)
        return LTREC_ERR_MEMORY;
    p->ctx = ctx;
    p->kernels = ltr_kernels_for(ctx->cpu);
    p->from_hz = from_hz;
    p->to_hz = to_hz;
    period_of(from_hz, to_hz, &p->taken, &p->made);
    measure(p);
    p->taps = ltr_alloc(ctx, p->n_groups * p->n_taps * PHASES, sizeof(float));
    n_x = p->n_columns * p->taken;
    p->input = ltr_alloc(ctx, n_x > p->span ? n_x : p->span, sizeof(float));
    p->x = ltr_alloc(ctx, n_x, sizeof(float));
    if (!p->taps || !p->input || !p->x) {
        ltr_polyphase_free(p);
        return LTREC_ERR_MEMORY;
    }
    fill_taps(p);
    ltr_polyphase_start(p);
    *out = p;
    return LTREC_OK;
}

void ltr_polyphase_free(struct ltr_polyphase *polyphase)
{
    ltrec_context *ctx;

    if (!polyphase)
        return;
    ctx = polyphase->ctx;
    ltr_free(ctx, polyphase->x);
    ltr_free(ctx, polyphase->input);
    ltr_free(ctx, polyphase->taps);
    ltr_free(ctx, polyphase);
}

void ltr_polyphase_start(struct ltr_polyphase *polyphase)
{
    polyphase->fill = polyphase->half - 1;
    polyphase->n_fed = polyphase->n_made = 0;
    memset(polyphase->input, 0, polyphase->fill * sizeof *polyphase->input);
}

/* ---- A block ------------------------------------------------------------ */

/* A group's samples of all periods: the rows it needs, period by period. */
static void make_group(const struct ltr_polyphase *p, size_t group, float *out)
{
    float tile[PHASES * PERIODS] = {0};
    const float *taps = p->taps + group * p->n_taps * PHASES;
    size_t row = first_row(p, group), end = row + p->n_taps;
    size_t phases = p->made - group * PHASES;

    while (row < end) {
        size_t column = row / p->taken, within = row % p->taken;
        size_t n = p->taken - within;

        n = n < end - row ? n : end - row;
        p->kernels->fir(tile, taps, p->x + within * p->n_columns + column,
                        p->n_columns, n);
        taps += n * PHASES;
        row += n;
    }
    p->kernels->transpose(out + group * PHASES, p->made, tile, PERIODS,
                          phases < PHASES ? phases : PHASES, PERIODS);
}

/* PERIODS periods, and what later ones need of the input moved to its front */
static size_t make_block(struct ltr_polyphase *p, float *out)
{
    p->kernels->transpose(p->x, p->n_columns, p->input, p->taken, p->n_columns,
                          p->taken);
    for (size_t group = 0; group < p->n_groups; group++)
        make_group(p, group, out);
    p->fill = p->span - PERIODS * p->taken;
    memmove(p->input, p->input + PERIODS * p->taken,
            p->fill * sizeof *p->input);
    p->n_made += PERIODS * p->made;
    return PERIODS * p->made;
}

size_t ltr_polyphase_feed(struct ltr_polyphase *polyphase, const float *in,
                          size_t n, float *out, size_t *n_made)
{
    size_t room = polyphase->span - polyphase->fill;
    size_t take = n < room ? n : room;

    memcpy(polyphase->input + polyphase->fill, in, take * sizeof *in);
    polyphase->fill += take;
    polyphase->n_fed += take;
    *n_made = take == room ? make_block(polyphase, out) : 0;
    return take;
}

size_t ltr_polyphase_drain(struct ltr_polyphase *polyphase, float *out)
{
    uint64_t periods = polyphase->n_fed / polyphase->taken;
    uint64_t rest = polyphase->n_fed % polyphase->taken;
    uint64_t wanted =
        periods * polyphase->made +
        (rest * polyphase->made + polyphase->taken - 1) / polyphase->taken;

    if (polyphase->n_made >= wanted)
        return 0;
    memset(polyphase->input + polyphase->fill, 0,
           (polyphase->span - polyphase->fill) * sizeof *polyphase->input);
    return make_block(polyphase, out);
}
