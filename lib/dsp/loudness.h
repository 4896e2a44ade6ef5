/*
 * loudness.h - how loud a track is, by ITU-R BS.1770-4 and EBU R 128
 *
 * The mean square of all channels after a filter that hears like a head does,
 * in blocks of 0.4 seconds; what is quiet against the rest does not count.
 * The blocks' loudness is kept as a histogram, so memory does not depend on
 * the length of the track.
 */
#ifndef LTR_DSP_LOUDNESS_H
#define LTR_DSP_LOUDNESS_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

struct ltr_loudness;

/* LTREC_ERR_MEMORY. */
int ltr_loudness_create(ltrec_context *ctx, struct ltr_loudness **out);
void ltr_loudness_free(struct ltr_loudness *loudness);

/* Begin a track of up to 64 channels. */
void ltr_loudness_start(struct ltr_loudness *loudness, uint32_t rate_hz,
                        uint32_t channels);

/* Take pcm[n][channels]. */
void ltr_loudness_add(struct ltr_loudness *loudness, const float *pcm,
                      size_t n);

struct ltr_loudness_figures {
    double integrated_lufs;
    double range_lu;
    double peak_db;
};

/* Of all that was taken; NaN for what silence or a short track has none of. */
void ltr_loudness_get(const struct ltr_loudness *loudness,
                      struct ltr_loudness_figures *figures);

#endif /* LTR_DSP_LOUDNESS_H */
