/*
 * lanes_single_portable.c - the inner loops in plain C, in floats
 *
 * Vectors of 16 bytes, which most CPUs have: of single numbers compilers made
 * code that is more than twice as slow.
 */
#include <string.h>

typedef float real;
typedef real wide __attribute__((vector_size(16)));

#define WIDTH 4
#define ROWS LTR_LANES_SINGLE

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
    return load(from);
}

static inline void store_floats(float *to, wide v)
{
    store(to, v);
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_single_portable = LANES_TABLE(4, 1);
