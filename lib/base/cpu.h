/*
 * cpu.h - what the CPU we run on can do
 */
#ifndef LTR_BASE_CPU_H
#define LTR_BASE_CPU_H

/* Bits of ltrec_context.cpu. */
enum {
    LTR_CPU_AVX2 = 1u << 0,        /* and FMA, which came with it */
    LTR_CPU_AVX512 = 1u << 1,      /* F, BW, DQ and VL */
    LTR_CPU_AVX512_VNNI = 1u << 2, /* on top of the one before */
    LTR_CPU_AVX_VNNI = 1u << 3,    /* on top of AVX2 */
    LTR_CPU_AMX_INT8 = 1u << 4,    /* on top of AVX512_VNNI; to be asked for */
    LTR_CPU_AVX512_BF16 = 1u << 5, /* on top of AVX512 */
    LTR_CPU_AMX_BF16 = 1u << 6     /* on top of that; to be asked for */
};

/* Asks the CPU, and through XCR0 whether the system saves its registers. */
unsigned ltr_cpu_detect(void);

/*
 * Linux lends the tiles of AMX to processes that ask, because they make the
 * frames of signals larger.  So they are asked for only where something is
 * made that uses them; asking again costs a system call.  1, or 0 when the
 * system refuses.
 */
int ltr_cpu_ask_for_tiles(void);

#endif /* LTR_BASE_CPU_H */
