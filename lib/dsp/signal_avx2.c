/*
 * signal_avx2.c - the loops over samples and levels for x86 with AVX2
 *
 * Compiled for it by the Makefile's rule for *_avx2.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include "dsp/signal_loops.h"

const struct ltr_signal ltr_signal_avx2 = SIGNAL_TABLE;

#else
typedef int ltr_signal_avx2_needs_x86;
#endif
