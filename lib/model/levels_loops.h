/*
 * levels_loops.h - the loops of levels.h on vectors of LANES floats
 *
 * Included by one file per instruction set, each compiled for its own, with
 * no product and sum fused and a root that does not set errno: all give the
 * same bits.  Channels have nothing to do with each other.
 */
#include "model/levels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "model/model_parts.h"

/* ---- The soft floor ----------------------------------------------------- */

/*
 * ltr_soft_level() with its clamp on integers, as which floats without their
 * sign are in their order: compilers make no vectors of a choice of floats.
 */
static void soften(float *out, const float *x, size_t n, float floor)
{
    const float bend = LTR_SOFT_BEND, most = LTR_SOFT_MOST;
    uint32_t limit;

    memcpy(&limit, &most, sizeof limit);
    for (size_t i = 0; i < n; i++) {
        float above = x[i] + floor;
        uint32_t bits, size;

        memcpy(&bits, &above, sizeof bits);
        size = bits & 0x7fffffffu;
        size = (int32_t)size < (int32_t)limit ? size : limit;
        bits = (bits & 0x80000000u) | size;
        memcpy(&above, &bits, sizeof above);
        out[i] = (above + sqrtf(above * above + bend * bend)) / 2 - floor;
    }
}

/* ---- Statistics --------------------------------------------------------- */

#define PIECE 16 /* frames whose movements are added up as floats */
#define LAGS 4

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef float half __attribute__((vector_size(LANES / 2 * sizeof(float))));
typedef double wide __attribute__((vector_size(LANES / 2 * sizeof(double))));
typedef int32_t bits __attribute__((vector_size(LANES * sizeof(int32_t))));

static inline lanes load(const float *from)
{
    lanes v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline lanes size_of(lanes v)
{
    return (lanes)((bits)v & 0x7fffffff);
}

static inline wide half_of(const lanes *v, size_t i)
{
    half part;

    memcpy(&part, (const char *)v + i * sizeof part, sizeof part);
    return __builtin_convertvector(part, wide);
}

/* One stripe of LANES channels; `n_lags` constant makes loops shorter. */
static inline void add_stripe(double *sums, size_t stride_sums, const float *x,
                              size_t stride, size_t frames, size_t n_lags)
{
    wide all[2 + LAGS][2];

    for (size_t i = 0; i < 2 + n_lags; i++)
        memcpy(all[i], sums + i * stride_sums, sizeof all[i]);
    while (frames > 0) {
        size_t some = frames < PIECE ? frames : PIECE;
        lanes moved[LAGS] = {{0}};

        for (size_t t = 0; t < some; t++, x += stride) {
            lanes now = load(x);

            for (size_t h = 0; h < 2; h++) {
                wide value = half_of(&now, h);

                all[0][h] += value;
                all[1][h] += value * value;
            }
            for (size_t i = 0; i < n_lags; i++)
                moved[i] += size_of(now - load(x - (stride << i)));
        }
        for (size_t i = 0; i < n_lags; i++)
            for (size_t h = 0; h < 2; h++)
                all[2 + i][h] += half_of(&moved[i], h);
        frames -= some;
    }
    for (size_t i = 0; i < 2 + n_lags; i++)
        memcpy(sums + i * stride_sums, all[i], sizeof all[i]);
}

/* The same of one channel, step by step. */
static void add_channel(double *sums, size_t stride_sums, const float *x,
                        size_t stride, size_t frames, size_t n_lags)
{
    while (frames > 0) {
        size_t some = frames < PIECE ? frames : PIECE;
        float moved[LAGS] = {0};

        for (size_t t = 0; t < some; t++, x += stride) {
            sums[0] += (double)*x;
            sums[stride_sums] += (double)*x * (double)*x;
            for (size_t i = 0; i < n_lags; i++)
                moved[i] += fabsf(*x - *(x - (stride << i)));
        }
        for (size_t i = 0; i < n_lags; i++)
            sums[(2 + i) * stride_sums] += (double)moved[i];
        frames -= some;
    }
}

static void add(double *sums, size_t stride_sums, const float *x,
                size_t stride, size_t frames, size_t n, size_t n_lags)
{
    size_t c = 0;

    for (; c + LANES <= n; c += LANES)
        if (n_lags == LAGS)
            add_stripe(sums + c, stride_sums, x + c, stride, frames, LAGS);
        else if (n_lags == 0)
            add_stripe(sums + c, stride_sums, x + c, stride, frames, 0);
        else
            add_stripe(sums + c, stride_sums, x + c, stride, frames, n_lags);
    for (; c < n; c++)
        add_channel(sums + c, stride_sums, x + c, stride, frames, n_lags);
}

#define LEVELS_TABLE \
    { \
        .soften = soften, .add = add \
    }
