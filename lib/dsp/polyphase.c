/*
 * polyphase.c - the samples of a block as one product of two matrices
 *
 * With `made` samples for every `taken`, sample r of a period is made with the
 * same coefficients in every period.  So PERIODS of them are computed at once,
 * one in each lane of a vector:
 *
 *     y[r][i] = sum over q of h(q - r * taken / made) * x[q][i]
 *
 * where x[q][i] is sample q of period i, or of those after it: the input,
 * transposed.  A few neighbours of r share each load of a row; their
 * coefficients lie together in the table, with zeros where one neighbour's
 * have ended and another's not begun.
 */
#include "dsp/polyphase.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "math/kernels.h"

#define PI 3.141592653589793
#define PERIODS LTR_FIR_LANES

#define MOST_MADE (LTR_POLYPHASE_MOST / PERIODS)
#define MOST_TAKEN 1280
#define MOST_DOWN 20    /* how many times the rate made the other may be */
#define ENOUGH_MADE 192 /* for what a block costs beside its samples */

/*
 * A sinc under a window that is a series of cosines, which linear programming
 * found (bench/design_resampler.py): of all that are as long it leaves the
 * least of what is to be stopped.  Half its length is in samples of the lower
 * rate; everything takes as long as it is.
 */
#define HALF_LENGTH 77.5
#define CUTOFF 0.48

static const double series[] = {
    3.979731061e-01,  4.975349938e-01,  1.024661022e-01,  1.933081446e-03,
    1.139677855e-04,  -1.138078488e-05, -2.951733873e-05, 3.954302244e-05,
    -3.880836896e-05, 3.482793121e-05,  -2.995826482e-05, 2.526596285e-05,
    -2.088739753e-05, 1.758044107e-05,  -1.506842743e-05, 7.151953667e-06,
};
#define TERMS (sizeof series / sizeof series[0])

