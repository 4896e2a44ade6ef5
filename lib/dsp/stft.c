/*
 * stft.c - the power spectra of windowed frames, several at a time
 *
 * Even samples become the real and odd ones the imaginary part of a transform
 * of half the size, whose bins are then taken apart (Cooley, Lewis and Welch
 * 1970).  A transform of an odd size is one of complex values that are real,
 * which costs twice as much.  Here they are planned; dsp/lanes_loops.h goes
 * through them.
 */
#include "dsp/stft.h"

#include <math.h>

#include <ltrec/audio.h>

#include "base/context.h"
#include "math/kernels.h"

#define LEAST 16
#define MOST 65536
#define LARGEST_FACTOR 127 /* whose butterflies take as many steps */
#define TWO_PI 6.283185307179586

struct ltr_stft {
    ltrec_context *ctx;
    const struct ltr_lanes *lanes;
    struct ltr_lanes_plan plan;
    void *memory; /* all that the plan points to */
};

int ltr_stft_accepts(uint32_t size)
{
    uint32_t rest = size;

    if (size < LEAST || size > MOST)
        return 0;
    for (uint32_t factor = 2; factor <= LARGEST_FACTOR; factor++)
        while (rest % factor == 0)
            rest /= factor;
    return rest == 1;
}

/* ---- Passes ------------------------------------------------------------- */

static size_t least_factor(size_t n)
{
    for (size_t factor = 2; factor * factor <= n; factor++)
        if (n % factor == 0)
            return factor;
    return n;
}

/* Eights leave no two behind if fours can take what is left. */
static size_t next_radix(size_t rest, size_t most)
{
    if (most == 8 && rest % 8 == 0 && rest % 16 != 0)
        return 8;
    if (most == 8 && rest % 32 == 0)
        return 8;
    if (rest % 4 == 0)
        return 4;
    return least_factor(rest);
}

/* Append the passes of a part of the transform, whose size is `rest`. */
static void add_passes(struct ltr_lanes_plan *plan, size_t rest, size_t most,
                       size_t *left, size_t *stride)
{
    while (rest > 1) {
        struct ltr_lanes_pass *p = &plan->passes[plan->n_passes++];

        p->radix = next_radix(rest, most);
        rest /= p->radix;
        *left /= p->radix;
        p->count = *left;
        p->stride = *stride;
        *stride *= p->radix;
    }
}

/* Radices that all loops have butterflies for. */
static int quick(size_t radix)
{
    return radix == 2 || radix == 4 || radix == 8;
}

static void add_all_passes(struct ltr_lanes_plan *plan,
                           const struct ltr_lanes *lanes)
{
    size_t most = lanes->most_radix;
    size_t left = plan->half, stride = 1, n;

    if (plan->odd || plan->half % 16 != 0) {
        add_passes(plan, plan->half, most, &left, &stride);
        return;
    }
    add_passes(plan, 4, 4, &left, &stride);
    add_passes(plan, plan->half / 16, most, &left, &stride);
    add_passes(plan, 4, 4, &left, &stride);
    n = plan->n_passes;
    plan->first_passes = plan->last_passes = 1;
    if (n > 2 && quick(plan->passes[1].radix))
        plan->first_passes = lanes->most_ends;
    if (n > 3 && quick(plan->passes[n - 2].radix))
        plan->last_passes = lanes->most_ends;
}

/* ---- Tables ------------------------------------------------------------- */

/* Where the next number of a table goes, of the precision there is. */
struct table {
    void *at;
    int single;
};

/* Take n reals; they are to be set one by one from there on. */
static void *take(struct table *table, size_t n)
{
    void *taken = table->at;

    if (table->single)
        table->at = (float *)table->at + n;
    else
        table->at = (double *)table->at + n;
    return taken;
}

static void set(struct table *table, double x)
{
    if (table->single)
        *(float *)take(table, 1) = (float)x;
    else
        *(double *)take(table, 1) = x;
}

/* e^(-2 pi i k / n), rounded once */
static void set_turn(struct table *table, size_t k, size_t n)
{
    double angle = TWO_PI * (double)(k % n) / (double)n;

    set(table, cos(angle));
    set(table, -sin(angle));
}

/* Periodic: the one whose copies, half a window apart, add up to 1. */
static void *set_window(struct table *table, size_t size)
{
    void *window = table->at;

    for (size_t i = 0; i < size; i++)
        set(table, 0.5 - 0.5 * cos(TWO_PI * (double)i / (double)size));
    return window;
}

static void set_pass(struct table *table, struct ltr_lanes_pass *p)
{
    p->twiddles = table->at;
    for (size_t j = 0; j < p->count; j++)
        for (size_t bin = 1; bin < p->radix; bin++)
            set_turn(table, j * bin, p->count * p->radix);
    p->roots = table->at;
    for (size_t k = 0; k < p->radix; k++)
        set_turn(table, k, p->radix);
}

static void set_tables(struct ltr_lanes_plan *plan, struct table *table,
                       size_t rows)
{
    size_t half = plan->half;

    plan->a = take(table, 2 * half * rows);
    plan->b = take(table, 2 * half * rows);
    plan->window = set_window(table, plan->odd ? half : 2 * half);
    plan->turns = table->at;
    for (size_t k = 0; k <= half; k++)
        set_turn(table, k, 2 * half);
    for (size_t i = 0; i < plan->n_passes; i++)
        set_pass(table, &plan->passes[i]);
}

/* The reals that set_tables() takes. */
static size_t count_reals(const struct ltr_lanes_plan *plan, size_t rows)
{
    size_t n = 4 * plan->half * rows + 2 * plan->half + 2 * (plan->half + 1);

    for (size_t i = 0; i < plan->n_passes; i++) {
        const struct ltr_lanes_pass *p = &plan->passes[i];

        n += 2 * p->count * (p->radix - 1) + 2 * p->radix;
    }
    return n;
}

/* ---- Life cycle --------------------------------------------------------- */

int ltr_stft_create(ltrec_context *ctx, uint32_t size, int32_t precision,
                    struct ltr_stft **out)
{
    struct ltr_stft *stft = ltr_alloc(ctx, 1, sizeof *stft);
    struct table table = {.single = precision == LTREC_SPECTRUM_SINGLE};

    *out = NULL;
    if (!stft)
        return LTREC_ERR_MEMORY;
    stft->ctx = ctx;
    stft->lanes = ltr_lanes_for(ctx->cpu, precision);
    stft->plan.odd = size % 2 != 0;
    stft->plan.half = stft->plan.odd ? size : size / 2;
    stft->plan.transpose = ltr_kernels_for(ctx->cpu)->transpose;
    add_all_passes(&stft->plan, stft->lanes);
    table.at = stft->memory = ltr_alloc(
        ctx, count_reals(&stft->plan, stft->lanes->rows), stft->lanes->bytes);
    if (!table.at) {
        ltr_stft_free(stft);
        return LTREC_ERR_MEMORY;
    }
    set_tables(&stft->plan, &table, stft->lanes->rows);
    *out = stft;
    return LTREC_OK;
}

void ltr_stft_free(struct ltr_stft *stft)
{
    if (!stft)
        return;
    ltr_free(stft->ctx, stft->memory);
    ltr_free(stft->ctx, stft);
}

void ltr_stft_power(struct ltr_stft *stft, const float *samples, size_t hop,
                    void *power)
{
    stft->lanes->power(&stft->plan, samples, hop, power);
}
