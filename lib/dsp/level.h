/*
 * level.h - from power to how loud it seems
 */
#ifndef LTR_DSP_LEVEL_H
#define LTR_DSP_LEVEL_H

#include <stddef.h>

#include <ltrec/audio.h>

#include "dsp/signal.h"

/*
 * The power in x[n], a whole track, becomes the level of `options`, in place.
 * LTREC_ERR_ARGUMENT, and nothing changed, when a value is not finite.
 */
int ltr_level(const struct ltr_signal *signal,
              const ltrec_frontend_options *options, float *x, size_t n);

#endif /* LTR_DSP_LEVEL_H */
