/*
 * signal_avx512.c - the loops over samples and levels for x86 with AVX-512
 *
 * Compiled for it by the Makefile's rule for *_avx512.c; what
 * math/kernels_avx2.c says of inline functions holds.
 */
#ifdef LTR_BUILD_X86

#include "dsp/signal_loops.h"

const struct ltr_signal ltr_signal_avx512 = SIGNAL_TABLE;

#else
typedef int ltr_signal_avx512_needs_x86;
#endif
