/*
 * lanes_avx2.c - the inner loops for x86 with AVX2, in doubles
 *
 * Compiled for it by the Makefile's rule for *_avx2.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

typedef double real;
typedef __m256d wide;

#define WIDTH 4
#define ROWS LTR_LANES_DOUBLE

static inline wide load(const real *from)
{
    return _mm256_loadu_pd(from);
}

static inline wide load_floats(const float *from)
{
    return _mm256_cvtps_pd(_mm_loadu_ps(from));
}

static inline void store(real *to, wide v)
{
    _mm256_storeu_pd(to, v);
}

static inline void store_floats(float *to, wide v)
{
    _mm_storeu_ps(to, _mm256_cvtpd_ps(v));
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_avx2 = LANES_TABLE(8, 2);

#else
typedef int ltr_lanes_avx2_needs_x86;
#endif
