/*
 * kernels_avx512.c - the kernels for x86 with AVX-512 F, BW, DQ and VL
 *
 * Compiled for them by the Makefile's rule for *_avx512.c, with 512-bit
 * vectors asked for; what kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include <immintrin.h>

#define LANES 16
#define SQRT(v) ((vector)_mm512_sqrt_ps((__m512)(v)))

#include "math/kernels_vector.h"

const struct ltr_kernels ltr_kernels_avx512 = {
    .name = "avx512",
    .dot = dot,
    .dot_rows = dot_rows,
    .add_rows = add_rows,
    .adam = adam,
    .fir_phases = PHASES,
    .fir = fir,
    .transpose = transpose,
};

#else
typedef int ltr_kernels_avx512_needs_x86;
#endif
