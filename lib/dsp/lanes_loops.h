/*
 * lanes_loops.h - the inner loops on vectors of WIDTH reals
 *
 * Included by one file per instruction set and precision, which defines WIDTH,
 * ROWS, the types `real` and, of WIDTH of them, `wide`, and load(),
 * load_floats(), store() and store_floats().
 *
 * The transform is Stockham's: every pass reads one buffer and writes the
 * other, in an order that leaves the bins sorted at the end, and with inner
 * loops over neighbouring elements.  A batch is larger than the first level
 * cache, so that what counts is how often it is gone through: hence radix 8,
 * and a first and a last pass that do more than their butterflies.
 */
#include "dsp/lanes.h"
#include "dsp/lanes_octaves.h"
#include "dsp/lanes_pairs.h"

#define CHUNK 32 /* butterflies of the first pass between transposes */

/* ---- Passes ------------------------------------------------------------- */

/* A pass whose radix the compiler knows. */
static inline void pass_of(const struct ltr_lanes_pass *p, size_t radix,
                           const real *restrict from, real *restrict to)
{
    size_t s = p->stride * 2 * ROWS, step = s * p->count;
    const real *w = p->twiddles;

    for (size_t j = 0; j < p->count; j++, w += 2 * (radix - 1)) {
        const real *x = from + s * j;
        real *y = to + radix * s * j;

        for (size_t q = 0; q < s; q += 2 * ROWS)
            for (size_t r = q; r < q + ROWS; r += WIDTH) {
                struct pair v[MOST_TOGETHER];

                for (size_t k = 0; k < radix; k++)
                    v[k] = get(x + r + k * step);
                butterfly(v, radix);
                put(y + r, v[0]);
                for (size_t k = 1; k < radix; k++)
                    put(y + r + k * s, turn(v[k], w + 2 * (k - 1)));
            }
    }
}

static void pass_8(const struct ltr_lanes_pass *p, const real *from, real *to)
{
    pass_of(p, 8, from, to);
}

static void pass_4(const struct ltr_lanes_pass *p, const real *from, real *to)
{
    pass_of(p, 4, from, to);
}

static void pass_2(const struct ltr_lanes_pass *p, const real *from, real *to)
{
    pass_of(p, 2, from, to);
}

/* Bin `bin` of the butterfly at x, by the definition of the transform. */
static inline struct pair bin_of(const struct ltr_lanes_pass *p, size_t bin,
                                 const real *x, size_t step)
{
    const real *roots = p->roots;
    struct pair sum = get(x);

    for (size_t k = 1, root = bin; k < p->radix; k++) {
        sum = add(sum, turn(get(x + k * step), roots + 2 * root));
        root += bin;
        root -= root >= p->radix ? p->radix : 0;
    }
    return sum;
}

static void pass_any(const struct ltr_lanes_pass *p, const real *from,
                     real *to)
{
    static const real none[2] = {1, 0};
    size_t s = p->stride * 2 * ROWS, step = s * p->count;
    const real *w = p->twiddles;

    for (size_t j = 0; j < p->count; j++, w += 2 * (p->radix - 1))
        for (size_t bin = 0; bin < p->radix; bin++) {
            const real *x = from + s * j;
            real *y = to + s * (p->radix * j + bin);

            for (size_t q = 0; q < s; q += 2 * ROWS)
                for (size_t r = q; r < q + ROWS; r += WIDTH)
                    put(y + r, turn(bin_of(p, bin, x + r, step),
                                    bin ? w + 2 * (bin - 1) : none));
        }
}

/* ---- Reading samples ---------------------------------------------------- */

/* Element i of a chunk of samples that was transposed, under the window. */
static inline struct pair weighted(const float *chunk, const real *window,
                                   size_t i, size_t r)
{
    const float *even = chunk + 2 * i * ROWS + r;

    return (struct pair){load_floats(even) * window[2 * i],
                         load_floats(even + ROWS) * window[2 * i + 1]};
}

/* Samples into a buffer, for a transform whose passes do nothing else. */
static void read_samples(const struct ltr_lanes_plan *plan,
                         const float *samples, size_t hop, real *to)
{
    float chunk[2 * CHUNK * ROWS];
    const real *window = plan->window;

    for (size_t j = 0; j < plan->half; j += CHUNK) {
        size_t n = plan->half - j < CHUNK ? plan->half - j : CHUNK;

        plan->transpose(chunk, ROWS, samples + 2 * j, hop, ROWS, 2 * n);
        for (size_t i = 0; i < n; i++)
            for (size_t r = 0; r < ROWS; r += WIDTH)
                put(to + 2 * ROWS * (j + i) + r,
                    weighted(chunk, window + 2 * j, i, r));
    }
}

