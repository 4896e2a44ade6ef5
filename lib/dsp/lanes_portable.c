/*
 * lanes_portable.c - the inner loops in plain C, in doubles
 *
 * Vectors of 16 bytes, which most CPUs have: of single numbers gcc made code
 * that is 1.6 times as slow, and clang 3.4 times.
 */
#include <string.h>

typedef double real;
typedef real wide __attribute__((vector_size(16)));

#define WIDTH 2
#define ROWS LTR_LANES_DOUBLE

static inline wide load(const real *from)
{
    wide v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(real *to, wide v)
{
    memcpy(to, &v, sizeof v);
}

static inline wide load_floats(const float *from)
{
    return (wide){(real)from[0], (real)from[1]};
}

static inline void store_floats(float *to, wide v)
{
    to[0] = (float)v[0];
    to[1] = (float)v[1];
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_portable = LANES_TABLE(4, 1);
