/*
 * cpu.c - what the CPU we run on can do
 */
#include "base/cpu.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>

/* Clang 14 has no name for it: leaf 7, part 1, bit 4 of EAX. */
static int has_avx_vnni(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif

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
    if ((cpu & LTR_CPU_AVX512) && __builtin_cpu_supports("avx512vnni"))
        cpu |= LTR_CPU_AVX512_VNNI;
    if ((cpu & LTR_CPU_AVX2) && has_avx_vnni())
        cpu |= LTR_CPU_AVX_VNNI;
#endif
    return cpu;
}
