/*
 * levels.c - choose a table of loops over levels
 */
#include "model/levels.h"

#include "base/cpu.h"

const struct ltr_levels *ltr_levels_for(unsigned cpu)
{
#ifdef LTR_BUILD_X86
    if (cpu & LTR_CPU_AVX512)
        return &ltr_levels_avx512;
    if (cpu & LTR_CPU_AVX2)
        return &ltr_levels_avx2;
#endif
    (void)cpu;
    return &ltr_levels_portable;
}
