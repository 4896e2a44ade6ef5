/*
 * lanes_ends.h - the first and the last passes of a transform
 *
 * A part of dsp/lanes_loops.h, which see.  Of the groups that one pass leaves
 * the next one wants few at a time: two passes are made of those while they
 * are in the first level cache, on samples as they are read, and on bins
 * before they become power.
 */
#define INLINE static inline __attribute__((always_inline))

/* ---- Reading ------------------------------------------------------------ */

/* Butterfly j of the first pass, from element i of transposed chunks. */
static inline void first_butterfly(const struct ltr_lanes_plan *plan,
                                   const float *chunks, size_t chunk, size_t j,
                                   size_t i, size_t r, struct pair v[4])
{
    size_t fourth = plan->half / 4;
    const real *window = plan->window, *w = plan->passes[0].twiddles;

    for (size_t arm = 0; arm < 4; arm++)
        v[arm] = weighted(chunks + arm * 2 * chunk * ROWS,
                          window + 2 * (j - i + arm * fourth), i, r);
    butterfly_4(v);
    for (size_t arm = 1; arm < 4; arm++)
        v[arm] = turn(v[arm], w + 6 * j + 2 * (arm - 1));
}

/* Group j of the first pass alone. */
static inline void first_group(const struct ltr_lanes_plan *plan,
                               const float *chunks, size_t j, size_t i,
                               real *restrict to)
{
    for (size_t r = 0; r < ROWS; r += WIDTH) {
        struct pair v[4];

        first_butterfly(plan, chunks, CHUNK, j, i, r, v);
        for (size_t q = 0; q < 4; q++)
            put(to + 2 * ROWS * (4 * j + q) + r, v[q]);
    }
}

/* Group j of the second pass, and what it is made of. */
static inline void second_group(const struct ltr_lanes_plan *plan,
                                size_t radix, const float *chunks, size_t j,
                                size_t i, real *restrict to)
{
    size_t count = plan->half / 4 / radix, chunk = CHUNK / radix;
    const real *w = plan->passes[1].twiddles;

    for (size_t r = 0; r < ROWS; r += WIDTH) {
        struct pair made[MOST_TOGETHER][4], v[MOST_TOGETHER];

        for (size_t k = 0; k < radix; k++)
            first_butterfly(plan, chunks + 4 * k * 2 * chunk * ROWS, chunk,
                            j + k * count, i, r, made[k]);
        for (size_t q = 0; q < 4; q++) {
            real *y = to + 2 * ROWS * (4 * radix * j + q) + r;

            for (size_t k = 0; k < radix; k++)
                v[k] = made[k][q];
            butterfly(v, radix);
            put(y, v[0]);
            for (size_t k = 1; k < radix; k++)
                put(y + 8 * ROWS * k,
                    turn(v[k], w + 2 * ((radix - 1) * j + k - 1)));
        }
    }
}

INLINE void first_of(const struct ltr_lanes_plan *plan, size_t radix,
                     const float *samples, size_t hop, real *restrict to)
{
    size_t fourth = plan->half / 4, count = fourth / radix;
    size_t chunk = CHUNK / radix;
    float chunks[4 * 2 * CHUNK * ROWS];

    for (size_t j = 0; j < count; j += chunk) {
        size_t n = count - j < chunk ? count - j : chunk;

        for (size_t k = 0; k < 4 * radix; k++)
            plan->transpose(chunks + k * 2 * chunk * ROWS, ROWS,
                            samples + 2 * (j + k / 4 * count + k % 4 * fourth),
                            hop, ROWS, 2 * n);
        for (size_t i = 0; i < n; i++)
            if (radix == 1)
                first_group(plan, chunks, j + i, i, to);
            else
                second_group(plan, radix, chunks, j + i, i, to);
    }
}

