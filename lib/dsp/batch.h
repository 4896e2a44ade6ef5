/*
 * batch.h - rows of power from a stream of samples, several at a time
 *
 * Samples may come at a whole multiple of the rate worked at: windows are then
 * that many times as long, and of their spectra the lower bins are kept, which
 * are those of the sound at the lower rate.  Of constant-Q rows the highest
 * octave is then that of half of the samples, or of a quarter.
 */
#ifndef LTR_DSP_BATCH_H
#define LTR_DSP_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/audio.h>

struct ltr_batch;
struct ltr_mel;

/* Where the rows of one call go. */
struct ltr_rows {
    float *mel; /* with room for all that may come */
    size_t count;
};

/* Whether a front end's rows can come of so many times its samples. */
int ltr_batch_accepts(const ltrec_frontend_options *options, uint32_t times);

/*
 * `options` have been read; they and `mel`, which is NULL for constant-Q
 * rows, outlive it.  LTREC_ERR_MEMORY.
 */
int ltr_batch_create(ltrec_context *ctx, const ltrec_frontend_options *options,
                     const struct ltr_mel *mel, uint32_t times,
                     struct ltr_batch **out);
void ltr_batch_free(struct ltr_batch *batch);

uint32_t ltr_batch_times(const struct ltr_batch *batch);

/* Begin a track, take samples[n] of it, and give the last `left` rows, with
 * silence after it. */
void ltr_batch_start(struct ltr_batch *batch);
void ltr_batch_add(struct ltr_batch *batch, const float *samples, size_t n,
                   struct ltr_rows *rows);
void ltr_batch_end(struct ltr_batch *batch, uint64_t left,
                   struct ltr_rows *rows);

#endif /* LTR_DSP_BATCH_H */
