/*
 * cpu.h - what the CPU we run on can do
 */
#ifndef LTR_BASE_CPU_H
#define LTR_BASE_CPU_H

/* Bits of ltrec_context.cpu. */
enum {
    LTR_CPU_AVX2 = 1u << 0,   /* and FMA, which came with it */
    LTR_CPU_AVX512 = 1u << 1, /* F, BW, DQ and VL: what BLIS's skx set needs */
    LTR_CPU_AVX512_VNNI = 1u << 2, /* on top of the one before */
    LTR_CPU_AVX_VNNI = 1u << 3     /* on top of AVX2 */
};

/* Asks the CPU, and through XCR0 whether the system saves its registers. */
unsigned ltr_cpu_detect(void);

#endif /* LTR_BASE_CPU_H */
