/*
 * levels_avx2.c - the loops over levels for x86 with AVX2
 *
 * Compiled for it by the Makefile's rule for *_avx2.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#define LANES 8
#include "model/levels_loops.h"

const struct ltr_levels ltr_levels_avx2 = LEVELS_TABLE;

#else
typedef int ltr_levels_avx2_needs_x86;
#endif