/* An odd number of them: real parts, with nothing to go beside them. */
static void read_odd(const struct ltr_lanes_plan *plan, const float *samples,
                     size_t hop, real *to)
{
    float chunk[CHUNK * ROWS];
    const real *window = plan->window;

    for (size_t j = 0; j < plan->half; j += CHUNK) {
        size_t n = plan->half - j < CHUNK ? plan->half - j : CHUNK;

        plan->transpose(chunk, ROWS, samples + j, hop, ROWS, n);
        for (size_t i = 0; i < n; i++)
            for (size_t r = 0; r < ROWS; r += WIDTH) {
                wide x = load_floats(chunk + i * ROWS + r) * window[j + i];

                put(to + 2 * ROWS * (j + i) + r, (struct pair){x, x - x});
            }
    }
}

/* ---- Writing power ------------------------------------------------------ */

/*
 * Bins k and half - k of the real transform come from the same two of the
 * complex one: their even part, and their odd part turned by k.
 */
static inline void take_apart(real *power_low, real *power_high,
                              struct pair low, struct pair high, const real *w)
{
    struct pair even = {low.r + high.r, low.i - high.i};
    struct pair odd = {low.i + high.i, high.r - low.r};
    struct pair turned = turn(odd, w);
    struct pair l = add(even, turned), h = subtract(even, turned);

    store(power_low, (l.r * l.r + l.i * l.i) * (real)0.25);
    store(power_high, (h.r * h.r + h.i * h.i) * (real)0.25);
}

static inline void take_ends(real *first, real *last, struct pair bin)
{
    wide sum = bin.r + bin.i, difference = bin.r - bin.i;

    store(first, sum * sum);
    store(last, difference * difference);
}

static void write_power(const struct ltr_lanes_plan *plan,
                        const real *restrict bins, real *restrict power)
{
    const real *turns = plan->turns;
    size_t half = plan->half;

    for (size_t r = 0; r < ROWS; r += WIDTH)
        take_ends(power + r, power + half * ROWS + r, get(bins + r));
    for (size_t k = 1; k <= half / 2; k++)
        for (size_t r = 0; r < ROWS; r += WIDTH)
            take_apart(power + k * ROWS + r, power + (half - k) * ROWS + r,
                       get(bins + 2 * k * ROWS + r),
                       get(bins + 2 * (half - k) * ROWS + r), turns + 2 * k);
}

static void write_odd(const struct ltr_lanes_plan *plan, const real *bins,
                      real *power)
{
    for (size_t k = 0; k <= plan->half / 2; k++)
        for (size_t r = 0; r < ROWS; r += WIDTH) {
            struct pair bin = get(bins + 2 * k * ROWS + r);

            store(power + k * ROWS + r, bin.r * bin.r + bin.i * bin.i);
        }
}

#include "dsp/lanes_ends.h"

/* ---- All of it ---------------------------------------------------------- */

static void power_of(const struct ltr_lanes_plan *plan, const float *samples,
                     size_t hop, void *power)
{
    size_t first = plan->first_passes,
           end = plan->n_passes - plan->last_passes;
    real *from = plan->a, *to = plan->b;

    if (first > 0)
        read_and_pass(plan, samples, hop, from);
    else if (plan->odd)
        read_odd(plan, samples, hop, from);
    else
        read_samples(plan, samples, hop, from);
    for (size_t i = first; i < end; i++) {
        const struct ltr_lanes_pass *p = &plan->passes[i];
        real *read = from;

        if (p->radix == 8)
            pass_8(p, from, to);
        else if (p->radix == 4)
            pass_4(p, from, to);
        else if (p->radix == 2)
            pass_2(p, from, to);
        else
            pass_any(p, from, to);
        from = to;
        to = read;
    }
    if (plan->last_passes > 0)
        pass_and_write(plan, from, power);
    else if (plan->odd)
        write_odd(plan, from, power);
    else
        write_power(plan, from, power);
}

/* Two sums, so that no addition waits for the one before. */
static void weigh(float *sum, const void *weights, const void *x, size_t n)
{
    const real *w = weights, *at = x;

    for (size_t r = 0; r < ROWS; r += WIDTH) {
        wide even = load(at + r) * w[0], odd = even - even;
        size_t i = 1;

        for (; i + 1 < n; i += 2) {
            odd += load(at + i * ROWS + r) * w[i];
            even += load(at + (i + 1) * ROWS + r) * w[i + 1];
        }
        if (i < n)
            odd += load(at + i * ROWS + r) * w[i];
        store_floats(sum + r, even + odd);
    }
}

#define LANES_TABLE(radix, ends) \
    { \
        .rows = ROWS, .bytes = sizeof(real), .most_radix = (radix), \
        .most_ends = (ends), .power = power_of, .weigh = weigh, \
        .widen = widen, .halve = halve, .spread = spread, \
        .correlate = correlate, \
    }
