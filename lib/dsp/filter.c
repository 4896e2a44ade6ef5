/*
 * filter.c - choose a table of recursive filters
 */
#include "dsp/filter.h"

#include "base/cpu.h"

const struct ltr_filters *ltr_filters_for(unsigned cpu)
{
#ifdef LTR_BUILD_X86
    if (cpu & LTR_CPU_AVX512)
        return &ltr_filters_avx512;
    if (cpu & LTR_CPU_AVX2)
        return &ltr_filters_avx2;
#endif
    (void)cpu;
    return &ltr_filters_portable;
}
