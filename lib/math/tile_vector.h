/*
 * tile_vector.h - tiles of ROWS x COLUMNS in vectors of LANES floats
 *
 * Included by one file per instruction set with ROWS, COLUMNS, LANES and
 * transpose_4() defined.  The sums of a tile stay in registers over the whole
 * depth: each step loads a row of b once, and each number of a once.
 */
#include "math/tile.h"

#include <string.h>

#define ACROSS (COLUMNS / LANES)

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

static inline vector load(const float *from)
{
    vector v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(float *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

/* Inlined once for each number of rows there may be, so that all is unrolled.
 */
static inline __attribute__((always_inline)) void
multiply_rows(const float *a, const size_t rows, const float *b, size_t depth,
              float *out, size_t stride, bool add)
{
    vector sum[ROWS][ACROSS];

#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++) {
            sum[i][j] = (vector){0};
            __builtin_prefetch(out + i * stride + j * LANES, 1);
        }
    for (size_t step = 0; step < depth; step++, a += rows, b += COLUMNS) {
        vector row[ACROSS];

#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++)
            row[j] = load(b + j * LANES);
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 16
            for (size_t j = 0; j < ACROSS; j++)
                sum[i][j] += a[i] * row[j];
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++) {
            float *to = out + i * stride + j * LANES;

            store(to, add ? load(to) + sum[i][j] : sum[i][j]);
        }
}

static void multiply(const float *a, size_t rows, const float *b, size_t depth,
                     float *out, size_t stride, bool add)
{
    if (rows == ROWS)
        multiply_rows(a, ROWS, b, depth, out, stride, add);
#if ROWS > 8
    else if (rows == 8)
        multiply_rows(a, 8, b, depth, out, stride, add);
#endif
#if ROWS > 4
    else
        multiply_rows(a, 4, b, depth, out, stride, add);
#endif
}

static void pack_along(float *to, size_t width, const float *const *lines,
                       ptrdiff_t ahead, size_t depth)
{
    size_t step = 0;

    for (; step + LANES <= depth; step += LANES) {
#pragma GCC unroll 4
        for (size_t i = 0; i < LTR_TILE_GROUP; i++)
            __builtin_prefetch(lines[i] + ahead + step);
        transpose_4(to + step * width, width, lines, step);
    }
    for (; step < depth; step++)
        for (size_t i = 0; i < LTR_TILE_GROUP; i++)
            to[step * width + i] = lines[i][step];
}

static void pack_across(float *to, size_t width, size_t panel_size,
                        const float *line, size_t n_panels)
{
    if (width == COLUMNS)
        for (size_t panel = 0; panel < n_panels; panel++)
            memcpy(to + panel * panel_size, line + panel * COLUMNS,
                   COLUMNS * sizeof *to);
    else
        for (size_t panel = 0; panel < n_panels; panel++)
            memcpy(to + panel * panel_size, line + panel * ROWS,
                   ROWS * sizeof *to);
}
