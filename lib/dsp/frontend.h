/*
 * frontend.h - what other modules know of a front end: its options
 */
#ifndef LTR_DSP_FRONTEND_H
#define LTR_DSP_FRONTEND_H

#include <ltrec/audio.h>

/*
 * Read a caller's options over the defaults, check every one, and put the
 * real frequency where `fmax_hz` is 0.  What a model file says goes through
 * here as well.
 */
int ltr_frontend_options_read(ltrec_frontend_options *options,
                              const ltrec_frontend_options *given,
                              ltrec_error *err);

/* ltrec_frontend_version() of options that have been read. */
uint64_t ltr_frontend_options_version(const ltrec_frontend_options *options);

/* Whether options that have been read mean the same, field by field. */
int ltr_frontend_options_equal(const ltrec_frontend_options *a,
                               const ltrec_frontend_options *b);

#endif /* LTR_DSP_FRONTEND_H */
