/*
 * lanes_avx2.c - the inner loops for x86 with AVX2
 *
 * Compiled for it by the Makefile's rule for *_avx2.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

typedef __m256d wide;

#define WIDTH 4

static inline wide load(const double *from)
{
    return _mm256_loadu_pd(from);
}

static inline wide load_floats(const float *from)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(from));
}

static inline void store(double *to, wide v)
{
    _mm256_storeu_pd(to, v);
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_avx2 = LANES_TABLE;

#else
typedef int ltr_lanes_avx2_needs_x86;
#endif
