/*
 * lanes_portable.c - the inner loops in plain C, in doubles
 */
typedef double real, wide;

#define WIDTH 1
#define ROWS LTR_LANES_DOUBLE

static inline wide load(const real *from)
{
    return *from;
}

static inline wide load_floats(const float *from)
{
    return (real)*from;
}

static inline void store(real *to, wide v)
{
    *to = v;
}

static inline void store_floats(float *to, wide v)
{
    *to = (float)v;
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_portable = LANES_TABLE(4, 1);
