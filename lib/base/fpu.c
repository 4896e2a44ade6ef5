/*
 * fpu.c - denormals flushed to zero while we compute, and only then
 */
#include "base/fpu.h"

#if defined(__x86_64__) || defined(__SSE2__)

#include <xmmintrin.h>

/* All exceptions masked, round to nearest, flush to zero, denormals are. */
#define COMPUTING 0x9fc0u

ltr_fpu ltr_flush_begin(void)
{
    ltr_fpu saved = _mm_getcsr();

    _mm_setcsr(COMPUTING);
    return saved;
}

void ltr_flush_end(ltr_fpu saved)
{
    _mm_setcsr((unsigned)saved);
}

#elif defined(__aarch64__)

/* FPCR: bit 24 flushes denormals; traps and rounding mode all zero. */
#define COMPUTING (UINT64_C(1) << 24)

ltr_fpu ltr_flush_begin(void)
{
    ltr_fpu saved;

    __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
    __asm__ volatile("msr fpcr, %0" : : "r"(COMPUTING));
    return saved;
}

void ltr_flush_end(ltr_fpu saved)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(saved));
}

#else

ltr_fpu ltr_flush_begin(void)
{
    return 0;
}

void ltr_flush_end(ltr_fpu saved)
{
    (void)saved;
}

#endif
