/*
 * levels_avx512.c - the loops over levels for x86 with AVX-512 F, BW, DQ and
 * VL
 *
 * Compiled for it by the Makefile's rule for *_avx512.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#define LANES 16
#include "model/levels_loops.h"

const struct ltr_levels ltr_levels_avx512 = LEVELS_TABLE;

#else
typedef int ltr_levels_avx512_needs_x86;
#endif
