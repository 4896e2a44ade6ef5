/*
 * cpu.c - what the CPU we run on can do
 */
#define _DEFAULT_SOURCE /* syscall() */

#include "base/cpu.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#include <sys/syscall.h>
#include <unistd.h>

/* <asm/prctl.h> of older systems lacks the first; XCR0 and it agree. */
#define REQUEST_STATE 0x1023
#define TILE_DATA 18

int ltr_cpu_ask_for_tiles(void)
{
    return syscall(SYS_arch_prctl, REQUEST_STATE, TILE_DATA) == 0;
}
#else
int ltr_cpu_ask_for_tiles(void)
{
    return 0;
}
#endif

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>

#define TILE_STATES 0x60000u /* bits of XCR0: their shapes and their data */

/* Bits of leaf 7's EDX, and of part 1's EAX. */
#define AMX_BF16 22
#define AMX_INT8 25
#define AVX_VNNI 4
#define AVX512_BF16 5

/* Clang 14 can't be asked for a unit: leaf 7, a bit of EDX, and 24. */
static int has_amx(unsigned unit)
{
    unsigned a, b, c, d, states, high;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(states), "=d"(high) : "c"(0));
    return (states & TILE_STATES) == TILE_STATES &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 24 & 1) &&
           (d >> unit & 1);
}

/* Nor has it names for these: leaf 7, part 1, bits of EAX. */
static int has_leaf_7_1(unsigned bit)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> bit & 1);
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
    if ((cpu & LTR_CPU_AVX2) && has_leaf_7_1(AVX_VNNI))
        cpu |= LTR_CPU_AVX_VNNI;
    if ((cpu & LTR_CPU_AVX512_VNNI) && has_amx(AMX_INT8))
        cpu |= LTR_CPU_AMX_INT8;
    if ((cpu & LTR_CPU_AVX512) && has_leaf_7_1(AVX512_BF16))
        cpu |= LTR_CPU_AVX512_BF16;
    if ((cpu & LTR_CPU_AVX512_BF16) && has_amx(AMX_BF16))
        cpu |= LTR_CPU_AMX_BF16;
#endif
    return cpu;
}