struct ltr_polyphase {
    ltrec_context *ctx;
    const struct ltr_kernels *kernels;
    uint32_t from_hz, to_hz;
    size_t made, taken; /* samples of a period */
    size_t half;        /* of the filter: it sees this far either way */
    size_t phases;      /* samples of a period that are made at once */
    size_t n_groups;    /* of so many; the last may have fewer */
    size_t n_taps;      /* rows that a group is made of */
    size_t n_tables;    /* groups after which coefficients are the same */
    size_t n_rows;      /* of x, which all groups together are made of */
    size_t span;        /* samples that a block is made of */
    float *taps;        /* [n_tables][n_taps][phases] */
    float *input;       /* [span], and zeros for the last row */
    float *x;           /* [n_rows][PERIODS] */
    float *y;           /* [n_groups][phases][PERIODS] */

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

/* The ratio in lowest terms, taken : made. */
static void reduce(uint32_t from_hz, uint32_t to_hz, size_t *taken,
                   size_t *made)
{
    uint32_t divisor = common_divisor(from_hz, to_hz);

    *taken = from_hz / divisor;
    *made = to_hz / divisor;
}

int ltr_polyphase_accepts(uint32_t from_hz, uint32_t to_hz)
{
    size_t taken, made;

    if (from_hz == 0 || to_hz == 0)
        return 0;
    reduce(from_hz, to_hz, &taken, &made);
    return taken <= MOST_TAKEN && made <= MOST_MADE &&
           taken <= MOST_DOWN * made;
}

/* As many periods at a time, as one, as make ENOUGH_MADE samples. */
static void choose_period(uint32_t from_hz, uint32_t to_hz, size_t *taken,
                          size_t *made)
{
    size_t repeats, most;

    reduce(from_hz, to_hz, taken, made);
    repeats = (ENOUGH_MADE + *made - 1) / *made;
    most = MOST_TAKEN / *taken;
    repeats = repeats < most ? repeats : most;
    *taken *= repeats;
    *made *= repeats;
}

int ltr_polyphase_is_for(const struct ltr_polyphase *polyphase,
                         uint32_t from_hz, uint32_t to_hz)
{
    return polyphase->from_hz == from_hz && polyphase->to_hz == to_hz;
}

/* ---- The filter --------------------------------------------------------- */

/* The window at a part of its half, 0 to 1 (Clenshaw's recurrence). */
static double window_at(double part)
{
    double x = cos(PI * part), next = 0, after = 0;

    for (size_t k = TERMS - 1; k > 0; k--) {
        double this = series[k] + 2 * x * next - after;

        after = next;
        next = this;
    }
    return series[0] + x * next - after;
}

/* The filter at a distance in input samples; its gain is set later. */
static double filter_at(double distance, double half, double cutoff)
{
    double part = fabs(distance) / half, turn = 2 * PI * cutoff * distance;

    if (part >= 1)
        return 0;
    return (turn == 0 ? 1 : sin(turn) / turn) * window_at(part);
}

/* The row of x that a group's taps begin at. */
static size_t first_row(const struct ltr_polyphase *p, size_t group)
{
    return group * p->phases * p->taken / p->made;
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
    size_t counted;

    for (size_t group = 0; group < p->n_tables; group++) {
        for (size_t i = 0; i < p->n_taps * p->phases; i++) {
            size_t phase = group * p->phases + i % p->phases;
            double q = (double)(first_row(p, group) + i / p->phases);
            double distance = q - (double)(p->half - 1) - (double)phase * step;
            double h = filter_at(distance, (double)p->half, cutoff);

            *tap++ = (float)h;
            sum += phase < p->made ? h : 0;
        }
    }
    counted = p->n_tables * p->phases;
    counted = counted < p->made ? counted : p->made;
    for (float *t = p->taps; t < tap; t++)
        *t = (float)((double)*t * (double)counted / sum);
}

/* ---- Life cycle --------------------------------------------------------- */

static void measure(struct ltr_polyphase *p)
{
    double step = (double)p->taken / (double)p->made;
    size_t same;

    p->half = (size_t)ceil(HALF_LENGTH * fmax(1, step));
    p->phases = p->kernels->fir_phases;
    p->n_groups = (p->made + p->phases - 1) / p->phases;
    p->n_taps = 2 * p->half + (size_t)ceil((double)(p->phases - 1) * step);
    same = p->made /
           common_divisor((uint32_t)(p->phases * p->taken), (uint32_t)p->made);
    p->n_tables = same < p->n_groups ? same : p->n_groups;
    p->n_rows = first_row(p, p->n_groups - 1) + p->n_taps;
    p->span = PERIODS * p->taken + 2 * p->half - 1;
}

int ltr_polyphase_create(ltrec_context *ctx, uint32_t from_hz, uint32_t to_hz,
                         struct ltr_polyphase **out)
{
    struct ltr_polyphase *p = ltr_alloc(ctx, 1, sizeof *p);
    size_t room;

    *out = NULL;
    if (!p)
        return LTREC_ERR_MEMORY;
    p->ctx = ctx;
    p->kernels = ltr_kernels_for(ctx->cpu);
    p->from_hz = from_hz;
    p->to_hz = to_hz;
    choose_period(from_hz, to_hz, &p->taken, &p->made);
    measure(p);
    p->taps =
        ltr_alloc(ctx, p->n_tables * p->n_taps * p->phases, sizeof(float));
    p->y = ltr_alloc(ctx, p->n_groups * p->phases * PERIODS, sizeof(float));
    room = (PERIODS - 1) * p->taken + p->n_rows;
    p->input = ltr_alloc(ctx, room > p->span ? room : p->span, sizeof(float));
    p->x = ltr_alloc(ctx, p->n_rows * PERIODS, sizeof(float));
    if (!p->taps || !p->input || !p->x || !p->y) {
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
    ltr_free(ctx, polyphase->y);
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

/* PERIODS periods, and what later ones need of the input moved to its front */
static size_t make_block(struct ltr_polyphase *p, float *out)
{
    size_t table = p->n_taps * p->phases, group = p->phases * PERIODS;

    p->kernels->transpose(p->x, PERIODS, p->input, p->taken, PERIODS,
                          p->n_rows);
    memset(p->y, 0, p->n_groups * group * sizeof *p->y);
    for (size_t g = 0; g < p->n_groups; g++)
        p->kernels->fir(p->y + g * group, p->taps + g % p->n_tables * table,
                        p->x + first_row(p, g) * PERIODS, PERIODS, p->n_taps);
    p->kernels->transpose(out, p->made, p->y, PERIODS, p->made, PERIODS);
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
