/*
 * timbre.h - how bright and how noisy a sound is, from its spectra
 *
 * Of the frames that are not silent, the mean and deviation of the centroid of
 * magnitude, and of flatness: the geometric over the arithmetic mean of power
 * (Johnston 1988; Peeters 2004).
 */
#ifndef LTR_DSP_TIMBRE_H
#define LTR_DSP_TIMBRE_H

#include <stddef.h>
#include <stdint.h>

/* A mean and a deviation under way. */
struct ltr_spread {
    double sum, squares;
};

struct ltr_timbre {
    size_t n_bins;
    double bin_hz;
    double loudest; /* mean power of a frame so far */
    uint64_t n;     /* frames that were not silent */
    struct ltr_spread centroid, flatness;
};

void ltr_timbre_init(struct ltr_timbre *timbre, size_t n_bins, double bin_hz);

/* Begin a track. */
void ltr_timbre_start(struct ltr_timbre *timbre);

/* Take power[n_bins][LTR_FRAMES] of n_rows frames; one in four is looked at.
 */
void ltr_timbre_add(struct ltr_timbre *timbre, const float *power,
                    size_t n_rows);

/* NaN when all was silent. */
void ltr_timbre_spread(const struct ltr_timbre *timbre,
                       const struct ltr_spread *spread, double *mean,
                       double *deviation);

#endif /* LTR_DSP_TIMBRE_H */
