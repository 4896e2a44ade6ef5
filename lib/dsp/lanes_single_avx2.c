/*
 * lanes_single_avx2.c - the inner loops for x86 with AVX2, in floats
 *
 * Compiled for it by the Makefile's rule for *_avx2.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

typedef float real;
typedef __m256 wide;

#define WIDTH 8
#define ROWS LTR_LANES_SINGLE

static inline wide load(const real *from)
{
    return _mm256_loadu_ps(from);
}

static inline wide load_floats(const float *from)
{
    return load(from);
}

static inline void store(real *to, wide v)
{
    _mm256_storeu_ps(to, v);
}

static inline void store_floats(float *to, wide v)
{
    store(to, v);
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_single_avx2 = LANES_TABLE(8, 2);

#else
typedef int ltr_lanes_single_avx2_needs_x86;
#endif
