/*
 * cpu.c - what the CPU we run on can do
 */
#include "base/cpu.h"

unsigned ltr_cpu_detect(void)
{
    unsigned cpu = 0;

#if defined(__x86_64__) && defined(__GNUC__)
    /* The compiler's own test reads XCR0 too, which a bare CPUID does not. */
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        cpu |= LTR_CPU_AVX2;
    if ((cpu & LTR_CPU_AVX2) && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        cpu |= LTR_CPU_AVX512;
#endif
    return cpu;
}
