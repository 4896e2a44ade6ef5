/*
 * fpu.h - denormals flushed to zero while we compute, and only then
 *
 * Numbers below 1e-38 make a matrix product 200 times slower and mean nothing
 * here.  The control word belongs to the host's thread, so a call that sets
 * it restores it:
 *
 *     ltr_fpu saved = ltr_flush_begin();
 *     ...
 *     ltr_flush_end(saved);
 *
 * Rounding goes to nearest and all traps off for the same stretch, so that a
 * host in another mode gets the same bits and no signal.
 */
#ifndef LTR_BASE_FPU_H
#define LTR_BASE_FPU_H

#include <stdint.h>

typedef uint64_t ltr_fpu;

ltr_fpu ltr_flush_begin(void);
void ltr_flush_end(ltr_fpu saved);

#endif /* LTR_BASE_FPU_H */
