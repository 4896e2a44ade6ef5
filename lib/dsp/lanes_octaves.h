/*
 * lanes_octaves.h - the inner loops of a constant-Q transform
 *
 * A part of dsp/lanes_loops.h, which see.
 */

static void widen(void *to, const float *from, size_t n)
{
    real *reals = to;

    for (size_t i = 0; i < n; i++)
        reals[i] = (real)from[i];
}

/* ---- Halving ------------------------------------------------------------ */

#define ARM LTR_LANES_HALF

#ifdef SLIDING

/*
 * Loads that begin within a cache line of as many bytes cost twice.  Those a
 * whole vector apart are kept in registers for all coefficients that meet
 * them, zeros after the last.  With sixteen lanes these are too few for it.
 */
#define TOGETHER 8
#define STEPS ((2 * ARM + WIDTH - 1) / WIDTH)

static inline void halve_some(real *to, const real *even, const real *odd,
                              const real *half, size_t together)
{
    wide sum[TOGETHER], x[TOGETHER];

    for (size_t v = 0; v < together; v++)
        sum[v] = load(even + v * WIDTH) * (real)0.5;
    for (size_t i = 0; i < WIDTH; i++) {
        const real *at = odd + i - ARM;

        for (size_t v = 0; v + 1 < together; v++)
            x[v] = load(at + v * WIDTH);
        for (size_t k = 0; k < STEPS; k++) {
            x[together - 1] = load(at + (k + together - 1) * WIDTH);
            for (size_t v = 0; v < together; v++)
                sum[v] += x[v] * half[i + k * WIDTH];
            for (size_t v = 0; v + 1 < together; v++)
                x[v] = x[v + 1];
        }
    }
    for (size_t v = 0; v < together; v++)
        store(to + v * WIDTH, sum[v]);
}

#else

/* Both arms of the filter have the same coefficients. */
#define TOGETHER 4 /* vectors whose sums do not wait for each other */

static inline void halve_some(real *to, const real *even, const real *odd,
                              const real *half, size_t together)
{
    wide sum[TOGETHER];

    for (size_t v = 0; v < together; v++)
        sum[v] = load(even + v * WIDTH) * (real)0.5;
    for (size_t j = 0; j < ARM; j++)
        for (size_t v = 0; v < together; v++)
            sum[v] +=
                (load(odd + v * WIDTH + j) + load(odd + v * WIDTH - j - 1)) *
                half[ARM + j];
    for (size_t v = 0; v < together; v++)
        store(to + v * WIDTH, sum[v]);
}

#endif

/* odd[i] is the sample after even[i]. */
static void halve(void *to, const void *from, const void *half, void *room,
                  size_t n)
{
    const real *x = (const real *)from - 2 * ARM;
    real *y = to, *even = room, *odd = even + n + ARM;
    size_t i = 0;

    for (size_t k = 0; k < n; k++)
        even[k] = x[2 * (k + ARM)];
    for (size_t k = 0; k < n + 2 * ARM - 1; k++)
        even[n + k] = x[2 * k + 1];
    for (; i + TOGETHER * WIDTH <= n; i += TOGETHER * WIDTH)
        halve_some(y + i, even + i, odd + i, half, TOGETHER);
    for (; i < n; i += WIDTH)
        halve_some(y + i, even + i, odd + i, half, 1);
}

/* ---- Bands -------------------------------------------------------------- */

static void spread(void *x, const void *samples, size_t hop, size_t n)
{
    const real *from = samples;
    real *to = x;

    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < ROWS; r++)
            to[i * ROWS + r] = from[r * hop + i];
}

static void correlate(float *power, const void *kernels, const void *x,
                      size_t n, size_t n_groups, double scale)
{
    const real *at = x, *k = kernels;

    for (size_t g = 0; g < n_groups; g++, k += n * LTR_LANES_BANDS * 2)
        for (size_t r = 0; r < ROWS; r += WIDTH) {
            wide sum[LTR_LANES_BANDS][2];

            for (size_t b = 0; b < LTR_LANES_BANDS; b++)
                sum[b][0] = sum[b][1] = load(at) - load(at);
            for (size_t i = 0; i < n; i++)
                for (size_t b = 0; b < LTR_LANES_BANDS; b++)
                    for (size_t part = 0; part < 2; part++)
                        sum[b][part] +=
                            load(at + i * ROWS + r) *
                            k[(i * LTR_LANES_BANDS + b) * 2 + part];
            for (size_t b = 0; b < LTR_LANES_BANDS; b++)
                store_floats(power + (g * LTR_LANES_BANDS + b) * ROWS + r,
                             (sum[b][0] * sum[b][0] + sum[b][1] * sum[b][1]) *
                                 (real)scale);
        }
}
