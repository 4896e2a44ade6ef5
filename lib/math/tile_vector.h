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

/* Inlined once for each number of rows there may be, so that all is unrolled:
 * clang wants a bound that it sees before it has been inlined. */
static inline __attribute__((always_inline)) void
multiply_rows(const float *a, const size_t rows, const float *b, size_t depth,
              float *out, size_t stride, bool add)
{
    vector sum[ROWS][ACROSS];

#pragma GCC unroll 16
    for (size_t i = 0; i < ROWS && i < rows; i++)
#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++)
            sum[i][j] = add ? load(out + i * stride + j * LANES) : (vector){0};
    for (size_t step = 0; step < depth; step++, a += rows, b += COLUMNS) {
        vector row[ACROSS];

#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++)
            row[j] = load(b + j * LANES);
#pragma GCC unroll 16
        for (size_t i = 0; i < ROWS && i < rows; i++)
#pragma GCC unroll 16
            for (size_t j = 0; j < ACROSS; j++)
                sum[i][j] += a[i] * row[j];
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < ROWS && i < rows; i++)
#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++)
            store(out + i * stride + j * LANES, sum[i][j]);
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

static inline __attribute__((always_inline)) void
pack_panels(float *to, const size_t width, size_t panel_size,
            const float *const *lines, size_t n_lines, size_t n_panels)
{
    for (size_t panel = 0; panel < n_panels; panel++, to += panel_size)
        for (size_t i = 0; i < n_lines; i++)
            memcpy(to + i * width, lines[i] + panel * width,
                   width * sizeof *to);
}

static void pack_across(float *to, size_t width, size_t panel_size,
                        const float *const *lines, size_t n_lines,
                        size_t n_panels)
{
    if (width == COLUMNS)
        pack_panels(to, COLUMNS, panel_size, lines, n_lines, n_panels);
    else
        pack_panels(to, ROWS, panel_size, lines, n_lines, n_panels);
}

#ifndef OWN_FIND_SOME
/* Each is written, and the next one over it unless it counts. */
static inline size_t find_some(const float *row, size_t depth,
                               uint32_t *places, float *values)
{
    size_t n = 0;

    for (size_t step = 0; step < depth; step++) {
        places[n] = (uint32_t)(step * COLUMNS);
        values[n] = row[step];
        n += row[step] != 0;
    }
    return n;
}
#endif

static void find_terms(const float *row, size_t depth, uint32_t *places,
                       float *values, uint16_t *starts)
{
    size_t n = 0, visit = 0;

    for (size_t step = 0; step < depth; step += VISIT, visit++) {
        size_t left = depth - step < VISIT ? depth - step : VISIT;

        starts[visit] = (uint16_t)n;
        n += find_some(row + step, left, places + n, values + n);
    }
    starts[visit] = (uint16_t)n;
}

static inline __attribute__((always_inline)) void
multiply_row(const size_t panels, const uint32_t *places, const float *values,
             size_t n, const float *b, size_t panel_size, float *out, bool add)
{
    vector sum[PANELS][ACROSS];

#pragma GCC unroll 16
    for (size_t p = 0; p < PANELS && p < panels; p++)
#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++)
            sum[p][j] =
                add ? load(out + p * COLUMNS + j * LANES) : (vector){0};
    for (size_t i = 0; i < n; i++) {
        const float *row = b + places[i];

#pragma GCC unroll 16
        for (size_t p = 0; p < PANELS && p < panels; p++)
#pragma GCC unroll 16
            for (size_t j = 0; j < ACROSS; j++)
                sum[p][j] +=
                    values[i] * load(row + p * panel_size + j * LANES);
    }
#pragma GCC unroll 16
    for (size_t p = 0; p < PANELS && p < panels; p++)
#pragma GCC unroll 16
        for (size_t j = 0; j < ACROSS; j++)
            store(out + p * COLUMNS + j * LANES, sum[p][j]);
}

static void multiply_terms(const struct ltr_tile_terms *terms, size_t visit,
                           size_t row, size_t n_rows, const float *b,
                           size_t panel_size, size_t panels, float *out,
                           size_t stride, bool add)
{
    for (size_t i = row; i < row + n_rows; i++, out += stride) {
        const uint16_t *starts = terms->starts[i] + visit;
        const uint32_t *places = terms->places + i * LTR_TILE_TERMS + *starts;
        const float *values = terms->values + i * LTR_TILE_TERMS + *starts;
        size_t n = (size_t)(starts[1] - starts[0]);

        if (panels == PANELS) {
            multiply_row(PANELS, places, values, n, b, panel_size, out, add);
            continue;
        }
        for (size_t panel = 0; panel < panels; panel++)
            multiply_row(1, places, values, n, b + panel * panel_size, 0,
                         out + panel * COLUMNS, add);
    }
}
