/*
 * timbre.c - how bright and how noisy a sound is, from its spectra
 */
#include "dsp/timbre.h"

#include <math.h>

#include "dsp/frames.h"

#define EVERY 4 /* a divisor of LTR_FRAMES */

/* 60 dB below the loudest frame so far is silence. */
#define SILENT 1e-6

/* No bin counts for less than this part of the mean: a logarithm of 0 would
 * be all there is to hear. */
#define LEAST 1e-10

/* So many powers, each at most as large as there are bins and not below
 * LEAST, are multiplied before a logarithm is taken. */
#define TOGETHER 8

void ltr_timbre_init(struct ltr_timbre *timbre, size_t n_bins, double bin_hz)
{
    timbre->n_bins = n_bins;
    timbre->bin_hz = bin_hz;
}

void ltr_timbre_start(struct ltr_timbre *timbre)
{
    timbre->loudest = 0;
    timbre->n = 0;
    timbre->centroid = timbre->flatness = (struct ltr_spread){0, 0};
}

static void spread_add(struct ltr_spread *spread, double x)
{
    spread->sum += x;
    spread->squares += x * x;
}

static double flatness_of(const float *power, size_t n_bins, double mean)
{
    double logs = 0, product = 1;

    for (size_t i = 0; i < n_bins; i++) {
        product *= (double)power[i * LTR_FRAMES] / mean + LEAST;
        if (i % TOGETHER == TOGETHER - 1) {
            logs += log(product);
            product = 1;
        }
    }
    return exp((logs + log(product)) / (double)n_bins);
}

static void add_frame(struct ltr_timbre *t, const float *power)
{
    double sum = 0, magnitudes = 0, moment = 0, mean;

    for (size_t i = 0; i < t->n_bins; i++) {
        double p = (double)power[i * LTR_FRAMES], magnitude = sqrt(p);

        sum += p;
        magnitudes += magnitude;
        moment += magnitude * (double)i;
    }
    mean = sum / (double)t->n_bins;
    t->loudest = fmax(t->loudest, mean);
    if (mean <= t->loudest * SILENT)
        return;
    spread_add(&t->centroid, moment / magnitudes * t->bin_hz);
    spread_add(&t->flatness, flatness_of(power, t->n_bins, mean));
    t->n++;
}

void ltr_timbre_add(struct ltr_timbre *timbre, const float *power,
                    size_t n_rows)
{
    for (size_t r = 0; r < n_rows; r += EVERY)
        add_frame(timbre, power + r);
}

void ltr_timbre_spread(const struct ltr_timbre *timbre,
                       const struct ltr_spread *spread, double *mean,
                       double *deviation)
{
    double n = (double)timbre->n, centre = spread->sum / n;

    *mean = *deviation = (double)NAN;
    if (timbre->n == 0)
        return;
    *mean = centre;
    *deviation = sqrt(fmax(0, spread->squares / n - centre * centre));
}
