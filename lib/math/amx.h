/*
 * amx.h - AMX tiles, taken and given back
 *
 * Their shapes belong to the thread.  By the ABI a call may leave any, but
 * oneDNN remembers what it set last and does not set it again: whoever shares
 * a thread with us finds the shapes that were there.  Both functions together
 * take 80 ns.
 */
#ifndef LTR_MATH_AMX_H
#define LTR_MATH_AMX_H

#include <immintrin.h>
#include <stdint.h>

/* As the CPU reads and writes them; `palette` is 1, or 0 when there are none.
 */
struct ltr_amx_shapes {
    _Alignas(64) uint8_t palette;
    uint8_t start;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

/* The intrinsics do not say which memory they read and write. */
static inline void ltr_amx_begin(struct ltr_amx_shapes *before,
                                 const struct ltr_amx_shapes *shapes)
{
    __asm__ volatile("" ::"r"(shapes), "r"(before) : "memory");
    _tile_storeconfig(before);
    _tile_loadconfig(shapes);
    __asm__ volatile("" ::"r"(before) : "memory");
}

static inline void ltr_amx_end(const struct ltr_amx_shapes *before)
{
    if (before->palette != 0)
        _tile_loadconfig(before);
    else
        _tile_release();
}

#endif /* LTR_MATH_AMX_H */
