/*
 * log10.h - logarithms of many numbers
 */
#ifndef LTR_DSP_LOG10_H
#define LTR_DSP_LOG10_H

#include <stdint.h>
#include <string.h>

#define LTR_LOG10_2 0.30102999566398120
#define LTR_TWO_LOG10_E 0.86858896380650366
#define LTR_HALF_ROOT 0x3f3504f3u /* the bits of sqrt(1 / 2) */
#define LTR_MANTISSA 23

/*
 * Of x = 2^e m with m within sqrt(2) of 1, e log 2 + log m, where the latter
 * is 2 atanh(t), t = (m - 1) / (m + 1), by the first five terms of its series:
 * what is left out is below 2e-9 of it.  Without branches or calls, so that
 * compilers put it into vectors.
 */
static inline double ltr_log10(float x)
{
    uint32_t bits, m_bits;
    int32_t e;
    float m;
    double t, square, series;

    memcpy(&bits, &x, sizeof bits);
    e = (int32_t)(bits - LTR_HALF_ROOT) >> LTR_MANTISSA;
    m_bits = bits - ((uint32_t)e << LTR_MANTISSA);
    memcpy(&m, &m_bits, sizeof m);
    t = ((double)m - 1) / ((double)m + 1);
    square = t * t;
    series = 1.0 / 7 + square * (1.0 / 9);
    series = 1.0 / 3 + square * (1.0 / 5 + square * series);
    return e * LTR_LOG10_2 + t * (1 + square * series) * LTR_TWO_LOG10_E;
}

#endif /* LTR_DSP_LOG10_H */
