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

#define TOGETHER 4 /* vectors whose sums do not wait for each other */

/*
 * `together` vectors of output: both arms of the filter see neighbouring odd
 * samples, odd[i] being that after even sample i.
 */
static inline void halve_some(real *to, const real *even, const real *odd,
                              const real *half, size_t taps, size_t together)
{
    wide sum[TOGETHER];

    for (size_t v = 0; v < together; v++)
        sum[v] = load(even + v * WIDTH) * (real)0.5;
    for (size_t j = 0; j < taps; j++)
        for (size_t v = 0; v < together; v++)
            sum[v] +=
                (load(odd + v * WIDTH + j) + load(odd + v * WIDTH - j - 1)) *
                half[j];
    for (size_t v = 0; v < together; v++)
        store(to + v * WIDTH, sum[v]);
}

static void halve(void *to, const void *from, const void *half, size_t taps,
                  void *room, size_t n)
{
    const real *x = from;
    real *y = to, *even = room, *odd = even + n + taps;
    size_t i = 0;

    for (size_t k = 0; k < taps; k++)
        odd[(ptrdiff_t)k - (ptrdiff_t)taps] =
            x[2 * ((ptrdiff_t)k - (ptrdiff_t)taps) + 1];
    for (size_t k = 0; k < n; k++) {
        even[k] = x[2 * k];
        odd[k] = x[2 * k + 1];
    }
    for (size_t k = n; k + 1 < n + taps; k++)
        odd[k] = x[2 * k + 1];
    for (; i + TOGETHER * WIDTH <= n; i += TOGETHER * WIDTH)
        halve_some(y + i, even + i, odd + i, half, taps, TOGETHER);
    for (; i < n; i += WIDTH)
        halve_some(y + i, even + i, odd + i, half, taps, 1);
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
