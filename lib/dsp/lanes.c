/*
 * lanes.c - choose a table of inner loops
 */
#include "dsp/lanes.h"

#include "base/cpu.h"

const struct ltr_lanes *ltr_lanes_for(unsigned cpu)
{
#ifdef LTR_BUILD_X86
    if (cpu & LTR_CPU_AVX512)
        return &ltr_lanes_avx512;
    if (cpu & LTR_CPU_AVX2)
        return &ltr_lanes_avx2;
#endif
    (void)cpu;
    return &ltr_lanes_portable;
}
