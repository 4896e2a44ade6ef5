/*
 * lanes_avx512.c - the inner loops for x86 with AVX-512, in doubles
 *
 * Compiled for it by the Makefile's rule for *_avx512.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

typedef double real;
typedef __m512d wide;

#define SLIDING 1 /* of dsp/lanes_octaves.h */
#define WIDTH 8
#define ROWS LTR_LANES_DOUBLE

static inline wide load(const real *from)
{
    return _mm512_loadu_pd(from);
}

static inline wide load_floats(const float *from)
{
    return _mm512_cvtps_pd(_mm256_loadu_ps(from));
}

static inline void store(real *to, wide v)
{
    _mm512_storeu_pd(to, v);
}

static inline void store_floats(float *to, wide v)
{
    _mm256_storeu_ps(to, _mm512_cvtpd_ps(v));
}

#include "dsp/lanes_loops.h"

const struct ltr_lanes ltr_lanes_avx512 = LANES_TABLE(8, 2);

#else
typedef int ltr_lanes_avx512_needs_x86;
#endif
