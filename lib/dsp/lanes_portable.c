/*
 * lanes_portable.c - the inner loops in plain C
 */
typedef double wide;

#define WIDTH 1

static inline wide load(const double *from)
{
    return *from;
}

static inline wide load_floats(const float *from)
{
    return (double)*from;
}

static inline void store(double *to, wide v)
{
    *to = v;
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_portable = LANES_TABLE;
