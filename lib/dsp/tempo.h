/*
 * tempo.h - the likeliest tempos, given an autocorrelation
 */
#ifndef LTR_DSP_TEMPO_H
#define LTR_DSP_TEMPO_H

#include <stddef.h>

/*
 * Of r[n_lags], r[0] = 1, at so many lags a second, the `most` likeliest
 * tempos: bpm[most], and in strength[most] the autocorrelation there, 0 to 1.
 * Returns how many there are.
 */
size_t ltr_tempo_find(const double *r, size_t n_lags, double lags_a_second,
                      double *bpm, double *strength, size_t most);

#endif /* LTR_DSP_TEMPO_H */
