/*
 * signal.c - choose a table of inner loops
 */
#include "dsp/signal.h"

#include "base/cpu.h"

const struct ltr_signal *ltr_signal_for(unsigned cpu)
{
#ifdef LTR_BUILD_X86
    if (cpu & LTR_CPU_AVX512)
        return &ltr_signal_avx512;
    if (cpu & LTR_CPU_AVX2)
        return &ltr_signal_avx2;
#endif
    (void)cpu;
    return &ltr_signal_portable;
}
