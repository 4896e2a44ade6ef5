/*
 * lanes.c - choose a table of inner loops
 */
#include "dsp/lanes.h"

#include <ltrec/audio.h>

#include "base/cpu.h"

const struct ltr_lanes *ltr_lanes_for(unsigned cpu, int32_t precision)
{
    int single = precision == LTREC_SPECTRUM_SINGLE;

#ifdef LTR_BUILD_X86
    if (cpu & LTR_CPU_AVX512)
        return single ? &ltr_lanes_single_avx512 : &ltr_lanes_avx512;
    if (cpu & LTR_CPU_AVX2)
        return single ? &ltr_lanes_single_avx2 : &ltr_lanes_avx2;
#endif
    (void)cpu;
    return single ? &ltr_lanes_single_portable : &ltr_lanes_portable;
}
