/*
 * filter_avx2.c - recursive filters for x86 with AVX2
 *
 * Compiled for it by the Makefile's rule for *_avx2.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include "dsp/filter_loops.h"

const struct ltr_filters ltr_filters_avx2 = FILTER_TABLE;

#else
typedef int ltr_filters_avx2_needs_x86;
#endif
