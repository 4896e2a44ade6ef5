/*
 * describe.h - all descriptors of a track under way
 */
#ifndef LTR_DSP_DESCRIBE_H
#define LTR_DSP_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/describe.h>

struct ltr_describe;

/* For samples made at `rate_hz`.  LTREC_ERR_MEMORY. */
int ltr_describe_create(ltrec_context *ctx, uint32_t rate_hz,
                        struct ltr_describe **out);
void ltr_describe_free(struct ltr_describe *describe);

/* Begin a track of a rate and channels of its own. */
void ltr_describe_start(struct ltr_describe *describe, uint32_t rate_hz,
                        uint32_t channels);

/* Take pcm[n][channels] of it as it came, ... */
void ltr_describe_add_pcm(struct ltr_describe *describe, const float *pcm,
                          size_t n);

/* ... and samples[n], mixed and at the other rate. */
void ltr_describe_add_samples(struct ltr_describe *describe,
                              const float *samples, size_t n);

void ltr_describe_end(struct ltr_describe *describe);

/* The values of the track that was ended; NULL when there is none. */
const float *ltr_describe_values(const struct ltr_describe *describe);

#endif /* LTR_DSP_DESCRIBE_H */
