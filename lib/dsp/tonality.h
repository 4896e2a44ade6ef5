/*
 * tonality.h - which notes there are, and in what key
 *
 * From spectra of a third of a second: their peaks, by the pitch class that
 * each is nearest to once it is known how the instruments are tuned.
 */
#ifndef LTR_DSP_TONALITY_H
#define LTR_DSP_TONALITY_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

#define LTR_PITCH_CLASSES 12

struct ltr_tonality;

/* For samples at `rate_hz`.  LTREC_ERR_MEMORY. */
int ltr_tonality_create(ltrec_context *ctx, uint32_t rate_hz,
                        struct ltr_tonality **out);
void ltr_tonality_free(struct ltr_tonality *tonality);

/* Begin a track, take samples[n] of it, end it. */
void ltr_tonality_start(struct ltr_tonality *tonality);
void ltr_tonality_add(struct ltr_tonality *tonality, const float *samples,
                      size_t n);
void ltr_tonality_end(struct ltr_tonality *tonality);

struct ltr_tonality_figures {
    double key;      /* of the tonic: 0 for C */
    double mode;     /* 1 for major, 0 for minor */
    double strength; /* correlation with the key's profile */
    double tuning_cents;
    double entropy, flux;
    double chroma[LTR_PITCH_CLASSES]; /* from C; they add up to 1 */
};

/* Of the track that was ended; NaN for all when it had no peaks. */
void ltr_tonality_get(const struct ltr_tonality *tonality,
                      struct ltr_tonality_figures *figures);

#endif /* LTR_DSP_TONALITY_H */
