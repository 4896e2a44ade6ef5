/*
 * tempo.c - the likeliest tempos, given an autocorrelation
 */
#include "dsp/tempo.h"

#include <math.h>

#define PI 3.141592653589793

/* Tempos tried, a hundredth of an octave apart. */
#define LEAST_BPM 40.0
#define STEPS_AN_OCTAVE 100
#define N_STEPS 260

/* Multiples of a period that are looked at. */
#define MULTIPLES 4
#define FARTHEST 8

/* What tempo is expected, and how many octaves off is far. */
#define USUAL_BPM 120.0

/* Peaks looked at, and how near two tempos are one. */
#define MOST_STEPS 8
#define SAME 0.04

struct correlation {
    const double *r;
    size_t n;
    double lags_a_second;
};

static double bpm_of(size_t step)
{
    return LEAST_BPM * exp2((double)step / STEPS_AN_OCTAVE);
}

/* Between lags, on a straight line; 0 beyond the last. */
static double at(const struct correlation *c, double lag)
{
    size_t i = (size_t)lag;

    if (i + 1 >= c->n)
        return 0;
    return c->r[i] + (lag - (double)i) * (c->r[i + 1] - c->r[i]);
}

/* The mean over multiples of a period, the first counting most. */
static double periodicity(const struct correlation *c, double lag)
{
    double sum = 0, weights = 0;

    for (int k = 1; k <= MULTIPLES; k++) {
        sum += at(c, k * lag) / k;
        weights += 1.0 / k;
    }
    return sum / weights;
}

/*
 * How much there is of one frequency: the Fourier transform under a Hann
 * window, cosines by their recurrence.
 */
static double amount(const struct correlation *c, double cycles_a_lag)
{
    double turn = 2 * PI * cycles_a_lag, twice = 2 * cos(turn);
    double fall = 2 * cos(PI / (double)c->n), sum = c->r[0];
    double now = cos(turn), before = 1;
    double w = cos(PI / (double)c->n), w_before = 1;

    for (size_t lag = 1; lag < c->n; lag++) {
        double next = twice * now - before, w_next = fall * w - w_before;

        sum += c->r[lag] * now * (1 + w);
        before = now;
        now = next;
        w_before = w;
        w = w_next;
    }
    return sum;
}

static double score(const struct correlation *c, double bpm)
{
    double beats_a_lag = bpm / 60 / c->lags_a_second;
    double off = log2(bpm / USUAL_BPM);

    return fmax(0, periodicity(c, 1 / beats_a_lag)) *
           sqrt(fmax(0, amount(c, beats_a_lag))) * exp(-0.5 * off * off);
}

/* The top of the parabola through r[i - 1 .. i + 1], if they are a peak. */
static int find_top(const struct correlation *c, size_t i, double *lag)
{
    double bend;

    if (i < 1 || i + 1 >= c->n || c->r[i] < c->r[i - 1] ||
        c->r[i] < c->r[i + 1])
        return 0;
    bend = c->r[i - 1] - 2 * c->r[i] + c->r[i + 1];
    *lag = (double)i;
    if (bend < 0)
        *lag += 0.5 * (c->r[i - 1] - c->r[i + 1]) / bend;
    return 1;
}

/* A period, ever more exactly from multiples of it that are peaks too. */
static double refine(const struct correlation *c, double lag)
{
    for (int k = 1; k <= FARTHEST; k++) {
        size_t near = (size_t)(k * lag + 0.5);
        double top;

        if (find_top(c, near, &top) || find_top(c, near + 1, &top) ||
            find_top(c, near - 1, &top))
            lag = top / k;
        else if (k > 1)
            break;
    }
    return lag;
}

/* Keep the best `most` steps, best first; returns how many there are. */
static size_t keep(size_t *steps, size_t n, size_t most, const double *scores,
                   size_t step)
{
    size_t i = n;

    while (i > 0 && scores[steps[i - 1]] < scores[step]) {
        if (i < most)
            steps[i] = steps[i - 1];
        i--;
    }
    if (i < most)
        steps[i] = step;
    return n < most ? n + 1 : n;
}

/* Whether a tempo is one of bpm[n] again: two steps can lead to one peak. */
static int is_known(const double *bpm, size_t n, double tempo)
{
    for (size_t i = 0; i < n; i++)
        if (fabs(tempo / bpm[i] - 1) < SAME)
            return 1;
    return 0;
}

size_t ltr_tempo_find(const double *r, size_t n_lags, double lags_a_second,
                      double *bpm, double *strength, size_t most)
{
    struct correlation c = {r, n_lags, lags_a_second};
    size_t steps[MOST_STEPS], n = 0, found = 0;
    double scores[N_STEPS];

    for (size_t i = 0; i < N_STEPS; i++)
        scores[i] = score(&c, bpm_of(i));
    for (size_t i = 1; i + 1 < N_STEPS; i++)
        if (scores[i] > 0 && scores[i] >= scores[i - 1] &&
            scores[i] > scores[i + 1])
            n = keep(steps, n, MOST_STEPS, scores, i);
    for (size_t i = 0; i < n && found < most; i++) {
        double lag = refine(&c, 60 * lags_a_second / bpm_of(steps[i]));
        double there = at(&c, lag), tempo = 60 * lags_a_second / lag;

        if (there <= 0 || is_known(bpm, found, tempo))
            continue;
        bpm[found] = tempo;
        strength[found++] = fmin(there, 1);
    }
    return found;
}