/* One or two passes; a constant radix makes loops of known lengths. */
static void read_and_pass(const struct ltr_lanes_plan *plan,
                          const float *samples, size_t hop, real *to)
{
    size_t radix = plan->first_passes == 2 ? plan->passes[1].radix : 1;

    if (radix == 8)
        first_of(plan, 8, samples, hop, to);
    else if (radix == 4)
        first_of(plan, 4, samples, hop, to);
    else if (radix == 2)
        first_of(plan, 2, samples, hop, to);
    else
        first_of(plan, 1, samples, hop, to);
}

/* ---- Writing ------------------------------------------------------------ */

/*
 * Bins q + step * k + fourth * i as bins[k][i], from the butterflies of the
 * last pass but one that they are made of.
 */
static inline void last_bins(const struct ltr_lanes_plan *plan, size_t radix,
                             const real *from, size_t q,
                             struct pair bins[MOST_TOGETHER][4])
{
    size_t step = plan->half / 4 / radix;
    const struct ltr_lanes_pass *p = &plan->passes[plan->n_passes - 2];
    const real *w = p->twiddles;

    for (size_t j = 0; j < 4; j++) {
        struct pair v[MOST_TOGETHER];

        for (size_t k = 0; k < radix; k++)
            v[k] = get(from + 2 * ROWS * (q + step * (j + 4 * k)));
        butterfly(v, radix);
        bins[0][j] = v[0];
        for (size_t k = 1; k < radix; k++)
            bins[k][j] = turn(v[k], w + 2 * ((radix - 1) * j + k - 1));
    }
    for (size_t k = 0; k < radix; k++)
        butterfly_4(bins[k]);
}

/* Power of four bins from `bin` on, and of those that mirror them. */
static inline void write_bins(const struct ltr_lanes_plan *plan, size_t bin,
                              const struct pair *low, const struct pair *high,
                              real *power)
{
    const real *turns = plan->turns;

    for (size_t k = 0; k < 4; k++, bin += plan->half / 4)
        take_apart(power + bin * ROWS, power + (plan->half - bin) * ROWS,
                   low[k], high[3 - k], turns + 2 * bin);
}

/* Bins that 0 and a fourth of all are among; they mirror each other. */
static inline void write_first(const struct ltr_lanes_plan *plan, size_t radix,
                               const real *from, real *power)
{
    size_t half = plan->half, fourth = half / 4;
    const real *turns = plan->turns;
    struct pair bins[MOST_TOGETHER][4];

    last_bins(plan, radix, from, 0, bins);
    take_ends(power, power + half * ROWS, bins[0][0]);
    take_apart(power + fourth * ROWS, power + 3 * fourth * ROWS, bins[0][1],
               bins[0][3], turns + 2 * fourth);
    take_apart(power + half / 2 * ROWS, power + half / 2 * ROWS, bins[0][2],
               bins[0][2], turns + half);
    for (size_t k = 1; 2 * k <= radix; k++)
        write_bins(plan, fourth / radix * k, bins[k], bins[radix - k], power);
}

INLINE void last_of(const struct ltr_lanes_plan *plan, size_t radix,
                    const real *restrict from, real *restrict power)
{
    size_t step = plan->half / 4 / radix;

    for (size_t r = 0; r < ROWS; r += WIDTH)
        write_first(plan, radix, from + r, power + r);
    for (size_t q = 1; q <= step / 2; q++)
        for (size_t r = 0; r < ROWS; r += WIDTH) {
            struct pair low[MOST_TOGETHER][4], high[MOST_TOGETHER][4];

            last_bins(plan, radix, from + r, q, low);
            last_bins(plan, radix, from + r, step - q, high);
            for (size_t k = 0; k < radix; k++)
                write_bins(plan, q + step * k, low[k], high[radix - 1 - k],
                           power + r);
        }
}

static void pass_and_write(const struct ltr_lanes_plan *plan, const real *from,
                           real *power)
{
    size_t radix =
        plan->last_passes == 2 ? plan->passes[plan->n_passes - 2].radix : 1;

    if (radix == 8)
        last_of(plan, 8, from, power);
    else if (radix == 4)
        last_of(plan, 4, from, power);
    else if (radix == 2)
        last_of(plan, 2, from, power);
    else
        last_of(plan, 1, from, power);
}
