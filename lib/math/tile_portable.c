/*
 * tile_portable.c - tiles for any CPU; the definition of the others
 *
 * Four lanes are what SSE2 and NEON have; a compiler for something else makes
 * plain code of them.
 */
#include <stddef.h>

#define ROWS 4
#define COLUMNS 8
#define LANES 4
#define PANELS 4
#define VISIT 256

static inline void transpose_4(float *to, size_t width,
                               const float *const *lines, size_t step)
{
    for (size_t i = 0; i < LANES; i++)
        for (size_t line = 0; line < 4; line++)
            to[i * width + line] = lines[line][step + i];
}

#include "math/tile_vector.h"

const struct ltr_tiles ltr_tiles_portable = {
    .name = "portable",
    .rows = ROWS,
    .columns = COLUMNS,
    .group = LTR_TILE_GROUP,
    .steps = 1,
    .numbers = 1,
    .panels = PANELS,
    .visit = VISIT,
    .multiply = multiply,
    .pack_along = pack_along,
    .pack_across = pack_across,
    .find_terms = find_terms,
    .multiply_terms = multiply_terms,
};
