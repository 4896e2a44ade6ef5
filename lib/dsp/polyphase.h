/*
 * polyphase.h - one channel from one rate to another, whose ratio is simple
 *
 * Between rates of music the ratio is one of small numbers: 1/2, 147/320.
 * Then a sample that is made lies at one of few places between those it is
 * made from, and the filter's coefficients for each place fit in a table.
 * A sample is one dot product.
 *
 * The filter is a sinc under a window made for it: flat up to 92 % of half the
 * lower rate, 97 dB down from half of it on, so that nothing is folded back.
 * Sample n made lies exactly at the time n / to_hz: the delay is taken care
 * of.
 */
#ifndef LTR_DSP_POLYPHASE_H
#define LTR_DSP_POLYPHASE_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

/* No call makes more samples than this. */
#define LTR_POLYPHASE_MOST 7168

struct ltr_polyphase;

/* Rates above 0 whose ratio is simple enough. */
int ltr_polyphase_accepts(uint32_t from_hz, uint32_t to_hz);

/* For acceptable rates; ready to be fed.  LTREC_ERR_MEMORY. */
int ltr_polyphase_create(ltrec_context *ctx, uint32_t from_hz, uint32_t to_hz,
                         struct ltr_polyphase **out);
void ltr_polyphase_free(struct ltr_polyphase *polyphase);

int ltr_polyphase_is_for(const struct ltr_polyphase *polyphase,
                         uint32_t from_hz, uint32_t to_hz);

/* Begin a stream; what was left of another is forgotten. */
void ltr_polyphase_start(struct ltr_polyphase *polyphase);

/*
 * Take up to n of in[n] and return how many were taken; what comes of them
 * goes to `out`, its number to `*n_made`.  The bits do not depend on how a
 * stream is cut.
 */
size_t ltr_polyphase_feed(struct ltr_polyphase *polyphase, const float *in,
                          size_t n, float *out, size_t *n_made);

/*
 * What is left when nothing comes any more, into `out`; returns how much, and
 * 0 when it was all.  In the end n * to_hz / from_hz samples, rounded up, have
 * been made of n, and a few of the silence after them.
 */
size_t ltr_polyphase_drain(struct ltr_polyphase *polyphase, float *out);

#endif /* LTR_DSP_POLYPHASE_H */
