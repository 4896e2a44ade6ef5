/*
 * amx.h - the shapes of AMX tiles
 */
#ifndef LTR_MATH_AMX_H
#define LTR_MATH_AMX_H

#include <immintrin.h>
#include <stdint.h>

/* As the CPU reads them; `palette` is 1. */
struct ltr_amx_shapes {
    _Alignas(64) uint8_t palette;
    uint8_t start;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

/* To be ended by _tile_release(), on the same thread. */
static inline void ltr_amx_begin(const struct ltr_amx_shapes *shapes)
{
    /* The intrinsics do not say that they read memory. */
    __asm__ volatile("" ::"r"(shapes) : "memory");
    _tile_loadconfig(shapes);
}

#endif /* LTR_MATH_AMX_H */
