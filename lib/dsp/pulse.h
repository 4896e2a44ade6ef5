/*
 * pulse.h - where notes begin, and how regularly
 *
 * From spectra of 23 ms, 12 ms apart: how much louder each became than the one
 * before, added over bands.  Its peaks are onsets; what it has in common with
 * itself a while ago is the tempo.  Beside them, on every fourth spectrum, how
 * bright and how noisy the sound is.
 */
#ifndef LTR_DSP_PULSE_H
#define LTR_DSP_PULSE_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

struct ltr_pulse;

/* For samples at `rate_hz`.  LTREC_ERR_MEMORY. */
int ltr_pulse_create(ltrec_context *ctx, uint32_t rate_hz,
                     struct ltr_pulse **out);
void ltr_pulse_free(struct ltr_pulse *pulse);

/* Begin a track, take samples[n] of it, end it. */
void ltr_pulse_start(struct ltr_pulse *pulse);
void ltr_pulse_add(struct ltr_pulse *pulse, const float *samples, size_t n);
void ltr_pulse_end(struct ltr_pulse *pulse);

#define LTR_PULSE_TEMPOS 3

struct ltr_pulse_figures {
    double tempo_bpm[LTR_PULSE_TEMPOS]; /* the likeliest first */
    double strength[LTR_PULSE_TEMPOS];
    double onsets_per_second;
    double centroid_hz, centroid_deviation_hz;
    double flatness, flatness_deviation;
};

/* Of the track that was ended; NaN for what it has none of. */
void ltr_pulse_get(struct ltr_pulse *pulse, struct ltr_pulse_figures *figures);

#endif /* LTR_DSP_PULSE_H */
